/* SPDX-License-Identifier: MIT */
#include "shared/worker.h"

#include <assert.h>
#include <stddef.h>

#include "shared/hooks.h"
#include "shared/ledger.h"
#include "shared/thread.h"

/* Free what will not run. Called with the lock, which is released meanwhile. */
static void drop_locked(webc__worker *worker)
{
    webc__item *item = worker->dropped;
    worker->dropped = NULL;
    bool discard = worker->discard;
    worker->discard = false;
    pthread_mutex_unlock(&worker->lock);
    while (item) {
        webc__item *next = item->next;
        worker->ops->drop(worker->ctx, item);
        item = next;
    }
    if (discard)
        worker->ops->discarded(worker->ctx);
    webc__mutex_lock(&worker->lock);
}

/* Do what is due first; false when nothing is. Called with the lock, which is released meanwhile. */
static bool turn_locked(webc__worker *worker)
{
    if (worker->discard) {
        drop_locked(worker);
        return true;
    }
    webc__item *item = worker->head;
    if (!item)
        return false;
    worker->head = item->next;
    if (!worker->head)
        worker->tail = NULL;
    pthread_mutex_unlock(&worker->lock);
    worker->ops->run(worker->ctx, item);
    webc__mutex_lock(&worker->lock);
    return true;
}

/* The worker was closed. Called with the lock, which is released for good. */
static void end_locked(webc__worker *worker)
{
    drop_locked(worker);
    pthread_mutex_unlock(&worker->lock);
    worker->ops->stopped(worker->ctx);
}

static void loop(void *arg)
{
    webc__worker *worker = arg;
    webc__mutex_lock(&worker->lock);
    worker->thread = pthread_self();
    while (!worker->closed) {
        if (turn_locked(worker))
            continue;
        worker->waiting = true;
        pthread_cond_wait(&worker->work, &worker->lock);
        WEBC__LEDGER_ADD(worker_wakes);
    }
    end_locked(worker);
}

#ifdef WEBC_TEST_HOOKS
webc__step webc__worker_step(webc__worker *worker)
{
    webc__mutex_lock(&worker->lock);
    worker->thread = pthread_self();
    if (worker->closed) {
        end_locked(worker);
        return WEBC__STEP_ENDED;
    }
    bool done = turn_locked(worker);
    pthread_mutex_unlock(&worker->lock);
    return done ? WEBC__STEP_DONE : WEBC__STEP_IDLE;
}

static int start_thread(webc__worker *worker, const char *name)
{
    if (!webc__hooks.pump)
        return webc__thread_start(name, loop, worker);
    webc__hooks.started(webc__hooks.user, worker);
    return 0;
}
#else
static int start_thread(webc__worker *worker, const char *name)
{
    return webc__thread_start(name, loop, worker);
}
#endif

int webc__worker_start(webc__worker *worker, const char *name, const webc__worker_ops *ops, void *ctx)
{
    *worker = (webc__worker){.ops = ops, .ctx = ctx};
    int error = webc__mutex_init(&worker->lock);
    if (error)
        return error;
    error = webc__cond_init(&worker->work);
    if (error)
        goto no_cond;
    error = start_thread(worker, name);
    if (!error)
        return 0;
    pthread_cond_destroy(&worker->work);
no_cond:
    pthread_mutex_destroy(&worker->lock);
    return error;
}

/* An awake thread finds the change by itself, and a signalled one needs no second signal: saves system calls.
 */
static bool must_wake_locked(webc__worker *worker)
{
    bool wake = worker->waiting;
    worker->waiting = false;
    return wake;
}

static void drop_queue_locked(webc__worker *worker)
{
    if (!worker->head)
        return;
    worker->tail->next = worker->dropped;
    worker->dropped = worker->head;
    worker->head = worker->tail = NULL;
}

bool webc__worker_post(webc__worker *worker, webc__item *item)
{
    item->next = NULL;
    webc__mutex_lock(&worker->lock);
    assert(!worker->closed);
    if (worker->tail)
        worker->tail->next = item;
    else
        worker->head = item;
    worker->tail = item;
    bool wake = must_wake_locked(worker);
    pthread_mutex_unlock(&worker->lock);
    return wake;
}

bool webc__worker_discard(webc__worker *worker)
{
    webc__mutex_lock(&worker->lock);
    drop_queue_locked(worker);
    worker->discard = true;
    bool wake = must_wake_locked(worker);
    pthread_mutex_unlock(&worker->lock);
    return wake;
}

bool webc__worker_close(webc__worker *worker)
{
    webc__mutex_lock(&worker->lock);
    drop_queue_locked(worker);
    worker->discard = true;
    worker->closed = true;
    bool wake = must_wake_locked(worker);
    pthread_mutex_unlock(&worker->lock);
    return wake;
}

void webc__worker_wake(webc__worker *worker)
{
    pthread_cond_signal(&worker->work);
}

bool webc__worker_has_more(webc__worker *worker)
{
    webc__mutex_lock(&worker->lock);
    bool more = worker->head || worker->discard;
    pthread_mutex_unlock(&worker->lock);
    return more;
}

void webc__worker_deinit(webc__worker *worker)
{
    pthread_cond_destroy(&worker->work);
    pthread_mutex_destroy(&worker->lock);
}

void webc__worker_assert_on(const webc__worker *worker)
{
    assert(pthread_equal(worker->thread, pthread_self()));
    (void)worker;
}
