/* SPDX-License-Identifier: MIT */
/* Crop, scale and convert pictures with libswscale; matrix and range always set explicitly. */
#ifndef WEBC_CODEC_SCALER_H
#define WEBC_CODEC_SCALER_H

#include "media/frame.h"

/** Holds an swscale context and a buffer pool for one use site. Used by one thread at a time. */
typedef struct webc__scaler webc__scaler;

webc__scaler *webc__scaler_create(void);
void webc__scaler_free(webc__scaler **scaler);

/** What webc__scaler_run() makes. */
typedef struct webc__scaler_target {
    int av_format; /* AVPixelFormat */
    uint32_t width;
    uint32_t height;
    webc_color_space color; /* matrix and range are converted to; set members are written on the output */
    /* For RGBA, RGBX, BGRA and BGRX at the size of the source: convert to this space, transfer, primaries and
       the fourth byte included; `color` is not read. */
    bool managed;
    uint32_t predefined; /* WEBC_PREDEFINED_COLOR_SPACE_SRGB or _DISPLAY_P3 */
} webc__scaler_target;

/**
 * Make the visible part of `source` a picture of the target's format and size.
 *
 * Without anything to convert the output refers to the source's pixels; foreign memory is copied first, so that
 * neither swscale nor an encoder ever reads it beyond its rows. `out` is an unreferenced AVFrame to fill.
 */
webc_result webc__scaler_run(webc__scaler *scaler, const webc_frame *source, const webc__scaler_target *target,
                             AVFrame *out);

#endif
