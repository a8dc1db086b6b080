/* SPDX-License-Identifier: MIT */
/* The scaler: colour accuracy, exact copies, crops, alpha, foreign memory. Links codec, media and shared. */
#include <string.h>

#include "media/color_map.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "scaler_support.h"
#include "shared/error.h"
#include "shared/ledger.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* CS-01, T33: nulls stay null where nothing is decided. */
START_TEST(absent_colour_stays_absent_between_yuv_formats_and_is_declared_for_rgb)
{
    webc_frame *yuv = scaler_frame(WEBC_PIXEL_FORMAT_I444, 16, 16, NULL, 3);
    yuv->info.color_space = (webc_color_space){0};
    AVFrame *out = scaler_run(yuv, WEBC_PIXEL_FORMAT_I420, 8, 8, (webc_color_space){0});
    webc_color_space color = webc__color_from_av(out);
    ck_assert(!color.primaries && !color.transfer && !color.matrix && !color.range);
    av_frame_free(&out);
    out = scaler_run(yuv, WEBC_PIXEL_FORMAT_RGBA, 16, 16, (webc_color_space){0});
    color = webc__color_from_av(out);
    ck_assert_uint_eq(color.primaries, WEBC_COLOR_PRIMARIES_BT709);
    ck_assert_uint_eq(color.transfer, WEBC_COLOR_TRANSFER_IEC61966_2_1);
    ck_assert_uint_eq(color.matrix, WEBC_COLOR_MATRIX_RGB);
    ck_assert_uint_eq(color.range, WEBC_COLOR_RANGE_FULL);
    av_frame_free(&out);
    yuv->info.color_space = (webc_color_space){WEBC_COLOR_PRIMARIES_BT2020, WEBC_COLOR_TRANSFER_PQ,
                                               WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_RANGE_LIMITED};
    out = scaler_run(yuv, WEBC_PIXEL_FORMAT_RGBA, 16, 16, (webc_color_space){0});
    color = webc__color_from_av(out);
    ck_assert_uint_eq(color.primaries, WEBC_COLOR_PRIMARIES_BT2020);
    ck_assert_uint_eq(color.transfer, WEBC_COLOR_TRANSFER_PQ);
    av_frame_free(&out);
    webc_frame_unref(&yuv);
    webc_frame *rgb = scaler_frame(WEBC_PIXEL_FORMAT_RGBX, 16, 16, NULL, 3);
    out = scaler_run(rgb, WEBC_PIXEL_FORMAT_I420, 16, 16, (webc_color_space){0});
    color = webc__color_from_av(out);
    ck_assert_uint_eq(color.primaries, WEBC_COLOR_PRIMARIES_BT709);
    ck_assert_uint_eq(color.transfer, WEBC_COLOR_TRANSFER_BT709);
    ck_assert_uint_eq(color.matrix, WEBC_COLOR_MATRIX_BT709);
    ck_assert_uint_eq(color.range, WEBC_COLOR_RANGE_LIMITED);
    av_frame_free(&out);
    webc_frame_unref(&rgb);
}
END_TEST

/* EN-02, T27: no copy, no change. */
START_TEST(a_picture_that_needs_no_change_is_referred_to_and_not_copied)
{
    const webc_rect crop = {4, 2, 9, 7};
    for (uint32_t format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        if (format == WEBC_PIXEL_FORMAT_I420AP12)
            continue;
        webc_frame *frame = scaler_frame(format, 32, 16, &crop, format);
        AVFrame *out = scaler_run(frame, format, 9, 7, (webc_color_space){0});
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        for (uint32_t p = 0; p < frame->info.plane_count; p++) {
            ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
            ck_assert_ptr_eq(out->data[p], plane.data);
        }
        webc_frame_unref(&frame);
        ck_assert_ptr_nonnull(out->buf[0]);
        av_frame_free(&out);
    }
}
END_TEST

static void count_release(void *user)
{
    ++*(int *)user;
}

