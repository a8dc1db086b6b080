/* SPDX-License-Identifier: MIT */
/*
 * Eight threads call sixteen codecs of one domain without minding each other, while a ninth takes the events.
 * Calls are memory-safe in any order, every accepted flush is told of exactly once, the counts of each codec
 * add up, no valid call makes a codec fail, and nothing is left.
 */
#include <stdatomic.h>

#include "codec_rig.h"

enum { THREADS = 8, CODECS = 16 };

/* A codec that its users share; who destroys it has it alone. */
typedef struct slot {
    pthread_rwlock_t users;
    rig r;
    _Atomic uint64_t flushes; /* accepted, of all codecs that were here */
    /* guarded by the race's lock */
    uint64_t told;    /* of those */
    uint64_t outputs; /* of the present codec */
} slot;

typedef struct race {
    webc_events *events;
    slot slots[CODECS];
    webc_frame *frame;
    webc_chunk *chunk;
    uint64_t steps;
    _Atomic uint64_t next_tag;
    bool *accepted;  /* by the tag of a flush, each written by its caller */
    uint8_t *counts; /* FLUSHED events by tag, written by the consumer */
    pthread_mutex_t lock;
    pthread_cond_t told;         /* a flush was */
    _Atomic uint64_t unexpected; /* results that no order of calls explains */
    _Atomic bool stop;
    uint64_t errors; /* by the consumer */
    uint64_t badly_settled;
} race;

static void make_codec(race *self, slot *s)
{
    s->outputs = 0;
    rig_create(&s->r, &(rig_params){.max_outputs = 3, .max_queue_size = 50, .user = s});
    if (rig_configure(&s->r, "vp8"))
        self->unexpected++;
}

static webc_result flush(race *self, slot *s)
{
    uint64_t tag = self->next_tag++;
    webc_result result = rig_flush(&s->r, tag);
    self->accepted[tag] = result == WEBC_OK;
    s->flushes += result == WEBC_OK;
    return result;
}

/* Close and see that everything is accounted for. The flush before it makes sure that the consumer comes by. */
static void close_codec(race *self, slot *s)
{
    rig_configure(&s->r, "vp8");
    flush(self, s);
    rig_close(&s->r);
    webc_codec_stats stats = rig_stats(&s->r);
    if (stats.flushes != stats.flushed || stats.abandoned || stats.accepted != stats.taken + stats.cancelled)
        self->unexpected++;
    pthread_mutex_lock(&self->lock);
    while (s->told < s->flushes)
        pthread_cond_wait(&self->told, &self->lock);
    uint64_t outputs = s->outputs;
    pthread_mutex_unlock(&self->lock);
    stats = rig_stats(&s->r);
    if (stats.outputs != stats.dropped + outputs)
        self->unexpected++;
    rig_destroy(&s->r);
}

static void renew_codec(race *self, slot *s)
{
    pthread_rwlock_wrlock(&s->users);
    close_codec(self, s);
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
        expect(self, flush(self, s), WEBC_OK);
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
        slot *s = event.user;
        pthread_mutex_lock(&self->lock);
        self->errors += event.type == WEBC_EVENT_ERROR;
        s->outputs += event.type == rig_output(&s->r);
        if (event.type == WEBC_EVENT_FLUSHED) {
            self->badly_settled += event.result != WEBC_OK && event.result != WEBC_ERROR_ABORT;
            self->counts[event.tag]++;
            s->told++;
            pthread_cond_broadcast(&self->told);
        }
        pthread_mutex_unlock(&self->lock);
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
    for (size_t i = 0; i < CODECS; i++)
        close_codec(self, &self->slots[i]);
    self->stop = true;
    webc_events_interrupt(self->events);
    pthread_join(consumer, NULL);
}

/* Each thread flushes once a step at most, renewing included. */
static void make_tags(race *self)
{
    uint64_t most = THREADS * self->steps + CODECS;
    self->accepted = calloc(most, sizeof *self->accepted);
    self->counts = calloc(most, sizeof *self->counts);
    ck_assert(self->accepted && self->counts);
}

static void check_tags(race *self)
{
    for (uint64_t tag = 0; tag < self->next_tag; tag++)
        ck_assert_msg(self->counts[tag] == self->accepted[tag], "flush %llu %s and was told of %u times",
                      (unsigned long long)tag, self->accepted[tag] ? "was accepted" : "was refused",
                      self->counts[tag]);
    free(self->accepted);
    free(self->counts);
}

START_TEST(calls_from_many_threads_are_safe_in_any_order)
{
    static race self = {.lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
    self.steps = repeats(20000, 400000);
    self.frame = make_frame(1, 0);
    self.chunk = make_chunk(1, 0);
    make_tags(&self);
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
    check_tags(&self);
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
