/* SPDX-License-Identifier: MIT */
#include "codec/codec_table.h"

#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "codec/av_result.h"
#include "codec/encoder_options.h"
#include "codec/frame_clock.h"
#include "codec/layers.h"
#include "codec/quantizer.h"
#include "spec/level.h"

#define DEPTH(bits) (1u << (bits))
#define LEAST_FRAMERATE 0.01
#define MOST_FRAMERATE 1000.0
#define ALL_CHROMA (WEBC__CHROMA_420 | WEBC__CHROMA_422 | WEBC__CHROMA_444)
#define X26_PRESETS "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"

/*
 * In order of preference within a codec; docs/architecture.md has the measurements behind AV1's. Smallest sizes
 * are those that code a frame with FFmpeg 5.1 and 7.1.
 */
static const webc__codec_row rows[] = {
    {.codec = WEBC_CODEC_H264, .name = "h264"},
    {.codec = WEBC_CODEC_HEVC, .name = "hevc"},
    {.codec = WEBC_CODEC_VP8, .name = "vp8"},
    {.codec = WEBC_CODEC_VP8, .name = "libvpx"},
    {.codec = WEBC_CODEC_VP9, .name = "vp9", .splits_superframes = true},
    {.codec = WEBC_CODEC_VP9, .name = "libvpx-vp9"},
    {.codec = WEBC_CODEC_AV1, .name = "libdav1d"},
    {.codec = WEBC_CODEC_AV1, .name = "libaom-av1"},
    {
        .codec = WEBC_CODEC_H264,
        .name = "libx264",
        .encoder = true,
        .realtime = true,
        .quality = true,
        .even_size = true,
        .forces_key_frames = true,
        .opens_ahead = true,
        .b_frames = true,
        .follows_constant_bitrate = true,
        .counts_realtime_frames = true,
        .min_width = 2,
        .min_height = 2,
        .max_side = 16384,
        .bit_depths = DEPTH(8) | DEPTH(10),
        .chromas = ALL_CHROMA,
        .presets = X26_PRESETS,
        .options = webc__options_x264,
        .quantize = webc__quantize_x264,
        .default_quantizer = 23,
    },
    {
        .codec = WEBC_CODEC_H264,
        .name = "libopenh264",
        .encoder = true,
        .realtime = true,
        .quality = true,
        .even_size = true,
        .forces_key_frames = true,
        .counts_frames = true,
        .min_width = 16,
        .min_height = 16,
        .max_side = 3840,
        .bit_depths = DEPTH(8),
        .chromas = WEBC__CHROMA_420,
        .options = webc__options_openh264,
    },
    {
        .codec = WEBC_CODEC_HEVC,
        .name = "libx265",
        .encoder = true,
        .realtime = true,
        .quality = true,
        .even_size = true,
        .forces_key_frames = true,
        .opens_ahead = true,
        .b_frames = true,
        .counts_frames = true,
        .min_width = 16,
        .min_height = 16,
        .max_side = 8192,
        .bit_depths = DEPTH(8) | DEPTH(10),
        .chromas = WEBC__CHROMA_420,
        .presets = X26_PRESETS,
        .options = webc__options_x265,
    },
    {
        .codec = WEBC_CODEC_VP8,
        .name = "libvpx",
        .encoder = true,
        .realtime = true,
        .quality = true,
        .forces_key_frames = true,
        .opens_ahead = true,
        .min_width = 1,
        .min_height = 1,
        .max_side = 16383,
        .keeps_alpha = true,
        .temporal_layers = 3,
        .bit_depths = DEPTH(8),
        .chromas = WEBC__CHROMA_420,
        /* Slower ones spend a fifth to a third less than the bitrate. */
        .presets = "3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        .options = webc__options_vp8,
    },
    {
        .codec = WEBC_CODEC_VP9,
        .name = "libvpx-vp9",
        .encoder = true,
        .realtime = true,
        .quality = true,
        .forces_key_frames = true,
        .opens_ahead = true,
        .min_width = 1,
        .min_height = 1,
        .max_side = 16384,
        .keeps_alpha = true,
        .temporal_layers = 3,
        .bit_depths = DEPTH(8) | DEPTH(10) | DEPTH(12),
        .chromas = ALL_CHROMA,
        .presets = "0 1 2 3 4 5 6 7 8",
        .options = webc__options_vp9,
        .quantize = webc__quantize_vp9,
        .default_quantizer = 128,
    },
    {
        .codec = WEBC_CODEC_AV1,
        .name = "libaom-av1",
        .encoder = true,
        /* Opening it writes into memory that it freed, from FFmpeg 7.1 on (seen in 7.1.5 with valgrind). */
        .broken_since = AV_VERSION_INT(61, 19, 100),
        .realtime = true,
        .quality = true,
        .forces_key_frames = true,
        .opens_ahead = true,
        .min_width = 1,
        .min_height = 1,
        .max_side = 16384,
        .bit_depths = DEPTH(8) | DEPTH(10) | DEPTH(12),
        .chromas = ALL_CHROMA,
        /* In usage realtime it takes those below 5 for 5. */
        .presets = "5 6 7 8",
        .options = webc__options_aom,
    },
    {
        .codec = WEBC_CODEC_AV1,
        .name = "libsvtav1",
        .encoder = true,
        .quality = true,
        .even_size = true,
        .counts_frames = true,
        .min_width = 64,
        .min_height = 64,
        .max_side = 8192,
        .max_framerate = 240,
        .max_bitrate = 100000000,
        .bit_depths = DEPTH(8) | DEPTH(10),
        .chromas = WEBC__CHROMA_420,
        /* With its low-delay structure it takes slower ones for 8. */
        .presets = "8 9 10 11 12",
        .options = webc__options_svtav1,
    },
};

