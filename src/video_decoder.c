/* SPDX-License-Identifier: MIT */
/* VideoDecoder (WebCodecs 5): validate, then hand to the generic codec. */
#include "webcodecs/video_decoder.h"

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/key_frame.h"
#include "codec/codec_table.h"
#include "codec_core.h"
#include "media/chunk.h"
#include "shared/error.h"
#include "shared/struct.h"
#include "spec/codec_string.h"
#include "spec/config.h"
#include "support.h"
#include "test_hooks.h"

/* Frames are large: enough to cover reordering, few enough to bound memory. */
#define DEFAULT_MAX_OUTPUTS 16

/* What the chunks after a configure are made of. */
typedef struct chunk_kind {
    uint32_t codec;       /* WEBC_CODEC_*; 0: the config is not supported, and the worker will say so */
    unsigned length_size; /* 0: Annex B, or no NAL units */
} chunk_kind;

struct webc_video_decoder {
    webc__codec core; /* first */
    /* guarded by the events lock */
    chunk_kind kind;
    uint64_t configures;
};

void webc_video_decoder_config_init(webc_video_decoder_config *config, uint32_t struct_size)
{
    webc__struct_init(config, struct_size);
}

void webc_video_decoder_params_init(webc_video_decoder_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_video_decode_options_init(webc_video_decode_options *options, uint32_t struct_size)
{
    webc__struct_init(options, struct_size);
}

webc_result webc__video_decoder_create_on(webc_video_decoder **out, webc_events *events,
                                          const webc_video_decoder_params *params, const webc__backend *backend)
{
    if (!out || !events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_video_decoder_create: %s is NULL", out ? "events" : "out");
    *out = NULL;
    webc_video_decoder_params full = {.struct_size = sizeof full};
    if (params && !webc__struct_read(&full, sizeof full, params))
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_video_decoder_create: params.struct_size is %u; set params up with "
                          "webc_video_decoder_params_init",
                          params->struct_size);
    if (full.report_idle > 1)
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_video_decoder_create: params.report_idle is %u, neither 0 nor 1",
                          full.report_idle);
    webc__codec_params core = {
        .media = WEBC_MEDIA_VIDEO_DECODER,
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
    webc_result result = webc__codec_create(&codec, sizeof(webc_video_decoder), events, &core,
                                            &webc__video_decoder_work, &setup);
    if (!result)
        *out = (webc_video_decoder *)codec;
    return result;
}

webc_result webc_video_decoder_create(webc_video_decoder **out, webc_events *events,
                                      const webc_video_decoder_params *params)
{
    return webc__video_decoder_create_on(out, events, params, &webc__backend_ffmpeg);
}

/* A full, valid config from what the caller gave. */
static webc_result read_config(const char *where, webc_video_decoder_config *full,
                               const webc_video_decoder_config *config)
{
    if (!webc__struct_read(full, sizeof *full, config))
        return webc__fail(WEBC_ERROR_TYPE, "%s: config%s; set it up with webc_video_decoder_config_init", where,
                          webc__struct_problem(config, sizeof *full));
    return webc__decoder_config_check(full);
}

static chunk_kind kind_of(const webc_video_decoder_config *config)
{
    chunk_kind kind = {0};
    webc__codec_string codec;
    char unused[160];
    const char *reason;
    if (!webc__codec_string_parse(config->codec, &codec, unused, sizeof unused))
        return kind;
    size_t size = (size_t)config->description_size;
    bool known = true;
    if (size && codec.codec == WEBC_CODEC_H264)
        known = webc__avcc_parse(config->description, size, &kind.length_size, &reason);
    else if (size && codec.codec == WEBC_CODEC_HEVC)
        known = webc__hvcc_parse(config->description, size, &kind.length_size, &reason);
    kind.codec = known ? codec.codec : 0;
    return kind;
}

static webc_result accept_config(webc__codec *codec, const void *arg)
{
    webc_video_decoder *decoder = (webc_video_decoder *)codec;
    decoder->kind = *(const chunk_kind *)arg;
    decoder->configures++;
    return WEBC_OK;
}

webc_result webc_video_decoder_configure(webc_video_decoder *decoder, const webc_video_decoder_config *config)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "configure: decoder is NULL");
    webc_video_decoder_config full;
    webc_result result = read_config("configure", &full, config);
    if (result)
        return result;
    chunk_kind kind = kind_of(&full);
    return webc__codec_configure(&decoder->core, webc__message_configure_decoder(&full), accept_config, &kind);
}

/* A chunk on its way in, and what was read from its bits before the lock was taken. */
typedef struct arrival {
    const webc_chunk *chunk;
    uint64_t configures; /* of the decoder when `key` was read; 0: it was not read */
    webc__key key;
} arrival;

static webc__key inspect(const chunk_kind *kind, const webc_chunk *chunk)
{
    return webc__key_inspect(kind->codec, chunk->info.data, chunk->info.size, kind->length_size);
}

/* Reading takes up to a millisecond, so it is not done under the lock, and only while a key chunk is required.
 */
static arrival look_at(webc_video_decoder *decoder, const webc_chunk *chunk)
{
    arrival in = {.chunk = chunk};
    webc__events_lock(decoder->core.events);
    bool required = decoder->core.life.key_required;
    chunk_kind kind = decoder->kind;
    uint64_t configures = decoder->configures;
    webc__events_unlock(decoder->core.events, NULL);
    if (required && chunk->info.type == WEBC_CHUNK_KEY) {
        in.key = inspect(&kind, chunk);
        in.configures = configures;
    }
    return in;
}

