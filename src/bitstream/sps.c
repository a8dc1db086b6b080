/* SPDX-License-Identifier: MIT */
#include "bitstream/sps.h"

#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/bits.h"
#include "bitstream/hvcc.h"
#include "bitstream/nal.h"

#define NAL_SPS 7
#define NAL_SPS_HEVC 33
#define MOST_REORDER 16u
#define MOST_ID 31u
#define MOST_SIDE (UINT64_C(1) << 20)
/* H.264 7.4.2.1.1, num_ref_frames_in_pic_order_cnt_cycle. */
#define MOST_CYCLE 255u

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
        for (uint32_t i = 0; i < cycle && i < MOST_CYCLE && !bits->overrun; i++)
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

/* H.264 7.3.2.1.1 up to direct_8x8_inference_flag. */
typedef struct sequence {
    unsigned profile;
    unsigned constraints;
    unsigned level;
    uint32_t id;
    uint32_t order_type;
    uint64_t columns; /* of macroblocks */
    uint64_t rows;
} sequence;

/* A side that a size may be computed with in 64 bits; none that is longer is decoded by anybody. */
static uint64_t read_side(webc__bits *bits, unsigned more)
{
    uint64_t side = (uint64_t)webc__bits_exp_golomb(bits) + more;
    return side < MOST_SIDE ? side : MOST_SIDE;
}

static sequence read_h264(webc__bits *bits)
{
    sequence out;
    webc__bits_skip(bits, 8);
    out.profile = webc__bits_read(bits, 8);
    out.constraints = webc__bits_read(bits, 8);
    out.level = webc__bits_read(bits, 8);
    out.id = webc__bits_exp_golomb(bits);
    skip_chroma(bits, out.profile);
    out.order_type = skip_order(bits);
    webc__bits_exp_golomb(bits); /* max_num_ref_frames */
    webc__bits_skip(bits, 1);
    out.columns = read_side(bits, 1);
    out.rows = read_side(bits, 1);
    if (!webc__bits_one(bits)) { /* frame_mbs_only_flag */
        webc__bits_skip(bits, 1);
        out.rows *= 2;
    }
    webc__bits_skip(bits, 1);
    return out;
}

/*
 * From vui_parameters_present_flag on. A set that ends too early is taken for silent, as libavcodec takes it.
 */
static void read_reorder(webc__bits *bits, const sequence *set, webc__sets *out)
{
    bool said = webc__bits_one(bits) && says_restriction(bits);
    if (said) {
        webc__bits_skip(bits, 1);
        for (int i = 0; i < 4; i++)
            webc__bits_exp_golomb(bits);
        uint32_t frames = webc__bits_exp_golomb(bits);
        out->reorder = frames < MOST_REORDER ? frames : MOST_REORDER;
        webc__bits_exp_golomb(bits); /* max_dec_frame_buffering */
    }
    if (said && !bits->overrun)
        return;
    uint64_t depth = dpb_macroblocks(set->level) / (set->columns * set->rows);
    /* Baseline has no B pictures, and order type 2 is decoding order. */
    if (set->profile == 66 || is_intra_only(set->profile, set->constraints) || set->order_type == 2)
        depth = 0;
    out->reorder = depth < MOST_REORDER ? (unsigned)depth : MOST_REORDER;
    out->silent = true;
}

/* HEVC 7.3.3, with the sub-layers' levels. */
static void skip_profile_tier_level(webc__bits *bits, unsigned sub_layers)
{
    unsigned more = 0;
    webc__bits_skip(bits, 96);
    for (unsigned i = 1; i < sub_layers; i++) {
        more += webc__bits_one(bits) ? 88 : 0;
        more += webc__bits_one(bits) ? 8 : 0;
    }
    if (sub_layers > 1)
        webc__bits_skip(bits, 2 * (9 - sub_layers));
    webc__bits_skip(bits, more);
}

/*
 * Samples of a picture without what is cropped, as far as that is what a codec's blocks make necessary: what is
 * cropped beyond that is decoded too. Units of cropping are taken for the largest, so that the answer is never
 * too large; libavcodec knows better. Reads from conformance_window_flag or frame_cropping_flag on.
 */
static uint64_t read_cropped(webc__bits *bits, uint64_t width, uint64_t height, unsigned row_unit,
                             unsigned block)
{
    uint64_t across = 0, down = 0;
    if (bits->overrun)
        return 0;
    if (webc__bits_one(bits)) {
        across = (uint64_t)webc__bits_exp_golomb(bits) + webc__bits_exp_golomb(bits);
        down = (uint64_t)webc__bits_exp_golomb(bits) + webc__bits_exp_golomb(bits);
    }
    if (bits->overrun)
        return width * height;
    across = 2 * across < block ? 2 * across : block - 1;
    down = row_unit * down < block * row_unit / 2 ? row_unit * down : block * row_unit / 2 - 1;
    return across < width && down < height ? (width - across) * (height - down) : 0;
}

