/* SPDX-License-Identifier: MIT */
/*
 * Output events that the consumer is done with, on their way back to the worker that made them. Their memory is
 * of the worker's heap: freed by the consumer it would wait for that heap's lock, which an encoder thread
 * without a CPU may hold for milliseconds, and sometimes trim the whole heap.
 */
#ifndef WEBC_EVENT_BIN_H
#define WEBC_EVENT_BIN_H

#include "events.h"

typedef struct webc__event_bin webc__event_bin;

/** NULL without memory. The caller holds the one reference. */
webc__event_bin *webc__event_bin_create(void);
/** Drop a reference; the last one frees what the bin holds. NULL is accepted. */
void webc__event_bin_unref(webc__event_bin *bin);

/** Have the node go to `bin` when the consumer is done with it. Worker, before the node is queued. */
void webc__event_bin_attach(webc__event_bin *bin, webc__node *node);
/** Any thread, lock-free: free a node, by way of its bin if that has room. The node's frame is already gone. */
void webc__event_bin_put(webc__node *node);
/** Worker: free what came back. */
void webc__event_bin_empty(webc__event_bin *bin);

#endif
