/* SPDX-License-Identifier: MIT */
/* Frames: construction, layouts, rectangles, views, lent memory. Links media and shared. */
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "support_check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint8_t memory[1 << 16];

static webc_frame_params params_of(uint32_t format, uint32_t width, uint32_t height)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = width;
    params.coded_height = height;
    return params;
}

static webc_result try_create(const webc_frame_params *params, uint64_t size)
{
    webc_frame *frame = (webc_frame *)memory;
    webc_result result = webc_frame_create(&frame, params, memory, size);
    if (result)
        ck_assert_ptr_null(frame);
    webc_frame_unref(&frame);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
    return result;
}

static webc_frame_info create_info(const webc_frame_params *params)
{
    webc_frame *frame;
    ck_assert_msg(webc_frame_create(&frame, params, memory, sizeof memory) == WEBC_OK, "%s",
                  webc__error_text());
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
    webc_frame_unref(&frame);
    ck_assert_ptr_null(frame);
    return info;
}

/* 4.1: names, exactly. */
START_TEST(format_names_are_those_of_the_spec_and_read_back)
{
    static const char *const names[] = {"I420", "I420P10", "I420P12", "I420A", "I420AP10", "I420AP12",
                                        "I422", "I422P10", "I422P12", "I422A", "I422AP10", "I422AP12",
                                        "I444", "I444P10", "I444P12", "I444A", "I444AP10", "I444AP12",
                                        "NV12", "RGBA",    "RGBX",    "BGRA",  "BGRX"};
    for (uint32_t i = 0; i < COUNT(names); i++) {
        ck_assert_str_eq(webc_pixel_format_name(i + 1), names[i]);
        ck_assert_uint_eq(webc_pixel_format_from_name(names[i]), i + 1);
    }
    ck_assert_str_eq(webc_pixel_format_name(0), "");
    ck_assert_str_eq(webc_pixel_format_name(24), "");
    ck_assert_uint_eq(webc_pixel_format_from_name("i420"), 0);
    ck_assert_uint_eq(webc_pixel_format_from_name(NULL), 0);
}
END_TEST

/* 4.1, CT-04, T34: Planes, bytes per sample of plane 0, opaque equivalent (checklist 4.1). */
START_TEST(plane_sizes_round_up_and_agree_with_libavutil)
{
    for (uint32_t f = 1; f <= WEBC_PIXEL_FORMAT_BGRX; f++) {
        const webc__pixel_format *row = webc__pixel_format_get(f);
        ck_assert_uint_eq(row->format, f);
        ck_assert(!webc__pixel_format_get(row->opaque)->alpha);
        if (row->av_format == AV_PIX_FMT_NONE)
            continue;
        ck_assert_ptr_eq(webc__pixel_format_from_av(row->av_format), row);
        ck_assert_uint_eq(webc__layout_plane_count(row->av_format), row->planes);
        for (uint32_t w = 1; w < 9; w++)
            for (unsigned p = 0; p < row->planes; p++) {
                uint64_t bytes, rows;
                webc__pixel_format_plane_size(row, p, w, w + 1, &bytes, &rows);
                webc__layout_grid grid = webc__layout_plane_grid(row->av_format, p);
                ck_assert_uint_eq(bytes, webc__layout_row_bytes(&grid, w));
                ck_assert_uint_eq(rows, webc__layout_rows(&grid, w + 1));
            }
    }
    uint64_t bytes, rows;
    webc__pixel_format_plane_size(webc__pixel_format_get(WEBC_PIXEL_FORMAT_NV12), 1, 3, 3, &bytes, &rows);
    ck_assert_uint_eq(bytes, 4);
    ck_assert_uint_eq(rows, 2);
    webc__pixel_format_plane_size(webc__pixel_format_get(WEBC_PIXEL_FORMAT_I422P10), 2, 3, 3, &bytes, &rows);
    ck_assert_uint_eq(bytes, 4);
    ck_assert_uint_eq(rows, 3);
    ck_assert_ptr_eq(webc__pixel_format_from_av(AV_PIX_FMT_YUVJ422P),
                     webc__pixel_format_get(WEBC_PIXEL_FORMAT_I422));
    ck_assert_ptr_null(webc__pixel_format_from_av(AV_PIX_FMT_NONE));
    ck_assert_ptr_null(webc__pixel_format_from_av(AV_PIX_FMT_GBRP));
}
END_TEST

