/* SPDX-License-Identifier: MIT */
/* What a video decoder's worker does. Everything here runs on the worker, but for create_work. */
#include <libavutil/pixdesc.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/key_frame.h"
#include "codec/av_result.h"
#include "codec/chunk_check.h"
#include "codec/side_table.h"
#include "codec/work.h"
#include "media/chunk.h"
#include "media/color_map.h"
#include "media/frame.h"

/* libavcodec asks for one retry at most, drivers behind it for a few; more than this is a codec that hangs. */
#define MOST_SENDS 16
/* Errors passed over for one input or drain; a decoder that gives more does not come to an end. */
#define MOST_ERRORS 1024
/* Errors behind the first that libavcodec may still have to tell of, one for each thread. */
#define MOST_LATE_ERRORS WEBC__MOST_THREADS

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
    webc__chunk_check check;
    webc__sets opened; /* the parameter sets that were known when the decoder was opened */
    int64_t next_pts;
    int64_t bad;  /* pts of the first chunk that could not be read, and no picture from there on is given out */
    bool awaits;  /* decoding began at a recovery point, and no picture that decoding can begin at came yet */
    bool replays; /* the next packet begins with the history of sets */
    bool begins;  /* the next chunk is the first after opening or a flush */
    bool stuck;   /* the decoder refused a picture, and may do so with every other from then on */
    unsigned errors_in_a_row;
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
    av_frame_unref(work->frame); /* one that came too late under a watchdog */
    work->stuck = false;
    work->check.large = false;
    work->replays = false;
    work->bad = 0;
    webc__side_clear(&work->side);
}

static void forget_config(decoder_work *work)
{
    webc__chunk_check_end(&work->check);
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
             "%s with %s failed: %s; check that the chunks fit codec \"%.48s\" and its description, and the "
             "pictures max_pixels, %llu",
             what, work->choice.row->name, webc__av_text(averror, reason, sizeof reason), work->config->codec,
             (unsigned long long)work->max_pixels);
    fail(work, webc__av_result(averror), text);
}

/*
 * Decoders have no one name for a chunk that they cannot read, or that asks for a size or feature they do not
 * have: it is what speaks neither of this program nor of its memory.
 */
static bool is_refusal(int averror)
{
    return averror < 0 && averror != AVERROR(EAGAIN) && averror != AVERROR_EOF && averror != AVERROR(ENOMEM) &&
           averror != AVERROR_BUG && averror != AVERROR_EXIT;
}

/* WEBC_CORRUPTION_FLAG and _SKIP: pass over what the decoder could not read, which took the packet with it. */
static bool pass_over(decoder_work *work, int averror)
{
    if (work->config->corruption == WEBC_CORRUPTION_STRICT || !is_refusal(averror) ||
        ++work->errors_in_a_row > MOST_ERRORS)
        return false;
    work->sink.damage(work->sink.owner, work->epoch, 1, 0);
    work->stuck |= averror != AVERROR_INVALIDDATA || work->choice.codec.codec == WEBC_CODEC_AV1;
    /* The HEVC decoder still gives out a picture that it had begun. */
    webc__side_entry *input = webc__side_find(&work->side, work->next_pts);
    if (input && work->choice.codec.codec == WEBC_CODEC_HEVC)
        input->damaged = true;
    return true;
}

static void fail_damaged(decoder_work *work, int64_t timestamp)
{
    char text[200];
    snprintf(
        text, sizeof text,
        "decoding failed: the picture of the chunk at timestamp %lld is damaged; with corruption \"flag\" or "
        "\"skip\" in the config decoding would go on",
        (long long)timestamp);
    fail(work, WEBC_ERROR_ENCODING, text);
}

/* T3: libavcodec conceals damage and says so only here. */
static bool is_damaged(const AVFrame *frame, const webc__side_entry *input)
{
    return frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags || input->damaged;
}

/*
 * VD-15. T31: of its colour a VP8 stream says nothing but a bit that every stream sets; libavcodec makes BT.470
 * of it, and a range of how samples are clamped.
 */
static webc_color_space pick_color(const decoder_work *work, const AVFrame *frame)
{
    webc_color_space coded = {0};
    if (work->choice.codec.codec != WEBC_CODEC_VP8)
        coded = webc__color_from_av(frame);
    if (work->choice.codec.codec == WEBC_CODEC_VP9)
        coded = webc__color_of_vp9(coded);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    return webc__color_pick(coded, &work->config->color_space, format && format->flags & AV_PIX_FMT_FLAG_RGB);
}

