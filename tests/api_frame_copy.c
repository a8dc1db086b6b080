/* SPDX-License-Identifier: MIT */
/* copyTo, allocationSize and convert through the public headers (checklist 4.5, CT-01 to CT-12). */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "support_check.h"
#include "webcodecs/frame.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SENTINEL 0xA5

static uint8_t memory[1 << 16];

static webc_frame *make_frame(uint32_t format, uint32_t width, uint32_t height, webc_rect visible)
{
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)(i * 131 + (i >> 7));
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = width;
    params.coded_height = height;
    params.visible_rect = visible;
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create(&frame, &params, memory, sizeof memory), WEBC_OK);
    return frame;
}

static webc_frame_copy_params copy_params(uint32_t format)
{
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = format;
    return params;
}

/* CT-04, CT-05, T34: 3x3 I420 is 17 bytes and 1x1 is 3; a byte too few is a TypeError. */
START_TEST(odd_sizes_round_chroma_up)
{
    static const struct {
        uint32_t format, width, height;
        uint64_t size;
        uint32_t strides[4];
    } cases[] = {
        {WEBC_PIXEL_FORMAT_I420, 3, 3, 17, {3, 2, 2}},        {WEBC_PIXEL_FORMAT_I420, 1, 1, 3, {1, 1, 1}},
        {WEBC_PIXEL_FORMAT_NV12, 3, 3, 17, {3, 4}},           {WEBC_PIXEL_FORMAT_I422, 3, 3, 21, {3, 2, 2}},
        {WEBC_PIXEL_FORMAT_I420A, 3, 3, 26, {3, 2, 2, 3}},    {WEBC_PIXEL_FORMAT_I420P10, 3, 3, 34, {6, 4, 4}},
        {WEBC_PIXEL_FORMAT_I444AP12, 3, 3, 72, {6, 6, 6, 6}}, {WEBC_PIXEL_FORMAT_RGBA, 3, 3, 36, {12}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame *frame = make_frame(cases[i].format, cases[i].width, cases[i].height, (webc_rect){0});
        uint64_t size = 0;
        ck_assert_int_eq(webc_frame_allocation_size(frame, NULL, &size), WEBC_OK);
        ck_assert_uint_eq(size, cases[i].size);
        uint8_t out[128];
        webc_plane_layout layouts[WEBC_MAX_PLANES];
        memset(out, SENTINEL, sizeof out);
        ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, size - 1, layouts), WEBC_ERROR_TYPE);
        ck_assert_uint_eq(out[0], SENTINEL);
        ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, size, layouts), WEBC_OK);
        ck_assert_mem_eq(out, memory, size);
        ck_assert_uint_eq(out[size], SENTINEL);
        for (size_t p = 0; p < 4 && cases[i].strides[p]; p++)
            ck_assert_uint_eq(layouts[p].stride, cases[i].strides[p]);
        webc_frame_unref(&frame);
    }
}
END_TEST

/* CT-05, CT-06, T30: sentinels between and behind rows. */
START_TEST(bytes_outside_the_rows_are_left_alone_and_strides_come_back)
{
    webc_frame *frame = make_frame(WEBC_PIXEL_FORMAT_I420, 8, 6, (webc_rect){2, 2, 5, 3});
    webc_frame_copy_params params = copy_params(0);
    params.layout_count = 3;
    params.layout[0] = (webc_plane_layout){40, 9};
    params.layout[1] = (webc_plane_layout){1, 7};
    params.layout[2] = (webc_plane_layout){20, 3};
    uint64_t size;
    ck_assert_int_eq(webc_frame_allocation_size(frame, &params, &size), WEBC_OK);
    ck_assert_uint_eq(size, 67);
    uint8_t out[80], expected[80];
    memset(out, SENTINEL, sizeof out);
    memset(expected, SENTINEL, sizeof expected);
    for (int y = 0; y < 3; y++)
        memcpy(expected + 40 + y * 9, memory + (y + 2) * 8 + 2, 5);
    for (int y = 0; y < 2; y++) {
        memcpy(expected + 1 + y * 7, memory + 48 + (y + 1) * 4 + 1, 3);
        memcpy(expected + 20 + y * 3, memory + 60 + (y + 1) * 4 + 1, 3);
    }
    webc_plane_layout layouts[WEBC_MAX_PLANES];
    ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, layouts), WEBC_OK);
    ck_assert_mem_eq(out, expected, sizeof out);
    ck_assert_mem_eq(layouts, params.layout, 3 * sizeof layouts[0]);
    webc_frame_unref(&frame);
}
END_TEST

