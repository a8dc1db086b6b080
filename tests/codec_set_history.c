/* SPDX-License-Identifier: MIT */
/* H.264 parameter sets that a decoder is told of which is opened in the middle of a stream (T2, 2.3). */
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "codec/chunk_check.h"
#include "codec/set_history.h"
#include "support_check.h"

/* More bytes than the last sets of all ids can take, twice. */
#define ENOUGH 4000000

/* A High profile set of 720x576 that says that it reorders `reorder` pictures. */
static size_t write_sps(bit_writer *w, uint32_t id, uint32_t reorder)
{
    *w = (bit_writer){0};
    put_bits(w, 32, 0x6764001e);
    put_ue(w, id);
    put_ue(w, 1);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 2, 0);
    put_ue(w, 4);
    put_ue(w, 2); /* pic_order_cnt_type */
    put_ue(w, 4);
    put_bits(w, 1, 0);
    put_ue(w, 44);
    put_ue(w, 35);
    put_bits(w, 4, 0xd); /* frame_mbs_only_flag, direct_8x8_inference_flag, no cropping, vui */
    put_bits(w, 8, 0);
    put_bits(w, 2, 3);
    for (int i = 0; i < 4; i++)
        put_ue(w, 0);
    put_ue(w, reorder);
    put_ue(w, reorder);
    return put_stop(w);
}

static size_t write_pps(bit_writer *w, uint32_t id, uint32_t sps, uint32_t more)
{
    *w = (bit_writer){0};
    put_bits(w, 8, 0x68);
    put_ue(w, id);
    put_ue(w, sps);
    put_ue(w, more);
    return put_stop(w);
}

static void add(webc__set_history *history, const bit_writer *w)
{
    /* On the heap without a byte to spare. */
    webc__nal set = {.size = w->bits / 8};
    uint8_t *data = malloc(set.size);
    ck_assert_ptr_nonnull(data);
    memcpy(data, w->data, set.size);
    set.data = data;
    ck_assert(webc__set_history_add(history, &set));
    free(data);
}

static void add_sps(webc__set_history *history, uint32_t id, uint32_t reorder)
{
    bit_writer w;
    write_sps(&w, id, reorder);
    add(history, &w);
}

static void add_pps(webc__set_history *history, uint32_t id, uint32_t sps, uint32_t more)
{
    bit_writer w;
    write_pps(&w, id, sps, more);
    add(history, &w);
}

/* The types of the units, a letter each. */
static const char *kinds(const webc__set_history *history)
{
    static char text[64];
    size_t count = 0, position = 0;
    webc__nal set;
    while (history->length_size
               ? webc__nal_next_prefixed(history->bytes, history->size, history->length_size, &position, &set)
               : webc__nal_next_annexb(history->bytes, history->size, &position, &set)) {
        ck_assert_uint_lt(count + 1, sizeof text);
        text[count++] = webc__nal_type_h264(&set) == 7 ? 'S' : 'P';
    }
    text[count] = 0;
    return text;
}

/* A slice of an IDR picture with that PPS. */
static webc__sets active(const webc__set_history *history, uint32_t pps)
{
    bit_writer w = {0};
    put_bits(&w, 32, 1);
    put_bits(&w, 8, 0x65);
    put_ue(&w, 0);
    put_ue(&w, 7);
    put_ue(&w, pps);
    put_stop(&w);
    return webc__set_history_active(history, w.data, w.bits / 8);
}

START_TEST(sets_stay_in_order_and_what_changes_nothing_is_left_out)
{
    static const unsigned length_sizes[] = {0, 1, 2, 4};
    for (size_t i = 0; i < 4; i++) {
        webc__set_history history = {.length_size = length_sizes[i]};
        add_sps(&history, 0, 0);
        add_pps(&history, 0, 0, 0);
        add_sps(&history, 0, 0);
        add_pps(&history, 0, 0, 0);
        ck_assert_str_eq(kinds(&history), "SP");
        /* Another SPS: the PPS is tied to it when it comes again, though it is the same. */
        add_sps(&history, 0, 2);
        add_pps(&history, 0, 0, 0);
        ck_assert_str_eq(kinds(&history), "SPSP");
        add_pps(&history, 255, 0, 0);
        add_sps(&history, 31, 1);
        add_sps(&history, 0, 2);
        ck_assert_str_eq(kinds(&history), "SPSPPS");
        webc__set_history_end(&history);
    }
}
END_TEST

