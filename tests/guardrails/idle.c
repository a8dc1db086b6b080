/* SPDX-License-Identifier: MIT */
/* IDLE: told when a codec has nothing left to do, behind all that it had to say, and never when that is over.
 */
#include <string.h>

#include "codec_rig.h"
#include "pump.h"

/* A codec that tells when it idles, on a worker that the test runs. */
static void start_pumped(rig *r, uint32_t media)
{
    pump_begin(NULL, NULL);
    rig_begin(r, media);
    rig_create(r, &(rig_params){.report_idle = 1, .max_outputs = 64});
    ck_ok(rig_configure(r, "vp8"));
}

static void end_pumped(rig *r)
{
    rig_destroy(r);
    pump_all();
    rig_end(r);
    pump_restart();
}

/* Take what is queued now, a letter each: output, dequeue, flushed, error, buffer released, idle. */
static const char *told(rig *r)
{
    static char text[64];
    static const char letters[] = "-oofde-bi";
    size_t from = r->log.count;
    journal_take(&r->log, r->events);
    ck_assert_uint_lt(r->log.count - from, sizeof text);
    for (size_t i = from; i < r->log.count; i++) {
        const seen *event = &r->log.items[i];
        ck_assert_uint_lt(event->type, sizeof letters - 1);
        ck_assert(event->type != WEBC_EVENT_IDLE || (!event->queue_size && event->codec_id == rig_id(r)));
        text[i - from] = letters[event->type];
    }
    text[r->log.count - from] = 0;
    return text;
}

/* Take one event, which is of `type`. */
static void take(rig *r, uint32_t type)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(r->events, 0, &event), 1);
    ck_assert_uint_eq(event.type, type);
    webc_event_clear(&event);
}

TEST_BOTH(one_comes_behind_all_that_was_accepted)
{
    rig r;
    start_pumped(&r, media);
    rig_inputs(&r, 16);
    pump_all();
    ck_assert_str_eq(told(&r), "dooooooooooooooooi");
    pump_all();
    ck_assert_str_eq(told(&r), "");
    end_pumped(&r);
}

/* Between any two turns of the worker: none, until the last message is done with. */
TEST_BOTH(none_comes_while_a_message_waits)
{
    rig r;
    start_pumped(&r, media);
    rig_inputs(&r, 2);
    ck_ok(rig_flush(&r, 1));
    static const char *const steps[] = {"", "do", "do", "fi"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(told(&r), "");
        ck_assert(pump_step(0));
        ck_assert_str_eq(told(&r), steps[i]);
    }
    end_pumped(&r);
}

/* What is told where the worker has made an output that there is no room for, or before its last step. */
typedef struct look {
    rig r;
    unsigned full;
    unsigned ends;
} look;

static void look_for_none(void *user, webc__latch_point point)
{
    look *l = user;
    if (point == WEBC__LATCH_WINDOW_FULL)
        l->full++;
    else if (point == WEBC__LATCH_BEFORE_IDLE)
        l->ends++;
    else
        return;
    ck_assert_ptr_null(strchr(told(&l->r), 'i'));
}

TEST_BOTH(none_comes_while_the_worker_waits_for_room)
{
    look l = {.full = 0};
    pump_begin(look_for_none, &l);
    rig_begin(&l.r, media);
    rig_create(&l.r, &(rig_params){.report_idle = 1, .max_outputs = 1});
    ck_ok(rig_configure(&l.r, "vp8"));
    l.r.script.delay = 4;
    rig_inputs(&l.r, 4);
    ck_ok(rig_flush(&l.r, 1));
    pump_all();
    ck_assert_uint_eq(l.full, 3);
    ck_assert_uint_eq(l.ends, 6);
    ck_assert_str_eq(told(&l.r), "i");
    end_pumped(&l.r);
}

/* The queue, its count and the descriptor are as if it had never been there. */
TEST_BOTH(one_that_was_not_taken_is_taken_back_by_a_new_message)
{
    rig r;
    start_pumped(&r, media);
    int64_t fd = webc_events_native_handle(r.events);
    for (int way = 0; way < 3; way++) {
        pump_all();
        ck_assert(is_readable(fd));
        ck_assert_uint_eq(get_stats().queued_events, 1);
        ck_ok(way == 0 ? rig_input(&r) : way == 1 ? rig_flush(&r, 1) : rig_configure(&r, "vp8"));
        ck_assert(!is_readable(fd));
        ck_assert_uint_eq(get_stats().queued_events, 0);
        ck_assert_str_eq(told(&r), "");
        pump_all();
        ck_assert(is_readable(fd));
        ck_assert_str_eq(told(&r), way == 0 ? "doi" : way == 1 ? "fi" : "i");
        ck_assert(!is_readable(fd));
        ck_ok(rig_configure(&r, "vp8"));
    }
    end_pumped(&r);
}

