/* SPDX-License-Identifier: MIT */
/* Frames made from a decoder's pictures, native formats among them. Links media and shared. */
#include <string.h>

#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "shared/ledger.h"
#include "support_check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static AVFrame *picture_of(int av_format, int width, int height)
{
    AVFrame *av = av_frame_alloc();
    ck_assert_int_eq(webc__frame_alloc_planes(av, av_format, (uint32_t)width, (uint32_t)height), WEBC_OK);
    memset(av->buf[0]->data, 0, av->buf[0]->size);
    return av;
}

/* 4.1, VD-18: formats without a name are null and still readable. */
START_TEST(native_formats_without_a_name_are_read_by_plane)
{
    static const struct {
        int format;
        unsigned planes, depth;
        unsigned row_bytes[3], rows[3]; /* of a 7x5 rectangle */
        unsigned offset[3];             /* bytes in a row for column 4 */
        unsigned first_row[3];          /* for row 2 */
    } cases[] = {
        {AV_PIX_FMT_GBRP, 3, 8, {7, 7, 7}, {5, 5, 5}, {4, 4, 4}, {2, 2, 2}},
        {AV_PIX_FMT_GBRP10LE, 3, 10, {14, 14, 14}, {5, 5, 5}, {8, 8, 8}, {2, 2, 2}},
        {AV_PIX_FMT_GRAY8, 1, 8, {7}, {5}, {4}, {2}},
        {AV_PIX_FMT_GRAY10LE, 1, 10, {14}, {5}, {8}, {2}},
        {AV_PIX_FMT_YUV440P, 3, 8, {7, 7, 7}, {5, 3, 3}, {4, 4, 4}, {2, 1, 1}},
        {AV_PIX_FMT_YUV411P, 3, 8, {7, 2, 2}, {5, 5, 5}, {4, 1, 1}, {2, 2, 2}},
        {AV_PIX_FMT_P010LE, 2, 10, {14, 16}, {5, 3}, {8, 8}, {2, 1}},
        {AV_PIX_FMT_YUV420P9LE, 3, 9, {14, 8, 8}, {5, 3, 3}, {8, 4, 4}, {2, 1, 1}},
        {AV_PIX_FMT_YUYV422, 1, 8, {16}, {5}, {8}, {2}},
        {AV_PIX_FMT_RGB24, 1, 8, {21}, {5}, {12}, {2}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AVFrame *av = picture_of(cases[i].format, 16, 8);
        av->crop_left = 4;
        av->crop_top = 2;
        av->crop_right = 5;
        av->crop_bottom = 1;
        const uint8_t *base[3] = {av->data[0], av->data[1], av->data[2]};
        const webc__frame_tags tags = {0};
        webc_frame *frame;
        ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_OK);
        ck_assert_uint_eq(frame->info.format, 0);
        ck_assert_uint_eq(frame->info.plane_count, cases[i].planes);
        ck_assert_uint_eq(frame->info.bit_depth, cases[i].depth);
        uint64_t total = 0;
        for (uint32_t p = 0; p < cases[i].planes; p++) {
            webc_plane plane;
            webc_plane_init(&plane, sizeof plane);
            ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
            ck_assert_uint_eq(plane.row_bytes, cases[i].row_bytes[p]);
            ck_assert_uint_eq(plane.rows, cases[i].rows[p]);
            ck_assert_ptr_eq(plane.data, base[p] + cases[i].first_row[p] * plane.stride + cases[i].offset[p]);
            total += plane.row_bytes * plane.rows;
        }
        ck_assert_uint_eq(webc__frame_byte_size(frame), total);
        webc_frame_unref(&frame);
        av_frame_free(&av);
    }
}
END_TEST