START_TEST(units_that_are_no_sets_are_left_out)
{
    webc__set_history history = {0};
    static const uint8_t units[][3] = {
        {0x65, 0x88, 0x80}, {0x6d, 0x80, 0x80}, {0x6f, 0x80, 0x80}, {0x67, 0x64, 0}};
    add_sps(&history, 35, 0);
    add_pps(&history, 256, 0, 0);
    for (size_t i = 0; i < 4; i++)
        for (size_t size = 1; size <= 3; size++)
            ck_assert(webc__set_history_add(&history, &(webc__nal){units[i], size}));
    ck_assert_uint_eq(history.size, 0);
    webc__set_history_end(&history);
}
END_TEST

/* The sequence that a slice refers to counts, and no other. */
START_TEST(what_is_asked_is_what_the_active_sequence_asks)
{
    webc__set_history history = {0};
    ck_assert_uint_eq(active(&history, 0).pixels, 0);
    add_sps(&history, 0, 0);
    add_pps(&history, 0, 0, 0);
    add_sps(&history, 3, 4);
    add_pps(&history, 1, 3, 0);
    add_pps(&history, 2, 5, 0);
    ck_assert_uint_eq(active(&history, 0).reorder, 0);
    ck_assert_uint_eq(active(&history, 0).pixels, 720 * 576);
    ck_assert_uint_eq(active(&history, 1).reorder, 4);
    ck_assert_uint_eq(active(&history, 2).pixels, 0);
    ck_assert_uint_eq(active(&history, 3).pixels, 0);
    ck_assert_uint_eq(active(&history, 256).pixels, 0);
    add_sps(&history, 0, 1);
    ck_assert_uint_eq(active(&history, 0).reorder, 1);
    webc__set_history_end(&history);
}
END_TEST

/* libavcodec takes the ids 32 to 34 for 31, and passes over units with the forbidden bit. */
START_TEST(ids_are_those_that_libavcodec_reads)
{
    for (uint32_t id = 30; id < 37; id++) {
        webc__set_history history = {0};
        bool taken = id < 35;
        add_sps(&history, id, 2);
        add_pps(&history, 0, id, 0);
        add_pps(&history, 1, 31, 0);
        ck_assert_uint_eq(active(&history, 0).reorder, taken ? 2 : 0);
        ck_assert_uint_eq(active(&history, 1).reorder, taken && id > 30 ? 2 : 0);
        webc__set_history_end(&history);
        bit_writer w;
        webc__nal set = {w.data, write_sps(&w, id, 2)};
        ck_assert_uint_eq(webc__read_set(false, &set).pixels > 0, taken);
        w.data[0] |= 0x80;
        ck_assert_uint_eq(webc__read_set(false, &set).pixels, 0);
        ck_assert(webc__set_history_add(&history, &set));
        ck_assert_uint_eq(history.size, 0);
    }
}
END_TEST