/* VF-08, VF-09: defaults; given nulls of a colour space stay null. */
START_TEST(defaults_are_the_coded_size_and_the_colour_of_the_family)
{
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 33, 17);
    webc_frame_info info = create_info(&params);
    ck_assert_uint_eq(info.storage, WEBC_STORAGE_HOST);
    ck_assert_uint_eq(info.plane_count, 3);
    ck_assert_uint_eq(info.bit_depth, 8);
    ck_assert_uint_eq(info.visible_rect.width, 33);
    ck_assert_uint_eq(info.visible_rect.height, 17);
    ck_assert_uint_eq(info.display_width, 33);
    ck_assert_uint_eq(info.display_height, 17);
    ck_assert(!info.has_duration && !info.duration && !info.timestamp && !info.rotation && !info.flip);
    ck_assert_uint_eq(info.color_space.matrix, WEBC_COLOR_MATRIX_BT709);
    ck_assert_uint_eq(info.color_space.range, WEBC_COLOR_RANGE_LIMITED);
    params = params_of(WEBC_PIXEL_FORMAT_BGRA, 5, 3);
    params.timestamp = INT64_MIN;
    params.duration = UINT64_MAX;
    params.has_duration = 1;
    info = create_info(&params);
    ck_assert_uint_eq(info.color_space.matrix, WEBC_COLOR_MATRIX_RGB);
    ck_assert_uint_eq(info.color_space.transfer, WEBC_COLOR_TRANSFER_IEC61966_2_1);
    ck_assert_uint_eq(info.color_space.range, WEBC_COLOR_RANGE_FULL);
    ck_assert_int_eq(info.timestamp, INT64_MIN);
    ck_assert_uint_eq(info.duration, UINT64_MAX);
    params = params_of(WEBC_PIXEL_FORMAT_I444P12, 5, 3);
    params.has_color_space = 1;
    params.color_space = (webc_color_space){2, 14, 0, 0};
    info = create_info(&params);
    ck_assert_uint_eq(info.bit_depth, 12);
    ck_assert_uint_eq(info.color_space.primaries, 0);
    ck_assert_uint_eq(info.color_space.transfer, 14);
    ck_assert_uint_eq(info.color_space.matrix, 0);
    ck_assert_uint_eq(info.color_space.range, 0);
}
END_TEST

/* VF-09: rotation of any int, and what it does to the display size. */
START_TEST(rotation_is_the_nearest_quarter_and_swaps_the_display)
{
    static const int32_t degrees[][2] = {
        {0, 0},     {44, 0},  {45, 90},   {-45, 0}, {-46, 270}, {90, 90},    {-90, 270},      {-315, 90},
        {180, 180}, {359, 0}, {630, 270}, {315, 0}, {314, 270}, {-135, 270}, {INT32_MAX, 90}, {INT32_MIN, 270}};
    for (size_t i = 0; i < COUNT(degrees); i++) {
        webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_NV12, 12, 6);
        params.rotation = degrees[i][0];
        params.flip = 7;
        webc_frame_info info = create_info(&params);
        ck_assert_msg(info.rotation == degrees[i][1], "%d gives %d", degrees[i][0], info.rotation);
        ck_assert_uint_eq(info.display_width, degrees[i][1] % 180 ? 6 : 12);
        ck_assert_uint_eq(info.display_height, degrees[i][1] % 180 ? 12 : 6);
        ck_assert_uint_eq(info.flip, 1);
    }
}
END_TEST

