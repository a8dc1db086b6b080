/* SPDX-License-Identifier: MIT */
/*
 * The runs that webc bench compares: the engine through its public calls, and the shortest correct loop over
 * libavcodec with the same codec, options and threads. Both get the same prepared packets or pictures.
 */
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>

#include <libavutil/pixdesc.h>

#include "codec/codec_table.h"
#include "codec/encoder_options.h"
#include "codec/frame_clock.h"
#include "webc_bench.h"
#include "webc_progress.h"
#include "webcodecs/libav.h"

/** Inputs that may wait in a codec; the same order as a decoder's own delay. */
#define QUEUE 8u

static double read_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double read_clock(void)
{
    return (double)webc__progress_clock() / 1e6;
}

typedef struct stopwatch {
    double cpu;
    double wall;
    double first;
} stopwatch;

static void start_watch(stopwatch *watch)
{
    watch->first = -1;
    watch->cpu = read_cpu();
    watch->wall = read_clock();
}

static void count_output(const stopwatch *watch, webc__bench_sample *out)
{
    if (out->outputs++ == 0)
        out->first_s = read_clock() - watch->wall;
}

static void stop_watch(const stopwatch *watch, webc__bench_sample *out)
{
    out->wall_s = read_clock() - watch->wall;
    out->cpu_s = read_cpu() - watch->cpu;
}

typedef struct engine_run {
    const webc__bench_work *work;
    webc_events *events;
    webc_video_decoder *decoder;
    webc_video_encoder *encoder;
    webc_chunk **chunks;
} engine_run;

static webc_result open_engine(engine_run *run)
{
    webc_result result = webc_events_create(&run->events, NULL);
    if (result == WEBC_OK && run->work->encode) {
        result = webc_video_encoder_create(&run->encoder, run->events, NULL);
        if (result == WEBC_OK)
            result = webc_video_encoder_configure(run->encoder, run->work->encoder);
    } else if (result == WEBC_OK) {
        result = webc_video_decoder_create(&run->decoder, run->events, NULL);
        if (result == WEBC_OK)
            result = webc_video_decoder_configure(run->decoder, run->work->decoder);
    }
    return result;
}

static webc_result queue_input(engine_run *run, size_t index)
{
    const webc__bench_work *work = run->work;
    if (work->encode)
        return webc_video_encoder_encode(run->encoder, work->frames[index], NULL);
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    webc_chunk_params_init(&params, sizeof params);
    const AVPacket *packet = work->packets[index];
    params.timestamp = packet->pts == AV_NOPTS_VALUE
                           ? (int64_t)index
                           : av_rescale_q(packet->pts, work->time_base, AV_TIME_BASE_Q);
    webc_result result = webc_chunk_create_from_avpacket(&chunk, packet, &params);
    if (result == WEBC_OK)
        result = webc_video_decoder_decode(run->decoder, chunk, NULL);
    webc_chunk_unref(&chunk);
    return result;
}

static void count_bytes(const webc_chunk *chunk, webc__bench_sample *out)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    if (webc_chunk_get_info(chunk, &info) == WEBC_OK)
        out->bytes += info.size;
}

static int feed_engine(engine_run *run, const stopwatch *watch, webc__bench_sample *out)
{
    size_t count = run->work->encode ? run->work->frame_count : run->work->packet_count;
    size_t next = 0;
    bool flushed = false;
    webc_event event;
    webc_event_init(&event, sizeof event);
    webc_result result = WEBC_OK;
    while (result == WEBC_OK && !flushed) {
        while (next < count && result == WEBC_OK &&
               webc_video_decoder_queue_size(run->decoder) + webc_video_encoder_queue_size(run->encoder) <
                   QUEUE) {
            result = queue_input(run, next++);
            if (result == WEBC_OK && next == count)
                result = run->encoder ? webc_video_encoder_flush(run->encoder, 0)
                                      : webc_video_decoder_flush(run->decoder, 0);
        }
        if (result != WEBC_OK)
            break;
        if (webc_events_next(run->events, -1, &event) != 1)
            continue;
        if (event.type == WEBC_EVENT_FRAME || event.type == WEBC_EVENT_CHUNK)
            count_output(watch, out);
        if (event.type == WEBC_EVENT_CHUNK)
            count_bytes(event.chunk, out);
        flushed = event.type == WEBC_EVENT_FLUSHED;
        if (event.type == WEBC_EVENT_ERROR) {
            int code = webc__report_error(WEBC_EXIT_CODEC, "bench: the engine failed: %s", event.message);
            webc_event_clear(&event);
            return code;
        }
    }
    webc_event_clear(&event);
    return result == WEBC_OK ? WEBC_EXIT_OK
                             : webc__report_error(WEBC_EXIT_CODEC, "bench: %s", webc_error_message());
}

int webc__bench_run_engine(const webc__bench_work *work, webc__bench_sample *out)
{
    engine_run run = {.work = work};
    stopwatch watch;
    memset(out, 0, sizeof *out);
    start_watch(&watch);
    int code = open_engine(&run) == WEBC_OK
                   ? feed_engine(&run, &watch, out)
                   : webc__report_error(WEBC_EXIT_UNSUPPORTED, "bench: %s", webc_error_message());
    webc_video_decoder_destroy(&run.decoder);
    webc_video_encoder_destroy(&run.encoder);
    webc_events_destroy(&run.events);
    /* The codec is freed by its worker: that is part of the work. */
    webc_drain_workers(-1);
    stop_watch(&watch, out);
    return code;
}

