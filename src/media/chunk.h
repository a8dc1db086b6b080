/* SPDX-License-Identifier: MIT */
/* webc_chunk inside: counted bytes with a type and times. Immutable. */
#ifndef WEBC_MEDIA_CHUNK_H
#define WEBC_MEDIA_CHUNK_H

#include <libavutil/buffer.h>
#include <stdbool.h>

#include "shared/ref.h"
#include "webcodecs/chunk.h"

/** AV_INPUT_BUFFER_PADDING_SIZE: libavcodec reads that far past a packet; this room does not include it. */
#define WEBC__CHUNK_PADDING 64

struct webc_chunk {
    webc__ref ref; /* atomic */
    /* set at creation */
    AVBufferRef *buffer;  /* holds the bytes; NULL only when there are none */
    webc_chunk_info info; /* full struct; info.data points into buffer */
    bool padded;          /* WEBC__CHUNK_PADDING readable zero bytes follow the data */
};

/**
 * Make a chunk on `size` bytes at `data` inside `buffer`. Takes over the buffer reference on success.
 * `padded` as in struct webc_chunk.
 */
webc_result webc__chunk_adopt(webc_chunk **out, const webc_chunk_params *params, AVBufferRef *buffer,
                              const uint8_t *data, uint32_t size, bool padded);

/** A buffer of `size` bytes followed by zeroed padding for libavcodec; NULL without memory. */
AVBufferRef *webc__chunk_alloc(uint32_t size);

#endif