/* VF-05, VF-10, T26: planes are copied from where they lie. */
START_TEST(planes_are_copied_from_any_offset_and_stride)
{
    for (size_t i = 0; i < 4096; i++)
        memory[i] = (uint8_t)(i * 31 + (i >> 8));
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 7, 5);
    params.layout_count = 3;
    params.layout[0] = (webc_plane_layout){500, 11};
    params.layout[1] = (webc_plane_layout){3, 9};
    params.layout[2] = (webc_plane_layout){100, 4};
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create(&frame, &params, memory, 555), WEBC_OK);
    uint8_t before[4096];
    memcpy(before, memory, sizeof before);
    memset(memory, 0, sizeof before);
    for (uint32_t p = 0; p < 3; p++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
        ck_assert_uint_eq(plane.rows, p ? 3 : 5);
        ck_assert_uint_eq(plane.row_bytes, p ? 4 : 7);
        for (uint32_t y = 0; y < plane.rows; y++)
            ck_assert_mem_eq(plane.data + (size_t)y * plane.stride,
                             before + params.layout[p].offset + y * params.layout[p].stride, plane.row_bytes);
    }
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(frame, 3, &plane), WEBC_ERROR_RANGE);
    ck_assert_int_eq(webc_frame_plane(frame, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_plane(NULL, 0, &plane), WEBC_ERROR_TYPE);
    webc_frame_unref(&frame);
    const void *planes[3] = {before, before + 1000, before + 7};
    const uint32_t strides[3] = {20, 5, 4};
    params.layout_count = 0;
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, strides), WEBC_OK);
    ck_assert_int_eq(webc_frame_plane(frame, 1, &plane), WEBC_OK);
    for (uint32_t y = 0; y < 3; y++)
        ck_assert_mem_eq(plane.data + (size_t)y * plane.stride, before + 1000 + y * 5, 4);
    webc_frame_unref(&frame);
    const uint32_t narrow[3] = {20, 3, 4};
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, narrow), WEBC_ERROR_TYPE);
    planes[2] = NULL;
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, strides), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, NULL, strides), WEBC_ERROR_TYPE);
    params.layout_count = 3;
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, strides), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
}
END_TEST

/* VF-01, VF-05, VF-06, T34, T36: each a TypeError. */
START_TEST(bad_layouts_and_sizes_are_refused)
{
    static const struct {
        uint32_t format, width, height, count;
        webc_plane_layout layout[4];
        uint64_t size;
        webc_result result;
    } cases[] = {
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 0, {{0, 0}}, 24, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 0, {{0, 0}}, 23, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 3, 3, 0, {{0, 0}}, 17, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, 3, 3, 0, {{0, 0}}, 16, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 1, 1, 0, {{0, 0}}, 3, WEBC_OK},
        {WEBC_PIXEL_FORMAT_NV12, 3, 3, 0, {{0, 0}}, 17, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 2, {{0, 4}, {16, 2}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 4, {{0, 4}, {16, 2}, {20, 2}, {24, 1}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 5, {{0, 4}, {16, 2}, {20, 2}, {24, 1}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 3, {{0, 3}, {16, 2}, {20, 2}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 3, {{0, 4}, {15, 2}, {20, 2}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 3, {{8, 4}, {4, 2}, {0, 2}}, 24, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 3, {{8, 4}, {5, 2}, {0, 2}}, 24, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 4, 3, {{4294967294u, 4}, {0, 2}, {4, 2}}, UINT64_MAX, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBA, 1, 2, 1, {{0, 2147483648u}}, UINT64_MAX, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBA, 4294967295u, 4294967295u, 0, {{0, 0}}, UINT64_MAX, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBA, 4294967295u, 4294967295u, 1, {{0, 4294967295u}}, UINT64_MAX, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4294967295u, 1, 0, {{0, 0}}, 64, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I444, 1, 4294967295u, 0, {{0, 0}}, 64, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 0, 4, 0, {{0, 0}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, 4, 0, 0, {{0, 0}}, 99, WEBC_ERROR_TYPE},
        {0, 4, 4, 0, {{0, 0}}, 99, WEBC_ERROR_TYPE},
        {24, 4, 4, 0, {{0, 0}}, 99, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420AP12, 4, 4, 0, {{0, 0}}, 999, WEBC_ERROR_NOT_SUPPORTED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_params params = params_of(cases[i].format, cases[i].width, cases[i].height);
        params.layout_count = cases[i].count;
        memcpy(params.layout, cases[i].layout, sizeof params.layout);
        ck_assert_msg(try_create(&params, cases[i].size) == cases[i].result, "case %zu: %s", i,
                      webc__error_text());
    }
    webc_frame *frame;
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 4, 4);
    ck_assert_int_eq(webc_frame_create(&frame, &params, NULL, 24), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create(NULL, &params, memory, 24), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create(&frame, NULL, memory, 24), WEBC_ERROR_TYPE);
    params.struct_size = 0;
    ck_assert_int_eq(try_create(&params, 24), WEBC_ERROR_TYPE);
}
END_TEST

/* VF-06, T36: what the spec allows and libavutil cannot hold. */
START_TEST(pictures_beyond_libavutil_are_refused_before_memory_is_taken)
{
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_RGBA, 32768, 16384);
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create(&frame, &params, memory, UINT64_MAX), WEBC_ERROR_NOT_SUPPORTED);
    const void *planes[1] = {memory};
    const uint32_t strides[1] = {UINT32_MAX};
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, strides), WEBC_ERROR_NOT_SUPPORTED);
    params = params_of(WEBC_PIXEL_FORMAT_RGBA, 1, 1);
    params.layout_count = 1;
    params.layout[0].stride = 2147483648u;
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, UINT64_MAX, NULL, NULL),
                     WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(webc__frame_planes_size(AV_PIX_FMT_GRAY8, 2147483647u, 1), 0);
    ck_assert_uint_eq(webc__frame_planes_size(AV_PIX_FMT_PAL8, 4, 4), 0);
}
END_TEST