/* T26: lent memory is copied before libswscale or an encoder sees it. */
START_TEST(foreign_memory_is_copied_and_given_back)
{
    static uint8_t memory[17 * 9 * 4];
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)(i * 7);
    for (int convert = 0; convert < 2; convert++) {
        int released = 0;
        webc_frame_params params;
        webc_frame_params_init(&params, sizeof params);
        params.format = WEBC_PIXEL_FORMAT_RGBA;
        params.coded_width = 17;
        params.coded_height = 9;
        params.visible_rect = (webc_rect){1, 1, 15, 7};
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_wrap(&frame, &params, memory, sizeof memory, count_release, &released), 0);
        AVFrame *out = scaler_run(frame, convert ? WEBC_PIXEL_FORMAT_BGRA : WEBC_PIXEL_FORMAT_RGBA, 15, 7,
                                  (webc_color_space){0});
        webc_frame_unref(&frame);
        ck_assert_int_eq(released, 1);
        for (unsigned y = 0; y < 7; y++)
            for (unsigned x = 0; x < 15 * 4; x++) {
                unsigned from = convert && x % 4 != 3 && x % 2 == 0 ? x ^ 2 : x;
                ck_assert_uint_eq(scaler_sample(out, 0, x, y, 1), memory[(y + 1) * 17 * 4 + 4 + from]);
            }
        av_frame_free(&out);
    }
}
END_TEST

/* Both pictures have `to`'s samples at `shift` bits above `from`'s. */
static void check_depth(uint32_t from, uint32_t to, int shift)
{
    webc_frame *source = scaler_frame(from, 21, 5, NULL, from + to);
    source->info.color_space.range = WEBC_COLOR_RANGE_LIMITED;
    const webc__pixel_format *in = webc__pixel_format_get(from);
    const webc__pixel_format *row = webc__pixel_format_get(to);
    AVFrame *out = scaler_run(source, to, 21, 5, (webc_color_space){0});
    for (unsigned p = 0; p < row->planes; p++) {
        uint64_t bytes, rows;
        webc__pixel_format_plane_size(row, p, 21, 5, &bytes, &rows);
        for (unsigned y = 0; y < rows; y++)
            for (unsigned x = 0; x < bytes / row->sample_bytes; x++) {
                unsigned value = scaler_sample(source->av, p, x, y, in->sample_bytes) << shift;
                /* Alpha has no limited range: its peak stays the peak. */
                if (p == 3)
                    value |= value >> in->bit_depth;
                ck_assert_msg(scaler_sample(out, p, x, y, row->sample_bytes) == value,
                              "%s to %s plane %u at %u,%u: %u is not %u", in->name, row->name, p, x, y,
                              scaler_sample(out, p, x, y, row->sample_bytes), value);
            }
    }
    webc_frame_unref(&source);
    av_frame_free(&out);
}

/* EN-02, CT-12: 8 to 10 and 12 bits. */
START_TEST(more_bits_are_an_exact_multiple)
{
    check_depth(WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_I420P10, 2);
    check_depth(WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_I420P12, 4);
    check_depth(WEBC_PIXEL_FORMAT_I420P10, WEBC_PIXEL_FORMAT_I420P12, 2);
    check_depth(WEBC_PIXEL_FORMAT_I422, WEBC_PIXEL_FORMAT_I422P12, 4);
    check_depth(WEBC_PIXEL_FORMAT_I444, WEBC_PIXEL_FORMAT_I444P10, 2);
    check_depth(WEBC_PIXEL_FORMAT_I420A, WEBC_PIXEL_FORMAT_I420AP10, 2);
}
END_TEST

