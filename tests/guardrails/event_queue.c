/* SPDX-License-Identifier: MIT */
/* The queue as a program waits for it: descriptor, wakeup, interrupt, one consumer. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "codec_rig.h"

/* The next event's tag; the queue must not be empty. */
static uint64_t take(webc_events *events)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(events, 0, &event), 1);
    uint64_t tag = event.tag;
    webc_event_clear(&event);
    return tag;
}

/* Decision 4: readable exactly while the queue is not empty, looked at after every step. */
START_TEST(the_descriptor_is_readable_exactly_while_the_queue_is_not_empty)
{
    webc_events *events = make_events();
    int64_t fd = webc_events_native_handle(events);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(webc_events_native_handle(events), fd);
    ck_assert(!is_readable(fd));
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t tag = 0; tag < 4; tag++) {
            post_event(events, tag);
            ck_assert(is_readable(fd));
        }
        for (uint64_t tag = 0; tag < 4; tag++) {
            ck_assert(is_readable(fd));
            ck_assert_uint_eq(take(events), tag);
        }
        ck_assert(!is_readable(fd));
        ck_assert(is_queue_empty(events));
        ck_assert(!is_readable(fd));
    }
    post_event(events, 9);
    ck_assert_int_eq(webc_events_dispatch(events), 1);
    ck_assert(!is_readable(fd));
    webc_events_destroy(&events);
}
END_TEST

START_TEST(a_descriptor_asked_for_late_is_readable_at_once)
{
    webc_events *events = make_events();
    post_event(events, 1);
    int64_t fd = webc_events_native_handle(events);
    ck_assert(is_readable(fd));
    take(events);
    ck_assert(!is_readable(fd));
    webc_events_destroy(&events);
}
END_TEST

/* Events that reset, close and destroy take back count as taken. */
TEST_BOTH(events_taken_back_leave_the_descriptor_unreadable)
{
    for (int way = 0; way < 3; way++) {
        rig r;
        rig_start(&r, media);
        int64_t fd = webc_events_native_handle(r.events);
        scripted_park(&r.script, SCRIPTED_RECEIVE);
        rig_inputs(&r, 2);
        scripted_wait_parked(&r.script, SCRIPTED_RECEIVE);
        ck_assert(is_readable(fd));
        if (way == 0)
            ck_ok(rig_reset(&r));
        if (way == 1)
            ck_ok(rig_close(&r));
        if (way == 2)
            rig_destroy(&r);
        ck_assert(is_readable(fd) == (way < 2)); /* reset and close have a DEQUEUE to tell */
        scripted_release(&r.script, SCRIPTED_RECEIVE);
        rig_destroy(&r);
        ck_ok(webc_drain_workers(-1));
        ck_assert(!is_readable(fd));
        rig_end(&r);
    }
}

static void count_wakeup(void *user)
{
    atomic_fetch_add((_Atomic unsigned *)user, 1);
}

/* Decision 4: once per edge from empty to not empty. */
START_TEST(wakeup_is_called_once_per_edge)
{
    _Atomic unsigned calls = 0;
    webc_events *events = make_events();
    ck_ok(webc_events_set_wakeup(events, count_wakeup, &calls));
    ck_assert_uint_eq(calls, 0);
    for (unsigned round = 1; round <= 3; round++) {
        post_event(events, 1);
        ck_assert_uint_eq(calls, round);
        post_event(events, 2);
        post_event(events, 3);
        ck_assert_uint_eq(calls, round);
        take(events);
        post_event(events, 4);
        ck_assert_uint_eq(calls, round);
        while (!is_queue_empty(events)) {
        }
        ck_assert_uint_eq(calls, round);
    }
    ck_ok(webc_events_set_wakeup(events, NULL, NULL));
    post_event(events, 5);
    ck_assert_uint_eq(calls, 3);
    ck_ok(webc_events_set_wakeup(events, count_wakeup, &calls));
    ck_assert_uint_eq(calls, 4); /* at once, as an event is queued already */
    webc_events_destroy(&events);
}
END_TEST

typedef struct poster {
    webc_events *events;
    unsigned runs;
} poster;

static void post_another(void *user, const webc_event *event)
{
    poster *self = user;
    if (event->tag < 3)
        post_event(self->events, event->tag + 1);
    self->runs++;
}