/* VD-15, VD-16, VD-17, T28, T29, T31: what a decoder says about a picture. */
START_TEST(a_decoded_picture_brings_its_crop_aspect_and_colour)
{
    static const struct {
        AVRational sample_aspect;
        uint32_t aspect_w, aspect_h;
        int32_t rotation;
        uint32_t display_w, display_h;
    } cases[] = {
        {{0, 1}, 0, 0, 0, 12, 6},   {{4, 3}, 0, 0, 0, 16, 6},   {{3, 4}, 0, 0, 0, 12, 8},
        {{4, 3}, 0, 0, 90, 6, 16},  {{4, 3}, 1, 1, 0, 16, 16},  {{4, 3}, 4, 1, 0, 24, 6},
        {{0, 1}, 4, 1, 270, 6, 24}, {{0, 0}, 0, 0, 180, 12, 6}, {{-4, 3}, 0, 0, 0, 12, 6},
        {{1, 1}, 2, 1, 0, 12, 6},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AVFrame *av = picture_of(AV_PIX_FMT_YUV420P, 16, 8);
        av->crop_left = 2;
        av->crop_right = 2;
        av->crop_top = 2;
        av->sample_aspect_ratio = cases[i].sample_aspect;
        av->pts = 1234;
        av->pict_type = AV_PICTURE_TYPE_I;
        const webc__frame_tags tags = {.timestamp = INT64_MAX,
                                       .display_aspect_width = cases[i].aspect_w,
                                       .display_aspect_height = cases[i].aspect_h,
                                       .rotation = cases[i].rotation};
        webc_frame *frame;
        ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_OK);
        ck_assert_ptr_null(av->buf[0]);
        ck_assert_uint_eq(frame->info.coded_width, 16);
        ck_assert_uint_eq(frame->info.visible_rect.x, 2);
        ck_assert_uint_eq(frame->info.visible_rect.y, 2);
        ck_assert_uint_eq(frame->info.visible_rect.width, 12);
        ck_assert_uint_eq(frame->info.visible_rect.height, 6);
        ck_assert_msg(frame->info.display_width == cases[i].display_w &&
                          frame->info.display_height == cases[i].display_h,
                      "case %zu: %ux%u", i, frame->info.display_width, frame->info.display_height);
        ck_assert_int_eq(frame->info.timestamp, INT64_MAX);
        ck_assert(!frame->av->crop_left && !frame->av->crop_top && !frame->av->crop_right);
        ck_assert_int_eq(frame->av->pts, AV_NOPTS_VALUE);
        ck_assert_int_eq(frame->av->pict_type, AV_PICTURE_TYPE_NONE);
        ck_assert(!frame->foreign);
        webc_frame_unref(&frame);
        av_frame_free(&av);
    }
    AVFrame *av = picture_of(AV_PIX_FMT_YUVJ420P, 16, 8);
    av->colorspace = AVCOL_SPC_BT470BG;
    av->color_trc = AVCOL_TRC_RESERVED0;
    const webc__frame_tags tags = {
        .color_space = {9, 0, 0, 0}, .has_duration = true, .duration = 4, .flip = true};
    webc_frame *frame;
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_OK);
    ck_assert_uint_eq(frame->info.format, WEBC_PIXEL_FORMAT_I420);
    ck_assert_int_eq(frame->av->format, AV_PIX_FMT_YUV420P);
    ck_assert_uint_eq(frame->info.color_space.primaries, 9);
    ck_assert_uint_eq(frame->info.color_space.transfer, 0);
    ck_assert_uint_eq(frame->info.color_space.matrix, 5);
    ck_assert_uint_eq(frame->info.color_space.range, WEBC_COLOR_RANGE_FULL);
    ck_assert_int_eq(frame->av->color_range, AVCOL_RANGE_JPEG);
    ck_assert_int_eq(frame->av->color_primaries, AVCOL_PRI_BT2020);
    ck_assert_uint_eq(frame->info.duration, 4);
    ck_assert_uint_eq(frame->info.flip, 1);
    webc_frame_unref(&frame);
    av_frame_free(&av);
}
END_TEST

