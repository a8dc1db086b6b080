/* SPDX-License-Identifier: MIT */
/*
 * A backend whose calls are watched: each has a deadline while it runs. When one passes, the owner is told by
 * the watchdog, so that it can close the codec although its worker is stuck.
 */
#ifndef WEBC_CODEC_WATCH_H
#define WEBC_CODEC_WATCH_H

#include "codec/backend.h"
#include "shared/watchdog.h"

/** Embedded in its owner. */
typedef struct webc__watch {
    /* set at creation */
    webc__backend inner;
    int64_t limit_us;
    void *owner;
    void (*stuck)(void *owner, const char *call); /* the watchdog: `call` has not come back in time */
    void (*back)(void *owner);                    /* the worker: it did at last */
    /* guarded by the deadline: written while it is unarmed, read when it has passed */
    const char *call;
    webc__deadline deadline;
} webc__watch;

/** The backend that watches `inner`; the other members are set by the owner. */
webc__backend webc__watch_backend(webc__watch *watch);

#endif
