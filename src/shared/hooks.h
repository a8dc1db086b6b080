/* SPDX-License-Identifier: MIT */
/*
 * What a test can do to a worker: stop it or act at a named point, run it step by step on a thread of the
 * test's own, and set the clock. Test builds only (WEBC_TEST_HOOKS); elsewhere nothing of this exists.
 */
#ifndef WEBC_SHARED_HOOKS_H
#define WEBC_SHARED_HOOKS_H

/** Named points of a worker. It holds no lock at any of them. */
typedef enum webc__latch_point {
    WEBC__LATCH_DEQUEUED,       /* a message is out of the queue, and nothing was done about it */
    WEBC__LATCH_DROPPED,        /* a message will not run, and is not freed */
    WEBC__LATCH_BEFORE_POST,    /* an output is made, and not posted */
    WEBC__LATCH_WINDOW_FULL,    /* an output waits for room; a pumped worker looks again afterwards */
    WEBC__LATCH_BEFORE_SETTLE,  /* a flush is done, and not told */
    WEBC__LATCH_BEFORE_ERROR,   /* the codec has failed, and not told */
    WEBC__LATCH_BEFORE_IDLE,    /* a message is done with, and not counted as such; where IDLE is asked for */
    WEBC__LATCH_BEFORE_DISCARD, /* an epoch ended, and what it left is not freed */
    WEBC__LATCH_BEFORE_FREE,    /* the worker ends, and its codec is not freed */
    WEBC__LATCH_POINTS
} webc__latch_point;

#ifdef WEBC_TEST_HOOKS
#include <stdbool.h>
#include <stdint.h>

struct webc__worker;

/** Set before the first worker is made, and not changed while one lives; the clock excepted. */
typedef struct webc__test_hooks {
    /** Workers get no thread: webc__worker_step() runs them. `started` tells of each. */
    bool pump;
    void (*started)(void *user, struct webc__worker *worker);
    /** Called at each point, on the worker; `owner` is the context of its worker. */
    void (*latch)(void *user, void *owner, webc__latch_point point);
    void *user;
    /** Time stands still until webc__test_clock_set(). */
    bool holds_clock;
} webc__test_hooks;

extern webc__test_hooks webc__hooks;

/** Let the held clock show `us`, and wake what waits for a moment that has come. */
void webc__test_clock_set(int64_t us);
int64_t webc__test_clock(void);

static inline void webc__latch(void *owner, webc__latch_point point)
{
    if (webc__hooks.latch)
        webc__hooks.latch(webc__hooks.user, owner, point);
}
#else
#define webc__latch(owner, point) ((void)(owner))
#endif

#endif