/* dispatch runs what was queued at entry; who only waits for wakeups must hear of the rest. */
START_TEST(dispatch_runs_what_was_queued_at_entry_and_wakes_for_the_rest)
{
    _Atomic unsigned calls = 0;
    poster self = {0};
    webc_events_params params;
    webc_events_params_init(&params, sizeof params);
    params.user = &self;
    params.buffer_released = post_another;
    ck_ok(webc_events_create(&self.events, &params));
    ck_ok(webc_events_set_wakeup(self.events, count_wakeup, &calls));
    post_event(self.events, 1);
    post_event(self.events, 10);
    ck_assert_uint_eq(calls, 1);
    ck_assert_int_eq(webc_events_dispatch(self.events), 2);
    ck_assert_uint_eq(self.runs, 2);
    ck_assert_uint_ge(calls, 2);
    unsigned before = calls;
    ck_assert_int_eq(webc_events_dispatch(self.events), 1); /* tag 2 posts tag 3 */
    ck_assert_uint_gt(calls, before);
    before = calls;
    ck_assert_int_eq(webc_events_dispatch(self.events), 1);
    ck_assert_uint_eq(calls, before);
    ck_assert_int_eq(webc_events_dispatch(self.events), 0);
    ck_assert_uint_eq(self.runs, 4);
    webc_events_destroy(&self.events);
}
END_TEST

/* A gate that a thread reports at and waits behind. */
typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool reached;
    bool open;
} gate;

static void gate_init(gate *g)
{
    *g = (gate){.reached = false};
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
}

static void gate_pass(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->reached = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_wait_reached(gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->reached)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void gate_deinit(gate *g)
{
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
}

typedef struct clearing {
    webc_events *events;
    gate gate;
    _Atomic bool call_ended;
    _Atomic long tid;
    _Atomic bool cleared;
    bool replace;
} clearing;

static void wakeup_at_gate(void *user)
{
    clearing *self = user;
    gate_pass(&self->gate);
    self->call_ended = true;
}

static void *post_from_thread(void *arg)
{
    post_event(((clearing *)arg)->events, 1);
    return NULL;
}

static void ignore_wakeup(void *user)
{
    (void)user;
}

static void *clear_from_thread(void *arg)
{
    clearing *self = arg;
    self->tid = syscall(SYS_gettid);
    webc_events_set_wakeup(self->events, self->replace ? ignore_wakeup : NULL, NULL);
    self->cleared = true;
    return self->call_ended ? self : NULL;
}

/* Wait until the thread sleeps in the kernel, or has done what it was started for. */
static void wait_asleep(const _Atomic long *tid, const _Atomic bool *done)
{
    while (*tid == 0) {
    }
    for (char state = 'R'; state != 'S' && !*done;) {
        char path[64], line[256] = "";
        snprintf(path, sizeof path, "/proc/self/task/%ld/stat", *tid);
        FILE *file = fopen(path, "r");
        if (!file)
            return;
        if (fgets(line, sizeof line, file)) {
            const char *end = strrchr(line, ')');
            state = end ? end[2] : state;
        }
        fclose(file);
    }
}

/* H51: the state behind a wakeup may be freed once set_wakeup returns. */
START_TEST(clearing_and_replacing_wait_for_a_running_wakeup)
{
    for (int replace = 0; replace < 2; replace++) {
        clearing self = {.events = make_events(), .replace = replace};
        pthread_t posting, clearer;
        void *saw_the_end;
        gate_init(&self.gate);
        ck_ok(webc_events_set_wakeup(self.events, wakeup_at_gate, &self));
        ck_assert_int_eq(pthread_create(&posting, NULL, post_from_thread, &self), 0);
        gate_wait_reached(&self.gate);
        ck_assert_int_eq(pthread_create(&clearer, NULL, clear_from_thread, &self), 0);
        wait_asleep(&self.tid, &self.cleared);
        ck_assert(!self.cleared);
        /* The lock is free meanwhile: everything else goes on. */
        ck_assert_uint_eq(take(self.events), 1);
        gate_open(&self.gate);
        pthread_join(posting, NULL);
        pthread_join(clearer, &saw_the_end);
        ck_assert_ptr_nonnull(saw_the_end);
        webc_events_destroy(&self.events);
        gate_deinit(&self.gate);
    }
}
END_TEST

static int32_t wait_for_event(webc_events *events)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    int32_t result = webc_events_next(events, -1, &event);
    webc_event_clear(&event);
    return result;
}

