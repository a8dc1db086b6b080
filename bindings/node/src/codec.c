/* SPDX-License-Identifier: MIT */
/* VideoDecoder and VideoEncoder: calls into the engine, and its events out of it. */
#include "addon.h"

#include <stdlib.h>

/* What dispatch of lib/codec.js is called with. */
enum { DISPATCH_FRAME = 1, DISPATCH_CHUNK, DISPATCH_FLUSHED, DISPATCH_DEQUEUE, DISPATCH_ERROR };

/*
 * What a codec is to the collector: its thread's stack and buffers, so that a program which drops codecs
 * without closing them does not collect threads. An estimate; what it holds in frames is counted with those.
 */
#define CODEC_BYTES (1 << 20)

struct codec_handle {
    binding *addon;
    codec_handle *next; /* in addon->codecs while there is an engine object */
    codec_handle *previous;
    webc_video_decoder *decoder; /* one of them, or none when it was closed or abandoned */
    webc_video_encoder *encoder;
    napi_ref owner; /* the JavaScript object: held while the codec is busy (P-21), else weak */
    bool busy;      /* an IDLE event will come */
};

static void set_busy(codec_handle *codec, bool busy)
{
    uint32_t count;
    if (codec->busy == busy)
        return;
    codec->busy = busy;
    pump_hold(codec->addon, busy);
    if (busy)
        napi_reference_ref(codec->addon->env, codec->owner, &count);
    else
        napi_reference_unref(codec->addon->env, codec->owner, &count);
}

/* The engine frees the codec and ends its thread in the background. */
static void destroy(codec_handle *codec)
{
    if (!codec->decoder && !codec->encoder)
        return;
    webc_video_decoder_destroy(&codec->decoder);
    webc_video_encoder_destroy(&codec->encoder);
    if (codec->previous)
        codec->previous->next = codec->next;
    else
        codec->addon->codecs = codec->next;
    if (codec->next)
        codec->next->previous = codec->previous;
    addon_account(codec->addon, -CODEC_BYTES);
}

void codecs_destroy(binding *addon)
{
    while (addon->codecs)
        destroy(addon->codecs);
}

void codecs_abandon(binding *addon)
{
    while (addon->codecs) {
        codec_handle *codec = addon->codecs;
        destroy(codec);
        napi_delete_reference(addon->env, codec->owner);
        codec->owner = NULL;
    }
}

/* The JavaScript object is gone; it was not busy, or the environment ends. */
static void finalize_codec(napi_env env, void *data, void *hint)
{
    codec_handle *codec = data;
    (void)hint;
    destroy(codec);
    if (codec->owner)
        napi_delete_reference(env, codec->owner);
    addon_release(codec->addon);
    free(codec);
}

static uint32_t state_of(const codec_handle *codec)
{
    return codec->encoder ? webc_video_encoder_state(codec->encoder) : webc_video_decoder_state(codec->decoder);
}

static webc_result make_engine(codec_handle *codec, bool encoder)
{
    if (encoder) {
        webc_video_encoder_params params;
        webc_video_encoder_params_init(&params, sizeof params);
        params.report_idle = 1;
        params.user = codec;
        return webc_video_encoder_create(&codec->encoder, codec->addon->events, &params);
    }
    webc_video_decoder_params params;
    webc_video_decoder_params_init(&params, sizeof params);
    params.report_idle = 1;
    params.user = codec;
    return webc_video_decoder_create(&codec->decoder, codec->addon->events, &params);
}

static napi_value create(napi_env env, napi_callback_info info, bool encoder)
{
    js_call call = begin_call(env, info);
    binding *addon = call.addon;
    napi_value handle;
    codec_handle *codec = calloc(1, sizeof *codec);
    if (!codec)
        return throw_named(&call, "OutOfMemoryError", "no memory for a codec");
    codec->addon = addon;
    webc_result result = make_engine(codec, encoder);
    if (result) {
        free(codec);
        return throw_result(&call, result);
    }
    codec->next = addon->codecs;
    if (addon->codecs)
        addon->codecs->previous = codec;
    addon->codecs = codec;
    addon_account(addon, CODEC_BYTES);
    if (napi_create_reference(env, call.arguments[0], 0, &codec->owner) ||
        napi_create_external(env, codec, finalize_codec, NULL, &handle)) {
        if (codec->owner)
            napi_delete_reference(env, codec->owner);
        destroy(codec);
        free(codec);
        return throw_named(&call, "OutOfMemoryError", "no memory for a codec");
    }
    addon->references++;
    return handle;
}

static napi_value create_decoder(napi_env env, napi_callback_info info)
{
    return create(env, info, false);
}

static napi_value create_encoder(napi_env env, napi_callback_info info)
{
    return create(env, info, true);
}

static codec_handle *codec_of(const js_call *call)
{
    void *data = NULL;
    napi_get_value_external(call->env, call->arguments[0], &data);
    return data;
}

