/* SPDX-License-Identifier: MIT */
/* Geometry of frames: plane layouts, rectangles, display sizes and rotation, checked in 64 bits. Pure. */
#ifndef WEBC_MEDIA_FRAME_LAYOUT_H
#define WEBC_MEDIA_FRAME_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "media/pixel_format.h"
#include "webcodecs/frame.h"

/** Where the rows of one plane lie in a buffer. */
typedef struct webc__layout_plane {
    uint64_t offset;
    uint64_t stride;
    uint64_t row_bytes;
    uint64_t rows;
} webc__layout_plane;

typedef struct webc__layout {
    unsigned planes;
    webc__layout_plane plane[WEBC_MAX_PLANES];
    uint64_t size; /* bytes a buffer must have: the largest end of a plane */
} webc__layout;

/**
 * Resolve the layout of a width x height picture: the `count` given entries, or tightly packed planes for 0.
 * TypeError for a wrong count, a stride below the row, an end beyond 2^32 - 1 and planes that overlap (VF-05).
 */
webc_result webc__layout_resolve(webc__layout *out, const webc__pixel_format *format, uint32_t width,
                                 uint32_t height, uint32_t count, const webc_plane_layout *given);

/** How samples of one plane of any byte-addressed AVPixelFormat lie in memory. */
typedef struct webc__layout_grid {
    unsigned shift_x; /* log2 of picture columns per step */
    unsigned shift_y; /* log2 of picture rows per row */
    unsigned step;    /* bytes per step */
} webc__layout_grid;

/** Planes that can be addressed bytewise; 0 for hardware, bitstream, paletted, Bayer and unknown formats. */
unsigned webc__layout_plane_count(int av_format);
/** The grid of plane `index`, which must be below webc__layout_plane_count(). */
webc__layout_grid webc__layout_plane_grid(int av_format, unsigned index);

static inline uint64_t webc__layout_row_bytes(const webc__layout_grid *grid, uint32_t width)
{
    return (((uint64_t)width + (1u << grid->shift_x) - 1) >> grid->shift_x) * grid->step;
}

static inline uint64_t webc__layout_rows(const webc__layout_grid *grid, uint32_t height)
{
    return ((uint64_t)height + (1u << grid->shift_y) - 1) >> grid->shift_y;
}

/** Bytes from the first sample of a plane to the one that covers picture column x and row y. */
static inline size_t webc__layout_offset(const webc__layout_grid *grid, size_t stride, uint32_t x, uint32_t y)
{
    return (size_t)(y >> grid->shift_y) * stride + (size_t)(x >> grid->shift_x) * grid->step;
}

/** Copy `rows` rows of `row_bytes` bytes and touch nothing else. */
static inline void webc__layout_copy_rows(uint8_t *dst, size_t dst_stride, const uint8_t *src,
                                          size_t src_stride, size_t row_bytes, size_t rows)
{
    if (dst_stride == row_bytes && src_stride == row_bytes) { /* at once is a quarter faster */
        row_bytes *= rows;
        rows = 1;
    }
    for (size_t row = 0; row < rows; row++)
        memcpy(dst + row * dst_stride, src + row * src_stride, row_bytes);
}

/** What a rectangle of a caller is checked against. */
typedef struct webc__rect_bounds {
    const char *member; /* what the caller calls it */
    uint32_t coded_width;
    uint32_t coded_height;
    unsigned shift_x; /* log2 of the chroma grid */
    unsigned shift_y;
} webc__rect_bounds;

/**
 * The rectangle meant by `given`, `fallback` when it is absent. TypeError, naming the member, when it is empty,
 * leaves the coded size (VF-02) or begins between two chroma samples (VF-03).
 */
webc_result webc__rect_resolve(webc_rect *out, const webc_rect *given, const webc_rect *fallback,
                               const webc__rect_bounds *bounds);

/** TypeError unless both display sizes are given or neither (VF-04). */
webc_result webc__display_check(uint32_t display_width, uint32_t display_height);

/** value * mul / div to the nearest, at least 1 and at most 2^32 - 1. */
uint32_t webc__size_scale(uint32_t value, uint32_t mul, uint32_t div);

/** Nearest multiple of 90 in 0..270, ties upwards (VF-09). */
static inline int32_t webc__rotation_normalise(int64_t degrees)
{
    int64_t turns = (degrees + 45) / 90;
    if ((degrees + 45) % 90 < 0)
        turns--;
    return (int32_t)(((turns % 4) + 4) % 4 * 90);
}

/** True when a rotation exchanges width and height. */
static inline bool webc__rotation_swaps(int32_t rotation)
{
    return rotation == 90 || rotation == 270;
}

#endif
