/* SPDX-License-Identifier: MIT */
/* The module of one environment: setting up, taking down, and what all calls share. */
#include "addon.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

js_call begin_call(napi_env env, napi_callback_info info)
{
    js_call call = {.env = env};
    size_t count = sizeof call.arguments / sizeof call.arguments[0];
    void *data = NULL;
    napi_get_cb_info(env, info, &count, call.arguments, NULL, &data);
    call.addon = data;
    return call;
}

napi_value throw_named(const js_call *call, const char *name, const char *message)
{
    napi_env env = call->env;
    napi_value maker, error, undefined, arguments[2] = {make_text(env, name), make_text(env, message)};
    if (call->addon->make_error && !napi_get_undefined(env, &undefined) &&
        !napi_get_reference_value(env, call->addon->make_error, &maker) &&
        !napi_call_function(env, undefined, maker, 2, arguments, &error))
        napi_throw(env, error);
    else
        napi_throw_error(env, name, message);
    return NULL;
}

napi_value throw_result(const js_call *call, webc_result result)
{
    return throw_named(call, webc_result_name(result), webc_error_message());
}

void report_exception(napi_env env)
{
    napi_value exception;
    bool pending = false;
    if (!napi_is_exception_pending(env, &pending) && pending &&
        !napi_get_and_clear_last_exception(env, &exception))
        napi_fatal_exception(env, exception);
}

void addon_release(binding *addon)
{
    if (--addon->references == 0)
        free(addon);
}

void addon_account(binding *addon, int64_t bytes)
{
    int64_t total;
    if (!addon->closing && bytes)
        napi_adjust_external_memory(addon->env, bytes, &total);
}

napi_value make_number(napi_env env, double value)
{
    napi_value number = NULL;
    napi_create_double(env, value, &number);
    return number;
}

napi_value make_text(napi_env env, const char *text)
{
    napi_value string = NULL;
    napi_create_string_utf8(env, text ? text : "", NAPI_AUTO_LENGTH, &string);
    return string;
}

napi_value make_bytes(napi_env env, const void *data, size_t size)
{
    napi_value buffer, array = NULL;
    void *memory;
    if (napi_create_arraybuffer(env, size, &memory, &buffer))
        return NULL;
    if (size)
        memcpy(memory, data, size);
    napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array);
    return array;
}

void set_value(napi_env env, napi_value object, const char *name, napi_value value)
{
    if (object && value)
        napi_set_named_property(env, object, name, value);
}

void set_number(napi_env env, napi_value object, const char *name, double value)
{
    set_value(env, object, name, make_number(env, value));
}

double number_of(const js_call *call, int index)
{
    double value = 0;
    napi_get_value_double(call->env, call->arguments[index], &value);
    return value;
}

bool bytes_of(napi_env env, napi_value value, void **data, size_t *size)
{
    napi_typedarray_type type;
    napi_value buffer;
    size_t offset;
    *data = NULL;
    *size = 0;
    return !napi_get_typedarray_info(env, value, &type, size, data, &buffer, &offset) &&
           type == napi_uint8_array;
}

static bool keep(napi_env env, napi_value object, const char *name, napi_ref *reference)
{
    napi_value value;
    return !napi_get_named_property(env, object, name, &value) &&
           !napi_create_reference(env, value, 1, reference);
}

/* init(hooks): see lib/native.js. Once per environment. */
static napi_value init(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    binding *addon = call.addon;
    napi_value hooks = call.arguments[0], array, buffer;
    napi_typedarray_type type;
    size_t length = 0, offset;
    void *data;
    if (addon->exchange)
        return throw_named(&call, "InvalidStateError", "the binding is set up already");
    if (napi_get_named_property(env, hooks, "exchange", &array) ||
        napi_get_typedarray_info(env, array, &type, &length, &data, &buffer, &offset) ||
        type != napi_float64_array || length < SLOT_COUNT ||
        !keep(env, hooks, "exchange", &addon->exchange_array) ||
        !keep(env, hooks, "dispatch", &addon->dispatch) || !keep(env, hooks, "makeError", &addon->make_error) ||
        !keep(env, hooks, "later", &addon->later))
        return throw_named(&call, "TypeError", "the binding needs exchange, dispatch, makeError and later");
    addon->exchange = data;
    return NULL;
}