/* VF-02, VF-03, VF-04: rectangle, grid and display sizes. */
START_TEST(the_visible_rectangle_lies_inside_and_on_the_chroma_grid)
{
    static const struct {
        uint32_t format;
        webc_rect rect;
        webc_result result;
    } cases[] = {
        {WEBC_PIXEL_FORMAT_I420, {2, 4, 3, 1}, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, {0, 0, 16, 8}, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I420, {1, 0, 2, 2}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I420, {0, 1, 2, 2}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_NV12, {1, 0, 2, 2}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I422, {2, 1, 2, 2}, WEBC_OK},
        {WEBC_PIXEL_FORMAT_I422, {1, 0, 2, 2}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_I444, {1, 1, 2, 2}, WEBC_OK},
        {WEBC_PIXEL_FORMAT_RGBX, {15, 7, 1, 1}, WEBC_OK},
        {WEBC_PIXEL_FORMAT_RGBX, {15, 7, 2, 1}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBX, {16, 7, 1, 1}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBX, {0, 0, 0, 8}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBX, {1, 0, 0, 0}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBX, {4294967295u, 0, 2, 1}, WEBC_ERROR_TYPE},
        {WEBC_PIXEL_FORMAT_RGBX, {1, 4294967295u, 1, 1}, WEBC_ERROR_TYPE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_params params = params_of(cases[i].format, 16, 8);
        params.visible_rect = cases[i].rect;
        ck_assert_msg(try_create(&params, sizeof memory) == cases[i].result, "case %zu: %s", i,
                      webc__error_text());
    }
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 16, 8);
    params.display_width = 3;
    ck_assert_int_eq(try_create(&params, sizeof memory), WEBC_ERROR_TYPE);
    params.display_height = 4294967295u;
    ck_assert_int_eq(try_create(&params, sizeof memory), WEBC_OK);
    params.has_color_space = 1;
    for (int i = 0; i < 4; i++) {
        uint32_t codes[4] = {1, 1, 1, 1};
        codes[i] = i == 3 ? 3 : 257;
        memcpy(&params.color_space, codes, sizeof codes);
        ck_assert_int_eq(try_create(&params, sizeof memory), WEBC_ERROR_TYPE);
    }
}
END_TEST

static void count_release(void *user)
{
    ++*(int *)user;
}

