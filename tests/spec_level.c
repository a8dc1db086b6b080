/* SPDX-License-Identifier: MIT */
/* Level limits, the choice of a level, and webc_codec_string(). */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spec/level.h"
#include "webcodecs/support.h"

static const struct {
    const char *codec;
    uint32_t width, height;
    double framerate;
    uint64_t bitrate;
    const char *reason; /* a part of it; NULL: the level holds it */
} cases[] = {
    {"avc1.42001F", 800, 600, 30, 0, NULL},
    {"avc1.42001E", 800, 600, 30, 0, "1900 macroblocks, more than the 1620 of H.264 level 3.0"},
    {"avc1.42001E", 720, 576, 25, 0, NULL},
    {"avc1.42001E", 720, 576, 30, 0, "per second"},
    {"avc1.42001F", 1280, 720, 30, 14000 * 1200, NULL},
    {"avc1.42001F", 1280, 720, 30, 14000 * 1200 + 1, "bitrate of 16800001 is more than the 16800000"},
    {"avc1.64001F", 1280, 720, 30, 14000 * 1500, NULL},
    {"avc1.64001F", 1280, 720, 30, 14000 * 1500 + 1, "bitrate"},
    {"avc1.6e001F", 1280, 720, 30, 14000 * 3600, NULL},
    {"avc1.7a001F", 1280, 720, 30, 14000 * 4800, NULL},
    {"avc1.f4001F", 1280, 720, 30, 14000 * 4800 + 1, "bitrate"},
    {"avc1.64001F", 1280, 720, 1 / (1001.0 / 30000), 0, NULL},
    {"avc1.64001F", 1280, 720, 1e6 / 33333, 0, NULL},
    {"avc1.64001F", 1280, 720, 30.01, 0, "per second"},
    {"avc1.64001F", 1280, 720, 1 / (1 / 30.0), 0, NULL},
    {"avc1.64001F", 1280, 720, 0, 0, NULL},
    {"avc1.64003e", 7680, 4320, 60, 0, NULL},
    {"avc1.64003e", 1000000, 1000000, 30, 0, "side of 1000000x1000000"},
    {"avc1.64003e", UINT32_MAX, UINT32_MAX, 30, 0, "side"},
    /* 28 macroblocks, the whole part of sqrt(8 x 99), are the longest side of level 1. */
    {"avc1.64000a", 28 * 16, 16, 15, 0, NULL},
    {"avc1.64000a", 28 * 16 + 1, 16, 15, 0,
     "a side of 449x16 is longer than the 28 macroblocks of H.264 level 1.0"},
    {"avc1.64000a", 16, 28 * 16 + 1, 15, 0, "side"},
    {"avc1.640009", 176, 144, 15, 128 * 1500, NULL},
    {"avc1.64000a", 176, 144, 15, 128 * 1500, "bitrate"},
    {"avc1.42100b", 352, 288, 5, 0, "H.264 level 1b"},
    {"avc1.42000b", 352, 288, 5, 0, NULL},
    {"hvc1.1.6.L93.B0", 1280, 720, 30, 11000000, NULL},
    {"hvc1.1.6.L93.B0", 1280, 720, 30, 11000001, "bitrate"},
    {"hvc1.1.6.L93.B0", 1280, 720, 36.1, 0, "per second"},
    {"hvc1.1.6.L93.B0", 1920, 1080, 30, 0, "2073600 luma samples, more than the 983040 of HEVC level 3.1"},
    {"hvc1.1.6.L120.B0", 1920, 1080, 30, 20000000, "bitrate"},
    {"hvc1.1.6.H120.B0", 1920, 1080, 30, 20000000, NULL},
    {"hvc1.1.6.L30.B0", 543, 8, 15, 0, "side"}, /* coded as 544, and sqrt(8 x 36864) is 543 */
    {"hvc1.1.6.L30.B0", 536, 8, 15, 0, NULL},
    {"hvc1.4.10.L93.9D.08", 1280, 720, 30, 18330000, NULL},
    {"hvc1.4.10.L93.9D.08", 1280, 720, 30, 18330001, "bitrate"},
    {"hvc1.4.10.L93.BF.C8", 1280, 720, 30, 7330000, NULL},
    {"hvc1.4.10.L93.BF.C8", 1280, 720, 30, 7330001, "bitrate"},
    {"hvc1.4.10.L93.9E.08", 1280, 720, 30, 22000000, NULL},
    {"hvc1.4.10.L93.9E.08", 1280, 720, 30, 22000001, "bitrate"},
    {"hvc1.4.10.L93.9D", 1280, 720, 30, 2 * 18330000, NULL},
    {"hvc1.1.6.L186.B0", 8192, 4320, 120, 0, NULL},
    {"hvc1.1.6.L186.B0", 20000, 20000, 240, 0, "side"},
    {"vp8", 100000, 100000, 1000, 0, NULL},
    {"vp09.00.10.08", 1280, 720, 60, 100000000, NULL},
    {"av01.0.04M.08", 7680, 4320, 60, 0, NULL},
};