/* CT-02, CT-09: also when converting; the visible rectangle is the default only. */
START_TEST(rectangles_are_coded_samples_on_the_source_grid)
{
    webc_frame *frame = make_frame(WEBC_PIXEL_FORMAT_I420, 8, 6, (webc_rect){2, 2, 4, 4});
    static const struct {
        webc_rect rect;
        uint32_t format;
        webc_result result;
    } cases[] = {
        {{0, 0, 8, 6}, 0, WEBC_OK},
        {{0, 0, 3, 1}, 0, WEBC_OK},
        {{1, 0, 2, 2}, 0, WEBC_ERROR_TYPE},
        {{1, 0, 2, 2}, WEBC_PIXEL_FORMAT_RGBA, WEBC_ERROR_TYPE},
        {{0, 3, 2, 2}, WEBC_PIXEL_FORMAT_BGRX, WEBC_ERROR_TYPE},
        {{2, 0, 7, 2}, 0, WEBC_ERROR_TYPE},
        {{0, 0, 2, 0}, 0, WEBC_ERROR_TYPE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_copy_params params = copy_params(cases[i].format);
        params.rect = cases[i].rect;
        uint8_t out[512];
        ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), cases[i].result);
        if (!cases[i].result)
            ck_assert_mem_eq(out, memory + cases[i].rect.y * 8 + cases[i].rect.x, cases[i].rect.width);
    }
    webc_frame_unref(&frame);
}
END_TEST

/* CT-03, T35: its own YUV format is refused too, and RGB is not made YUV. */
START_TEST(only_the_four_rgb_formats_can_be_asked_for)
{
    static const uint32_t sources[] = {WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_NV12,
                                       WEBC_PIXEL_FORMAT_I444AP10, WEBC_PIXEL_FORMAT_RGBA,
                                       WEBC_PIXEL_FORMAT_BGRX};
    uint8_t out[64];
    uint64_t size;
    for (size_t i = 0; i < COUNT(sources); i++) {
        webc_frame *source = make_frame(sources[i], 4, 4, (webc_rect){0});
        for (uint32_t format = 1; format <= 25; format++) {
            webc_frame_copy_params params = copy_params(format);
            bool rgb = format >= WEBC_PIXEL_FORMAT_RGBA && format <= WEBC_PIXEL_FORMAT_BGRX;
            webc_result expected = rgb ? WEBC_OK : WEBC_ERROR_NOT_SUPPORTED;
            ck_assert_int_eq(webc_frame_copy_to(source, &params, out, sizeof out, NULL), expected);
            ck_assert_int_eq(webc_frame_allocation_size(source, &params, &size), expected);
            ck_assert_uint_eq(size, rgb ? 64 : 0);
        }
        webc_frame_unref(&source);
    }
    webc_frame *frame = make_frame(WEBC_PIXEL_FORMAT_I420, 4, 4, (webc_rect){0});
    webc_frame_copy_params params = copy_params(WEBC_PIXEL_FORMAT_RGBA);
    params.color_space = 2;
    ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_ERROR_TYPE);
    params = copy_params(WEBC_PIXEL_FORMAT_RGBA);
    params.layout_count = 3;
    ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_ERROR_TYPE);
    params.layout_count = 1;
    params.layout[0] = (webc_plane_layout){4294967295u, 16};
    ck_assert_int_eq(webc_frame_allocation_size(frame, &params, &size), WEBC_ERROR_TYPE);
    params.struct_size = 3;
    ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_copy_to(frame, NULL, NULL, 64, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_copy_to(NULL, NULL, out, 64, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_allocation_size(frame, NULL, NULL), WEBC_ERROR_TYPE);
    webc_frame_unref(&frame);
}
END_TEST

