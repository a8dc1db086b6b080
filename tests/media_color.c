/* SPDX-License-Identifier: MIT */
/* Colour spaces: four nullable members, names, presets, and the way to libavutil and back (checklist 1.5). */
#include <string.h>

#include "media/color_map.h"
#include "shared/error.h"
#include "support_check.h"
#include "webcodecs/frame.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Through a frame: given to the constructor, reported by the frame, held by its AVFrame. */
static webc_color_space through_a_frame(uint32_t format, const webc_color_space *given)
{
    static const uint8_t pixels[64];
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = params.coded_height = 2;
    params.has_color_space = given != NULL;
    if (given)
        params.color_space = *given;
    webc_frame *frame;
    ck_assert_msg(webc_frame_create(&frame, &params, pixels, sizeof pixels) == WEBC_OK, "%s",
                  webc__error_text());
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
    webc_frame_unref(&frame);
    return info.color_space;
}

/* CS-01, T33: all 6 x 7 x 6 x 3 combinations of named and null members come back as given, also from AVFrame.
 */
START_TEST(four_nullable_members_are_independent)
{
    static const uint32_t primaries[] = {0, 1, 5, 6, 9, 12};
    static const uint32_t transfers[] = {0, 1, 6, 8, 13, 16, 18};
    static const uint32_t matrices[] = {0, 1, 5, 6, 9, WEBC_COLOR_MATRIX_RGB};
    AVFrame *av = av_frame_alloc();
    for (size_t p = 0; p < COUNT(primaries); p++)
        for (size_t t = 0; t < COUNT(transfers); t++)
            for (size_t m = 0; m < COUNT(matrices); m++)
                for (uint32_t range = 0; range <= 2; range++) {
                    const webc_color_space given = {primaries[p], transfers[t], matrices[m], range};
                    webc_color_space back = through_a_frame(WEBC_PIXEL_FORMAT_I420, &given);
                    ck_assert_mem_eq(&back, &given, sizeof given);
                    webc__color_to_av(&given, av);
                    back = webc__color_from_av(av);
                    ck_assert_mem_eq(&back, &given, sizeof given);
                }
    av_frame_free(&av);
}
END_TEST

/* CS-02: every code point of H.273 is kept, whether it has a name or not; 2 is null; beyond 255 is no code. */
START_TEST(codes_without_a_name_are_kept_and_have_none)
{
    for (uint32_t code = 0; code <= 255; code++) {
        const webc_color_space given = {code, code, code, 0};
        const uint32_t expected = code == 2 ? 0 : code;
        webc_color_space back = through_a_frame(WEBC_PIXEL_FORMAT_I444, &given);
        ck_assert_uint_eq(back.primaries, expected);
        ck_assert_uint_eq(back.transfer, expected);
        ck_assert_uint_eq(back.matrix, expected);
        const char *name = webc_color_primaries_name(code);
        ck_assert(!*name || webc_color_primaries_from_name(name) == code);
        name = webc_color_transfer_name(code);
        ck_assert(!*name || webc_color_transfer_from_name(name) == code);
        name = webc_color_matrix_name(code);
        ck_assert(!*name || webc_color_matrix_from_name(name) == code);
    }
    static const uint32_t unnamed[] = {0, 2, 3, 4, 7, 10, 11, 14, 15, 255, 256, 257};
    for (size_t i = 0; i < COUNT(unnamed); i++) {
        ck_assert_str_eq(webc_color_primaries_name(unnamed[i]), "");
        ck_assert_str_eq(webc_color_transfer_name(unnamed[i]), "");
        ck_assert(unnamed[i] == 256 || !*webc_color_matrix_name(unnamed[i]));
    }
}
END_TEST

/* 1.5: the enums of the spec and their code points; names are exact. */
START_TEST(names_are_those_of_the_spec)
{
    static const struct {
        const char *name;
        uint32_t primaries, transfer, matrix;
    } rows[] = {
        {"bt709", 1, 1, 1},     {"bt470bg", 5, 0, 5},    {"smpte170m", 6, 6, 6},     {"bt2020", 9, 0, 0},
        {"smpte432", 12, 0, 0}, {"linear", 0, 8, 0},     {"iec61966-2-1", 0, 13, 0}, {"pq", 0, 16, 0},
        {"hlg", 0, 18, 0},      {"bt2020-ncl", 0, 0, 9}, {"rgb", 0, 0, 256},         {"BT709", 0, 0, 0},
        {"bt709 ", 0, 0, 0},    {"", 0, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_uint_eq(webc_color_primaries_from_name(rows[i].name), rows[i].primaries);
        ck_assert_uint_eq(webc_color_transfer_from_name(rows[i].name), rows[i].transfer);
        ck_assert_uint_eq(webc_color_matrix_from_name(rows[i].name), rows[i].matrix);
        if (rows[i].primaries)
            ck_assert_str_eq(webc_color_primaries_name(rows[i].primaries), rows[i].name);
        if (rows[i].transfer)
            ck_assert_str_eq(webc_color_transfer_name(rows[i].transfer), rows[i].name);
        if (rows[i].matrix)
            ck_assert_str_eq(webc_color_matrix_name(rows[i].matrix), rows[i].name);
    }
    ck_assert_uint_eq(webc_color_primaries_from_name(NULL), 0);
}
END_TEST

/* CS-03, VF-09: presets, and what a frame gets when no colour space is given; given nulls stay null. */
START_TEST(presets_are_the_defaults_of_frames)
{
    static const webc_color_space expected[] = {{1, 13, 256, 2}, {12, 13, 256, 2}, {1, 1, 1, 1}, {0}};
    webc_color_space space;
    for (uint32_t i = 0; i < COUNT(expected); i++) {
        webc_color_space_preset(&space, i);
        ck_assert_mem_eq(&space, &expected[i], sizeof space);
    }
    webc_color_space_preset(NULL, 0);
    for (uint32_t format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        if (format == WEBC_PIXEL_FORMAT_I420AP12)
            continue;
        space = through_a_frame(format, NULL);
        ck_assert_mem_eq(&space, &expected[format >= WEBC_PIXEL_FORMAT_RGBA ? 0 : 2], sizeof space);
        const webc_color_space nulls = {0};
        space = through_a_frame(format, &nulls);
        ck_assert_mem_eq(&space, &nulls, sizeof space);
    }
}
END_TEST

/* Each member that is no code point is a TypeError that names it. */
START_TEST(wrong_members_are_named)
{
    static const struct {
        webc_color_space space;
        const char *member;
    } rows[] = {{{256, 0, 0, 0}, "color_space.primaries"},
                {{0, 256, 0, 0}, "color_space.transfer"},
                {{0, 0, 257, 0}, "color_space.matrix"},
                {{0, 0, 0, 3}, "color_space.range"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_int_eq(webc__color_check(&rows[i].space), WEBC_ERROR_TYPE);
        ck_assert_ptr_nonnull(strstr(webc__error_text(), rows[i].member));
    }
}
END_TEST

CHECK_MAIN("media_color", 60, four_nullable_members_are_independent,
           codes_without_a_name_are_kept_and_have_none, names_are_those_of_the_spec,
           presets_are_the_defaults_of_frames, wrong_members_are_named)