START_TEST(an_interrupt_ends_one_wait)
{
    webc_events *events = make_events();
    webc_events_interrupt(events);
    ck_assert_int_eq(wait_for_event(events), 0);
    /* Two at once are one. */
    webc_events_interrupt(events);
    webc_events_interrupt(events);
    ck_assert_int_eq(wait_for_event(events), 0);
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(events, 1, &event), 0);
    /* Events come first, and the interrupt is kept for the wait after them. */
    post_event(events, 1);
    webc_events_interrupt(events);
    ck_assert_int_eq(wait_for_event(events), 1);
    ck_assert_int_eq(wait_for_event(events), 0);
    /* A look does not wait, so it does not use the interrupt up. */
    webc_events_interrupt(events);
    ck_assert(is_queue_empty(events));
    ck_assert_int_eq(webc_events_dispatch(events), 0);
    ck_assert_int_eq(wait_for_event(events), 0);
    webc_events_interrupt(NULL);
    webc_events_destroy(&events);
}
END_TEST

typedef struct consumer {
    webc_events *events;
    int32_t result;
} consumer;

static void *consume(void *arg)
{
    consumer *self = arg;
    /* The test looks into the queue meanwhile, which makes it the consumer for a moment. */
    do
        self->result = wait_for_event(self->events);
    while (self->result == WEBC_ERROR_INVALID_STATE);
    return NULL;
}

/* Decision 4: a second consumer is refused, whatever it calls, and the first goes on. */
START_TEST(a_second_consumer_is_refused)
{
    for (int by_post = 0; by_post < 2; by_post++) {
        consumer self = {.events = make_events()};
        webc_event event;
        webc_event_init(&event, sizeof event);
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, consume, &self), 0);
        while (webc_events_next(self.events, 0, &event) != WEBC_ERROR_INVALID_STATE) {
        }
        ck_assert_int_eq(webc_events_dispatch(self.events), WEBC_ERROR_INVALID_STATE);
        ck_assert_int_eq(webc_events_next(self.events, -1, &event), WEBC_ERROR_INVALID_STATE);
        if (by_post)
            post_event(self.events, 1);
        else
            webc_events_interrupt(self.events);
        pthread_join(thread, NULL);
        ck_assert_int_eq(self.result, by_post);
        ck_assert(is_queue_empty(self.events));
        webc_events_destroy(&self.events);
    }
}
END_TEST

static void consume_inside(void *user, const webc_event *event)
{
    poster *self = user;
    webc_event other;
    webc_event_init(&other, sizeof other);
    ck_assert_uint_eq(event->tag, 1);
    ck_assert_int_eq(webc_events_next(self->events, 0, &other), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(webc_events_next(self->events, -1, &other), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(webc_events_dispatch(self->events), WEBC_ERROR_INVALID_STATE);
    self->runs++;
}

START_TEST(next_and_dispatch_are_refused_inside_a_callback)
{
    poster self = {0};
    webc_events_params params;
    webc_events_params_init(&params, sizeof params);
    params.user = &self;
    params.buffer_released = consume_inside;
    ck_ok(webc_events_create(&self.events, &params));
    post_event(self.events, 1);
    ck_assert_int_eq(webc_events_dispatch(self.events), 1);
    ck_assert_uint_eq(self.runs, 1);
    post_event(self.events, 2);
    ck_assert_uint_eq(take(self.events), 2);
    webc_events_destroy(&self.events);
}
END_TEST

LEAK_CHECKED_MAIN("event_queue", 20, the_descriptor_is_readable_exactly_while_the_queue_is_not_empty,
                  a_descriptor_asked_for_late_is_readable_at_once,
                  BOTH(events_taken_back_leave_the_descriptor_unreadable), wakeup_is_called_once_per_edge,
                  dispatch_runs_what_was_queued_at_entry_and_wakes_for_the_rest,
                  clearing_and_replacing_wait_for_a_running_wakeup, an_interrupt_ends_one_wait,
                  a_second_consumer_is_refused, next_and_dispatch_are_refused_inside_a_callback)