/*
 * VD-02, VD-03: the label decides, and the bits may only refuse what it lets in; bits that cannot be read are
 * left to the decoder. Only a chunk that is queued lifts the requirement.
 */
static webc_result pass_key_gate(webc__codec *codec, const void *arg)
{
    const arrival *in = arg;
    const webc_video_decoder *decoder = (webc_video_decoder *)codec;
    const webc_chunk_info *info = &in->chunk->info;
    webc_result result =
        webc__lifecycle_check_label(&codec->life, info->type == WEBC_CHUNK_KEY, info->timestamp);
    if (result || !codec->life.key_required)
        return result;
    /* Another thread may have configured or flushed since it was looked at; rare enough for the lock. */
    webc__key key = in->configures == decoder->configures ? in->key : inspect(&decoder->kind, in->chunk);
    if (key != WEBC__KEY_NO)
        return WEBC_OK;
    return webc__fail(
        WEBC_ERROR_DATA,
        "decode: a key chunk is required after configure and flush, and the chunk "
        "at timestamp %lld holds no key frame although its type is key; skip to the next key chunk",
        (long long)info->timestamp);
}

webc_result webc_video_decoder_decode(webc_video_decoder *decoder, webc_chunk *chunk,
                                      const webc_video_decode_options *options)
{
    if (!decoder || !chunk)
        return webc__fail(WEBC_ERROR_TYPE, "decode: %s is NULL", decoder ? "chunk" : "decoder");
    webc_video_decode_options full = {.struct_size = sizeof full};
    if (options && !webc__struct_read(&full, sizeof full, options))
        return webc__fail(WEBC_ERROR_TYPE,
                          "decode: options.struct_size is %u; set options up with "
                          "webc_video_decode_options_init",
                          options->struct_size);
    if (full.reserved)
        return webc__fail(WEBC_ERROR_TYPE, "decode: options.reserved must be 0");
    arrival in = look_at(decoder, chunk);
    return webc__codec_submit(&decoder->core, webc__message_decode(chunk, full.tag), pass_key_gate, &in);
}

webc_result webc_video_decoder_flush(webc_video_decoder *decoder, uint64_t tag)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "flush: decoder is NULL");
    return webc__codec_flush(&decoder->core, tag, NULL);
}

webc_result webc_video_decoder_reset(webc_video_decoder *decoder)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "reset: decoder is NULL");
    return webc__codec_reset(&decoder->core);
}

webc_result webc_video_decoder_close(webc_video_decoder *decoder)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "close: decoder is NULL");
    return webc__codec_close(&decoder->core);
}

void webc_video_decoder_destroy(webc_video_decoder **decoder)
{
    if (!decoder || !*decoder)
        return;
    webc__codec *codec = &(*decoder)->core;
    *decoder = NULL;
    webc__codec_destroy(codec);
}

uint32_t webc_video_decoder_state(const webc_video_decoder *decoder)
{
    return decoder ? webc__codec_state(&decoder->core) : WEBC_STATE_CLOSED;
}

uint32_t webc_video_decoder_queue_size(const webc_video_decoder *decoder)
{
    return decoder ? webc__codec_queue_size(&decoder->core) : 0;
}

uint64_t webc_video_decoder_id(const webc_video_decoder *decoder)
{
    return decoder ? decoder->core.id : 0;
}

webc_result webc_video_decoder_get_stats(const webc_video_decoder *decoder, webc_codec_stats *stats)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "get_stats: decoder is NULL");
    return webc__codec_get_stats(&decoder->core, stats);
}

int64_t webc_video_decoder_last_progress(const webc_video_decoder *decoder)
{
    return decoder ? webc__codec_last_progress(&decoder->core) : 0;
}

webc_result webc_video_decoder_reclaim(webc_video_decoder *decoder)
{
    if (!decoder)
        return webc__fail(WEBC_ERROR_TYPE, "reclaim: decoder is NULL");
    return webc__codec_reclaim(&decoder->core);
}

webc_result webc_video_decoder_is_config_supported(const webc_video_decoder_config *config,
                                                   webc_support *support)
{
    webc_video_decoder_config full;
    webc_result result = read_config("is_config_supported", &full, config);
    if (result)
        return result;
    webc_support answer;
    webc__support_of_decoder(&full, &answer);
    return webc__support_write(support, &answer);
}

webc_result webc_video_decoder_config_echo(const webc_video_decoder_config *config,
                                           webc_video_decoder_config *out)
{
    webc_video_decoder_config full;
    webc_result result = read_config("config_echo", &full, config);
    if (result)
        return result;
    if (!webc__struct_write(out, &full, sizeof full))
        return webc__fail(WEBC_ERROR_TYPE,
                          "config_echo: out is NULL or was not set up with webc_video_decoder_config_init");
    return WEBC_OK;
}

webc_result webc_video_decoder_query_support(webc_events *events, const webc_video_decoder_config *config,
                                             uint64_t tag)
{
    webc_video_decoder_config full;
    webc_result result = read_config("query_support", &full, config);
    if (result)
        return result;
    return webc__support_query(events, webc__message_configure_decoder(&full), tag);
}