/* The end of a call that gave the codec work. */
static napi_value accepted(const js_call *call, codec_handle *codec, webc_result result)
{
    if (result)
        return throw_result(call, result);
    if (codec->decoder || codec->encoder)
        set_busy(codec, true);
    return NULL;
}

/* A codec that was closed has no engine object any more. */
static napi_value refuse_closed(const js_call *call, const char *message)
{
    return throw_named(call, "InvalidStateError", message);
}

/* A config of either kind, and what its members point to. */
typedef struct any_config {
    bool is_encoder;
    webc_video_decoder_config decoder;
    webc_video_encoder_config encoder;
    config_memory memory;
} any_config;

/* False when an exception was thrown; the memory is to be freed in either case. */
static bool read_config(const js_call *call, unsigned index, bool encoder, any_config *out)
{
    out->is_encoder = encoder;
    return encoder ? read_encoder_config(call, call->arguments[index], &out->encoder, &out->memory)
                   : read_decoder_config(call, call->arguments[index], &out->decoder, &out->memory);
}

static webc_result ask_support(const any_config *config, webc_support *out)
{
    webc_support_init(out, sizeof *out);
    return config->is_encoder ? webc_video_encoder_is_config_supported(&config->encoder, out)
                              : webc_video_decoder_is_config_supported(&config->decoder, out);
}

static napi_value configure_engine(const js_call *call, codec_handle *codec, const any_config *config)
{
    if (codec->encoder)
        return accepted(call, codec, webc_video_encoder_configure(codec->encoder, &config->encoder));
    if (codec->decoder)
        return accepted(call, codec, webc_video_decoder_configure(codec->decoder, &config->decoder));
    /* P-17: a config that is not valid is a TypeError whatever the state. */
    webc_support support;
    webc_result result = ask_support(config, &support);
    return result ? throw_result(call, result) : refuse_closed(call, "configure: the codec is closed");
}

static napi_value configure(napi_env env, napi_callback_info info, bool encoder)
{
    js_call call = begin_call(env, info);
    any_config config;
    napi_value value = NULL;
    if (read_config(&call, 1, encoder, &config))
        value = configure_engine(&call, codec_of(&call), &config);
    config_memory_free(&config.memory);
    return value;
}

static napi_value configure_decoder(napi_env env, napi_callback_info info)
{
    return configure(env, info, false);
}

static napi_value configure_encoder(napi_env env, napi_callback_info info)
{
    return configure(env, info, true);
}

static napi_value decode(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    codec_handle *codec = codec_of(&call);
    webc_chunk *chunk = chunk_of(&call, 1);
    if (!chunk)
        return NULL;
    if (!codec->decoder)
        return refuse_closed(&call, "decode: the video decoder is closed");
    return accepted(&call, codec, webc_video_decoder_decode(codec->decoder, chunk, NULL));
}

static napi_value encode(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    codec_handle *codec = codec_of(&call);
    webc_frame *frame = frame_of(&call, 1);
    bool key = false;
    if (!frame)
        return NULL;
    if (!codec->encoder)
        return refuse_closed(&call, "encode: the video encoder is closed");
    napi_get_value_bool(env, call.arguments[2], &key);
    double quantizer = number_of(&call, 3);
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.key_frame = key;
    options.has_quantizer = quantizer >= 0;
    options.quantizer = quantizer >= 0 ? (uint32_t)quantizer : 0;
    return accepted(&call, codec, webc_video_encoder_encode(codec->encoder, frame, &options));
}

static napi_value flush(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    codec_handle *codec = codec_of(&call);
    uint64_t id = (uint64_t)number_of(&call, 1);
    if (!codec->decoder && !codec->encoder)
        return refuse_closed(&call, "flush: the codec is closed");
    return accepted(&call, codec,
                    codec->encoder ? webc_video_encoder_flush(codec->encoder, id)
                                   : webc_video_decoder_flush(codec->decoder, id));
}

static napi_value reset(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    codec_handle *codec = codec_of(&call);
    if (!codec->decoder && !codec->encoder)
        return refuse_closed(&call, "reset: the codec is closed");
    return accepted(&call, codec,
                    codec->encoder ? webc_video_encoder_reset(codec->encoder)
                                   : webc_video_decoder_reset(codec->decoder));
}

static napi_value close(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    codec_handle *codec = codec_of(&call);
    if (!codec->decoder && !codec->encoder)
        return refuse_closed(&call, "close: the codec is closed already");
    return accepted(&call, codec,
                    codec->encoder ? webc_video_encoder_close(codec->encoder)
                                   : webc_video_decoder_close(codec->decoder));
}

static napi_value state(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    return make_number(env, state_of(codec_of(&call)));
}

static napi_value queue_size(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    const codec_handle *codec = codec_of(&call);
    return make_number(env, codec->encoder ? webc_video_encoder_queue_size(codec->encoder)
                                           : webc_video_decoder_queue_size(codec->decoder));
}