/* stats(): what the library holds in the process, for tests and for the curious. */
static napi_value stats(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    webc_stats now;
    napi_value object;
    webc_stats_init(&now, sizeof now);
    webc_result result = webc_get_stats(&now);
    if (result || napi_create_object(env, &object))
        return result ? throw_result(&call, result) : NULL;
    set_number(env, object, "threads", now.threads);
    set_number(env, object, "codecs", (double)now.codecs);
    set_number(env, object, "events", (double)now.events);
    set_number(env, object, "frames", (double)now.frames);
    set_number(env, object, "chunks", (double)now.chunks);
    set_number(env, object, "queuedEvents", (double)now.queued_events);
    set_number(env, object, "messages", (double)now.messages);
    set_number(env, object, "contexts", (double)now.contexts);
    set_number(env, object, "workerWakes", (double)now.worker_wakes);
    set_number(env, object, "lockWaits", (double)now.lock_waits);
    set_number(env, object, "frameBytes", (double)now.frame_bytes);
    set_number(env, object, "chunkBytes", (double)now.chunk_bytes);
    set_number(env, object, "pooledBytes", (double)now.pooled_bytes);
    set_number(env, object, "pooledBuffers", (double)now.pooled_buffers);
    return object;
}

static const js_function addon_functions[] = {{"init", init}, {"stats", stats}, {0}};

/*
 * process.exit() runs no hooks of environments, and exit() then runs the destructors of the libraries that
 * codecs use while workers are still inside (libnuma's under libx265, for one, which crashes). So codecs are
 * given up here too, and there is some time to come out of what they are in. Workers' environments have ended
 * before.
 */
#define EXIT_US 1000000

static struct {
    pthread_mutex_t lock;
    pthread_once_t once;
    /* guarded by lock */
    binding *first; /* of the environments, by `next` */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT};

static void leave_process(binding *addon)
{
    pthread_mutex_lock(&process.lock);
    for (binding **at = &process.first; *at; at = &(*at)->next)
        if (*at == addon) {
            *at = addon->next;
            break;
        }
    pthread_mutex_unlock(&process.lock);
}

static void end_process(void)
{
    pthread_mutex_lock(&process.lock);
    binding *addon = process.first;
    while (addon && !pthread_equal(addon->thread, pthread_self()))
        addon = addon->next;
    pthread_mutex_unlock(&process.lock);
    if (addon) {
        leave_process(addon);
        addon->closing = true;
        codecs_destroy(addon);
        webc_events_destroy(&addon->events);
    }
    webc_drain_workers(EXIT_US);
}

static void register_end(void)
{
    atexit(end_process);
}

static void enter_process(binding *addon)
{
    pthread_once(&process.once, register_end);
    addon->thread = pthread_self();
    pthread_mutex_lock(&process.lock);
    addon->next = process.first;
    process.first = addon;
    pthread_mutex_unlock(&process.lock);
}

/*
 * The environment ends, which may be at any moment of a worker's life. Hooks run in reverse order, so this one
 * runs before Node takes the pump's function down and before the handles are finalized.
 */
static void close_environment(void *data)
{
    binding *addon = data;
    leave_process(addon);
    addon->closing = true;
    pump_stop(addon);
    codecs_abandon(addon);
    copies_abandon(addon);
    napi_ref *held[] = {&addon->dispatch, &addon->make_error, &addon->later, &addon->exchange_array};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        if (*held[i])
            napi_delete_reference(addon->env, *held[i]);
        *held[i] = NULL;
    }
    webc_events_destroy(&addon->events);
}

static void release_environment(napi_env env, void *data, void *hint)
{
    (void)env, (void)hint;
    addon_release(data);
}

static void add_functions(binding *addon, napi_value exports, const js_function *functions)
{
    for (; functions->name; functions++) {
        napi_value value;
        if (!napi_create_function(addon->env, functions->name, NAPI_AUTO_LENGTH, functions->callback, addon,
                                  &value))
            set_value(addon->env, exports, functions->name, value);
    }
}

NAPI_MODULE_INIT()
{
    binding *addon = calloc(1, sizeof *addon);
    js_call call = {.env = env, .addon = addon};
    if (!addon) {
        napi_throw_error(env, NULL, "no memory for the binding of libwebcodecs");
        return NULL;
    }
    addon->references = 1;
    addon->env = env;
    webc_result result = webc_events_create(&addon->events, NULL);
    if (result || !pump_start(addon) || napi_set_instance_data(env, addon, release_environment, NULL)) {
        if (result)
            throw_result(&call, result);
        else
            napi_throw_error(env, NULL, "the environment refuses the binding of libwebcodecs");
        webc_events_destroy(&addon->events);
        free(addon);
        return NULL;
    }
    napi_add_env_cleanup_hook(env, close_environment, addon);
    enter_process(addon);
    add_functions(addon, exports, addon_functions);
    add_functions(addon, exports, pump_functions);
    add_functions(addon, exports, codec_functions);
    add_functions(addon, exports, frame_functions);
    add_functions(addon, exports, copy_functions);
    add_functions(addon, exports, chunk_functions);
    set_value(env, exports, "version", make_text(env, webc_version()));
    set_value(env, exports, "ffmpegVersion", make_text(env, webc_ffmpeg_version()));
    return exports;
}
