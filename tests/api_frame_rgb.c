/* SPDX-License-Identifier: MIT */
/*
 * copyTo with conversion: matrix, range, transfer and primaries against the formulas of H.273, BT.2100 and the
 * sRGB standard, written here a second time in double precision (checklist 4.5, CT-07, CT-10, CT-12). Public
 * API only.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support_check.h"
#include "webcodecs/frame.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SENTINEL 0xA5
#define SRGB WEBC_PREDEFINED_COLOR_SPACE_SRGB
#define P3 WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3

static const struct {
    uint32_t code;
    double kr, kb;
} matrices[] = {
    {WEBC_COLOR_MATRIX_BT709, 0.2126, 0.0722},
    {WEBC_COLOR_MATRIX_BT470BG, 0.299, 0.114},
    {WEBC_COLOR_MATRIX_SMPTE170M, 0.299, 0.114},
    {WEBC_COLOR_MATRIX_BT2020_NCL, 0.2627, 0.0593},
    {WEBC_COLOR_MATRIX_RGB, 0, 0},
};

static const struct {
    uint32_t format;
    unsigned depth, shift_x, shift_y;
} yuv_formats[] = {
    {WEBC_PIXEL_FORMAT_I420, 8, 1, 1},      {WEBC_PIXEL_FORMAT_I420P10, 10, 1, 1},
    {WEBC_PIXEL_FORMAT_I420P12, 12, 1, 1},  {WEBC_PIXEL_FORMAT_I420A, 8, 1, 1},
    {WEBC_PIXEL_FORMAT_I420AP10, 10, 1, 1}, {WEBC_PIXEL_FORMAT_I422, 8, 1, 0},
    {WEBC_PIXEL_FORMAT_I422P10, 10, 1, 0},  {WEBC_PIXEL_FORMAT_I422P12, 12, 1, 0},
    {WEBC_PIXEL_FORMAT_I422A, 8, 1, 0},     {WEBC_PIXEL_FORMAT_I422AP10, 10, 1, 0},
    {WEBC_PIXEL_FORMAT_I422AP12, 12, 1, 0}, {WEBC_PIXEL_FORMAT_I444, 8, 0, 0},
    {WEBC_PIXEL_FORMAT_I444P10, 10, 0, 0},  {WEBC_PIXEL_FORMAT_I444P12, 12, 0, 0},
    {WEBC_PIXEL_FORMAT_I444A, 8, 0, 0},     {WEBC_PIXEL_FORMAT_I444AP10, 10, 0, 0},
    {WEBC_PIXEL_FORMAT_I444AP12, 12, 0, 0}, {WEBC_PIXEL_FORMAT_NV12, 8, 1, 1},
};

static uint32_t seed = 1;

static unsigned next_random(unsigned below)
{
    seed = seed * 1664525u + 1013904223u;
    return (unsigned)(((uint64_t)seed * below) >> 32);
}

/* A frame of one colour; `value` is Y, U, V, A or R, G, B, A in the order of the format's bytes. */
static webc_frame *flat_frame(uint32_t format, unsigned depth, uint32_t width, uint32_t height,
                              const unsigned value[4], webc_color_space color)
{
    static uint8_t memory[1 << 14];
    const void *planes[4];
    uint32_t strides[4];
    const bool packed = format >= WEBC_PIXEL_FORMAT_RGBA;
    for (unsigned p = 0; p < 4; p++) {
        uint8_t *plane = memory + p * (COUNT(memory) / 4);
        planes[p] = plane;
        strides[p] = width * 4 + 4;
        for (unsigned i = 0; i < COUNT(memory) / 4; i++) {
            unsigned sample = value[p];
            if (packed)
                sample = value[i & 3];
            else if (format == WEBC_PIXEL_FORMAT_NV12 && p == 1)
                sample = value[1 + (i & 1)];
            else if (depth > 8)
                sample = i & 1 ? value[p] >> 8 : value[p];
            plane[i] = (uint8_t)sample;
        }
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = width;
    params.coded_height = height;
    params.has_color_space = 1;
    params.color_space = color;
    webc_frame *frame;
    ck_assert_msg(webc_frame_create_from_planes(&frame, &params, planes, strides) == WEBC_OK, "%s",
                  webc_error_message());
    return frame;
}

/* Copies a flat frame and gives its only colour; every pixel must be the same. */
static void copy_flat(webc_frame *frame, uint32_t format, uint32_t space, uint8_t rgba[4])
{
    uint8_t out[1024];
    uint64_t size;
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = format;
    params.color_space = space;
    ck_assert_int_eq(webc_frame_allocation_size(frame, &params, &size), WEBC_OK);
    ck_assert_msg(webc_frame_copy_to(frame, &params, out, sizeof out, NULL) == WEBC_OK, "%s",
                  webc_error_message());
    for (uint64_t i = 4; i < size; i++)
        ck_assert_msg(out[i] == out[i % 4], "byte %llu is %u, not %u", (unsigned long long)i, out[i],
                      out[i % 4]);
    memcpy(rgba, out, 4);
    webc_frame_unref(&frame);
}

static double clip(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* R'G'B' of 0 to 1 for samples; not clipped. */
static void exact_rgb(size_t m, bool full, unsigned depth, const unsigned yuv[3], double rgb[3])
{
    double one = 1 << (depth - 8), peak = (1 << depth) - 1;
    double y = full ? yuv[0] / peak : (yuv[0] / one - 16) / 219;
    double u = full ? (yuv[1] - 128 * one) / peak : (yuv[1] / one - 128) / 224;
    double v = full ? (yuv[2] - 128 * one) / peak : (yuv[2] / one - 128) / 224;
    double kr = matrices[m].kr, kb = matrices[m].kb;
    rgb[0] = y + 2 * (1 - kr) * v;
    rgb[2] = y + 2 * (1 - kb) * u;
    rgb[1] = (y - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
    if (matrices[m].code == WEBC_COLOR_MATRIX_RGB) {
        const unsigned order[3] = {yuv[2], yuv[0], yuv[1]};
        for (int c = 0; c < 3; c++)
            rgb[c] = full ? order[c] / peak : (order[c] / one - 16) / 219;
    }
}

static void assert_rgb(const uint8_t is[3], const double expected[3], double tolerance, const char *what)
{
    for (int c = 0; c < 3; c++)
        ck_assert_msg(fabs(is[c] - 255 * clip(expected[c])) <= tolerance,
                      "%s: %u,%u,%u instead of %.2f,%.2f,%.2f", what, is[0], is[1], is[2],
                      255 * clip(expected[0]), 255 * clip(expected[1]), 255 * clip(expected[2]));
}

/* CT-07, CT-12, CS-04, T30: random samples of the whole range, far out of gamut too, for every format, matrix
 * and range, at odd sizes; rounded to the nearest. */
START_TEST(every_matrix_and_range_is_undone_by_its_formula)
{
    static const uint32_t sizes[][2] = {{1, 1}, {7, 3}, {16, 4}};
    for (size_t f = 0; f < COUNT(yuv_formats); f++)
        for (size_t m = 0; m < COUNT(matrices); m++)
            for (int full = 0; full < 2; full++)
                for (int i = 0; i < (is_short() ? 3 : 24); i++) {
                    const unsigned depth = yuv_formats[f].depth, below = 1u << depth;
                    const unsigned value[4] = {next_random(below), next_random(below), next_random(below),
                                               next_random(below)};
                    double expected[3];
                    exact_rgb(m, full, depth, value, expected);
                    webc_frame *frame =
                        flat_frame(yuv_formats[f].format, depth, sizes[i % 3][0], sizes[i % 3][1], value,
                                   (webc_color_space){1, 1, matrices[m].code, full ? 2 : 1});
                    char what[128];
                    const char *name = webc_pixel_format_name(yuv_formats[f].format);
                    snprintf(what, sizeof what, "%s matrix %u full %d of %u,%u,%u", name, matrices[m].code,
                             full, value[0], value[1], value[2]);
                    uint8_t is[4];
                    copy_flat(frame, WEBC_PIXEL_FORMAT_RGBA, SRGB, is);
                    assert_rgb(is, expected, 0.55, what);
                    bool alpha = strchr(name, 'A') != NULL;
                    ck_assert_int_le(abs(is[3] - (alpha ? (int)lrint(value[3] * 255.0 / (below - 1)) : 255)),
                                     0);
                }
}
END_TEST

/* CT-10: each null member is that of REC709 for YUV; a member that is set counts alone. */
START_TEST(null_members_are_rec709_one_by_one)
{
    const unsigned value[4] = {150, 90, 170, 0};
    static const webc_color_space spaces[] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0},
                                              {0, 0, 0, 1}, {0, 0, 6, 0}, {0, 0, 0, 2}, {0, 2, 2, 0}};
    for (size_t i = 0; i < COUNT(spaces); i++) {
        uint8_t is[4];
        double expected[3];
        exact_rgb(spaces[i].matrix == 6 ? 2 : 0, spaces[i].range == 2, 8, value, expected);
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_I420, 8, 6, 4, value, spaces[i]), WEBC_PIXEL_FORMAT_RGBX, SRGB,
                  is);
        assert_rgb(is, expected, 0.55, "partial colour space");
    }
    /* RGB: null is sRGB in full range, whatever the matrix says. */
    const unsigned rgb[4] = {10, 128, 250, 77};
    static const webc_color_space rgb_spaces[] = {{0, 0, 0, 0}, {0, 0, 1, 0}, {1, 13, 256, 2}, {0, 6, 0, 0}};
    for (size_t i = 0; i < COUNT(rgb_spaces); i++) {
        uint8_t is[4];
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_RGBA, 8, 6, 4, rgb, rgb_spaces[i]), WEBC_PIXEL_FORMAT_RGBA, SRGB,
                  is);
        for (int c = 0; c < 4; c++)
            ck_assert_uint_eq(is[c], rgb[c]);
    }
}
END_TEST

