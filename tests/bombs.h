/* SPDX-License-Identifier: MIT */
/* Key frames that are headers only: some bytes that say how large a picture is, and nothing of the picture. */
#ifndef WEBC_TESTS_BOMBS_H
#define WEBC_TESTS_BOMBS_H

#include <stddef.h>
#include <stdint.h>

/** What a chunk, a record or a file holds. */
typedef struct bomb {
    uint8_t data[4096];
    size_t size;
} bomb;

void bomb_put(bomb *out, const void *data, size_t size);

/** Annex B: parameter sets and the first slice of an IDR picture. Sides are rounded up to whole blocks. */
void bomb_h264(bomb *out, unsigned width, unsigned height);
void bomb_hevc(bomb *out, unsigned width, unsigned height);
/** A P picture to follow that, which refers to as many pictures as it may; none of them was ever coded. */
void bomb_h264_gap(bomb *out);
void bomb_hevc_missing(bomb *out);
/** avcC and hvcC with the parameter sets, and the slice as a length-prefixed chunk. */
void bomb_avcc(bomb *out, unsigned width, unsigned height);
void bomb_hvcc(bomb *out, unsigned width, unsigned height);
void bomb_h264_slice(bomb *out);
void bomb_hevc_slice(bomb *out);

void bomb_vp8(bomb *out, unsigned width, unsigned height);
void bomb_vp9(bomb *out, unsigned width, unsigned height);
/** A temporal unit whose sequence header names 32 operating points. */
void bomb_av1(bomb *out, unsigned width, unsigned height);

#endif
