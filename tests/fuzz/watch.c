/* SPDX-License-Identifier: MIT */
#include "watch.h"

static volatile uint8_t sum; /* so that reads are not left out */

static void read_bytes(const uint8_t *data, size_t size)
{
    uint8_t total = 0;
    for (size_t i = 0; i < size; i++)
        total ^= data[i];
    sum ^= total;
}

/* Outputs: all their bytes can be read, and frames be copied into exactly what they ask for. */

static void copy_out(const webc_frame *frame, uint32_t format)
{
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = format;
    uint64_t size = 0;
    if (webc_frame_allocation_size(frame, &params, &size))
        return;
    MUST(size > 0);
    uint8_t *pixels = malloc((size_t)size);
    MUST(pixels);
    webc_result result = webc_frame_copy_to(frame, &params, pixels, size, NULL);
    MUST(result == WEBC_OK || (format && result == WEBC_ERROR_NOT_SUPPORTED));
    MUST(webc_frame_copy_to(frame, &params, pixels, size - 1, NULL) != WEBC_OK);
    free(pixels);
}

static void read_frame(const watched *codec, const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    MUST(webc_frame_get_info(frame, &info) == WEBC_OK);
    MUST(info.visible_rect.width && info.visible_rect.height && info.display_width && info.display_height);
    MUST((uint64_t)info.visible_rect.x + info.visible_rect.width <= info.coded_width);
    MUST((uint64_t)info.visible_rect.y + info.visible_rect.height <= info.coded_height);
    for (uint32_t i = 0; i < info.plane_count; i++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        MUST(webc_frame_plane(frame, i, &plane) == WEBC_OK);
        for (uint32_t row = 0; row < plane.rows; row++)
            read_bytes(plane.data + (size_t)row * plane.stride, plane.row_bytes);
    }
    if (codec->outputs > 4)
        return;
    copy_out(frame, 0);
    copy_out(frame, WEBC_PIXEL_FORMAT_RGBA);
}

static void read_chunk(const webc_event *event)
{
    const webc_chunk_metadata *metadata = event->metadata;
    read_bytes(webc_chunk_data(event->chunk), webc_chunk_size(event->chunk));
    MUST(webc_chunk_size(event->chunk) > 0);
    MUST(metadata);
    read_bytes(metadata->alpha_side_data, (size_t)metadata->alpha_side_data_size);
    if (metadata->decoder_config) {
        webc_support support;
        webc_support_init(&support, sizeof support);
        MUST(webc_video_decoder_is_config_supported(metadata->decoder_config, &support) == WEBC_OK);
        read_bytes(metadata->decoder_config->description, (size_t)metadata->decoder_config->description_size);
    }
}

/* Events. */

static void see_flushed(watched *codec, const webc_event *event)
{
    MUST(codec->told < codec->flushes && event->tag == codec->told);
    const watched_flush *flush = &codec->pending[codec->told++ % WATCH_MOST_FLUSHES];
    MUST(event->result == (flush->cut ? flush->result : WEBC_OK));
    MUST(!event->message == !event->result);
    if (event->result)
        return;
    MUST(codec->size <= codec->accepted - flush->accepted);
    if (codec->exact)
        MUST(codec->outputs - codec->outputs_cut >= flush->accepted - codec->inputs_cut);
}

/* What pends ends with `result`, and the queue is empty. */
static void cut_off(watched *codec, webc_result result)
{
    for (uint64_t i = codec->told; i < codec->flushes; i++) {
        codec->pending[i % WATCH_MOST_FLUSHES].result = result;
        codec->pending[i % WATCH_MOST_FLUSHES].cut = true;
    }
    codec->size = 0;
    codec->inputs_cut = codec->accepted;
    codec->outputs_cut = codec->outputs;
    codec->generation++;
}

static void see_error(watched *codec, const webc_event *event)
{
    MUST(codec->state == WEBC_STATE_CONFIGURED || event->result == WEBC_ERROR_QUOTA_EXCEEDED ||
         codec->limits.watchdog_us);
    MUST(event->result < 0 && event->message && *event->message);
    cut_off(codec, event->result);
    codec->owed = false;
    codec->failed = true;
    codec->state = WEBC_STATE_CLOSED;
}

