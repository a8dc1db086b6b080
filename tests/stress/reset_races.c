/* SPDX-License-Identifier: MIT */
/*
 * Eight threads call sixteen codecs of one domain without minding each other, while a ninth takes the events.
 * Calls are memory-safe in any order, every flush is settled, no valid call makes a codec fail, and nothing is
 * left.
 */
#include <stdatomic.h>

#include "codec_rig.h"

enum { THREADS = 8, CODECS = 16 };

/* A codec that its users share; who destroys it has it alone. */
typedef struct slot {
    pthread_rwlock_t users;
    rig r;
} slot;

typedef struct race {
    webc_events *events;
    slot slots[CODECS];
    webc_frame *frame;
    webc_chunk *chunk;
    uint64_t steps;
    _Atomic uint64_t unexpected; /* results that no order of calls explains */
    _Atomic bool stop;
    uint64_t errors; /* by the consumer */
    uint64_t badly_settled;
} race;

static void make_codec(race *self, slot *s)
{
    rig_create(&s->r, &(rig_params){.max_outputs = 3, .max_queue_size = 50});
    if (rig_configure(&s->r, "vp8"))
        self->unexpected++;
}

/* Close, see that every flush is settled, begin anew. */
static void renew_codec(race *self, slot *s)
{
    pthread_rwlock_wrlock(&s->users);
    rig_close(&s->r);
    webc_codec_stats stats = rig_stats(&s->r);
    if (stats.flushes != stats.flushed || stats.abandoned)
        self->unexpected++;
    rig_destroy(&s->r);
    make_codec(self, s);
    pthread_rwlock_unlock(&s->users);
}

static void expect(race *self, webc_result result, webc_result other)
{
    if (result != WEBC_OK && result != WEBC_ERROR_INVALID_STATE && result != other)
        self->unexpected++;
}

static void make_call(race *self, slot *s, uint32_t kind)
{
    pthread_rwlock_rdlock(&s->users);
    if (kind < 20)
        expect(self,
               s->r.decoder ? webc_video_decoder_decode(s->r.decoder, self->chunk, NULL)
                            : webc_video_encoder_encode(s->r.encoder, self->frame, NULL),
               WEBC_ERROR_QUOTA_EXCEEDED);
    else if (kind < 25)
        expect(self, rig_flush(&s->r, 1), WEBC_OK);
    else if (kind < 28)
        expect(self, rig_configure(&s->r, "vp8"), WEBC_OK);
    else if (kind < 30)
        expect(self, rig_reset(&s->r), WEBC_OK);
    else if (rig_state(&s->r) == WEBC_STATE_CLOSED && rig_queue_size(&s->r))
        self->unexpected++;
    pthread_rwlock_unlock(&s->users);
}

typedef struct caller {
    race *shared;
    uint32_t random;
} caller;

static void *call(void *arg)
{
    caller *self = arg;
    for (uint64_t step = 0; step < self->shared->steps; step++) {
        self->random = self->random * 1664525u + 1013904223u;
        slot *s = &self->shared->slots[self->random >> 28];
        uint32_t kind = self->random >> 20 & 0xff;
        if (kind == 255)
            renew_codec(self->shared, s);
        else
            make_call(self->shared, s, kind % 32);
    }
    return NULL;
}

static void *consume(void *arg)
{
    race *self = arg;
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (!self->stop) {
        if (webc_events_next(self->events, -1, &event) != 1)
            continue;
        self->errors += event.type == WEBC_EVENT_ERROR;
        self->badly_settled +=
            event.type == WEBC_EVENT_FLUSHED && event.result != WEBC_OK && event.result != WEBC_ERROR_ABORT;
    }
    webc_event_clear(&event);
    return NULL;
}

