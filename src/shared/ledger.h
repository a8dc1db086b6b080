/* SPDX-License-Identifier: MIT */
/* Process-wide counts of live things, for webc_get_stats() and the leak check of every test. */
#ifndef WEBC_SHARED_LEDGER_H
#define WEBC_SHARED_LEDGER_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct webc__ledger {
    _Atomic uint64_t codecs;
    _Atomic uint64_t events;
    _Atomic uint64_t frames;
    _Atomic uint64_t chunks;
    _Atomic uint64_t frame_bytes;
    _Atomic uint64_t chunk_bytes;
    _Atomic uint64_t queued_events;
    _Atomic uint64_t messages;
    _Atomic uint64_t contexts;
    _Atomic uint64_t worker_wakes;
    _Atomic uint64_t lock_waits;
} webc__ledger;

/** The one ledger of the process; every field atomic, relaxed order is enough for counts. */
extern webc__ledger webc__ledger_live;

#define WEBC__LEDGER_ADD(field) WEBC__LEDGER_ADD_MANY(field, 1)
#define WEBC__LEDGER_SUB(field) WEBC__LEDGER_SUB_MANY(field, 1)
#define WEBC__LEDGER_ADD_MANY(field, n) \
    atomic_fetch_add_explicit(&webc__ledger_live.field, n, memory_order_relaxed)
#define WEBC__LEDGER_SUB_MANY(field, n) \
    atomic_fetch_sub_explicit(&webc__ledger_live.field, n, memory_order_relaxed)
#define WEBC__LEDGER_GET(field) atomic_load_explicit(&webc__ledger_live.field, memory_order_relaxed)

#endif
