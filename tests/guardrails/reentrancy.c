/* SPDX-License-Identifier: MIT */
/*
 * H49, T45, goal 27: every function of the API may be called from inside every callback of a codec, destroy of
 * that codec included; nothing deadlocks, and a codec that is not closed by it works on.
 */
#include <string.h>

#include "codec_rig.h"

typedef struct trial {
    rig r;
    uint32_t at; /* WEBC_EVENT_*: in which callback */
    void (*action)(struct trial *self);
    unsigned fired;
} trial;

static void act_configure(trial *self)
{
    webc_result result = rig_configure(&self->r, "vp8");
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
}

static void act_input(trial *self)
{
    webc_result result = rig_input(&self->r);
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
}

static void act_flush(trial *self)
{
    webc_result result = rig_flush(&self->r, 5);
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
}

static void act_reset(trial *self)
{
    webc_result result = rig_reset(&self->r);
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
}

static void act_reset_and_begin_again(trial *self)
{
    act_reset(self);
    act_configure(self);
    act_input(self);
    act_flush(self);
}

static void act_close(trial *self)
{
    webc_result result = rig_close(&self->r);
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
}

static void act_reclaim(trial *self)
{
    webc_result result = rig_reclaim(&self->r);
    ck_assert_int_eq(result, self->at == WEBC_EVENT_ERROR ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
    ck_assert_int_gt(rig_last_progress(&self->r), 0);
}

static void act_destroy(trial *self)
{
    rig_destroy(&self->r);
}

static void act_close_and_destroy(trial *self)
{
    act_close(self);
    act_destroy(self);
}

static void act_getters(trial *self)
{
    uint32_t expected = self->at == WEBC_EVENT_ERROR ? WEBC_STATE_CLOSED : WEBC_STATE_CONFIGURED;
    ck_assert_uint_eq(rig_state(&self->r), expected);
    ck_assert_uint_le(rig_queue_size(&self->r), 8);
    ck_assert_uint_ne(rig_id(&self->r), 0);
    ck_assert_uint_ge(rig_stats(&self->r).accepted, 1);
}

static void ignore_wakeup(void *user)
{
    (void)user;
}

static void act_events(trial *self)
{
    webc_events *events = self->r.events;
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(events, 0, &event), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(webc_events_dispatch(events), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_ge(webc_events_native_handle(events), 0);
    ck_ok(webc_events_set_wakeup(events, ignore_wakeup, NULL));
    ck_ok(webc_events_set_wakeup(events, NULL, NULL));
    webc_events_interrupt(events);
    webc_events *other = NULL;
    ck_ok(webc_events_create(&other, NULL));
    ck_assert_int_eq(webc_events_dispatch(other), 0);
    webc_events_destroy(&other);
}

/* A second codec on the same events comes and goes. */
static void act_second_codec(trial *self)
{
    rig second;
    rig_begin_on(&second, self->r.media, self->r.events);
    rig_create(&second, NULL);
    ck_ok(rig_configure(&second, "vp8"));
    ck_ok(rig_flush(&second, 1));
    rig_destroy(&second);
    scripted_deinit(&second.script);
}

static void act_values(trial *self)
{
    static uint8_t picture[PICTURE_BYTES];
    webc_frame_params params;
    webc_frame *frame = NULL;
    webc_support support;
    webc_video_decoder_config config;
    picture_params(&params, 0);
    ck_ok(webc_frame_wrap_with_event(&frame, &params, picture, sizeof picture, self->r.events, 1));
    webc_frame_unref(&frame);
    frame = make_frame(1, 0);
    webc_frame_unref(&frame);
    webc_chunk *chunk = make_chunk(1, 0);
    webc_chunk_unref(&chunk);
    ck_assert_uint_ge(get_stats().events, 1);
    webc_support_init(&support, sizeof support);
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = "vp8";
    ck_ok(webc_video_decoder_is_config_supported(&config, &support));
    ck_ok(webc_video_decoder_query_support(self->r.events, &config, 1));
}

static void (*const actions[])(trial *) = {
    act_configure,
    act_input,
    act_flush,
    act_reset,
    act_reset_and_begin_again,
    act_close,
    act_reclaim,
    act_destroy,
    act_close_and_destroy,
    act_getters,
    act_events,
    act_second_codec,
    act_values,
};
#define ACTIONS (sizeof actions / sizeof actions[0])

static void run_action(void *user, const webc_event *event)
{
    trial *self = user;
    journal_add(&self->r.log, event);
    if (event->type != self->at || self->fired++)
        return;
    uint32_t type = event->type;
    self->action(self);
    /* The event is the callback's until it returns, whatever happened to the codec. */
    ck_assert_uint_eq(event->type, type);
    if (event->frame)
        scripted_frame_number(event->frame);
    if (event->chunk)
        scripted_chunk_number(event->chunk);
    if (event->message)
        ck_assert_str_ne(event->message, "");
}

static void begin_trial(trial *self, uint32_t media, uint32_t at, void (*action)(trial *))
{
    *self = (trial){.at = at, .action = action};
    rig_begin(&self->r, media);
    if (at == WEBC_EVENT_ERROR)
        self->r.script.fail_at[SCRIPTED_SEND] = 2;
    rig_create(&self->r, &(rig_params){
                             .user = self,
                             .output = run_action,
                             .error = run_action,
                             .dequeue = run_action,
                             .flushed = run_action,
                         });
    ck_ok(rig_configure(&self->r, "vp8"));
}

/* Dispatch until the action has run; what it left queued is dispatched once more. */
static void dispatch_trial(trial *self)
{
    int64_t fd = webc_events_native_handle(self->r.events);
    while (!self->fired) {
        wait_readable(fd);
        ck_assert_int_ge(webc_events_dispatch(self->r.events), 0);
    }
    ck_assert_int_ge(webc_events_dispatch(self->r.events), 0);
}

/* A codec that was not closed codes on. */
static void check_usable(trial *self)
{
    rig *r = &self->r;
    if ((!r->decoder && !r->encoder) || rig_state(r) == WEBC_STATE_CLOSED)
        return;
    ck_ok(rig_reset(r));
    ck_ok(rig_configure(r, "vp8"));
    journal_take(&r->log, r->events);
    journal_clear(&r->log);
    rig_inputs(r, 2);
    ck_assert_int_eq(rig_finish(r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r->log, rig_output(r)), 2);
}

static void check_callback(uint32_t media, uint32_t at)
{
    for (size_t i = 0; i < ACTIONS; i++) {
        trial self;
        begin_trial(&self, media, at, actions[i]);
        rig_inputs(&self.r, 3);
        ck_ok(rig_flush(&self.r, 1));
        ck_ok(rig_flush(&self.r, 2));
        dispatch_trial(&self);
        ck_assert_uint_ge(self.fired, 1);
        check_usable(&self);
        rig_end(&self.r);
    }
}

/* P-20, T45. */
TEST_BOTH(every_call_is_legal_inside_output)
{
    check_callback(media, media == WEBC_MEDIA_VIDEO_DECODER ? WEBC_EVENT_FRAME : WEBC_EVENT_CHUNK);
}

/* P-20, T45. */
TEST_BOTH(every_call_is_legal_inside_dequeue)
{
    check_callback(media, WEBC_EVENT_DEQUEUE);
}

/* P-20. */
TEST_BOTH(every_call_is_legal_inside_flushed)
{
    check_callback(media, WEBC_EVENT_FLUSHED);
}

/* P-20, T45. */
TEST_BOTH(every_call_is_legal_inside_error)
{
    check_callback(media, WEBC_EVENT_ERROR);
}

/* T23, P-12: one of the calls that end an epoch, in the first output of a batch of five. */
TEST_BOTH(reset_close_and_destroy_cut_off_the_rest_of_a_batch)
{
    static void (*const ends[])(trial *) = {act_reset, act_reset_and_begin_again, act_close, act_destroy};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        trial self;
        uint32_t at = media == WEBC_MEDIA_VIDEO_DECODER ? WEBC_EVENT_FRAME : WEBC_EVENT_CHUNK;
        begin_trial(&self, media, at, ends[i]);
        scripted_park(&self.r.script, SCRIPTED_DRAIN);
        rig_inputs(&self.r, 5);
        ck_ok(rig_flush(&self.r, 1));
        scripted_wait_parked(&self.r.script, SCRIPTED_DRAIN);
        dispatch_trial(&self);
        ck_assert_uint_eq(journal_count(&self.r.log, at), 1);
        ck_assert_uint_eq(journal_count(&self.r.log, WEBC_EVENT_FLUSHED), i == 3 ? 0 : 1);
        scripted_release(&self.r.script, SCRIPTED_DRAIN);
        rig_end(&self.r);
    }
}

/* P-16: in the error callback the state reads closed, and the completions come after it. */
TEST_BOTH(the_error_callback_comes_before_the_completions)
{
    trial self;
    begin_trial(&self, media, WEBC_EVENT_ERROR, act_getters);
    rig_inputs(&self.r, 3);
    ck_ok(rig_flush(&self.r, 1));
    dispatch_trial(&self);
    ck_assert_uint_eq(journal_count(&self.r.log, WEBC_EVENT_ERROR), 1);
    ck_assert_uint_lt(journal_position(&self.r.log, WEBC_EVENT_ERROR, 0),
                      journal_position(&self.r.log, WEBC_EVENT_FLUSHED, 0));
    ck_assert_int_eq(journal_at(&self.r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ENCODING);
    rig_end(&self.r);
}

/* H50: a host lock that a callback takes, while another thread holds it and calls the API. */
typedef struct host {
    rig r;
    pthread_mutex_t lock;
    _Atomic bool stop;
} host;

static void take_host_lock(void *user, const webc_event *event)
{
    host *self = user;
    pthread_mutex_lock(&self->lock);
    journal_add(&self->r.log, event);
    pthread_mutex_unlock(&self->lock);
}

static void *call_under_host_lock(void *arg)
{
    host *self = arg;
    while (!self->stop) {
        pthread_mutex_lock(&self->lock);
        rig_queue_size(&self->r);
        rig_state(&self->r);
        rig_stats(&self->r);
        webc_events_interrupt(self->r.events);
        pthread_mutex_unlock(&self->lock);
    }
    return NULL;
}

TEST_BOTH(callbacks_run_without_a_lock_of_the_library)
{
    host self = {.stop = false};
    pthread_t thread;
    pthread_mutex_init(&self.lock, NULL);
    rig_begin(&self.r, media);
    rig_create(&self.r, &(rig_params){.user = &self, .output = take_host_lock, .flushed = take_host_lock});
    ck_ok(rig_configure(&self.r, "vp8"));
    int64_t fd = webc_events_native_handle(self.r.events);
    ck_assert_int_eq(pthread_create(&thread, NULL, call_under_host_lock, &self), 0);
    rig_inputs(&self.r, 100);
    ck_ok(rig_flush(&self.r, 1));
    while (journal_count(&self.r.log, WEBC_EVENT_FLUSHED) == 0) {
        wait_readable(fd);
        ck_assert_int_ge(webc_events_dispatch(self.r.events), 0);
    }
    self.stop = true;
    pthread_join(thread, NULL);
    ck_assert_uint_eq(journal_count(&self.r.log, rig_output(&self.r)), 100);
    rig_end(&self.r);
    pthread_mutex_destroy(&self.lock);
}

LEAK_CHECKED_MAIN("reentrancy", 30, BOTH(every_call_is_legal_inside_output),
                  BOTH(every_call_is_legal_inside_dequeue), BOTH(every_call_is_legal_inside_flushed),
                  BOTH(every_call_is_legal_inside_error),
                  BOTH(reset_close_and_destroy_cut_off_the_rest_of_a_batch),
                  BOTH(the_error_callback_comes_before_the_completions),
                  BOTH(callbacks_run_without_a_lock_of_the_library))