/* A refused call takes nothing back. */
TEST_BOTH(one_stays_where_a_call_is_refused)
{
    rig r;
    start_pumped(&r, media);
    pump_all();
    ck_assert_int_eq(rig_configure(&r, ""), WEBC_ERROR_TYPE);
    ck_assert_str_eq(told(&r), "i");
    ck_ok(rig_reset(&r));
    ck_assert_int_eq(rig_input(&r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_flush(&r, 1), WEBC_ERROR_INVALID_STATE);
    ck_assert_str_eq(told(&r), "i");
    end_pumped(&r);
}

/* Its neighbours stay, those of the codec and others: before it and behind it, taken before or not. */
TEST_BOTH(one_is_taken_back_from_among_others)
{
    for (int taken = 0; taken < 4; taken++) {
        for (int behind = 0; behind < 2; behind++) {
            rig r;
            start_pumped(&r, media);
            post_event(r.events, 1);
            rig_inputs(&r, 1);
            pump_all();
            post_event(r.events, 2);
            if (behind)
                ck_ok(rig_reclaim(&r));
            const uint32_t first[] = {WEBC_EVENT_BUFFER_RELEASED, WEBC_EVENT_DEQUEUE, rig_output(&r)};
            for (int i = 0; i < taken; i++)
                take(&r, first[i]);
            ck_ok(rig_flush(&r, 1));
            char expected[16];
            snprintf(expected, sizeof expected, "%sb%s", &"bdo"[taken], behind ? "efi" : "");
            ck_assert_str_eq(told(&r), expected);
            pump_all();
            ck_assert_str_eq(told(&r), behind ? "" : "fi");
            end_pumped(&r);
        }
    }
}

/* One behind the ERROR goes with its epoch, one comes behind the last completion, and none while it waits. */
TEST_BOTH(one_comes_last_behind_an_error)
{
    rig r;
    start_pumped(&r, media);
    r.script.fail_at[SCRIPTED_SEND] = 2;
    rig_inputs(&r, 3);
    ck_ok(rig_flush(&r, 1));
    pump_all();
    ck_assert_str_eq(told(&r), "doefi");
    pump_all();
    ck_assert_str_eq(told(&r), "");
    end_pumped(&r);
}

TEST_BOTH(one_comes_last_behind_reset_and_close)
{
    for (int closes = 0; closes < 2; closes++) {
        for (unsigned turns = 0; turns < 6; turns++) {
            rig r;
            start_pumped(&r, media);
            rig_inputs(&r, 3);
            ck_ok(rig_flush(&r, 1));
            for (unsigned i = 0; i < turns; i++)
                pump_step(0);
            ck_ok(closes ? rig_close(&r) : rig_reset(&r));
            ck_assert_str_eq(told(&r), "dfi");
            pump_all();
            ck_assert_str_eq(told(&r), "");
            ck_assert_int_eq(rig_reset(&r), closes ? WEBC_ERROR_INVALID_STATE : WEBC_OK);
            ck_assert_str_eq(told(&r), closes ? "" : "i");
            end_pumped(&r);
        }
    }
}

/* What a reset finds in the hand of the worker is not counted among what came after it. */
static void reset_and_go_on(void *user, webc__latch_point point)
{
    look *l = user;
    if (point != WEBC__LATCH_BEFORE_IDLE || l->ends++)
        return;
    ck_ok(rig_reset(&l->r));
    ck_ok(rig_configure(&l->r, "vp8"));
    ck_ok(rig_input(&l->r));
}

TEST_BOTH(a_message_of_a_passed_epoch_does_not_count)
{
    look l = {.ends = 0};
    pump_begin(reset_and_go_on, &l);
    rig_begin(&l.r, media);
    rig_create(&l.r, &(rig_params){.report_idle = 1});
    ck_ok(rig_configure(&l.r, "vp8"));
    ck_assert(pump_step(0)); /* the configure, and the reset at its end */
    ck_assert(pump_step(0)); /* what the reset left */
    ck_assert(pump_step(0));
    ck_assert_str_eq(told(&l.r), "");
    pump_all();
    ck_assert_str_eq(told(&l.r), "doi");
    end_pumped(&l.r);
}

TEST_BOTH(a_destroyed_codec_tells_nothing)
{
    rig r;
    start_pumped(&r, media);
    pump_all();
    rig_destroy(&r);
    pump_all();
    ck_assert(is_queue_empty(r.events));
    end_pumped(&r);
}

TEST_BOTH(none_comes_unasked)
{
    pump_begin(NULL, NULL);
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 1));
    pump_all();
    ck_assert_str_eq(told(&r), "dof");
    ck_ok(rig_reset(&r));
    ck_ok(rig_reclaim(&r));
    ck_assert_str_eq(told(&r), "e");
    end_pumped(&r);
}

