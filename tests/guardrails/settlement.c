/* SPDX-License-Identifier: MIT */
/* Every accepted flush is settled exactly once, with the right result, and an error is told exactly once. */
#include <string.h>

#include "codec_rig.h"

/* The flushes with tags 1 to `count` were settled in order, each once and with `result`, and no others. */
static void check_settled(rig *r, size_t count, webc_result result)
{
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_FLUSHED), count);
    for (size_t i = 0; i < count; i++) {
        const seen *event = journal_at(&r->log, WEBC_EVENT_FLUSHED, i);
        ck_assert_uint_eq(event->tag, i + 1);
        ck_assert_int_eq(event->result, result);
        ck_assert_int_eq(event->message[0] != '\0', result != WEBC_OK);
        ck_assert_uint_eq(event->codec_id, rig_id(r));
        ck_assert_uint_eq(event->media, r->media);
    }
    webc_codec_stats stats = rig_stats(r);
    ck_assert_uint_eq(stats.flushes, count);
    ck_assert_uint_eq(stats.flushed, count);
    ck_assert_uint_eq(stats.abandoned, 0);
}

static void cut_off(rig *r, bool by_close, scripted_point point)
{
    scripted_park(&r->script, point);
    rig_inputs(r, 3);
    for (uint64_t tag = 1; tag <= 3; tag++)
        ck_ok(rig_flush(r, tag));
    scripted_wait_parked(&r->script, point);
    ck_ok(by_close ? rig_close(r) : rig_reset(r));
    journal_take(&r->log, r->events);
    check_settled(r, 3, WEBC_ERROR_ABORT);
    ck_assert_uint_eq(journal_count(&r->log, rig_output(r)), 0);
    scripted_release(&r->script, point);
}

/* H01, P-14: the settlement does not wait for the worker, which is stopped throughout. */
TEST_BOTH(flushes_cut_off_by_close_end_with_abort_once_each)
{
    for (scripted_point point = SCRIPTED_OPEN; point <= SCRIPTED_DRAIN; point++) {
        rig r;
        rig_start(&r, media);
        cut_off(&r, true, point);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
        ck_assert_int_eq(rig_flush(&r, 9), WEBC_ERROR_INVALID_STATE);
        size_t before = r.log.count;
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(r.log.count, before);
        rig_end(&r);
    }
}

/* H02, P-11, P-12, P-02: and the codec goes on; what was queued behind the reset is processed. */
TEST_BOTH(configure_and_inputs_behind_a_reset_are_processed)
{
    for (scripted_point point = SCRIPTED_OPEN; point <= SCRIPTED_DRAIN; point++) {
        rig r;
        rig_start(&r, media);
        cut_off(&r, false, point);
        ck_assert_uint_eq(rig_state(&r), WEBC_STATE_UNCONFIGURED);
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 2);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 2);
        ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), 0)->number, 3);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), 4);
        rig_end(&r);
    }
}

/* H02, P-13: with the worker stopped, everything behind the reset is queued before the worker can act on the
 * reset. */
TEST_BOTH(a_reset_does_not_eat_the_configure_that_follows_it)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 2);
    ck_ok(rig_flush(&r, 1));
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 2);
    ck_ok(rig_flush(&r, 2));
    scripted_release(&r.script, SCRIPTED_SEND);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 2);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ABORT);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 1)->result, WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 2);
    ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), 0)->number, 2);
    webc_codec_stats stats = rig_stats(&r);
    ck_assert_uint_eq(stats.accepted, 4);
    ck_assert_uint_eq(stats.taken, 3);
    ck_assert_uint_eq(stats.cancelled, 1);
    rig_end(&r);
}

/* H12, P-19: configure while the worker is inside the old configuration, whose outputs come first. */
TEST_BOTH(a_second_configure_ends_the_first_properly)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 5;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 3);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    /* An encoder whose new config is equal stays open. */
    ck_ok(media == WEBC_MEDIA_VIDEO_ENCODER ? rig_configure_realtime(&r) : rig_configure(&r, "vp8"));
    rig_inputs(&r, 3);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), i)->number, i);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 2);
    ck_assert_uint_eq(r.script.most_live, 1);
    rig_end(&r);
}

/* H04: close with a full queue; every input has an outcome. */
TEST_BOTH(every_input_that_close_cut_off_is_counted)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 20);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_close(&r));
    webc_codec_stats stats = rig_stats(&r);
    ck_assert_uint_eq(stats.accepted, 20);
    ck_assert_uint_eq(stats.taken, 1);
    ck_assert_uint_eq(stats.cancelled, 19);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

static void reset_once(void *user, const webc_event *event)
{
    rig *r = user;
    journal_add(&r->log, event);
    if (journal_count(&r->log, rig_output(r)) == 1)
        ck_ok(rig_reset(r));
}

static void note(void *user, const webc_event *event)
{
    rig *r = user;
    journal_add(&r->log, event);
}

