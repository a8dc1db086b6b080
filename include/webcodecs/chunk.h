/* SPDX-License-Identifier: MIT */
/* EncodedVideoChunk (WebCodecs 8.2): immutable counted pieces of coded video. */
#ifndef WEBCODECS_CHUNK_H
#define WEBCODECS_CHUNK_H

#include "common.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** EncodedVideoChunkType. */
#define WEBC_CHUNK_KEY 1u
#define WEBC_CHUNK_DELTA 2u

/** EncodedVideoChunkInit. Set up with webc_chunk_params_init(). */
typedef struct webc_chunk_params {
    uint32_t struct_size;
    uint32_t type;         /**< WEBC_CHUNK_KEY or WEBC_CHUNK_DELTA, required */
    int64_t timestamp;     /**< microseconds, any value; default 0 */
    uint64_t duration;     /**< microseconds; read only when has_duration is set */
    uint32_t has_duration; /**< 0 (default) means a null duration */
} webc_chunk_params;

/** What a chunk is; filled by webc_chunk_get_info(). */
typedef struct webc_chunk_info {
    uint32_t struct_size;
    uint32_t type;     /**< WEBC_CHUNK_KEY or WEBC_CHUNK_DELTA */
    int64_t timestamp; /**< microseconds */
    uint64_t duration; /**< microseconds; meaningful when has_duration is 1 */
    uint32_t has_duration;
    uint32_t size;       /**< bytes; byteLength of the spec */
    const uint8_t *data; /**< read only, valid while the chunk is held; NULL only when size is 0 */
} webc_chunk_info;

/**
 * Clear a struct to its defaults and record its size.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_chunk_params_init(webc_chunk_params *params, uint32_t struct_size);
WEBC_API void webc_chunk_info_init(webc_chunk_info *info, uint32_t struct_size);

/**
 * Make a chunk by copying `size` bytes. No bytes at all are allowed here; decoding them is an error.
 *
 * Threads: any.
 * Owns: the caller gets one reference in *out; `data` is read during the call only.
 * Errors: TypeError for a bad type, NULL data with a size, or more than 2^31 - 1 - 64 bytes;
 * OutOfMemoryError.
 */
WEBC_API webc_result webc_chunk_create(webc_chunk **out, const webc_chunk_params *params, const void *data,
                                       uint64_t size);

/**
 * Make a chunk around the caller's bytes without copying them in this call. No padding is asked for: the
 * decoder's worker copies the bytes once, because libavcodec reads ahead of what it is given.
 *
 * Threads: any; `release` runs on whichever thread drops the last reference.
 * Owns: the library reads `data` until it calls release(user), exactly once. On failure it is not called.
 * Errors: as webc_chunk_create().
 */
WEBC_API webc_result webc_chunk_wrap(webc_chunk **out, const webc_chunk_params *params, const void *data,
                                     uint64_t size, webc_release_fn release, void *user);

/**
 * Take one more reference. NULL gives NULL.
 *
 * Threads: any.
 * Owns: the caller gets one more reference, to be dropped with webc_chunk_unref().
 * Errors: none.
 */
WEBC_API webc_chunk *webc_chunk_ref(webc_chunk *chunk);

/**
 * Drop a reference and set the pointer to NULL.
 *
 * Threads: any.
 * Owns: the caller's reference ends here. NULL and a pointer to NULL are accepted.
 * Errors: none.
 */
WEBC_API void webc_chunk_unref(webc_chunk **chunk);

/**
 * Fill `info` with what the chunk is, its bytes included.
 *
 * Threads: any.
 * Owns: info->data belongs to the chunk.
 * Errors: TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_chunk_get_info(const webc_chunk *chunk, webc_chunk_info *info);

/**
 * The chunk's bytes, webc_chunk_size() of them; NULL for NULL.
 *
 * Threads: any.
 * Owns: the chunk, valid while a reference is held.
 * Errors: none.
 */
WEBC_API const uint8_t *webc_chunk_data(const webc_chunk *chunk);

/**
 * How many bytes the chunk has (byteLength); 0 for NULL.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API uint32_t webc_chunk_size(const webc_chunk *chunk);

/**
 * Copy the bytes out (copyTo, WebCodecs 8.2.2).
 *
 * Threads: any.
 * Owns: `dst` is written during the call only.
 * Errors: TypeError when `dst_size` is less than the chunk's size.
 */
WEBC_API webc_result webc_chunk_copy_to(const webc_chunk *chunk, void *dst, uint64_t dst_size);

#ifdef __cplusplus
}
#endif

#endif
