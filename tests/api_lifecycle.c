/* SPDX-License-Identifier: MIT */
/* H11, H13: the state table of WebCodecs, three states by eight calls, and all short sequences of calls. */
#include <string.h>

#include "codec_rig.h"

typedef enum call {
    CONFIGURE_VALID,
    CONFIGURE_INVALID,
    CONFIGURE_UNSUPPORTED,
    INPUT,
    FLUSH,
    RESET,
    CLOSE,
    GET,
    CALLS
} call;

typedef struct cell {
    webc_result result;
    uint32_t state; /* after the call */
} cell;

#define U WEBC_STATE_UNCONFIGURED
#define C WEBC_STATE_CONFIGURED
#define X WEBC_STATE_CLOSED

/* Row: call; column: state before, from WEBC_STATE_UNCONFIGURED. P-11, P-14, P-17, P-18, T19. */
static const cell table[CALLS][3] = {
    [CONFIGURE_VALID] = {{WEBC_OK, C}, {WEBC_OK, C}, {WEBC_ERROR_INVALID_STATE, X}},
    [CONFIGURE_INVALID] = {{WEBC_ERROR_TYPE, U}, {WEBC_ERROR_TYPE, C}, {WEBC_ERROR_TYPE, X}},
    [CONFIGURE_UNSUPPORTED] = {{WEBC_OK, C}, {WEBC_OK, C}, {WEBC_ERROR_INVALID_STATE, X}},
    [INPUT] = {{WEBC_ERROR_INVALID_STATE, U}, {WEBC_OK, C}, {WEBC_ERROR_INVALID_STATE, X}},
    [FLUSH] = {{WEBC_ERROR_INVALID_STATE, U}, {WEBC_OK, C}, {WEBC_ERROR_INVALID_STATE, X}},
    [RESET] = {{WEBC_OK, U}, {WEBC_OK, U}, {WEBC_ERROR_INVALID_STATE, X}},
    [CLOSE] = {{WEBC_OK, X}, {WEBC_OK, X}, {WEBC_ERROR_INVALID_STATE, X}},
    [GET] = {{WEBC_OK, U}, {WEBC_OK, C}, {WEBC_OK, X}},
};

static webc_result make_call(rig *r, call which)
{
    switch (which) {
    case CONFIGURE_VALID:
        return rig_configure(r, "vp8");
    case CONFIGURE_INVALID:
        return rig_configure(r, "  ");
    case CONFIGURE_UNSUPPORTED:
        return rig_configure(r, "vp8.unknown");
    case INPUT:
        return rig_input(r);
    case FLUSH:
        return rig_flush(r, 1);
    case RESET:
        return rig_reset(r);
    case CLOSE:
        return rig_close(r);
    default:
        rig_queue_size(r);
        rig_stats(r);
        return rig_id(r) ? WEBC_OK : WEBC_ERROR_TYPE;
    }
}

/* Make the call and compare with the table. No event is taken, so nothing changes behind the caller's back. */
static void check_call(rig *r, call which)
{
    const cell *expected = &table[which][rig_state(r) - U];
    uint32_t size = rig_queue_size(r);
    uint64_t flushes = rig_stats(r).flushes;
    ck_assert_int_eq(make_call(r, which), expected->result);
    ck_assert_uint_eq(rig_state(r), expected->state);
    if (expected->result != WEBC_OK)
        ck_assert_str_ne(webc_error_message(), "");
    bool counted = which == INPUT && expected->result == WEBC_OK;
    bool emptied = which == RESET || which == CLOSE;
    ck_assert_uint_eq(rig_queue_size(r), emptied ? 0 : size + counted);
    ck_assert_uint_eq(rig_stats(r).flushes, flushes + (which == FLUSH && expected->result == WEBC_OK));
}

/* P-01, P-23 */
TEST_BOTH(a_codec_begins_unconfigured_and_empty)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_UNCONFIGURED);
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    webc_codec_stats stats = rig_stats(&r);
    webc_codec_stats zero = {.struct_size = sizeof zero};
    ck_assert_mem_eq(&stats, &zero, sizeof stats);
    rig_end(&r);
}

/* P-11, P-14, P-17, P-18, T19 */
TEST_BOTH(each_call_in_each_state_does_what_the_table_says)
{
    static const call ways[3][2] = {{GET, GET}, {CONFIGURE_VALID, GET}, {CONFIGURE_VALID, CLOSE}};
    for (int state = 0; state < 3; state++)
        for (call which = 0; which < CALLS; which++) {
            rig r;
            rig_begin(&r, media);
            rig_create(&r, NULL);
            for (int i = 0; i < 2; i++)
                check_call(&r, ways[state][i]);
            ck_assert_uint_eq(rig_state(&r), U + (uint32_t)state);
            check_call(&r, which);
            rig_end(&r);
        }
}

/* The worker runs beside, so outcomes of every interleaving are met; flushes accepted are all settled at the
 * end. */
static void check_sequence(uint32_t media, unsigned sequence, unsigned length)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    for (unsigned i = 0; i < length; i++, sequence /= CALLS)
        check_call(&r, (call)(sequence % CALLS));
    uint64_t flushes = rig_stats(&r).flushes;
    if (rig_state(&r) != WEBC_STATE_CLOSED)
        ck_ok(rig_close(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), flushes);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    rig_end(&r);
}

TEST_BOTH(all_sequences_of_calls_keep_to_the_table)
{
    const unsigned length = repeats(100, 100) == 100 ? 4 : 3;
    unsigned count = 1;
    for (unsigned i = 0; i < length; i++)
        count *= CALLS;
    for (unsigned sequence = 0; sequence < count; sequence++)
        check_sequence(media, sequence, length);
}

/* Arguments that are not there. */
START_TEST(null_is_refused_and_never_touched)
{
    webc_video_decoder *decoder = NULL;
    webc_video_encoder *encoder = NULL;
    webc_events *events = NULL;
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    ck_ok(webc_events_create(&events, NULL));
    ck_assert_int_eq(webc_video_decoder_create(NULL, events, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_create(&decoder, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_configure(NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_decode(NULL, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_flush(NULL, 0), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_reset(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_close(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_decoder_get_stats(NULL, &stats), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(webc_video_decoder_state(NULL), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(webc_video_decoder_queue_size(NULL), 0);
    ck_assert_uint_eq(webc_video_decoder_id(NULL), 0);
    webc_video_decoder_destroy(NULL);
    webc_video_decoder_destroy(&decoder);
    ck_assert_int_eq(webc_video_encoder_create(NULL, events, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_create(&encoder, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_configure(NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_encode(NULL, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_flush(NULL, 0), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_reset(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_close(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_video_encoder_get_stats(NULL, &stats), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(webc_video_encoder_state(NULL), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(webc_video_encoder_queue_size(NULL), 0);
    ck_assert_uint_eq(webc_video_encoder_id(NULL), 0);
    webc_video_encoder_destroy(NULL);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
}
END_TEST

/* P-17: a call refused for its arguments changes nothing: what was queued before it comes out. */
TEST_BOTH(a_refused_configure_leaves_the_queued_work_alone)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 3);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_configure(&r, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(rig_configure(&r, " \t"), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(rig_queue_size(&r), 3);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 3);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 1);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("api_lifecycle", 60, BOTH(a_codec_begins_unconfigured_and_empty),
                  BOTH(each_call_in_each_state_does_what_the_table_says),
                  BOTH(all_sequences_of_calls_keep_to_the_table), null_is_refused_and_never_touched,
                  BOTH(a_refused_configure_leaves_the_queued_work_alone))
