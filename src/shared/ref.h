/* SPDX-License-Identifier: MIT */
/* Atomic reference count. */
#ifndef WEBC_SHARED_REF_H
#define WEBC_SHARED_REF_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct webc__ref {
    _Atomic uint32_t count;
} webc__ref;

static inline void webc__ref_init(webc__ref *ref)
{
    atomic_init(&ref->count, 1);
}

static inline void webc__ref_take(webc__ref *ref)
{
    uint32_t before = atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);
    assert(before > 0);
    (void)before;
}

/** True when this was the last reference: the caller frees the object, and sees all writes made to it. */
static inline bool webc__ref_drop(webc__ref *ref)
{
    uint32_t before = atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel);
    assert(before > 0);
    return before == 1;
}

#endif
