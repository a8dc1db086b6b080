/* SPDX-License-Identifier: MIT */
/* NAL units in both framings, and the way from Annex B to length prefixes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/bits.h"
#include "bitstream/nal.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

/* The bytes on the heap without a byte to spare, so that a read past them is found. */
static uint8_t *exact_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* Units as text, "65 01|06"; framing 0 is Annex B. */
static const char *walk(unsigned framing, const uint8_t *data, size_t size, bool *whole)
{
    static char text[256];
    uint8_t *copy = exact_copy(data, size);
    size_t position = 0;
    size_t length = 0;
    webc__nal nal;
    text[0] = '\0';
    while (framing ? webc__nal_next_prefixed(copy, size, framing, &position, &nal)
                   : webc__nal_next_annexb(copy, size, &position, &nal)) {
        if (length)
            length += (size_t)snprintf(text + length, sizeof text - length, "|");
        for (size_t i = 0; i < nal.size; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, i ? " %02x" : "%02x", nal.data[i]);
    }
    *whole = position == size;
    free(copy);
    return text;
}

START_TEST(annexb_units_are_found_between_start_codes)
{
    bool whole;
    ck_assert_str_eq(walk(0, BYTES(0, 0, 1, 0x65, 1, 2), &whole), "65 01 02");
    ck_assert(whole);
    ck_assert_str_eq(walk(0, BYTES(0, 0, 0, 1, 0x67, 7, 0, 0, 0, 1, 0x68, 8, 0, 0, 1, 0x65), &whole),
                     "67 07|68 08|65");
    ck_assert_str_eq(walk(0, BYTES(0, 0, 1, 0x65, 9, 0, 0, 0, 0, 0, 1, 0x41, 0, 0), &whole), "65 09|41");
    ck_assert_str_eq(walk(0, BYTES(0xff, 0, 0, 2, 0, 0, 1, 0x65, 0, 0, 3, 1), &whole), "65 00 00 03 01");
    ck_assert_str_eq(walk(0, BYTES(0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 6, 0, 0, 1), &whole), "06");
    ck_assert_str_eq(walk(0, BYTES(0, 0, 1), &whole), "");
    ck_assert_str_eq(walk(0, BYTES(0, 0), &whole), "");
    ck_assert_str_eq(walk(0, BYTES(0x65, 1, 2, 3), &whole), "");
    ck_assert(whole);
    ck_assert_str_eq(walk(0, NULL, 0, &whole), "");
}
END_TEST

START_TEST(prefixed_units_are_found_by_their_lengths)
{
    bool whole;
    ck_assert_str_eq(walk(4, BYTES(0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 6), &whole), "65 01|06");
    ck_assert(whole);
    ck_assert_str_eq(walk(2, BYTES(0, 2, 0x65, 1, 0, 0, 0, 1, 6), &whole), "65 01|06");
    ck_assert(whole);
    ck_assert_str_eq(walk(1, BYTES(2, 0x65, 0, 1, 6, 0), &whole), "65 00|06");
    ck_assert(whole);
}
END_TEST

START_TEST(prefixed_walk_stops_before_a_length_that_leaves_the_data)
{
    bool whole;
    ck_assert_str_eq(walk(4, BYTES(0, 0, 0, 1, 6, 0, 0, 0, 3, 0x65, 1), &whole), "06");
    ck_assert(!whole);
    ck_assert_str_eq(walk(4, BYTES(0, 0, 0, 1, 6, 0, 0, 1), &whole), "06");
    ck_assert(!whole);
    ck_assert_str_eq(walk(4, BYTES(0xff, 0xff, 0xff, 0xff, 6), &whole), "");
    ck_assert(!whole);
    ck_assert_str_eq(walk(2, BYTES(0, 1, 6, 0), &whole), "06");
    ck_assert(!whole);
    ck_assert_str_eq(walk(3, BYTES(0, 0, 1, 6), &whole), "");
    ck_assert(!whole);
    ck_assert_str_eq(walk(8, BYTES(0, 0, 0, 0, 0, 0, 0, 1, 6), &whole), "");
    ck_assert(!whole);
}
END_TEST

START_TEST(parameter_sets_are_known_by_type)
{
    for (unsigned type = 0; type < 64; type++) {
        ck_assert_int_eq(webc__nal_is_parameter_set(type, false),
                         type == 7 || type == 8 || type == 13 || type == 15);
        ck_assert_int_eq(webc__nal_is_parameter_set(type, true), type == 32 || type == 33 || type == 34);
    }
    webc__nal nal = {(const uint8_t[]){0x67}, 1};
    ck_assert_uint_eq(webc__nal_type_h264(&nal), 7);
    nal.data = (const uint8_t[]){0x42};
    ck_assert_uint_eq(webc__nal_type_hevc(&nal), 33);
}
END_TEST

