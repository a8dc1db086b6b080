/* SPDX-License-Identifier: MIT */
/* Validity of configs, rotation, and the texts of results. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spec/config.h"

static webc_video_decoder_config decoder_config(void)
{
    return (webc_video_decoder_config){.struct_size = sizeof(webc_video_decoder_config), .codec = "vp8"};
}

static webc_video_encoder_config encoder_config(void)
{
    return (webc_video_encoder_config){
        .struct_size = sizeof(webc_video_encoder_config), .codec = "vp8", .width = 640, .height = 360};
}

static void refused(webc_result result, const char *member, const char *value)
{
    ck_assert_int_eq(result, WEBC_ERROR_TYPE);
    const char *text = webc_error_message();
    ck_assert_msg(strstr(text, member) && strstr(text, value), "%s %s is not in: %s", member, value, text);
}

#define DECODER_OK(...) \
    do { \
        webc_video_decoder_config config = decoder_config(); \
        __VA_ARGS__; \
        ck_assert_int_eq(webc__decoder_config_check(&config), WEBC_OK); \
    } while (0)
#define DECODER_REFUSED(member, value, ...) \
    do { \
        webc_video_decoder_config config = decoder_config(); \
        __VA_ARGS__; \
        refused(webc__decoder_config_check(&config), member, value); \
    } while (0)
#define ENCODER_OK(...) \
    do { \
        webc_video_encoder_config config = encoder_config(); \
        __VA_ARGS__; \
        ck_assert_int_eq(webc__encoder_config_check(&config), WEBC_OK); \
    } while (0)
#define ENCODER_REFUSED(member, value, ...) \
    do { \
        webc_video_encoder_config config = encoder_config(); \
        __VA_ARGS__; \
        refused(webc__encoder_config_check(&config), member, value); \
    } while (0)

/* P-17, T19: valid is what has valid members, supported or not. */
START_TEST(decoder_configs_that_are_valid_pass)
{
    DECODER_OK();
    DECODER_OK(config.codec = "bogus");
    DECODER_OK(config.codec = " vp8");
    DECODER_OK(config.codec = "\v");
    DECODER_OK(config.coded_width = 1, config.coded_height = UINT32_MAX);
    DECODER_OK(config.display_aspect_width = 16, config.display_aspect_height = 9);
    DECODER_OK(config.description = "", config.description_size = 0);
    DECODER_OK(config.description = "x", config.description_size = 1);
    DECODER_OK(config.hardware_acceleration = WEBC_HARDWARE_PREFER_SOFTWARE);
    DECODER_OK(config.rotation = -33, config.flip = 1, config.optimize_for_latency = 1,
               config.thread_count = 7);
    DECODER_OK(config.color_space = (webc_color_space){22, 18, WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_FULL});
}
END_TEST

/* P-17, T19: what configure refuses at once, and why. */
START_TEST(decoder_configs_that_are_not_valid_name_the_member)
{
    DECODER_REFUSED("codec", "NULL", config.codec = NULL);
    DECODER_REFUSED("codec", "\"\"", config.codec = "");
    DECODER_REFUSED("codec", "blank", config.codec = " \t\r\n\f");
    DECODER_REFUSED("coded_height", "640 and 0", config.coded_width = 640);
    DECODER_REFUSED("coded_width", "0 and 360", config.coded_height = 360);
    DECODER_REFUSED("display_aspect_height", "16 and 0", config.display_aspect_width = 16);
    DECODER_REFUSED("display_aspect_width", "0 and 9", config.display_aspect_height = 9);
    DECODER_REFUSED("hardware_acceleration", "3", config.hardware_acceleration = 3);
    DECODER_REFUSED("optimize_for_latency", "2", config.optimize_for_latency = 2);
    DECODER_REFUSED("flip", "2", config.flip = 2);
    DECODER_REFUSED("color_space.primaries", "256", config.color_space.primaries = 256);
    DECODER_REFUSED("color_space.transfer", "256", config.color_space.transfer = 256);
    DECODER_REFUSED("color_space.matrix", "257", config.color_space.matrix = 257);
    DECODER_REFUSED("color_space.range", "3", config.color_space.range = 3);
    DECODER_REFUSED("description_size", "5", config.description_size = 5);
}
END_TEST

