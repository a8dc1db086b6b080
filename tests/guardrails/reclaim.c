/* SPDX-License-Identifier: MIT */
/* A host takes a codec back: Close(QuotaExceededError) at the delivery of the ERROR, and the clock it goes by.
 */
#include <string.h>
#include <time.h>

#include "codec_rig.h"
#include "shared/hooks.h"

/* What follows the ERROR, which is number `at` of the journal: `flushes` completions with its result. */
static void check_reclaimed(rig *r, size_t at, size_t flushes)
{
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_ERROR), 1);
    ck_assert_uint_eq(r->log.count, at + 1 + flushes);
    const seen *error = &r->log.items[at];
    ck_assert_uint_eq(error->type, WEBC_EVENT_ERROR);
    ck_assert_ptr_nonnull(strstr(error->message, "reclaimed"));
    for (size_t i = at; i < r->log.count; i++) {
        ck_assert_int_eq(r->log.items[i].result, WEBC_ERROR_QUOTA_EXCEEDED);
        ck_assert(i == at || r->log.items[i].type == WEBC_EVENT_FLUSHED);
        ck_assert(i == at || r->log.items[i].queue_size == 0);
    }
    ck_assert_uint_eq(rig_state(r), WEBC_STATE_CLOSED);
    ck_assert_int_eq(rig_reclaim(r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_input(r), WEBC_ERROR_INVALID_STATE);
    ck_assert(is_queue_empty(r->events));
}

/* P-15, P-16, P-22: with a worker that stands still; state changes when the ERROR is taken, completions follow.
 */
TEST_BOTH(a_busy_codec_is_closed_when_the_error_is_taken)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 3);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_flush(&r, 7));
    ck_ok(rig_flush(&r, 8));
    ck_ok(rig_reclaim(&r));
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CONFIGURED);
    ck_assert_uint_eq(rig_queue_size(&r), 3);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.items[0].type, WEBC_EVENT_DEQUEUE);
    check_reclaimed(&r, 1, 2);
    ck_assert_uint_eq(r.log.items[1].queue_size, 2);
    ck_assert_uint_eq(r.log.items[2].tag, 7);
    ck_assert_uint_eq(r.log.items[3].tag, 8);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), 1);
    rig_end(&r);
}

/* P-15, P-22: what was queued before comes out, nothing does after it, and a completion not taken yet fails
 * too. */
TEST_BOTH(outputs_before_the_error_are_told_and_none_after_it)
{
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 2);
    journal_until(&r.log, r.events, rig_output(&r), 1);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_reclaim(&r));
    rig_inputs(&r, 2);
    scripted_wait_calls(&r.script, SCRIPTED_SEND, 4);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    bool flushed_before = r.log.items[r.log.count - 1].result == WEBC_OK;
    journal_take(&r.log, r.events);
    check_reclaimed(&r, journal_position(&r.log, WEBC_EVENT_ERROR, 0), !flushed_before);
    rig_end(&r);
}

/* P-22, T44: a second reclaim adds nothing, and a codec that fails already keeps its own error. */
TEST_BOTH(there_is_one_error_and_the_first_stays)
{
    rig r;
    rig_start(&r, media);
    ck_ok(rig_reclaim(&r));
    ck_ok(rig_reclaim(&r));
    journal_take(&r.log, r.events);
    check_reclaimed(&r, 0, 0);
    rig_end(&r);

    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "no codec"));
    wait_readable(webc_events_native_handle(r.events));
    ck_ok(rig_reclaim(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 1);
    ck_assert_int_eq(r.log.items[0].result, WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    rig_end(&r);
}

/* P-22: a codec without a configuration is closed as well. */
TEST_BOTH(an_unconfigured_codec_can_be_reclaimed)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_ok(rig_reclaim(&r));
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_UNCONFIGURED);
    journal_take(&r.log, r.events);
    check_reclaimed(&r, 0, 0);
    rig_end(&r);
}

/* P-11, P-12, P-14: reset, close and destroy before the error is taken drop it; after a reset all goes on. */
TEST_BOTH(an_error_not_taken_is_dropped_with_its_epoch)
{
    rig r;
    rig_start(&r, media);
    ck_ok(rig_reclaim(&r));
    ck_ok(rig_reset(&r));
    ck_assert(is_queue_empty(r.events));
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_ok(rig_reclaim(&r));
    ck_ok(rig_close(&r));
    ck_assert_int_eq(rig_reclaim(&r), WEBC_ERROR_INVALID_STATE);
    ck_assert(is_queue_empty(r.events));
    rig_end(&r);
    rig_start(&r, media);
    ck_ok(rig_reclaim(&r));
    rig_end(&r);
}

