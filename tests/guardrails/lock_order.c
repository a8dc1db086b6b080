/* SPDX-License-Identifier: MIT */
/*
 * H50: locks of the library are taken in one order, and none is held while code of the host or of a codec runs.
 * This program stands between the library and the pthread functions: one run that takes two locks one way and
 * one that takes them the other way show the deadlock, whether or not it happens.
 */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "codec_rig.h"

/* The runtimes of sanitizers stand there themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHES false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WATCHES false
#endif
#endif
#ifndef WATCHES
#define WATCHES true
#endif

#define MOST_HELD 16u
#define MOST_PAIRS 256u

static size_t pair_count;
static unsigned pairs_seen;
static unsigned cycles;
/* Other libraries have begun before the test. */
static _Atomic bool watching;
static _Thread_local unsigned held_count;
static _Atomic unsigned locks_taken;
static _Atomic unsigned entries;    /* into code that is not the library's */
static _Atomic unsigned under_lock; /* of those, with a lock held */

static void enter_foreign(void)
{
    entries++;
    under_lock += held_count > 0;
}

#if WATCHES
static _Thread_local const void *held[MOST_HELD];

/* `second` was taken while `first` was held. */
typedef struct pair {
    const void *first;
    const void *second;
} pair;

/* Like what is counted of them guarded by busy, which is held for some instructions. */
static pair pairs[MOST_PAIRS];
static atomic_flag busy = ATOMIC_FLAG_INIT;

/* Is there a way from one to the other, of any number of pairs? */
static bool leads_to(const void *from, const void *to, unsigned depth)
{
    for (size_t i = 0; i < pair_count && depth < MOST_HELD; i++)
        if (pairs[i].first == from && (pairs[i].second == to || leads_to(pairs[i].second, to, depth + 1)))
            return true;
    return false;
}

static void note_pair(const void *first, const void *second)
{
    while (atomic_flag_test_and_set(&busy)) {
    }
    size_t i = 0;
    while (i < pair_count && (pairs[i].first != first || pairs[i].second != second))
        i++;
    if (i == pair_count && pair_count < MOST_PAIRS) {
        pairs[pair_count++] = (pair){first, second};
        pairs_seen++;
        cycles += first == second || leads_to(second, first, 0);
    }
    atomic_flag_clear(&busy);
}

static void note_taken(const void *mutex)
{
    if (!watching)
        return;
    locks_taken++;
    for (unsigned i = 0; i < held_count; i++)
        note_pair(held[i], mutex);
    if (held_count < MOST_HELD)
        held[held_count++] = mutex;
}

static void note_released(const void *mutex)
{
    unsigned i = held_count;
    while (i > 0 && held[i - 1] != mutex)
        i--;
    if (!i)
        return;
    memmove(&held[i - 1], &held[i], (held_count - i) * sizeof held[0]);
    held_count--;
}

/* Its memory may become another lock, with another place in the order. */
static void note_destroyed(const void *mutex)
{
    while (atomic_flag_test_and_set(&busy)) {
    }
    for (size_t i = 0; i < pair_count;)
        if (pairs[i].first == mutex || pairs[i].second == mutex)
            pairs[i] = pairs[--pair_count];
        else
            i++;
    atomic_flag_clear(&busy);
}

typedef int (*mutex_fn)(pthread_mutex_t *mutex);

static int call_real(_Atomic(mutex_fn) *known, const char *name, pthread_mutex_t *mutex)
{
    mutex_fn real = *known;
    if (!real) {
        void *symbol = dlsym(RTLD_NEXT, name);
        memcpy(&real, &symbol, sizeof real);
        *known = real;
    }
    return real(mutex);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    static _Atomic(mutex_fn) real;
    int error = call_real(&real, "pthread_mutex_lock", mutex);
    if (!error)
        note_taken(mutex);
    return error;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    static _Atomic(mutex_fn) real;
    int error = call_real(&real, "pthread_mutex_trylock", mutex);
    if (!error)
        note_taken(mutex);
    return error;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    static _Atomic(mutex_fn) real;
    note_released(mutex);
    return call_real(&real, "pthread_mutex_unlock", mutex);
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    static _Atomic(mutex_fn) real;
    note_destroyed(mutex);
    return call_real(&real, "pthread_mutex_destroy", mutex);
}
#endif

static void at_backend(void *user, scripted_point point)
{
    (void)user;
    (void)point;
    enter_foreign();
}

static void at_callback(void *user, const webc_event *event)
{
    rig *r = user;
    enter_foreign();
    journal_add(&r->log, event);
}

static void at_wakeup(void *user)
{
    (void)user;
    enter_foreign();
}

static void at_release(void *user)
{
    (void)user;
    enter_foreign();
}

