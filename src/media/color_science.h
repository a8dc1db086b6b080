/* SPDX-License-Identifier: MIT */
/* Formulas behind the code points of H.273: matrices, transfer curves, primaries. Pure. */
#ifndef WEBC_MEDIA_COLOR_SCIENCE_H
#define WEBC_MEDIA_COLOR_SCIENCE_H

#include <stdbool.h>
#include <stdint.h>

/** Luma weights of red and blue for a matrix; false for RGB and where there are none. */
bool webc__matrix_weights(uint32_t matrix, double *kr, double *kb);

/**
 * Transfers of SDR pictures, null among them. They are all shown as if they were sRGB's: the BT.709 curve is
 * that of a camera, and a display undoes it with a curve much like sRGB's (BT.1886), not with its inverse.
 */
bool webc__transfer_is_sdr(uint32_t transfer);

/**
 * Light for a signal of 0 to 1, where 1 is the white of an SDR picture; false for unknown transfers. PQ white
 * is 203 cd/m2 (BT.2408). For HLG the result is that of the scene, 0 to 1: see webc__hlg_display_gain().
 */
bool webc__transfer_decode(uint32_t transfer, double signal, double *light);

/** Factor from HLG scene light to light of a 1000 cd/m2 display with white at 203 (BT.2100, gamma 1.2). */
float webc__hlg_display_gain(float scene_luminance);

/** The sRGB curve: signal of 0 to 1 for light of 0 to 1. */
double webc__srgb_encode(double light);

/** The linear matrix from one set of primaries to another, both with white D65; false for unknown primaries. */
bool webc__primaries_matrix(uint32_t from, uint32_t to, double matrix[3][3]);

/** Luminance of each of the primaries; their sum is 1. False for unknown primaries. */
bool webc__primaries_luminance(uint32_t primaries, double weights[3]);

#endif
