/* SPDX-License-Identifier: MIT */
/* What a video encoder's worker does. Everything here runs on the worker, but for create_work. */
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/alpha.h"
#include "codec/av_compat.h"
#include "codec/av_result.h"
#include "codec/chunk_writer.h"
#include "codec/encoder_options.h"
#include "codec/frame_clock.h"
#include "codec/layers.h"
#include "codec/scaler.h"
#include "codec/side_table.h"
#include "codec/work.h"
#include "media/frame.h"
#include "spec/config.h"

/* libavcodec asks for one retry at most, drivers behind it for a few; more than this is a codec that hangs. */
#define MOST_SENDS 16

/* EN-04: of most frames, made of YUV or of RGB. */
static const webc_color_space usual_color = {WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_BT709,
                                             WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED};

/* All fields: worker only. */
typedef struct encoder_work {
    webc__sink sink;
    webc__backend backend;
    uint64_t max_pixels;
    uint32_t epoch;                    /* of the configuration below */
    bool failed;                       /* an error was reported in this epoch: nothing more is done */
    webc_video_encoder_config *config; /* NULL: not configured */
    webc__choice choice;
    AVRational framerate; /* as configured, or as the caller turned out to send frames */
    bool rate_guessed;    /* framerate is neither */
    AVRational time_base; /* of the private pts since the encoder was opened, whatever framerate followed */
    webc__layers layers;
    void *instance; /* open encoder, maybe ahead of its first frame; NULL after each drain */
    webc__frame_clock clock;
    uint32_t group;         /* frames sent since the last key frame was due, that one included; 0: none */
    uint32_t quantizer;     /* of the first frame since the encoder was opened */
    bool quantizer_changed; /* a frame since then had another */
    bool any_dts;           /* in this epoch */
    int64_t last_dts;
    webc__side_table side;
    webc__chunk_writer writer;
    webc__scaler *scaler;
    AVPacket *packet;
    AVFrame *picture; /* converted input */
    webc__alpha alpha;
} encoder_work;

static void free_work(void *ctx);

static void *create_work(const webc__work_setup *setup)
{
    encoder_work *work = calloc(1, sizeof *work);
    if (!work)
        return NULL;
    work->sink = setup->sink;
    work->backend = setup->backend;
    work->max_pixels = setup->max_pixels;
    work->writer.color = usual_color;
    work->scaler = webc__scaler_create();
    work->packet = av_packet_alloc();
    work->picture = av_frame_alloc();
    if (!webc__alpha_init(&work->alpha) || !work->scaler || !work->packet || !work->picture) {
        free_work(work);
        return NULL;
    }
    return work;
}

static void close_instance(encoder_work *work)
{
    if (work->instance)
        work->backend.ops->free(work->instance);
    work->instance = NULL;
    av_frame_unref(work->picture); /* of a frame that was not sent, after a failure */
    webc__alpha_close(&work->alpha, &work->backend);
    webc__side_clear(&work->side);
    webc__chunk_writer_close(&work->writer);
}

static void forget_config(encoder_work *work)
{
    free(work->config);
    work->config = NULL;
    work->writer.config = NULL;
}

static void fail(void *ctx, webc_result result, const char *message)
{
    encoder_work *work = ctx;
    if (work->failed)
        return;
    work->failed = true;
    work->sink.error(work->sink.owner, work->epoch, result, message);
}

static void fail_av(encoder_work *work, const char *what, int averror)
{
    char reason[AV_ERROR_MAX_STRING_SIZE], text[320];
    snprintf(text, sizeof text,
             "%s with %s at %ux%u for codec \"%.48s\" failed: %s; try another size, codec string, "
             "bitrate or preset",
             what, work->choice.row->name, work->config->width, work->config->height, work->config->codec,
             webc__av_text(averror, reason, sizeof reason));
    fail(work, webc__av_result(averror), text);
}

/*
 * The caller's time for the dts of a packet, which is the pts of a frame put in some frames before; the first
 * ones lie before the first frame, by the pace of those after it. Given no more frames than it would have to
 * wait for, one or two, libx265 goes back by what it finds in its memory; nothing is reordered then.
 */
static bool find_dts(const encoder_work *work, const webc__side_entry *input, int64_t dts, int64_t *out)
{
    int64_t first;
    if (!work->config->b_frames || dts == AV_NOPTS_VALUE)
        return false;
    if (dts > input->pts || dts < -work->clock.pts) {
        *out = input->timestamp;
        return true;
    }
    if (dts >= 0)
        return webc__side_time(&work->side, dts, out);
    double tick_us = 1e6 * av_q2d(work->time_base);
    return webc__side_time(&work->side, 0, &first) &&
           !__builtin_add_overflow(first, (int64_t)((double)dts * tick_us), out);
}