static void run_race(race *self)
{
    pthread_t consumer, callers[THREADS];
    caller args[THREADS];
    ck_assert_int_eq(pthread_create(&consumer, NULL, consume, self), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        args[i] = (caller){self, 12345 + i};
        ck_assert_int_eq(pthread_create(&callers[i], NULL, call, &args[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(callers[i], NULL);
    self->stop = true;
    webc_events_interrupt(self->events);
    pthread_join(consumer, NULL);
}

START_TEST(calls_from_many_threads_are_safe_in_any_order)
{
    static race self;
    self.steps = repeats(20000, 400000);
    self.frame = make_frame(1, 0);
    self.chunk = make_chunk(1, 0);
    ck_ok(webc_events_create(&self.events, NULL));
    for (size_t i = 0; i < CODECS; i++) {
        slot *s = &self.slots[i];
        pthread_rwlock_init(&s->users, NULL);
        rig_begin_on(&s->r, i % 2 ? WEBC_MEDIA_VIDEO_ENCODER : WEBC_MEDIA_VIDEO_DECODER, self.events);
        s->r.script.delay = (uint32_t)(i % 3);
        make_codec(&self, s);
    }
    run_race(&self);
    ck_assert_uint_eq(self.unexpected, 0);
    ck_assert_uint_eq(self.errors, 0);
    ck_assert_uint_eq(self.badly_settled, 0);
    for (size_t i = 0; i < CODECS; i++) {
        rig_close(&self.slots[i].r);
        webc_codec_stats stats = rig_stats(&self.slots[i].r);
        ck_assert_uint_eq(stats.flushes, stats.flushed);
        rig_destroy(&self.slots[i].r);
    }
    ck_ok(webc_drain_workers(-1));
    for (size_t i = 0; i < CODECS; i++) {
        rig_end(&self.slots[i].r);
        pthread_rwlock_destroy(&self.slots[i].users);
    }
    webc_events_destroy(&self.events);
    webc_frame_unref(&self.frame);
    webc_chunk_unref(&self.chunk);
}
END_TEST

/* Calls of two threads on one codec keep the order in which they were accepted on their way to the worker. */
static void *flush_often(void *arg)
{
    rig *r = arg;
    for (int i = 0; i < 2000; i++)
        if (rig_flush(r, 1))
            return r;
    return NULL;
}

TEST_BOTH(flushes_of_two_threads_are_all_settled)
{
    for (uint64_t round = 0; round < repeats(20, 1000); round++) {
        rig r;
        pthread_t threads[2];
        rig_start(&r, media);
        for (size_t i = 0; i < 2; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, flush_often, &r), 0);
        journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 4000);
        for (size_t i = 0; i < 2; i++) {
            void *refused;
            pthread_join(threads[i], &refused);
            ck_assert_ptr_null(refused);
        }
        ck_assert_uint_eq(r.log.count, 4000);
        rig_end(&r);
    }
}

/* A codec is configured and fed by two threads; the worker never gets an input before its configuration. */
static void *configure_and_reset(void *arg)
{
    rig *r = arg;
    for (int i = 0; i < 2000; i++)
        if (rig_configure(r, "vp8") || rig_reset(r))
            return r;
    return NULL;
}

/* P-02. */
TEST_BOTH(inputs_never_overtake_their_configuration)
{
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    for (uint64_t round = 0; round < repeats(20, 1000); round++) {
        rig r;
        pthread_t thread;
        void *refused;
        rig_begin(&r, media);
        rig_create(&r, &(rig_params){.max_queue_size = 20});
        ck_assert_int_eq(pthread_create(&thread, NULL, configure_and_reset, &r), 0);
        for (int i = 0; i < 4000; i++) {
            if (media == WEBC_MEDIA_VIDEO_DECODER)
                webc_video_decoder_decode(r.decoder, chunk, NULL);
            else
                webc_video_encoder_encode(r.encoder, frame, NULL);
            if (i % 100 == 0)
                journal_take(&r.log, r.events);
        }
        pthread_join(thread, &refused);
        ck_assert_ptr_null(refused);
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
        rig_end(&r);
    }
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
}

LEAK_CHECKED_MAIN("reset_races", 300, calls_from_many_threads_are_safe_in_any_order,
                  BOTH(flushes_of_two_threads_are_all_settled), BOTH(inputs_never_overtake_their_configuration))
