/* SPDX-License-Identifier: MIT */
/* HEVCDecoderConfigurationRecord (ISO/IEC 14496-15). Pure. */
#ifndef WEBC_BITSTREAM_HVCC_H
#define WEBC_BITSTREAM_HVCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Build the record from Annex B parameter sets; SEI and the sets of higher layers are left out. With dst NULL
 * only *needed is computed. False when VPS, SPS or PPS are missing, cut off or too long, or when dst is too
 * small.
 */
bool webc__hvcc_build(const uint8_t *annexb, size_t size, uint8_t *dst, size_t dst_size, size_t *needed);

/** Check a record and give its NAL length size (1, 2 or 4); false with a reason when it is not one. */
bool webc__hvcc_parse(const uint8_t *data, size_t size, unsigned *length_size, const char **reason);

#endif