/* EN-02, CT-12: 12 and 10 to 8 bits. */
START_TEST(fewer_bits_give_the_nearest_samples_and_black_and_white_stay)
{
    static const uint32_t pairs[][3] = {{WEBC_PIXEL_FORMAT_I420P10, WEBC_PIXEL_FORMAT_I420, 2},
                                        {WEBC_PIXEL_FORMAT_I420P12, WEBC_PIXEL_FORMAT_I420, 4},
                                        {WEBC_PIXEL_FORMAT_I422P10, WEBC_PIXEL_FORMAT_I422, 2},
                                        {WEBC_PIXEL_FORMAT_I444P12, WEBC_PIXEL_FORMAT_I444, 4},
                                        {WEBC_PIXEL_FORMAT_I420P12, WEBC_PIXEL_FORMAT_I420P10, 2},
                                        {WEBC_PIXEL_FORMAT_I420P10, WEBC_PIXEL_FORMAT_NV12, 2},
                                        {WEBC_PIXEL_FORMAT_I444P10, WEBC_PIXEL_FORMAT_I420, 2}};
    static const unsigned levels[] = {16, 17, 100, 128, 200, 234, 235};
    for (size_t i = 0; i < COUNT(pairs); i++)
        for (size_t l = 0; l < COUNT(levels); l++) {
            const webc__pixel_format *to = webc__pixel_format_get(pairs[i][1]);
            unsigned wide = levels[l] << (to->bit_depth - 8);
            unsigned value[4] = {wide << pairs[i][2], wide << pairs[i][2], wide << pairs[i][2], 0};
            webc_frame *source = scaler_flat(pairs[i][0], 18, 6, value, (webc_color_space){1, 1, 1, 1});
            AVFrame *out = scaler_run(source, pairs[i][1], 18, 6, (webc_color_space){0});
            for (unsigned p = 0; p < to->planes; p++)
                for (unsigned x = 0; x < 9; x++)
                    ck_assert_msg(scaler_sample(out, p, x, 2, to->sample_bytes) == wide,
                                  "%s plane %u: %u is not %u", to->name, p,
                                  scaler_sample(out, p, x, 2, to->sample_bytes), wide);
            webc_frame_unref(&source);
            av_frame_free(&out);
        }
}
END_TEST

/* EN-02, T30, T34: every width up to 39, odd ones too. */
START_TEST(i420_and_nv12_hold_the_same_samples)
{
    for (uint32_t width = 1; width < 40; width++) {
        webc_frame *source = scaler_frame(WEBC_PIXEL_FORMAT_I420, width, 5, NULL, width);
        AVFrame *nv12 = scaler_run(source, WEBC_PIXEL_FORMAT_NV12, width, 5, (webc_color_space){0});
        for (unsigned y = 0; y < 3; y++)
            for (unsigned x = 0; x < (width + 1) / 2; x++) {
                ck_assert_uint_eq(scaler_sample(nv12, 1, 2 * x, y, 1), scaler_sample(source->av, 1, x, y, 1));
                ck_assert_uint_eq(scaler_sample(nv12, 1, 2 * x + 1, y, 1),
                                  scaler_sample(source->av, 2, x, y, 1));
            }
        for (unsigned y = 0; y < 5; y++)
            for (unsigned x = 0; x < width; x++)
                ck_assert_uint_eq(scaler_sample(nv12, 0, x, y, 1), scaler_sample(source->av, 0, x, y, 1));
        webc_frame_unref(&source);
        av_frame_free(&nv12);
    }
}
END_TEST