/* VF-10: adopted memory. */
START_TEST(lent_memory_is_given_back_once_after_the_last_reference)
{
    int released = 0;
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 8, 8);
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, 95, count_release, &released), WEBC_ERROR_TYPE);
    params.visible_rect = (webc_rect){1, 0, 2, 2};
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, 96, count_release, &released), WEBC_ERROR_TYPE);
    ck_assert_int_eq(released, 0);
    params.visible_rect = (webc_rect){2, 2, 4, 4};
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, 96, count_release, &released), WEBC_OK);
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(frame, 2, &plane), WEBC_OK);
    ck_assert_ptr_eq(plane.data, memory + 64 + 16 + 4 + 1);
    webc_frame *view;
    ck_assert_int_eq(webc_frame_create_view(&view, frame, NULL), WEBC_OK);
    ck_assert(view->foreign);
    AVFrame *visible = av_frame_alloc();
    ck_assert_int_eq(webc__frame_visible(frame, visible), WEBC_OK);
    ck_assert_ptr_eq(visible->data[0], memory + 2 * 8 + 2);
    ck_assert_int_eq(visible->width, 4);
    webc_frame *clone = webc_frame_ref(frame);
    webc_frame_unref(&frame);
    webc_frame_unref(&clone);
    webc_frame_unref(&view);
    ck_assert_int_eq(released, 0);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
    ck_assert_int_eq(av_buffer_get_ref_count(visible->buf[0]), 1);
    ck_assert(!av_buffer_is_writable(visible->buf[0]));
    av_frame_free(&visible);
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, 96, NULL, NULL), WEBC_OK);
    webc_frame_unref(&frame);
    webc_frame_unref(&frame);
    webc_frame_unref(NULL);
    ck_assert_ptr_null(webc_frame_ref(NULL));
    ck_assert_int_eq(webc_frame_timestamp(NULL), 0);
}
END_TEST

static webc_frame *view_of(const webc_frame *source, const webc_frame_view_params *params)
{
    webc_frame *view;
    ck_assert_msg(webc_frame_create_view(&view, source, params) == WEBC_OK, "%s", webc__error_text());
    ck_assert_ptr_eq(view->av->buf[0]->data, source->av->buf[0]->data);
    return view;
}

/* VF-11, VF-12, VF-13, VF-15, VF-16: one change at a time. */
START_TEST(a_view_changes_what_is_asked_and_keeps_the_rest)
{
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420A, 40, 20);
    params.visible_rect = (webc_rect){4, 2, 30, 10};
    params.display_width = 60;
    params.display_height = 10;
    params.timestamp = -7;
    params.duration = 5;
    params.has_duration = 1;
    webc_frame *source;
    ck_assert_int_eq(webc_frame_create(&source, &params, memory, sizeof memory), WEBC_OK);
    webc_frame *same = view_of(source, NULL);
    ck_assert_mem_eq(&same->info, &source->info, sizeof same->info);
    webc_frame_unref(&same);

    webc_frame_view_params change;
    webc_frame_view_params_init(&change, sizeof change);
    change.has_timestamp = 1;
    change.timestamp = 99;
    change.discard_alpha = 1;
    change.visible_rect = (webc_rect){0, 0, 15, 7};
    webc_frame *view = view_of(source, &change);
    ck_assert_uint_eq(view->info.format, WEBC_PIXEL_FORMAT_I420);
    ck_assert_uint_eq(view->info.plane_count, 3);
    ck_assert_int_eq(view->av->format, AV_PIX_FMT_YUV420P);
    ck_assert_ptr_null(view->av->data[3]);
    ck_assert_int_eq(view->info.timestamp, 99);
    ck_assert_uint_eq(view->info.duration, 5);
    ck_assert_uint_eq(view->info.coded_width, 40);
    ck_assert_uint_eq(view->info.display_width, 30);
    ck_assert_uint_eq(view->info.display_height, 7);
    webc_frame_unref(&view);

    change.visible_rect = (webc_rect){1, 0, 2, 2};
    ck_assert_int_eq(webc_frame_create_view(&view, source, &change), WEBC_ERROR_TYPE);
    change.visible_rect = (webc_rect){0, 0, 41, 2};
    ck_assert_int_eq(webc_frame_create_view(&view, source, &change), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(view);
    webc_frame_view_params_init(&change, sizeof change);
    change.display_height = 4;
    ck_assert_int_eq(webc_frame_create_view(&view, source, &change), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create_view(&view, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create_view(NULL, source, NULL), WEBC_ERROR_TYPE);
    webc_frame_unref(&source);
}
END_TEST

/* VF-14 and VF-15: base rotation and flip, added rotation and flip, resulting rotation and flip. */
START_TEST(orientations_combine_as_the_spec_says)
{
    static const int32_t cases[][6] = {
        {0, 0, 90, 0, 90, 0},   {90, 0, 90, 0, 180, 0}, {270, 0, 180, 0, 90, 0},
        {90, 1, 90, 0, 0, 1},   {0, 1, 90, 0, 270, 1},  {0, 1, 90, 1, 270, 0},
        {180, 0, 0, 1, 180, 1}, {90, 0, 0, 0, 90, 0},   {90, 1, -90, 1, 180, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_RGBA, 12, 6);
        params.rotation = cases[i][0];
        params.flip = (uint32_t)cases[i][1];
        webc_frame *source;
        ck_assert_int_eq(webc_frame_create(&source, &params, memory, sizeof memory), WEBC_OK);
        webc_frame_view_params change;
        webc_frame_view_params_init(&change, sizeof change);
        change.rotation = cases[i][2];
        change.flip = (uint32_t)cases[i][3];
        webc_frame *view = view_of(source, &change);
        ck_assert_int_eq(view->info.rotation, cases[i][4]);
        ck_assert_int_eq((int32_t)view->info.flip, cases[i][5]);
        ck_assert_uint_eq(view->info.display_width, cases[i][4] % 180 ? 6 : 12);
        ck_assert_uint_eq(view->info.display_height, cases[i][4] % 180 ? 12 : 6);
        webc_frame_unref(&view);
        webc_frame_unref(&source);
    }
}
END_TEST

static void *hold_and_drop(void *arg)
{
    webc_frame *const *frame = arg;
    for (int i = 0; i < 20000; i++) {
        webc_frame *mine = webc_frame_ref(*frame);
        webc_frame *view;
        if (i % 100 == 0 && webc_frame_create_view(&view, mine, NULL) == WEBC_OK)
            webc_frame_unref(&view);
        webc_frame_unref(&mine);
    }
    return NULL;
}

/* 4.2, H40: clone and close from many threads. */
START_TEST(references_may_be_taken_and_dropped_on_many_threads)
{
    int released = 0;
    webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, 8, 8);
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, 96, count_release, &released), WEBC_OK);
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hold_and_drop, &frame), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(released, 0);
    webc_frame_unref(&frame);
    ck_assert_int_eq(released, 1);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
}
END_TEST

