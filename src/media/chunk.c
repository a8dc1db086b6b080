/* SPDX-License-Identifier: MIT */
/* EncodedVideoChunk: construction and access. Any thread; a chunk is not changed after it was made. */
#include "media/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "media/lease.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"

/* libavcodec counts packet bytes in int, padding included. */
#define LARGEST ((uint64_t)INT32_MAX - WEBC__CHUNK_PADDING)

void webc_chunk_params_init(webc_chunk_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_chunk_info_init(webc_chunk_info *info, uint32_t struct_size)
{
    webc__struct_init(info, struct_size);
}

static webc_result fail_memory(uint64_t size)
{
    return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a chunk of %llu bytes", (unsigned long long)size);
}

/* What create, wrap and adopt check alike. */
static webc_result read_params(webc_chunk_params *out, const webc_chunk_params *given, const void *data,
                               uint64_t size)
{
    if (!webc__struct_read(out, sizeof *out, given))
        return webc__fail(WEBC_ERROR_TYPE, "chunk params are NULL or of a wrong struct_size");
    if (out->type != WEBC_CHUNK_KEY && out->type != WEBC_CHUNK_DELTA)
        return webc__fail(WEBC_ERROR_TYPE, "chunk type is %u; it must be WEBC_CHUNK_KEY or WEBC_CHUNK_DELTA",
                          out->type);
    if (!data && size)
        return webc__fail(WEBC_ERROR_TYPE, "chunk data is NULL but its size is %llu", (unsigned long long)size);
    if (size > LARGEST)
        return webc__fail(WEBC_ERROR_TYPE, "a chunk of %llu bytes is more than libavcodec takes (%llu)",
                          (unsigned long long)size, (unsigned long long)LARGEST);
    return WEBC_OK;
}

static webc_chunk *allocate_chunk(void)
{
    webc_chunk *chunk = calloc(1, sizeof *chunk);
    if (!chunk)
        return NULL;
    webc__ref_init(&chunk->ref);
    WEBC__LEDGER_ADD(chunks);
    return chunk;
}

static void describe(webc_chunk *chunk, const webc_chunk_params *params, const uint8_t *data, uint32_t size)
{
    chunk->info.struct_size = sizeof chunk->info;
    chunk->info.type = params->type;
    chunk->info.timestamp = params->timestamp;
    chunk->info.has_duration = !!params->has_duration;
    chunk->info.duration = params->has_duration ? params->duration : 0;
    chunk->info.size = size;
    chunk->info.data = size ? data : NULL;
    WEBC__LEDGER_ADD_MANY(chunk_bytes, size);
}

AVBufferRef *webc__chunk_alloc(uint32_t size)
{
    if (size > LARGEST)
        return NULL;
    AVBufferRef *buffer = av_buffer_alloc((size_t)size + WEBC__CHUNK_PADDING);
    if (buffer)
        memset(buffer->data + size, 0, WEBC__CHUNK_PADDING);
    return buffer;
}

webc_result webc__chunk_adopt(webc_chunk **out, const webc_chunk_params *params, AVBufferRef *buffer,
                              const uint8_t *data, uint32_t size, bool padded)
{
    *out = NULL;
    webc_chunk_params checked;
    webc_result result = read_params(&checked, params, data, size);
    if (result)
        return result;
    webc_chunk *chunk = allocate_chunk();
    if (!chunk)
        return fail_memory(size);
    chunk->buffer = buffer;
    chunk->padded = padded;
    describe(chunk, &checked, data, size);
    *out = chunk;
    return WEBC_OK;
}

webc_result webc_chunk_create(webc_chunk **out, const webc_chunk_params *params, const void *data,
                              uint64_t size)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_create: out is NULL");
    *out = NULL;
    webc_chunk_params checked;
    webc_result result = read_params(&checked, params, data, size);
    if (result)
        return result;
    if (!size)
        return webc__chunk_adopt(out, &checked, NULL, NULL, 0, false);
    AVBufferRef *buffer = webc__chunk_alloc((uint32_t)size);
    if (!buffer)
        return fail_memory(size);
    memcpy(buffer->data, data, (size_t)size);
    result = webc__chunk_adopt(out, &checked, buffer, buffer->data, (uint32_t)size, true);
    if (result)
        av_buffer_unref(&buffer);
    return result;
}

webc_result webc_chunk_wrap(webc_chunk **out, const webc_chunk_params *params, const void *data, uint64_t size,
                            webc_release_fn release, void *user)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_wrap: out is NULL");
    *out = NULL;
    webc_chunk_params checked;
    webc_result result = read_params(&checked, params, data, size);
    if (result)
        return result;
    webc_chunk *chunk = allocate_chunk();
    if (!chunk)
        return fail_memory(size);
    /* Last: nothing can fail once the lease exists. */
    chunk->buffer = webc__lease_create(data, (size_t)size, release, user);
    if (!chunk->buffer) {
        webc_chunk_unref(&chunk);
        return fail_memory(size);
    }
    describe(chunk, &checked, data, (uint32_t)size);
    *out = chunk;
    return WEBC_OK;
}

webc_chunk *webc_chunk_ref(webc_chunk *chunk)
{
    if (chunk)
        webc__ref_take(&chunk->ref);
    return chunk;
}

void webc_chunk_unref(webc_chunk **chunk)
{
    if (!chunk || !*chunk)
        return;
    webc_chunk *last = *chunk;
    *chunk = NULL;
    if (!webc__ref_drop(&last->ref))
        return;
    WEBC__LEDGER_SUB_MANY(chunk_bytes, last->info.size);
    av_buffer_unref(&last->buffer);
    free(last);
    WEBC__LEDGER_SUB(chunks);
}

webc_result webc_chunk_get_info(const webc_chunk *chunk, webc_chunk_info *info)
{
    if (!chunk)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_get_info: chunk is NULL");
    if (!webc__struct_write(info, &chunk->info, sizeof chunk->info))
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_get_info: info is NULL or of a wrong struct_size");
    return WEBC_OK;
}

const uint8_t *webc_chunk_data(const webc_chunk *chunk)
{
    return chunk ? chunk->info.data : NULL;
}

uint32_t webc_chunk_size(const webc_chunk *chunk)
{
    return chunk ? chunk->info.size : 0;
}

webc_result webc_chunk_copy_to(const webc_chunk *chunk, void *dst, uint64_t dst_size)
{
    if (!chunk)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_copy_to: chunk is NULL");
    if (dst_size < chunk->info.size)
        return webc__fail(WEBC_ERROR_TYPE, "%llu bytes are too few for a chunk of %u",
                          (unsigned long long)dst_size, chunk->info.size);
    if (!dst && chunk->info.size)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_copy_to: dst is NULL");
    if (chunk->info.size)
        memcpy(dst, chunk->info.data, chunk->info.size);
    return WEBC_OK;
}