/* H05, T23, P-09: two flushes, and a reset from inside the first output of a batch. */
TEST_BOTH(overlapping_flushes_are_both_cut_off_by_a_reset_in_an_output_callback)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.user = &r, .output = reset_once, .error = note, .flushed = note});
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_DRAIN);
    rig_inputs(&r, 4);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_flush(&r, 2));
    scripted_wait_parked(&r.script, SCRIPTED_DRAIN); /* the four outputs are queued */
    ck_assert_int_ge(webc_events_dispatch(r.events), 1);
    ck_assert_int_ge(webc_events_dispatch(r.events), 2);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 1);
    check_settled(&r, 2, WEBC_ERROR_ABORT);
    scripted_release(&r.script, SCRIPTED_DRAIN);
    rig_end(&r);
}

/* H06, P-08, P-09, T21: outputs of all inputs before a flush come before its completion; completions in call
 * order. */
TEST_BOTH(outputs_come_before_the_completion_of_the_flush)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 5;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 8);
    ck_ok(rig_flush(&r, 1));
    rig_inputs(&r, 8);
    ck_ok(rig_flush(&r, 2));
    ck_ok(rig_flush(&r, 3));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 3);
    check_settled(&r, 3, WEBC_OK);
    size_t first = journal_position(&r.log, WEBC_EVENT_FLUSHED, 0);
    ck_assert_uint_lt(journal_position(&r.log, rig_output(&r), 7), first);
    ck_assert_uint_gt(journal_position(&r.log, rig_output(&r), 8), first);
    ck_assert_uint_lt(journal_position(&r.log, rig_output(&r), 15),
                      journal_position(&r.log, WEBC_EVENT_FLUSHED, 1));
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 16);
    rig_end(&r);
}

/* Decision 1: nothing of the backend is opened before the first input. */
TEST_BOTH(a_flush_without_inputs_settles_and_opens_nothing)
{
    rig r;
    rig_start(&r, media);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 0);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), 2);
    ck_assert_uint_eq(r.log.count, 2);
    ck_ok(rig_reset(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 2);
    rig_end(&r);
}

/* T23, P-12: reset drops outputs that were posted already. */
TEST_BOTH(reset_and_close_drop_outputs_already_posted)
{
    for (int by_close = 0; by_close < 2; by_close++) {
        rig r;
        rig_start(&r, media);
        scripted_park(&r.script, SCRIPTED_DRAIN);
        rig_inputs(&r, 5);
        ck_ok(rig_flush(&r, 1));
        scripted_wait_parked(&r.script, SCRIPTED_DRAIN);
        ck_assert_uint_eq(rig_stats(&r).outputs, 5);
        ck_ok(by_close ? rig_close(&r) : rig_reset(&r));
        ck_assert_uint_eq(rig_stats(&r).dropped, 5);
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 0);
        check_settled(&r, 1, WEBC_ERROR_ABORT);
        ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->generation, 1);
        scripted_release(&r.script, SCRIPTED_DRAIN);
        rig_end(&r);
    }
}

/* The caller has not heard of the completion, so its promise is pending still. */
TEST_BOTH(a_completed_flush_that_was_not_delivered_ends_with_abort_at_reset)
{
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 1));
    scripted_wait_calls(&r.script, SCRIPTED_DRAIN, 1);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND); /* the completion is queued */
    ck_assert_uint_eq(rig_stats(&r).flushed, 1);
    ck_ok(rig_reset(&r));
    journal_take(&r.log, r.events);
    check_settled(&r, 1, WEBC_ERROR_ABORT);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

/* Destroying the events object abandons flushes, and says so. */
TEST_BOTH(flushes_given_up_by_destroy_are_counted)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_flush(&r, 2));
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    webc_events_destroy(&r.events);
    webc_codec_stats stats = rig_stats(&r);
    ck_assert_uint_eq(stats.flushes, 2);
    ck_assert_uint_eq(stats.flushed, 0);
    ck_assert_uint_eq(stats.abandoned, 2);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

TEST_BOTH(no_event_comes_after_destroy)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_DRAIN);
    rig_inputs(&r, 5);
    ck_ok(rig_flush(&r, 1));
    scripted_wait_parked(&r.script, SCRIPTED_DRAIN);
    rig_destroy(&r);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 0);
    ck_assert_uint_eq(get_stats().queued_events, 0);
    scripted_release(&r.script, SCRIPTED_DRAIN);
    ck_ok(webc_drain_workers(-1));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 0);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("settlement", 20, BOTH(flushes_cut_off_by_close_end_with_abort_once_each),
                  BOTH(configure_and_inputs_behind_a_reset_are_processed),
                  BOTH(a_reset_does_not_eat_the_configure_that_follows_it),
                  BOTH(a_second_configure_ends_the_first_properly),
                  BOTH(every_input_that_close_cut_off_is_counted),
                  BOTH(overlapping_flushes_are_both_cut_off_by_a_reset_in_an_output_callback),
                  BOTH(outputs_come_before_the_completion_of_the_flush),
                  BOTH(a_flush_without_inputs_settles_and_opens_nothing),
                  BOTH(reset_and_close_drop_outputs_already_posted),
                  BOTH(a_completed_flush_that_was_not_delivered_ends_with_abort_at_reset),
                  BOTH(flushes_given_up_by_destroy_are_counted), BOTH(no_event_comes_after_destroy))