/*
 * An encoder that was opened again begins before its first frame too, which may be before what was told last.
 * Where timestamps rise there is room between that and its own frame.
 */
static int64_t behind_last_dts(encoder_work *work, int64_t dts, int64_t timestamp)
{
    if (work->any_dts && dts <= work->last_dts && work->last_dts < timestamp)
        dts = work->last_dts + 1;
    work->any_dts = true;
    work->last_dts = dts;
    return dts;
}

/* Hand a packet out as a chunk under the times of its frame; false when to stop. */
static bool emit(encoder_work *work)
{
    webc__side_entry input;
    if (!webc__side_take(&work->side, work->packet->pts, &input)) {
        fail(work, WEBC_ERROR_ENCODING, "the encoder gave a packet that belongs to no frame");
        return false;
    }
    webc__output output;
    const AVPacket *alpha = webc__alpha_packet(&work->alpha, work->packet->pts);
    webc_result result = webc__chunk_writer_write(&work->writer, work->packet, alpha, &input, &output);
    if (result) {
        fail(work, result, webc_error_message());
        return false;
    }
    output.has_dts = find_dts(work, &input, work->packet->dts, &output.dts);
    if (output.has_dts)
        output.dts = behind_last_dts(work, output.dts, input.timestamp);
    return work->sink.output(work->sink.owner, work->epoch, &output);
}

/* Take all packets that are ready. 0 when there are no more for now, AVERROR_EOF when drained, else stop. */
static int receive_all(encoder_work *work)
{
    for (;;) {
        if (!work->sink.current(work->sink.owner, work->epoch))
            return AVERROR_EXIT;
        int error = work->backend.ops->receive_packet(work->instance, work->packet);
        if (error == AVERROR(EAGAIN))
            return 0;
        if (error == AVERROR_EOF)
            return error;
        if (error < 0) {
            fail_av(work, "encoding", error);
            return error;
        }
        bool go_on = emit(work);
        av_packet_unref(work->packet);
        if (!go_on)
            return AVERROR_EXIT;
    }
}

/* Send a picture, taking packets as often as the encoder asks for it: no input is lost to EAGAIN. */
static bool submit(encoder_work *work, const AVFrame *picture)
{
    for (int sends = 1;; sends++) {
        int error = work->backend.ops->send_frame(work->instance, picture);
        if (error == 0)
            return true;
        if (error != AVERROR(EAGAIN) || sends == MOST_SENDS) {
            fail_av(work, "encoding", error);
            return false;
        }
        if (receive_all(work) < 0)
            return false;
    }
}

/*
 * Get out what the encoder holds and close it: no software encoder takes a frame after a drain. False when the
 * work of this epoch has ended.
 */
static bool drain(encoder_work *work)
{
    if (!work->instance)
        return true;
    if (!work->group) { /* it was opened ahead and holds nothing */
        close_instance(work);
        return true;
    }
    if (!submit(work, NULL))
        return false;
    int error = receive_all(work);
    if (error == 0)
        fail_av(work, "draining", AVERROR_BUG);
    if (error != AVERROR_EOF)
        return false;
    /* Realtime may drop frames (EN-09), but never one that had to be a key frame (VE-04). */
    bool quality = work->config->latency_mode != WEBC_LATENCY_MODE_REALTIME;
    if (work->side.live && (quality || webc__side_owes_key(&work->side))) {
        char text[160];
        snprintf(text, sizeof text, "%s gave no chunk for %u frames%s", work->choice.row->name, work->side.live,
                 quality ? " in latency_mode quality" : ", a requested key frame among them");
        fail(work, WEBC_ERROR_ENCODING, text);
        return false;
    }
    close_instance(work);
    return true;
}

static bool by_quantizer(const encoder_work *work)
{
    return work->config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER;
}

static webc__encoder_setup setup_of(const encoder_work *work, const webc_color_space *color, uint32_t quantizer)
{
    return (webc__encoder_setup){
        .config = work->config,
        .codec = &work->choice.codec,
        .row = work->choice.row,
        .pix_fmt = webc__choice_pix_fmt(&work->choice),
        .color = *color,
        .framerate = work->framerate,
        .time_base = work->time_base,
        .frame_ticks = WEBC__FRAME_TICKS,
        .quantizer = quantizer,
    };
}

