/* SPDX-License-Identifier: MIT */
/*
 * H26: no wake-up is lost. A thread that is about to wait is stopped between its look at the state and the
 * wait, with the lock it holds there; another one then changes the state. It either comes to that lock, and the
 * first goes on to wait, or has done without it, and the first waits for ever. Linked with --wrap for both
 * calls.
 */
#include "codec_rig.h"

int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

typedef enum side { SIDE_NONE, SIDE_WORKER, SIDE_TEST } side;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* guarded by lock */
    side armed;             /* whose next wait is stopped */
    pthread_mutex_t *mutex; /* of the wait that is stopped */
    bool open;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static _Thread_local side own_side = SIDE_WORKER;

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    __real_pthread_mutex_lock(&gate.lock);
    if (gate.armed == own_side) {
        gate.armed = SIDE_NONE;
        gate.mutex = mutex;
        pthread_cond_broadcast(&gate.changed);
        while (!gate.open)
            __real_pthread_cond_wait(&gate.changed, &gate.lock);
        gate.mutex = NULL;
    }
    pthread_mutex_unlock(&gate.lock);
    return __real_pthread_cond_wait(cond, mutex);
}

/* Called for a lock that was found taken, and for the few that are taken without a look first. */
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    __real_pthread_mutex_lock(&gate.lock);
    if (gate.mutex == mutex) {
        gate.open = true;
        pthread_cond_broadcast(&gate.changed);
    }
    pthread_mutex_unlock(&gate.lock);
    return __real_pthread_mutex_lock(mutex);
}

static void arm(side who)
{
    own_side = SIDE_TEST;
    __real_pthread_mutex_lock(&gate.lock);
    gate.armed = who;
    gate.open = false;
    pthread_mutex_unlock(&gate.lock);
}