static int open_loop_decoder(const webc__bench_work *work, AVCodecContext **out)
{
    const AVCodec *codec = avcodec_find_decoder_by_name(work->name);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    *out = context;
    if (!context)
        return AVERROR(ENOMEM);
    context->pkt_timebase = (AVRational){1, 1000000};
    context->thread_count = (int)work->threads;
    context->flags |= AV_CODEC_FLAG_UNALIGNED;
    if (work->decoder->description_size > 0) {
        context->extradata = av_mallocz((size_t)work->codec->extradata_size + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!context->extradata)
            return AVERROR(ENOMEM);
        memcpy(context->extradata, work->codec->extradata, (size_t)work->codec->extradata_size);
        context->extradata_size = work->codec->extradata_size;
    }
    return avcodec_open2(context, codec, NULL);
}

static int decode_loop(const webc__bench_work *work, const stopwatch *watch, webc__bench_sample *out)
{
    AVCodecContext *context = NULL;
    AVFrame *frame = av_frame_alloc();
    int error = frame ? open_loop_decoder(work, &context) : AVERROR(ENOMEM);
    for (size_t i = 0; i <= work->packet_count && error >= 0; i++) {
        error = avcodec_send_packet(context, i < work->packet_count ? work->packets[i] : NULL);
        if (error == AVERROR_INVALIDDATA)
            error = 0;
        while (error >= 0 && (error = avcodec_receive_frame(context, frame)) >= 0) {
            count_output(watch, out);
            av_frame_unref(frame);
        }
        if (error == AVERROR(EAGAIN))
            error = 0;
    }
    avcodec_free_context(&context);
    av_frame_free(&frame);
    return error == AVERROR_EOF ? 0 : error;
}

/** Open the encoder the engine would choose, set up by the engine's own code. */
static int open_loop_encoder(const webc__bench_work *work, AVCodecContext **out)
{
    webc__choice choice;
    char reason[256];
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    if (webc__choose_encoder(work->encoder, WEBC__DEFAULT_MAX_PIXELS, &choice, reason, sizeof reason) !=
            WEBC_OK ||
        webc_frame_get_info(work->frames[0], &info) != WEBC_OK)
        return AVERROR_ENCODER_NOT_FOUND;
    const AVCodec *codec = avcodec_find_encoder_by_name(choice.row->name);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    *out = context;
    if (!context)
        return AVERROR(ENOMEM);
    AVRational rate = av_d2q(work->encoder->framerate, 1001000);
    webc__encoder_setup setup = {
        .config = work->encoder,
        .codec = &choice.codec,
        .row = choice.row,
        .pix_fmt = webc__choice_pix_fmt(&choice),
        .color = info.color_space,
        .framerate = rate,
        .time_base = {rate.den, rate.num * (int)WEBC__FRAME_TICKS},
        .frame_ticks = WEBC__FRAME_TICKS,
    };
    int error = webc__encoder_context_setup(context, &setup);
    return error < 0 ? error : avcodec_open2(context, codec, NULL);
}

static int receive_packets(AVCodecContext *context, AVPacket *packet, const stopwatch *watch,
                           webc__bench_sample *out)
{
    int error;
    while ((error = avcodec_receive_packet(context, packet)) >= 0) {
        count_output(watch, out);
        out->bytes += (uint64_t)packet->size;
        av_packet_unref(packet);
    }
    return error == AVERROR(EAGAIN) || error == AVERROR_EOF ? 0 : error;
}

static int encode_loop(const webc__bench_work *work, const stopwatch *watch, webc__bench_sample *out)
{
    AVCodecContext *context = NULL;
    AVFrame *frame = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    int error = frame && packet ? open_loop_encoder(work, &context) : AVERROR(ENOMEM);
    for (size_t i = 0; i < work->frame_count && error >= 0; i++) {
        if (webc_frame_to_avframe(work->frames[i], frame) != WEBC_OK) {
            error = AVERROR(ENOMEM);
            break;
        }
        frame->pts = (int64_t)i * WEBC__FRAME_TICKS;
        frame->pict_type = AV_PICTURE_TYPE_NONE;
        error = avcodec_send_frame(context, frame);
        av_frame_unref(frame);
        if (error >= 0)
            error = receive_packets(context, packet, watch, out);
    }
    if (error >= 0)
        error = avcodec_send_frame(context, NULL);
    if (error >= 0)
        error = receive_packets(context, packet, watch, out);
    avcodec_free_context(&context);
    av_frame_free(&frame);
    av_packet_free(&packet);
    return error;
}

typedef struct loop_run {
    const webc__bench_work *work;
    stopwatch watch;
    webc__bench_sample *out;
    int error;
} loop_run;

static void *run_loop(void *arg)
{
    loop_run *run = arg;
    run->error = run->work->encode ? encode_loop(run->work, &run->watch, run->out)
                                   : decode_loop(run->work, &run->watch, run->out);
    return NULL;
}

/*
 * On a thread of its own, as codecs of the engine are: the C library gives the main thread another heap than
 * all others, which alone made 2 to 3 % of difference for libx264.
 */
int webc__bench_run_loop(const webc__bench_work *work, webc__bench_sample *out)
{
    loop_run run = {.work = work, .out = out};
    pthread_t thread;
    memset(out, 0, sizeof *out);
    start_watch(&run.watch);
    if (pthread_create(&thread, NULL, run_loop, &run))
        return webc__report_error(WEBC_EXIT_INTERNAL, "bench: no thread for the plain loop");
    pthread_join(thread, NULL);
    stop_watch(&run.watch, out);
    if (run.error < 0)
        return webc__report_error(WEBC_EXIT_CODEC, "bench: the plain loop failed with %s: %s", work->name,
                                  webc__report_averror(run.error));
    return WEBC_EXIT_OK;
}
