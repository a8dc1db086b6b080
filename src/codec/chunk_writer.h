/* SPDX-License-Identifier: MIT */
/* From an encoder's packets to chunks and their VideoDecoderConfig. Worker only. */
#ifndef WEBC_CODEC_CHUNK_WRITER_H
#define WEBC_CODEC_CHUNK_WRITER_H

#include <libavcodec/packet.h>

#include "codec/codec_table.h"
#include "codec/side_table.h"
#include "codec/sink.h"

/** What the chunks of an open encoder have in common. */
typedef struct webc__chunk_writer {
    const webc_video_encoder_config *config; /* borrowed from the encoder's work */
    uint32_t codec;                          /* WEBC_CODEC_* */
    bool length_prefixed;                    /* H.264 and HEVC in avc or hevc format */
    bool layered;                            /* more than one temporal layer */
    webc_color_space color;
    int32_t rotation;
    uint32_t flip;
    uint8_t *description; /* av_malloc; NULL when there is none */
    size_t description_size;
    webc_video_decoder_config *last; /* emitted last, to tell whether it has changed; one block */
} webc__chunk_writer;

/** Take the parameter sets of an encoder that was opened; 0 bytes when it has none. */
webc_result webc__chunk_writer_open(webc__chunk_writer *writer, const uint8_t *extradata, size_t size);

/**
 * Make the output of a packet: the chunk, that of its alpha where there is any (else NULL), and the decoder
 * config when it is new.
 */
webc_result webc__chunk_writer_write(webc__chunk_writer *writer, const AVPacket *packet, const AVPacket *alpha,
                                     const webc__side_entry *input, webc__output *out);

/** Forget the description; the config emitted last is kept, so that a re-open does not emit it again. */
void webc__chunk_writer_close(webc__chunk_writer *writer);

/** Forget everything: the next chunk carries its config. */
void webc__chunk_writer_reset(webc__chunk_writer *writer);

#endif