static void wait_stopped(void)
{
    __real_pthread_mutex_lock(&gate.lock);
    while (!gate.mutex)
        __real_pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

/* For a call that has ended without coming to the lock. */
static void open_gate(void)
{
    __real_pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

/* Calls of the program that meet a worker. */

static void put(rig *r)
{
    rig_inputs(r, 1);
}

static void reset(rig *r)
{
    ck_ok(rig_reset(r));
}

static void take(rig *r)
{
    journal_take(&r->log, r->events);
}

static void destroy_events(rig *r)
{
    webc_events_destroy(&r->events);
}

/* Stopped before it waits for work; `call` gives it some. The call itself may not wait. */
static void meet_idle_worker(rig *r, uint32_t media, void (*call)(rig *))
{
    rig_start(r, media);
    scripted_park(&r->script, SCRIPTED_SEND);
    rig_inputs(r, 1);
    scripted_wait_parked(&r->script, SCRIPTED_SEND);
    arm(SIDE_WORKER);
    scripted_release(&r->script, SCRIPTED_SEND);
    wait_stopped();
    call(r);
    open_gate();
}

/* Stopped before it waits for room in a window of one output. */
static void meet_worker_without_room(rig *r, uint32_t media, void (*call)(rig *))
{
    rig_begin(r, media);
    rig_create(r, &(rig_params){.max_outputs = 1});
    ck_ok(rig_configure(r, "vp8"));
    scripted_park(&r->script, SCRIPTED_SEND);
    rig_inputs(r, 2);
    scripted_wait_parked(&r->script, SCRIPTED_SEND);
    arm(SIDE_WORKER);
    scripted_release(&r->script, SCRIPTED_SEND);
    wait_stopped();
    call(r);
    open_gate();
}

TEST_BOTH(an_input_wakes_the_worker)
{
    rig r;
    meet_idle_worker(&r, media, put);
    journal_until(&r.log, r.events, rig_output(&r), 2);
    rig_end(&r);
}

TEST_BOTH(a_reset_wakes_the_worker)
{
    rig r;
    meet_idle_worker(&r, media, reset);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    rig_end(&r);
}

TEST_BOTH(destroying_wakes_the_worker)
{
    rig r;
    meet_idle_worker(&r, media, rig_destroy);
    ck_ok(webc_drain_workers(-1));
    rig_end(&r);
}

TEST_BOTH(taking_an_output_wakes_the_worker_without_room)
{
    rig r;
    meet_worker_without_room(&r, media, take);
    journal_until(&r.log, r.events, rig_output(&r), 2);
    rig_end(&r);
}

TEST_BOTH(a_reset_wakes_the_worker_without_room)
{
    rig r;
    meet_worker_without_room(&r, media, reset);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    rig_end(&r);
}

TEST_BOTH(destroying_wakes_the_worker_without_room)
{
    rig r;
    meet_worker_without_room(&r, media, rig_destroy);
    ck_ok(webc_drain_workers(-1));
    rig_end(&r);
}

TEST_BOTH(destroying_the_events_wakes_the_worker_without_room)
{
    rig r;
    meet_worker_without_room(&r, media, destroy_events);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    r.owns_events = false;
    rig_end(&r);
}

/* The consumer, on a thread of its own. */

static void *consume(void *events)
{
    static int32_t got;
    webc_event event;
    own_side = SIDE_TEST;
    webc_event_init(&event, sizeof event);
    got = webc_events_next(events, -1, &event);
    webc_event_clear(&event);
    return &got;
}

static void post(webc_events *events)
{
    post_event(events, 1);
}

/* Stopped before it waits for events; what it got in the end. */
static int32_t meet_consumer(void (*call)(webc_events *))
{
    pthread_t thread;
    void *got = NULL;
    webc_events *events = make_events();
    arm(SIDE_TEST);
    ck_assert_int_eq(pthread_create(&thread, NULL, consume, events), 0);
    wait_stopped();
    call(events);
    open_gate();
    pthread_join(thread, &got);
    webc_events_destroy(&events);
    return *(int32_t *)got;
}

START_TEST(an_event_wakes_the_consumer)
{
    ck_assert_int_eq(meet_consumer(post), 1);
}
END_TEST

START_TEST(an_interrupt_wakes_the_consumer)
{
    ck_assert_int_eq(meet_consumer(webc_events_interrupt), 0);
}
END_TEST

/* Those that wait for others to end. */

static void *drain(void *done)
{
    own_side = SIDE_TEST;
    return webc_drain_workers(-1) ? NULL : done;
}

TEST_BOTH(the_last_worker_wakes_who_waits_for_it)
{
    pthread_t thread;
    void *done = NULL;
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 1);
    journal_until(&r.log, r.events, rig_output(&r), 1);
    scripted_park(&r.script, SCRIPTED_FREE);
    rig_destroy(&r);
    scripted_wait_parked(&r.script, SCRIPTED_FREE);
    arm(SIDE_TEST);
    ck_assert_int_eq(pthread_create(&thread, NULL, drain, &r), 0);
    wait_stopped();
    scripted_release(&r.script, SCRIPTED_FREE);
    pthread_join(thread, &done);
    ck_assert_ptr_nonnull(done);
    rig_end(&r);
}

/* A wakeup callback that stands still. */
typedef struct wakeup {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* guarded by lock */
    bool running;
    bool released;
} wakeup;

static void stand_still(void *user)
{
    wakeup *self = user;
    __real_pthread_mutex_lock(&self->lock);
    self->running = true;
    pthread_cond_broadcast(&self->changed);
    while (!self->released)
        __real_pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

static void *clear_wakeup(void *events)
{
    own_side = SIDE_TEST;
    return webc_events_set_wakeup(events, NULL, NULL) ? NULL : events;
}

START_TEST(the_end_of_a_wakeup_wakes_who_clears_it)
{
    pthread_t thread;
    void *done = NULL;
    rig r;
    wakeup standing = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
    ck_ok(webc_events_set_wakeup(r.events, stand_still, &standing));
    rig_inputs(&r, 1);
    __real_pthread_mutex_lock(&standing.lock);
    while (!standing.running)
        __real_pthread_cond_wait(&standing.changed, &standing.lock);
    pthread_mutex_unlock(&standing.lock);
    arm(SIDE_TEST);
    ck_assert_int_eq(pthread_create(&thread, NULL, clear_wakeup, r.events), 0);
    wait_stopped();
    __real_pthread_mutex_lock(&standing.lock);
    standing.released = true;
    pthread_cond_broadcast(&standing.changed);
    pthread_mutex_unlock(&standing.lock);
    pthread_join(thread, &done);
    ck_assert_ptr_nonnull(done);
    rig_end(&r);
}
END_TEST

LEAK_CHECKED_MAIN("wakeups", 20, BOTH(an_input_wakes_the_worker), BOTH(a_reset_wakes_the_worker),
                  BOTH(destroying_wakes_the_worker), BOTH(taking_an_output_wakes_the_worker_without_room),
                  BOTH(a_reset_wakes_the_worker_without_room), BOTH(destroying_wakes_the_worker_without_room),
                  BOTH(destroying_the_events_wakes_the_worker_without_room), an_event_wakes_the_consumer,
                  an_interrupt_wakes_the_consumer, BOTH(the_last_worker_wakes_who_waits_for_it),
                  the_end_of_a_wakeup_wakes_who_clears_it)
