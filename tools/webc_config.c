/* SPDX-License-Identifier: MIT */
/*
 * From a container's track to a decoder config: the codec string is read from avcC, hvcC or av1C where there is
 * one, else from the profile and level that libavformat found in the stream.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>

#include "webc_input.h"

uint32_t webc__input_family(const webc__input *input)
{
    switch (input->video->codecpar->codec_id) {
    case AV_CODEC_ID_H264:
        return WEBC_CODEC_H264;
    case AV_CODEC_ID_HEVC:
        return WEBC_CODEC_HEVC;
    case AV_CODEC_ID_VP8:
        return WEBC_CODEC_VP8;
    case AV_CODEC_ID_VP9:
        return WEBC_CODEC_VP9;
    case AV_CODEC_ID_AV1:
        return WEBC_CODEC_AV1;
    default:
        return 0;
    }
}

uint32_t webc__input_bit_depth(const AVCodecParameters *codec)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)codec->format);
    return format && format->comp[0].depth > 0 ? (uint32_t)format->comp[0].depth : 8;
}

static bool write_h264(const AVCodecParameters *codec, char *out, size_t size)
{
    const uint8_t *avcc = codec->extradata;
    if (codec->extradata_size >= 7 && avcc[0] == 1) {
        snprintf(out, size, "avc1.%02x%02x%02x", avcc[1], avcc[2], avcc[3]);
        return true;
    }
    if (codec->profile <= 0 || codec->level <= 0)
        return false;
    /* libavcodec keeps constraint_set1 and constraint_set3 as bits 9 and 11 of the profile. */
    unsigned constraints = (codec->profile & (1 << 9) ? 0x40u : 0u) | (codec->profile & (1 << 11) ? 0x10u : 0u);
    unsigned level = (unsigned)codec->level;
    if (level == 9) {
        level = 11;
        constraints |= 0x10u;
    }
    snprintf(out, size, "avc1.%02x%02x%02x", (unsigned)codec->profile & 0xffu, constraints, level & 0xffu);
    return true;
}

static uint32_t reverse_bits(uint32_t value)
{
    uint32_t out = 0;
    for (unsigned i = 0; i < 32; i++)
        out |= ((value >> i) & 1u) << (31 - i);
    return out;
}

static bool write_hevc(const AVCodecParameters *codec, char *out, size_t size)
{
    const uint8_t *hvcc = codec->extradata;
    if (codec->extradata_size >= 23 && hvcc[0] == 1) {
        static const char *const spaces[] = {"", "A", "B", "C"};
        uint32_t compatible =
            (uint32_t)hvcc[2] << 24 | (uint32_t)hvcc[3] << 16 | (uint32_t)hvcc[4] << 8 | (uint32_t)hvcc[5];
        int at = snprintf(out, size, "hvc1.%s%u.%" PRIX32 ".%c%u", spaces[hvcc[1] >> 6], hvcc[1] & 0x1fu,
                          reverse_bits(compatible), hvcc[1] & 0x20 ? 'H' : 'L', hvcc[12]);
        int last = 5;
        while (last >= 0 && hvcc[6 + last] == 0)
            last--;
        for (int i = 0; i <= last && at > 0 && (size_t)at < size; i++)
            at += snprintf(out + at, size - (size_t)at, ".%X", hvcc[6 + i]);
        return true;
    }
    if (codec->profile <= 0 || codec->profile > 31 || codec->level <= 0)
        return false;
    /* A Main stream is a Main 10 stream as well. */
    uint32_t compatible = codec->profile == 1 ? 6 : UINT32_C(1) << codec->profile;
    snprintf(out, size, "hvc1.%d.%" PRIX32 ".L%d.B0", codec->profile, compatible, codec->level);
    return true;
}

static bool write_av1(const AVCodecParameters *codec, char *out, size_t size)
{
    const uint8_t *av1c = codec->extradata;
    unsigned depth = (unsigned)webc__input_bit_depth(codec);
    if (codec->extradata_size >= 4 && av1c[0] == 0x81) {
        unsigned profile = av1c[1] >> 5;
        bool high = av1c[2] & 0x40;
        depth = high ? (profile == 2 && (av1c[2] & 0x20) ? 12 : 10) : 8;
        snprintf(out, size, "av01.%u.%02u%c.%02u", profile, av1c[1] & 0x1fu, av1c[2] & 0x80 ? 'H' : 'M', depth);
        return true;
    }
    if (codec->profile < 0 || codec->profile > 2)
        return false;
    /* Level 31 is "maximum parameters": it promises nothing. */
    int level = codec->level >= 0 && codec->level < 32 ? codec->level : 31;
    snprintf(out, size, "av01.%d.%02dM.%02u", codec->profile, level, depth);
    return true;
}