static void convert(bool hevc, const uint8_t *in, size_t in_size, const uint8_t *expected, size_t expected_size)
{
    uint8_t *copy = exact_copy(in, in_size);
    size_t needed = 99;
    ck_assert(webc__nal_to_prefixed(copy, in_size, hevc, NULL, 0, &needed));
    ck_assert_uint_eq(needed, expected_size);
    for (size_t size = 0; size <= expected_size; size++) {
        uint8_t *out = exact_copy(expected, size);
        memset(out, 0xaa, size);
        size_t again = 0;
        ck_assert_int_eq(webc__nal_to_prefixed(copy, in_size, hevc, out, size, &again), size == expected_size);
        ck_assert_uint_eq(again, expected_size);
        if (size == expected_size && size)
            ck_assert_mem_eq(out, expected, size);
        free(out);
    }
    free(copy);
}

START_TEST(annexb_becomes_prefixed_without_parameter_sets)
{
    convert(false,
            BYTES(0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 6, 5, 0, 0, 1, 0x65, 3),
            BYTES(0, 0, 0, 2, 9, 0xf0, 0, 0, 0, 2, 6, 5, 0, 0, 0, 2, 0x65, 3));
    convert(
        true,
        BYTES(0, 0, 1, 0x40, 1, 0, 0, 1, 0x42, 1, 0, 0, 1, 0x44, 1, 0, 0, 1, 0x4e, 1, 0, 0, 0, 1, 0x26, 1, 7),
        BYTES(0, 0, 0, 2, 0x4e, 1, 0, 0, 0, 3, 0x26, 1, 7));
    /* Nothing but parameter sets is nothing to send, which is no error. */
    convert(false, BYTES(0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2), (const uint8_t *)"", 0);
}
END_TEST

START_TEST(data_without_start_code_is_not_converted)
{
    size_t needed;
    uint8_t out[8];
    ck_assert(!webc__nal_to_prefixed(BYTES(0, 0, 0, 2, 0x65, 1), false, NULL, 0, &needed));
    ck_assert(!webc__nal_to_prefixed(BYTES(0, 0, 0, 2, 0x65, 1), false, out, sizeof out, &needed));
    ck_assert(!webc__nal_to_prefixed(NULL, 0, true, NULL, 0, &needed));
}
END_TEST

static void reframe(unsigned from, const uint8_t *in, size_t in_size, unsigned to, const uint8_t *expected,
                    size_t expected_size)
{
    uint8_t *copy = exact_copy(in, in_size);
    size_t needed = 99;
    ck_assert(webc__nal_reframe(copy, in_size, from, to, NULL, 0, &needed));
    ck_assert_uint_eq(needed, expected_size);
    for (size_t size = 1; size <= expected_size; size++) {
        uint8_t *out = exact_copy(expected, size);
        memset(out, 0xaa, size);
        ck_assert_int_eq(webc__nal_reframe(copy, in_size, from, to, out, size, &needed), size == expected_size);
        if (size == expected_size)
            ck_assert_mem_eq(out, expected, size);
        free(out);
    }
    free(copy);
}

