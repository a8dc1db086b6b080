/* SPDX-License-Identifier: MIT */
/* What a video decoder's worker does. Everything here runs on the worker, but for create_work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/sps.h"
#include "codec/av_result.h"
#include "codec/side_table.h"
#include "codec/work.h"
#include "media/chunk.h"
#include "media/frame.h"

/* libavcodec asks for one retry at most, drivers behind it for a few; more than this is a codec that hangs. */
#define MOST_SENDS 16

/* All fields: worker only. */
typedef struct decoder_work {
    webc__sink sink;
    webc__backend backend;
    uint64_t max_pixels;
    uint32_t epoch;                    /* of the configuration below */
    bool failed;                       /* an error was reported in this epoch: nothing more is done */
    webc_video_decoder_config *config; /* NULL: not configured */
    webc__choice choice;
    void *instance; /* open decoder; NULL until the first chunk */
    int64_t next_pts;
    webc__side_table side;
    AVPacket *packet;
    AVFrame *frame;
} decoder_work;

static void free_work(void *ctx);

static void *create_work(const webc__work_setup *setup)
{
    decoder_work *work = calloc(1, sizeof *work);
    if (!work)
        return NULL;
    work->sink = setup->sink;
    work->backend = setup->backend;
    work->max_pixels = setup->max_pixels;
    work->packet = av_packet_alloc();
    work->frame = av_frame_alloc();
    if (!work->packet || !work->frame) {
        free_work(work);
        return NULL;
    }
    return work;
}

static void close_instance(decoder_work *work)
{
    if (work->instance)
        work->backend.ops->free(work->instance);
    work->instance = NULL;
    webc__side_clear(&work->side);
}

static void forget_config(decoder_work *work)
{
    free(work->config);
    work->config = NULL;
}

static void fail(void *ctx, webc_result result, const char *message)
{
    decoder_work *work = ctx;
    if (work->failed)
        return;
    work->failed = true;
    work->sink.error(work->sink.owner, work->epoch, result, message);
}

static void fail_av(decoder_work *work, const char *what, int averror)
{
    char reason[AV_ERROR_MAX_STRING_SIZE], text[320];
    snprintf(text, sizeof text,
             "%s with %s failed: %s; check that the chunks fit codec \"%.48s\" and its description", what,
             work->choice.row->name, webc__av_text(averror, reason, sizeof reason), work->config->codec);
    fail(work, webc__av_result(averror), text);
}

/* Hand a decoded picture out under the times of its chunk; false when to stop. */
static bool emit(decoder_work *work)
{
    AVFrame *frame = work->frame;
    const webc__side_entry *input = webc__side_find(&work->side, frame->pts);
    if (!input)
        input = webc__side_find(&work->side, frame->best_effort_timestamp);
    if (!input) {
        fail(work, WEBC_ERROR_ENCODING, "the decoder gave a frame that belongs to no chunk");
        return false;
    }
    const webc_video_decoder_config *config = work->config;
    webc__frame_tags tags = {
        .timestamp = input->timestamp,
        .duration = input->duration,
        .has_duration = input->has_duration,
        .display_aspect_width = config->display_aspect_width,
        .display_aspect_height = config->display_aspect_height,
        .rotation = config->rotation,
        .flip = config->flip,
        .color_space = config->color_space,
    };
    webc__output output = {.tag = input->tag};
    webc_result result = webc__frame_adopt(&output.frame, frame, &tags);
    if (result) {
        fail(work, result, webc_error_message());
        return false;
    }
    return work->sink.output(work->sink.owner, work->epoch, &output);
}

/* Take all frames that are ready. 0 when there are no more for now, AVERROR_EOF when drained, else stop. */
static int receive_all(decoder_work *work)
{
    for (;;) {
        int error = work->backend.ops->receive_frame(work->instance, work->frame);
        if (error == AVERROR(EAGAIN))
            return 0;
        if (error == AVERROR_EOF)
            return error;
        if (error < 0) {
            fail_av(work, "decoding", error);
            return error;
        }
        bool go_on = emit(work);
        av_frame_unref(work->frame);
        if (!go_on)
            return AVERROR_EXIT;
    }
}

/* Send a packet, taking frames as often as the decoder asks for it: no input is lost to EAGAIN. */
static bool submit(decoder_work *work, const AVPacket *packet)
{
    for (int sends = 1;; sends++) {
        int error = work->backend.ops->send_packet(work->instance, packet);
        if (error == 0)
            return true;
        if (error != AVERROR(EAGAIN) || sends == MOST_SENDS) {
            fail_av(work, "decoding", error);
            return false;
        }
        if (receive_all(work) < 0)
            return false;
    }
}

/* Get out what the decoder holds; false when the work of this epoch has ended. */
static bool drain(decoder_work *work)
{
    if (!work->instance)
        return true;
    if (!submit(work, NULL))
        return false;
    int error = receive_all(work);
    if (error == 0)
        fail_av(work, "draining", AVERROR_BUG);
    return error == AVERROR_EOF;
}