/* VE-07, P-22: a worker that waits for room among the outputs is let go. */
TEST_BOTH(a_worker_without_room_is_let_go)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.max_outputs = 1});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 4);
    scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, 2);
    ck_ok(rig_reclaim(&r));
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    check_reclaimed(&r, r.log.count - 1, 0);
    rig_end(&r);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* P-22: progress is what the worker does, on the documented clock, and not what the caller asks for. */
TEST_BOTH(last_progress_follows_the_worker)
{
    rig r;
    int64_t before = now_us();
    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_assert_int_ge(rig_last_progress(&r), before);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    int64_t parked = rig_last_progress(&r);
    ck_assert_int_le(parked, now_us());
    rig_inputs(&r, 3);
    ck_ok(rig_flush(&r, 1));
    journal_take(&r.log, r.events);
    ck_assert_int_eq(rig_last_progress(&r), parked);
    int64_t released = now_us();
    scripted_release(&r.script, SCRIPTED_SEND);
    journal_until(&r.log, r.events, rig_output(&r), 3);
    ck_assert_int_ge(rig_last_progress(&r), released);
    ck_assert_int_le(rig_last_progress(&r), now_us());
    rig_end(&r);
}

/* H66: however many there are and however long they idle, no codec is closed that nobody asked to close. */
TEST_BOTH(nothing_is_reclaimed_unasked)
{
    enum { CODECS = 100 };
    static rig rigs[CODECS];
    webc__hooks.holds_clock = true;
    webc_events *events = make_events();
    for (size_t i = 0; i < CODECS; i++) {
        rig_begin_on(&rigs[i], media, events);
        rig_create(&rigs[i], NULL);
        ck_ok(rig_configure(&rigs[i], "vp8"));
        rig_inputs(&rigs[i], 1);
        ck_assert_int_eq(rig_finish(&rigs[i]), WEBC_OK);
    }
    rig *busy = &rigs[CODECS - 1];
    for (int day = 1; day <= 1000; day++) {
        webc__test_clock_set(day * INT64_C(86400) * 1000000);
        rig_inputs(busy, 1);
        ck_assert_int_eq(rig_finish(busy), WEBC_OK);
    }
    ck_assert_uint_eq(journal_count(&busy->log, WEBC_EVENT_ERROR), 0);
    for (size_t i = 0; i < CODECS; i++) {
        ck_assert_uint_eq(journal_count(&rigs[i].log, WEBC_EVENT_ERROR), 0);
        ck_assert_uint_eq(rig_state(&rigs[i]), WEBC_STATE_CONFIGURED);
        rig_inputs(&rigs[i], 1);
        ck_assert_int_eq(rig_finish(&rigs[i]), WEBC_OK);
    }
    webc_events_destroy(&events);
    for (size_t i = 0; i < CODECS; i++)
        rig_destroy(&rigs[i]);
    for (size_t i = 0; i < CODECS; i++)
        rig_end(&rigs[i]);
}

/* P-22: NULL. */
START_TEST(null_has_no_progress_and_is_not_reclaimed)
{
    ck_assert_int_eq(webc_video_decoder_last_progress(NULL), 0);
    ck_assert_int_eq(webc_video_encoder_last_progress(NULL), 0);
    ck_assert_int_eq(webc_video_decoder_reclaim(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_reclaim(NULL), WEBC_ERROR_TYPE);
}
END_TEST

LEAK_CHECKED_MAIN("reclaim", 60, BOTH(a_busy_codec_is_closed_when_the_error_is_taken),
                  BOTH(outputs_before_the_error_are_told_and_none_after_it),
                  BOTH(there_is_one_error_and_the_first_stays), BOTH(an_unconfigured_codec_can_be_reclaimed),
                  BOTH(an_error_not_taken_is_dropped_with_its_epoch), BOTH(a_worker_without_room_is_let_go),
                  BOTH(last_progress_follows_the_worker), BOTH(nothing_is_reclaimed_unasked),
                  null_has_no_progress_and_is_not_reclaimed)
