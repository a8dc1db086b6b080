/* SPDX-License-Identifier: MIT */
/* Constants are those of ITU-T H.273 and of ITU-R BT.2100 and BT.2408. */
#include "media/color_science.h"

#include <libavutil/pixfmt.h>
#include <math.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define WHITE_NITS 203.0
#define HLG_PEAK_NITS 1000.0

typedef struct chromaticities {
    uint32_t code;
    double x[3]; /* red, green, blue */
    double y[3];
} chromaticities;

static const double white_x = 0.3127;
static const double white_y = 0.3290;

/* Those with white D65; others would need chromatic adaptation, for which the code points name no method. */
static const chromaticities known_primaries[] = {
    {AVCOL_PRI_BT709, {0.640, 0.300, 0.150}, {0.330, 0.600, 0.060}},
    {AVCOL_PRI_BT470BG, {0.640, 0.290, 0.150}, {0.330, 0.600, 0.060}},
    {AVCOL_PRI_SMPTE170M, {0.630, 0.310, 0.155}, {0.340, 0.595, 0.070}},
    {AVCOL_PRI_SMPTE240M, {0.630, 0.310, 0.155}, {0.340, 0.595, 0.070}},
    {AVCOL_PRI_BT2020, {0.708, 0.170, 0.131}, {0.292, 0.797, 0.046}},
    {AVCOL_PRI_SMPTE432, {0.680, 0.265, 0.150}, {0.320, 0.690, 0.060}},
    {AVCOL_PRI_JEDEC_P22, {0.630, 0.295, 0.155}, {0.340, 0.605, 0.077}},
};

bool webc__matrix_weights(uint32_t matrix, double *kr, double *kb)
{
    static const struct {
        uint32_t code;
        double kr, kb;
    } rows[] = {
        {AVCOL_SPC_BT709, 0.2126, 0.0722},   {AVCOL_SPC_FCC, 0.30, 0.11},
        {AVCOL_SPC_BT470BG, 0.299, 0.114},   {AVCOL_SPC_SMPTE170M, 0.299, 0.114},
        {AVCOL_SPC_SMPTE240M, 0.212, 0.087}, {AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].code == matrix) {
            *kr = rows[i].kr;
            *kb = rows[i].kb;
            return true;
        }
    return false;
}

bool webc__transfer_is_sdr(uint32_t transfer)
{
    switch (transfer) {
    case 0:
    case AVCOL_TRC_BT709:
    case AVCOL_TRC_SMPTE170M:
    case AVCOL_TRC_SMPTE240M:
    case AVCOL_TRC_IEC61966_2_4:
    case AVCOL_TRC_IEC61966_2_1:
    case AVCOL_TRC_BT2020_10:
    case AVCOL_TRC_BT2020_12:
        return true;
    default:
        return false;
    }
}

static double srgb_decode(double signal)
{
    return signal <= 0.04045 ? signal / 12.92 : pow((signal + 0.055) / 1.055, 2.4);
}

double webc__srgb_encode(double light)
{
    return light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

static double pq_nits(double signal)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128;
    const double c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32, c3 = 2392.0 / 4096 * 32;
    double root = pow(signal, 1 / m2);
    double above = root > c1 ? root - c1 : 0;
    return 10000 * pow(above / (c2 - c3 * root), 1 / m1);
}

static double hlg_scene(double signal)
{
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
    return signal <= 0.5 ? signal * signal / 3 : (exp((signal - c) / a) + b) / 12;
}

bool webc__transfer_decode(uint32_t transfer, double signal, double *light)
{
    if (webc__transfer_is_sdr(transfer)) {
        *light = srgb_decode(signal);
        return true;
    }
    switch (transfer) {
    case AVCOL_TRC_LINEAR:
        *light = signal;
        return true;
    case AVCOL_TRC_GAMMA22:
        *light = pow(signal, 2.2);
        return true;
    case AVCOL_TRC_GAMMA28:
        *light = pow(signal, 2.8);
        return true;
    case AVCOL_TRC_SMPTE2084:
        *light = pq_nits(signal) / WHITE_NITS;
        return true;
    case AVCOL_TRC_ARIB_STD_B67:
        *light = hlg_scene(signal);
        return true;
    default:
        return false;
    }
}

float webc__hlg_display_gain(float scene_luminance)
{
    return powf(scene_luminance, 0.2f) * (float)(HLG_PEAK_NITS / WHITE_NITS);
}

static bool invert(const double m[3][3], double out[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int r = (j + 1) % 3, s = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
            out[i][j] = m[r][c] * m[s][d] - m[r][d] * m[s][c];
        }
    double determinant = m[0][0] * out[0][0] + m[0][1] * out[1][0] + m[0][2] * out[2][0];
    for (int i = 0; i < 9; i++)
        out[i / 3][i % 3] /= determinant;
    return determinant != 0;
}

/* Columns are the XYZ of the primaries, scaled so that their sum is white with luminance 1. */
static bool to_xyz(uint32_t code, double xyz[3][3])
{
    const chromaticities *found = NULL;
    for (size_t i = 0; i < COUNT(known_primaries); i++)
        if (known_primaries[i].code == code)
            found = &known_primaries[i];
    if (!found)
        return false;
    for (int c = 0; c < 3; c++) {
        xyz[0][c] = found->x[c] / found->y[c];
        xyz[1][c] = 1;
        xyz[2][c] = (1 - found->x[c] - found->y[c]) / found->y[c];
    }
    double inverse[3][3];
    if (!invert(xyz, inverse))
        return false;
    const double white[3] = {white_x / white_y, 1, (1 - white_x - white_y) / white_y};
    for (int c = 0; c < 3; c++) {
        double scale = inverse[c][0] * white[0] + inverse[c][1] * white[1] + inverse[c][2] * white[2];
        for (int row = 0; row < 3; row++)
            xyz[row][c] *= scale;
    }
    return true;
}

bool webc__primaries_luminance(uint32_t primaries, double weights[3])
{
    double xyz[3][3];
    if (!to_xyz(primaries, xyz))
        return false;
    for (int c = 0; c < 3; c++)
        weights[c] = xyz[1][c];
    return true;
}

bool webc__primaries_matrix(uint32_t from, uint32_t to, double matrix[3][3])
{
    double source[3][3], target[3][3], back[3][3];
    if (!to_xyz(from, source) || !to_xyz(to, target) || !invert(target, back))
        return false;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            matrix[i][j] = back[i][0] * source[0][j] + back[i][1] * source[1][j] + back[i][2] * source[2][j];
    return true;
}