static void configure(decoder_work *work, const webc__message *message)
{
    char reason[256];
    /* Chunks queued before belong to the old configuration and come out first (P-19). */
    if (work->config && work->epoch == message->epoch && (work->failed || !drain(work)))
        return;
    close_instance(work);
    forget_config(work);
    work->epoch = message->epoch;
    work->failed = false;
    work->config = webc__decoder_config_copy(message->decoder_config);
    if (!work->config) {
        fail(work, WEBC_ERROR_NO_MEMORY, "configure: no memory for the config");
        return;
    }
    if (webc__choose_decoder(work->config, &work->choice, reason, sizeof reason))
        fail(work, WEBC_ERROR_NOT_SUPPORTED, reason);
}

/*
 * libavcodec learns the reordering of a silent H.264 stream by dropping the pictures that come too late. To
 * lose none the worst case is held back, unless the caller prefers latency.
 */
static unsigned reorder_depth(const decoder_work *work, const webc_chunk_info *first)
{
    const webc_video_decoder_config *config = work->config;
    if (work->choice.codec.codec != WEBC_CODEC_H264 || config->optimize_for_latency)
        return 0;
    return webc__h264_unsaid_reorder(config->description, (size_t)config->description_size, first->data,
                                     first->size);
}

static bool open_instance(decoder_work *work, const webc_chunk_info *first)
{
    if (work->instance)
        return true;
    webc__decoder_setup setup = {
        .config = work->config,
        .codec = &work->choice.codec,
        .row = work->choice.row,
        .max_pixels = work->max_pixels,
        .reorder = reorder_depth(work, first),
    };
    int error = work->backend.ops->open_decoder(work->backend.user, &setup, &work->instance);
    if (error < 0)
        fail_av(work, "opening the decoder", error);
    return error >= 0;
}

/* libavcodec reads beyond the data: only bytes with padding behind them are handed over uncopied. */
static int fill_packet(decoder_work *work, const webc_chunk *chunk)
{
    AVPacket *packet = work->packet;
    av_packet_unref(packet);
    if (chunk->padded) {
        packet->buf = av_buffer_ref(chunk->buffer);
        if (!packet->buf)
            return AVERROR(ENOMEM);
        packet->data = (uint8_t *)chunk->info.data;
        packet->size = (int)chunk->info.size;
    } else {
        int error = av_new_packet(packet, (int)chunk->info.size);
        if (error < 0)
            return error;
        memcpy(packet->data, chunk->info.data, chunk->info.size);
    }
    packet->pts = packet->dts = ++work->next_pts;
    packet->flags = chunk->info.type == WEBC_CHUNK_KEY ? AV_PKT_FLAG_KEY : 0;
    return 0;
}

static void decode(decoder_work *work, const webc__message *message)
{
    const webc_chunk_info *info = &message->decode.chunk->info;
    if (!info->size) {
        /* T1: libavcodec would take it for the end of the stream. */
        char text[160];
        snprintf(text, sizeof text,
                 "decoding failed: the chunk at timestamp %lld is empty; leave such chunks out",
                 (long long)info->timestamp);
        fail(work, WEBC_ERROR_ENCODING, text);
        return;
    }
    if (!open_instance(work, info))
        return;
    int error = fill_packet(work, message->decode.chunk);
    if (error < 0) {
        fail_av(work, "decoding", error);
        return;
    }
    webc__side_entry entry = {
        .pts = work->packet->pts,
        .timestamp = info->timestamp,
        .duration = info->duration,
        .has_duration = info->has_duration,
        .tag = message->decode.tag,
    };
    webc__side_put(&work->side, &entry);
    bool sent = submit(work, work->packet);
    av_packet_unref(work->packet);
    if (sent)
        receive_all(work);
}

static void flush(decoder_work *work, const webc__message *message)
{
    if (!drain(work))
        return;
    if (work->instance)
        work->backend.ops->restart_decoder(work->instance);
    webc__side_clear(&work->side);
    work->sink.flushed(work->sink.owner, work->epoch, message->flush_id);
}

static void run(void *ctx, const webc__message *message)
{
    decoder_work *work = ctx;
    if (message->kind == WEBC__MESSAGE_CONFIGURE_DECODER)
        configure(work, message);
    else if (!work->failed && message->kind == WEBC__MESSAGE_DECODE)
        decode(work, message);
    else if (!work->failed && message->kind == WEBC__MESSAGE_FLUSH)
        flush(work, message);
    if (work->failed)
        close_instance(work);
}

static void abandon(void *ctx, uint32_t epoch)
{
    decoder_work *work = ctx;
    if (work->epoch == epoch)
        return;
    close_instance(work);
    forget_config(work);
}

static void free_work(void *ctx)
{
    decoder_work *work = ctx;
    close_instance(work);
    forget_config(work);
    av_packet_free(&work->packet);
    av_frame_free(&work->frame);
    free(work);
}

const webc__work_ops webc__video_decoder_work = {
    .thread_name = "webc-vdec",
    .create = create_work,
    .run = run,
    .fail = fail,
    .abandon = abandon,
    .free = free_work,
};
