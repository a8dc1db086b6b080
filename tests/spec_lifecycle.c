/* SPDX-License-Identifier: MIT */
/* The state rules of a codec as pure functions: what is legal when, and what it does to the figures. */
#include <string.h>

#include "spec/lifecycle.h"
#include "support_check.h"

static webc__lifecycle in_state(uint32_t state)
{
    webc__lifecycle life = webc__lifecycle_begin();
    if (state == WEBC_STATE_CONFIGURED)
        webc__lifecycle_configure(&life);
    if (state == WEBC_STATE_CLOSED)
        webc__lifecycle_close(&life);
    ck_assert_uint_eq(life.state, state);
    return life;
}

/* A configured codec with inputs of 10 bytes each. */
static webc__lifecycle with_inputs(unsigned count)
{
    webc__lifecycle life = in_state(WEBC_STATE_CONFIGURED);
    for (unsigned i = 0; i < count; i++)
        webc__lifecycle_input(&life, 10);
    return life;
}

/* P-01, P-23: unconfigured, nothing queued, nothing pending, no notice, a key chunk first. */
START_TEST(a_codec_begins_unconfigured_and_wants_a_key)
{
    webc__lifecycle life = webc__lifecycle_begin();
    ck_assert_uint_eq(life.state, WEBC_STATE_UNCONFIGURED);
    ck_assert_uint_eq(life.queue_size, 0);
    ck_assert_uint_eq(life.pending_flushes, 0);
    ck_assert(!life.dequeue_scheduled);
    ck_assert(life.key_required);
}
END_TEST

/* P-11, P-14, P-17, P-18, P-22: the state table, and the text says which call, on what. */
START_TEST(the_state_table_says_which_call_is_legal)
{
    static const struct {
        webc__call call;
        bool unconfigured, configured; /* closed: never */
    } table[] = {
        {WEBC__CALL_CONFIGURE, true, true}, {WEBC__CALL_INPUT, false, true}, {WEBC__CALL_FLUSH, false, true},
        {WEBC__CALL_RESET, true, true},     {WEBC__CALL_CLOSE, true, true},  {WEBC__CALL_RECLAIM, true, true},
    };
    static const uint32_t states[] = {WEBC_STATE_UNCONFIGURED, WEBC_STATE_CONFIGURED, WEBC_STATE_CLOSED};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int s = 0; s < 3; s++) {
            webc__lifecycle life = in_state(states[s]);
            bool legal = s == 0 ? table[i].unconfigured : s == 1 && table[i].configured;
            webc_result result = webc__lifecycle_check(&life, table[i].call, "verb", "noun");
            ck_assert_msg(result == (legal ? WEBC_OK : WEBC_ERROR_INVALID_STATE), "call %zu in state %d", i, s);
            if (legal)
                continue;
            ck_assert_ptr_eq(strstr(webc_error_message(), "verb: the noun is "), webc_error_message());
            ck_assert_ptr_nonnull(strstr(webc_error_message(), s == 2 ? "closed" : "not configured"));
        }
}
END_TEST

/* VD-01, VD-02, VD-03, VD-04: configure and flush ask for a key chunk at once; an input that was queued ends
 * it. */
START_TEST(configure_and_flush_ask_for_a_key_until_an_input)
{
    webc__lifecycle life = in_state(WEBC_STATE_CONFIGURED);
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(webc__lifecycle_check_label(&life, false, -7), WEBC_ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), "timestamp -7"));
        ck_assert_int_eq(webc__lifecycle_check_label(&life, false, 0), WEBC_ERROR_DATA);
        ck_assert_int_eq(webc__lifecycle_check_label(&life, true, 0), WEBC_OK);
        ck_assert(life.key_required);
        webc__lifecycle_input(&life, 1);
        ck_assert_int_eq(webc__lifecycle_check_label(&life, false, 0), WEBC_OK);
        if (round)
            webc__lifecycle_configure(&life);
        else
            webc__lifecycle_flush(&life);
    }
}
END_TEST

/* P-07, P-10, T25: takings show when they are told, many in one notice, and sizes told fall strictly to 0. */
START_TEST(takings_are_told_once_for_many)
{
    webc__lifecycle life = with_inputs(6);
    ck_assert(webc__lifecycle_take(&life, 10));
    ck_assert(!webc__lifecycle_take(&life, 10));
    ck_assert(!webc__lifecycle_take(&life, 10));
    ck_assert_uint_eq(life.queue_size, 6);
    webc__lifecycle_tell(&life);
    ck_assert_uint_eq(life.queue_size, 3);
    ck_assert_uint_eq(life.queue_bytes, 30);
    for (uint32_t left = 3; left-- > 0;) {
        ck_assert(webc__lifecycle_take(&life, 10));
        webc__lifecycle_tell(&life);
        ck_assert_uint_eq(life.queue_size, left);
        ck_assert_uint_eq(life.queue_bytes, 10 * left);
    }
}
END_TEST