/* P-17, T19: the same for encoders: modes and sizes that nobody codes are valid. */
START_TEST(encoder_configs_that_are_valid_pass)
{
    ENCODER_OK();
    ENCODER_OK(config.codec = "vp9");
    ENCODER_OK(config.width = UINT32_MAX, config.height = 1);
    ENCODER_OK(config.display_width = 3);
    ENCODER_OK(config.display_height = 3);
    ENCODER_OK(config.scalability_mode = "bogus", config.content_hint = "anything");
    ENCODER_OK(config.bitrate = UINT64_MAX, config.framerate = 29.97);
    ENCODER_OK(config.hardware_acceleration = 2, config.alpha = WEBC_ALPHA_KEEP,
               config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER,
               config.latency_mode = WEBC_LATENCY_MODE_REALTIME);
    ENCODER_OK(config.avc_format = WEBC_BITSTREAM_FORMAT_ANNEXB,
               config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB, config.exact_size = 1);
    ENCODER_OK(config.key_interval = 1, config.b_frames = 3, config.thread_count = 2);
}
END_TEST

/* P-17, T19: the same for encoders. */
START_TEST(encoder_configs_that_are_not_valid_name_the_member)
{
    ENCODER_REFUSED("codec", "NULL", config.codec = NULL);
    ENCODER_REFUSED("codec", "blank", config.codec = "  ");
    ENCODER_REFUSED("width", "0", config.width = 0);
    ENCODER_REFUSED("height", "0", config.height = 0);
    ENCODER_REFUSED("framerate", "-1", config.framerate = -1);
    ENCODER_REFUSED("framerate", "nan", config.framerate = NAN);
    ENCODER_REFUSED("framerate", "inf", config.framerate = INFINITY);
    ENCODER_REFUSED("hardware_acceleration", "3", config.hardware_acceleration = 3);
    ENCODER_REFUSED("alpha", "2", config.alpha = 2);
    ENCODER_REFUSED("bitrate_mode", "4", config.bitrate_mode = 4);
    ENCODER_REFUSED("latency_mode", "3", config.latency_mode = 3);
    ENCODER_REFUSED("avc_format", "3", config.avc_format = 3);
    ENCODER_REFUSED("hevc_format", "3", config.hevc_format = 3);
    ENCODER_REFUSED("exact_size", "2", config.exact_size = 2);
    ENCODER_REFUSED("reserved", "9", config.reserved = 9);
}
END_TEST

