/* SPDX-License-Identifier: MIT */
/* Colour of the scaler: matrix and range of flat pictures, between all families. Links codec, media and shared.
 */
#include <math.h>

#include "media/color_map.h"
#include "media/pixel_format.h"
#include "scaler_support.h"
#include "shared/ledger.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const uint8_t patches[][3] = {
    {0, 0, 0},       {255, 255, 255}, {255, 0, 0},    {0, 255, 0},     {0, 0, 255},
    {255, 255, 0},   {0, 255, 255},   {255, 0, 255},  {128, 128, 128}, {16, 16, 16},
    {235, 235, 235}, {200, 100, 50},  {50, 100, 200}, {10, 250, 130},
};

static const uint32_t yuv_formats[] = {
    WEBC_PIXEL_FORMAT_I420,    WEBC_PIXEL_FORMAT_I422,    WEBC_PIXEL_FORMAT_I444,    WEBC_PIXEL_FORMAT_NV12,
    WEBC_PIXEL_FORMAT_I420P10, WEBC_PIXEL_FORMAT_I422P10, WEBC_PIXEL_FORMAT_I444P12, WEBC_PIXEL_FORMAT_I420A,
};

static const uint32_t sizes[][2] = {{18, 6}, {7, 3}, {1, 1}};

/* The RGB of 0 to 1 that samples stand for: the inverse of scaler_yuv(). */
static void rgb_of(const scaler_matrix *m, bool full, unsigned depth, const unsigned yuv[3], double rgb[3])
{
    double scale = 1 << (depth - 8);
    double peak = (1 << depth) - 1;
    double y = full ? yuv[0] / peak : (yuv[0] / scale - 16) / 219;
    double u = full ? (yuv[1] - 128 * scale) / peak : (yuv[1] / scale - 128) / 224;
    double v = full ? (yuv[2] - 128 * scale) / peak : (yuv[2] / scale - 128) / 224;
    rgb[0] = y + 2 * (1 - m->kr) * v;
    rgb[2] = y + 2 * (1 - m->kb) * u;
    rgb[1] = (y - m->kr * rgb[0] - m->kb * rgb[2]) / (1 - m->kr - m->kb);
}

/* Every sample of a picture that should be flat; alpha must be opaque. */
static void check_flat_yuv(const AVFrame *av, const webc__pixel_format *row, const double expected[3],
                           double tolerance, const char *what)
{
    const unsigned bytes = row->sample_bytes;
    for (unsigned p = 0; p < row->planes; p++) {
        uint64_t row_bytes, rows;
        webc__pixel_format_plane_size(row, p, (uint32_t)av->width, (uint32_t)av->height, &row_bytes, &rows);
        for (unsigned y = 0; y < rows; y++)
            for (unsigned x = 0; x < row_bytes / bytes; x++) {
                unsigned component = p == 1 && row->planes == 2 ? 1 + (x & 1) : p;
                double wanted = component == 3 ? (1 << row->bit_depth) - 1 : expected[component];
                scaler_near((int)scaler_sample(av, p, x, y, bytes), wanted, component == 3 ? 0 : tolerance,
                            what);
            }
    }
}

static void check_patch(const scaler_matrix *m, uint32_t range, uint32_t format, const uint8_t rgb[3])
{
    const webc__pixel_format *row = webc__pixel_format_get(format);
    const unsigned rgba[4] = {rgb[0], rgb[1], rgb[2], 255};
    const double wanted_rgb[3] = {rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0};
    const webc_color_space srgb = webc__color_complete((webc_color_space){0}, 1);
    double expected[3];
    scaler_yuv(m, range == WEBC_COLOR_RANGE_FULL, row->bit_depth, wanted_rgb, expected);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        const uint32_t width = sizes[s][0], height = sizes[s][1];
        char what[128];
        snprintf(what, sizeof what, "matrix %u range %u %s %ux%u rgb %u,%u,%u", m->code, range, row->name,
                 width, height, rgb[0], rgb[1], rgb[2]);
        webc_frame *source = scaler_flat(WEBC_PIXEL_FORMAT_RGBA, width, height, rgba, srgb);
        AVFrame *yuv = scaler_run(source, format, width, height, (webc_color_space){1, 1, m->code, range});
        ck_assert_int_eq(yuv->colorspace, (int)m->code);
        ck_assert_int_eq(yuv->color_range, (int)range);
        check_flat_yuv(yuv, row, expected, 1 << (row->bit_depth - 8), what);

        const webc__frame_tags tags = {0};
        webc_frame *middle;
        ck_assert_int_eq(webc__frame_adopt(&middle, yuv, &tags), WEBC_OK);
        AVFrame *back = scaler_run(middle, WEBC_PIXEL_FORMAT_RGBA, width, height, (webc_color_space){0});
        for (unsigned x = 0; x < width; x++)
            for (unsigned c = 0; c < 4; c++)
                scaler_near((int)scaler_sample(back, 0, x * 4 + c, height - 1, 1), rgba[c], c < 3 ? 3 : 0,
                            what);
        ck_assert_int_eq(back->colorspace, AVCOL_SPC_RGB);
        ck_assert_int_eq(back->color_range, AVCOL_RANGE_JPEG);
        webc_frame_unref(&source);
        webc_frame_unref(&middle);
        av_frame_free(&yuv);
        av_frame_free(&back);
    }
}

