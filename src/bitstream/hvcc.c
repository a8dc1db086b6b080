/* SPDX-License-Identifier: MIT */
#include "bitstream/hvcc.h"

#include <string.h>

#include "bitstream/bits.h"
#include "bitstream/nal.h"

enum { NAL_VPS = 32, NAL_SPS = 33, NAL_PPS = 34, SET_KINDS = 3, HEADER_SIZE = 23 };

/* What the record says of all sequence parameter sets together. */
typedef struct summary {
    unsigned sets;
    uint8_t high_tier;
    uint8_t profile;
    uint32_t compatibility;
    uint8_t constraints[6];
    uint8_t level;
    uint8_t chroma_format;
    uint8_t luma_depth;
    uint8_t chroma_depth;
    uint8_t temporal_layers;
    uint8_t temporal_nested;
} summary;

static unsigned layer_id(const webc__nal *nal)
{
    return nal->size < 2 ? 0 : (nal->data[0] & 1u) << 5 | nal->data[1] >> 3;
}

/* profile_tier_level of HEVC 7.3.3, joined with what the sets before had. */
static void read_profile_tier_level(webc__bits *bits, unsigned sub_layers, summary *all)
{
    webc__bits_skip(bits, 2); /* general_profile_space */
    uint8_t high_tier = (uint8_t)webc__bits_read(bits, 1);
    uint8_t profile = (uint8_t)webc__bits_read(bits, 5);
    uint32_t compatibility = webc__bits_read(bits, 32);
    all->compatibility = all->sets ? all->compatibility & compatibility : compatibility;
    for (unsigned i = 0; i < 6; i++) {
        uint8_t byte = (uint8_t)webc__bits_read(bits, 8);
        all->constraints[i] = all->sets ? all->constraints[i] & byte : byte;
    }
    uint8_t level = (uint8_t)webc__bits_read(bits, 8);
    all->high_tier |= high_tier;
    all->profile = profile > all->profile ? profile : all->profile;
    all->level = level > all->level ? level : all->level;

    bool has_profile[8] = {0};
    bool has_level[8] = {0};
    for (unsigned i = 1; i < sub_layers; i++) {
        has_profile[i] = webc__bits_one(bits);
        has_level[i] = webc__bits_one(bits);
    }
    if (sub_layers > 1)
        webc__bits_skip(bits, 2 * (9 - sub_layers));
    for (unsigned i = 1; i < sub_layers; i++)
        webc__bits_skip(bits, (has_profile[i] ? 88u : 0u) + (has_level[i] ? 8u : 0u));
}

/* HEVC 7.3.2.2, as far as the bit depths. */
static bool read_sequence(const webc__nal *nal, summary *all)
{
    webc__bits bits;
    webc__bits_init(&bits, nal->data, nal->size, true);
    webc__bits_skip(&bits, 16 + 4); /* NAL header, sps_video_parameter_set_id */
    uint8_t sub_layers = (uint8_t)(webc__bits_read(&bits, 3) + 1);
    if (sub_layers > 7)
        return false;
    if (sub_layers > all->temporal_layers)
        all->temporal_layers = sub_layers;
    uint8_t nested = (uint8_t)webc__bits_one(&bits);
    all->temporal_nested = all->sets ? all->temporal_nested & nested : nested;
    read_profile_tier_level(&bits, sub_layers, all);
    webc__bits_exp_golomb(&bits); /* sps_seq_parameter_set_id */
    uint32_t chroma = webc__bits_exp_golomb(&bits);
    if (chroma == 3)
        webc__bits_skip(&bits, 1); /* separate_colour_plane_flag */
    webc__bits_exp_golomb(&bits);  /* pic_width_in_luma_samples */
    webc__bits_exp_golomb(&bits);  /* pic_height_in_luma_samples */
    if (webc__bits_one(&bits)) {   /* conformance_window_flag */
        for (unsigned i = 0; i < 4; i++)
            webc__bits_exp_golomb(&bits);
    }
    uint32_t luma_depth = webc__bits_exp_golomb(&bits);
    uint32_t chroma_depth = webc__bits_exp_golomb(&bits);
    if (bits.overrun || chroma > 3 || luma_depth > 7 || chroma_depth > 7)
        return false;
    all->chroma_format = (uint8_t)chroma;
    all->luma_depth = (uint8_t)(8 + luma_depth);
    all->chroma_depth = (uint8_t)(8 + chroma_depth);
    all->sets++;
    return true;
}

