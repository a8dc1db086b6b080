/* SPDX-License-Identifier: MIT */
/* What is read of an H.264 SPS before a decoder is opened, and of a VP8 frame before it is decoded. */
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "bitstream/nal.h"
#include "bitstream/sps.h"
#include "bitstream/vp8.h"
#include "bombs.h"
#include "support_check.h"

typedef struct sps_params {
    unsigned profile;
    unsigned order_type;
    bool restriction;
    unsigned constraints;
    unsigned reorder; /* max_num_reorder_frames, said by the restriction */
} sps_params;

/* 720x576, 1620 macroblocks, at level 3, whose decoded picture buffer holds 8100. */
static size_t write_sps(bit_writer *w, const sps_params *params)
{
    *w = (bit_writer){0};
    put_bits(w, 8, 0x67);
    put_bits(w, 8, params->profile);
    put_bits(w, 8, params->constraints);
    put_bits(w, 8, 30);
    put_ue(w, 0);
    if (params->profile == 100) {
        put_ue(w, 1);
        put_ue(w, 0);
        put_ue(w, 0);
        put_bits(w, 2, 0);
    }
    put_ue(w, 4); /* log2_max_frame_num_minus4 */
    put_ue(w, params->order_type);
    if (!params->order_type)
        put_ue(w, 4);
    put_ue(w, 4); /* max_num_ref_frames */
    put_bits(w, 1, 0);
    put_ue(w, 44);
    put_ue(w, 35);
    put_bits(w, 3, 6); /* frame_mbs_only_flag, direct_8x8_inference_flag, frame_cropping_flag */
    put_bits(w, 1, params->restriction);
    if (params->restriction) {
        put_bits(w, 8, 0); /* aspect, overscan, signal type, chroma location, timing, both HRD, pic_struct */
        put_bits(w, 1, 1);
        put_bits(w, 1, 1);
        for (int i = 0; i < 4; i++)
            put_ue(w, 0);
        put_ue(w, params->reorder);
        put_ue(w, params->reorder); /* max_dec_frame_buffering */
    }
    return put_stop(w);
}

static webc__sets chunk_sets(bool hevc, const uint8_t *chunk, size_t size, unsigned length_size)
{
    webc__sets all = {0};
    size_t position = 0;
    webc__nal set;
    while (webc__next_set(hevc, chunk, size, length_size, &position, &set))
        all = webc__sets_join(all, webc__read_set(hevc, &set));
    return all;
}

/* The SPS with a head in front, on the heap without a byte to spare. */
static webc__sets read_with(const uint8_t *record, size_t record_size, const uint8_t *head, size_t head_size,
                            const uint8_t *sps, size_t size)
{
    uint8_t *chunk = malloc(head_size + size);
    ck_assert_ptr_nonnull(chunk);
    memcpy(chunk, head, head_size);
    memcpy(chunk + head_size, sps, size);
    unsigned length_size = record_size ? (record[4] & 3u) + 1 : 0;
    webc__sets sets = webc__sets_join(webc__record_sets(false, record, record_size),
                                      chunk_sets(false, chunk, head_size + size, length_size));
    free(chunk);
    return sets;
}

static const uint8_t start_code[] = {0, 0, 1};

/* 2.3: the buffer's size where the stream says nothing, what it says, nothing where it cannot reorder. */
START_TEST(reordering_is_said_or_assumed)
{
    static const struct {
        sps_params params;
        unsigned depth;
    } cases[] = {
        {{77, 0, false, 0, 0}, 5},     {{100, 0, false, 0, 0}, 5},   {{77, 0, true, 0, 0}, 0},
        {{66, 0, false, 0, 0}, 0},     {{77, 2, false, 0, 0}, 0},    {{100, 0, false, 0x10, 0}, 0},
        {{100, 0, false, 0xec, 0}, 5}, {{77, 0, false, 0x10, 0}, 5}, {{100, 0, true, 0, 2}, 2},
        {{66, 0, true, 0, 1}, 1},      {{77, 0, true, 0, 16}, 16},   {{77, 0, true, 0, 31}, 16},
    };
    bit_writer w;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = write_sps(&w, &cases[i].params);
        webc__sets sets = read_with(NULL, 0, start_code, sizeof start_code, w.data, size);
        ck_assert_uint_eq(sets.reorder, cases[i].depth);
        ck_assert_uint_eq(sets.silent, !cases[i].params.restriction);
        for (size_t cut = 0; cut < 6; cut++) {
            sets = read_with(NULL, 0, start_code, sizeof start_code, w.data, cut);
            ck_assert_uint_eq(sets.reorder, 0);
            ck_assert_uint_eq(sets.pixels, 0);
        }
    }
}
END_TEST

