/* SPDX-License-Identifier: MIT */
/* A thread with a queue of opaque items. Knows nothing of what the items are. */
#ifndef WEBC_SHARED_WORKER_H
#define WEBC_SHARED_WORKER_H

#include <pthread.h>
#include <stdbool.h>

/** Embedded in whatever is queued. */
typedef struct webc__item {
    struct webc__item *next; /* guarded by the worker's lock while queued */
} webc__item;

/** All four are required and are called without the worker's lock. */
typedef struct webc__worker_ops {
    /** Worker thread: do the work and free the item. */
    void (*run)(void *ctx, webc__item *item);
    /** Worker thread: free an item that will not run. */
    void (*drop)(void *ctx, webc__item *item);
    /** Worker thread, after the drops: webc__worker_discard() was called; several calls may give one. */
    void (*discarded)(void *ctx);
    /** Worker thread, last of all: the storage of the worker may be freed in here. */
    void (*stopped)(void *ctx);
} webc__worker_ops;

/**
 * Embedded in its owner, which must stay alive until `stopped`, and during every call below: the caller and the
 * thread each hold a reference on it.
 */
typedef struct webc__worker {
    /* set at creation */
    const webc__worker_ops *ops;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t work; /* signalled when a waiting thread has something to do */
    pthread_t thread;    /* set by the thread itself before it takes an item */
    /* guarded by lock */
    webc__item *head;
    webc__item *tail;
    webc__item *dropped; /* will not run; freed by the thread */
    bool waiting;
    bool discard; /* `discarded` is due */
    bool closed;
} webc__worker;

/** Start the thread; 0 or an errno value, and then `stopped` is never called. `name` as webc__thread_start().
 */
int webc__worker_start(webc__worker *worker, const char *name, const webc__worker_ops *ops, void *ctx);

/*
 * The next three may be called under a lock of the owner, so that the order of items is that of its decisions.
 * They never wait and free nothing. True: call webc__worker_wake() when that lock is released.
 */

/** Append an item. Not after webc__worker_close(). */
bool webc__worker_post(webc__worker *worker, webc__item *item);
/** Have the items that are queued now dropped, and `discarded` called, before the next item is run. */
bool webc__worker_discard(webc__worker *worker);
/** Have all items dropped and let the thread end after the item that runs. */
bool webc__worker_close(webc__worker *worker);

/** Wake the thread, as the calls above asked for. */
void webc__worker_wake(webc__worker *worker);

/** True when something is queued to run next, or to be dropped. Never waits. Any thread. */
bool webc__worker_has_more(webc__worker *worker);

/** Free what the worker holds, when its owner is freed after `stopped`. */
void webc__worker_deinit(webc__worker *worker);

#ifdef WEBC_TEST_HOOKS
typedef enum webc__step { WEBC__STEP_IDLE, WEBC__STEP_DONE, WEBC__STEP_ENDED } webc__step;

/**
 * One turn of a worker that was started under webc__hooks.pump, on the calling thread. ENDED: it was closed,
 * `stopped` was called, and its storage may be gone.
 */
webc__step webc__worker_step(webc__worker *worker);
#endif

/** Debug check that the caller is the worker's thread. */
void webc__worker_assert_on(const webc__worker *worker);

#endif