/* The next parameter set of `type`; those of other layers than the base are passed over. */
static bool next_set(const uint8_t *annexb, size_t size, size_t *position, unsigned type, webc__nal *nal)
{
    while (webc__nal_next_annexb(annexb, size, position, nal)) {
        if (nal->size >= 2 && webc__nal_type_hevc(nal) == type && layer_id(nal) == 0)
            return true;
    }
    return false;
}

static void put_header(uint8_t *at, const summary *all)
{
    at[0] = 1; /* configurationVersion */
    at[1] = (uint8_t)(all->high_tier << 5 | all->profile);
    for (unsigned i = 0; i < 4; i++)
        at[2 + i] = (uint8_t)(all->compatibility >> (24 - 8 * i));
    memcpy(at + 6, all->constraints, 6);
    at[12] = all->level;
    /* min_spatial_segmentation_idc 0, parallelismType 0 and avgFrameRate 0 say "not known", always true. */
    at[13] = 0xf0;
    at[14] = 0;
    at[15] = 0xfc;
    at[16] = 0xfc | all->chroma_format;
    at[17] = (uint8_t)(0xf8 | (all->luma_depth - 8));
    at[18] = (uint8_t)(0xf8 | (all->chroma_depth - 8));
    at[19] = 0;
    at[20] = 0;
    at[21] = (uint8_t)(all->temporal_layers << 3 | all->temporal_nested << 2 | 3);
    at[22] = SET_KINDS;
}

static uint8_t *put_array(uint8_t *at, const uint8_t *annexb, size_t size, unsigned type, unsigned count)
{
    size_t position = 0;
    webc__nal nal;
    *at++ = (uint8_t)(0x80 | type); /* array_completeness: none in the chunks */
    *at++ = (uint8_t)(count >> 8);
    *at++ = (uint8_t)count;
    while (next_set(annexb, size, &position, type, &nal)) {
        *at++ = (uint8_t)(nal.size >> 8);
        *at++ = (uint8_t)nal.size;
        memcpy(at, nal.data, nal.size);
        at += nal.size;
    }
    return at;
}

bool webc__hvcc_build(const uint8_t *annexb, size_t size, uint8_t *dst, size_t dst_size, size_t *needed)
{
    summary all = {0};
    unsigned count[SET_KINDS] = {0};
    size_t total = HEADER_SIZE;
    *needed = 0;
    for (unsigned kind = 0; kind < SET_KINDS; kind++) {
        size_t position = 0;
        webc__nal nal;
        total += 3;
        while (next_set(annexb, size, &position, NAL_VPS + kind, &nal)) {
            if (nal.size > UINT16_MAX || count[kind] == UINT16_MAX)
                return false;
            if (NAL_VPS + kind == NAL_SPS && !read_sequence(&nal, &all))
                return false;
            count[kind]++;
            total += 2 + nal.size;
        }
        if (!count[kind])
            return false;
    }
    *needed = total;
    if (!dst)
        return true;
    if (dst_size < total)
        return false;
    put_header(dst, &all);
    uint8_t *at = dst + HEADER_SIZE;
    for (unsigned kind = 0; kind < SET_KINDS; kind++)
        at = put_array(at, annexb, size, NAL_VPS + kind, count[kind]);
    return true;
}

bool webc__hvcc_parse(const uint8_t *data, size_t size, unsigned *length_size, const char **reason)
{
    *reason = NULL;
    *length_size = 0;
    if (size < HEADER_SIZE)
        *reason = "an hvcC record has at least 23 bytes";
    else if (data[0] != 1)
        *reason = "the hvcC record does not begin with version 1 (Annex B streams need no description)";
    else if ((data[21] & 3) == 2)
        *reason = "the hvcC record asks for NAL lengths of 3 bytes, which do not exist";
    if (*reason)
        return false;
    size_t position = HEADER_SIZE;
    for (unsigned array = 0; array < data[22]; array++) {
        if (size - position < 3) {
            *reason = "the hvcC record ends before its last array";
            return false;
        }
        unsigned count = (unsigned)data[position + 1] << 8 | data[position + 2];
        position += 3;
        for (unsigned i = 0; i < count; i++) {
            size_t left = size - position;
            size_t length = left < 2 ? 0 : (size_t)data[position] << 8 | data[position + 1];
            if (!length || length > left - 2) {
                *reason = "a parameter set of the hvcC record is empty or cut off";
                return false;
            }
            position += 2 + length;
        }
    }
    *length_size = (data[21] & 3) + 1u;
    return true;
}