/* 2.3: a set that ends in what it says of reordering has said nothing, as libavcodec takes it. */
START_TEST(a_set_that_ends_early_is_silent)
{
    bit_writer w;
    size_t size = write_sps(&w, &(sps_params){77, 0, true, 0, 2});
    webc__sets sets = read_with(NULL, 0, start_code, sizeof start_code, w.data, size - 2);
    ck_assert_uint_eq(sets.silent, 1);
    ck_assert_uint_eq(sets.reorder, 5);
}
END_TEST

/* 2.3: in the avcC record, and in length-prefixed chunks when the record has no sets, as avc3 allows. */
START_TEST(the_set_is_found_in_the_record_or_in_the_chunk)
{
    bit_writer w;
    size_t size = write_sps(&w, &(sps_params){.profile = 77});
    uint8_t record[64] = {1, 77, 0, 30, 0xff, 0xe1, 0, (uint8_t)size};
    memcpy(record + 8, w.data, size);
    const uint8_t slice[] = {0x65, 0x88};
    ck_assert_uint_eq(read_with(record, 9 + size, start_code, sizeof start_code, slice, sizeof slice).reorder,
                      5);
    ck_assert_uint_eq(read_with(record, 8 + size, start_code, sizeof start_code, w.data, size).reorder, 0);
    static const unsigned sizes[] = {1, 2, 4};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t empty[] = {1, 77, 0, 30, (uint8_t)(0xfc | (sizes[i] - 1)), 0xe0, 0};
        const uint8_t lengths[4] = {0, 0, 0, (uint8_t)size};
        ck_assert_uint_eq(
            read_with(empty, sizeof empty, lengths + 4 - sizes[i], sizes[i], w.data, size).reorder, 5);
        ck_assert_uint_eq(read_with(empty, sizeof empty, start_code, sizeof start_code, w.data, size).reorder,
                          0);
    }
}
END_TEST

typedef void write_fn(bomb *out, unsigned width, unsigned height);

/* On the heap without a byte to spare. */
static uint64_t pixels_of(bool hevc, bool record, const bomb *in, size_t size, unsigned length_size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, in->data, size);
    webc__sets sets = record ? webc__record_sets(hevc, copy, size) : chunk_sets(hevc, copy, size, length_size);
    free(copy);
    return sets.pixels;
}

/* M14: in whole blocks, in every framing; nothing where the set is cut. */
START_TEST(the_size_of_pictures_is_read_from_chunks_and_records)
{
    static const unsigned sizes[][2] = {{16, 16}, {640, 368}, {8192, 4608}, {16000, 16000}, {65536, 65536}};
    static write_fn *const writers[2][2] = {{bomb_h264, bomb_avcc}, {bomb_hevc, bomb_hvcc}};
    for (int hevc = 0; hevc < 2; hevc++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int record = 0; record < 2; record++) {
                bomb all = {.size = 0};
                uint64_t expected = (uint64_t)sizes[i][0] * sizes[i][1];
                writers[hevc][record](&all, sizes[i][0], sizes[i][1]);
                ck_assert_uint_eq(pixels_of(hevc, record, &all, all.size, 0), expected);
                for (size_t cut = 0; cut < all.size; cut++) {
                    uint64_t pixels = pixels_of(hevc, record, &all, cut, 0);
                    ck_assert(pixels == 0 || pixels == expected);
                    ck_assert(cut >= 8 || pixels == 0);
                }
                ck_assert_uint_eq(pixels_of(!hevc, record, &all, all.size, 0), 0);
            }
}
END_TEST

