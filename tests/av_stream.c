/* SPDX-License-Identifier: MIT */
#include "av_stream.h"

#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

static const AVCodec *find_decoder(uint32_t codec)
{
    static const char *const names[] = {
        [WEBC_CODEC_H264] = "h264", [WEBC_CODEC_HEVC] = "hevc",    [WEBC_CODEC_VP8] = "vp8",
        [WEBC_CODEC_VP9] = "vp9",   [WEBC_CODEC_AV1] = "libdav1d",
    };
    const AVCodec *found = avcodec_find_decoder_by_name(names[codec]);
    if (!found && codec == WEBC_CODEC_AV1)
        found = avcodec_find_decoder_by_name("libaom-av1");
    ck_assert_ptr_nonnull(found);
    return found;
}

const webc_video_decoder_config *video_log_config_at(const video_log *log, size_t chunk)
{
    int config = -1;
    for (size_t i = 0; i <= chunk && i < log->count; i++)
        if (log->outputs[i].config >= 0)
            config = log->outputs[i].config;
    ck_assert_int_ge(config, 0);
    return &log->configs[config];
}

static void receive(av_stream *stream)
{
    AVFrame *picture = av_frame_alloc();
    while (avcodec_receive_frame(stream->context, picture) >= 0) {
        ck_assert_uint_lt(stream->count, AV_STREAM_MOST);
        ck_assert_int_eq(picture->decode_error_flags, 0);
        stream->pictures[stream->count++] = picture;
        picture = av_frame_alloc();
    }
    av_frame_free(&picture);
}

av_stream *av_stream_decode(uint32_t codec, const video_log *log, size_t first, size_t end)
{
    const AVCodec *decoder = find_decoder(codec);
    const webc_video_decoder_config *config = video_log_config_at(log, first);
    av_stream *stream = calloc(1, sizeof *stream);
    AVPacket *packet = av_packet_alloc();
    stream->context = avcodec_alloc_context3(decoder);
    stream->context->thread_count = 1;
    stream->context->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    if (config->description_size) {
        stream->context->extradata =
            av_mallocz((size_t)config->description_size + AV_INPUT_BUFFER_PADDING_SIZE);
        memcpy(stream->context->extradata, config->description, (size_t)config->description_size);
        stream->context->extradata_size = (int)config->description_size;
    }
    ck_assert_int_eq(avcodec_open2(stream->context, decoder, NULL), 0);
    for (size_t i = first; i < end; i++) {
        webc_chunk_info info = video_log_chunk(log, i);
        ck_assert_int_eq(av_new_packet(packet, (int)info.size), 0);
        memcpy(packet->data, info.data, info.size);
        int error = avcodec_send_packet(stream->context, packet);
        ck_assert_msg(!error, "%s chunk %zu: %s", config->codec, i, av_err2str(error));
        av_packet_unref(packet);
        receive(stream);
    }
    ck_assert_int_eq(avcodec_send_packet(stream->context, NULL), 0);
    receive(stream);
    av_packet_free(&packet);
    return stream;
}

void av_stream_close(av_stream *stream)
{
    for (size_t i = 0; i < stream->count; i++)
        av_frame_free(&stream->pictures[i]);
    avcodec_free_context(&stream->context);
    free(stream);
}

unsigned av_stream_sample(const AVFrame *picture, unsigned plane, unsigned x, unsigned y)
{
    bool deep = av_pix_fmt_desc_get(picture->format)->comp[0].depth > 8;
    const uint8_t *at =
        picture->data[plane] + (size_t)y * (size_t)picture->linesize[plane] + (size_t)x * (deep ? 2 : 1);
    return deep ? (unsigned)(at[0] | at[1] << 8) : at[0];
}
