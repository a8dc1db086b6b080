/* SPDX-License-Identifier: MIT */
/* Frames for the tests of the scaler, and what libswscale should make of them by the formulas of H.273. */
#ifndef WEBC_TESTS_SCALER_SUPPORT_H
#define WEBC_TESTS_SCALER_SUPPORT_H

#include "codec/scaler.h"
#include "support_check.h"

typedef struct scaler_matrix {
    uint32_t code;
    double kr;
    double kb;
} scaler_matrix;

#define SCALER_MATRICES 6u
extern const scaler_matrix scaler_matrices[SCALER_MATRICES];

/** One sample of `bytes` bytes. */
unsigned scaler_sample(const AVFrame *av, unsigned plane, unsigned x, unsigned y, unsigned bytes);

/** A frame of random samples within the depth; `crop` selects the visible part, NULL all of it. */
webc_frame *scaler_frame(uint32_t format, uint32_t width, uint32_t height, const webc_rect *crop,
                         uint32_t seed);

/** A frame whose planes hold one value each. */
webc_frame *scaler_flat(uint32_t format, uint32_t width, uint32_t height, const unsigned value[4],
                        webc_color_space color);

/** The picture a fresh scaler makes of `source`. */
AVFrame *scaler_run(const webc_frame *source, uint32_t format, uint32_t width, uint32_t height,
                    webc_color_space color);

/** Fail with `what` when `is` is further than `tolerance` from `expected`. */
void scaler_near(int is, double expected, double tolerance, const char *what);

/** The YUV samples of an RGB colour of 0 to 1, by the formulas of H.273. */
void scaler_yuv(const scaler_matrix *m, bool full, unsigned depth, const double rgb[3], double yuv[3]);

#endif
