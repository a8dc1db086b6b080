/* SPDX-License-Identifier: MIT */
/* Rows of pixels to 8-bit RGB. Tables are made once for a picture; the table of the sRGB curve once at all. */
#include "media/rgb_math.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "media/color_map.h"
#include "media/color_science.h"
#include "shared/error.h"

/* Entries per unit: fine enough that a table moves no result by more than a tenth of an 8-bit step. */
#define DECODE_STEPS 16383u
#define ENCODE_STEPS 32767u

/* Pixels that are converted together. */
#define BLOCK 16u

/* 8-bit sRGB for linear light; written once. */
static uint8_t encode_table[ENCODE_STEPS + 1];
static pthread_once_t encode_once = PTHREAD_ONCE_INIT;

/* Set at creation. */
struct webc__rgb_math {
    webc__rgb_setup setup;
    /* YUV: signal of red, green and blue by the three samples, and what to add */
    float mix[3][3];
    float offset[3];
    float alpha_scale;
    /* RGB bytes: signal of each; limited range is stretched here */
    bool stretches;
    float signal[256];
    bool converts; /* transfer or primaries change */
    bool hlg;
    float weights[3]; /* luminance of the source's primaries */
    float primaries[3][3];
    float decode[DECODE_STEPS + 1]; /* light for a signal */
};

static void fill_encode_table(void)
{
    for (unsigned i = 0; i <= ENCODE_STEPS; i++)
        encode_table[i] = (uint8_t)lrint(webc__srgb_encode((double)i / ENCODE_STEPS) * 255);
}

static float clamp_unit(float value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static webc_result plan_yuv(webc__rgb_math *math, const webc_color_space *color)
{
    const double one = 1 << (math->setup.depth - 8); /* a step of 8 bits */
    const double peak = (1 << math->setup.depth) - 1;
    const double unit = 65536.0 / (1 << math->setup.depth); /* samples are at the top of 16 bits */
    const bool full = color->range == WEBC_COLOR_RANGE_FULL;
    const double luma = 1 / ((full ? peak : 219 * one) * unit);
    const double chroma = 1 / ((full ? peak : 224 * one) * unit);
    const double black = full ? 0 : 16 * one * unit;
    math->alpha_scale = (float)(1 / (peak * unit));
    double mix[3][3] = {{0, 0, luma}, {luma, 0, 0}, {0, luma, 0}}; /* matrix RGB: the planes are G, B and R */
    double zero[3] = {black, black, black};
    double kr, kb;
    if (webc__matrix_weights(color->matrix, &kr, &kb)) {
        const double u = 2 * (1 - kb) * chroma, v = 2 * (1 - kr) * chroma, kg = 1 - kr - kb;
        const double yuv[3][3] = {{luma, 0, v}, {luma, -u * kb / kg, -v * kr / kg}, {luma, u, 0}};
        memcpy(mix, yuv, sizeof mix);
        zero[1] = zero[2] = 32768;
    } else if (color->matrix != WEBC_COLOR_MATRIX_RGB) {
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                          "no formula for color_space.matrix, H.273 code %u; give 1, 4, 5, 6, 7, 9 or RGB",
                          color->matrix);
    }
    for (int c = 0; c < 3; c++) {
        double offset = 0;
        for (int sample = 0; sample < 3; sample++) {
            math->mix[c][sample] = (float)mix[c][sample];
            offset -= mix[c][sample] * zero[sample];
        }
        math->offset[c] = (float)offset;
    }
    return WEBC_OK;
}

static void plan_rgb(webc__rgb_math *math, const webc_color_space *color)
{
    math->stretches = math->setup.managed && color->range == WEBC_COLOR_RANGE_LIMITED;
    for (int i = 0; i < 256; i++)
        math->signal[i] = clamp_unit(math->stretches ? (float)(i - 16) / 219 : (float)i / 255);
}

static webc_result plan_color(webc__rgb_math *math, const webc_color_space *color)
{
    webc_color_space target;
    webc_color_space_preset(&target, math->setup.predefined);
    math->converts = !webc__transfer_is_sdr(color->transfer) || color->primaries != target.primaries;
    if (!math->converts)
        return WEBC_OK;
    double matrix[3][3], weights[3], light;
    if (!webc__transfer_decode(color->transfer, 0, &light))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                          "no formula for color_space.transfer, H.273 code %u; webc_frame_convert() leaves it",
                          color->transfer);
    if (!webc__primaries_matrix(color->primaries, target.primaries, matrix) ||
        !webc__primaries_luminance(color->primaries, weights))
        return webc__fail(
            WEBC_ERROR_NOT_SUPPORTED,
            "no formula for color_space.primaries, H.273 code %u; webc_frame_convert() leaves them",
            color->primaries);
    for (int i = 0; i < 9; i++)
        math->primaries[i / 3][i % 3] = (float)matrix[i / 3][i % 3];
    for (int i = 0; i < 3; i++)
        math->weights[i] = (float)weights[i];
    math->hlg = color->transfer == WEBC_COLOR_TRANSFER_HLG;
    for (unsigned i = 0; i <= DECODE_STEPS; i++) {
        webc__transfer_decode(color->transfer, (double)i / DECODE_STEPS, &light);
        math->decode[i] = (float)light;
    }
    pthread_once(&encode_once, fill_encode_table);
    return WEBC_OK;
}

