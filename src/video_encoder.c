/* SPDX-License-Identifier: MIT */
/* VideoEncoder (WebCodecs 6): validate, then hand to the generic codec. */
#include "webcodecs/video_encoder.h"

#include "codec/codec_table.h"
#include "codec_core.h"
#include "media/frame.h"
#include "shared/error.h"
#include "shared/struct.h"
#include "spec/config.h"
#include "support.h"
#include "test_hooks.h"

/* Chunks are small: room for the look-ahead of every encoder to drain without waiting for the consumer. */
#define DEFAULT_MAX_OUTPUTS 64

struct webc_video_encoder {
    webc__codec core; /* first */
    /* guarded by the events lock */
    uint32_t width; /* as configured */
    uint32_t height;
    bool exact_size;
    bool oriented; /* the first frame since configure has latched rotation and flip */
    int32_t rotation;
    uint32_t flip;
};

void webc_video_encoder_config_init(webc_video_encoder_config *config, uint32_t struct_size)
{
    webc__struct_init(config, struct_size);
}

void webc_video_encoder_params_init(webc_video_encoder_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_video_encode_options_init(webc_video_encode_options *options, uint32_t struct_size)
{
    webc__struct_init(options, struct_size);
}

webc_result webc__video_encoder_create_on(webc_video_encoder **out, webc_events *events,
                                          const webc_video_encoder_params *params, const webc__backend *backend)
{
    if (!out || !events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_video_encoder_create: %s is NULL", out ? "events" : "out");
    *out = NULL;
    webc_video_encoder_params full = {.struct_size = sizeof full};
    if (params && !webc__struct_read(&full, sizeof full, params))
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_video_encoder_create: params.struct_size is %u; set params up with "
                          "webc_video_encoder_params_init",
                          params->struct_size);
    if (full.report_idle > 1)
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_video_encoder_create: params.report_idle is %u, neither 0 nor 1",
                          full.report_idle);
    webc__codec_params core = {
        .media = WEBC_MEDIA_VIDEO_ENCODER,
        .max_outputs = full.max_outputs ? full.max_outputs : DEFAULT_MAX_OUTPUTS,
        .max_queue_size = full.max_queue_size,
        .max_queue_bytes = full.max_queue_bytes,
        .max_output_bytes = full.max_output_bytes,
        .watchdog_us = full.watchdog_us,
        .max_pixels = full.max_pixels ? full.max_pixels : WEBC__DEFAULT_MAX_PIXELS,
        .user = full.user,
        .output = full.output,
        .error = full.error,
        .dequeue = full.dequeue,
        .flushed = full.flushed,
        .report_idle = full.report_idle,
        .idle = full.idle,
    };
    webc__work_setup setup = {.backend = *backend, .max_pixels = core.max_pixels};
    webc__codec *codec;
    webc_result result = webc__codec_create(&codec, sizeof(webc_video_encoder), events, &core,
                                            &webc__video_encoder_work, &setup);
    if (!result)
        *out = (webc_video_encoder *)codec;
    return result;
}

webc_result webc_video_encoder_create(webc_video_encoder **out, webc_events *events,
                                      const webc_video_encoder_params *params)
{
    return webc__video_encoder_create_on(out, events, params, &webc__backend_ffmpeg);
}

/* A full, valid config from what the caller gave. */
static webc_result read_config(const char *where, webc_video_encoder_config *full,
                               const webc_video_encoder_config *config)
{
    if (!webc__struct_read(full, sizeof *full, config))
        return webc__fail(WEBC_ERROR_TYPE, "%s: config%s; set it up with webc_video_encoder_config_init", where,
                          webc__struct_problem(config, sizeof *full));
    return webc__encoder_config_check(full);
}

/* VE-01: a new config forgets the orientation of the frames before. */
static webc_result latch_config(webc__codec *codec, const void *arg)
{
    const webc_video_encoder_config *config = arg;
    webc_video_encoder *encoder = (webc_video_encoder *)codec;
    encoder->width = config->width;
    encoder->height = config->height;
    encoder->exact_size = config->exact_size;
    encoder->oriented = false;
    return WEBC_OK;
}

webc_result webc_video_encoder_configure(webc_video_encoder *encoder, const webc_video_encoder_config *config)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "configure: encoder is NULL");
    webc_video_encoder_config full;
    webc_result result = read_config("configure", &full, config);
    if (result)
        return result;
    return webc__codec_configure(&encoder->core, webc__message_configure_encoder(&full), latch_config, &full);
}

