/* SPDX-License-Identifier: MIT */
/* Is this coded picture a key frame? Read from its bits, not from flags (checklist 2.3). Pure. */
#ifndef WEBC_BITSTREAM_KEY_FRAME_H
#define WEBC_BITSTREAM_KEY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * `codec` is WEBC_CODEC_*; `length_size` 1, 2 or 4 for length-prefixed H.264 and HEVC, 0 for Annex B and the
 * other codecs. H.264: the first slice is IDR. HEVC: the first slice of the base layer has NAL type 16 to 21.
 * VP8: the frame tag says so. VP9: the first shown frame of the chunk is a key frame. AV1: the same, and a
 * sequence header comes before it in the temporal unit; showing a key frame coded earlier does not count.
 * False for anything cut off or damaged before that can be told.
 */
bool webc__is_key_frame(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size);

#endif