/* Order type 1 with as many long offsets as there may be: 2 KiB and more, all of which libavcodec reads. */
START_TEST(long_sets_are_kept_whole)
{
    webc__set_history history = {0};
    bit_writer w = {0};
    static uint8_t data[4096];
    put_bits(&w, 32, 0x674d001e);
    put_ue(&w, 0);
    put_ue(&w, 0);
    put_ue(&w, 1);
    put_bits(&w, 1, 0);
    put_ue(&w, 0);
    put_ue(&w, 0);
    put_ue(&w, 255);
    size_t bits = w.bits;
    memcpy(data, w.data, sizeof w.data);
    for (int i = 0; i < 255; i++, bits += 63)
        for (size_t bit = bits + 31; bit < bits + 63; bit++)
            data[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    bit_writer end = {0};
    put_ue(&end, 4);
    put_bits(&end, 1, 0);
    put_ue(&end, 44);
    put_ue(&end, 35);
    put_bits(&end, 4, 0xc); /* no vui */
    put_stop(&end);
    for (size_t bit = 0; bit < end.bits; bit++, bits++)
        data[bits / 8] |= (uint8_t)((end.data[bit / 8] >> (7 - bit % 8) & 1) << (7 - bits % 8));
    static uint8_t escaped[8192];
    size_t size = 0, zeros = 0;
    for (size_t i = 0; i < (bits + 7) / 8; i++) {
        if (zeros == 2 && data[i] <= 3)
            escaped[size++] = 3, zeros = 0;
        escaped[size++] = data[i];
        zeros = data[i] ? 0 : zeros + 1;
    }
    ck_assert_uint_gt(size, 2048);
    ck_assert(webc__set_history_add(&history, &(webc__nal){escaped, size}));
    add_pps(&history, 0, 0, 0);
    ck_assert_uint_eq(active(&history, 0).pixels, 720 * 576);
    webc__set_history_end(&history);
}
END_TEST

/* What is behind the first slice of a chunk is none of what that slice refers to. */
START_TEST(sets_behind_a_slice_count_from_the_next_chunk_on)
{
    static const webc_video_decoder_config config = {0};
    const webc__choice choice = {.codec = {.codec = WEBC_CODEC_H264}};
    webc__chunk_check check = {0};
    uint8_t chunk[256] = {0};
    bit_writer w;
    size_t size = 0;
    for (uint32_t i = 0; i < 3; i++) {
        static const uint8_t slice[] = {0x65, 0x88, 0x84};
        if (i != 1)
            write_sps(&w, i, i + 1);
        memcpy(chunk + size, "\0\0\1", 3);
        memcpy(chunk + size + 3, i == 1 ? slice : w.data, i == 1 ? sizeof slice : w.bits / 8);
        size += 3 + (i == 1 ? sizeof slice : w.bits / 8);
    }
    webc_chunk_info info = {.data = chunk, .size = size};
    webc__chunk_check_begin(&check, &config, &choice, 1 << 20);
    ck_assert(webc__chunk_check_keep_sets(&check, &info, false));
    ck_assert_uint_eq(check.sets.reorder, 1);
    ck_assert_str_eq(kinds(&check.history), "S");
    ck_assert(webc__chunk_check_keep_sets(&check, &info, true));
    ck_assert_uint_eq(check.sets.reorder, 3);
    ck_assert_str_eq(kinds(&check.history), "SS");
    webc__chunk_check_end(&check);
}
END_TEST

/* Sets that change all the time do not take memory without end, and the last ones are there. */
START_TEST(a_history_is_bounded)
{
    webc__set_history history = {0};
    size_t given = 0;
    for (uint32_t i = 0; given < ENOUGH; i++) {
        bit_writer w;
        given += write_pps(&w, 7, 2, i);
        given += 1000;
        w.bits += 8000; /* as if much followed */
        add(&history, &w);
        if (i % 16 == 0)
            add_sps(&history, 2, i / 16 % 8);
        ck_assert_uint_le(history.size, history.room);
        ck_assert_uint_lt(history.room, ENOUGH);
    }
    add_sps(&history, 2, 5);
    ck_assert_uint_eq(active(&history, 7).reorder, 5);
    webc__set_history_end(&history);
}
END_TEST

/* Nor do all ids there are with sets that are longer than any. */
START_TEST(the_longest_sets_of_all_ids_fit)
{
    webc__set_history history = {0};
    uint8_t *data = malloc(100000);
    ck_assert_ptr_nonnull(data);
    memset(data, 0x55, 100000);
    for (uint32_t round = 0; round < 4; round++)
        for (uint32_t id = 0; id < 256 + 32; id++) {
            bit_writer w;
            size_t size = id < 256 ? write_pps(&w, id, id % 32, round) : write_sps(&w, id - 256, round);
            memcpy(data, w.data, size);
            ck_assert(webc__set_history_add(&history, &(webc__nal){data, 100000}));
        }
    ck_assert_uint_lt(history.room, ENOUGH);
    for (uint32_t id = 0; id < 256; id++)
        ck_assert_uint_eq(active(&history, id).reorder, 3);
    free(data);
    webc__set_history_end(&history);
}
END_TEST

CHECK_MAIN("codec_set_history", 60, sets_stay_in_order_and_what_changes_nothing_is_left_out,
           units_that_are_no_sets_are_left_out, what_is_asked_is_what_the_active_sequence_asks,
           ids_are_those_that_libavcodec_reads, long_sets_are_kept_whole,
           sets_behind_a_slice_count_from_the_next_chunk_on, a_history_is_bounded,
           the_longest_sets_of_all_ids_fit)
