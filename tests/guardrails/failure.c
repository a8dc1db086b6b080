/* SPDX-License-Identifier: MIT */
/* What an error does: one ERROR, a closed codec, pending flushes with the cause, and nothing more. */
#include <string.h>

#include "codec_rig.h"

/* After ERROR come only FLUSHED events with the same result. */
static void check_closed_by(rig *r, webc_result result, size_t flushes)
{
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_ERROR), 1);
    const seen *error = journal_at(&r->log, WEBC_EVENT_ERROR, 0);
    ck_assert_int_eq(error->result, result);
    ck_assert_str_ne(error->message, "");
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_FLUSHED), flushes);
    size_t at = journal_position(&r->log, WEBC_EVENT_ERROR, 0);
    ck_assert_uint_eq(r->log.count - at - 1, flushes);
    for (size_t i = at + 1; i < r->log.count; i++) {
        ck_assert_uint_eq(r->log.items[i].type, WEBC_EVENT_FLUSHED);
        ck_assert_int_eq(r->log.items[i].result, result);
        ck_assert_str_eq(r->log.items[i].message, error->message);
    }
    ck_assert_uint_eq(rig_state(r), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(rig_queue_size(r), 0);
    ck_assert_int_eq(rig_input(r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_configure(r, "vp8"), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_reset(r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_close(r), WEBC_ERROR_INVALID_STATE);
    webc_codec_stats stats = rig_stats(r);
    ck_assert_uint_eq(stats.accepted, stats.taken + stats.cancelled);
    ck_assert_uint_eq(stats.flushes, stats.flushed);
}

/* H09, H23, H58, T22, T44: the backend fails at call `call` of `point`, with two flushes pending. */
static void check_failure(uint32_t media, scripted_point point, uint32_t call)
{
    rig r;
    rig_begin(&r, media);
    r.script.fail_at[point] = call;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, point);
    rig_inputs(&r, 6);
    ck_ok(rig_flush(&r, 1));
    ck_ok(rig_flush(&r, 2));
    scripted_wait_parked(&r.script, point);
    scripted_release(&r.script, point);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 2);
    journal_take(&r.log, r.events);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 2);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_le(scripted_calls(&r.script, SCRIPTED_SEND), 6);
    ck_assert_uint_le(scripted_calls(&r.script, SCRIPTED_DRAIN), 1);
    ck_assert_uint_le(r.script.receives, 16);
    rig_end(&r);
}

/* P-15. */
TEST_BOTH(a_failing_open_closes_the_codec)
{
    check_failure(media, SCRIPTED_OPEN, 1);
}

/* P-15, VD-05, VE-05, T44. */
TEST_BOTH(a_failing_send_closes_the_codec)
{
    check_failure(media, SCRIPTED_SEND, 1);
    check_failure(media, SCRIPTED_SEND, 3);
}

/* P-15, VD-05, VE-05. */
TEST_BOTH(a_failing_receive_closes_the_codec)
{
    check_failure(media, SCRIPTED_RECEIVE, 1);
    check_failure(media, SCRIPTED_RECEIVE, 4);
}

/* P-15, T22. */
TEST_BOTH(a_failing_drain_closes_the_codec)
{
    check_failure(media, SCRIPTED_DRAIN, 1);
}

/* H58, T2: outputs before the error are shown, inputs behind it are not worked on. */
TEST_BOTH(inputs_behind_an_error_are_cancelled_and_show_nothing)
{
    rig r;
    rig_begin(&r, media);
    r.script.fail_at[SCRIPTED_SEND] = 3;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 3);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 2);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 0);
    rig_end(&r);
}

/* H24: inputs wait for the configuration; when opening fails they are never sent. */
TEST_BOTH(inputs_behind_a_failing_open_are_never_sent)
{
    rig r;
    rig_begin(&r, media);
    r.script.fail_at[SCRIPTED_OPEN] = 1;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_park(&r.script, SCRIPTED_OPEN);
    rig_inputs(&r, 5);
    scripted_wait_parked(&r.script, SCRIPTED_OPEN);
    ck_assert_uint_eq(rig_stats(&r).taken, 1);
    scripted_release(&r.script, SCRIPTED_OPEN);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 0);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), 0);
    rig_end(&r);
}