/* For rate control an encoder either reads pts or takes each frame to last as long as it was opened with. */
static bool counts_frames(const encoder_work *work)
{
    bool realtime = work->config->latency_mode == WEBC_LATENCY_MODE_REALTIME;
    if (by_quantizer(work))
        return false;
    return work->choice.row->counts_frames || (realtime && work->choice.row->counts_realtime_frames);
}

/*
 * EN-18: go on with the open encoder where the config changes nothing but what it can follow. One without a
 * frame is opened anew: what comes out does not depend on whether it was opened ahead.
 */
static bool follow_config(encoder_work *work, const webc_video_encoder_config *config)
{
    char reason[256];
    webc__choice choice;
    if (!work->instance || !work->group || !webc__encoder_config_same_but_rates(work->config, config) ||
        webc__choose_encoder(config, work->max_pixels, &choice, reason, sizeof reason) ||
        choice.row != work->choice.row)
        return false;
    bool other_framerate = config->framerate != work->config->framerate;
    bool other_bitrate =
        config->bitrate != work->config->bitrate || (!config->bitrate && other_framerate); /* by default */
    if (other_bitrate && !by_quantizer(work) &&
        !(choice.row->follows_constant_bitrate && config->bitrate_mode == WEBC_BITRATE_MODE_CONSTANT))
        return false;
    if (other_framerate && (counts_frames(work) || !(config->framerate > 0) ||
                            !webc__frame_clock_change_rate(&work->clock, config->framerate)))
        return false;
    if (other_framerate) {
        work->framerate = av_d2q(config->framerate, 1001000);
        work->rate_guessed = false;
    }
    work->config->framerate = config->framerate;
    work->config->bitrate = config->bitrate;
    webc__encoder_setup setup = setup_of(work, &work->writer.color, 0);
    if (other_bitrate && !by_quantizer(work))
        work->backend.ops->set_bitrate(work->instance, &setup);
    return true;
}

static void configure(encoder_work *work, const webc__message *message)
{
    char reason[256];
    /* Nothing follows an error, not even one of a config that there was no memory for. */
    if (work->failed && work->epoch == message->epoch)
        return;
    bool same_session = work->config && work->epoch == message->epoch;
    if (same_session && follow_config(work, message->encoder_config))
        return;
    /* Frames queued before belong to the old configuration and come out first (P-19). */
    if (same_session && !drain(work))
        return;
    close_instance(work);
    if (!same_session) {
        webc__chunk_writer_reset(&work->writer);
        work->any_dts = false;
    }
    forget_config(work);
    work->epoch = message->epoch;
    work->failed = false;
    work->config = webc__encoder_config_copy(message->encoder_config);
    if (!work->config) {
        fail(work, WEBC_ERROR_NO_MEMORY, "configure: no memory for the config");
        return;
    }
    if (webc__choose_encoder(work->config, work->max_pixels, &work->choice, reason, sizeof reason)) {
        fail(work, WEBC_ERROR_NOT_SUPPORTED, reason);
        return;
    }
    work->rate_guessed = !(work->config->framerate > 0);
    work->framerate =
        work->config->framerate > 0 ? av_d2q(work->config->framerate, 1001000) : (AVRational){30, 1};
    uint32_t codec = work->choice.codec.codec;
    work->layers = webc__layers_of_config(work->config, &work->choice.codec);
    work->writer.layered = work->layers.count > 1;
    uint32_t format = codec == WEBC_CODEC_H264 ? work->config->avc_format : work->config->hevc_format;
    work->writer.config = work->config;
    work->writer.codec = codec;
    work->writer.length_prefixed =
        (codec == WEBC_CODEC_H264 || codec == WEBC_CODEC_HEVC) && format != WEBC_BITSTREAM_FORMAT_ANNEXB;
}

/* EN-04: YUV keeps the frame's colour, absent members included; RGB becomes REC709, limited range. */
static webc_color_space target_color(const webc_frame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)frame->av->format);
    if (format->flags & AV_PIX_FMT_FLAG_RGB)
        return usual_color;
    return frame->info.color_space;
}

