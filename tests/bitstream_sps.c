/* SPDX-License-Identifier: MIT */
/* What is read of an H.264 SPS before a decoder is opened, and of a VP8 frame before it is decoded. */
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "bitstream/sps.h"
#include "bitstream/vp8.h"
#include "support_check.h"

typedef struct sps_params {
    unsigned profile;
    unsigned order_type;
    bool restriction;
    unsigned constraints;
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
        for (int i = 0; i < 6; i++)
            put_ue(w, 0);
    }
    return put_stop(w);
}

/* The SPS with a head in front, on the heap without a byte to spare. */
static unsigned read_with(const uint8_t *record, size_t record_size, const uint8_t *head, size_t head_size,
                          const uint8_t *sps, size_t size)
{
    uint8_t *chunk = malloc(head_size + size);
    ck_assert_ptr_nonnull(chunk);
    memcpy(chunk, head, head_size);
    memcpy(chunk + head_size, sps, size);
    unsigned depth = webc__h264_unsaid_reorder(record, record_size, chunk, head_size + size);
    free(chunk);
    return depth;
}

static const uint8_t start_code[] = {0, 0, 1};

/* 2.3: the buffer's size where the stream says nothing, nothing where it does or cannot reorder. */
START_TEST(reordering_is_assumed_where_the_stream_is_silent)
{
    static const struct {
        sps_params params;
        unsigned depth;
    } cases[] = {
        {{77, 0, false, 0}, 5},     {{100, 0, false, 0}, 5},   {{77, 0, true, 0}, 0},
        {{66, 0, false, 0}, 0},     {{77, 2, false, 0}, 0},    {{100, 0, false, 0x10}, 0},
        {{100, 0, false, 0xec}, 5}, {{77, 0, false, 0x10}, 5},
    };
    bit_writer w;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = write_sps(&w, &cases[i].params);
        ck_assert_uint_eq(read_with(NULL, 0, start_code, sizeof start_code, w.data, size), cases[i].depth);
        for (size_t cut = 0; cut < 6; cut++)
            ck_assert_uint_eq(read_with(NULL, 0, start_code, sizeof start_code, w.data, cut), 0);
    }
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
    ck_assert_uint_eq(read_with(record, 9 + size, start_code, sizeof start_code, slice, sizeof slice), 5);
    ck_assert_uint_eq(read_with(record, 8 + size, start_code, sizeof start_code, w.data, size), 0);
    static const unsigned sizes[] = {1, 2, 4};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t empty[] = {1, 77, 0, 30, (uint8_t)(0xfc | (sizes[i] - 1)), 0xe0, 0};
        const uint8_t lengths[4] = {0, 0, 0, (uint8_t)size};
        ck_assert_uint_eq(read_with(empty, sizeof empty, lengths + 4 - sizes[i], sizes[i], w.data, size), 5);
        ck_assert_uint_eq(read_with(empty, sizeof empty, start_code, sizeof start_code, w.data, size), 0);
    }
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

CHECK_MAIN("bitstream_sps", 60, reordering_is_assumed_where_the_stream_is_silent,
           the_set_is_found_in_the_record_or_in_the_chunk, vp8_headers_that_cannot_be_are_damage)