/* Of several sets the largest counts, wherever it stands. */
START_TEST(the_largest_set_counts)
{
    for (int hevc = 0; hevc < 2; hevc++)
        for (int first = 0; first < 2; first++) {
            bomb all = {.size = 0};
            write_fn *write = hevc ? bomb_hevc : bomb_h264;
            write(&all, first ? 4096 : 64, 64);
            write(&all, first ? 64 : 4096, 64);
            ck_assert_uint_eq(pixels_of(hevc, false, &all, all.size, 0), 4096 * 64);
            size_t size = 0;
            bomb prefixed = {.size = 0};
            ck_assert(webc__nal_reframe(all.data, all.size, 0, 4, prefixed.data, sizeof prefixed.data, &size));
            ck_assert_uint_eq(pixels_of(hevc, false, &prefixed, size, 4), 4096 * 64);
        }
}
END_TEST

/* Fields are lines of a picture twice as high; sides beyond all measure do not wrap around. */
START_TEST(fields_count_twice_and_nothing_wraps_around)
{
    bit_writer w = {0};
    put_bits(&w, 8, 0x67);
    put_bits(&w, 24, 0x4d001e);
    put_ue(&w, 0);
    put_ue(&w, 0);
    put_ue(&w, 2);
    put_ue(&w, 1);
    put_bits(&w, 1, 0);
    bit_writer huge = w;
    put_ue(&w, 3);
    put_ue(&w, 1);
    put_bits(&w, 8, 0); /* frame_mbs_only_flag and what follows */
    bomb all = {.size = 0};
    bomb_put(&all, start_code, sizeof start_code);
    bomb_put(&all, w.data, (w.bits + 7) / 8);
    ck_assert_uint_eq(pixels_of(false, false, &all, all.size, 0), 64 * 64);
    for (int side = 0; side < 2; side++) {
        put_bits(&huge, 31, 0);
        put_bits(&huge, 1, 1);
        put_bits(&huge, 31, 0x7fffffff);
    }
    put_bits(&huge, 8, 0x7f);
    /* It looks like a start code in the middle, which a length in front does not mind. */
    const uint8_t length[] = {0, 0, 0, (uint8_t)((huge.bits + 7) / 8)};
    all.size = 0;
    bomb_put(&all, length, sizeof length);
    bomb_put(&all, huge.data, length[3]);
    ck_assert_uint_gt(pixels_of(false, false, &all, all.size, 4), UINT64_C(1) << 40);
}
END_TEST

/* An H.264 set of 120x68 macroblocks that crops `right` and `bottom` units of two. */
static uint64_t pixels_of_cropped(uint32_t right, uint32_t bottom)
{
    bit_writer w = {0};
    put_bits(&w, 8, 0x67);
    put_bits(&w, 24, 0x42001e);
    put_ue(&w, 0);
    put_ue(&w, 0);
    put_ue(&w, 2);
    put_ue(&w, 1);
    put_bits(&w, 1, 0);
    put_ue(&w, 119);
    put_ue(&w, 67);
    put_bits(&w, 3, 7);
    put_ue(&w, 0);
    put_ue(&w, right);
    put_ue(&w, 0);
    put_ue(&w, bottom);
    put_bits(&w, 1, 0);
    put_stop(&w);
    bomb all = {.size = 0};
    bomb_put(&all, start_code, sizeof start_code);
    bomb_put(&all, w.data, w.bits / 8);
    return pixels_of(false, false, &all, all.size, 0);
}

