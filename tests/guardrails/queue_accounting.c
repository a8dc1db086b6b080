/* SPDX-License-Identifier: MIT */
/* The queue size is true, DEQUEUE falls, no input is lost, and what a codec holds is bounded. */
#include <string.h>

#include "codec_rig.h"

/* H16, H17, P-01, P-04, P-07, T25: only inputs count, and the worker's takings once the notice of them was
 * delivered. */
TEST_BOTH(the_queue_size_counts_inputs_not_yet_taken)
{
    rig r;
    rig_start(&r, media);
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 7);
    ck_assert_uint_eq(rig_queue_size(&r), 7);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_assert_uint_eq(rig_queue_size(&r), 7);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_configure(&r, "vp8"));
    ck_assert_uint_eq(rig_queue_size(&r), 7);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 1);
    ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_DEQUEUE, 0)->queue_size, 6);
    ck_assert_uint_eq(rig_queue_size(&r), 6);
    rig_inputs(&r, 3);
    ck_assert_uint_eq(rig_queue_size(&r), 9);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    rig_end(&r);
}

/* H18, P-10: no DEQUEUE while the size has not fallen. */
TEST_BOTH(no_dequeue_comes_at_encode_or_decode)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 1);
    for (int i = 0; i < 10; i++) {
        rig_inputs(&r, 1);
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(r.log.count, 1);
    }
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

/* P-10, T25: sizes fall strictly, the last is 0, and it is told before the flush completes. */
TEST_BOTH(dequeue_falls_strictly_to_zero_before_the_completion)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 3;
    rig_create(&r, &(rig_params){.max_outputs = 2});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 50);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    uint32_t last = 50;
    size_t count = journal_count(&r.log, WEBC_EVENT_DEQUEUE);
    ck_assert_uint_ge(count, 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t size = journal_at(&r.log, WEBC_EVENT_DEQUEUE, i)->queue_size;
        ck_assert_uint_lt(size, last);
        last = size;
    }
    ck_assert_uint_eq(last, 0);
    ck_assert_uint_lt(journal_position(&r.log, WEBC_EVENT_DEQUEUE, count - 1),
                      journal_position(&r.log, WEBC_EVENT_FLUSHED, 0));
    rig_end(&r);
}

/* P-11, P-14: reset and close tell of a queue that they emptied. */
TEST_BOTH(reset_and_close_tell_that_the_queue_is_empty)
{
    for (int by_close = 0; by_close < 2; by_close++) {
        rig r;
        rig_start(&r, media);
        scripted_park(&r.script, SCRIPTED_SEND);
        rig_inputs(&r, 5);
        scripted_wait_parked(&r.script, SCRIPTED_SEND);
        ck_ok(by_close ? rig_close(&r) : rig_reset(&r));
        ck_assert_uint_eq(rig_queue_size(&r), 0);
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(r.log.count, 1);
        ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_DEQUEUE, 0)->queue_size, 0);
        scripted_release(&r.script, SCRIPTED_SEND);
        rig_end(&r);
    }
}

/* P-15: the ERROR empties the queue without a DEQUEUE, and says how many there were. */
TEST_BOTH(an_error_tells_how_long_the_queue_was)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 5);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(rig_queue_size(&r), 4);
    ck_ok(rig_reclaim(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_ERROR, 0)->queue_size, 4);
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

/* P-10, P-11: a reset that finds the queue empty takes back no notice that the reset before it gave. */
TEST_BOTH(a_second_reset_keeps_the_notice_of_the_first)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 2);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_reset(&r));
    ck_ok(rig_reset(&r));
    ck_ok(rig_close(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(r.log.count, 1);
    ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_DEQUEUE, 0)->queue_size, 0);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

/* H14, P-05, P-07: a producer that stops at 4 waiting inputs feeds a codec that looks 64 inputs ahead. */
TEST_BOTH(look_ahead_does_not_deadlock_a_producer_that_minds_the_queue)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 64;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    for (unsigned i = 0; i < 200; i++) {
        while (rig_queue_size(&r) >= 4)
            journal_until(&r.log, r.events, WEBC_EVENT_DEQUEUE, journal_count(&r.log, WEBC_EVENT_DEQUEUE) + 1);
        rig_inputs(&r, 1);
    }
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 200);
    rig_end(&r);
}

/* H15, T24: reset while an output is on its way. */
TEST_BOTH(a_late_worker_does_not_touch_the_size_of_a_new_session)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_RECEIVE);
    rig_inputs(&r, 3);
    scripted_wait_parked(&r.script, SCRIPTED_RECEIVE);
    ck_ok(rig_reset(&r));
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 2);
    ck_assert_uint_eq(rig_queue_size(&r), 2);
    scripted_release(&r.script, SCRIPTED_RECEIVE);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(rig_queue_size(&r), 1);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 0);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 2);
    rig_end(&r);
}

