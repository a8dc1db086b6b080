/* SPDX-License-Identifier: MIT */
/* The only way up: what a worker reports, and to whom. Every entry is required. */
#ifndef WEBC_CODEC_SINK_H
#define WEBC_CODEC_SINK_H

#include <stdbool.h>

#include "webcodecs/video_decoder.h"

/** What a codec makes of an input; the sink takes over all of it. */
typedef struct webc__output {
    webc_frame *frame; /* decoder */
    webc_chunk *chunk; /* encoder */
    webc_chunk *alpha; /* encoder: that of the alpha kept; NULL when there is none */
    uint64_t tag;
    bool has_dts;
    int64_t dts;  /* encoder with B-frames, in the caller's time */
    bool layered; /* temporal_layer means something */
    uint32_t temporal_layer;
    webc_video_decoder_config *decoder_config; /* encoder, when it changed: one block for free() */
} webc__output;

/** All functions are called on the worker, without locks, and carry the epoch of the work they belong to. */
typedef struct webc__sink {
    void *owner;
    /** Post an output; waits while the output window is full. False when the epoch has passed: stop working. */
    bool (*output)(void *owner, uint32_t epoch, webc__output *output);
    /** The codec has failed; to be said once per epoch. */
    void (*error)(void *owner, uint32_t epoch, webc_result result, const char *message);
    /** All outputs before the flush are posted. */
    void (*flushed)(void *owner, uint32_t epoch, uint64_t flush_id);
    /** Add to the codec's counts of chunks passed over and of frames known to be damaged. */
    void (*damage)(void *owner, uint32_t epoch, uint32_t chunks, uint32_t frames);
    /** True while `epoch` is the codec's: long work looks between steps. */
    bool (*current)(void *owner, uint32_t epoch);
    /** True while nothing is queued behind the message that is run. */
    bool (*last)(void *owner);
} webc__sink;

#endif