#define ROWS (sizeof rows / sizeof rows[0])

const webc__codec_row *webc__codec_row_at(size_t index)
{
    return index < ROWS ? &rows[index] : NULL;
}

bool webc__codec_row_available(const webc__codec_row *row)
{
    if (row->broken_since && avcodec_version() >= row->broken_since)
        return false;
    return row->encoder ? avcodec_find_encoder_by_name(row->name) != NULL
                        : avcodec_find_decoder_by_name(row->name) != NULL;
}

#define REFUSE(...) (snprintf(reason, reason_size, __VA_ARGS__), WEBC_ERROR_NOT_SUPPORTED)

/* What is the same for both directions: the string, and the FFmpeg that runs. */
static webc_result parse(const char *text, webc__choice *out, char *reason, size_t reason_size)
{
    char why[160];
    *out = (webc__choice){0};
    const char *mismatch = webc__av_mismatch();
    if (mismatch)
        return REFUSE("%s", mismatch);
    if (!webc__codec_string_parse(text, &out->codec, why, sizeof why))
        return REFUSE("codec \"%.48s\": %s", text, why);
    return WEBC_OK;
}

static webc_result check_description(const webc_video_decoder_config *config, webc__choice *out, char *reason,
                                     size_t reason_size)
{
    uint32_t codec = out->codec.codec;
    if (!config->description_size || (codec != WEBC_CODEC_H264 && codec != WEBC_CODEC_HEVC))
        return WEBC_OK;
    const char *why = "";
    bool good =
        codec == WEBC_CODEC_H264
            ? webc__avcc_parse(config->description, (size_t)config->description_size, &out->length_size, &why)
            : webc__hvcc_parse(config->description, (size_t)config->description_size, &out->length_size, &why);
    if (!good)
        return REFUSE("description is not an %s decoder configuration record: %s",
                      codec == WEBC_CODEC_H264 ? "AVC" : "HEVC", why);
    return WEBC_OK;
}

webc_result webc__choose_decoder(const webc_video_decoder_config *config, webc__choice *out, char *reason,
                                 size_t reason_size)
{
    webc_result result = parse(config->codec, out, reason, reason_size);
    if (!result)
        result = check_description(config, out, reason, reason_size);
    if (result)
        return result;
    for (size_t i = 0; i < ROWS && !out->row; i++)
        if (!rows[i].encoder && rows[i].codec == out->codec.codec && webc__codec_row_available(&rows[i]))
            out->row = &rows[i];
    if (!out->row)
        return REFUSE("codec \"%.48s\": the linked FFmpeg has no decoder for it", config->codec);
    return WEBC_OK;
}

static uint32_t chroma_bit(uint32_t chroma)
{
    return chroma == 444 ? WEBC__CHROMA_444 : chroma == 422 ? WEBC__CHROMA_422 : WEBC__CHROMA_420;
}

