/* SPDX-License-Identifier: MIT */
/* Small streams made by the library's own encoders: what seeds are cut from, and what real decoders are fed. */
#ifndef WEBC_TESTS_FUZZ_TINY_STREAM_H
#define WEBC_TESTS_FUZZ_TINY_STREAM_H

#include <stdbool.h>

#include "fuzz_input.h"
#include "webcodecs/webcodecs.h"

#define TINY_CHUNKS 8u

typedef struct tiny_chunk {
    uint8_t *data;
    size_t size;
    bool key;
} tiny_chunk;

/** Chunks are never freed: a process makes few streams and keeps them. */
typedef struct tiny_stream {
    char codec[64];
    uint8_t description[512];
    size_t description_size;
    tiny_chunk chunks[TINY_CHUNKS];
    unsigned count;
} tiny_stream;

/** A config of a codec that is fast, and small enough to be coded by every encoder. */
void tiny_config(webc_video_encoder_config *config, uint32_t codec, uint32_t width, uint32_t height);

/** Code some pictures; false, with nothing in `out`, where the linked FFmpeg cannot. */
bool tiny_stream_make(tiny_stream *out, const webc_video_encoder_config *config, uint32_t format);

/** Bytes of a picture of tight planes. */
size_t tiny_picture_size(uint32_t format, uint32_t width, uint32_t height);

#endif
