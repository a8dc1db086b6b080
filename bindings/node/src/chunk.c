/* SPDX-License-Identifier: MIT */
/* EncodedVideoChunk handles. They have no close(): the collector drops them, and is told of their size. */
#include "addon.h"

#include <math.h>
#include <stdlib.h>

typedef struct chunk_handle {
    binding *addon;
    webc_chunk *chunk;
    int64_t bytes;
} chunk_handle;

static void finalize_chunk(napi_env env, void *data, void *hint)
{
    chunk_handle *handle = data;
    (void)env, (void)hint;
    addon_account(handle->addon, -handle->bytes);
    webc_chunk_unref(&handle->chunk);
    addon_release(handle->addon);
    free(handle);
}

napi_value make_chunk(binding *addon, webc_chunk *chunk)
{
    napi_value value;
    chunk_handle *handle = malloc(sizeof *handle);
    if (!handle || napi_create_external(addon->env, handle, finalize_chunk, NULL, &value)) {
        free(handle);
        webc_chunk_unref(&chunk);
        return NULL;
    }
    *handle = (chunk_handle){
        .addon = addon, .chunk = chunk, .bytes = (int64_t)sizeof *handle + webc_chunk_size(chunk)};
    addon->references++;
    addon_account(addon, handle->bytes);
    return value;
}

webc_chunk *chunk_of(const js_call *call, int index)
{
    void *data = NULL;
    if (!napi_get_value_external(call->env, call->arguments[index], &data))
        return ((chunk_handle *)data)->chunk;
    throw_named(call, "TypeError", "not a chunk");
    return NULL;
}

/* createChunk(isKey, timestamp, duration or NaN, bytes) */
static napi_value create_chunk(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    bool key = false;
    void *data;
    size_t size;
    double duration = number_of(&call, 2);
    webc_chunk_params_init(&params, sizeof params);
    napi_get_value_bool(env, call.arguments[0], &key);
    params.type = key ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA;
    params.timestamp = (int64_t)number_of(&call, 1);
    params.has_duration = !isnan(duration);
    params.duration = params.has_duration ? (uint64_t)duration : 0;
    if (!bytes_of(env, call.arguments[3], &data, &size))
        return throw_named(&call, "TypeError", "data is not bytes");
    webc_result result = webc_chunk_create(&chunk, &params, size ? data : NULL, size);
    return result ? throw_result(&call, result) : make_chunk(call.addon, chunk);
}

static napi_value chunk_info(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    double *out = call.addon->exchange;
    webc_chunk *chunk = chunk_of(&call, 0);
    webc_chunk_info is;
    webc_chunk_info_init(&is, sizeof is);
    if (!chunk)
        return NULL;
    webc_result result = webc_chunk_get_info(chunk, &is);
    if (result)
        return throw_result(&call, result);
    out[0] = is.type;
    out[1] = (double)is.timestamp;
    out[2] = is.has_duration;
    out[3] = (double)is.duration;
    out[4] = is.size;
    return NULL;
}

static napi_value chunk_copy_to(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    webc_chunk *chunk = chunk_of(&call, 0);
    void *data;
    size_t size;
    if (!chunk)
        return NULL;
    if (!bytes_of(env, call.arguments[1], &data, &size))
        return throw_named(&call, "TypeError", "the destination is not bytes");
    if (size < webc_chunk_size(chunk))
        return throw_named(&call, "TypeError", "copyTo: the destination is smaller than byteLength");
    webc_result result = size ? webc_chunk_copy_to(chunk, data, size) : WEBC_OK;
    return result ? throw_result(&call, result) : NULL;
}

const js_function chunk_functions[] = {
    {"createChunk", create_chunk}, {"chunkInfo", chunk_info}, {"chunkCopyTo", chunk_copy_to}, {0}};