static double srgb_light(double signal)
{
    return signal <= 0.04045 ? signal / 12.92 : pow((signal + 0.055) / 1.055, 2.4);
}

static double srgb_signal(double light)
{
    light = clip(light);
    return light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

/* BT.2100: light in cd/m2 by the inverse of the PQ curve, found by bisection so as not to repeat the library.
 */
static double pq_light(double signal)
{
    double low = 0, high = 10000;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        double power = pow(middle / 10000, 0.1593017578125);
        if (pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375) < signal)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* BT.2100: scene light by the inverse of the HLG OETF, by bisection. */
static double hlg_light(double signal)
{
    double low = 0, high = 1;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        double forward =
            middle <= 1.0 / 12 ? sqrt(3 * middle) : 0.17883277 * log(12 * middle - 0.28466892) + 0.55991073;
        if (forward < signal)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Linear matrices to sRGB's primaries and to those of Display-P3, computed elsewhere from the chromaticities.
 */
static const struct {
    uint32_t primaries;
    double to_srgb[3][3];
    double to_p3[3][3];
} spaces[] = {
    {WEBC_COLOR_PRIMARIES_BT709,
     {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
     {{0.822462, 0.177538, 0}, {0.0331942, 0.9668058, 0}, {0.0170826, 0.0723974, 0.9105199}}},
    {WEBC_COLOR_PRIMARIES_BT470BG,
     {{1.0440432, -0.0440432, 0}, {0, 1, 0}, {0, 0.0117934, 0.9882066}},
     {{0.8586858, 0.1413142, 0}, {0.0346562, 0.9653438, 0}, {0.017835, 0.0823832, 0.8997818}}},
    {WEBC_COLOR_PRIMARIES_SMPTE170M,
     {{0.9395421, 0.0501814, 0.0102766},
      {0.0177722, 0.9657929, 0.0164349},
      {-0.0016216, -0.0043697, 1.0059913}},
     {{0.7758929, 0.2127372, 0.0113699}, {0.0483696, 0.9353999, 0.0162305}, {0.01586, 0.0667994, 0.9173406}}},
    {WEBC_COLOR_PRIMARIES_BT2020,
     {{1.660491, -0.5876411, -0.0728499},
      {-0.1245505, 1.1328999, -0.0083494},
      {-0.0181508, -0.1005789, 1.1187297}},
     {{1.3435783, -0.2821797, -0.0613986},
      {-0.0652975, 1.0757879, -0.0104905},
      {0.0028218, -0.0195985, 1.0167767}}},
    {WEBC_COLOR_PRIMARIES_SMPTE432,
     {{1.2249402, -0.2249402, 0}, {-0.042057, 1.042057, 0}, {-0.0196376, -0.078636, 1.0982736}},
     {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
};

static bool is_sdr(uint32_t transfer)
{
    return transfer != WEBC_COLOR_TRANSFER_LINEAR && transfer != WEBC_COLOR_TRANSFER_PQ &&
           transfer != WEBC_COLOR_TRANSFER_HLG && transfer != 4 && transfer != 5;
}

/* What a signal becomes in sRGB or Display-P3, as frame.h says. */
static void exact_color(size_t space, uint32_t transfer, uint32_t target, const double signal[3], double out[3])
{
    const uint32_t own = target == P3 ? WEBC_COLOR_PRIMARIES_SMPTE432 : WEBC_COLOR_PRIMARIES_BT709;
    double light[3];
    for (int c = 0; c < 3; c++) {
        double s = clip(signal[c]);
        light[c] = transfer == WEBC_COLOR_TRANSFER_LINEAR ? s
                   : transfer == WEBC_COLOR_TRANSFER_PQ   ? pq_light(s) / 203
                   : transfer == WEBC_COLOR_TRANSFER_HLG  ? hlg_light(s)
                   : transfer == 4                        ? pow(s, 2.2)
                   : transfer == 5                        ? pow(s, 2.8)
                                                          : srgb_light(s);
        out[c] = s;
    }
    if (is_sdr(transfer) && spaces[space].primaries == own)
        return;
    double gain = 1;
    if (transfer == WEBC_COLOR_TRANSFER_HLG) {
        ck_assert_uint_eq(spaces[space].primaries, WEBC_COLOR_PRIMARIES_BT2020);
        gain = 1000 / 203.0 * pow(0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2], 0.2);
    }
    for (int c = 0; c < 3; c++) {
        const double *row = target == P3 ? spaces[space].to_p3[c] : spaces[space].to_srgb[c];
        out[c] = srgb_signal((row[0] * light[0] + row[1] * light[1] + row[2] * light[2]) * gain);
    }
}

/* CT-07: colours whose values in the other space are known from CSS Color 4; greys stay. */
START_TEST(srgb_and_display_p3_are_converted_into_each_other)
{
    static const struct {
        uint8_t srgb[3], p3[3];
        bool back; /* the P3 colour lies within sRGB */
    } rows[] = {
        {{255, 0, 0}, {234, 51, 35}, true}, {{0, 255, 0}, {117, 251, 76}, true},
        {{0, 0, 255}, {0, 0, 245}, true},   {{255, 255, 255}, {255, 255, 255}, true},
        {{0, 0, 0}, {0, 0, 0}, true},       {{128, 128, 128}, {128, 128, 128}, true},
        {{255, 0, 0}, {255, 0, 0}, false},  {{0, 255, 0}, {0, 255, 0}, false},
    };
    const webc_color_space srgb = {1, 13, WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_FULL};
    const webc_color_space p3 = {12, 13, WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_FULL};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t is[4];
        const unsigned from[4] = {rows[i].srgb[0], rows[i].srgb[1], rows[i].srgb[2], 9};
        const unsigned to[4] = {rows[i].p3[2], rows[i].p3[1], rows[i].p3[0], 9};
        if (rows[i].back) {
            copy_flat(flat_frame(WEBC_PIXEL_FORMAT_RGBA, 8, 5, 3, from, srgb), WEBC_PIXEL_FORMAT_RGBA, P3, is);
            for (int c = 0; c < 3; c++)
                ck_assert_msg(abs(is[c] - rows[i].p3[c]) <= 1, "row %zu to P3: %u,%u,%u", i, is[0], is[1],
                              is[2]);
        }
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_BGRX, 8, 5, 3, to, p3), WEBC_PIXEL_FORMAT_RGBA, SRGB, is);
        const double signal[3] = {rows[i].p3[0] / 255.0, rows[i].p3[1] / 255.0, rows[i].p3[2] / 255.0};
        double expected[3];
        exact_color(4, 13, SRGB, signal, expected);
        assert_rgb(is, expected, 1, "P3 to sRGB");
        for (int c = 0; c < 3; c++)
            ck_assert_msg(abs(is[c] - rows[i].srgb[c]) <= 3, "row %zu to sRGB: %u,%u,%u", i, is[0], is[1],
                          is[2]);
        ck_assert_uint_eq(is[3], 255);
        /* In its own space nothing changes, and without a format the space is not looked at. */
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_BGRA, 8, 5, 3, to, p3), WEBC_PIXEL_FORMAT_BGRA, P3, is);
        for (int c = 0; c < 4; c++)
            ck_assert_uint_eq(is[c], to[c]);
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_BGRA, 8, 5, 3, to, p3), 0, SRGB, is);
        for (int c = 0; c < 4; c++)
            ck_assert_uint_eq(is[c], to[c]);
    }
}
END_TEST