webc_result webc__rgb_math_create(webc__rgb_math **out, const webc__rgb_setup *setup)
{
    *out = NULL;
    webc__rgb_math *math = calloc(1, sizeof *math);
    if (!math)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory to convert colours");
    math->setup = *setup;
    const webc_color_space color = webc__color_complete(setup->color, setup->from_rgb);
    webc_result result = WEBC_OK;
    if (setup->from_rgb)
        plan_rgb(math, &color);
    else
        result = plan_yuv(math, &color);
    if (!result && setup->managed)
        result = plan_color(math, &color);
    if (result)
        webc__rgb_math_free(&math);
    *out = math;
    return result;
}

void webc__rgb_math_free(webc__rgb_math **math)
{
    free(*math);
    *math = NULL;
}

static uint8_t to_byte(float signal)
{
    return (uint8_t)(clamp_unit(signal) * 255 + 0.5f);
}

/* Transfer and primaries of a pixel. */
static void convert_color(const webc__rgb_math *math, const float signal[3], uint8_t rgb[3])
{
    float light[3];
    for (int c = 0; c < 3; c++)
        light[c] = math->decode[(unsigned)(clamp_unit(signal[c]) * DECODE_STEPS + 0.5f)];
    float gain = 1;
    if (math->hlg)
        gain = webc__hlg_display_gain(math->weights[0] * light[0] + math->weights[1] * light[1] +
                                      math->weights[2] * light[2]);
    for (int c = 0; c < 3; c++) {
        const float *row = math->primaries[c];
        float mixed = (row[0] * light[0] + row[1] * light[1] + row[2] * light[2]) * gain;
        rgb[c] = encode_table[(unsigned)(clamp_unit(mixed) * ENCODE_STEPS + 0.5f)];
    }
}

static void put_pixel(const webc__rgb_math *math, const uint8_t rgb[3], uint8_t *dst)
{
    dst[0] = rgb[math->setup.to_bgr ? 2 : 0];
    dst[1] = rgb[1];
    dst[2] = rgb[math->setup.to_bgr ? 0 : 2];
}

/* The loops over a whole block are those that compilers make vectors of. */
static void convert_block(const webc__rgb_math *math, const uint16_t *const samples[4], uint8_t *dst,
                          uint32_t count)
{
    float signal[3][BLOCK];
    uint8_t bytes[4][BLOCK];
    for (int c = 0; c < 3; c++)
        for (unsigned i = 0; i < BLOCK; i++)
            signal[c][i] = math->mix[c][0] * samples[0][i] + math->mix[c][1] * samples[1][i] +
                           math->mix[c][2] * samples[2][i] + math->offset[c];
    for (int c = 0; c < 3 && !math->converts; c++)
        for (unsigned i = 0; i < BLOCK; i++)
            bytes[c][i] = to_byte(signal[c][i]);
    for (unsigned i = 0; i < BLOCK; i++)
        bytes[3][i] = math->setup.alpha ? to_byte(samples[3][i] * math->alpha_scale) : 255;
    for (uint32_t i = 0; i < count; i++, dst += 4) {
        uint8_t rgb[3];
        if (math->converts)
            convert_color(math, (const float[]){signal[0][i], signal[1][i], signal[2][i]}, rgb);
        else
            for (int c = 0; c < 3; c++)
                rgb[c] = bytes[c][i];
        put_pixel(math, rgb, dst);
        dst[3] = bytes[3][i];
    }
}

void webc__rgb_math_yuv_row(const webc__rgb_math *math, const uint16_t *const samples[4], uint8_t *dst,
                            uint32_t width)
{
    const unsigned planes = math->setup.alpha ? 4 : 3;
    for (uint32_t x = 0; x < width; x += BLOCK) {
        const uint32_t count = width - x < BLOCK ? width - x : BLOCK;
        uint16_t last[4][BLOCK] = {{0}};
        const uint16_t *at[4] = {NULL};
        for (unsigned p = 0; p < planes; p++) {
            at[p] = samples[p] + x;
            if (count < BLOCK)
                at[p] = memcpy(last[p], at[p], count * sizeof *at[p]);
        }
        convert_block(math, at, dst + (size_t)x * 4, count);
    }
}

void webc__rgb_math_rgb_row(const webc__rgb_math *math, const uint8_t *src, uint8_t *dst, uint32_t width)
{
    const unsigned red = math->setup.from_bgr ? 2 : 0;
    const unsigned swap = math->setup.from_bgr != math->setup.to_bgr ? 2 : 0;
    const uint8_t opaque = math->setup.alpha ? 0 : 255;
    if (!math->converts && !math->stretches) {
        for (uint32_t x = 0; x < width; x++, src += 4, dst += 4) {
            dst[0] = src[swap];
            dst[1] = src[1];
            dst[2] = src[2 - swap];
            dst[3] = src[3] | opaque;
        }
        return;
    }
    for (uint32_t x = 0; x < width; x++, src += 4, dst += 4) {
        const float signal[3] = {math->signal[src[red]], math->signal[src[1]], math->signal[src[2 - red]]};
        uint8_t rgb[3] = {to_byte(signal[0]), to_byte(signal[1]), to_byte(signal[2])};
        if (math->converts)
            convert_color(math, signal, rgb);
        put_pixel(math, rgb, dst);
        dst[3] = src[3] | opaque;
    }
}
