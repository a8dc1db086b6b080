/* SPDX-License-Identifier: MIT */
/* Buffers around a caller's memory. The release callback runs on whichever thread drops the last reference. */
#ifndef WEBC_MEDIA_LEASE_H
#define WEBC_MEDIA_LEASE_H

#include <libavutil/buffer.h>
#include <stdlib.h>

#include "webcodecs/common.h"

/* Set at creation. */
typedef struct webc__lease {
    webc_release_fn release; /* NULL: nobody is told */
    void *user;
} webc__lease;

static inline void webc__lease_end(void *opaque, uint8_t *data)
{
    webc__lease *lease = (webc__lease *)opaque;
    (void)data;
    if (lease->release)
        lease->release(lease->user);
    free(lease);
}

/** A read-only buffer whose end calls release(user); NULL without memory, and then release is never called. */
static inline AVBufferRef *webc__lease_create(const void *data, size_t size, webc_release_fn release,
                                              void *user)
{
    webc__lease *lease = (webc__lease *)malloc(sizeof *lease);
    if (!lease)
        return NULL;
    *lease = (webc__lease){release, user};
    AVBufferRef *buffer =
        av_buffer_create((uint8_t *)(uintptr_t)data, size, webc__lease_end, lease, AV_BUFFER_FLAG_READONLY);
    if (!buffer)
        free(lease);
    return buffer;
}

#endif