/* 2.2: size, side, rate and bitrate, by tier and profile; VP9 and AV1 are not held to theirs. */
START_TEST(a_level_holds_what_its_table_says_and_names_what_is_too_large)
{
    webc__codec_string codec;
    webc__level_need need = {cases[_i].width, cases[_i].height, cases[_i].framerate, cases[_i].bitrate};
    char reason[256] = "";
    ck_assert(webc__codec_string_parse(cases[_i].codec, &codec, NULL, 0));
    bool holds = webc__level_holds(&codec, &need, reason, sizeof reason);
    ck_assert_msg(holds == !cases[_i].reason, "%s %ux%u: %s", cases[_i].codec, need.width, need.height, reason);
    if (cases[_i].reason)
        ck_assert_msg(strstr(reason, cases[_i].reason) != NULL, "%s", reason);
    ck_assert(webc__level_holds(&codec, &need, NULL, 0) == holds);
}
END_TEST

static uint32_t chosen(const char *text, uint32_t width, uint32_t height, double framerate, uint64_t bitrate,
                       bool *high_tier)
{
    webc__codec_string codec;
    ck_assert(webc__codec_string_parse(text, &codec, NULL, 0));
    webc__level_need need = {width, height, framerate, bitrate};
    webc__codec_string before = codec;
    if (!webc__level_choose(&codec, &need)) {
        ck_assert_uint_eq(codec.level, before.level);
        ck_assert_int_eq(codec.high_tier, before.high_tier);
        return UINT32_MAX;
    }
    char string[64];
    char reason[256] = "";
    ck_assert(webc__codec_string_format(&codec, string, sizeof string));
    ck_assert_msg(webc__level_holds(&codec, &need, reason, sizeof reason), "%s: %s", string, reason);
    *high_tier = codec.high_tier;
    return codec.level;
}

/* 2.2 */
START_TEST(the_lowest_level_that_holds_is_chosen)
{
    bool high;
    ck_assert_uint_eq(chosen("avc1.64003e", 1280, 720, 30, 0, &high), 31);
    ck_assert_uint_eq(chosen("avc1.64000a", 1920, 1080, 30, 0, &high), 40);
    ck_assert_uint_eq(chosen("avc1.64000a", 1920, 1080, 60, 0, &high), 42);
    ck_assert_uint_eq(chosen("avc1.42100b", 176, 144, 15, 100000, &high), 11);
    ck_assert_uint_eq(chosen("avc1.64000a", 176, 144, 15, 0, &high), 10);
    ck_assert_uint_eq(chosen("avc1.64000a", 20000, 20000, 30, 0, &high), UINT32_MAX);
    ck_assert_uint_eq(chosen("hvc1.1.6.L30", 1280, 720, 30, 0, &high), 93);
    ck_assert_uint_eq(chosen("hvc1.1.6.L30", 1920, 1080, 60, 0, &high), 123);
    ck_assert_uint_eq(chosen("hvc1.1.6.L30", 1920, 1080, 60, 30000000, &high), 153);
    ck_assert(!high);
    ck_assert_uint_eq(chosen("hvc1.1.6.L30", 1920, 1080, 60, 500000000, &high), 183);
    ck_assert(high);
    ck_assert_uint_eq(chosen("vp09.00.10.08", 1280, 720, 30, 0, &high), 31);
    ck_assert_uint_eq(chosen("vp09.00.62.08", 320, 240, 30, 0, &high), 20);
    ck_assert_uint_eq(chosen("vp09.00.10.08", 20000, 16, 30, 0, &high), UINT32_MAX);
    ck_assert_uint_eq(chosen("av01.0.00M.08", 1280, 720, 30, 0, &high), 5);
    ck_assert_uint_eq(chosen("av01.0.00M.08", 352, 288, 30, 0, &high), 0);
    ck_assert_uint_eq(chosen("av01.0.00M.08", 3840, 2160, 60, 0, &high), 13);
    ck_assert_uint_eq(chosen("av01.0.00M.08", 7680, 4320, 30, 300000000, &high), 17);
    ck_assert(high);
    ck_assert_uint_eq(chosen("av01.0.08H.08", 352, 288, 30, 0, &high), 0);
    ck_assert(!high);
    ck_assert_uint_eq(chosen("vp8", 16383, 16383, 30, 0, &high), 0);
    ck_assert_uint_eq(chosen("vp8", 16384, 16, 30, 0, &high), UINT32_MAX);
}
END_TEST