/* EN-02, T30, CT-12: solid colours become the YUV of their formula within 1 of 255, and back within 3. */
START_TEST(flat_rgb_becomes_yuv_within_1_and_comes_back_within_3)
{
    for (size_t m = 0; m < SCALER_MATRICES; m++)
        for (uint32_t range = 1; range <= 2; range++)
            for (size_t f = 0; f < COUNT(yuv_formats); f++)
                for (size_t p = 0; p < COUNT(patches); p++)
                    check_patch(&scaler_matrices[m], range, yuv_formats[f], patches[p]);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
}
END_TEST

/* EN-02, T30: the same for the other three packed formats, by their byte order. */
START_TEST(byte_order_of_rgb_inputs_is_followed)
{
    static const uint32_t formats[] = {WEBC_PIXEL_FORMAT_BGRA, WEBC_PIXEL_FORMAT_RGBX, WEBC_PIXEL_FORMAT_BGRX};
    const double rgb[3] = {200 / 255.0, 100 / 255.0, 50 / 255.0};
    double expected[3];
    scaler_yuv(&scaler_matrices[0], false, 8, rgb, expected);
    for (size_t f = 0; f < COUNT(formats); f++) {
        const bool bgr = formats[f] >= WEBC_PIXEL_FORMAT_BGRA;
        const unsigned bytes[4] = {bgr ? 50 : 200, 100, bgr ? 200 : 50, 0};
        webc_frame *source = scaler_flat(formats[f], 18, 6, bytes, (webc_color_space){0});
        AVFrame *yuv = scaler_run(source, WEBC_PIXEL_FORMAT_I420, 18, 6, (webc_color_space){0});
        check_flat_yuv(yuv, webc__pixel_format_get(WEBC_PIXEL_FORMAT_I420), expected, 1,
                       webc_pixel_format_name(formats[f]));
        webc_frame_unref(&source);
        av_frame_free(&yuv);
    }
}
END_TEST

/* EN-02, T30: between YUV pictures, each matrix and range to each other one. */
START_TEST(matrix_and_range_between_yuv_pictures_are_converted_within_1)
{
    static const double inside[][3] = {
        {0.5, 0.5, 0.5}, {0.8, 0.4, 0.2}, {0.2, 0.4, 0.8}, {0.35, 0.7, 0.47}, {0.86, 0.86, 0.16}};
    for (size_t f = 0; f < COUNT(yuv_formats) - 1; f++)
        for (size_t a = 0; a < SCALER_MATRICES * 2; a++)
            for (size_t b = 0; b < SCALER_MATRICES * 2; b++)
                for (size_t p = is_short() ? (a + b) % COUNT(inside) : 0; p < COUNT(inside);
                     p += is_short() ? COUNT(inside) : 1) {
                    const webc__pixel_format *row = webc__pixel_format_get(yuv_formats[f]);
                    const scaler_matrix *from = &scaler_matrices[a / 2], *to = &scaler_matrices[b / 2];
                    double exact[3], rgb[3], expected[3];
                    scaler_yuv(from, a & 1, row->bit_depth, inside[p], exact);
                    const unsigned value[4] = {(unsigned)lrint(exact[0]), (unsigned)lrint(exact[1]),
                                               (unsigned)lrint(exact[2])};
                    rgb_of(from, a & 1, row->bit_depth, value, rgb);
                    scaler_yuv(to, b & 1, row->bit_depth, rgb, expected);
                    webc_frame *source = scaler_flat(yuv_formats[f], 16, 8, value,
                                                     (webc_color_space){0, 0, from->code, 1 + (a & 1)});
                    AVFrame *out = scaler_run(source, yuv_formats[f], 16, 8,
                                              (webc_color_space){0, 0, to->code, 1 + (b & 1)});
                    char what[128];
                    snprintf(what, sizeof what, "%s matrix %u range %zu to %u %zu patch %zu", row->name,
                             from->code, 1 + (a & 1), to->code, 1 + (b & 1), p);
                    check_flat_yuv(out, row, expected, 1 << (row->bit_depth - 8), what);
                    webc_frame_unref(&source);
                    av_frame_free(&out);
                }
}
END_TEST

CHECK_MAIN("codec_scaler_color", 120, flat_rgb_becomes_yuv_within_1_and_comes_back_within_3,
           byte_order_of_rgb_inputs_is_followed, matrix_and_range_between_yuv_pictures_are_converted_within_1)