/* T19, P-15: a valid config that cannot be coded is accepted and fails late, without an input. */
TEST_BOTH(an_unsupported_config_fails_late_with_not_supported)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8.unknown"));
    ck_ok(rig_flush(&r, 1));
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CONFIGURED);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    check_closed_by(&r, WEBC_ERROR_NOT_SUPPORTED, 1);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 0);
    rig_end(&r);
}

/* T24, P-13: the error of a configuration that was reset, told or not, does not reach the next one. */
TEST_BOTH(configure_bad_then_reset_then_configure_good_gives_no_error)
{
    for (int told = 0; told < 2; told++) {
        rig r;
        rig_begin(&r, media);
        rig_create(&r, NULL);
        int64_t fd = webc_events_native_handle(r.events);
        ck_ok(rig_configure(&r, "vp8.unknown"));
        if (told)
            wait_readable(fd); /* the error is the only event there can be */
        ck_ok(rig_reset(&r));
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 3);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 3);
        rig_end(&r);
    }
}

/* T24, T44: the backend fails when the reset has come already; the new session hears nothing of it. */
TEST_BOTH(a_failure_behind_a_reset_is_never_told)
{
    for (scripted_point point = SCRIPTED_OPEN; point <= SCRIPTED_DRAIN; point++) {
        rig r;
        rig_begin(&r, media);
        r.script.fail_at[point] = 1;
        rig_create(&r, NULL);
        ck_ok(rig_configure(&r, "vp8"));
        scripted_park(&r.script, point);
        rig_inputs(&r, 2);
        ck_ok(rig_flush(&r, 1));
        scripted_wait_parked(&r.script, point);
        ck_ok(rig_reset(&r));
        ck_ok(rig_configure(&r, "vp8"));
        scripted_release(&r.script, point);
        rig_inputs(&r, 3);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 3);
        rig_end(&r);
    }
}

/* VD-06, T44: close drops an error that was not told yet; what pends ends with abort. */
TEST_BOTH(close_before_the_error_is_told_drops_it)
{
    rig r;
    rig_begin(&r, media);
    r.script.fail_at[SCRIPTED_SEND] = 2;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 1);
    journal_until(&r.log, r.events, rig_output(&r), 1);
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 1));
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1); /* after the error was posted */
    ck_ok(rig_close(&r));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FLUSHED), 1);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ABORT);
    rig_end(&r);
}

/* H13: configure between the error and its delivery does not bring the codec back. */
TEST_BOTH(configure_before_the_error_is_told_does_not_hide_it)
{
    rig r;
    rig_begin(&r, media);
    r.script.fail_at[SCRIPTED_SEND] = 1;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 1);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 2);
    ck_ok(rig_flush(&r, 1));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 1);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 0);
    rig_end(&r);
}

/* H10, VD-01, VD-02, T13: after configure and after flush a delta is refused at once and nothing changes. */
START_TEST(a_delta_is_refused_when_a_key_chunk_is_required)
{
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
    const rig_input_params delta = {.delta = true};
    ck_assert_int_eq(rig_input_full(&r, &delta), WEBC_ERROR_DATA);
    rig_inputs(&r, 1);
    ck_ok(rig_input_full(&r, &delta));
    ck_ok(rig_flush(&r, 1));
    webc_codec_stats before = rig_stats(&r);
    uint32_t size = rig_queue_size(&r);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rig_input_full(&r, &delta), WEBC_ERROR_DATA);
    ck_assert_uint_eq(rig_stats(&r).accepted, before.accepted);
    ck_assert_uint_eq(rig_queue_size(&r), size);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    ck_assert_int_eq(rig_input_full(&r, &delta), WEBC_ERROR_DATA);
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FRAME), 3);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    rig_end(&r);
}
END_TEST

/* VD-05, T1: an empty chunk is an error and not the end of the stream. */
START_TEST(an_empty_chunk_is_a_decode_error)
{
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    params.timestamp = 77;
    webc_chunk *chunk = NULL;
    ck_ok(webc_chunk_create(&chunk, &params, NULL, 0));
    rig_inputs(&r, 2);
    ck_ok(webc_video_decoder_decode(r.decoder, chunk, NULL));
    webc_chunk_unref(&chunk);
    ck_ok(rig_flush(&r, 1));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 1);
    ck_assert_ptr_nonnull(strstr(journal_at(&r.log, WEBC_EVENT_ERROR, 0)->message, "77"));
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FRAME), 2);
    rig_end(&r);
}
END_TEST