static const struct {
    uint32_t codec, width, height;
    double framerate;
    uint32_t bit_depth;
    const char *text;
} strings[] = {
    {WEBC_CODEC_H264, 1280, 720, 30, 8, "avc1.64001f"},
    {WEBC_CODEC_H264, 1280, 720, 0, 10, "avc1.6e001f"},
    {WEBC_CODEC_H264, 1920, 1080, 60, 8, "avc1.64002a"},
    {WEBC_CODEC_HEVC, 1280, 720, 30, 8, "hvc1.1.6.L93.B0"},
    {WEBC_CODEC_HEVC, 1280, 720, 30, 10, "hvc1.2.4.L93.B0"},
    {WEBC_CODEC_HEVC, 1280, 720, 30, 12, "hvc1.4.10.L93.B9.88"},
    {WEBC_CODEC_VP8, 640, 480, 30, 8, "vp8"},
    {WEBC_CODEC_VP9, 1280, 720, 30, 8, "vp09.00.31.08"},
    {WEBC_CODEC_VP9, 1280, 720, 30, 10, "vp09.02.31.10"},
    {WEBC_CODEC_VP9, 640, 360, 30, 12, "vp09.02.21.12"},
    {WEBC_CODEC_AV1, 1280, 720, 30, 8, "av01.0.05M.08"},
    {WEBC_CODEC_AV1, 640, 360, 30, 10, "av01.0.01M.10"},
    {WEBC_CODEC_AV1, 640, 360, 30, 12, "av01.2.01M.12"},
};

/* 2.1, 2.2 */
START_TEST(codec_string_is_the_smallest_that_fits_and_is_read_as_asked)
{
    char text[32];
    ck_assert_int_eq(webc_codec_string(strings[_i].codec, strings[_i].width, strings[_i].height,
                                       strings[_i].framerate, strings[_i].bit_depth, text, sizeof text),
                     WEBC_OK);
    ck_assert_str_eq(text, strings[_i].text);
    webc__codec_string read;
    ck_assert(webc__codec_string_parse(text, &read, NULL, 0));
    ck_assert_uint_eq(read.codec, strings[_i].codec);
    ck_assert_uint_eq(read.bit_depth, strings[_i].bit_depth);
    ck_assert_uint_eq(read.chroma, 420);
}
END_TEST

START_TEST(codec_string_refuses_with_the_documented_result)
{
    char text[32] = "kept";
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, 30, 8, NULL, 32), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(0, 64, 64, 30, 8, text, sizeof text), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(6, 64, 64, 30, 8, text, sizeof text), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 0, 64, 30, 8, text, sizeof text), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, -1, 8, text, sizeof text), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, NAN, 8, text, sizeof text), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, 30, 12, text, sizeof text),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_VP8, 64, 64, 30, 10, text, sizeof text),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_VP9, 64, 64, 30, 9, text, sizeof text),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_AV1, UINT32_MAX, UINT32_MAX, 30, 8, text, sizeof text),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "4294967295x4294967295"));
    for (uint32_t size = 0; size <= strlen("avc1.64000a"); size++) {
        ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, 30, 8, text, size), WEBC_ERROR_RANGE);
        ck_assert_str_eq(text, "kept");
    }
    ck_assert_int_eq(webc_codec_string(WEBC_CODEC_H264, 64, 64, 30, 8, text, strlen("avc1.64000a") + 1),
                     WEBC_OK);
    ck_assert_str_eq(text, "avc1.64000a");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spec_level");
    TCase *test = tcase_create("level");
    tcase_add_loop_test(test, a_level_holds_what_its_table_says_and_names_what_is_too_large, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(test, the_lowest_level_that_holds_is_chosen);
    tcase_add_loop_test(test, codec_string_is_the_smallest_that_fits_and_is_read_as_asked, 0,
                        sizeof strings / sizeof *strings);
    tcase_add_test(test, codec_string_refuses_with_the_documented_result);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