/* What libavcodec made of the stream's colour is in pick_color(), and nowhere else. */
static void clear_color(AVFrame *frame)
{
    frame->color_primaries = AVCOL_PRI_UNSPECIFIED;
    frame->color_trc = AVCOL_TRC_UNSPECIFIED;
    frame->colorspace = AVCOL_SPC_UNSPECIFIED;
    frame->color_range = AVCOL_RANGE_UNSPECIFIED;
}

/*
 * Pictures that come before the recovery point that decoding began at refer to what was not decoded. libavcodec
 * leaves those of HEVC out; of H.264 they are told by their place. Where its own picture is lost to damage,
 * that of the next chunk that decoding can begin at takes its place.
 */
static bool is_leading(decoder_work *work, const webc__side_entry *input)
{
    work->awaits = work->awaits && !input->entry;
    return work->awaits;
}

/* What is to become of a decoded picture. */
typedef enum verdict { VERDICT_GIVE, VERDICT_MARK, VERDICT_DROP, VERDICT_FAIL } verdict;

static verdict judge(decoder_work *work, const AVFrame *frame, webc__side_entry *input)
{
    uint32_t corruption = work->config->corruption;
    bool lower_layer = input->shows > 1;
    bool leading = is_leading(work, input);
    bool damaged = is_damaged(frame, input);
    input->shows -= lower_layer;
    if (leading && corruption != WEBC_CORRUPTION_FLAG)
        return VERDICT_DROP;
    if (damaged && corruption == WEBC_CORRUPTION_STRICT)
        return VERDICT_FAIL;
    if (damaged || leading)
        work->sink.damage(work->sink.owner, work->epoch, 0, 1);
    /* VD-09: of the spatial layers of a superframe only the last, which is the highest, is given out. */
    if (lower_layer || (damaged && corruption == WEBC_CORRUPTION_SKIP))
        return VERDICT_DROP;
    return damaged || leading ? VERDICT_MARK : VERDICT_GIVE;
}

/* Hand a decoded picture out under the times of its chunk; false when to stop. */
static bool emit(decoder_work *work)
{
    AVFrame *frame = work->frame;
    if (work->bad && frame->pts >= work->bad)
        return true;
    webc__side_entry *input = webc__side_find(&work->side, frame->pts);
    if (!input)
        input = webc__side_find(&work->side, frame->best_effort_timestamp);
    if (!input) {
        fail(work, WEBC_ERROR_ENCODING, "the decoder gave a frame that belongs to no chunk");
        return false;
    }
    const webc_video_decoder_config *config = work->config;
    work->errors_in_a_row = 0;
    verdict what = judge(work, frame, input);
    if (what == VERDICT_DROP)
        return true;
    if (what == VERDICT_FAIL) {
        fail_damaged(work, input->timestamp);
        return false;
    }
    webc__frame_tags tags = {
        .timestamp = input->timestamp,
        .duration = input->duration,
        .has_duration = input->has_duration,
        .display_aspect_width = config->display_aspect_width,
        .display_aspect_height = config->display_aspect_height,
        .rotation = config->rotation,
        .flip = config->flip,
        .corrupt = what == VERDICT_MARK,
        .color_space = pick_color(work, frame),
    };
    webc__output output = {.tag = input->tag};
    clear_color(frame);
    webc_result result = webc__frame_adopt(&output.frame, frame, &tags);
    if (result) {
        fail(work, result, webc_error_message());
        return false;
    }
    return work->sink.output(work->sink.owner, work->epoch, &output);
}

/*
 * The decoder could not read a chunk: give out what it holds of those before, as far as that is not damaged
 * too, and fail. H.264 and HEVC hold pictures back to put them in order, and have in hand what they were given
 * behind that chunk; of which chunk threads speak at a drain is known to be that one or a later one.
 */
static void fail_decoding(decoder_work *work, int averror, bool refused)
{
    bool later = webc__chunk_check_has_sets(&work->check);
    bool drained = false;
    if (is_refusal(averror) && (later || (refused && work->choice.codec.codec == WEBC_CODEC_AV1)))
        work->bad = later ? work->next_pts - work->backend.ops->lag(work->instance) : INT64_MAX;
    for (unsigned errors = 0; work->bad && errors <= (later ? MOST_LATE_ERRORS : 0);) {
        int error = work->backend.ops->receive_frame(work->instance, work->frame);
        bool go_on = error == AVERROR(EAGAIN) ? !drained : error ? is_refusal(error) : emit(work);
        av_frame_unref(work->frame);
        if (!go_on)
            break;
        if (error == AVERROR(EAGAIN)) {
            drained = true;
            error = work->backend.ops->send_packet(work->instance, NULL);
        }
        errors += error < 0;
    }
    fail_av(work, "decoding", averror);
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
            if (pass_over(work, error))
                continue;
            fail_decoding(work, error, false);
            return error;
        }
        bool go_on = emit(work);
        av_frame_unref(work->frame);
        if (!go_on)
            return AVERROR_EXIT;
    }
}

