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
    tcase_add_test(test, bit_reader_drops_emulation_prevention_and_remembers_overruns);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
