/* SPDX-License-Identifier: MIT */
/* The backend on libavcodec. Runs on the worker that owns the instance. */
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "codec/av_compat.h"
#include "codec/backend.h"
#include "codec/encoder_options.h"
#include "shared/ledger.h"
#include "shared/thread.h"

/* More than this gain little at the sizes of live video and cost memory. */
#define MOST_DEFAULT_THREADS 8u
/*
 * What encoders print about themselves, a dozen lines each, is shown at AV_LOG_VERBOSE and not at the level
 * that a host has by default; warnings are shown as before. H56: the level of the process is the host's.
 */
#define LOG_LEVEL_OFFSET (AV_LOG_VERBOSE - AV_LOG_INFO)

uint32_t webc__codec_threads(uint32_t asked)
{
    if (asked)
        return asked < WEBC__MOST_THREADS ? asked : WEBC__MOST_THREADS;
    uint32_t cpus = webc__cpu_count();
    return cpus < MOST_DEFAULT_THREADS ? cpus : MOST_DEFAULT_THREADS;
}

static void free_context(void *instance)
{
    AVCodecContext *context = instance;
    avcodec_free_context(&context);
    WEBC__LEDGER_SUB(contexts);
}

/* Software formats only: a hardware format would need a device that nobody gave. */
static enum AVPixelFormat choose_format(AVCodecContext *context, const enum AVPixelFormat *formats)
{
    (void)context;
    while (*formats != AV_PIX_FMT_NONE) {
        const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(*formats);
        if (descriptor && !(descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL))
            break;
        formats++;
    }
    return *formats;
}

static int set_description(AVCodecContext *context, const webc__decoder_setup *setup)
{
    const webc_video_decoder_config *config = setup->config;
    bool used = setup->codec->codec == WEBC_CODEC_H264 || setup->codec->codec == WEBC_CODEC_HEVC;
    if (!used || !config->description_size)
        return 0;
    context->extradata = av_mallocz((size_t)config->description_size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!context->extradata)
        return AVERROR(ENOMEM);
    memcpy(context->extradata, config->description, (size_t)config->description_size);
    context->extradata_size = (int)config->description_size;
    return 0;
}

static void set_threads(AVCodecContext *context, const webc__decoder_setup *setup)
{
    uint32_t codec = setup->codec->codec;
    context->thread_count = (int)webc__codec_threads(setup->config->thread_count);
    if (setup->config->optimize_for_latency) {
        /* Frame threads hold a frame back each. */
        context->flags |= AV_CODEC_FLAG_LOW_DELAY;
        context->thread_type = FF_THREAD_SLICE;
        /* With slice threads the H.264 decoder does not look for what is missing of a picture. */
        if (!setup->config->thread_count || codec == WEBC_CODEC_H264)
            context->thread_count = 1;
    }
    /*
     * T3: a frame thread takes its knowledge of the pictures before from the thread before, which has not found
     * yet what it will conceal. So the H.264 decoder knows of a picture that it is damaged only where the
     * thread that decodes it puts it out: in streams that say that they do not reorder.
     */
    if (codec == WEBC_CODEC_H264 && !setup->config->thread_count &&
        (setup->reorder || setup->silent || setup->config->corruption != WEBC_CORRUPTION_STRICT))
        context->thread_count = 1;
    /*
     * With frame threads an error comes some packets late. The HEVC picture it belongs to cannot be marked
     * then, and VP9 has taken the next key frame into a decoder that may refuse it, see renew().
     */
    if (setup->config->corruption != WEBC_CORRUPTION_STRICT &&
        (codec == WEBC_CODEC_HEVC || codec == WEBC_CODEC_VP9))
        context->thread_type = FF_THREAD_SLICE;
}

static int open_decoder(void *user, const webc__decoder_setup *setup, void **out)
{
    (void)user;
    const AVCodec *codec = avcodec_find_decoder_by_name(setup->row->name);
    if (!codec)
        return AVERROR_DECODER_NOT_FOUND;
    AVCodecContext *context = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    WEBC__LEDGER_ADD(contexts);
    context->log_level_offset = LOG_LEVEL_OFFSET;
    context->max_pixels = setup->max_pixels > INT64_MAX ? INT64_MAX : (int64_t)setup->max_pixels;
    context->has_b_frames = (int)setup->reorder;
    context->get_format = choose_format;
    context->pkt_timebase = (AVRational){1, 1000000};
    /* Otherwise a left crop is rounded for alignment and the picture shifts. */
    context->flags |= AV_CODEC_FLAG_UNALIGNED;
    /* T3. Of H.264 what is concealed is marked; of the others that is all there is to know of damage. */
    if (setup->config->corruption == WEBC_CORRUPTION_STRICT || setup->codec->codec != WEBC_CODEC_H264)
        context->err_recognition = AV_EF_EXPLODE;
    /*
     * The H.264 decoder would leave out what it takes for not yet recovered, and at a drain that is also
     * pictures behind a recovery point. Which are damaged is judged where they come out.
     */
    context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    set_threads(context, setup);
    int error = set_description(context, setup);
    if (!error)
        error = avcodec_open2(context, codec, NULL);
    if (error < 0) {
        free_context(context);
        return error;
    }
    *out = context;
    return 0;
}

static int open_encoder(void *user, const webc__encoder_setup *setup, void **out)
{
    (void)user;
    const AVCodec *codec = avcodec_find_encoder_by_name(setup->row->name);
    if (!codec)
        return AVERROR_ENCODER_NOT_FOUND;
    AVCodecContext *context = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    WEBC__LEDGER_ADD(contexts);
    context->log_level_offset = LOG_LEVEL_OFFSET;
    int error = webc__encoder_context_setup(context, setup);
    if (!error)
        error = avcodec_open2(context, codec, NULL);
    if (error < 0) {
        free_context(context);
        return error;
    }
    *out = context;
    return 0;
}

static int send_packet(void *instance, const AVPacket *packet)
{
    return avcodec_send_packet(instance, packet);
}

static unsigned lag(void *instance)
{
    const AVCodecContext *context = instance;
    return context->active_thread_type & FF_THREAD_FRAME ? (unsigned)context->thread_count - 1 : 0;
}

static int receive_frame(void *instance, AVFrame *frame)
{
    return avcodec_receive_frame(instance, frame);
}

static int send_frame(void *instance, const AVFrame *frame)
{
    return avcodec_send_frame(instance, frame);
}

static int quantize(void *instance, const webc__codec_row *row, AVFrame *frame, unsigned quantizer)
{
    return row->quantize(instance, frame, quantizer);
}

static int receive_packet(void *instance, AVPacket *packet)
{
    return avcodec_receive_packet(instance, packet);
}

static void restart_decoder(void *instance)
{
    avcodec_flush_buffers(instance);
}

static void set_bitrate(void *instance, const webc__encoder_setup *setup)
{
    webc__encoder_context_set_bitrate(instance, setup);
}

static const uint8_t *extradata(void *instance, int *size)
{
    const AVCodecContext *context = instance;
    *size = context->extradata_size;
    return context->extradata;
}

static const webc__backend_ops ops = {
    .open_decoder = open_decoder,
    .open_encoder = open_encoder,
    .send_packet = send_packet,
    .lag = lag,
    .receive_frame = receive_frame,
    .send_frame = send_frame,
    .quantize = quantize,
    .receive_packet = receive_packet,
    .restart_decoder = restart_decoder,
    .set_bitrate = set_bitrate,
    .extradata = extradata,
    .free = free_context,
};

const webc__backend webc__backend_ffmpeg = {.ops = &ops, .opens_ahead = true};