static void begin(rig *r, uint32_t media, uint32_t max_outputs)
{
    rig_begin(r, media);
    r->script.at_point = at_backend;
    r->script.delay = 1;
    rig_create(r, &(rig_params){.max_outputs = max_outputs,
                                .watchdog_us = 600000000,
                                .max_queue_size = 64,
                                .user = r,
                                .output = at_callback,
                                .error = at_callback,
                                .dequeue = at_callback,
                                .flushed = at_callback});
    ck_ok(webc_events_set_wakeup(r->events, at_wakeup, NULL));
    ck_assert_int_ge(webc_events_native_handle(r->events), 0);
    ck_ok(rig_configure(r, "vp8"));
}

static void call_getters(rig *r)
{
    ck_assert_uint_ne(rig_id(r), 0);
    ck_assert_int_gt(rig_last_progress(r), 0);
    ck_assert_uint_le(rig_queue_size(r), 64);
    ck_assert_uint_le(rig_state(r), WEBC_STATE_CLOSED);
    ck_assert_uint_ge(rig_stats(r).accepted, 1);
    ck_assert_uint_ge(get_stats().codecs, 1);
    webc_events_interrupt(r->events);
}

static void lend_input(rig *r)
{
    static uint8_t picture[PICTURE_BYTES];
    static uint8_t data[SCRIPTED_CHUNK_SIZE];
    if (r->media == WEBC_MEDIA_VIDEO_ENCODER) {
        webc_frame_params params;
        webc_frame *frame = NULL;
        picture_params(&params, 0);
        ck_ok(webc_frame_wrap(&frame, &params, picture, sizeof picture, at_release, NULL));
        ck_ok(webc_video_encoder_encode(r->encoder, frame, NULL));
        webc_frame_unref(&frame);
        return;
    }
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    scripted_fill_chunk(data, 1, true);
    ck_ok(webc_chunk_wrap(&chunk, &params, data, sizeof data, at_release, NULL));
    ck_ok(webc_video_decoder_decode(r->decoder, chunk, NULL));
    webc_chunk_unref(&chunk);
}

/* Dispatch until `count` completions came. */
static void dispatch_until(rig *r, size_t count)
{
    int64_t fd = webc_events_native_handle(r->events);
    while (journal_count(&r->log, WEBC_EVENT_FLUSHED) < count) {
        wait_readable(fd);
        ck_assert_int_ge(webc_events_dispatch(r->events), 0);
    }
}

/* Everything there is to call, with a worker that runs, one that waits for room, and one that fails. */
static void use_codec(uint32_t media)
{
    rig r;
    begin(&r, media, 2);
    lend_input(&r);
    rig_inputs(&r, 8);
    call_getters(&r);
    ck_ok(rig_flush(&r, 1));
    dispatch_until(&r, 1);
    post_event(r.events, 1);
    rig_inputs(&r, 4);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    lend_input(&r);
    ck_ok(rig_configure_realtime(&r));
    ck_ok(rig_flush(&r, 2));
    dispatch_until(&r, 2);
    rig_inputs(&r, 8);
    ck_ok(rig_reclaim(&r));
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    call_getters(&r);
    rig_end(&r);

    begin(&r, media, 0);
    ck_ok(rig_configure(&r, "no codec"));
    ck_ok(rig_flush(&r, 1));
    dispatch_until(&r, 1);
    rig_end(&r);

    begin(&r, media, 1);
    rig_inputs(&r, 4);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_close(&r));
    dispatch_until(&r, 1);
    rig_destroy(&r);
    ck_ok(webc_events_set_wakeup(r.events, NULL, NULL));
    rig_end(&r);

    begin(&r, media, 1);
    rig_inputs(&r, 4);
    ck_ok(rig_flush(&r, 1));
    webc_events_destroy(&r.events);
    rig_end(&r);
}

TEST_BOTH(no_lock_is_held_in_callbacks_and_codecs_and_locks_have_one_order)
{
    watching = true;
    use_codec(media);
    watching = false;
    ck_assert_uint_ge(entries, 50);
    ck_assert_uint_eq(under_lock, 0);
    if (!WATCHES) {
        printf("# skipped: under a sanitizer locks cannot be watched from here\n");
        fflush(stdout);
        return;
    }
    ck_assert_uint_ge(locks_taken, 100);
    ck_assert_uint_gt(pairs_seen, 0); /* a message is posted under the lock of the events */
    ck_assert_uint_lt(pair_count, MOST_PAIRS);
    ck_assert_uint_eq(cycles, 0);
}

LEAK_CHECKED_MAIN("lock_order", 20, BOTH(no_lock_is_held_in_callbacks_and_codecs_and_locks_have_one_order))