/* EN-07, T47: alpha discard. */
START_TEST(alpha_is_dropped_without_a_copy_and_without_blending)
{
    static const uint32_t pairs[][2] = {{WEBC_PIXEL_FORMAT_I420A, WEBC_PIXEL_FORMAT_I420},
                                        {WEBC_PIXEL_FORMAT_I444AP10, WEBC_PIXEL_FORMAT_I444P10},
                                        {WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_RGBX},
                                        {WEBC_PIXEL_FORMAT_BGRA, WEBC_PIXEL_FORMAT_BGRX}};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        webc_frame *source = scaler_frame(pairs[i][0], 16, 8, NULL, 5);
        AVFrame *out = scaler_run(source, pairs[i][1], 16, 8, (webc_color_space){0});
        ck_assert_ptr_eq(out->data[0], source->av->data[0]);
        ck_assert_ptr_null(out->data[3]);
        webc_frame_unref(&source);
        av_frame_free(&out);
    }
    const unsigned clear[4] = {180, 90, 30, 0};
    webc_frame *source =
        scaler_flat(WEBC_PIXEL_FORMAT_RGBA, 16, 8, clear, webc__color_complete((webc_color_space){0}, 1));
    AVFrame *out = scaler_run(source, WEBC_PIXEL_FORMAT_I420, 16, 8, (webc_color_space){0});
    double expected[3];
    scaler_yuv(&scaler_matrices[0], false, 8, (const double[]){180 / 255.0, 90 / 255.0, 30 / 255.0}, expected);
    scaler_near((int)scaler_sample(out, 0, 3, 3, 1), expected[0], 2, "luma of a transparent pixel");
    webc_frame_unref(&source);
    av_frame_free(&out);
    const unsigned yuva[4] = {100, 110, 120, 0};
    source = scaler_flat(WEBC_PIXEL_FORMAT_I444A, 16, 8, yuva, (webc_color_space){1, 1, 1, 1});
    out = scaler_run(source, WEBC_PIXEL_FORMAT_I420, 8, 4, (webc_color_space){0});
    ck_assert_uint_eq(scaler_sample(out, 0, 3, 3, 1), 100);
    ck_assert_uint_eq(scaler_sample(out, 1, 1, 1, 1), 110);
    webc_frame_unref(&source);
    av_frame_free(&out);
}
END_TEST

/* EN-07: alpha that is made up is opaque. */
START_TEST(a_picture_without_alpha_becomes_opaque)
{
    static const uint32_t targets[][2] = {{WEBC_PIXEL_FORMAT_RGBA, 255},
                                          {WEBC_PIXEL_FORMAT_BGRA, 255},
                                          {WEBC_PIXEL_FORMAT_I444A, 255},
                                          {WEBC_PIXEL_FORMAT_I420AP10, 1023}};
    static const uint32_t sources[] = {WEBC_PIXEL_FORMAT_RGBX, WEBC_PIXEL_FORMAT_BGRX, WEBC_PIXEL_FORMAT_I420};
    for (size_t f = 0; f < COUNT(sources); f++)
        for (size_t t = 0; t < COUNT(targets); t++)
            for (uint32_t width = 16; width <= 24; width += 8) {
                const unsigned value[4] = {100, 120, 140, 0};
                webc_frame *source = scaler_flat(sources[f], 16, 8, value, (webc_color_space){0});
                AVFrame *out = scaler_run(source, targets[t][0], width, 8, (webc_color_space){0});
                bool rgb = webc__pixel_format_get(targets[t][0])->rgb;
                unsigned bytes = targets[t][1] > 255 ? 2 : 1;
                for (unsigned x = 0; x < width; x++)
                    ck_assert_uint_eq(scaler_sample(out, rgb ? 0 : 3, rgb ? 4 * x + 3 : x, 5, bytes),
                                      targets[t][1]);
                webc_frame_unref(&source);
                av_frame_free(&out);
            }
}
END_TEST