/* 2.3: Annex B and lengths of 1, 2 and 4 bytes, each from each, with every unit in its place. */
START_TEST(units_go_from_every_framing_to_every_other)
{
    static const struct {
        unsigned framing;
        size_t size;
        uint8_t data[20];
    } forms[] = {
        {0, 17, {0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65, 5}},
        {1, 8, {2, 9, 0xf0, 1, 0x67, 2, 0x65, 5}},
        {2, 11, {0, 2, 9, 0xf0, 0, 1, 0x67, 0, 2, 0x65, 5}},
        {4, 17, {0, 0, 0, 2, 9, 0xf0, 0, 0, 0, 1, 0x67, 0, 0, 0, 2, 0x65, 5}},
    };
    for (size_t from = 0; from < 4; from++)
        for (size_t to = 0; to < 4; to++)
            reframe(forms[from].framing, forms[from].data, forms[from].size, forms[to].framing, forms[to].data,
                    forms[to].size);
    size_t needed;
    ck_assert(!webc__nal_reframe(NULL, 0, 0, 4, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(BYTES(0, 0, 1, 9), 3, 4, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(BYTES(0, 0, 1, 9), 0, 3, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(BYTES(0, 0, 1, 9), 0, 8, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(BYTES(1, 9, 2, 9), 1, 0, NULL, 0, &needed)); /* the last is cut off */
    /* The longest unit of each length size, and one byte more. */
    uint8_t *annexb = calloc(1, 70000);
    ck_assert_ptr_nonnull(annexb);
    annexb[2] = 1;
    memset(annexb + 3, 9, 70000 - 3);
    ck_assert(webc__nal_reframe(annexb, 3 + 255, 0, 1, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(annexb, 3 + 256, 0, 1, NULL, 0, &needed));
    ck_assert(webc__nal_reframe(annexb, 3 + 65535, 0, 2, NULL, 0, &needed));
    ck_assert(!webc__nal_reframe(annexb, 3 + 65536, 0, 2, NULL, 0, &needed));
    ck_assert(webc__nal_reframe(annexb, 3 + 65536, 0, 4, NULL, 0, &needed));
    free(annexb);
}
END_TEST

/* T14: what a chunk is framed with can be told, but for lengths that look like a start code. */
START_TEST(framings_are_told_apart)
{
    ck_assert(webc__nal_is_framed(BYTES(0, 0, 1, 0x65, 1), 0));
    ck_assert(webc__nal_is_framed(BYTES(0, 0, 0, 0, 1, 0x65, 1), 0));
    ck_assert(!webc__nal_is_framed(BYTES(0, 0, 0, 2, 0x65, 1), 0));
    ck_assert(!webc__nal_is_framed(BYTES(0, 1, 0x65), 0));
    ck_assert(!webc__nal_is_framed(BYTES(0x65, 0, 0, 1), 0));
    ck_assert(!webc__nal_is_framed(BYTES(0, 0, 0), 0));
    ck_assert(!webc__nal_is_framed(NULL, 0, 0));
    ck_assert(webc__nal_is_framed(BYTES(0, 0, 0, 2, 0x65, 1), 4));
    ck_assert(webc__nal_is_framed(BYTES(0, 2, 0x65, 1), 2));
    ck_assert(webc__nal_is_framed(BYTES(2, 0x65, 1), 1));
    ck_assert(!webc__nal_is_framed(BYTES(0, 0, 0, 1, 0x65, 1), 4));
    ck_assert(!webc__nal_is_framed(BYTES(0, 0, 0, 3, 0x65, 1), 4));
    ck_assert(!webc__nal_is_framed(BYTES(0, 0, 0, 0), 4));
    ck_assert(!webc__nal_is_framed(NULL, 0, 4));
    /* A unit of 256 + 9 bytes. */
    uint8_t data[4 + 265] = {0, 0, 1, 9, 0x65};
    ck_assert(webc__nal_is_framed(data, sizeof data, 4));
    ck_assert(!webc__nal_is_framed(data, sizeof data, 0));
    ck_assert(webc__nal_is_framed(data, sizeof data - 1, 0));
    ck_assert(webc__nal_has_start_code(data, sizeof data));
    ck_assert(webc__nal_has_start_code(BYTES(0, 0, 0, 1, 0x65)));
    ck_assert(!webc__nal_has_start_code(BYTES(0, 1, 0x65)));
    ck_assert(!webc__nal_has_start_code(BYTES(0, 0, 2, 1)));
    ck_assert(!webc__nal_has_start_code(BYTES(0, 0)));
}
END_TEST

START_TEST(bit_reader_drops_emulation_prevention_and_remembers_overruns)
{
    const uint8_t escaped[] = {0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3};
    webc__bits bits;
    webc__bits_init(&bits, escaped, sizeof escaped, true);
    ck_assert_uint_eq(webc__bits_read(&bits, 24), 1);
    ck_assert_uint_eq(webc__bits_read(&bits, 32), 0);
    ck_assert_uint_eq(webc__bits_read(&bits, 8), 3);
    ck_assert(!bits.overrun);
    ck_assert_uint_eq(webc__bits_read(&bits, 1), 0);
    ck_assert(bits.overrun);
    webc__bits_init(&bits, escaped, sizeof escaped, false);
    ck_assert_uint_eq(webc__bits_read(&bits, 32), 0x301);

    /* 1, 010, 011, 00100, 00101 and 31 zeros, 1, 31 ones. */
    const uint8_t codes[] = {0xa6, 0x42, 0x80, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xfe};
    webc__bits_init(&bits, codes, sizeof codes, false);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(webc__bits_exp_golomb(&bits), i);
    ck_assert(!bits.overrun);
    const uint8_t largest[] = {0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe};
    webc__bits_init(&bits, largest, sizeof largest, false);
    ck_assert_uint_eq(webc__bits_exp_golomb(&bits), UINT32_MAX - 1);
    ck_assert(!bits.overrun);
    const uint8_t endless[16] = {0};
    webc__bits_init(&bits, endless, sizeof endless, false);
    ck_assert_uint_eq(webc__bits_exp_golomb(&bits), 0);
    ck_assert(bits.overrun);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bitstream_nal");
    TCase *test = tcase_create("nal");
    tcase_add_test(test, annexb_units_are_found_between_start_codes);
    tcase_add_test(test, prefixed_units_are_found_by_their_lengths);
    tcase_add_test(test, prefixed_walk_stops_before_a_length_that_leaves_the_data);
    tcase_add_test(test, parameter_sets_are_known_by_type);
    tcase_add_test(test, annexb_becomes_prefixed_without_parameter_sets);
    tcase_add_test(test, data_without_start_code_is_not_converted);
    tcase_add_test(test, units_go_from_every_framing_to_every_other);
    tcase_add_test(test, framings_are_told_apart);
    tcase_add_test(test, bit_reader_drops_emulation_prevention_and_remembers_overruns);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