/* A worker that hangs never idles; the control side does once the codec is closed. */
TEST_BOTH(a_codec_that_hangs_idles_when_it_is_closed)
{
    rig r;
    webc__hooks.holds_clock = true;
    webc__test_clock_set(0);
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.report_idle = 1, .watchdog_us = 1000});
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    webc__test_clock_set(1000);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    ck_assert_str_eq(told(&r), "i");
    rig_destroy(&r);
    scripted_release(&r.script, SCRIPTED_SEND);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    rig_end(&r);
}

typedef struct counted {
    rig r;
    unsigned idles;
} counted;

static void count_idle(void *user, const webc_event *event)
{
    counted *c = user;
    ck_assert_uint_eq(event->type, WEBC_EVENT_IDLE);
    c->idles++;
    if (c->idles < 4)
        rig_inputs(&c->r, 1);
}

/* Dispatch gives it to its own callback, which may call the codec. */
TEST_BOTH(the_callback_may_give_the_codec_new_work)
{
    counted c = {.idles = 0};
    pump_begin(NULL, NULL);
    rig_begin(&c.r, media);
    rig_create(&c.r, &(rig_params){.report_idle = 1, .user = &c, .idle = count_idle});
    ck_ok(rig_configure(&c.r, "vp8"));
    for (unsigned round = 1; round <= 5; round++) {
        pump_all();
        webc_events_dispatch(c.r.events);
        ck_assert_uint_eq(c.idles, round < 4 ? round : 4);
    }
    end_pumped(&c.r);
}

/* Beside a worker with a thread: whenever one is told, all that was accepted was told before. */
TEST_BOTH(one_is_never_stale)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.report_idle = 1});
    ck_ok(rig_configure(&r, "vp8"));
    uint64_t flushes = 0;
    uint32_t random = 1;
    size_t checked = 0;
    for (uint64_t i = repeats(20000, 200000); i; i--) {
        random = random * 1664525u + 1013904223u;
        if (random >> 30) {
            rig_inputs(&r, 1);
        } else {
            ck_ok(rig_flush(&r, 0));
            flushes++;
        }
        if (random >> 28 & 1)
            journal_take(&r.log, r.events);
        for (; checked < r.log.count && r.log.items[checked].type != WEBC_EVENT_IDLE; checked++) {
        }
        if (checked == r.log.count)
            continue;
        ck_assert_uint_eq(++checked, r.log.count);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), r.next);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), flushes);
    }
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, flushes);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("idle", 60, BOTH(one_comes_behind_all_that_was_accepted),
                  BOTH(none_comes_while_a_message_waits), BOTH(none_comes_while_the_worker_waits_for_room),
                  BOTH(one_that_was_not_taken_is_taken_back_by_a_new_message),
                  BOTH(one_stays_where_a_call_is_refused), BOTH(one_is_taken_back_from_among_others),
                  BOTH(one_comes_last_behind_an_error), BOTH(one_comes_last_behind_reset_and_close),
                  BOTH(a_message_of_a_passed_epoch_does_not_count), BOTH(a_destroyed_codec_tells_nothing),
                  BOTH(none_comes_unasked), BOTH(a_codec_that_hangs_idles_when_it_is_closed),
                  BOTH(the_callback_may_give_the_codec_new_work), BOTH(one_is_never_stale))
