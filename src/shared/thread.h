/* SPDX-License-Identifier: MIT */
/* Counted detached threads, monotonic waits, CPU count: the platform face of the library. */
#ifndef WEBC_SHARED_THREAD_H
#define WEBC_SHARED_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * Start a detached thread that blocks all signals but those of its own faults, and is counted until it ends; 0
 * or an errno value. `name` is at most 15 bytes and must live as long as the thread.
 */
int webc__thread_start(const char *name, void (*run)(void *arg), void *arg);

/**
 * Have `before` called when this process forks, `after` then in the parent and `in_child` in the child. A lock
 * that `before` takes may be held while a thread is started.
 */
void webc__thread_at_fork(void (*before)(void), void (*after)(void), void (*in_child)(void));

/** Threads started and not yet ended, and how many of them are quarantined. */
uint32_t webc__thread_live(void);
uint32_t webc__thread_quarantined(void);

/** A counted thread is stuck in foreign code, or has come back: nobody waits for it meanwhile. */
void webc__thread_quarantine(bool stuck);

/** Wait until no counted thread is left but quarantined ones; false at the timeout. Negative: no limit. */
bool webc__thread_drain(int64_t timeout_us);

/** CPUs this process may run on, at least 1. */
uint32_t webc__cpu_count(void);

/** Microseconds of a clock that never steps. */
int64_t webc__clock_us(void);

/** When a timeout from now is over; INT64_MAX, never, for a negative one and for what the clock cannot hold. */
int64_t webc__deadline_us(int64_t timeout_us);

/** A mutex; 0 or an errno value. */
int webc__mutex_init(pthread_mutex_t *mutex);

/** Lock, counting in the ledger when the lock was taken already. */
void webc__mutex_lock(pthread_mutex_t *mutex);

/** A condition variable whose timed wait uses webc__clock_us(); 0 or an errno value. */
int webc__cond_init(pthread_cond_t *cond);

/** Wait until signalled or until the clock passes `deadline_us`; false when it has passed. May wake early. */
bool webc__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_us);

#endif