static bool write_vp9(const AVCodecParameters *codec, char *out, size_t size)
{
    unsigned depth = (unsigned)webc__input_bit_depth(codec);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)codec->format);
    bool subsampled = !format || (format->log2_chroma_w == 1 && format->log2_chroma_h == 1);
    int profile = codec->profile >= 0 && codec->profile <= 3 ? codec->profile
                                                             : (depth > 8 ? 2 : 0) + (subsampled ? 0 : 1);
    snprintf(out, size, "vp09.%02d.10.%02u", profile, depth);
    return true;
}

bool webc__input_codec_string(const AVCodecParameters *codec, char *out, size_t size)
{
    switch (codec->codec_id) {
    case AV_CODEC_ID_H264:
        return write_h264(codec, out, size);
    case AV_CODEC_ID_HEVC:
        return write_hevc(codec, out, size);
    case AV_CODEC_ID_VP8:
        snprintf(out, size, "vp8");
        return true;
    case AV_CODEC_ID_VP9:
        return write_vp9(codec, out, size);
    case AV_CODEC_ID_AV1:
        return write_av1(codec, out, size);
    default:
        return false;
    }
}

/** Replace a string the engine does not take by one that fits the size: the stream itself says the truth. */
static webc_result choose_permissive(const webc__input *input, webc__input_config *out, webc_support *support)
{
    const AVCodecParameters *codec = input->video->codecpar;
    uint32_t width = codec->width > 0 ? (uint32_t)codec->width : 1920;
    uint32_t height = codec->height > 0 ? (uint32_t)codec->height : 1080;
    webc_result result = webc_codec_string(webc__input_family(input), width, height, 0,
                                           webc__input_bit_depth(codec), out->codec, sizeof out->codec);
    if (result != WEBC_OK)
        result = webc_codec_string(webc__input_family(input), 1920, 1080, 0, 8, out->codec, sizeof out->codec);
    if (result == WEBC_OK)
        result = webc_video_decoder_is_config_supported(&out->config, support);
    return result;
}

int webc__input_decoder_config(const webc__input *input, webc__input_config *out)
{
    const AVCodecParameters *codec = input->video->codecpar;
    const char *name = avcodec_get_name(codec->codec_id);
    webc_support support;
    if (webc__input_family(input) == 0)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED,
                                  "'%s' is %s video; H.264, HEVC, VP8, VP9 and AV1 can be decoded%s",
                                  input->path, name, input->raw ? ": use webc encode for raw video" : "");
    webc_video_decoder_config_init(&out->config, sizeof out->config);
    webc_support_init(&support, sizeof support);
    out->config.codec = out->codec;
    if (codec->width > 0 && codec->height > 0) {
        out->config.coded_width = (uint32_t)codec->width;
        out->config.coded_height = (uint32_t)codec->height;
    }
    if ((codec->codec_id == AV_CODEC_ID_H264 || codec->codec_id == AV_CODEC_ID_HEVC) &&
        codec->extradata_size > 0 && codec->extradata[0] == 1) {
        out->config.description = codec->extradata;
        out->config.description_size = (uint64_t)codec->extradata_size;
    }
    webc_result result = WEBC_ERROR_NOT_SUPPORTED;
    if (webc__input_codec_string(codec, out->codec, sizeof out->codec))
        result = webc_video_decoder_is_config_supported(&out->config, &support);
    if (result != WEBC_OK || !support.supported)
        result = choose_permissive(input, out, &support);
    if (result != WEBC_OK)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "'%s': the %s track cannot be decoded: %s",
                                  input->path, name, webc_error_message());
    if (!support.supported)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "'%s': %s (%s) cannot be decoded: %s", input->path,
                                  name, out->codec, support.reason);
    return WEBC_EXIT_OK;
}