static void see_codec_event(watched *codec, const webc_event *event)
{
    bool output = event->type == WEBC_EVENT_FRAME || event->type == WEBC_EVENT_CHUNK;
    uint32_t before = codec->size;
    MUST(watch_is_alive(codec) && event->codec_id == codec->id && event->media == codec->media);
    MUST(event->generation == codec->generation);
    MUST(codec->state == WEBC_STATE_CONFIGURED || !output);
    if (output) {
        MUST((event->type == WEBC_EVENT_FRAME) == (codec->media == WEBC_MEDIA_VIDEO_DECODER));
        MUST(!event->frame == !!event->chunk);
        codec->outputs++;
        if (event->frame)
            read_frame(codec, event->frame);
        else
            read_chunk(event);
        if (codec->watch->check_output)
            codec->watch->check_output(codec, event);
    } else if (event->type == WEBC_EVENT_FLUSHED) {
        see_flushed(codec, event);
    } else if (event->type == WEBC_EVENT_ERROR) {
        see_error(codec, event);
    } else if (event->type == WEBC_EVENT_IDLE) {
        MUST(codec->told == codec->flushes && !codec->size && !codec->owed);
    } else {
        MUST(event->type == WEBC_EVENT_DEQUEUE);
        MUST(codec->owed ? event->queue_size <= codec->size : event->queue_size < codec->size);
        codec->size = event->queue_size;
        codec->owed = false;
    }
    MUST(event->queue_size == (event->type == WEBC_EVENT_ERROR ? before : codec->size));
    watch_compare(codec);
}

static void see_event(void *user, const webc_event *event)
{
    watched *codec = user;
    see_codec_event(codec, event);
    if (codec->watch->call_back)
        codec->watch->call_back(codec->watch);
}

/* Events of the events object itself. */
static void see_own_event(void *user, const webc_event *event)
{
    watch *w = user;
    MUST(!event->codec_id && !event->media);
    if (event->type == WEBC_EVENT_SUPPORT) {
        MUST(event->tag == 5 && event->support && w->answers < w->queries);
        w->answers++;
    } else {
        MUST(event->type == WEBC_EVENT_BUFFER_RELEASED && event->tag == 7 && w->returned < w->lent);
        w->returned++;
    }
}

bool watch_take(watch *w, int64_t timeout_us)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    int32_t got = w->events ? webc_events_next(w->events, timeout_us, &event) : 0;
    MUST(got >= 0);
    if (got && event.codec_id)
        see_codec_event(event.user, &event);
    else if (got)
        see_own_event(w, &event);
    webc_event_clear(&event);
    return got == 1;
}

void watch_dispatch(watch *w)
{
    if (w->events)
        MUST(webc_events_dispatch(w->events) >= 0);
}

void watch_settle(watch *w)
{
    for (unsigned i = 0; i < WATCH_CODECS; i++) {
        const watched *codec = &w->codecs[i];
        while (w->events && watch_is_alive(codec) && codec->told < codec->flushes)
            watch_take(w, -1);
    }
    while (w->events && w->answers < w->queries)
        watch_take(w, -1);
}

/* Calls. */

void watch_begin(watch *w)
{
    memset(w, 0, sizeof *w);
    for (unsigned i = 0; i < WATCH_CODECS; i++)
        w->codecs[i].watch = w;
    webc_events_params params;
    webc_events_params_init(&params, sizeof params);
    params.user = w;
    params.support = params.buffer_released = see_own_event;
    MUST(webc_events_create(&w->events, &params) == WEBC_OK);
}

void watch_query(watch *w, bool encoder)
{
    webc_video_decoder_config decoder_config;
    webc_video_encoder_config encoder_config;
    webc_video_decoder_config_init(&decoder_config, sizeof decoder_config);
    webc_video_encoder_config_init(&encoder_config, sizeof encoder_config);
    decoder_config.codec = encoder_config.codec = "vp8";
    encoder_config.width = encoder_config.height = 16;
    MUST((encoder ? webc_video_encoder_query_support(w->events, &encoder_config, 5)
                  : webc_video_decoder_query_support(w->events, &decoder_config, 5)) == WEBC_OK);
    w->queries++;
}

webc_frame *watch_lend(watch *w)
{
    static const uint8_t pixels[16 * 16 * 3 / 2];
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = 16;
    MUST(webc_frame_wrap_with_event(&frame, &params, pixels, sizeof pixels, w->events, 7) == WEBC_OK);
    w->lent++;
    return frame;
}

