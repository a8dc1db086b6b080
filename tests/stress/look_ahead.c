/* SPDX-License-Identifier: MIT */
/*
 * H14: a producer that stops at four inputs in the queue and waits for the dequeue event, as mediabunny does,
 * in front of a codec that holds 64 inputs back: every input comes out, whichever way events are taken.
 */
#include "codec_rig.h"

enum { INPUTS = 240, LOOK_AHEAD = 64, MOST_QUEUED = 4 };

static const uint32_t windows[] = {1, 16};

static void begin(rig *r, uint32_t media, const rig_params *params)
{
    rig_begin(r, media);
    r->script.delay = LOOK_AHEAD;
    rig_create(r, params);
    ck_ok(rig_configure(r, "vp8"));
}

/* Every input came out once, in order, and nothing failed. */
static void check_outputs(rig *r)
{
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_ERROR), 0);
    ck_assert_uint_eq(journal_count(&r->log, rig_output(r)), INPUTS);
    for (size_t i = 0; i < INPUTS; i++)
        ck_assert_uint_eq(journal_at(&r->log, rig_output(r), i)->tag, i);
    rig_end(r);
}

/* Producer and consumer are one loop that pulls. */
TEST_BOTH(a_producer_that_pulls_never_waits_for_ever)
{
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        rig r;
        begin(&r, media, &(rig_params){.max_outputs = windows[i]});
        while (r.next < INPUTS) {
            if (rig_queue_size(&r) < MOST_QUEUED)
                rig_inputs(&r, 1);
            else
                journal_until(&r.log, r.events, WEBC_EVENT_DEQUEUE,
                              journal_count(&r.log, WEBC_EVENT_DEQUEUE) + 1);
        }
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        check_outputs(&r);
    }
}

/* The same with callbacks: the dequeue callback produces, as an event listener would. */

static void keep(void *user, const webc_event *event)
{
    rig *r = user;
    journal_add(&r->log, event);
}

static void produce(void *user, const webc_event *event)
{
    rig *r = user;
    journal_add(&r->log, event);
    while (r->next < INPUTS && rig_queue_size(r) < MOST_QUEUED)
        rig_inputs(r, 1);
}

TEST_BOTH(a_producer_in_the_dequeue_callback_never_waits_for_ever)
{
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        rig r;
        begin(&r, media,
              &(rig_params){.max_outputs = windows[i],
                            .user = &r,
                            .output = keep,
                            .error = keep,
                            .flushed = keep,
                            .dequeue = produce});
        int64_t handle = webc_events_native_handle(r.events);
        rig_inputs(&r, MOST_QUEUED);
        while (r.next < INPUTS) {
            wait_readable(handle);
            ck_assert_int_ge(webc_events_dispatch(r.events), 0);
        }
        ck_ok(rig_flush(&r, 1));
        while (!journal_count(&r.log, WEBC_EVENT_FLUSHED)) {
            wait_readable(handle);
            ck_assert_int_ge(webc_events_dispatch(r.events), 0);
        }
        check_outputs(&r);
    }
}

/* Producer and consumer on threads of their own, the second of which tells the first of each dequeue. */
typedef struct pair {
    rig r;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t dequeues; /* guarded by lock */
} pair;

static void *consume(void *arg)
{
    pair *self = arg;
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (event.type != WEBC_EVENT_FLUSHED) {
        if (webc_events_next(self->r.events, -1, &event) != 1)
            return NULL;
        journal_add(&self->r.log, &event);
        if (event.type != WEBC_EVENT_DEQUEUE)
            continue;
        pthread_mutex_lock(&self->lock);
        self->dequeues++;
        pthread_cond_signal(&self->changed);
        pthread_mutex_unlock(&self->lock);
    }
    webc_event_clear(&event);
    return self;
}

/* The size is read under the lock that dequeues are counted under, so that none is missed in between. */
static void wait_for_room(pair *self)
{
    pthread_mutex_lock(&self->lock);
    uint64_t before = self->dequeues;
    while (rig_queue_size(&self->r) >= MOST_QUEUED && self->dequeues == before)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

TEST_BOTH(a_producer_beside_the_consumer_never_waits_for_ever)
{
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        pair self = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
        pthread_t consumer;
        void *done = NULL;
        begin(&self.r, media, &(rig_params){.max_outputs = windows[i]});
        ck_assert_int_eq(pthread_create(&consumer, NULL, consume, &self), 0);
        while (self.r.next < INPUTS) {
            wait_for_room(&self);
            rig_inputs(&self.r, 1);
        }
        ck_ok(rig_flush(&self.r, 1));
        pthread_join(consumer, &done);
        ck_assert_ptr_nonnull(done);
        check_outputs(&self.r);
    }
}

LEAK_CHECKED_MAIN("look_ahead", 20, BOTH(a_producer_that_pulls_never_waits_for_ever),
                  BOTH(a_producer_in_the_dequeue_callback_never_waits_for_ever),
                  BOTH(a_producer_beside_the_consumer_never_waits_for_ever))