/* libvpx and libaom take no time base above a second, and a frame has some ticks of it. */
static double least_framerate(const webc__codec_row *row)
{
    bool short_ticks = row->codec != WEBC_CODEC_H264 && row->codec != WEBC_CODEC_HEVC;
    return short_ticks ? 1.0 / WEBC__FRAME_TICKS : LEAST_FRAMERATE;
}

bool webc__codec_row_takes_framerate(const webc__codec_row *row, double framerate)
{
    return framerate >= least_framerate(row) &&
           framerate <= (row->max_framerate ? row->max_framerate : MOST_FRAMERATE);
}

/* NULL when the row can do it, else what it cannot. */
static const char *row_lacks(const webc__codec_row *row, const webc_video_encoder_config *config,
                             const webc__codec_string *codec)
{
    bool realtime = config->latency_mode == WEBC_LATENCY_MODE_REALTIME;
    bool quantizer = config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER;
    if (!webc__codec_row_available(row))
        return row->broken_since && avcodec_version() >= row->broken_since ? "is unsafe in the linked FFmpeg"
                                                                           : "is not in the linked FFmpeg";
    if (realtime ? !row->realtime : !row->quality)
        return realtime ? "does not serve latency_mode realtime" : "does not serve latency_mode quality";
    if (!(row->bit_depths & DEPTH(codec->bit_depth)) || !(row->chromas & chroma_bit(codec->chroma)))
        return "does not code the bit depth and chroma format of the codec string";
    if (row->even_size && (config->width & 1 || config->height & 1))
        return "needs an even width and height";
    if (config->framerate > 0 && config->framerate < least_framerate(row))
        return "does not code a framerate that low";
    if (config->width < row->min_width || config->height < row->min_height)
        return "does not code a width or height that small";
    if (config->width > row->max_side || config->height > row->max_side)
        return "does not code a width or height that large";
    if (row->max_framerate && config->framerate > row->max_framerate)
        return "does not code that framerate";
    if (quantizer && !row->quantize)
        return "does not code each frame with a QP of its own, as bitrate_mode \"quantizer\" asks";
    if (!quantizer && row->max_bitrate && config->bitrate > row->max_bitrate)
        return "does not code that bitrate";
    uint32_t layers = webc__layers_of_mode(config->scalability_mode);
    if (layers > 1 && layers > row->temporal_layers)
        return "does not code the temporal layers of scalability_mode; use L1T1";
    if (config->alpha == WEBC_ALPHA_KEEP && !row->keeps_alpha)
        return "does not keep alpha; use discard";
    if (config->b_frames && !row->b_frames)
        return "does not take b_frames";
    return NULL;
}

/* Profiles that no encoder here writes. */
static const char *profile_lacks(const webc__codec_string *codec)
{
    if (codec->codec == WEBC_CODEC_H264 && (codec->profile == 88 || codec->profile == 44))
        return "H.264 Extended and CAVLC 4:4:4 profiles are not encoded";
    if (codec->codec == WEBC_CODEC_HEVC && codec->profile != 1 && codec->profile != 2)
        return "only HEVC Main and Main 10 are encoded";
    return NULL;
}

