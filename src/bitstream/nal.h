/* SPDX-License-Identifier: MIT */
/* H.264 and HEVC NAL units in Annex B and length-prefixed framing. Pure. */
#ifndef WEBC_BITSTREAM_NAL_H
#define WEBC_BITSTREAM_NAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct webc__nal {
    const uint8_t *data; /* first byte of the NAL header */
    size_t size;
} webc__nal;

/**
 * Walk Annex B: *position starts at 0; false at the end. Start codes of 3 and 4 bytes, trailing zeros cut.
 * Bytes before the first start code and empty units are skipped.
 */
bool webc__nal_next_annexb(const uint8_t *data, size_t size, size_t *position, webc__nal *out);
/**
 * Walk units with a big-endian length of `length_size` (1, 2 or 4); false at the end, when *position is `size`,
 * or on a bad length, when it is less. Empty units are skipped.
 */
bool webc__nal_next_prefixed(const uint8_t *data, size_t size, unsigned length_size, size_t *position,
                             webc__nal *out);

/** The walk of a framing: `framing` 0 for Annex B, else the length size. */
bool webc__nal_next(const uint8_t *data, size_t size, unsigned framing, size_t *position, webc__nal *out);

static inline unsigned webc__nal_type_h264(const webc__nal *nal)
{
    return nal->size ? nal->data[0] & 0x1f : 0;
}

static inline unsigned webc__nal_type_hevc(const webc__nal *nal)
{
    return nal->size ? (nal->data[0] >> 1) & 0x3f : 0;
}

/** Is there a start code in front, as there must be in Annex B? */
bool webc__nal_has_start_code(const uint8_t *data, size_t size);

/**
 * Is a chunk in this framing: `length_size` 1, 2 or 4 with units that end where the data does, or 0 for a start
 * code in front? Lengths below 512 look like start codes; data that also ends where such lengths say is not
 * Annex B. A chunk of Annex B may do so by chance: ask this of the first one, which would have to hold
 * parameter sets too.
 */
bool webc__nal_is_framed(const uint8_t *data, size_t size, unsigned length_size);

/** SPS and PPS (7, 8, 13, 15) of H.264; VPS, SPS, PPS (32 to 34) of HEVC. */
bool webc__nal_is_parameter_set(unsigned type, bool hevc);

/**
 * The same units in another framing, all of them and in order: `from` and `to` are 0 for Annex B (written with
 * 4-byte start codes) or a length size of 1, 2 or 4. With dst NULL only *needed is computed. False when there
 * is no unit, when a length leaves the data, when a unit is too long for `to`, or when dst is too small.
 */
bool webc__nal_reframe(const uint8_t *data, size_t size, unsigned from, unsigned to, uint8_t *dst,
                       size_t dst_size, size_t *needed);

/**
 * Annex B to 4-byte length prefixes, leaving parameter sets out; everything else is kept in order.
 * With dst NULL only *needed is computed. False when there is no start code in it or dst is too small; *needed
 * is 0 when there was nothing but parameter sets.
 */
bool webc__nal_to_prefixed(const uint8_t *data, size_t size, bool hevc, uint8_t *dst, size_t dst_size,
                           size_t *needed);

#endif