/* CT-05, CT-07: swizzles, all rows, sentinels. */
START_TEST(rgb_formats_are_reordered_exactly_and_opaque_ones_get_alpha_255)
{
    for (uint32_t from = WEBC_PIXEL_FORMAT_RGBA; from <= WEBC_PIXEL_FORMAT_BGRX; from++)
        for (uint32_t to = WEBC_PIXEL_FORMAT_RGBA; to <= WEBC_PIXEL_FORMAT_BGRX; to++) {
            const webc_rect visible = {1, 1, 13, 5};
            webc_frame *frame = make_frame(from, 17, 7, visible);
            webc_frame_copy_params params = copy_params(to);
            params.layout_count = 1;
            params.layout[0] = (webc_plane_layout){3, 60};
            uint8_t out[512];
            memset(out, SENTINEL, sizeof out);
            ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_OK);
            bool swap = (from >= WEBC_PIXEL_FORMAT_BGRA) != (to >= WEBC_PIXEL_FORMAT_BGRA);
            bool alpha = from % 2 == 0 && to % 2 == 0;
            for (uint32_t y = 0; y < visible.height; y++) {
                for (uint32_t x = 0; x < visible.width; x++) {
                    const uint8_t *in = memory + (y + 1) * 17 * 4 + (x + 1) * 4;
                    const uint8_t *is = out + 3 + y * 60 + x * 4;
                    ck_assert_uint_eq(is[0], in[swap ? 2 : 0]);
                    ck_assert_uint_eq(is[1], in[1]);
                    ck_assert_uint_eq(is[2], in[swap ? 0 : 2]);
                    ck_assert_uint_eq(is[3], alpha ? in[3] : 255);
                }
                ck_assert_uint_eq(out[3 + y * 60 + 52], SENTINEL);
            }
            ck_assert_uint_eq(out[2], SENTINEL);
            webc_frame_unref(&frame);
        }
}
END_TEST

/* CT-07, CT-10: the primary colours of each matrix. */
START_TEST(yuv_is_converted_with_its_own_matrix_and_alpha_is_kept)
{
    static const struct {
        uint32_t matrix, range;
        uint8_t yuv[3], rgb[3];
    } cases[] = {
        {WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED, {63, 102, 240}, {255, 0, 0}},
        {WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_RANGE_LIMITED, {81, 90, 240}, {255, 0, 0}},
        {WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_RANGE_FULL, {76, 85, 255}, {254, 0, 0}},
        {WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_RANGE_LIMITED, {165, 47, 25}, {0, 255, 0}},
        {0, 0, {63, 102, 240}, {255, 0, 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int alpha = 0; alpha < 2; alpha++) {
            uint8_t planes[4 * 64];
            for (int p = 0; p < 4; p++)
                memset(planes + p * 64, p < 3 ? cases[i].yuv[p] : 77, 64);
            webc_frame_params params;
            webc_frame_params_init(&params, sizeof params);
            params.format = alpha ? WEBC_PIXEL_FORMAT_I444A : WEBC_PIXEL_FORMAT_I444;
            params.coded_width = params.coded_height = 8;
            params.has_color_space = 1;
            params.color_space.matrix = cases[i].matrix;
            params.color_space.range = cases[i].range;
            webc_frame *frame;
            ck_assert_int_eq(webc_frame_create(&frame, &params, planes, sizeof planes), WEBC_OK);
            webc_frame_copy_params copy = copy_params(WEBC_PIXEL_FORMAT_RGBA);
            uint8_t out[256];
            ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, sizeof out, NULL), WEBC_OK);
            for (int c = 0; c < 3; c++)
                ck_assert_msg(abs(out[100 + c] - cases[i].rgb[c]) <= 3, "case %zu: %u,%u,%u", i, out[100],
                              out[101], out[102]);
            ck_assert_uint_eq(out[103], alpha ? 77 : 255);
            copy.format = WEBC_PIXEL_FORMAT_BGRX;
            ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, sizeof out, NULL), WEBC_OK);
            ck_assert_uint_eq(out[103], 255);
            webc_frame_unref(&frame);
        }
}
END_TEST