/* 1080 lines are coded as 1088, and are no more than max_pixels = 1920x1080; cropping hides nothing larger. */
START_TEST(what_blocks_make_necessary_does_not_count)
{
    ck_assert_uint_eq(pixels_of_cropped(0, 0), 1920 * 1088);
    ck_assert_uint_le(pixels_of_cropped(0, 4), 1920 * 1080);
    ck_assert_uint_gt(pixels_of_cropped(0, 4), 1920 * 1056);
    ck_assert_uint_gt(pixels_of_cropped(950, 530), 1900 * 1050);
}
END_TEST

/* A set ends where the next unit begins: it does not reach into what follows. */
START_TEST(sets_do_not_reach_into_the_next_unit)
{
    const uint8_t chunk[] = {0, 0,    1,    0x67, 0x42, 0,    0x1e, 0,    0,
                             1, 0x65, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    ck_assert_uint_eq(chunk_sets(false, chunk, sizeof chunk, 0).pixels, 0);
}
END_TEST

/* HEVC: a set of an enhancement layer says nothing of what is decoded; sub-layers are passed over. */
START_TEST(layers_of_hevc_are_told_apart)
{
    bomb all = {.size = 0};
    bomb_put(&all, start_code, sizeof start_code);
    bit_writer w = {0};
    put_bits(&w, 16, 0x4201);
    put_bits(&w, 8, 5); /* three sub-layers */
    put_bits(&w, 32, 0x01600000);
    put_bits(&w, 32, 0x00900101);
    put_bits(&w, 32, 0x0101015d);
    put_bits(&w, 4, 0xd); /* profile and level of one, level of the other */
    put_bits(&w, 12, 0);
    for (int i = 0; i < 13; i++)
        put_bits(&w, 8, 0xaa);
    put_ue(&w, 0);
    put_ue(&w, 3);
    put_bits(&w, 1, 0);
    put_ue(&w, 320);
    put_ue(&w, 200);
    put_stop(&w);
    bomb_put(&all, w.data, w.bits / 8);
    ck_assert_uint_eq(pixels_of(true, false, &all, all.size, 0), 320 * 200);
    all.data[sizeof start_code + 1] |= 8;
    ck_assert_uint_eq(pixels_of(true, false, &all, all.size, 0), 0);
}
END_TEST

/* T3: the part of a VP8 frame that can contradict itself. */
START_TEST(vp8_headers_that_cannot_be_are_damage)
{
    const uint8_t key[] = {0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0, 7};
    const uint8_t delta[] = {0x31, 0, 0, 7};
    uint8_t other[sizeof key];
    ck_assert(!webc__vp8_is_damaged(key, sizeof key));
    ck_assert(!webc__vp8_is_damaged(delta, sizeof delta));
    ck_assert(webc__vp8_is_damaged(delta, 3)); /* a first partition of 1 byte is missing */
    ck_assert(webc__vp8_is_damaged(NULL, 0));
    ck_assert(webc__vp8_is_damaged(key, 9));
    for (size_t i = 3; i < 6; i++) {
        memcpy(other, key, sizeof key);
        other[i] ^= 1;
        ck_assert(webc__vp8_is_damaged(other, sizeof other));
    }
    for (unsigned version = 0; version < 8; version++) {
        memcpy(other, key, sizeof key);
        other[0] |= (uint8_t)(version << 1);
        ck_assert_int_eq(webc__vp8_is_damaged(other, sizeof other), version > 3);
    }
    memcpy(other, key, sizeof key);
    other[1] = 1; /* 8 bytes of first partition */
    ck_assert(webc__vp8_is_damaged(other, sizeof other));
}
END_TEST

CHECK_MAIN("bitstream_sps", 60, reordering_is_said_or_assumed, a_set_that_ends_early_is_silent,
           the_set_is_found_in_the_record_or_in_the_chunk, the_size_of_pictures_is_read_from_chunks_and_records,
           the_largest_set_counts, fields_count_twice_and_nothing_wraps_around,
           what_blocks_make_necessary_does_not_count, sets_do_not_reach_into_the_next_unit,
           layers_of_hevc_are_told_apart, vp8_headers_that_cannot_be_are_damage)
