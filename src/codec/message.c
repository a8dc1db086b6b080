/* SPDX-License-Identifier: MIT */
#include "codec/message.h"

#include <stdlib.h>
#include <string.h>

#include "media/chunk.h"
#include "media/frame.h"
#include "shared/ledger.h"

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Append `size` bytes at *tail and give their new address; NULL stays NULL. */
static const void *append(char **tail, const void *data, size_t size)
{
    if (!data)
        return NULL;
    char *at = *tail;
    memcpy(at, data, size);
    *tail += size;
    return at;
}

webc_video_decoder_config *webc__decoder_config_copy(const webc_video_decoder_config *config)
{
    size_t codec = text_size(config->codec);
    size_t description = (size_t)config->description_size;
    webc_video_decoder_config *copy = malloc(sizeof *copy + codec + description);
    if (!copy)
        return NULL;
    *copy = *config;
    char *tail = (char *)(copy + 1);
    copy->codec = append(&tail, config->codec, codec);
    copy->description = append(&tail, config->description, description);
    return copy;
}

webc_video_encoder_config *webc__encoder_config_copy(const webc_video_encoder_config *config)
{
    size_t codec = text_size(config->codec);
    size_t mode = text_size(config->scalability_mode);
    size_t hint = text_size(config->content_hint);
    size_t preset = text_size(config->preset);
    webc_video_encoder_config *copy = malloc(sizeof *copy + codec + mode + hint + preset);
    if (!copy)
        return NULL;
    *copy = *config;
    char *tail = (char *)(copy + 1);
    copy->codec = append(&tail, config->codec, codec);
    copy->scalability_mode = append(&tail, config->scalability_mode, mode);
    copy->content_hint = append(&tail, config->content_hint, hint);
    copy->preset = append(&tail, config->preset, preset);
    return copy;
}

static webc__message *create(webc__message_kind kind)
{
    webc__message *message = calloc(1, sizeof *message);
    if (!message)
        return NULL;
    message->kind = kind;
    WEBC__LEDGER_ADD(messages);
    return message;
}

webc__message *webc__message_configure_decoder(const webc_video_decoder_config *config)
{
    webc__message *message = create(WEBC__MESSAGE_CONFIGURE_DECODER);
    if (message && !(message->decoder_config = webc__decoder_config_copy(config))) {
        webc__message_free(message);
        return NULL;
    }
    return message;
}

webc__message *webc__message_configure_encoder(const webc_video_encoder_config *config)
{
    webc__message *message = create(WEBC__MESSAGE_CONFIGURE_ENCODER);
    if (message && !(message->encoder_config = webc__encoder_config_copy(config))) {
        webc__message_free(message);
        return NULL;
    }
    return message;
}

webc__message *webc__message_decode(webc_chunk *chunk, uint64_t tag)
{
    webc__message *message = create(WEBC__MESSAGE_DECODE);
    if (message) {
        message->decode.chunk = webc_chunk_ref(chunk);
        message->decode.tag = tag;
        message->bytes = chunk->info.size;
    }
    return message;
}

webc__message *webc__message_encode(webc_frame *frame, uint64_t tag, bool key_frame)
{
    webc__message *message = create(WEBC__MESSAGE_ENCODE);
    if (message) {
        message->encode.frame = webc_frame_ref(frame);
        message->encode.tag = tag;
        message->encode.key_frame = key_frame;
        message->encode.quantizer = -1;
        message->bytes = webc__frame_byte_size(frame);
    }
    return message;
}

webc__message *webc__message_flush(uint64_t flush_id)
{
    webc__message *message = create(WEBC__MESSAGE_FLUSH);
    if (message)
        message->flush_id = flush_id;
    return message;
}

void webc__message_free(webc__message *message)
{
    if (!message)
        return;
    switch (message->kind) {
    case WEBC__MESSAGE_CONFIGURE_DECODER:
        free(message->decoder_config);
        break;
    case WEBC__MESSAGE_CONFIGURE_ENCODER:
        free(message->encoder_config);
        break;
    case WEBC__MESSAGE_DECODE:
        webc_chunk_unref(&message->decode.chunk);
        break;
    case WEBC__MESSAGE_ENCODE:
        webc_frame_unref(&message->encode.frame);
        break;
    case WEBC__MESSAGE_FLUSH:
        break;
    }
    free(message);
    WEBC__LEDGER_SUB(messages);
}