/* H19, VD-09: one input shows nothing, one shows two pictures; all else comes out, under its own number. */
START_TEST(inputs_without_or_with_two_pictures_hold_up_nothing)
{
    rig r;
    rig_begin(&r, WEBC_MEDIA_VIDEO_DECODER);
    r.script.drop_input = 3;
    r.script.double_input = 7;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 10);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    static const uint64_t expected[] = {0, 1, 3, 4, 5, 6, 6, 7, 8, 9};
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FRAME), 10);
    for (size_t i = 0; i < 10; i++) {
        const seen *frame = journal_at(&r.log, WEBC_EVENT_FRAME, i);
        ck_assert_uint_eq(frame->number, expected[i]);
        ck_assert_uint_eq(frame->tag, expected[i]);
        ck_assert_int_eq(frame->timestamp, (int64_t)expected[i] * 33333);
    }
    rig_end(&r);
}
END_TEST

/* H20: limits refuse at once and change nothing; taking events makes room. */
TEST_BOTH(queue_limits_refuse_and_change_nothing)
{
    uint64_t bytes = media == WEBC_MEDIA_VIDEO_DECODER ? SCRIPTED_CHUNK_SIZE : PICTURE_BYTES;
    for (int by_bytes = 0; by_bytes < 2; by_bytes++) {
        rig r;
        rig_params params = {0};
        if (by_bytes)
            params.max_queue_bytes = 4 * bytes - 1;
        else
            params.max_queue_size = 3;
        rig_begin(&r, media);
        rig_create(&r, &params);
        ck_ok(rig_configure(&r, "vp8"));
        scripted_park(&r.script, SCRIPTED_SEND);
        rig_inputs(&r, 3);
        scripted_wait_parked(&r.script, SCRIPTED_SEND);
        webc_codec_stats before = rig_stats(&r);
        uint64_t messages = get_stats().messages;
        for (int i = 0; i < 5; i++)
            ck_assert_int_eq(rig_input(&r), WEBC_ERROR_QUOTA_EXCEEDED);
        webc_codec_stats after = rig_stats(&r);
        ck_assert_mem_eq(&before, &after, sizeof before);
        ck_assert_uint_eq(get_stats().messages, messages);
        ck_assert_uint_eq(rig_queue_size(&r), 3);
        journal_take(&r.log, r.events);
        ck_assert_uint_eq(rig_queue_size(&r), 2);
        ck_ok(rig_input(&r));
        ck_assert_int_eq(rig_input(&r), WEBC_ERROR_QUOTA_EXCEEDED);
        ck_ok(rig_reset(&r));
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 3);
        ck_assert_int_eq(rig_input(&r), WEBC_ERROR_QUOTA_EXCEEDED);
        scripted_release(&r.script, SCRIPTED_SEND);
        rig_end(&r);
    }
}

/* H21, P-06: outputs posted and not taken are bounded, and a worker that waits for room takes no input. */
TEST_BOTH(the_output_window_stops_the_worker)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.max_outputs = 2});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 20);
    for (uint64_t taken = 0; taken < 18; taken++) {
        scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, taken + 3);
        webc_codec_stats stats = rig_stats(&r);
        ck_assert_uint_eq(stats.outputs, taken + 2);
        ck_assert_uint_eq(stats.taken, taken + 3);
        ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), taken + 3);
        journal_until(&r.log, r.events, rig_output(&r), taken + 1);
    }
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    for (size_t i = 0; i < 20; i++)
        ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), i)->number, i);
    rig_end(&r);
}

/* H21: the same by their bytes; one that is larger than the limit passes alone. */
TEST_BOTH(bytes_of_outputs_stop_the_worker)
{
    bool decodes = media == WEBC_MEDIA_VIDEO_DECODER;
    uint64_t size = decodes ? PICTURE_BYTES : SCRIPTED_CHUNK_SIZE;
    const uint64_t limits[] = {3 * size, 4 * size - 1, 1};
    const uint64_t fits[] = {3, 3, 1};
    for (size_t i = 0; i < 3; i++) {
        rig r;
        rig_begin(&r, media);
        rig_create(&r, &(rig_params){.max_output_bytes = limits[i]});
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 12);
        for (uint64_t taken = 0; taken < 12 - fits[i]; taken++) {
            scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, taken + fits[i] + 1);
            ck_assert_uint_eq(rig_stats(&r).outputs, taken + fits[i]);
            journal_until(&r.log, r.events, rig_output(&r), taken + 1);
        }
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 12);
        rig_end(&r);
    }
}