/* `ahead` of the first frame no failure is told, as that frame has it again, but that of being too late. */
static bool open_instance(encoder_work *work, const webc_color_space *color, uint32_t quantizer, bool ahead)
{
    work->time_base = (AVRational){work->framerate.den, work->framerate.num * (int)WEBC__FRAME_TICKS};
    webc__encoder_setup setup = setup_of(work, color, quantizer);
    int error = work->backend.ops->open_encoder(work->backend.user, &setup, &work->instance);
    if (error < 0) {
        if (!ahead || error == AVERROR_EXIT)
            fail_av(work, "opening the encoder", error);
        return false;
    }
    webc__frame_clock_start(&work->clock, av_q2d(work->framerate));
    work->group = 0;
    work->quantizer = quantizer;
    work->quantizer_changed = false;
    work->writer.color = *color;
    int size = 0;
    const uint8_t *extradata = work->backend.ops->extradata(work->instance, &size);
    webc_result result = webc__chunk_writer_open(&work->writer, extradata, (size_t)size);
    if (result && !ahead)
        fail(work, result, webc_error_message());
    if (result)
        close_instance(work);
    return !result;
}

/*
 * Open the encoder while the caller makes its first frame: for 1280x720 that takes libx264 5 ms and libvpx 40
 * for VP9. Where that frame waits already it says with what; else its colour is that of the frames before, or
 * the usual one.
 */
static void open_ahead(encoder_work *work)
{
    const webc_color_space color = work->writer.color;
    if (work->backend.opens_ahead && work->choice.row->opens_ahead && !by_quantizer(work) &&
        work->sink.current(work->sink.owner, work->epoch) && work->sink.last(work->sink.owner))
        open_instance(work, &color, 0, true);
}

/* A change that an open encoder cannot follow: its rest comes out, and the next frame opens it again. */
static bool must_reopen(const encoder_work *work, const webc_color_space *color, const webc_frame_info *info,
                        bool key_frame)
{
    if (!work->instance)
        return false;
    if (memcmp(&work->writer.color, color, sizeof *color))
        return true;
    return work->group && ((key_frame && !work->choice.row->forces_key_frames) ||
                           work->writer.rotation != info->rotation || work->writer.flip != info->flip);
}

/*
 * For an encoder that counts frames: the rate at which the caller really sends them, when the one it was opened
 * with is far off and a config could ask for it. 0 otherwise.
 */
static double new_pace(const encoder_work *work)
{
    if (!work->instance || !counts_frames(work))
        return 0;
    double pace = webc__frame_clock_other_rate(&work->clock, work->rate_guessed);
    return webc__codec_row_takes_framerate(work->choice.row, pace) ? pace : 0;
}

/*
 * True when the frame must become a key frame: it was asked for, or the interval since the last one is over.
 * libvpx and libaom would count the interval from the first frame on, whatever was asked for in between.
 */
static bool key_frame_due(const encoder_work *work, bool requested)
{
    uint32_t interval = webc__encoder_key_interval(work->config);
    return requested || !work->group || (work->choice.row->forces_key_frames && work->group >= interval);
}

/* EN-11: what the frame is to be coded with; 0 outside of bitrate_mode quantizer, where it is ignored. */
static uint32_t quantizer_of(const encoder_work *work, int32_t asked)
{
    if (!by_quantizer(work))
        return 0;
    return asked < 0 ? work->choice.row->default_quantizer : (uint32_t)asked;
}

/*
 * Of both encoders that take a quantizer for each frame only the first key frame follows it: libx264 codes
 * later ones with the mean of the frames before, libvpx with the quantizer it was opened with.
 */
static bool quantizer_needs_opening(const encoder_work *work, uint32_t quantizer, bool key_frame)
{
    return work->instance && key_frame_due(work, key_frame) &&
           (work->quantizer_changed || work->quantizer != quantizer);
}

/* The picture to send, converted; before the encoder is opened, as one that got none may never close. */
static bool convert(encoder_work *work, const webc_frame *frame, const webc_color_space *color)
{
    webc__scaler_target target = {
        .av_format = webc__choice_pix_fmt(&work->choice),
        .width = work->config->width,
        .height = work->config->height,
        .color = *color,
    };
    av_frame_unref(work->picture);
    webc_result result = webc__scaler_run(work->scaler, frame, &target, work->picture);
    if (result)
        fail(work, result == WEBC_ERROR_NO_MEMORY ? result : WEBC_ERROR_ENCODING, webc_error_message());
    return !result;
}

/* What the encoder is to do with the picture, whose frame is at `timestamp`. */
static bool mark(encoder_work *work, int64_t timestamp, bool key_frame, uint32_t quantizer)
{
    work->picture->pts = webc__frame_clock_next(&work->clock, timestamp);
    webc__frame_set_duration(work->picture, WEBC__FRAME_TICKS);
    webc__frame_clear_key(work->picture);
    work->picture->pict_type = key_frame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    if (webc__layers_mark(work->picture, work->layers, work->group - 1) < 0) {
        fail(work, WEBC_ERROR_NO_MEMORY, "no memory for the layer of a frame");
        return false;
    }
    if (!by_quantizer(work))
        return true;
    work->quantizer_changed |= work->quantizer != quantizer;
    int error = work->backend.ops->quantize(work->instance, work->choice.row, work->picture, quantizer);
    if (error < 0)
        fail_av(work, "setting the quantizer", error);
    return error >= 0;
}

