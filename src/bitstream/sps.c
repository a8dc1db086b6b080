/* SPDX-License-Identifier: MIT */
#include "bitstream/sps.h"

#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/bits.h"
#include "bitstream/nal.h"

#define NAL_SPS 7
#define MOST_REORDER 16u

/* H.264 table A-1, MaxDpbMbs. */
static uint32_t dpb_macroblocks(unsigned level)
{
    static const struct {
        uint8_t level;
        uint32_t macroblocks;
    } table[] = {{9, 396},     {10, 396},    {11, 900},    {12, 2376},   {13, 2376},   {20, 2376},  {21, 4752},
                 {22, 8100},   {30, 8100},   {31, 18000},  {32, 20480},  {40, 32768},  {41, 32768}, {42, 34816},
                 {50, 110400}, {51, 184320}, {52, 184320}, {60, 696320}, {61, 696320}, {62, 696320}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].level == level)
            return table[i].macroblocks;
    return 0;
}

static void skip_scaling_lists(webc__bits *bits, unsigned lists)
{
    for (unsigned list = 0; list < lists && !bits->overrun; list++) {
        if (!webc__bits_one(bits))
            continue;
        uint32_t last = 8, next = 8;
        for (unsigned i = 0; i < (list < 6 ? 16u : 64u) && next; i++) {
            uint32_t code = webc__bits_exp_golomb(bits);
            uint32_t delta = code & 1 ? code / 2 + 1 : 0u - code / 2; /* se(v), modulo 256 in the end */
            next = (last + delta) & 0xff;
            last = next ? next : last;
        }
    }
}

static void skip_chroma(webc__bits *bits, unsigned profile)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135, 144};
    if (!memchr(profiles, (int)profile, sizeof profiles))
        return;
    uint32_t chroma = webc__bits_exp_golomb(bits);
    if (chroma == 3)
        webc__bits_skip(bits, 1);
    webc__bits_exp_golomb(bits);
    webc__bits_exp_golomb(bits);
    webc__bits_skip(bits, 1);
    if (webc__bits_one(bits))
        skip_scaling_lists(bits, chroma == 3 ? 12 : 8);
}

/* The picture order count type. */
static uint32_t skip_order(webc__bits *bits)
{
    webc__bits_exp_golomb(bits); /* log2_max_frame_num */
    uint32_t type = webc__bits_exp_golomb(bits);
    if (type == 0) {
        webc__bits_exp_golomb(bits);
    } else if (type == 1) {
        webc__bits_skip(bits, 1);
        webc__bits_exp_golomb(bits);
        webc__bits_exp_golomb(bits);
        uint32_t cycle = webc__bits_exp_golomb(bits);
        for (uint32_t i = 0; i < cycle && !bits->overrun; i++)
            webc__bits_exp_golomb(bits);
    }
    return type;
}

static void skip_hrd(webc__bits *bits)
{
    uint32_t count = webc__bits_exp_golomb(bits);
    webc__bits_skip(bits, 8);
    for (uint32_t i = 0; i <= count && !bits->overrun; i++) {
        webc__bits_exp_golomb(bits);
        webc__bits_exp_golomb(bits);
        webc__bits_skip(bits, 1);
    }
    webc__bits_skip(bits, 20);
}

/* E.1.1 up to bitstream_restriction_flag. */
static bool says_restriction(webc__bits *bits)
{
    if (webc__bits_one(bits) && webc__bits_read(bits, 8) == 255)
        webc__bits_skip(bits, 32);
    if (webc__bits_one(bits))
        webc__bits_skip(bits, 1);
    if (webc__bits_one(bits)) {
        webc__bits_skip(bits, 4);
        if (webc__bits_one(bits))
            webc__bits_skip(bits, 24);
    }
    if (webc__bits_one(bits)) {
        webc__bits_exp_golomb(bits);
        webc__bits_exp_golomb(bits);
    }
    if (webc__bits_one(bits))
        webc__bits_skip(bits, 65);
    bool nal_hrd = webc__bits_one(bits);
    if (nal_hrd)
        skip_hrd(bits);
    bool vcl_hrd = webc__bits_one(bits);
    if (vcl_hrd)
        skip_hrd(bits);
    if (nal_hrd || vcl_hrd)
        webc__bits_skip(bits, 1);
    webc__bits_skip(bits, 1);
    return webc__bits_one(bits);
}

/* E.2.1: profiles whose streams are of intra pictures only where constraint_set3_flag is set. */
static bool is_intra_only(unsigned profile, unsigned constraints)
{
    static const uint8_t profiles[] = {44, 86, 100, 110, 122, 244};
    return constraints & 0x10 && memchr(profiles, (int)profile, sizeof profiles);
}

static unsigned unsaid_reorder(const webc__nal *sps)
{
    webc__bits bits;
    webc__bits_init(&bits, sps->data, sps->size, true);
    webc__bits_skip(&bits, 8);
    unsigned profile = webc__bits_read(&bits, 8);
    unsigned constraints = webc__bits_read(&bits, 8);
    unsigned level = webc__bits_read(&bits, 8);
    webc__bits_exp_golomb(&bits);
    skip_chroma(&bits, profile);
    uint32_t order_type = skip_order(&bits);
    webc__bits_exp_golomb(&bits); /* max_num_ref_frames */
    webc__bits_skip(&bits, 1);
    uint64_t width = (uint64_t)webc__bits_exp_golomb(&bits) + 1;
    uint64_t height = (uint64_t)webc__bits_exp_golomb(&bits) + 1;
    bool frames_only = webc__bits_one(&bits);
    if (!frames_only) {
        webc__bits_skip(&bits, 1);
        height *= 2;
    }
    webc__bits_skip(&bits, 1);
    if (webc__bits_one(&bits))
        for (int side = 0; side < 4; side++)
            webc__bits_exp_golomb(&bits);
    bool said = webc__bits_one(&bits) && says_restriction(&bits);
    /* Baseline has no B pictures, and order type 2 is decoding order. */
    if (bits.overrun || said || profile == 66 || is_intra_only(profile, constraints) || order_type == 2)
        return 0;
    uint64_t depth = dpb_macroblocks(level) / (width * height);
    return depth < MOST_REORDER ? (unsigned)depth : MOST_REORDER;
}

unsigned webc__h264_unsaid_reorder(const uint8_t *record, size_t record_size, const uint8_t *chunk,
                                   size_t chunk_size)
{
    webc__nal nal;
    size_t position = 0;
    unsigned length_size = 0;
    const char *reason;
    if (record_size && !webc__avcc_parse(record, record_size, &length_size, &reason))
        return 0;
    if (record_size && record[5] & 0x1f) {
        /* The record was checked: the first set is inside. */
        nal = (webc__nal){record + 8, (size_t)record[6] << 8 | record[7]};
        return unsaid_reorder(&nal);
    }
    while (length_size ? webc__nal_next_prefixed(chunk, chunk_size, length_size, &position, &nal)
                       : webc__nal_next_annexb(chunk, chunk_size, &position, &nal)) {
        if (webc__nal_type_h264(&nal) == NAL_SPS)
            return unsaid_reorder(&nal);
    }
    return 0;
}
