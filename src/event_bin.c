/* SPDX-License-Identifier: MIT */
#include "event_bin.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "media/chunk.h"

/* What an idle worker may leave unfreed; past it the consumer frees. */
#define MAX_BYTES (4u << 20)

struct webc__event_bin {
    webc__ref ref; /* atomic: the codec, each output event that is not in the bin */
    /* atomic: any thread adds, the worker takes all */
    _Atomic(webc__node *) top; /* linked by next */
    _Atomic uint64_t bytes;
};

webc__event_bin *webc__event_bin_create(void)
{
    webc__event_bin *bin = calloc(1, sizeof *bin);
    if (bin)
        webc__ref_init(&bin->ref);
    return bin;
}

void webc__event_bin_unref(webc__event_bin *bin)
{
    if (!bin || !webc__ref_drop(&bin->ref))
        return;
    webc__event_bin_empty(bin);
    free(bin);
}

void webc__event_bin_attach(webc__event_bin *bin, webc__node *node)
{
    webc__ref_take(&bin->ref);
    node->bin = bin;
}

static uint64_t bytes_of(const webc__node *node)
{
    return sizeof *node + (node->event.chunk ? node->event.chunk->info.size : 0) +
           (node->alpha ? node->alpha->info.size : 0);
}

void webc__event_bin_put(webc__node *node)
{
    webc__event_bin *bin = node->bin;
    uint64_t bytes = bytes_of(node);
    if (!bin || atomic_fetch_add_explicit(&bin->bytes, bytes, memory_order_relaxed) + bytes > MAX_BYTES) {
        if (bin)
            atomic_fetch_sub_explicit(&bin->bytes, bytes, memory_order_relaxed);
        webc__node_free(node);
        return;
    }
    node->bin = NULL;
    node->next = atomic_load_explicit(&bin->top, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&bin->top, &node->next, node, memory_order_release,
                                                  memory_order_relaxed)) {
    }
    webc__event_bin_unref(bin);
}

void webc__event_bin_empty(webc__event_bin *bin)
{
    webc__node *node = atomic_exchange_explicit(&bin->top, NULL, memory_order_acquire);
    while (node) {
        webc__node *next = node->next;
        atomic_fetch_sub_explicit(&bin->bytes, bytes_of(node), memory_order_relaxed);
        webc__node_free(node);
        node = next;
    }
}
