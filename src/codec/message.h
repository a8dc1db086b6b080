/* SPDX-License-Identifier: MIT */
/* Control messages (WebCodecs 3.3): typed data on its way to a worker. */
#ifndef WEBC_CODEC_MESSAGE_H
#define WEBC_CODEC_MESSAGE_H

#include "shared/worker.h"
#include "webcodecs/video_decoder.h"
#include "webcodecs/video_encoder.h"

typedef enum webc__message_kind {
    WEBC__MESSAGE_CONFIGURE_DECODER,
    WEBC__MESSAGE_CONFIGURE_ENCODER,
    WEBC__MESSAGE_DECODE,
    WEBC__MESSAGE_ENCODE,
    WEBC__MESSAGE_FLUSH,
} webc__message_kind;

/** Owned by the queue, then by the worker that runs it. */
typedef struct webc__message {
    webc__item item; /* first: an item is its message */
    webc__message_kind kind;
    uint32_t epoch; /* of the codec when the message was accepted */
    uint64_t bytes; /* of an input, for the queue limits */
    union {
        webc_video_decoder_config *decoder_config; /* owned, one block with its texts */
        webc_video_encoder_config *encoder_config; /* the same */
        struct {
            webc_chunk *chunk; /* one reference */
            uint64_t tag;
        } decode;
        struct {
            webc_frame *frame; /* one reference */
            uint64_t tag;
            bool key_frame;
            int32_t quantizer; /* -1: null */
        } encode;
        uint64_t flush_id;
    };
} webc__message;

/** One constructor per kind; NULL without memory. References are taken, configs are copied. */
webc__message *webc__message_configure_decoder(const webc_video_decoder_config *config);
webc__message *webc__message_configure_encoder(const webc_video_encoder_config *config);
webc__message *webc__message_decode(webc_chunk *chunk, uint64_t tag);
webc__message *webc__message_encode(webc_frame *frame, uint64_t tag, bool key_frame);
webc__message *webc__message_flush(uint64_t flush_id);
void webc__message_free(webc__message *message);

static inline bool webc__message_is_input(const webc__message *message)
{
    return message->kind == WEBC__MESSAGE_DECODE || message->kind == WEBC__MESSAGE_ENCODE;
}

/** Deep copies in one block that free() releases; NULL without memory. */
webc_video_decoder_config *webc__decoder_config_copy(const webc_video_decoder_config *config);
webc_video_encoder_config *webc__encoder_config_copy(const webc_video_encoder_config *config);

#endif