#define DIFFERS(...) \
    do { \
        webc_video_decoder_config config = full_config(); \
        __VA_ARGS__; \
        webc_video_decoder_config other = full_config(); \
        ck_assert_msg(!webc__decoder_config_equal(&config, &other), "%s", #__VA_ARGS__); \
        ck_assert_msg(!webc__decoder_config_equal(&other, &config), "%s", #__VA_ARGS__); \
    } while (0)

static webc_video_decoder_config full_config(void)
{
    webc_video_decoder_config config = decoder_config();
    config.coded_width = config.coded_height = 64;
    config.display_aspect_width = config.display_aspect_height = 9;
    config.description = "abc";
    config.description_size = 3;
    config.color_space = (webc_color_space){1, 1, 1, WEBC_COLOR_RANGE_LIMITED};
    return config;
}

/* P-26: every member counts. */
START_TEST(configs_that_differ_in_a_member_are_not_equal)
{
    DIFFERS(config.codec = "vp09.00.10.08");
    DIFFERS(config.coded_width = 65);
    DIFFERS(config.coded_height = 65);
    DIFFERS(config.display_aspect_width = 10);
    DIFFERS(config.display_aspect_height = 10);
    DIFFERS(config.description = "abd");
    DIFFERS(config.description_size = 2);
    DIFFERS(config.description_size = 0);
    DIFFERS(config.color_space.primaries = 0);
    DIFFERS(config.color_space.transfer = 13);
    DIFFERS(config.color_space.matrix = WEBC_COLOR_MATRIX_RGB);
    DIFFERS(config.color_space.range = WEBC_COLOR_RANGE_FULL);
    DIFFERS(config.hardware_acceleration = 1);
    DIFFERS(config.optimize_for_latency = 1);
    DIFFERS(config.rotation = 90);
    DIFFERS(config.flip = 1);
    DIFFERS(config.thread_count = 1);
}
END_TEST

/* P-26: texts and descriptions are compared by content, and absent ones are equal whatever they point to. */
START_TEST(configs_are_compared_by_content)
{
    char codec[] = "vp8";
    char description[] = "abc, and more";
    webc_video_decoder_config config = full_config();
    webc_video_decoder_config other = full_config();
    other.codec = codec;
    other.description = description;
    ck_assert(webc__decoder_config_equal(&config, &other));
    config.description_size = other.description_size = 0;
    config.description = NULL;
    ck_assert(webc__decoder_config_equal(&config, &other));
}
END_TEST

/* P-25: members without a default stay absent; bitrate_mode and latency_mode have one. */
START_TEST(defaults_are_written_where_webcodecs_has_them)
{
    webc_video_encoder_config config = encoder_config();
    webc_video_encoder_config before = config;
    webc__encoder_config_write_defaults(&config);
    ck_assert_uint_eq(config.bitrate_mode, WEBC_BITRATE_MODE_VARIABLE);
    ck_assert_uint_eq(config.latency_mode, WEBC_LATENCY_MODE_QUALITY);
    config.bitrate_mode = config.latency_mode = 0;
    ck_assert_mem_eq(&config, &before, sizeof config);
    config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
    before = config;
    webc__encoder_config_write_defaults(&config);
    ck_assert_mem_eq(&config, &before, sizeof config);
}
END_TEST

START_TEST(rotation_goes_to_the_nearest_quarter_turn)
{
    static const int32_t cases[][2] = {{0, 0},      {44, 0},         {45, 90},        {90, 90},    {134, 90},
                                       {135, 180},  {180, 180},      {270, 270},      {314, 270},  {315, 0},
                                       {360, 0},    {450, 90},       {-44, 0},        {-45, 0},    {-46, 270},
                                       {-90, 270},  {-135, 270},     {-136, 180},     {-180, 180}, {-360, 0},
                                       {-450, 270}, {INT32_MAX, 90}, {INT32_MIN, 270}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(webc__rotation_parse(cases[i][0]) == cases[i][1], "%d gives %d, not %d", cases[i][0],
                      webc__rotation_parse(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(every_result_has_a_name_and_a_sentence)
{
    ck_assert_str_eq(webc_result_name(WEBC_OK), "OK");
    ck_assert_str_eq(webc_result_name(WEBC_ERROR_TYPE), "TypeError");
    ck_assert_str_eq(webc_result_name(WEBC_ERROR_INVALID_STATE), "InvalidStateError");
    ck_assert_str_eq(webc_result_name(WEBC_ERROR_SYSTEM), "SystemError");
    ck_assert_str_eq(webc_result_name(1), "UnknownError");
    ck_assert_str_eq(webc_result_name(-12), "UnknownError");
    for (webc_result result = WEBC_ERROR_SYSTEM; result <= WEBC_OK; result++) {
        const char *text = webc_result_text(result);
        ck_assert_str_ne(webc_result_name(result), "UnknownError");
        ck_assert_msg(strlen(text) > 10 && text[strlen(text) - 1] == '.', "%s", text);
        for (webc_result other = result + 1; other <= WEBC_OK; other++) {
            ck_assert_str_ne(webc_result_name(result), webc_result_name(other));
            ck_assert_str_ne(text, webc_result_text(other));
        }
    }
    ck_assert_str_ne(webc_result_text(1), webc_result_text(WEBC_OK));
}
END_TEST

START_TEST(error_message_is_empty_until_something_fails)
{
    ck_assert_str_eq(webc_error_message(), "");
    webc_video_encoder_config config = encoder_config();
    ck_assert_int_eq(webc__encoder_config_check(&config), WEBC_OK);
    ck_assert_str_eq(webc_error_message(), "");
    config.width = 0;
    ck_assert_int_eq(webc__encoder_config_check(&config), WEBC_ERROR_TYPE);
    ck_assert_str_eq(webc_error_message(), "video encoder config: width is 0; it must be at least 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spec_config");
    TCase *test = tcase_create("config");
    tcase_add_test(test, decoder_configs_that_are_valid_pass);
    tcase_add_test(test, decoder_configs_that_are_not_valid_name_the_member);
    tcase_add_test(test, encoder_configs_that_are_valid_pass);
    tcase_add_test(test, encoder_configs_that_are_not_valid_name_the_member);
    tcase_add_test(test, configs_that_differ_in_a_member_are_not_equal);
    tcase_add_test(test, configs_are_compared_by_content);
    tcase_add_test(test, defaults_are_written_where_webcodecs_has_them);
    tcase_add_test(test, rotation_goes_to_the_nearest_quarter_turn);
    tcase_add_test(test, every_result_has_a_name_and_a_sentence);
    tcase_add_test(test, error_message_is_empty_until_something_fails);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