/* The pixels of a frame's visible part as a frame that is nothing but them. */
static webc_frame *cut_out(const webc_frame *frame)
{
    const void *planes[4] = {NULL};
    uint32_t strides[4] = {0};
    for (uint32_t p = 0; p < frame->info.plane_count; p++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
        planes[p] = plane.data;
        strides[p] = plane.stride;
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = frame->info.format;
    params.coded_width = frame->info.visible_rect.width;
    params.coded_height = frame->info.visible_rect.height;
    webc_frame *out;
    ck_assert_int_eq(webc_frame_create_from_planes(&out, &params, planes, strides), WEBC_OK);
    return out;
}

static void assert_same_pixels(const AVFrame *a, const AVFrame *b, const char *what)
{
    for (unsigned p = 0; p < webc__layout_plane_count(a->format); p++) {
        webc__layout_grid grid = webc__layout_plane_grid(a->format, p);
        uint64_t bytes = webc__layout_row_bytes(&grid, (uint32_t)a->width);
        for (uint64_t y = 0; y < webc__layout_rows(&grid, (uint32_t)a->height); y++)
            ck_assert_msg(!memcmp(a->data[p] + y * (uint64_t)a->linesize[p],
                                  b->data[p] + y * (uint64_t)b->linesize[p], bytes),
                          "%s: plane %u row %llu differs", what, p, (unsigned long long)y);
    }
}

/* EN-01, T37: the visible area, not the coded one, in every format. */
START_TEST(a_crop_is_converted_as_if_it_were_the_whole_picture)
{
    static const uint32_t targets[] = {WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_NV12, WEBC_PIXEL_FORMAT_RGBA,
                                       WEBC_PIXEL_FORMAT_I444P10};
    static const uint32_t sizes[][2] = {{0, 0}, {16, 16}, {50, 34}, {7, 3}};
    for (uint32_t format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        const webc__pixel_format *row = webc__pixel_format_get(format);
        if (row->av_format == AV_PIX_FMT_NONE)
            continue;
        for (uint32_t origin = 1; origin < 4; origin++) {
            const webc_rect crop = {origin << row->chroma_shift_x, origin << row->chroma_shift_y, 23 + origin,
                                    11 + origin};
            webc_frame *whole = scaler_frame(format, 40, 24, &crop, format * origin);
            webc_frame *alone = cut_out(whole);
            for (size_t t = 0; t < COUNT(targets); t++)
                for (size_t s = 0; s < COUNT(sizes); s++) {
                    uint32_t w = sizes[s][0] ? sizes[s][0] : crop.width;
                    uint32_t h = sizes[s][1] ? sizes[s][1] : crop.height;
                    AVFrame *a = scaler_run(whole, targets[t], w, h, (webc_color_space){0});
                    AVFrame *b = scaler_run(alone, targets[t], w, h, (webc_color_space){0});
                    char what[128];
                    snprintf(what, sizeof what, "%s at %u,%u to %s %ux%u", row->name, crop.x, crop.y,
                             webc_pixel_format_name(targets[t]), w, h);
                    assert_same_pixels(a, b, what);
                    av_frame_free(&a);
                    av_frame_free(&b);
                }
            webc_frame_unref(&whole);
            webc_frame_unref(&alone);
        }
    }
}
END_TEST

/* T27: buffers that are held are not reused. */
START_TEST(an_output_that_is_held_is_never_written_again)
{
    webc__scaler *scaler = webc__scaler_create();
    webc__scaler_target target = {AV_PIX_FMT_YUV420P, 8, 8, {0}, false, 0};
    AVFrame *held[6];
    for (unsigned i = 0; i < COUNT(held); i++) {
        const unsigned value[4] = {20 + i, 30 + i, 40 + i};
        webc_frame *source = scaler_flat(WEBC_PIXEL_FORMAT_I420, 16, 16, value, (webc_color_space){1, 1, 1, 1});
        held[i] = av_frame_alloc();
        ck_assert_int_eq(webc__scaler_run(scaler, source, &target, held[i]), WEBC_OK);
        webc_frame_unref(&source);
    }
    webc__scaler_free(&scaler);
    for (unsigned i = 0; i < COUNT(held); i++) {
        ck_assert_uint_eq(scaler_sample(held[i], 0, 7, 7, 1), 20 + i);
        ck_assert_uint_eq(scaler_sample(held[i], 2, 3, 3, 1), 40 + i);
        av_frame_free(&held[i]);
    }
}
END_TEST

START_TEST(one_scaler_follows_changing_sources_and_targets)
{
    webc__scaler *scaler = webc__scaler_create();
    for (unsigned round = 0; round < 12; round++) {
        const unsigned value[4] = {100, 90 + round, 140};
        uint32_t source_matrix = round & 1 ? WEBC_COLOR_MATRIX_BT709 : WEBC_COLOR_MATRIX_SMPTE170M;
        webc_frame *source = scaler_flat(round & 2 ? WEBC_PIXEL_FORMAT_I444 : WEBC_PIXEL_FORMAT_I420,
                                         12 + round, 10, value, (webc_color_space){1, 1, source_matrix, 1});
        webc__scaler_target target = {
            round & 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_YUV420P, 20, 30 - round, {0}, false, 0};
        AVFrame *out = av_frame_alloc();
        AVFrame *fresh = scaler_run(source, round & 4 ? WEBC_PIXEL_FORMAT_RGBA : WEBC_PIXEL_FORMAT_I420, 20,
                                    30 - round, (webc_color_space){0});
        ck_assert_int_eq(webc__scaler_run(scaler, source, &target, out), WEBC_OK);
        assert_same_pixels(out, fresh, "reused scaler");
        av_frame_free(&out);
        av_frame_free(&fresh);
        webc_frame_unref(&source);
    }
    webc__scaler_free(&scaler);
}
END_TEST

START_TEST(what_swscale_cannot_do_is_refused_with_the_reason)
{
    webc__scaler *scaler = webc__scaler_create();
    AVFrame *out = av_frame_alloc();
    webc_frame *frame = scaler_frame(WEBC_PIXEL_FORMAT_I444, 8, 8, NULL, 1);
    frame->info.color_space.matrix = 8;
    webc__scaler_target target = {AV_PIX_FMT_RGBA, 8, 8, {0}, false, 0};
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc__error_text(), "code 8"));
    frame->info.color_space.matrix = 1;
    target.color.range = WEBC_COLOR_RANGE_LIMITED;
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc__error_text(), "limited-range RGB"));
    target.color.range = 0;
    frame->info.color_space.matrix = 8;
    target.av_format = AV_PIX_FMT_YUV420P;
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_OK);
    av_frame_unref(out);
    target.av_format = AV_PIX_FMT_PAL8;
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_ERROR_NOT_SUPPORTED);
    target = (webc__scaler_target){AV_PIX_FMT_YUV420P, 0, 8, {0}, false, 0};
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_ERROR_NOT_SUPPORTED);
    target = (webc__scaler_target){AV_PIX_FMT_YUV420P, INT32_MAX, INT32_MAX, {0}, false, 0};
    frame->info.color_space.matrix = 1;
    ck_assert_int_lt(webc__scaler_run(scaler, frame, &target, out), 0);
    webc_frame_unref(&frame);
    frame = scaler_frame(WEBC_PIXEL_FORMAT_RGBA, 8, 8, NULL, 1);
    frame->info.color_space.range = WEBC_COLOR_RANGE_LIMITED;
    target = (webc__scaler_target){AV_PIX_FMT_YUV420P, 8, 8, {0}, false, 0};
    ck_assert_int_eq(webc__scaler_run(scaler, frame, &target, out), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc__error_text(), "limited-range RGB"));
    webc_frame_unref(&frame);
    av_frame_free(&out);
    webc__scaler_free(&scaler);
    webc__scaler_free(NULL);
}
END_TEST

CHECK_MAIN("codec_scaler", 120, absent_colour_stays_absent_between_yuv_formats_and_is_declared_for_rgb,
           a_picture_that_needs_no_change_is_referred_to_and_not_copied,
           foreign_memory_is_copied_and_given_back, more_bits_are_an_exact_multiple,
           fewer_bits_give_the_nearest_samples_and_black_and_white_stay, i420_and_nv12_hold_the_same_samples,
           alpha_is_dropped_without_a_copy_and_without_blending, a_picture_without_alpha_becomes_opaque,
           a_crop_is_converted_as_if_it_were_the_whole_picture, an_output_that_is_held_is_never_written_again,
           one_scaler_follows_changing_sources_and_targets, what_swscale_cannot_do_is_refused_with_the_reason)
