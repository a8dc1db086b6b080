/* SPDX-License-Identifier: MIT */
/* What a VP8 frame says of itself (RFC 6386 9.1). Pure. */
#ifndef WEBC_BITSTREAM_VP8_H
#define WEBC_BITSTREAM_VP8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * True when the uncompressed header contradicts itself or the size of the data. The bits behind it are of an
 * arithmetic coder, to which every sequence means something, so this is all the damage that can be told by
 * looking.
 */
bool webc__vp8_is_damaged(const uint8_t *data, size_t size);

#endif