/*
 * EN-08: the alpha of a frame whose picture is prepared. Without alpha its stream ends; the next frame with
 * alpha is a key frame in both streams.
 */
static bool encode_alpha(encoder_work *work, const webc_frame *frame, bool kept, uint32_t quantizer)
{
    static const webc_color_space grey = {.range = WEBC_COLOR_RANGE_FULL};
    if (!kept) {
        webc__alpha_close(&work->alpha, &work->backend);
        return true;
    }
    webc__encoder_setup setup = setup_of(work, &grey, quantizer);
    setup.alpha = true;
    webc_result result = webc__alpha_encode(&work->alpha, &work->backend, &setup, frame, work->picture);
    if (result)
        fail(work, result == WEBC_ERROR_NO_MEMORY ? result : WEBC_ERROR_ENCODING, webc_error_message());
    return !result;
}

static void encode(encoder_work *work, const webc__message *message)
{
    const webc_frame_info *info = &message->encode.frame->info;
    webc_color_space color = target_color(message->encode.frame);
    double pace = new_pace(work);
    uint32_t quantizer = quantizer_of(work, message->encode.quantizer);
    bool alpha = work->config->alpha == WEBC_ALPHA_KEEP && webc__frame_has_alpha(message->encode.frame);
    bool asked = message->encode.key_frame || (alpha && !work->alpha.instance);
    bool reopen =
        pace > 0 || must_reopen(work, &color, info, asked) || quantizer_needs_opening(work, quantizer, asked);
    if (reopen && !drain(work))
        return;
    if (pace > 0) {
        work->framerate = av_d2q(pace, 1001000);
        work->rate_guessed = false;
    }
    if (!convert(work, message->encode.frame, &color) ||
        (!work->instance && !open_instance(work, &color, quantizer, false)))
        return;
    if (!work->group) {
        work->writer.rotation = info->rotation;
        work->writer.flip = info->flip;
    }
    bool key_frame = key_frame_due(work, asked);
    work->group = key_frame ? 1 : work->group + 1;
    if (!mark(work, info->timestamp, key_frame, quantizer) ||
        !encode_alpha(work, message->encode.frame, alpha, quantizer))
        return;
    webc__side_entry entry = {
        .pts = work->picture->pts,
        .timestamp = info->timestamp,
        .duration = info->duration,
        .has_duration = info->has_duration,
        .tag = message->encode.tag,
        .temporal_layer = webc__layers_id(work->layers, work->group - 1),
        .key_requested = key_frame,
    };
    webc__side_put(&work->side, &entry);
    bool sent = submit(work, work->picture);
    av_frame_unref(work->picture);
    if (sent)
        receive_all(work);
}

static void run(void *ctx, const webc__message *message)
{
    encoder_work *work = ctx;
    if (message->kind == WEBC__MESSAGE_CONFIGURE_ENCODER) {
        configure(work, message);
        if (!work->failed && !work->instance)
            open_ahead(work);
    } else if (!work->failed && message->kind == WEBC__MESSAGE_ENCODE)
        encode(work, message);
    else if (!work->failed && message->kind == WEBC__MESSAGE_FLUSH && drain(work))
        work->sink.flushed(work->sink.owner, work->epoch, message->flush_id);
    if (work->failed)
        close_instance(work);
}

static void abandon(void *ctx, uint32_t epoch)
{
    encoder_work *work = ctx;
    if (work->epoch == epoch)
        return;
    close_instance(work);
    webc__chunk_writer_reset(&work->writer);
    forget_config(work);
}

static void free_work(void *ctx)
{
    encoder_work *work = ctx;
    close_instance(work);
    webc__chunk_writer_reset(&work->writer);
    forget_config(work);
    webc__alpha_deinit(&work->alpha, &work->backend);
    webc__scaler_free(&work->scaler);
    av_packet_free(&work->packet);
    av_frame_free(&work->picture);
    free(work);
}

const webc__work_ops webc__video_encoder_work = {
    .thread_name = "webc-venc",
    .create = create_work,
    .run = run,
    .fail = fail,
    .abandon = abandon,
    .free = free_work,
};