/* Whole planes at once where rows have no padding (128), row by row where they have; the padding is zero. */
START_TEST(every_row_is_copied_and_what_is_behind_it_is_clear)
{
    static const uint32_t widths[] = {128, 64, 30};
    uint32_t seed = 1;
    mallopt(M_PERTURB, 0x5a);
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    for (size_t w = 0; w < COUNT(widths); w++) {
        webc_frame_params params = params_of(WEBC_PIXEL_FORMAT_I420, widths[w], 6);
        webc_frame *frame = NULL;
        ck_assert_int_eq(webc_frame_create(&frame, &params, memory, (uint64_t)widths[w] * 9), WEBC_OK);
        const uint8_t *source = memory;
        for (unsigned plane = 0; plane < 3; plane++) {
            size_t row_bytes = widths[w] >> !!plane, rows = plane ? 3 : 6;
            size_t stride = (size_t)frame->av->linesize[plane];
            const uint8_t *row = frame->av->data[plane];
            for (size_t y = 0; y < rows; y++, row += stride, source += row_bytes) {
                ck_assert_int_eq(memcmp(row, source, row_bytes), 0);
                for (size_t x = row_bytes; x < stride; x++)
                    ck_assert_uint_eq(row[x], 0);
            }
            for (size_t x = 0; x < 128; x++)
                ck_assert_uint_eq(row[x], 0);
        }
        webc_frame_unref(&frame);
    }
}
END_TEST

CHECK_MAIN("media_frame", 60, format_names_are_those_of_the_spec_and_read_back,
           plane_sizes_round_up_and_agree_with_libavutil,
           defaults_are_the_coded_size_and_the_colour_of_the_family,
           rotation_is_the_nearest_quarter_and_swaps_the_display, planes_are_copied_from_any_offset_and_stride,
           bad_layouts_and_sizes_are_refused, pictures_beyond_libavutil_are_refused_before_memory_is_taken,
           the_visible_rectangle_lies_inside_and_on_the_chroma_grid,
           lent_memory_is_given_back_once_after_the_last_reference,
           a_view_changes_what_is_asked_and_keeps_the_rest, orientations_combine_as_the_spec_says,
           references_may_be_taken_and_dropped_on_many_threads,
           every_row_is_copied_and_what_is_behind_it_is_clear)
