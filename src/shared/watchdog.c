/* SPDX-License-Identifier: MIT */
#include "shared/watchdog.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#include "shared/thread.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t look; /* signalled when the thread must look again before `sleeps_to` */
    pthread_cond_t told; /* signalled when a `passed` has returned, and at the end of the thread */
    /* guarded by lock */
    webc__deadline *armed; /* in no order: as many as codecs are inside a call */
    webc__deadline *telling;
    int64_t sleeps_to; /* INT64_MAX: to no moment */
    uint32_t users;
    bool running;
#ifdef WEBC_TEST_HOOKS
    uint64_t looks; /* at the clock, that found nothing more to tell */
#endif
} dog = {.lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
static pthread_once_t dog_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&dog.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&dog.lock);
}

/* Neither the thread nor anybody who armed a deadline has come along. */
static void after_fork_in_child(void)
{
    dog.armed = dog.telling = NULL;
    dog.users = 0;
    dog.running = false;
    webc__cond_init(&dog.look);
    webc__cond_init(&dog.told);
    pthread_mutex_unlock(&dog.lock);
}

static void init_dog(void)
{
    webc__cond_init(&dog.look);
    webc__thread_at_fork(before_fork, after_fork, after_fork_in_child);
}

static void unlink_locked(webc__deadline *deadline)
{
    if (deadline->prev)
        deadline->prev->next = deadline->next;
    else
        dog.armed = deadline->next;
    if (deadline->next)
        deadline->next->prev = deadline->prev;
}

static webc__deadline *earliest_locked(void)
{
    webc__deadline *earliest = dog.armed;
    for (webc__deadline *at = dog.armed; at; at = at->next)
        if (at->at_us < earliest->at_us)
            earliest = at;
    return earliest;
}

/* Called with the lock, which is released meanwhile. */
static void tell_locked(webc__deadline *deadline)
{
    unlink_locked(deadline);
    deadline->state = WEBC__DEADLINE_PASSED;
    /* Who may never come back keeps no thread. */
    dog.users--;
    dog.telling = deadline;
    pthread_mutex_unlock(&dog.lock);
    deadline->passed(deadline);
    pthread_mutex_lock(&dog.lock);
    dog.telling = NULL;
    pthread_cond_broadcast(&dog.told);
}

static void watch(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&dog.lock);
    while (dog.users) {
        webc__deadline *earliest = earliest_locked();
        if (earliest && earliest->at_us <= webc__clock_us()) {
            tell_locked(earliest);
            continue;
        }
#ifdef WEBC_TEST_HOOKS
        dog.looks++;
        pthread_cond_broadcast(&dog.told);
#endif
        dog.sleeps_to = earliest ? earliest->at_us : INT64_MAX;
        webc__cond_wait_until(&dog.look, &dog.lock, dog.sleeps_to);
    }
    dog.running = false;
    pthread_cond_broadcast(&dog.told);
    pthread_mutex_unlock(&dog.lock);
}

void webc__watchdog_enter(void)
{
    pthread_once(&dog_once, init_dog);
    pthread_mutex_lock(&dog.lock);
    dog.users++;
    pthread_mutex_unlock(&dog.lock);
}

void webc__watchdog_leave(void)
{
    pthread_mutex_lock(&dog.lock);
    if (--dog.users == 0)
        pthread_cond_signal(&dog.look);
    pthread_mutex_unlock(&dog.lock);
}

/* The first deadline starts the thread. Under the lock, so that there is one. */
static int start_locked(void)
{
    if (dog.running)
        return 0;
    dog.sleeps_to = INT64_MIN;
    int error = webc__thread_start("webc-watchdog", watch, NULL);
    dog.running = !error;
    return error;
}

int webc__watchdog_arm(webc__deadline *deadline, int64_t limit_us)
{
    pthread_mutex_lock(&dog.lock);
    assert(dog.users && deadline->state == WEBC__DEADLINE_UNARMED);
    int error = start_locked();
    if (!error) {
        deadline->at_us = webc__deadline_us(limit_us);
        deadline->state = WEBC__DEADLINE_ARMED;
        deadline->prev = NULL;
        deadline->next = dog.armed;
        if (dog.armed)
            dog.armed->prev = deadline;
        dog.armed = deadline;
        if (deadline->at_us < dog.sleeps_to)
            pthread_cond_signal(&dog.look);
    }
    pthread_mutex_unlock(&dog.lock);
    return error;
}

bool webc__watchdog_disarm(webc__deadline *deadline)
{
    pthread_mutex_lock(&dog.lock);
    while (dog.telling == deadline)
        pthread_cond_wait(&dog.told, &dog.lock);
    bool late = deadline->state == WEBC__DEADLINE_PASSED;
    dog.users += late;
    if (deadline->state == WEBC__DEADLINE_ARMED)
        unlink_locked(deadline);
    deadline->state = WEBC__DEADLINE_UNARMED;
    pthread_mutex_unlock(&dog.lock);
    return late;
}

#ifdef WEBC_TEST_HOOKS
void webc__watchdog_look(void)
{
    pthread_once(&dog_once, init_dog);
    pthread_mutex_lock(&dog.lock);
    uint64_t looks = dog.looks;
    pthread_cond_signal(&dog.look);
    while (dog.running && dog.looks == looks)
        pthread_cond_wait(&dog.told, &dog.lock);
    pthread_mutex_unlock(&dog.lock);
}
#endif