static void check_color(size_t space, uint32_t transfer, uint32_t target)
{
    static const uint32_t formats[][2] = {{WEBC_PIXEL_FORMAT_RGBX, 8},
                                          {WEBC_PIXEL_FORMAT_I444, 8},
                                          {WEBC_PIXEL_FORMAT_I420P10, 10},
                                          {WEBC_PIXEL_FORMAT_I444P12, 12}};
    for (int i = 0; i < (is_short() ? 12 : 60); i++) {
        const unsigned depth = formats[i % 4][1], below = 1u << depth;
        const unsigned value[4] = {next_random(below), next_random(below), next_random(below), 0};
        const bool packed = formats[i % 4][0] == WEBC_PIXEL_FORMAT_RGBX;
        double signal[3], expected[3];
        if (packed)
            for (int c = 0; c < 3; c++)
                signal[c] = value[c] / 255.0;
        else
            exact_rgb(3, i & 8, depth, value, signal);
        exact_color(space, transfer, target, signal, expected);
        const webc_color_space color = {spaces[space].primaries, transfer, WEBC_COLOR_MATRIX_BT2020_NCL,
                                        packed || i & 8 ? 2 : 1};
        char what[160];
        snprintf(what, sizeof what, "format %u primaries %u transfer %u target %u of %u,%u,%u",
                 formats[i % 4][0], color.primaries, transfer, target, value[0], value[1], value[2]);
        uint8_t is[4];
        copy_flat(flat_frame(formats[i % 4][0], depth, 7, 3, value, color), WEBC_PIXEL_FORMAT_RGBA, target, is);
        assert_rgb(is, expected, 1.0, what);
        ck_assert_uint_eq(is[3], 255);
    }
}

