/* SPDX-License-Identifier: MIT */
/* Is this coded picture a key frame? Read from its bits, not from flags (checklist 2.3). Pure. */
#ifndef WEBC_BITSTREAM_KEY_FRAME_H
#define WEBC_BITSTREAM_KEY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum webc__key {
    WEBC__KEY_UNKNOWN, /* empty, cut off or damaged before that can be told, or too far behind to be looked for
                        */
    WEBC__KEY_NO,
    WEBC__KEY_YES,
} webc__key;

/**
 * Can decoding start with this chunk?
 *
 * `codec` is WEBC_CODEC_*; `length_size` 1, 2 or 4 for length-prefixed H.264 and HEVC, 0 for Annex B and the
 * other codecs. H.264: the first slice is IDR, or a recovery point SEI with recovery_frame_cnt 0 and
 * exact_match_flag comes before a picture (the first field of two) of I slices only. HEVC: the first slice of
 * the base layer has NAL type 16 to 21. VP8: the frame tag says so. VP9: the first shown frame of the chunk is
 * a key frame (not intra-only). AV1: the same, and a sequence header comes before it in the temporal unit;
 * showing a key frame coded earlier does not count. A chunk of whole units without any picture is no key chunk.
 *
 * Does not take long, whatever the data: what begins behind the first 256 KiB is not looked at.
 */
webc__key webc__key_inspect(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size);

/** What an encoder's chunk must be to be called key: as above, and of H.264 only IDR pictures. */
bool webc__is_key_frame(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size);

/** Pictures that the chunk shows: of a VP9 superframe as many as its frames say; 1 where that is not known. */
unsigned webc__shown_frames(uint32_t codec, const uint8_t *data, size_t size);

/**
 * Is a temporal unit of AV1 not made of whole units? dav1d takes a unit with the forbidden bit for one of a
 * type that it does not know, and passes over the picture in it.
 */
bool webc__av1_is_damaged(const uint8_t *data, size_t size);

#endif
