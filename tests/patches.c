/* SPDX-License-Identifier: MIT */
#include "patches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t patches[PATCHES][3] = {
    {0, 0, 0},      {255, 255, 255}, {255, 0, 0},     {0, 255, 0},     {0, 0, 255},     {255, 255, 0},
    {0, 255, 255},  {255, 0, 255},   {128, 128, 128}, {16, 16, 16},    {235, 235, 235}, {200, 100, 50},
    {50, 100, 200}, {10, 250, 130},  {90, 60, 30},    {180, 220, 140},
};

/* How a format lays out its samples, read from its name. */
typedef struct layout {
    bool packed;
    bool blue_first;
    bool pairs; /* NV12 */
    bool alpha; /* a plane of its own */
    unsigned depth;
    unsigned shift_x;
    unsigned shift_y;
} layout;

static layout layout_of(uint32_t format)
{
    const char *name = webc_pixel_format_name(format);
    layout l = {.depth = 8};
    l.packed = strchr(name, 'G') != NULL;
    l.blue_first = name[0] == 'B';
    l.pairs = strcmp(name, "NV12") == 0;
    l.alpha = !l.packed && strchr(name, 'A');
    if (strstr(name, "P10") || strstr(name, "P12"))
        l.depth = strstr(name, "P10") ? 10 : 12;
    l.shift_x = l.pairs || !strstr(name, "444");
    l.shift_y = l.pairs || strstr(name, "420");
    return l;
}

static void coefficients(uint32_t matrix, double *kr, double *kb)
{
    *kr = 0.2126;
    *kb = 0.0722;
    if (matrix == WEBC_COLOR_MATRIX_SMPTE170M || matrix == WEBC_COLOR_MATRIX_BT470BG) {
        *kr = 0.299;
        *kb = 0.114;
    } else if (matrix == WEBC_COLOR_MATRIX_BT2020_NCL) {
        *kr = 0.2627;
        *kb = 0.0593;
    }
}

/* ITU-T H.273, 8.3: Y', Cb and Cr of a patch as integers of `depth` bits. */
static void to_yuv(const uint8_t rgb[3], const webc_color_space *color, unsigned depth, unsigned out[3])
{
    double kr, kb, full = (1 << depth) - 1, unit = 1 << (depth - 8);
    coefficients(color->matrix, &kr, &kb);
    double r = rgb[0] / 255.0, g = rgb[1] / 255.0, b = rgb[2] / 255.0;
    double y = kr * r + (1 - kr - kb) * g + kb * b;
    double cb = (b - y) / (2 * (1 - kb)), cr = (r - y) / (2 * (1 - kr));
    bool limited = color->range != WEBC_COLOR_RANGE_FULL;
    out[0] = (unsigned)lrint(limited ? unit * (219 * y + 16) : full * y);
    double chroma = limited ? unit * 224 : full;
    out[1] = (unsigned)fmin(full, lrint(chroma * cb + unit * 128));
    out[2] = (unsigned)fmin(full, lrint(chroma * cr + unit * 128));
}

static void to_rgb(const unsigned yuv[3], const webc_color_space *color, unsigned depth, double out[3])
{
    double kr, kb, full = (1 << depth) - 1, unit = 1 << (depth - 8);
    coefficients(color->matrix, &kr, &kb);
    bool limited = color->range != WEBC_COLOR_RANGE_FULL;
    double y = limited ? (yuv[0] / unit - 16) / 219 : yuv[0] / full;
    double chroma = limited ? unit * 224 : full;
    double cb = (yuv[1] - unit * 128) / chroma, cr = (yuv[2] - unit * 128) / chroma;
    out[0] = 255 * (y + 2 * (1 - kr) * cr);
    out[2] = 255 * (y + 2 * (1 - kb) * cb);
    out[1] = (255 * y - kr * out[0] - kb * out[2]) / (1 - kr - kb);
}

static unsigned patch_at(unsigned x, unsigned y)
{
    return y / PATCH_SIDE * 4 + x / PATCH_SIDE;
}

static uint8_t *put_sample(uint8_t *at, unsigned value, unsigned depth)
{
    *at++ = (uint8_t)value;
    if (depth > 8)
        *at++ = (uint8_t)(value >> 8);
    return at;
}

static uint8_t *put_packed(uint8_t *at, const layout *l)
{
    for (unsigned y = 0; y < PATCHES_SIDE; y++)
        for (unsigned x = 0; x < PATCHES_SIDE; x++) {
            const uint8_t *rgb = patches[patch_at(x, y)];
            *at++ = rgb[l->blue_first ? 2 : 0];
            *at++ = rgb[1];
            *at++ = rgb[l->blue_first ? 0 : 2];
            *at++ = (uint8_t)(x * 2 % 255);
        }
    return at;
}