/* The size rule of exact_size, then VE-02: orientation is latched by the first frame. */
static webc_result pass_frame(webc__codec *codec, const void *arg)
{
    const webc_frame_info *frame = &((const webc_frame *)arg)->info;
    webc_video_encoder *encoder = (webc_video_encoder *)codec;
    const webc_rect *visible = &frame->visible_rect;
    if (encoder->exact_size && (visible->width != encoder->width || visible->height != encoder->height))
        return webc__fail(WEBC_ERROR_TYPE,
                          "encode: the frame is %ux%u and the encoder is configured for %ux%u with "
                          "exact_size; crop or scale the frame, or clear exact_size",
                          visible->width, visible->height, encoder->width, encoder->height);
    if (encoder->oriented && (encoder->rotation != frame->rotation || encoder->flip != frame->flip))
        return webc__fail(WEBC_ERROR_DATA,
                          "encode: the frame has rotation %d and flip %u, the frames before had %d and "
                          "%u; configure again before a change of orientation",
                          frame->rotation, frame->flip, encoder->rotation, encoder->flip);
    encoder->oriented = true;
    encoder->rotation = frame->rotation;
    encoder->flip = frame->flip;
    return WEBC_OK;
}

webc_result webc_video_encoder_encode(webc_video_encoder *encoder, webc_frame *frame,
                                      const webc_video_encode_options *options)
{
    if (!encoder || !frame)
        return webc__fail(WEBC_ERROR_TYPE, "encode: %s is NULL", encoder ? "frame" : "encoder");
    webc_video_encode_options full = {.struct_size = sizeof full};
    if (options && !webc__struct_read(&full, sizeof full, options))
        return webc__fail(WEBC_ERROR_TYPE,
                          "encode: options.struct_size is %u; set options up with "
                          "webc_video_encode_options_init",
                          options->struct_size);
    if (full.key_frame > 1)
        return webc__fail(WEBC_ERROR_TYPE, "encode: options.key_frame is %u; it must be 0 or 1",
                          full.key_frame);
    webc__message *message = webc__message_encode(frame, full.tag, full.key_frame != 0);
    if (message && full.has_quantizer)
        message->encode.quantizer = full.quantizer > INT32_MAX ? INT32_MAX : (int32_t)full.quantizer;
    return webc__codec_submit(&encoder->core, message, pass_frame, frame);
}

webc_result webc_video_encoder_flush(webc_video_encoder *encoder, uint64_t tag)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "flush: encoder is NULL");
    return webc__codec_flush(&encoder->core, tag, NULL);
}

webc_result webc_video_encoder_reset(webc_video_encoder *encoder)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "reset: encoder is NULL");
    return webc__codec_reset(&encoder->core);
}

webc_result webc_video_encoder_close(webc_video_encoder *encoder)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "close: encoder is NULL");
    return webc__codec_close(&encoder->core);
}

void webc_video_encoder_destroy(webc_video_encoder **encoder)
{
    if (!encoder || !*encoder)
        return;
    webc__codec *codec = &(*encoder)->core;
    *encoder = NULL;
    webc__codec_destroy(codec);
}

uint32_t webc_video_encoder_state(const webc_video_encoder *encoder)
{
    return encoder ? webc__codec_state(&encoder->core) : WEBC_STATE_CLOSED;
}

uint32_t webc_video_encoder_queue_size(const webc_video_encoder *encoder)
{
    return encoder ? webc__codec_queue_size(&encoder->core) : 0;
}

uint64_t webc_video_encoder_id(const webc_video_encoder *encoder)
{
    return encoder ? encoder->core.id : 0;
}

webc_result webc_video_encoder_get_stats(const webc_video_encoder *encoder, webc_codec_stats *stats)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "get_stats: encoder is NULL");
    return webc__codec_get_stats(&encoder->core, stats);
}

int64_t webc_video_encoder_last_progress(const webc_video_encoder *encoder)
{
    return encoder ? webc__codec_last_progress(&encoder->core) : 0;
}

webc_result webc_video_encoder_reclaim(webc_video_encoder *encoder)
{
    if (!encoder)
        return webc__fail(WEBC_ERROR_TYPE, "reclaim: encoder is NULL");
    return webc__codec_reclaim(&encoder->core);
}

webc_result webc_video_encoder_is_config_supported(const webc_video_encoder_config *config,
                                                   webc_support *support)
{
    webc_video_encoder_config full;
    webc_result result = read_config("is_config_supported", &full, config);
    if (result)
        return result;
    webc_support answer;
    webc__support_of_encoder(&full, &answer);
    return webc__support_write(support, &answer);
}

webc_result webc_video_encoder_config_echo(const webc_video_encoder_config *config,
                                           webc_video_encoder_config *out)
{
    webc_video_encoder_config full;
    webc_result result = read_config("config_echo", &full, config);
    if (result)
        return result;
    webc__encoder_config_write_defaults(&full);
    if (!webc__struct_write(out, &full, sizeof full))
        return webc__fail(WEBC_ERROR_TYPE,
                          "config_echo: out is NULL or was not set up with webc_video_encoder_config_init");
    return WEBC_OK;
}

webc_result webc_video_encoder_query_support(webc_events *events, const webc_video_encoder_config *config,
                                             uint64_t tag)
{
    webc_video_encoder_config full;
    webc_result result = read_config("query_support", &full, config);
    if (result)
        return result;
    return webc__support_query(events, webc__message_configure_encoder(&full), tag);
}