bool watch_is_alive(const watched *codec)
{
    return codec->decoder || codec->encoder;
}

static bool decodes(const watched *codec)
{
    return codec->media == WEBC_MEDIA_VIDEO_DECODER;
}

void watch_create(watched *codec, uint32_t media, const webc__backend *backend, const watch_limits *limits)
{
    watch *w = codec->watch;
    MUST(!watch_is_alive(codec) && w->events);
    w->watchdog = w->watchdog || limits->watchdog_us;
    *codec = (watched){.watch = w, .media = media, .limits = *limits, .state = WEBC_STATE_UNCONFIGURED};
    if (decodes(codec)) {
        webc_video_decoder_params params;
        webc_video_decoder_params_init(&params, sizeof params);
        params.max_outputs = limits->max_outputs;
        params.max_queue_size = limits->max_queue_size;
        params.max_output_bytes = limits->max_output_bytes;
        params.max_pixels = limits->max_pixels;
        params.watchdog_us = limits->watchdog_us;
        params.user = codec;
        params.report_idle = 1;
        params.output = params.error = params.dequeue = params.flushed = params.idle = see_event;
        MUST(webc__video_decoder_create_on(&codec->decoder, w->events, &params, backend) == WEBC_OK);
        codec->id = webc_video_decoder_id(codec->decoder);
    } else {
        webc_video_encoder_params params;
        webc_video_encoder_params_init(&params, sizeof params);
        params.max_outputs = limits->max_outputs;
        params.max_queue_size = limits->max_queue_size;
        params.max_output_bytes = limits->max_output_bytes;
        params.max_pixels = limits->max_pixels;
        params.watchdog_us = limits->watchdog_us;
        params.user = codec;
        params.report_idle = 1;
        params.output = params.error = params.dequeue = params.flushed = params.idle = see_event;
        MUST(webc__video_encoder_create_on(&codec->encoder, w->events, &params, backend) == WEBC_OK);
        codec->id = webc_video_encoder_id(codec->encoder);
    }
    watch_compare(codec);
}

void watch_compare(const watched *codec)
{
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    if (!watch_is_alive(codec))
        return;
    MUST(codec->state == (decodes(codec) ? webc_video_decoder_state(codec->decoder)
                                         : webc_video_encoder_state(codec->encoder)));
    MUST(codec->size == (decodes(codec) ? webc_video_decoder_queue_size(codec->decoder)
                                        : webc_video_encoder_queue_size(codec->encoder)));
    MUST((decodes(codec) ? webc_video_decoder_get_stats(codec->decoder, &stats)
                         : webc_video_encoder_get_stats(codec->encoder, &stats)) == WEBC_OK);
    MUST(stats.accepted == codec->accepted && stats.flushes == codec->flushes);
    MUST(stats.taken + stats.cancelled <= stats.accepted);
    MUST(stats.accepted - stats.taken - stats.cancelled <= codec->size);
    MUST(stats.flushed >= codec->told && stats.flushed + stats.abandoned <= stats.flushes);
    MUST(stats.outputs - stats.dropped >= codec->outputs);
}

webc_result watch_configure(watched *codec, const void *config)
{
    webc_result result = decodes(codec) ? webc_video_decoder_configure(codec->decoder, config)
                                        : webc_video_encoder_configure(codec->encoder, config);
    MUST(result == WEBC_ERROR_TYPE ||
         result == (codec->state == WEBC_STATE_CLOSED ? WEBC_ERROR_INVALID_STATE : WEBC_OK));
    if (!result)
        codec->state = WEBC_STATE_CONFIGURED;
    watch_compare(codec);
    return result;
}

static webc_result end_input(watched *codec, webc_result result)
{
    bool configured = codec->state == WEBC_STATE_CONFIGURED;
    bool full = codec->limits.max_queue_size && codec->size >= codec->limits.max_queue_size;
    if (result == WEBC_OK) {
        MUST(configured && !full);
        codec->accepted++;
        codec->size++;
    } else if (configured) {
        MUST(result == WEBC_ERROR_DATA || (result == WEBC_ERROR_QUOTA_EXCEEDED && full) ||
             (result == WEBC_ERROR_TYPE && !decodes(codec)));
    } else {
        MUST(result == WEBC_ERROR_INVALID_STATE);
    }
    watch_compare(codec);
    return result;
}