static void configure_corruption(rig *r, uint32_t corruption)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = "vp8";
    config.corruption = corruption;
    ck_ok(webc_video_decoder_configure(r->decoder, &config));
}

/* T2, VD-05: one chunk that cannot be decoded costs its own frame, and is counted, where the config says so. */
START_TEST(damage_is_passed_over_where_the_config_says_so)
{
    static const scripted_point points[] = {SCRIPTED_SEND, SCRIPTED_RECEIVE};
    for (size_t i = 0; i < 2; i++)
        for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
            rig r;
            rig_begin(&r, WEBC_MEDIA_VIDEO_DECODER);
            r.script.fail_at[points[i]] = 3;
            rig_create(&r, NULL);
            configure_corruption(&r, corruption);
            rig_inputs(&r, 6);
            bool strict = corruption == WEBC_CORRUPTION_STRICT;
            ck_assert_int_eq(rig_finish(&r), strict ? WEBC_ERROR_ENCODING : WEBC_OK);
            ck_assert_uint_eq(rig_stats(&r).skipped, !strict);
            /* What was sent and found damaged on the way out is still in the script, and comes with the next.
             */
            size_t given = strict ? 2 : points[i] == SCRIPTED_SEND ? 5 : 6;
            ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_FRAME), given);
            ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), strict);
            rig_end(&r);
        }
}
END_TEST

/* A decoder that finds nothing but damage, at the drain as well, comes to an end. */
START_TEST(endless_damage_is_an_error_after_all)
{
    rig r;
    rig_begin(&r, WEBC_MEDIA_VIDEO_DECODER);
    r.script.always_invalid = true;
    rig_create(&r, NULL);
    configure_corruption(&r, WEBC_CORRUPTION_SKIP);
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_ERROR_ENCODING);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 1);
    rig_end(&r);
}
END_TEST

/* VE-07: quality mode that yields fewer chunks than frames is an error; realtime may drop. */
START_TEST(a_frame_that_shows_nothing_is_an_error_in_quality_mode_only)
{
    rig r;
    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    r.script.drop_input = 3;
    rig_create(&r, NULL);
    ck_ok(rig_configure_realtime(&r));
    rig_inputs(&r, 6);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_CHUNK), 5);
    journal_clear(&r.log);
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 6);
    ck_assert_int_eq(rig_finish(&r), WEBC_ERROR_ENCODING);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 1);
    rig_end(&r);
}
END_TEST

/* H32, VE-04, T11: a request for a key frame that is not honoured is not passed off as one. */
START_TEST(a_key_frame_that_was_asked_for_is_one_or_an_error)
{
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_ENCODER);
    for (uint64_t i = 0; i < 6; i++)
        ck_ok(rig_input_full(&r, &(rig_input_params){.number = i, .key_frame = i == 4}));
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_CHUNK, i)->chunk_type,
                          i == 0 || i == 4 ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA);
    rig_end(&r);

    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    r.script.ignores_key_requests = true;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    for (uint64_t i = 0; i < 6; i++)
        ck_ok(rig_input_full(&r, &(rig_input_params){.number = i, .key_frame = i == 4}));
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_CHUNK), 4);
    check_closed_by(&r, WEBC_ERROR_ENCODING, 0);
    rig_end(&r);
}
END_TEST

LEAK_CHECKED_MAIN("failure", 20, BOTH(a_failing_open_closes_the_codec), BOTH(a_failing_send_closes_the_codec),
                  BOTH(a_failing_receive_closes_the_codec), BOTH(a_failing_drain_closes_the_codec),
                  BOTH(inputs_behind_an_error_are_cancelled_and_show_nothing),
                  BOTH(inputs_behind_a_failing_open_are_never_sent),
                  BOTH(an_unsupported_config_fails_late_with_not_supported),
                  BOTH(configure_bad_then_reset_then_configure_good_gives_no_error),
                  BOTH(a_failure_behind_a_reset_is_never_told), BOTH(close_before_the_error_is_told_drops_it),
                  BOTH(configure_before_the_error_is_told_does_not_hide_it),
                  a_delta_is_refused_when_a_key_chunk_is_required,
                  damage_is_passed_over_where_the_config_says_so, endless_damage_is_an_error_after_all,
                  an_empty_chunk_is_a_decode_error, a_frame_that_shows_nothing_is_an_error_in_quality_mode_only,
                  a_key_frame_that_was_asked_for_is_one_or_an_error)
