/* SPDX-License-Identifier: MIT */
#include "bitstream/avcc.h"

#include <string.h>

#include "bitstream/bits.h"
#include "bitstream/nal.h"

enum { NAL_SPS = 7, NAL_PPS = 8, NAL_SPS_EXTENSION = 13 };

/* What the record repeats from a sequence parameter set. */
typedef struct sequence {
    uint8_t profile;
    uint8_t constraints;
    uint8_t level;
    uint8_t chroma_format;
    uint8_t luma_depth;
    uint8_t chroma_depth;
} sequence;

/* Profiles whose sequence parameter set says chroma format and bit depths (H.264 7.3.2.1.1). */
static bool says_chroma(unsigned profile)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135, 144};
    return memchr(profiles, (int)profile, sizeof profiles);
}

static bool read_sequence(const webc__nal *nal, sequence *out)
{
    webc__bits bits;
    webc__bits_init(&bits, nal->data, nal->size, true);
    webc__bits_skip(&bits, 8);
    *out = (sequence){.chroma_format = 1, .luma_depth = 8, .chroma_depth = 8};
    out->profile = (uint8_t)webc__bits_read(&bits, 8);
    out->constraints = (uint8_t)webc__bits_read(&bits, 8);
    out->level = (uint8_t)webc__bits_read(&bits, 8);
    webc__bits_exp_golomb(&bits); /* seq_parameter_set_id */
    if (says_chroma(out->profile)) {
        uint32_t chroma = webc__bits_exp_golomb(&bits);
        if (chroma > 3)
            return false;
        if (chroma == 3)
            webc__bits_skip(&bits, 1); /* separate_colour_plane_flag */
        uint32_t luma_depth = webc__bits_exp_golomb(&bits);
        uint32_t chroma_depth = webc__bits_exp_golomb(&bits);
        if (luma_depth > 6 || chroma_depth > 6)
            return false;
        out->chroma_format = (uint8_t)chroma;
        out->luma_depth = (uint8_t)(8 + luma_depth);
        out->chroma_depth = (uint8_t)(8 + chroma_depth);
    }
    return !bits.overrun;
}

typedef struct counts {
    unsigned count;
    size_t bytes; /* with the 2-byte lengths */
} counts;

static bool count_units(const uint8_t *annexb, size_t size, unsigned type, counts *out, webc__nal *first)
{
    size_t position = 0;
    webc__nal nal;
    *out = (counts){0};
    while (webc__nal_next_annexb(annexb, size, &position, &nal)) {
        if (webc__nal_type_h264(&nal) != type)
            continue;
        if (nal.size > UINT16_MAX)
            return false;
        if (!out->count++ && first)
            *first = nal;
        out->bytes += 2 + nal.size;
    }
    return true;
}

static uint8_t *put_units(uint8_t *at, const uint8_t *annexb, size_t size, unsigned type)
{
    size_t position = 0;
    webc__nal nal;
    while (webc__nal_next_annexb(annexb, size, &position, &nal)) {
        if (webc__nal_type_h264(&nal) != type)
            continue;
        *at++ = (uint8_t)(nal.size >> 8);
        *at++ = (uint8_t)nal.size;
        memcpy(at, nal.data, nal.size);
        at += nal.size;
    }
    return at;
}

bool webc__avcc_build(const uint8_t *annexb, size_t size, uint8_t *dst, size_t dst_size, size_t *needed)
{
    counts sps, pps, extension;
    webc__nal first = {0};
    sequence seq;
    *needed = 0;
    if (!count_units(annexb, size, NAL_SPS, &sps, &first) || !count_units(annexb, size, NAL_PPS, &pps, NULL) ||
        !count_units(annexb, size, NAL_SPS_EXTENSION, &extension, NULL))
        return false;
    if (!sps.count || sps.count > 31 || !pps.count || pps.count > 255 || extension.count > 255)
        return false;
    if (!read_sequence(&first, &seq))
        return false;

    /* Baseline, Main and Extended end after the picture parameter sets. */
    bool tail = seq.profile != 66 && seq.profile != 77 && seq.profile != 88;
    *needed = 7 + sps.bytes + pps.bytes + (tail ? 4 + extension.bytes : 0);
    if (!dst)
        return true;
    if (dst_size < *needed)
        return false;
    uint8_t *at = dst;
    *at++ = 1; /* configurationVersion */
    *at++ = seq.profile;
    *at++ = seq.constraints;
    *at++ = seq.level;
    *at++ = 0xfc | 3; /* lengthSizeMinusOne */
    *at++ = (uint8_t)(0xe0 | sps.count);
    at = put_units(at, annexb, size, NAL_SPS);
    *at++ = (uint8_t)pps.count;
    at = put_units(at, annexb, size, NAL_PPS);
    if (tail) {
        *at++ = 0xfc | seq.chroma_format;
        *at++ = (uint8_t)(0xf8 | (seq.luma_depth - 8));
        *at++ = (uint8_t)(0xf8 | (seq.chroma_depth - 8));
        *at++ = (uint8_t)extension.count;
        put_units(at, annexb, size, NAL_SPS_EXTENSION);
    }
    return true;
}

/* Step over `count` units with 2-byte lengths; false when one is empty or leaves the record. */
static bool skip_units(const uint8_t *data, size_t size, size_t *position, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (size - *position < 2)
            return false;
        size_t length = (size_t)data[*position] << 8 | data[*position + 1];
        *position += 2;
        if (!length || length > size - *position)
            return false;
        *position += length;
    }
    return true;
}

bool webc__avcc_parse(const uint8_t *data, size_t size, unsigned *length_size, const char **reason)
{
    *reason = NULL;
    *length_size = 0;
    if (size < 7)
        *reason = "an avcC record has at least 7 bytes";
    else if (data[0] != 1)
        *reason = "the avcC record does not begin with version 1 (Annex B streams need no description)";
    else if ((data[4] & 3) == 2)
        *reason = "the avcC record asks for NAL lengths of 3 bytes, which do not exist";
    if (*reason)
        return false;
    size_t position = 6;
    if (!skip_units(data, size, &position, data[5] & 0x1f)) {
        *reason = "a sequence parameter set of the avcC record is empty or cut off";
        return false;
    }
    if (position >= size) {
        *reason = "the avcC record ends before the number of picture parameter sets";
        return false;
    }
    unsigned pps = data[position++];
    if (!skip_units(data, size, &position, pps)) {
        *reason = "a picture parameter set of the avcC record is empty or cut off";
        return false;
    }
    /* The tail of the High profiles is not looked at: many writers leave it out. */
    *length_size = (data[4] & 3) + 1u;
    return true;
}