/* VD-15: RGB of which nothing is known is sRGB, the rest REC709; what is known is not made more of. */
START_TEST(unknown_colour_is_that_of_the_format)
{
    static const webc_color_space none = {0, 0, 0, 0}, srgb = {1, 13, WEBC_COLOR_MATRIX_RGB, 2},
                                  rec709 = {1, 1, 1, 1};
    static const webc_color_space coded = {9, 0, 9, 0}, over = {0, 16, 1, 0}, both = {9, 16, 1, 0};
    webc_color_space color = webc__color_pick(none, &none, 1);
    ck_assert_mem_eq(&color, &srgb, sizeof color);
    color = webc__color_pick(none, &none, 0);
    ck_assert_mem_eq(&color, &rec709, sizeof color);
    color = webc__color_pick(coded, &over, 0);
    ck_assert_mem_eq(&color, &both, sizeof color);
    color = webc__color_pick(none, &over, 1);
    ck_assert_mem_eq(&color, &over, sizeof color);
}
END_TEST

START_TEST(pictures_that_cannot_be_read_are_refused_and_left_alone)
{
    const webc__frame_tags tags = {0};
    webc_frame *frame;
    AVFrame *av = av_frame_alloc();
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_NOT_SUPPORTED);
    static const int formats[] = {AV_PIX_FMT_PAL8, AV_PIX_FMT_MONOBLACK, AV_PIX_FMT_VAAPI,
                                  AV_PIX_FMT_BAYER_BGGR8};
    for (size_t i = 0; i < COUNT(formats); i++) {
        av->format = formats[i];
        ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_uint_eq(webc__layout_plane_count(formats[i]), 0);
    }
    av->format = AV_PIX_FMT_YUV420P;
    av->width = av->height = 4;
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_TYPE);
    av_frame_free(&av);
    av = picture_of(AV_PIX_FMT_YUV420P, 16, 8);
    const uint8_t *data = av->data[0];
    av->crop_left = SIZE_MAX;
    av->crop_right = 2;
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_TYPE);
    av->crop_left = 14;
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(frame);
    ck_assert_ptr_eq(av->data[0], data);
    av->crop_left = 13; /* between two chroma samples */
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_ERROR_TYPE);
    av->crop_left = 12;
    ck_assert_int_eq(webc__frame_adopt(&frame, av, &tags), WEBC_OK);
    webc_frame_unref(&frame);
    av_frame_free(&av);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
}
END_TEST

START_TEST(own_planes_are_aligned_with_room_behind)
{
    for (uint32_t f = 1; f <= WEBC_PIXEL_FORMAT_BGRX; f++) {
        const webc__pixel_format *row = webc__pixel_format_get(f);
        if (row->av_format == AV_PIX_FMT_NONE)
            continue;
        AVFrame *av = picture_of(row->av_format, 61, 5);
        const uint8_t *end = av->buf[0]->data + av->buf[0]->size;
        for (unsigned p = 0; p < row->planes; p++) {
            uint64_t bytes, rows;
            webc__pixel_format_plane_size(row, p, 61, 5, &bytes, &rows);
            ck_assert_int_eq(av->linesize[p] % 64, 0);
            ck_assert_uint_eq((uintptr_t)av->data[p] % 64, 0);
            const uint8_t *behind = av->data[p] + (uint64_t)av->linesize[p] * rows;
            ck_assert(behind + 64 <= (p + 1 < row->planes ? av->data[p + 1] : end));
        }
        av_frame_free(&av);
    }
}
END_TEST

CHECK_MAIN("media_picture", 60, native_formats_without_a_name_are_read_by_plane,
           a_decoded_picture_brings_its_crop_aspect_and_colour, unknown_colour_is_that_of_the_format,
           pictures_that_cannot_be_read_are_refused_and_left_alone, own_planes_are_aligned_with_room_behind)
