/* SPDX-License-Identifier: MIT */
#include "stream_support.h"

#include <libavcodec/bsf.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_plane(AVFrame *frame, int plane, const AVPixFmtDescriptor *format, unsigned number)
{
    bool rgb = format->flags & AV_PIX_FMT_FLAG_RGB;
    bool chroma = plane > 0 && !rgb;
    int width = chroma ? AV_CEIL_RSHIFT(frame->width, format->log2_chroma_w) : frame->width;
    int height = chroma ? AV_CEIL_RSHIFT(frame->height, format->log2_chroma_h) : frame->height;
    int shift = format->comp[0].depth - 8;
    for (int y = 0; y < height; y++) {
        uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
        for (int x = 0; x < width; x++) {
            bool light = video_block_is_light(number, (unsigned)(x * 4 / width), (unsigned)(y * 4 / height));
            int value = (chroma ? 128 : light ? 200 : 50) << shift;
            if (shift) {
                row[2 * x] = (uint8_t)value;
                row[2 * x + 1] = (uint8_t)(value >> 8);
            } else {
                row[x] = (uint8_t)value;
            }
        }
    }
}

static void fill_noise(AVFrame *frame, uint32_t seed)
{
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            frame->data[0][(ptrdiff_t)y * frame->linesize[0] + x] = (uint8_t)(video_random(&seed) >> 8);
}

static AVFrame *make_picture(const AVCodecContext *context, unsigned number, bool key, bool noise)
{
    AVFrame *frame = av_frame_alloc();
    ck_assert_ptr_nonnull(frame);
    frame->format = context->pix_fmt;
    frame->width = context->width;
    frame->height = context->height;
    ck_assert_int_ge(av_frame_get_buffer(frame, 0), 0);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(context->pix_fmt);
    for (int plane = 0; plane < av_pix_fmt_count_planes(context->pix_fmt); plane++)
        fill_plane(frame, plane, format, number);
    if (noise)
        fill_noise(frame, number);
    frame->pts = number;
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame->sample_aspect_ratio = context->sample_aspect_ratio;
    frame->color_primaries = context->color_primaries;
    frame->color_trc = context->color_trc;
    frame->colorspace = context->colorspace;
    frame->color_range = context->color_range;
    return frame;
}

static void set_color(AVCodecContext *context, const webc_color_space *color)
{
    if (!color)
        return;
    context->color_primaries = color->primaries ? (int)color->primaries : AVCOL_PRI_UNSPECIFIED;
    context->color_trc = color->transfer ? (int)color->transfer : AVCOL_TRC_UNSPECIFIED;
    context->colorspace = color->matrix == WEBC_COLOR_MATRIX_RGB ? AVCOL_SPC_RGB
                          : color->matrix                        ? (int)color->matrix
                                                                 : AVCOL_SPC_UNSPECIFIED;
    context->color_range = (int)color->range;
}

static AVCodecContext *open_encoder(const AVCodec *codec, const stream_params *params)
{
    AVCodecContext *context = avcodec_alloc_context3(codec);
    ck_assert_ptr_nonnull(context);
    context->pix_fmt = params->pix_fmt;
    context->width = params->width ? params->width : 96;
    context->height = params->height ? params->height : 80;
    context->time_base = (AVRational){1, 25};
    context->framerate = (AVRational){25, 1};
    context->gop_size = 250;
    context->max_b_frames = params->b_frames;
    context->flags |= params->flags;
    context->thread_count = 1;
    context->sample_aspect_ratio = params->sample_aspect;
    set_color(context, params->color);
    AVDictionary *options = NULL;
    if (params->options)
        ck_assert_int_ge(av_dict_parse_string(&options, params->options, "=", ",", 0), 0);
    int error = avcodec_open2(context, codec, &options);
    ck_assert_msg(error >= 0, "%s does not open: %s", params->encoder, av_err2str(error));
    ck_assert_msg(av_dict_count(options) == 0, "%s does not know %s", params->encoder,
                  av_dict_count(options) ? av_dict_get(options, "", NULL, AV_DICT_IGNORE_SUFFIX)->key : "");
    av_dict_free(&options);
    return context;
}

