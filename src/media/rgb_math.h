/* SPDX-License-Identifier: MIT */
/*
 * Pixels to 8-bit RGB: matrix and range, and where asked transfer and primaries (checklist CT-07, CT-10,
 * CT-12). In floating point, because libswscale takes full-range samples above 8 bits for a power of two too
 * large and wraps around on samples far outside the gamut.
 */
#ifndef WEBC_MEDIA_RGB_MATH_H
#define WEBC_MEDIA_RGB_MATH_H

#include <stdbool.h>
#include <stdint.h>

#include "webcodecs/color.h"
#include "webcodecs/result.h"

/** What to convert from and to. The output is R, G, B, A bytes, or B, G, R, A. */
typedef struct webc__rgb_setup {
    webc_color_space color; /* of the source; null members are those of sRGB or REC709 */
    bool from_rgb;          /* four bytes a pixel; else samples of Y, U, V and A */
    bool from_bgr;          /* order of those four bytes */
    bool alpha;             /* the source has it and the output keeps it; else the fourth byte is 255 */
    bool to_bgr;
    unsigned depth;      /* bits of a YUV sample */
    bool managed;        /* transfer and primaries are converted to `predefined`; else they stay */
    uint32_t predefined; /* WEBC_PREDEFINED_COLOR_SPACE_SRGB or _DISPLAY_P3 */
} webc__rgb_setup;

/** A conversion with its tables; not changed by use. */
typedef struct webc__rgb_math webc__rgb_math;

/** NotSupportedError, naming the member, for a matrix, transfer or primaries without a known formula. */
webc_result webc__rgb_math_create(webc__rgb_math **out, const webc__rgb_setup *setup);
void webc__rgb_math_free(webc__rgb_math **math);

/** Convert a row of Y, U, V and (with alpha) A samples, moved to the top of 16 bits. */
void webc__rgb_math_yuv_row(const webc__rgb_math *math, const uint16_t *const samples[4], uint8_t *dst,
                            uint32_t width);

/** Convert a row of four-byte pixels. */
void webc__rgb_math_rgb_row(const webc__rgb_math *math, const uint8_t *src, uint8_t *dst, uint32_t width);

#endif