webc_result watch_decode(watched *codec, webc_chunk *chunk)
{
    return end_input(codec, webc_video_decoder_decode(codec->decoder, chunk, NULL));
}

webc_result watch_encode(watched *codec, webc_frame *frame, const webc_video_encode_options *options)
{
    return end_input(codec, webc_video_encoder_encode(codec->encoder, frame, options));
}

webc_result watch_flush(watched *codec)
{
    if (codec->flushes - codec->told == WATCH_MOST_FLUSHES)
        return WEBC_ERROR_QUOTA_EXCEEDED; /* more is not kept here */
    webc_result result = decodes(codec) ? webc_video_decoder_flush(codec->decoder, codec->flushes)
                                        : webc_video_encoder_flush(codec->encoder, codec->flushes);
    MUST(result == (codec->state == WEBC_STATE_CONFIGURED ? WEBC_OK : WEBC_ERROR_INVALID_STATE));
    if (!result)
        codec->pending[codec->flushes++ % WATCH_MOST_FLUSHES] = (watched_flush){.accepted = codec->accepted};
    watch_compare(codec);
    return result;
}

static webc_result end_cut(watched *codec, webc_result result, uint32_t state)
{
    MUST(result == (codec->state == WEBC_STATE_CLOSED ? WEBC_ERROR_INVALID_STATE : WEBC_OK));
    if (!result) {
        codec->owed = codec->owed || codec->size;
        cut_off(codec, WEBC_ERROR_ABORT);
        codec->state = state;
    }
    watch_compare(codec);
    return result;
}

webc_result watch_reset(watched *codec)
{
    return end_cut(codec,
                   decodes(codec) ? webc_video_decoder_reset(codec->decoder)
                                  : webc_video_encoder_reset(codec->encoder),
                   WEBC_STATE_UNCONFIGURED);
}

webc_result watch_close(watched *codec)
{
    return end_cut(codec,
                   decodes(codec) ? webc_video_decoder_close(codec->decoder)
                                  : webc_video_encoder_close(codec->encoder),
                   WEBC_STATE_CLOSED);
}

webc_result watch_reclaim(watched *codec)
{
    webc_result result = decodes(codec) ? webc_video_decoder_reclaim(codec->decoder)
                                        : webc_video_encoder_reclaim(codec->encoder);
    MUST(result == (codec->state == WEBC_STATE_CLOSED ? WEBC_ERROR_INVALID_STATE : WEBC_OK));
    watch_compare(codec);
    return result;
}

void watch_destroy(watched *codec)
{
    webc_video_decoder_destroy(&codec->decoder);
    webc_video_encoder_destroy(&codec->encoder);
    MUST(!watch_is_alive(codec));
}

void watch_end_events(watch *w)
{
    webc_events_destroy(&w->events);
    MUST(!w->events);
    for (unsigned i = 0; i < WATCH_CODECS; i++) {
        watched *codec = &w->codecs[i];
        codec->size = 0;
        codec->state = WEBC_STATE_CLOSED;
    }
}

/*
 * Threads in quarantine are not waited for, but nothing holds them any more. One may come back between the end
 * of a wait and the look at the counts, and then it takes another wait.
 */
static void check_nothing_left(bool watchdog)
{
    webc_stats left;
    webc_stats_init(&left, sizeof left);
    do {
        MUST(webc_drain_workers(-1) == WEBC_OK);
        MUST(webc_get_stats(&left) == WEBC_OK);
    } while (watchdog && left.threads);
    MUST(!left.threads && !left.quarantined);
    MUST(!left.codecs);
    MUST(!left.events);
    MUST(!left.messages);
    MUST(!left.contexts);
    MUST(!left.queued_events);
    MUST(!left.frames && !left.frame_bytes && !left.pooled_buffers && !left.pooled_bytes);
    MUST(!left.chunks && !left.chunk_bytes);
}

void watch_end(watch *w)
{
    for (unsigned i = 0; i < WATCH_CODECS; i++)
        watch_destroy(&w->codecs[i]);
    while (watch_take(w, 0))
        ; /* see_codec_event fails: no event may be left of a codec that was destroyed */
    while (w->events && w->returned < w->lent)
        watch_take(w, -1);
    watch_end_events(w);
    check_nothing_left(w->watchdog);
}