/* P-19: configure queues behind what is there and touches neither queue nor flushes. */
START_TEST(a_reconfigure_leaves_queue_and_flushes)
{
    webc__lifecycle life = with_inputs(2);
    webc__lifecycle_flush(&life);
    webc__lifecycle_take(&life, 10);
    webc__lifecycle_configure(&life);
    ck_assert_uint_eq(life.state, WEBC_STATE_CONFIGURED);
    ck_assert_uint_eq(life.queue_size, 2);
    ck_assert_uint_eq(life.pending_flushes, 1);
    ck_assert(life.dequeue_scheduled);
}
END_TEST

/* P-11, P-14: reset and close empty the queue and give notice of it, once, and not of a queue that was empty.
 */
START_TEST(reset_and_close_give_notice_of_what_they_emptied)
{
    for (int closes = 0; closes < 2; closes++) {
        webc__lifecycle life = with_inputs(4);
        webc__lifecycle_take(&life, 10);
        ck_assert(closes ? webc__lifecycle_close(&life) : webc__lifecycle_reset(&life));
        ck_assert_uint_eq(life.state, closes ? WEBC_STATE_CLOSED : WEBC_STATE_UNCONFIGURED);
        ck_assert_uint_eq(life.queue_size, 0);
        ck_assert_uint_eq(life.queue_bytes, 0);
        webc__lifecycle_tell(&life);
        ck_assert_uint_eq(life.queue_size, 0);
        life = in_state(WEBC_STATE_CONFIGURED);
        ck_assert(!(closes ? webc__lifecycle_close(&life) : webc__lifecycle_reset(&life)));
    }
}
END_TEST

/* P-10, P-11: a second reset takes nothing back: the notice of the first still comes, and only that. */
START_TEST(a_notice_survives_a_second_reset)
{
    webc__lifecycle life = with_inputs(1);
    ck_assert(webc__lifecycle_reset(&life));
    ck_assert(webc__lifecycle_reset(&life));
    ck_assert(webc__lifecycle_close(&life));
    webc__lifecycle_tell(&life);
    ck_assert(!life.dequeue_scheduled);
}
END_TEST

/* P-10, P-12: takings of before a reset are not subtracted from what is queued after it. */
START_TEST(takings_of_before_a_reset_do_not_count_after_it)
{
    webc__lifecycle life = with_inputs(5);
    webc__lifecycle_take(&life, 10);
    webc__lifecycle_take(&life, 10);
    webc__lifecycle_reset(&life);
    webc__lifecycle_configure(&life);
    webc__lifecycle_input(&life, 10);
    ck_assert(!webc__lifecycle_take(&life, 10));
    webc__lifecycle_input(&life, 10);
    webc__lifecycle_tell(&life);
    ck_assert_uint_eq(life.queue_size, 1);
    ck_assert_uint_eq(life.queue_bytes, 10);
}
END_TEST

/* P-09, P-15: flushes count up; an error closes and empties, and pending flushes stay until they are told. */
START_TEST(an_error_closes_and_leaves_flushes_to_be_told)
{
    webc__lifecycle life = with_inputs(3);
    ck_assert_uint_eq(webc__lifecycle_flush(&life), 1);
    ck_assert_uint_eq(webc__lifecycle_flush(&life), 2);
    webc__lifecycle_take(&life, 10);
    webc__lifecycle_fail(&life);
    ck_assert_uint_eq(life.state, WEBC_STATE_CLOSED);
    ck_assert_uint_eq(life.queue_size, 0);
    ck_assert(!life.dequeue_scheduled);
    ck_assert_uint_eq(life.pending_flushes, 2);
    webc__lifecycle_complete(&life);
    webc__lifecycle_complete(&life);
    ck_assert_uint_eq(life.pending_flushes, 0);
}
END_TEST

/* P-21: a codec that is given up counts the flushes that nobody will hear of. */
START_TEST(flushes_of_an_abandoned_codec_are_counted)
{
    webc__lifecycle life = with_inputs(1);
    webc__lifecycle_flush(&life);
    webc__lifecycle_flush(&life);
    webc__lifecycle_complete(&life);
    ck_assert_uint_eq(webc__lifecycle_abandon(&life), 1);
    ck_assert_uint_eq(life.state, WEBC_STATE_CLOSED);
    ck_assert_uint_eq(life.queue_size, 0);
    ck_assert_uint_eq(webc__lifecycle_abandon(&life), 0);
}
END_TEST

CHECK_MAIN("spec_lifecycle", 10, a_codec_begins_unconfigured_and_wants_a_key,
           the_state_table_says_which_call_is_legal, configure_and_flush_ask_for_a_key_until_an_input,
           takings_are_told_once_for_many, a_reconfigure_leaves_queue_and_flushes,
           reset_and_close_give_notice_of_what_they_emptied, a_notice_survives_a_second_reset,
           takings_of_before_a_reset_do_not_count_after_it, an_error_closes_and_leaves_flushes_to_be_told,
           flushes_of_an_abandoned_codec_are_counted)