static napi_value make_support(const js_call *call, const webc_support *support)
{
    napi_env env = call->env;
    napi_value object, supported;
    if (napi_create_object(env, &object))
        return NULL;
    if (!napi_get_boolean(env, support->supported == 1, &supported))
        set_value(env, object, "supported", supported);
    set_value(env, object, "implementation", make_text(env, support->implementation));
    set_value(env, object, "reason", make_text(env, support->reason));
    return object;
}

static napi_value is_config_supported(napi_env env, napi_callback_info info, bool encoder)
{
    js_call call = begin_call(env, info);
    any_config config;
    napi_value value = NULL;
    if (read_config(&call, 0, encoder, &config)) {
        webc_support support;
        webc_result result = ask_support(&config, &support);
        value = result ? throw_result(&call, result) : make_support(&call, &support);
    }
    config_memory_free(&config.memory);
    return value;
}

static napi_value decoder_support(napi_env env, napi_callback_info info)
{
    return is_config_supported(env, info, false);
}

static napi_value encoder_support(napi_env env, napi_callback_info info)
{
    return is_config_supported(env, info, true);
}

static napi_value make_metadata(napi_env env, const webc_chunk_metadata *from)
{
    napi_value metadata, svc;
    if (napi_create_object(env, &metadata))
        return NULL;
    if (from->decoder_config)
        set_value(env, metadata, "decoderConfig", make_decoder_config(env, from->decoder_config));
    if (from->has_svc && !napi_create_object(env, &svc)) {
        set_number(env, svc, "temporalLayerId", from->temporal_layer_id);
        set_value(env, metadata, "svc", svc);
    }
    if (from->alpha_side_data)
        set_value(env, metadata, "alphaSideData",
                  make_bytes(env, from->alpha_side_data, (size_t)from->alpha_side_data_size));
    return metadata;
}

/* The arguments of dispatch from the second on; the number of them, 0 for events that JavaScript is not told.
 */
static size_t describe(binding *addon, webc_event *event, napi_value *arguments)
{
    napi_env env = addon->env;
    switch (event->type) {
    case WEBC_EVENT_FRAME:
        arguments[0] = make_number(env, DISPATCH_FRAME);
        arguments[1] = make_frame(addon, event->frame);
        event->frame = NULL;
        return 2;
    case WEBC_EVENT_CHUNK:
        arguments[0] = make_number(env, DISPATCH_CHUNK);
        arguments[2] = make_metadata(env, event->metadata);
        arguments[1] = make_chunk(addon, event->chunk);
        event->chunk = NULL;
        return 3;
    case WEBC_EVENT_FLUSHED:
        arguments[0] = make_number(env, DISPATCH_FLUSHED);
        arguments[1] = make_number(env, (double)event->tag);
        if (!event->result)
            return 2;
        arguments[2] = make_text(env, webc_result_name(event->result));
        arguments[3] = make_text(env, event->message);
        return 4;
    case WEBC_EVENT_DEQUEUE:
        arguments[0] = make_number(env, DISPATCH_DEQUEUE);
        return 1;
    case WEBC_EVENT_ERROR:
        arguments[0] = make_number(env, DISPATCH_ERROR);
        arguments[1] = make_text(env, webc_result_name(event->result));
        arguments[2] = make_text(env, event->message);
        arguments[3] = make_number(env, event->queue_size);
        return 4;
    default:
        return 0;
    }
}

void codec_event(binding *addon, webc_event *event)
{
    napi_env env = addon->env;
    codec_handle *codec = event->user;
    napi_value undefined, dispatch, arguments[5] = {0};
    if (event->type == WEBC_EVENT_IDLE) {
        if (state_of(codec) == WEBC_STATE_CLOSED)
            destroy(codec);
        set_busy(codec, false);
        return;
    }
    if (!codec || napi_get_reference_value(env, codec->owner, &arguments[0]) || !arguments[0] ||
        napi_get_reference_value(env, addon->dispatch, &dispatch) || napi_get_undefined(env, &undefined))
        return;
    size_t count = describe(addon, event, arguments + 1);
    for (size_t i = 1; i <= count; i++)
        if (!arguments[i])
            return; /* no memory for it, or the environment ends */
    if (!count)
        return;
    /* Callbacks of the program are guarded in JavaScript: what comes out is our own, or the end of a worker. */
    if (napi_call_function(env, undefined, dispatch, 1 + count, arguments, NULL))
        report_exception(env);
}

const js_function codec_functions[] = {
    {"createDecoder", create_decoder},
    {"createEncoder", create_encoder},
    {"configureDecoder", configure_decoder},
    {"configureEncoder", configure_encoder},
    {"decode", decode},
    {"encode", encode},
    {"flush", flush},
    {"reset", reset},
    {"close", close},
    {"state", state},
    {"queueSize", queue_size},
    {"decoderSupport", decoder_support},
    {"encoderSupport", encoder_support},
    {0},
};
