/* SPDX-License-Identifier: MIT */
/* The worker's side of a codec: what runs the messages. Decoder and encoder have one table each. */
#ifndef WEBC_CODEC_WORK_H
#define WEBC_CODEC_WORK_H

#include "codec/backend.h"
#include "codec/message.h"
#include "codec/sink.h"

/** What work is created with. */
typedef struct webc__work_setup {
    webc__sink sink;
    webc__backend backend;
    uint64_t max_pixels;
} webc__work_setup;

/** `create` runs on the caller's thread and opens nothing; the others run on the worker. */
typedef struct webc__work_ops {
    const char *thread_name; /* at most 15 bytes */
    void *(*create)(const webc__work_setup *setup);
    /** Run a message of the codec's present epoch. Borrowed. */
    void (*run)(void *work, const webc__message *message);
    /** The sink could not take an output: report `result` and stop working for this epoch. */
    void (*fail)(void *work, webc_result result, const char *message);
    /** The codec was reset or closed: free what belongs to an epoch other than `epoch`. */
    void (*abandon)(void *work, uint32_t epoch);
    void (*free)(void *work);
} webc__work_ops;

extern const webc__work_ops webc__video_decoder_work;
extern const webc__work_ops webc__video_encoder_work;

#endif