/* A plane of components first to last: more than one are interleaved. */
static uint8_t *put_plane(uint8_t *at, const layout *l, const webc_color_space *color, unsigned first,
                          unsigned last)
{
    unsigned step_x = first ? 1u << l->shift_x : 1, step_y = first ? 1u << l->shift_y : 1;
    for (unsigned y = 0; y < PATCHES_SIDE; y += step_y)
        for (unsigned x = 0; x < PATCHES_SIDE; x += step_x) {
            unsigned yuv[3];
            to_yuv(patches[patch_at(x, y)], color, l->depth, yuv);
            for (unsigned c = first; c <= last; c++)
                at = put_sample(at, yuv[c], l->depth);
        }
    return at;
}

webc_frame *patches_frame(uint32_t format, const webc_color_space *color, int64_t timestamp)
{
    layout l = layout_of(format);
    webc_color_space absent = {0};
    uint8_t *data = malloc((size_t)PATCHES_SIDE * PATCHES_SIDE * 8), *at = data;
    ck_assert_ptr_nonnull(data);
    if (l.packed) {
        at = put_packed(at, &l);
    } else {
        const webc_color_space *used = color ? color : &absent;
        at = put_plane(at, &l, used, 0, 0);
        at = put_plane(at, &l, used, 1, l.pairs ? 2 : 1);
        if (!l.pairs)
            at = put_plane(at, &l, used, 2, 2);
        for (unsigned i = 0; l.alpha && i < PATCHES_SIDE * PATCHES_SIDE; i++)
            at = put_sample(at, i % 128 * 2, l.depth);
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = params.coded_height = PATCHES_SIDE;
    params.timestamp = timestamp;
    params.has_color_space = color != NULL;
    if (color)
        params.color_space = *color;
    webc_frame *frame = video_frame(&params, data, (size_t)(at - data));
    free(data);
    return frame;
}

static void compare(unsigned patch, const double got[3], int tolerance, const char *what)
{
    const uint8_t *rgb = patches[patch];
    for (unsigned c = 0; c < 3; c++) {
        /* Codes beyond black and white are shown as these. */
        double shown = fmin(255, fmax(0, got[c]));
        ck_assert_msg(fabs(shown - rgb[c]) <= tolerance + 0.5,
                      "%s: patch %u is %.1f,%.1f,%.1f instead of %u,%u,%u", what, patch, got[0], got[1], got[2],
                      rgb[0], rgb[1], rgb[2]);
    }
}

void patches_check(const webc_frame *frame, int tolerance, const char *what)
{
    static uint8_t rgba[PATCHES_SIDE * PATCHES_SIDE * 4];
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_RGBA;
    ck_assert_ok(webc_frame_copy_to(frame, &params, rgba, sizeof rgba, NULL));
    for (unsigned y = 0; y < PATCHES_SIDE; y += 4)
        for (unsigned x = 0; x < PATCHES_SIDE; x += 4) {
            if (x % PATCH_SIDE < 8 || x % PATCH_SIDE > 23 || y % PATCH_SIDE < 8 || y % PATCH_SIDE > 23)
                continue;
            const uint8_t *at = rgba + (y * PATCHES_SIDE + x) * 4;
            const double got[3] = {at[0], at[1], at[2]};
            compare(patch_at(x, y), got, tolerance, what);
            ck_assert_uint_eq(at[3], 255);
        }
}

void patches_check_planes(const webc_frame *frame, const webc_color_space *color, int tolerance,
                          const char *what)
{
    webc_frame_info info;
    webc_plane planes[3];
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    layout l = layout_of(info.format);
    ck_assert(!l.packed && !l.pairs);
    for (unsigned p = 0; p < 3; p++) {
        webc_plane_init(&planes[p], sizeof planes[p]);
        ck_assert_ok(webc_frame_plane(frame, p, &planes[p]));
    }
    for (unsigned patch = 0; patch < PATCHES; patch++) {
        unsigned yuv[3];
        double got[3];
        for (unsigned p = 0; p < 3; p++) {
            unsigned x = (patch % 4 * PATCH_SIDE + PATCH_SIDE / 2) >> (p ? l.shift_x : 0);
            unsigned y = (patch / 4 * PATCH_SIDE + PATCH_SIDE / 2) >> (p ? l.shift_y : 0);
            const uint8_t *at = planes[p].data + (size_t)y * planes[p].stride + (l.depth > 8 ? 2 * x : x);
            yuv[p] = l.depth > 8 ? (unsigned)(at[0] | at[1] << 8) : at[0];
        }
        to_rgb(yuv, color, l.depth, got);
        compare(patch, got, tolerance, what);
    }
}
