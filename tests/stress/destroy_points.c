/* SPDX-License-Identifier: MIT */
/*
 * H48: a codec is destroyed at every point of a session. After each call of the program the worker stands at
 * each of the backend's calls that it can have come to by then, and stays there until the objects are gone.
 */
#include "codec_rig.h"

/* Stops the worker at one call of the backend, whichever it is. */
typedef struct turnstile {
    uint64_t at; /* number of the call, from 1; 0: nowhere. Not changed while the worker runs */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* guarded by lock */
    uint64_t calls;
    bool released;
} turnstile;

static void pass(void *user, scripted_point point)
{
    turnstile *self = user;
    (void)point;
    pthread_mutex_lock(&self->lock);
    self->calls++;
    pthread_cond_broadcast(&self->changed);
    while (self->calls == self->at && !self->released)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

static void wait_calls(turnstile *self, uint64_t count)
{
    pthread_mutex_lock(&self->lock);
    while (self->calls < count)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

static void release(turnstile *self)
{
    pthread_mutex_lock(&self->lock);
    ck_assert(!self->at || self->calls == self->at); /* it stood there all the time */
    self->released = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static webc_result configure(rig *r)
{
    return rig_configure(r, "vp8");
}

static webc_result flush(rig *r)
{
    return rig_flush(r, 1);
}

/* The session, and how many calls of the backend its worker has made when it is done with each step. */
static const struct {
    webc_result (*call)(rig *r);
    uint64_t decoder;
    uint64_t encoder;
} steps[] = {
    {configure, 0, 0}, {rig_input, 2, 2}, /* open, send */
    {rig_input, 4, 4},                    /* send, receive: one input is held back */
    {rig_input, 6, 6}, {flush, 8, 9},     /* drain, receive; an encoder is freed */
    {rig_reset, 9, 9},                    /* a decoder is freed */
    {configure, 9, 9}, {rig_input, 11, 11}, {rig_input, 13, 13}, {rig_close, 14, 14},
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static uint64_t calls_of(uint32_t media, unsigned step)
{
    return media == WEBC_MEDIA_VIDEO_DECODER ? steps[step].decoder : steps[step].encoder;
}

/* Make the calls up to `last`, with the worker stopped at call `at` of the backend. */
static void run_up_to(rig *r, turnstile *stop, unsigned last)
{
    for (unsigned step = 0; step <= last; step++) {
        ck_ok(steps[step].call(r));
        uint64_t calls = calls_of(r->media, step);
        /* Up to where it stops the worker keeps up with the calls. */
        if (stop->at)
            wait_calls(stop, calls < stop->at ? calls : stop->at);
    }
}

static void destroy_at(uint32_t media, unsigned last, uint64_t at, bool events_first)
{
    rig r;
    turnstile stop = {.at = at, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    rig_begin(&r, media);
    r.script.delay = 1;
    r.script.at_point = pass;
    r.script.user = &stop;
    rig_create(&r, NULL);
    run_up_to(&r, &stop, last);
    if (events_first) {
        webc_events_destroy(&r.events);
        webc_codec_stats stats = rig_stats(&r);
        ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
        ck_assert_uint_eq(stats.flushes, stats.flushed + stats.abandoned);
        ck_assert_uint_eq(stats.accepted, stats.taken + stats.cancelled);
        rig_destroy(&r);
    } else {
        rig_destroy(&r);
        webc_events_destroy(&r.events);
    }
    release(&stop);
    r.owns_events = false;
    rig_end(&r);
    webc_stats left = get_stats();
    ck_assert_uint_eq(left.codecs + left.events + left.queued_events + left.messages, 0);
    ck_assert_uint_eq(left.frames + left.chunks, 0);
    pthread_cond_destroy(&stop.changed);
    pthread_mutex_destroy(&stop.lock);
}

TEST_BOTH(a_codec_may_be_destroyed_at_every_point)
{
    for (unsigned last = 0; last < STEPS; last++)
        for (uint64_t at = 0; at <= calls_of(media, last); at++) {
            destroy_at(media, last, at, false);
            destroy_at(media, last, at, true);
        }
}

LEAK_CHECKED_MAIN("destroy_points", 60, BOTH(a_codec_may_be_destroyed_at_every_point))