/* Take what the filter gives; the packet that went in is drained with NULL. */
static void filter(stream *s, AVBSFContext *filters, AVPacket *packet)
{
    ck_assert_int_ge(av_bsf_send_packet(filters, packet), 0);
    for (;;) {
        AVPacket *out = av_packet_alloc();
        ck_assert_ptr_nonnull(out);
        int error = av_bsf_receive_packet(filters, out);
        if (error < 0) {
            ck_assert(error == AVERROR(EAGAIN) || error == AVERROR_EOF);
            av_packet_free(&out);
            return;
        }
        ck_assert_uint_lt(s->count, STREAM_MOST_PACKETS);
        s->packets[s->count++] = out;
    }
}

static void encode(stream *s, AVCodecContext *context, AVBSFContext *filters, AVFrame *frame)
{
    AVPacket *packet = av_packet_alloc();
    ck_assert_ptr_nonnull(packet);
    ck_assert_int_ge(avcodec_send_frame(context, frame), 0);
    av_frame_free(&frame);
    while (avcodec_receive_packet(context, packet) >= 0)
        filter(s, filters, packet);
    av_packet_free(&packet);
}

bool stream_make(stream *s, const stream_params *params)
{
    /* The engine leaves this one out for the same reason: opening it writes into freed memory. */
    if (avcodec_version() >= AV_VERSION_INT(61, 19, 100) && strcmp(params->encoder, "libaom-av1") == 0)
        return false;
    const AVCodec *codec = avcodec_find_encoder_by_name(params->encoder);
    *s = (stream){0};
    if (!codec) {
        printf("# skipped: no %s\n", params->encoder);
        return false;
    }
    av_log_set_level(AV_LOG_FATAL);
    AVCodecContext *context = open_encoder(codec, params);
    AVBSFContext *filters = NULL;
    ck_assert_int_ge(av_bsf_list_parse_str(params->filters ? params->filters : "null", &filters), 0);
    ck_assert_int_ge(avcodec_parameters_from_context(filters->par_in, context), 0);
    filters->time_base_in = context->time_base;
    ck_assert_int_ge(av_bsf_init(filters), 0);
    unsigned pictures = params->pictures ? params->pictures : 10;
    for (unsigned i = 0; i < pictures; i++) {
        bool key = !i || (params->key_every && i % params->key_every == 0);
        bool noise = i >= params->noise_from && i < params->noise_to;
        encode(s, context, filters, make_picture(context, i, key, noise));
    }
    encode(s, context, filters, NULL);
    filter(s, filters, NULL);
    av_bsf_free(&filters);
    avcodec_free_context(&context);
    return true;
}

void stream_free(stream *s)
{
    for (size_t i = 0; i < s->count; i++)
        av_packet_free(&s->packets[i]);
    s->count = 0;
}

webc_chunk *stream_chunk(uint32_t type, int64_t timestamp, const void *data, size_t size)
{
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = type;
    params.timestamp = timestamp;
    webc_chunk *chunk = NULL;
    ck_assert_ok(webc_chunk_create(&chunk, &params, data, size));
    return chunk;
}

webc_chunk *stream_packet(const stream *s, size_t index)
{
    ck_assert_uint_lt(index, s->count);
    const AVPacket *packet = s->packets[index];
    return stream_chunk(packet->flags & AV_PKT_FLAG_KEY ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA, packet->pts,
                        packet->data, (size_t)packet->size);
}

void stream_decode(video_decoder_session *d, const stream *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        webc_chunk *chunk = stream_packet(s, i);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
        webc_chunk_unref(&chunk);
    }
}

void stream_decode_bytes(video_decoder_session *d, uint32_t type, int64_t timestamp, const void *data,
                         size_t size)
{
    webc_chunk *chunk = stream_chunk(type, timestamp, data, size);
    ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
    webc_chunk_unref(&chunk);
}

webc_video_decoder_config stream_config(const char *codec)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec;
    return config;
}

webc_frame_info stream_info(const video_decoder_session *d, size_t index)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_uint_lt(index, d->log.count);
    ck_assert_ok(webc_frame_get_info(d->log.outputs[index].frame, &info));
    return info;
}

webc_codec_stats stream_stats(const video_decoder_session *d)
{
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    ck_assert_ok(webc_video_decoder_get_stats(d->decoder, &stats));
    return stats;
}

void stream_check_numbers(const video_decoder_session *d, size_t count)
{
    ck_assert_uint_eq(d->log.count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
        ck_assert_int_eq(webc_frame_timestamp(d->log.outputs[i].frame), (int64_t)i);
    }
}
