/* SPDX-License-Identifier: MIT */
/* What a decoder must know of sequence parameter sets of H.264 and HEVC before libavcodec reads them. Pure. */
#ifndef WEBC_BITSTREAM_SPS_H
#define WEBC_BITSTREAM_SPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitstream/nal.h"

/** What the sets that were read ask of who decodes: of each the most. */
typedef struct webc__sets {
    uint64_t pixels; /* samples of the largest picture; 0: there was no set that can be read */
    /*
     * H.264: pictures to hold back to put them in order. Where a set does not say how many, and its stream may
     * reorder, as many as the decoded picture buffer takes (A.3.1, E.2.1 max_num_reorder_frames).
     */
    unsigned reorder;
    bool silent; /* H.264: a set does not say how many */
} webc__sets;

/**
 * The id of an H.264 SPS as libavcodec reads it, which takes 32 to 34 for 31; above 31 where there can be none.
 */
static inline uint32_t webc__sps_id(uint32_t coded)
{
    return coded > 31 && coded < 35 ? 31 : coded;
}

/** The sets of an avcC or hvcC record. */
webc__sets webc__record_sets(bool hevc, const uint8_t *record, size_t size);

/**
 * Walk the parameter sets of a chunk, whatever else they are for; *position starts at 0, false when there are
 * no more. length_size 0 is Annex B.
 */
bool webc__next_set(bool hevc, const uint8_t *chunk, size_t size, unsigned length_size, size_t *position,
                    webc__nal *out);

/** What one set asks. */
webc__sets webc__read_set(bool hevc, const webc__nal *set);

/** What both ask. */
webc__sets webc__sets_join(webc__sets one, webc__sets other);

#endif