/* CT-12: white is white whatever the depth. */
START_TEST(deep_samples_reach_black_and_white)
{
    static const uint32_t formats[][2] = {
        {WEBC_PIXEL_FORMAT_I420P10, 10}, {WEBC_PIXEL_FORMAT_I422P12, 12}, {WEBC_PIXEL_FORMAT_I444P10, 10}};
    for (size_t i = 0; i < COUNT(formats); i++)
        for (int full = 0; full < 2; full++)
            for (int white = 0; white < 2; white++) {
                unsigned depth = formats[i][1];
                unsigned luma = (full ? (white ? (1u << depth) - 1 : 0) : (white ? 235u : 16u) << (depth - 8));
                uint16_t planes[3 * 64];
                for (size_t s = 0; s < COUNT(planes); s++)
                    planes[s] = (uint16_t)(s < 64 ? luma : 128u << (depth - 8));
                webc_frame_params params;
                webc_frame_params_init(&params, sizeof params);
                params.format = formats[i][0];
                params.coded_width = params.coded_height = 8;
                params.has_color_space = 1;
                params.color_space = (webc_color_space){1, 1, 1, full ? 2 : 1};
                webc_frame *frame;
                ck_assert_int_eq(webc_frame_create(&frame, &params, planes, sizeof planes), WEBC_OK);
                webc_frame_copy_params copy = copy_params(WEBC_PIXEL_FORMAT_RGBX);
                uint8_t out[256];
                ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, sizeof out, NULL), WEBC_OK);
                for (int c = 0; c < 3; c++)
                    ck_assert_msg(abs(out[100 + c] - (white ? 255 : 0)) <= 1, "format %u full %d: %u",
                                  formats[i][0], full, out[100 + c]);
                webc_frame_unref(&frame);
            }
}
END_TEST