/* H21: the same during a drain, ended by reset, close, or destroy. */
TEST_BOTH(a_full_output_window_does_not_hold_up_reset_close_or_destroy)
{
    for (int way = 0; way < 3; way++) {
        rig r;
        rig_begin(&r, media);
        r.script.delay = 30;
        rig_create(&r, &(rig_params){.max_outputs = 4});
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 20);
        ck_ok(rig_flush(&r, 1));
        scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, 5);
        ck_assert_uint_eq(rig_stats(&r).outputs, 4);
        if (way == 2) {
            rig_destroy(&r);
        } else {
            ck_ok(way ? rig_close(&r) : rig_reset(&r));
            journal_take(&r.log, r.events);
            ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 0);
            ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ABORT);
        }
        rig_end(&r);
    }
}

/* H22: a codec that answers EAGAIN, also several times in a row, loses no input. */
TEST_BOTH(eagain_loses_no_input)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 2;
    for (unsigned call = 1; call <= 9; call++)
        if (call <= 2 || call >= 5)
            r.script.eagain_sends |= UINT64_C(1) << call;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 12);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 12);
    for (size_t i = 0; i < 12; i++)
        ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), i)->tag, i);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), 12 + 7);
    rig_end(&r);
}

/* H23: a codec that takes nothing and gives nothing is an error after a few calls, not a loop. */
TEST_BOTH(a_codec_that_only_answers_eagain_is_an_error)
{
    rig r;
    rig_begin(&r, media);
    r.script.always_eagain = true;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 3);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_ERROR, 0)->result, WEBC_ERROR_ENCODING);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_le(scripted_calls(&r.script, SCRIPTED_SEND), 100);
    rig_end(&r);
}

static void check_identities(const rig *r, uint64_t accepted, uint64_t flushes)
{
    webc_codec_stats stats = rig_stats(r);
    ck_assert_uint_eq(stats.accepted, accepted);
    ck_assert_uint_eq(stats.flushes, flushes);
    ck_assert_uint_le(stats.taken + stats.cancelled, accepted);
    ck_assert_uint_le(stats.flushed + stats.abandoned, flushes);
    ck_assert_uint_le(stats.dropped, stats.outputs);
    ck_assert_uint_ge(rig_queue_size(r) + stats.taken + stats.cancelled, accepted);
}

/* Decision 5: accepted = waiting + taken + cancelled, and flushes = flushed + abandoned + pending. */
TEST_BOTH(the_counts_add_up_after_any_sequence_of_calls)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 2;
    rig_create(&r, &(rig_params){.max_outputs = 3});
    ck_ok(rig_configure(&r, "vp8"));
    uint64_t accepted = 0, flushes = 0;
    uint32_t random = 1;
    for (int step = 0; step < 2000; step++) {
        random = random * 1664525u + 1013904223u;
        switch (random >> 28) {
        case 0:
            ck_ok(rig_reset(&r));
            ck_ok(rig_configure(&r, "vp8"));
            break;
        case 1:
            ck_ok(rig_configure(&r, "vp8"));
            break;
        case 2:
        case 3:
            ck_ok(rig_flush(&r, 0));
            flushes++;
            break;
        case 4:
        case 5:
        case 6:
            journal_take(&r.log, r.events);
            break;
        default:
            ck_ok(rig_input(&r));
            accepted++;
            break;
        }
        check_identities(&r, accepted, flushes);
    }
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    webc_codec_stats stats = rig_stats(&r);
    ck_assert_uint_eq(stats.taken + stats.cancelled, accepted);
    ck_assert_uint_eq(stats.flushed, flushes + 1);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), flushes + 1);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), stats.outputs - stats.dropped);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    rig_end(&r);
}

LEAK_CHECKED_MAIN(
    "queue_accounting", 20, BOTH(the_queue_size_counts_inputs_not_yet_taken),
    BOTH(no_dequeue_comes_at_encode_or_decode), BOTH(dequeue_falls_strictly_to_zero_before_the_completion),
    BOTH(reset_and_close_tell_that_the_queue_is_empty), BOTH(an_error_tells_how_long_the_queue_was),
    BOTH(a_second_reset_keeps_the_notice_of_the_first),
    BOTH(look_ahead_does_not_deadlock_a_producer_that_minds_the_queue),
    BOTH(a_late_worker_does_not_touch_the_size_of_a_new_session),
    inputs_without_or_with_two_pictures_hold_up_nothing, BOTH(queue_limits_refuse_and_change_nothing),
    BOTH(the_output_window_stops_the_worker), BOTH(bytes_of_outputs_stop_the_worker),
    BOTH(a_full_output_window_does_not_hold_up_reset_close_or_destroy), BOTH(eagain_loses_no_input),
    BOTH(a_codec_that_only_answers_eagain_is_an_error), BOTH(the_counts_add_up_after_any_sequence_of_calls))