/* A sequence parameter set, and of the base layer. */
static bool is_sequence(bool hevc, const webc__nal *set)
{
    return hevc ? webc__nal_type_hevc(set) == NAL_SPS_HEVC && set->size > 2 && !(set->data[0] & 1) &&
                      !(set->data[1] >> 3)
                : webc__nal_type_h264(set) == NAL_SPS && !(set->data[0] & 0x80);
}

webc__sets webc__read_set(bool hevc, const webc__nal *set)
{
    webc__sets out = {0};
    webc__bits bits;
    if (!is_sequence(hevc, set))
        return out;
    webc__bits_init(&bits, set->data, set->size, true);
    if (hevc) {
        webc__bits_skip(&bits, 16 + 4);
        unsigned sub_layers = webc__bits_read(&bits, 3) + 1;
        webc__bits_skip(&bits, 1);
        skip_profile_tier_level(&bits, sub_layers);
        webc__bits_exp_golomb(&bits);
        if (webc__bits_exp_golomb(&bits) == 3)
            webc__bits_skip(&bits, 1);
        uint64_t width = read_side(&bits, 0), height = read_side(&bits, 0);
        out.pixels = read_cropped(&bits, width, height, 2, 64);
        return out;
    }
    sequence all = read_h264(&bits);
    if (webc__sps_id(all.id) > MOST_ID)
        return out;
    out.pixels = read_cropped(&bits, 16 * all.columns, 16 * all.rows, 4, 16);
    if (out.pixels)
        read_reorder(&bits, &all, &out);
    return out;
}

webc__sets webc__sets_join(webc__sets one, webc__sets other)
{
    return (webc__sets){
        .pixels = one.pixels > other.pixels ? one.pixels : other.pixels,
        .reorder = one.reorder > other.reorder ? one.reorder : other.reorder,
        .silent = one.silent || other.silent,
    };
}

/* `count` units with lengths of two bytes each from *at on; the record was checked. */
static webc__sets read_units(bool hevc, const uint8_t *record, size_t *at, unsigned count)
{
    webc__sets all = {0};
    for (; count; count--) {
        const webc__nal unit = {record + *at + 2, (size_t)record[*at] << 8 | record[*at + 1]};
        all = webc__sets_join(all, webc__read_set(hevc, &unit));
        *at += 2 + unit.size;
    }
    return all;
}

webc__sets webc__record_sets(bool hevc, const uint8_t *record, size_t size)
{
    webc__sets all = {0};
    unsigned length_size;
    const char *reason;
    if (!size || !(hevc ? webc__hvcc_parse(record, size, &length_size, &reason)
                        : webc__avcc_parse(record, size, &length_size, &reason)))
        return all;
    size_t at = hevc ? 23 : 6;
    if (!hevc)
        return read_units(false, record, &at, record[5] & 0x1f);
    for (unsigned arrays = record[22]; arrays; arrays--) {
        unsigned count = (unsigned)record[at + 1] << 8 | record[at + 2];
        at += 3;
        all = webc__sets_join(all, read_units(true, record, &at, count));
    }
    return all;
}

bool webc__next_set(bool hevc, const uint8_t *chunk, size_t size, unsigned length_size, size_t *position,
                    webc__nal *out)
{
    const uint8_t *end = chunk + size, *one = chunk + *position;
    if (length_size) {
        while (webc__nal_next_prefixed(chunk, size, length_size, position, out))
            if (webc__nal_is_parameter_set(hevc ? webc__nal_type_hevc(out) : webc__nal_type_h264(out), hevc))
                return true;
        return false;
    }
    while ((one = memchr(one, 1, (size_t)(end - one))) && ++one < end) {
        *out = (webc__nal){one, (size_t)(end - one)};
        if (one - chunk < 3 || one[-2] || one[-3] ||
            !webc__nal_is_parameter_set(hevc ? webc__nal_type_hevc(out) : webc__nal_type_h264(out), hevc))
            continue;
        const uint8_t *next = memmem(one, out->size, "\0\0\1", 3);
        out->size = (size_t)((next ? next : end) - one);
        *position = (size_t)(one - chunk) + out->size;
        return true;
    }
    return false;
}