/* Members that are the same for every encoder. */
static webc_result check_common(const webc_video_encoder_config *config, uint64_t max_pixels,
                                const webc__codec_string *codec, char *reason, size_t reason_size)
{
    const char *lack = profile_lacks(codec);
    if (lack)
        return REFUSE("codec \"%.48s\": %s", config->codec, lack);
    if ((uint64_t)config->width * config->height > max_pixels)
        return REFUSE("width x height = %ux%u is more than max_pixels = %llu", config->width, config->height,
                      (unsigned long long)max_pixels);
    if (!webc__layers_of_mode(config->scalability_mode))
        return REFUSE("scalability_mode \"%.16s\" is not supported; use L1T1, or with VP8 and VP9 L1T2 or L1T3",
                      config->scalability_mode);
    bool quantizer = config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER;
    if (quantizer && codec->codec == WEBC_CODEC_VP8)
        return REFUSE("bitrate_mode \"quantizer\": VP8 has no quantizer option; use variable or constant");
    if (quantizer && config->b_frames)
        return REFUSE("b_frames: bitrate_mode quantizer has none, as frames must not wait in the encoder");
    if (config->framerate > 0 && config->framerate < LEAST_FRAMERATE)
        return REFUSE("framerate %g is less than %g frames per second", config->framerate, LEAST_FRAMERATE);
    if (config->framerate > MOST_FRAMERATE)
        return REFUSE("framerate %g is more than %g frames per second", config->framerate, MOST_FRAMERATE);
    /* Encoders count in thousands of bits. */
    uint64_t bitrate = quantizer ? 0 : config->bitrate;
    if (bitrate && bitrate < 1000)
        return REFUSE("bitrate %llu is less than 1000 bits per second", (unsigned long long)bitrate);
    if (bitrate > INT32_MAX)
        return REFUSE("bitrate %llu is more than 2147483647 bits per second", (unsigned long long)bitrate);
    if (config->b_frames > 16)
        return REFUSE("b_frames %u is more than 16", config->b_frames);
    if (config->b_frames && codec->codec == WEBC_CODEC_H264 && codec->profile == 66)
        return REFUSE("b_frames: H.264 Baseline has none; use Main or High");
    if (config->b_frames && config->latency_mode == WEBC_LATENCY_MODE_REALTIME)
        return REFUSE("b_frames: latency_mode realtime has none; use quality");
    if (config->key_interval > INT32_MAX)
        return REFUSE("key_interval %u is more than 2147483647 frames", config->key_interval);
    if (codec->codec != WEBC_CODEC_H264 && codec->codec != WEBC_CODEC_HEVC)
        return WEBC_OK;
    char why[160];
    webc__level_need need = {config->width, config->height, config->framerate, bitrate};
    if (!webc__level_holds(codec, &need, why, sizeof why))
        return REFUSE("codec \"%.48s\": %s", config->codec, why);
    return WEBC_OK;
}

static bool has_preset(const webc__codec_row *row, const char *preset)
{
    size_t size = strlen(preset);
    for (const char *at = row->presets; at && size; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strcspn(at, " ") == size && memcmp(at, preset, size) == 0)
            return true;
    }
    return false;
}

/* A preset chooses among what an encoder can do, never among encoders: the same word is another in each. */
static webc_result check_preset(const webc__codec_row *row, const webc_video_encoder_config *config,
                                char *reason, size_t reason_size)
{
    if (!config->preset)
        return WEBC_OK;
    if (config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER)
        return REFUSE("preset \"%.16s\": bitrate_mode quantizer takes none", config->preset);
    if (!row->presets)
        return REFUSE("preset \"%.16s\": %s has none", config->preset, row->name);
    if (!has_preset(row, config->preset))
        return REFUSE("preset \"%.16s\": %s has %s", config->preset, row->name, row->presets);
    return WEBC_OK;
}

webc_result webc__choose_encoder(const webc_video_encoder_config *config, uint64_t max_pixels,
                                 webc__choice *out, char *reason, size_t reason_size)
{
    webc_result result = parse(config->codec, out, reason, reason_size);
    if (!result)
        result = check_common(config, max_pixels, &out->codec, reason, reason_size);
    if (result)
        return result;
    size_t used = 0;
    for (size_t i = 0; i < ROWS && !out->row; i++) {
        if (!rows[i].encoder || rows[i].codec != out->codec.codec)
            continue;
        const char *lack = row_lacks(&rows[i], config, &out->codec);
        if (!lack)
            out->row = &rows[i];
        else if (used < reason_size)
            used += (size_t)snprintf(reason + used, reason_size - used, "%s%s %s", used ? "; " : "",
                                     rows[i].name, lack);
    }
    if (!out->row)
        return WEBC_ERROR_NOT_SUPPORTED;
    if (reason_size)
        reason[0] = '\0';
    return check_preset(out->row, config, reason, reason_size);
}

int webc__choice_pix_fmt(const webc__choice *choice)
{
    static const int formats[3][3] = {
        {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV420P12LE},
        {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV422P12LE},
        {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV444P12LE},
    };
    uint32_t chroma = choice->codec.chroma;
    return formats[chroma == 444 ? 2 : chroma == 422 ? 1 : 0][(choice->codec.bit_depth - 8) / 2];
}
