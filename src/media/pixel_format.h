/* SPDX-License-Identifier: MIT */
/* The one table of WebCodecs pixel formats and their AVPixelFormat. */
#ifndef WEBC_MEDIA_PIXEL_FORMAT_H
#define WEBC_MEDIA_PIXEL_FORMAT_H

#include <libavutil/pixfmt.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct webc__pixel_format {
    uint32_t format; /* WEBC_PIXEL_FORMAT_* */
    const char *name;
    int av_format;   /* AV_PIX_FMT_NONE: FFmpeg has none (I420AP12) */
    uint32_t opaque; /* the same without alpha */
    uint8_t planes;
    uint8_t sample_bytes;   /* bytes of one sample of plane 0 (4 for RGBA) */
    uint8_t chroma_shift_x; /* log2 of the subsampling of planes 1 and 2 */
    uint8_t chroma_shift_y;
    uint8_t bit_depth;
    bool alpha;
    bool rgb;
} webc__pixel_format;

/** NULL for 0 and unknown values. */
const webc__pixel_format *webc__pixel_format_get(uint32_t format);
/** By AVPixelFormat, yuvj formats included; NULL where WebCodecs has no name. */
const webc__pixel_format *webc__pixel_format_from_av(int av_format);

/** The same format without range in its name: yuvj420p gives yuv420p; others give themselves. */
int webc__pixel_format_plain(int av_format);

/** Bytes of a row and number of rows of plane `index` for a width x height picture; subsampling rounds up. */
void webc__pixel_format_plane_size(const webc__pixel_format *format, unsigned index, uint32_t width,
                                   uint32_t height, uint64_t *row_bytes, uint64_t *rows);

#endif