/* T30, EN-01: webc_frame_convert, the engine's own call. */
START_TEST(convert_gives_the_asked_format_size_and_colour)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_RGBA;
    params.coded_width = 20;
    params.coded_height = 10;
    params.visible_rect = (webc_rect){1, 1, 16, 8};
    params.display_width = 32;
    params.display_height = 8;
    params.timestamp = -5;
    params.duration = 9;
    params.has_duration = 1;
    params.rotation = 90;
    params.flip = 1;
    webc_frame *frame, *out;
    ck_assert_int_eq(webc_frame_create(&frame, &params, memory, sizeof memory), WEBC_OK);
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420, 0, 0, NULL), WEBC_OK);
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_frame_get_info(out, &info), WEBC_OK);
    ck_assert_uint_eq(info.format, WEBC_PIXEL_FORMAT_I420);
    ck_assert_uint_eq(info.coded_width, 16);
    ck_assert_uint_eq(info.coded_height, 8);
    ck_assert_uint_eq(info.visible_rect.x, 0);
    ck_assert_uint_eq(info.display_width, 32);
    ck_assert_uint_eq(info.display_height, 8);
    ck_assert_int_eq(info.timestamp, -5);
    ck_assert_uint_eq(info.duration, 9);
    ck_assert_int_eq(info.rotation, 90);
    ck_assert_uint_eq(info.flip, 1);
    ck_assert_uint_eq(info.color_space.matrix, WEBC_COLOR_MATRIX_BT709);
    ck_assert_uint_eq(info.color_space.range, WEBC_COLOR_RANGE_LIMITED);
    webc_frame_unref(&out);
    const webc_color_space wanted = {0, 0, WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_RANGE_FULL};
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_NV12, 7, 33, &wanted), WEBC_OK);
    ck_assert_int_eq(webc_frame_get_info(out, &info), WEBC_OK);
    ck_assert_uint_eq(info.coded_width, 7);
    ck_assert_uint_eq(info.coded_height, 33);
    ck_assert_uint_eq(info.display_width, 33);
    ck_assert_uint_eq(info.display_height, 7);
    ck_assert_uint_eq(info.color_space.matrix, WEBC_COLOR_MATRIX_SMPTE170M);
    ck_assert_uint_eq(info.color_space.range, WEBC_COLOR_RANGE_FULL);
    webc_frame_unref(&out);
    const webc_color_space wrong = {0, 0, 999, 0};
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420, 0, 0, &wrong), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_convert(&out, frame, 0, 0, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_convert(&out, frame, 24, 0, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420AP12, 0, 0, NULL),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420, 16385, 0, NULL), WEBC_ERROR_RANGE);
    ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420, 0, UINT32_MAX, NULL),
                     WEBC_ERROR_RANGE);
    ck_assert_int_eq(webc_frame_convert(&out, NULL, WEBC_PIXEL_FORMAT_I420, 0, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_convert(NULL, frame, WEBC_PIXEL_FORMAT_I420, 0, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(out);
    webc_frame_unref(&frame);
}
END_TEST

/* VF-12, CT-07: RGBA read as RGBX is opaque. */
START_TEST(a_copy_of_a_view_without_alpha_has_none)
{
    webc_frame *frame = make_frame(WEBC_PIXEL_FORMAT_RGBA, 4, 2, (webc_rect){0});
    webc_frame_view_params change;
    webc_frame_view_params_init(&change, sizeof change);
    change.discard_alpha = 1;
    webc_frame *view;
    ck_assert_int_eq(webc_frame_create_view(&view, frame, &change), WEBC_OK);
    webc_frame_unref(&frame);
    webc_frame_copy_params params = copy_params(WEBC_PIXEL_FORMAT_RGBA);
    uint8_t out[32];
    ck_assert_int_eq(webc_frame_copy_to(view, &params, out, sizeof out, NULL), WEBC_OK);
    for (int i = 0; i < 32; i++)
        ck_assert_uint_eq(out[i], i % 4 == 3 ? 255 : memory[i]);
    webc_frame_unref(&view);
}
END_TEST

typedef struct copy_job {
    const webc_frame *frame;
    uint32_t space;
    uint8_t out[64 * 64 * 4];
} copy_job;

static void *copy_many_times(void *arg)
{
    copy_job *job = arg;
    webc_frame_copy_params params = copy_params(WEBC_PIXEL_FORMAT_RGBA);
    params.color_space = job->space;
    for (int i = 0; i < 20; i++)
        if (webc_frame_copy_to(job->frame, &params, job->out, sizeof job->out, NULL))
            return job;
    return NULL;
}

/* CT-11: copies of one frame may run on many threads at a time, and are complete when the call returns. */
START_TEST(copies_run_on_many_threads)
{
    static copy_job jobs[6];
    webc_frame *frame = make_frame(WEBC_PIXEL_FORMAT_I420, 64, 64, (webc_rect){0});
    pthread_t threads[COUNT(jobs)];
    for (size_t i = 0; i < COUNT(jobs); i++) {
        jobs[i].frame = frame;
        jobs[i].space = i % 2;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, copy_many_times, &jobs[i]), 0);
    }
    for (size_t i = 0; i < COUNT(jobs); i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    webc_frame_unref(&frame);
    for (size_t i = 2; i < COUNT(jobs); i++)
        ck_assert_mem_eq(jobs[i].out, jobs[i % 2].out, sizeof jobs[i].out);
    ck_assert_mem_ne(jobs[0].out, jobs[1].out, sizeof jobs[0].out);
}
END_TEST

CHECK_MAIN("api_frame_copy", 60, odd_sizes_round_chroma_up,
           bytes_outside_the_rows_are_left_alone_and_strides_come_back,
           rectangles_are_coded_samples_on_the_source_grid, only_the_four_rgb_formats_can_be_asked_for,
           rgb_formats_are_reordered_exactly_and_opaque_ones_get_alpha_255,
           yuv_is_converted_with_its_own_matrix_and_alpha_is_kept, deep_samples_reach_black_and_white,
           convert_gives_the_asked_format_size_and_colour, a_copy_of_a_view_without_alpha_has_none,
           copies_run_on_many_threads)
