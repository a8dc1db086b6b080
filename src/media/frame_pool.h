/* SPDX-License-Identifier: MIT */
/*
 * Buffers of pictures that were freed, kept for the next picture of the same size: the kernel clears each page
 * of a fresh one, which takes longer than copying a picture into it. Any thread, all calls.
 */
#ifndef WEBC_MEDIA_FRAME_POOL_H
#define WEBC_MEDIA_FRAME_POOL_H

#include <libavutil/buffer.h>
#include <stddef.h>
#include <stdint.h>

/** A buffer of `size` bytes that hold anything; it may be kept when it is freed. NULL without memory. */
AVBufferRef *webc__frame_pool_get(size_t size);

/*
 * Buffers are kept while a codec is open. These two only count, so they may be called under a lock; who calls
 * the second one sees to it that webc__frame_pool_trim() follows, under no lock.
 */
void webc__frame_pool_enter(void);
void webc__frame_pool_leave(void);

/** Free what is kept, unless a codec is open. */
void webc__frame_pool_trim(void);

/** What is kept now; either may be NULL. */
void webc__frame_pool_figures(uint64_t *buffers, uint64_t *bytes);

#endif
