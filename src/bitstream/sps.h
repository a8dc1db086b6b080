/* SPDX-License-Identifier: MIT */
/* What a decoder must know of sequence parameter sets of H.264 and HEVC before libavcodec reads them. Pure. */
#ifndef WEBC_BITSTREAM_SPS_H
#define WEBC_BITSTREAM_SPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Pictures that a decoder must hold back to put them in order where the stream does not say: the size of the
 * decoded picture buffer (H.264 A.3.1, E.2.1 max_num_reorder_frames when it is not present). 0 when the stream
 * says it, cannot reorder, or has no readable SPS.
 *
 * The SPS is looked for in `record`, an AVCDecoderConfigurationRecord, and when that has none in `chunk`: avc3
 * streams have it there, and those without a record, which are Annex B.
 */
unsigned webc__h264_unsaid_reorder(const uint8_t *record, size_t record_size, const uint8_t *chunk,
                                   size_t chunk_size);

/**
 * Samples of the largest picture that the sets of an avcC or hvcC record, or of a chunk, speak of; 0 when there
 * is no set that can be read.
 */
uint64_t webc__record_pixels(bool hevc, const uint8_t *record, size_t size);
uint64_t webc__chunk_pixels(bool hevc, const uint8_t *chunk, size_t size, unsigned length_size);

#endif
