/* SPDX-License-Identifier: MIT */
#include "scaler_support.h"

#include <math.h>

#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "shared/error.h"

const scaler_matrix scaler_matrices[SCALER_MATRICES] = {
    {WEBC_COLOR_MATRIX_BT709, 0.2126, 0.0722},
    {WEBC_COLOR_MATRIX_SMPTE170M, 0.299, 0.114},
    {WEBC_COLOR_MATRIX_BT470BG, 0.299, 0.114},
    {WEBC_COLOR_MATRIX_BT2020_NCL, 0.2627, 0.0593},
    {AVCOL_SPC_FCC, 0.3, 0.11},
    {AVCOL_SPC_SMPTE240M, 0.212, 0.087},
};

unsigned scaler_sample(const AVFrame *av, unsigned plane, unsigned x, unsigned y, unsigned bytes)
{
    const uint8_t *at = av->data[plane] + y * (size_t)av->linesize[plane] + (size_t)x * bytes;
    return bytes == 2 ? (unsigned)(at[0] | at[1] << 8) : at[0];
}

/* A frame of tight planes, bytes from a small generator masked to the depth; `crop` selects the visible part.
 */
webc_frame *scaler_frame(uint32_t format, uint32_t width, uint32_t height, const webc_rect *crop, uint32_t seed)
{
    const webc__pixel_format *row = webc__pixel_format_get(format);
    webc__layout layout;
    ck_assert_int_eq(webc__layout_resolve(&layout, row, width, height, 0, NULL), WEBC_OK);
    uint8_t *bytes = malloc(layout.size);
    for (uint64_t i = 0; i < layout.size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
        if (row->bit_depth > 8 && i & 1)
            bytes[i] &= (uint8_t)((1 << (row->bit_depth - 8)) - 1);
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = width;
    params.coded_height = height;
    if (crop)
        params.visible_rect = *crop;
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create(&frame, &params, bytes, layout.size), WEBC_OK);
    free(bytes);
    return frame;
}

/* A frame whose planes hold one value each. */
webc_frame *scaler_flat(uint32_t format, uint32_t width, uint32_t height, const unsigned value[4],
                        webc_color_space color)
{
    webc_frame *frame = scaler_frame(format, width, height, NULL, 1);
    const webc__pixel_format *row = webc__pixel_format_get(format);
    for (unsigned p = 0; p < row->planes; p++) {
        uint64_t bytes, rows;
        webc__pixel_format_plane_size(row, p, width, height, &bytes, &rows);
        for (uint64_t y = 0; y < rows; y++)
            for (uint64_t x = 0; x < bytes; x++) {
                unsigned byte = value[p];
                if (row->rgb)
                    byte = value[x & 3];
                else if (row->sample_bytes == 2)
                    byte = x & 1 ? value[p] >> 8 : value[p];
                else if (row->planes == 2 && p == 1)
                    byte = value[1 + (x & 1)];
                frame->av->data[p][y * (uint64_t)frame->av->linesize[p] + x] = (uint8_t)byte;
            }
    }
    frame->info.color_space = color;
    return frame;
}

AVFrame *scaler_run(const webc_frame *source, uint32_t format, uint32_t width, uint32_t height,
                    webc_color_space color)
{
    webc__scaler *scaler = webc__scaler_create();
    webc__scaler_target target = {webc__pixel_format_get(format)->av_format, width, height, color, false, 0};
    AVFrame *out = av_frame_alloc();
    ck_assert_msg(webc__scaler_run(scaler, source, &target, out) == WEBC_OK, "%s", webc__error_text());
    ck_assert_int_eq(out->width, (int)width);
    ck_assert_int_eq(out->height, (int)height);
    ck_assert_int_eq(out->format, target.av_format);
    webc__scaler_free(&scaler);
    ck_assert_ptr_null(scaler);
    return out;
}

void scaler_near(int is, double expected, double tolerance, const char *what)
{
    ck_assert_msg(fabs(is - expected) <= tolerance, "%s: %d instead of %.2f", what, is, expected);
}

void scaler_yuv(const scaler_matrix *m, bool full, unsigned depth, const double rgb[3], double yuv[3])
{
    double y = m->kr * rgb[0] + (1 - m->kr - m->kb) * rgb[1] + m->kb * rgb[2];
    double u = (rgb[2] - y) / (2 * (1 - m->kb));
    double v = (rgb[0] - y) / (2 * (1 - m->kr));
    double scale = 1 << (depth - 8);
    double peak = (1 << depth) - 1;
    yuv[0] = full ? y * peak : (16 + 219 * y) * scale;
    yuv[1] = 128 * scale + (full ? u * peak : u * 224 * scale);
    yuv[2] = 128 * scale + (full ? v * peak : v * 224 * scale);
    for (int i = 0; i < 3; i++)
        yuv[i] = yuv[i] < 0 ? 0 : yuv[i] > peak ? peak : yuv[i];
}