/*
 * dav1d tells of a chunk that it cannot read before it has given out the pictures before that. Those are good;
 * what other decoders may still hold is not known to be. Behind such a chunk it must be asked twice, and from
 * FFmpeg 7 on it is asked once at a drain: a temporal delimiter makes the first time of it.
 */
static void nudge_dav1d(decoder_work *work)
{
    static uint8_t delimiter[2 + AV_INPUT_BUFFER_PADDING_SIZE] = {0x12, 0};
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return;
    packet->data = delimiter;
    packet->size = 2;
    packet->pts = packet->dts = work->next_pts;
    int error = work->backend.ops->send_packet(work->instance, packet);
    if (is_refusal(error))
        pass_over(work, error); /* of a frame before, that another thread decoded */
    av_packet_free(&packet);
}

/* Send a packet, taking frames as often as the decoder asks for it: no input is lost to EAGAIN. */
static bool submit(decoder_work *work, const AVPacket *packet)
{
    for (int sends = 1;; sends++) {
        int error = work->backend.ops->send_packet(work->instance, packet);
        if (packet && is_refusal(error) && work->choice.codec.codec == WEBC_CODEC_AV1)
            nudge_dav1d(work);
        if (error == 0 || pass_over(work, error))
            return true;
        if (error != AVERROR(EAGAIN) || sends == MOST_SENDS) {
            fail_decoding(work, error, packet != NULL);
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
    /* Nothing follows an error, not even one of a config that there was no memory for. */
    if (work->failed && work->epoch == message->epoch)
        return;
    /* Chunks queued before belong to the old configuration and come out first (P-19). */
    if (work->config && work->epoch == message->epoch && !drain(work))
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
    if (webc__choose_decoder(work->config, &work->choice, reason, sizeof reason)) {
        fail(work, WEBC_ERROR_NOT_SUPPORTED, reason);
        return;
    }
    webc__chunk_check_begin(&work->check, work->config, &work->choice, work->max_pixels);
}

static bool open_instance(decoder_work *work)
{
    if (work->instance)
        return true;
    webc__decoder_setup setup = {
        .config = work->config,
        .codec = &work->choice.codec,
        .row = work->choice.row,
        .max_pixels = work->max_pixels,
        .reorder = work->config->optimize_for_latency ? 0 : work->check.sets.reorder,
        .silent = work->check.sets.silent || !work->check.sets.pixels,
    };
    work->opened = work->check.sets;
    int error = work->backend.ops->open_decoder(work->backend.user, &setup, &work->instance);
    if (error < 0)
        fail_av(work, "opening the decoder", error);
    work->begins = true;
    work->awaits = false;
    return error >= 0;
}

/*
 * libavcodec reads beyond the data: only bytes with padding behind them are handed over uncopied. The first
 * packet of a decoder that is opened in the middle begins with the sets that the one before it knew.
 */
static int fill_packet(decoder_work *work, const webc_chunk *chunk)
{
    AVPacket *packet = work->packet;
    const webc__set_history *history = &work->check.history;
    size_t sets = work->replays ? history->size : 0;
    av_packet_unref(packet);
    if (chunk->padded && !sets) {
        packet->buf = av_buffer_ref(chunk->buffer);
        if (!packet->buf)
            return AVERROR(ENOMEM);
        packet->data = (uint8_t *)chunk->info.data;
        packet->size = (int)chunk->info.size;
    } else {
        if (chunk->info.size > INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE - sets)
            return AVERROR(ENOMEM);
        int error = av_new_packet(packet, (int)(sets + chunk->info.size));
        if (error < 0)
            return error;
        if (sets)
            memcpy(packet->data, history->bytes, sets);
        memcpy(packet->data + sets, chunk->info.data, chunk->info.size);
    }
    work->replays = false;
    packet->pts = packet->dts = ++work->next_pts;
    packet->flags = chunk->info.type == WEBC_CHUNK_KEY ? AV_PKT_FLAG_KEY : 0;
    return 0;
}

static void fail_chunk(decoder_work *work, const webc_chunk_info *info, const char *fault)
{
    char text[320];
    snprintf(text, sizeof text, "decoding failed: the chunk at timestamp %lld %s", (long long)info->timestamp,
             fault);
    fail(work, WEBC_ERROR_ENCODING, text);
}

/*
 * Can decoding begin at this chunk of H.264, as far as is_leading() has to know? The first one after opening or
 * a flush is also one where its bits cannot be read; where they say no, which takes a damaged one before it,
 * libavcodec finds out which pictures are whole.
 */
static bool note_entry(decoder_work *work, const AVPacket *packet)
{
    if (work->choice.codec.codec != WEBC_CODEC_H264 || (!work->begins && !work->awaits))
        return false;
    size_t size = (size_t)packet->size;
    unsigned length_size = work->choice.length_size;
    webc__key key = webc__key_inspect(WEBC_CODEC_H264, packet->data, size, length_size);
    if (!work->begins)
        return key == WEBC__KEY_YES;
    work->begins = false;
    work->awaits = key != WEBC__KEY_NO && !webc__is_key_frame(WEBC_CODEC_H264, packet->data, size, length_size);
    return work->awaits;
}

static bool asks_more(const webc__sets *sets, const webc__sets *opened)
{
    return sets->pixels && (sets->reorder > opened->reorder || (sets->silent && !opened->silent));
}

/*
 * libavcodec learns the reordering of a silent H.264 stream by dropping the pictures that come too late. To
 * lose none the worst case is held back, unless the caller prefers latency; a sequence that has a worse one, or
 * reorders where frame threads rely on none, needs a decoder that is opened for it. That can be done at an IDR
 * picture; and where frame threads would hide damage, also at a recovery point: no picture refers to those of
 * another sequence.
 */
static bool is_shallow(const decoder_work *work, const webc_chunk_info *info)
{
    const webc__chunk_check *check = &work->check;
    if (work->choice.codec.codec != WEBC_CODEC_H264 || !work->instance || work->config->optimize_for_latency ||
        !asks_more(&check->sets, &work->opened))
        return false;
    bool key =
        work->backend.ops->lag(work->instance)
            ? webc__key_inspect(WEBC_CODEC_H264, info->data, info->size, check->length_size) == WEBC__KEY_YES
            : webc__is_key_frame(WEBC_CODEC_H264, info->data, info->size, check->length_size);
    if (!key)
        return false;
    webc__sets active = webc__set_history_active(&check->history, info->data, info->size);
    return asks_more(&active, &work->opened);
}

/*
 * After a frame that was too large libavcodec's VP9 decoder holds on to a size of 0x0 and refuses all others,
 * and dav1d after some damaged frame headers. A key frame needs nothing of it but what it still has to give
 * out.
 */
static bool is_stuck(const decoder_work *work, const webc_chunk_info *info)
{
    uint32_t codec = work->choice.codec.codec;
    return work->stuck && (codec == WEBC_CODEC_VP9 || codec == WEBC_CODEC_AV1) &&
           webc__is_key_frame(codec, info->data, info->size, 0);
}

/* Open another decoder where that is needed; false when the work of this epoch has ended. */
static bool renew(decoder_work *work, const webc_chunk_info *info)
{
    if (!is_stuck(work, info) && !is_shallow(work, info))
        return true;
    if (!drain(work))
        return false;
    close_instance(work);
    work->replays = true;
    return true;
}

static void decode(decoder_work *work, const webc__message *message)
{
    const webc_chunk_info *info = &message->decode.chunk->info;
    work->errors_in_a_row = 0;
    const char *fault = webc__chunk_check_fault(&work->check, info, work->instance != NULL);
    if (fault) {
        work->next_pts++; /* an input like every other, so that what is passed over is none before it */
        /* The decoder has not seen it: what it holds is of the chunks before, and good. */
        if (!pass_over(work, AVERROR_INVALIDDATA) && drain(work))
            fail_chunk(work, info, fault);
        return;
    }
    bool kept = webc__chunk_check_keep_sets(&work->check, info, false);
    if (kept && (!renew(work, info) || !open_instance(work)))
        return;
    int error = kept ? fill_packet(work, message->decode.chunk) : AVERROR(ENOMEM);
    if (!error && !webc__chunk_check_keep_sets(&work->check, info, true))
        error = AVERROR(ENOMEM);
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
        .entry = note_entry(work, work->packet),
        .shows = work->choice.row->splits_superframes
                     ? webc__shown_frames(WEBC_CODEC_VP9, info->data, info->size)
                     : 1,
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
    work->begins = true;
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