/* CT-07, CT-12, CS-02, CS-04: all primaries with the SDR transfers, which count as one curve, gammas and linear
 * light, to both targets; codes without a name (4, 5, 7, 14, 15) too. */
START_TEST(primaries_and_sdr_transfers_become_those_of_the_target)
{
    static const uint32_t transfers[] = {1, 6, 13, 8, 4, 5, 7, 11, 14, 15};
    for (size_t s = 0; s < COUNT(spaces); s++)
        for (size_t t = 0; t < COUNT(transfers); t++) {
            check_color(s, transfers[t], SRGB);
            check_color(s, transfers[t], P3);
        }
}
END_TEST

/* CT-07, CT-12: HDR to both targets: PQ with white at 203 cd/m2, HLG with system gamma 1.2 at 1000 cd/m2. */
START_TEST(hdr_is_shown_with_white_at_203_nits_and_clipped)
{
    for (size_t s = 0; s < COUNT(spaces); s++) {
        check_color(s, WEBC_COLOR_TRANSFER_PQ, SRGB);
        check_color(s, WEBC_COLOR_TRANSFER_PQ, P3);
    }
    check_color(3, WEBC_COLOR_TRANSFER_HLG, SRGB);
    check_color(3, WEBC_COLOR_TRANSFER_HLG, P3);
    /* Known levels: PQ of 203 and 100 cd/m2, and HLG of 75 and 50 %, in full-range greys of 10 bits. */
    static const struct {
        uint32_t transfer;
        unsigned level, expected;
    } rows[] = {{16, 594, 255}, {16, 520, 186}, {16, 1023, 255}, {16, 0, 0},
                {18, 767, 255}, {18, 512, 137}, {18, 0, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const unsigned value[4] = {rows[i].level, 512, 512, 0};
        uint8_t is[4];
        copy_flat(flat_frame(WEBC_PIXEL_FORMAT_I420P10, 10, 4, 4, value,
                             (webc_color_space){9, rows[i].transfer, 9, WEBC_COLOR_RANGE_FULL}),
                  WEBC_PIXEL_FORMAT_RGBA, SRGB, is);
        for (int c = 0; c < 3; c++)
            ck_assert_msg(abs(is[c] - (int)rows[i].expected) <= 1, "row %zu: %u", i, is[c]);
    }
}
END_TEST

/* CT-07: alpha is kept as it is, unpremultiplied, where both sides have it; X bytes are 255. */
START_TEST(alpha_is_kept_unpremultiplied_or_255)
{
    static const uint32_t targets[] = {WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_RGBX, WEBC_PIXEL_FORMAT_BGRA,
                                       WEBC_PIXEL_FORMAT_BGRX};
    static const uint32_t sources[][2] = {{WEBC_PIXEL_FORMAT_I420A, 8},     {WEBC_PIXEL_FORMAT_I444AP12, 12},
                                          {WEBC_PIXEL_FORMAT_I422AP10, 10}, {WEBC_PIXEL_FORMAT_BGRA, 8},
                                          {WEBC_PIXEL_FORMAT_RGBX, 8},      {WEBC_PIXEL_FORMAT_NV12, 8}};
    for (size_t s = 0; s < COUNT(sources); s++)
        for (size_t t = 0; t < COUNT(targets); t++)
            for (uint32_t space = SRGB; space <= P3; space++)
                for (unsigned a = 0; a < 256; a += 51) {
                    const unsigned depth = sources[s][1];
                    const bool packed = sources[s][0] >= WEBC_PIXEL_FORMAT_RGBA;
                    const bool bgr = targets[t] >= WEBC_PIXEL_FORMAT_BGRA;
                    const unsigned peak = (1u << depth) - 1;
                    /* A grey: the same in both spaces. */
                    const unsigned value[4] = {packed ? 180u : 180u << (depth - 8),
                                               packed ? 180u : 128u << (depth - 8),
                                               packed ? 180u : 128u << (depth - 8), a * peak / 255};
                    const int grey = packed ? 180 : (int)lrint((180 - 16) * 255.0 / 219);
                    uint8_t is[4];
                    copy_flat(flat_frame(sources[s][0], depth, 6, 2, value, (webc_color_space){0}), targets[t],
                              space, is);
                    for (int c = 0; c < 3; c++)
                        ck_assert_int_le(abs(is[c] - grey), 1);
                    bool kept = (s < 4) &&
                                (targets[t] == WEBC_PIXEL_FORMAT_RGBA || targets[t] == WEBC_PIXEL_FORMAT_BGRA);
                    ck_assert_msg(is[3] == (kept ? a : 255), "source %zu target %zu bgr %d: %u for %u", s, t,
                                  bgr, is[3], a);
                }
}
END_TEST

/* CT-07: RGB in limited range is stretched to the full range of the result; without a format it is not touched.
 */
START_TEST(limited_range_rgb_is_stretched)
{
    const unsigned value[4] = {16, 235, 100, 255};
    const webc_color_space limited = {1, 13, WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_LIMITED};
    uint8_t is[4];
    copy_flat(flat_frame(WEBC_PIXEL_FORMAT_RGBA, 8, 4, 4, value, limited), WEBC_PIXEL_FORMAT_RGBA, SRGB, is);
    const double expected[3] = {0, 1, (100 - 16) / 219.0};
    assert_rgb(is, expected, 0.55, "limited RGB");
    copy_flat(flat_frame(WEBC_PIXEL_FORMAT_RGBA, 8, 4, 4, value, limited), 0, SRGB, is);
    ck_assert_uint_eq(is[2], 100);
}
END_TEST

/* CT-07: codes without a formula are refused with the member's name, and only where they have to be known. */
START_TEST(colours_without_a_formula_are_refused_by_name)
{
    static const struct {
        webc_color_space space;
        const char *member;
    } rows[] = {
        {{1, 1, 8, 1}, "color_space.matrix"},      {{1, 1, 10, 1}, "color_space.matrix"},
        {{1, 9, 1, 1}, "color_space.transfer"},    {{1, 17, 1, 1}, "color_space.transfer"},
        {{4, 1, 1, 1}, "color_space.primaries"},   {{10, 1, 1, 1}, "color_space.primaries"},
        {{11, 16, 1, 1}, "color_space.primaries"}, {{255, 1, 1, 1}, "color_space.primaries"},
    };
    const unsigned value[4] = {100, 110, 120, 0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        webc_frame *frame = flat_frame(WEBC_PIXEL_FORMAT_I420, 8, 4, 4, value, rows[i].space);
        webc_frame_copy_params params;
        webc_frame_copy_params_init(&params, sizeof params);
        uint8_t out[64];
        memset(out, SENTINEL, sizeof out);
        ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_OK);
        ck_assert_uint_eq(out[0], 100);
        params.format = WEBC_PIXEL_FORMAT_RGBA;
        out[0] = SENTINEL;
        ck_assert_int_eq(webc_frame_copy_to(frame, &params, out, sizeof out, NULL), WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_msg(strstr(webc_error_message(), rows[i].member) != NULL, "row %zu: %s", i,
                      webc_error_message());
        ck_assert_uint_eq(out[0], SENTINEL);
        webc_frame_unref(&frame);
    }
}
END_TEST

/* CT-05, CT-06, CT-08: rows of a converted copy go to their stride, nothing else is written, orientation and
 * display size are not applied. */
START_TEST(a_converted_copy_writes_its_rows_only_and_turns_nothing)
{
    uint8_t pixels[3 * 5 * 3], out[200], expected[200];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i < 15 ? 20 + 14 * i : 128);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I444;
    params.coded_width = 5;
    params.coded_height = 3;
    params.rotation = 90;
    params.flip = 1;
    params.display_width = 50;
    params.display_height = 70;
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create(&frame, &params, pixels, sizeof pixels), WEBC_OK);
    webc_frame_copy_params copy;
    webc_frame_copy_params_init(&copy, sizeof copy);
    copy.format = WEBC_PIXEL_FORMAT_BGRX;
    copy.layout_count = 1;
    copy.layout[0] = (webc_plane_layout){7, 31};
    copy.rect = (webc_rect){1, 1, 3, 2};
    uint64_t size;
    ck_assert_int_eq(webc_frame_allocation_size(frame, &copy, &size), WEBC_OK);
    ck_assert_uint_eq(size, 7 + 2 * 31);
    memset(out, SENTINEL, sizeof out);
    memset(expected, SENTINEL, sizeof expected);
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 3; x++) {
            double grey = (pixels[(y + 1) * 5 + x + 1] - 16) * 255.0 / 219;
            memset(expected + 7 + y * 31 + x * 4, (uint8_t)lrint(grey > 255 ? 255 : grey), 3);
            expected[7 + y * 31 + x * 4 + 3] = 255;
        }
    webc_plane_layout layouts[WEBC_MAX_PLANES];
    ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, size - 1, layouts), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(out[7], SENTINEL);
    ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, sizeof out, layouts), WEBC_OK);
    ck_assert_mem_eq(out, expected, sizeof out);
    ck_assert_uint_eq(layouts[0].offset, 7);
    ck_assert_uint_eq(layouts[0].stride, 31);
    webc_frame_unref(&frame);
}
END_TEST

CHECK_MAIN("api_frame_rgb", 120, every_matrix_and_range_is_undone_by_its_formula,
           null_members_are_rec709_one_by_one, srgb_and_display_p3_are_converted_into_each_other,
           primaries_and_sdr_transfers_become_those_of_the_target,
           hdr_is_shown_with_white_at_203_nits_and_clipped, alpha_is_kept_unpremultiplied_or_255,
           limited_range_rgb_is_stretched, colours_without_a_formula_are_refused_by_name,
           a_converted_copy_writes_its_rows_only_and_turns_nothing)
