/* SPDX-License-Identifier: MIT */
#include "codec/chunk_writer.h"

#include <libavutil/mem.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/key_frame.h"
#include "bitstream/nal.h"
#include "codec/message.h"
#include "media/chunk.h"
#include "shared/error.h"
#include "spec/config.h"

webc_result webc__chunk_writer_open(webc__chunk_writer *writer, const uint8_t *extradata, size_t size)
{
    webc__chunk_writer_close(writer);
    if (!writer->length_prefixed)
        return WEBC_OK;
    bool hevc = writer->codec == WEBC_CODEC_HEVC;
    size_t needed = 0;
    bool built = hevc ? webc__hvcc_build(extradata, size, NULL, 0, &needed)
                      : webc__avcc_build(extradata, size, NULL, 0, &needed);
    if (!built)
        return webc__fail(WEBC_ERROR_ENCODING,
                          "the encoder gave no usable parameter sets; use the annexb format");
    writer->description = av_malloc(needed);
    if (!writer->description)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a decoder configuration record of %zu bytes",
                          needed);
    writer->description_size = needed;
    if (hevc)
        webc__hvcc_build(extradata, size, writer->description, needed, &needed);
    else
        webc__avcc_build(extradata, size, writer->description, needed, &needed);
    return WEBC_OK;
}

/* VE-10, VE-12: *out is set when the config differs from the one emitted last. */
static webc_result write_config(webc__chunk_writer *writer, webc_video_decoder_config **out)
{
    const webc_video_encoder_config *config = writer->config;
    webc_video_decoder_config next = {
        .struct_size = sizeof next,
        .codec = config->codec,
        .coded_width = config->width,
        .coded_height = config->height,
        .display_aspect_width = config->display_width ? config->display_width : config->width,
        .display_aspect_height = config->display_height ? config->display_height : config->height,
        .description = writer->description,
        .description_size = writer->description_size,
        .color_space = writer->color,
        .rotation = writer->rotation,
        .flip = writer->flip,
    };
    if (writer->last && webc__decoder_config_equal(writer->last, &next))
        return WEBC_OK;
    webc_video_decoder_config *keep = webc__decoder_config_copy(&next);
    webc_video_decoder_config *give = webc__decoder_config_copy(&next);
    if (!keep || !give) {
        free(keep);
        free(give);
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a decoder config");
    }
    free(writer->last);
    writer->last = keep;
    *out = give;
    return WEBC_OK;
}

/* A chunk on the packet's own buffer, or on converted bytes where the framing changes. */
static webc_result write_chunk(const webc__chunk_writer *writer, const AVPacket *packet,
                               const webc_chunk_params *params, webc_chunk **out)
{
    AVBufferRef *buffer;
    const uint8_t *data;
    size_t size = (size_t)packet->size;
    if (writer->length_prefixed) {
        bool hevc = writer->codec == WEBC_CODEC_HEVC;
        if (!webc__nal_to_prefixed(packet->data, (size_t)packet->size, hevc, NULL, 0, &size) ||
            size > INT32_MAX)
            return webc__fail(WEBC_ERROR_ENCODING, "the encoder gave a packet that is not Annex B");
        buffer = webc__chunk_alloc((uint32_t)size);
        if (buffer)
            webc__nal_to_prefixed(packet->data, (size_t)packet->size, hevc, buffer->data, size, &size);
        data = buffer ? buffer->data : NULL;
    } else {
        buffer = packet->buf ? av_buffer_ref(packet->buf) : NULL;
        data = packet->data;
    }
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a chunk of %zu bytes", size);
    webc_result result = webc__chunk_adopt(out, params, buffer, data, (uint32_t)size, true);
    if (result)
        av_buffer_unref(&buffer);
    return result;
}

webc_result webc__chunk_writer_write(webc__chunk_writer *writer, const AVPacket *packet, const AVPacket *alpha,
                                     const webc__side_entry *input, webc__output *out)
{
    bool key = webc__is_key_frame(writer->codec, packet->data, (size_t)packet->size, 0);
    if (input->key_requested && !key)
        return webc__fail(WEBC_ERROR_ENCODING,
                          "the encoder made no key frame of the frame at timestamp %lld that asked for one",
                          (long long)input->timestamp);
    if (alpha && key && !webc__is_key_frame(writer->codec, alpha->data, (size_t)alpha->size, 0))
        return webc__fail(WEBC_ERROR_ENCODING,
                          "the encoder made no key frame of the alpha of the key frame at timestamp %lld",
                          (long long)input->timestamp);
    webc_chunk_params params = {
        .struct_size = sizeof params,
        .type = key ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA,
        .timestamp = input->timestamp,
        .duration = input->duration,
        .has_duration = input->has_duration,
    };
    *out =
        (webc__output){.tag = input->tag, .layered = writer->layered, .temporal_layer = input->temporal_layer};
    webc_result result = write_chunk(writer, packet, &params, &out->chunk);
    if (!result && alpha)
        result = write_chunk(writer, alpha, &params, &out->alpha);
    if (!result)
        result = write_config(writer, &out->decoder_config);
    if (result) {
        webc_chunk_unref(&out->chunk);
        webc_chunk_unref(&out->alpha);
    }
    return result;
}

void webc__chunk_writer_close(webc__chunk_writer *writer)
{
    av_freep(&writer->description);
    writer->description_size = 0;
}

void webc__chunk_writer_reset(webc__chunk_writer *writer)
{
    webc__chunk_writer_close(writer);
    free(writer->last);
    writer->last = NULL;
}
