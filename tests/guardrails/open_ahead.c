/* SPDX-License-Identifier: MIT */
/* An encoder is opened before its first frame where that does not wait already, and nobody can tell. */
#include <sched.h>
#include <string.h>

#include "codec_rig.h"
#include "pump.h"

/* An encoder on a worker that the test runs. */
static void start(rig *r)
{
    pump_begin(NULL, NULL);
    rig_begin(r, WEBC_MEDIA_VIDEO_ENCODER);
    r->script.opens_ahead = true;
    rig_create(r, &(rig_params){.max_outputs = 64});
}

static void end(rig *r)
{
    rig_destroy(r);
    pump_all();
    rig_end(r);
    pump_restart();
}

static void run(rig *r)
{
    pump_all();
    journal_take(&r->log, r->events);
}

/* One that is open before its first frame. */
static void start_open(rig *r)
{
    start(r);
    ck_ok(rig_configure(r, "vp8"));
    run(r);
}

/* A picture of full range, which is not the usual one, turned by `rotation`. */
static void encode_full_range(rig *r, int32_t rotation)
{
    const uint8_t picture[PICTURE_BYTES] = {0};
    webc_frame_params params;
    webc_frame *frame = NULL;
    picture_params(&params, 0);
    params.color_space = (webc_color_space){.range = WEBC_COLOR_RANGE_FULL};
    params.has_color_space = 1;
    params.rotation = rotation;
    ck_ok(webc_frame_create(&frame, &params, picture, sizeof picture));
    ck_ok(webc_video_encoder_encode(r->encoder, frame, NULL));
    webc_frame_unref(&frame);
}

static void check(rig *r, uint64_t opens, size_t outputs)
{
    ck_assert_uint_eq(scripted_calls(&r->script, SCRIPTED_OPEN), opens);
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_CHUNK), outputs);
    ck_assert_uint_eq(journal_count(&r->log, WEBC_EVENT_ERROR), 0);
}

START_TEST(it_is_open_when_the_first_frame_comes)
{
    rig r;
    start_open(&r);
    check(&r, 1, 0);
    ck_assert_uint_eq(scripted_live(&r.script), 1);
    rig_inputs(&r, 3);
    run(&r);
    check(&r, 1, 3);
    ck_assert_uint_eq(r.script.color.matrix, WEBC_COLOR_MATRIX_BT709);
    end(&r);
}
END_TEST

/* EN-04: a frame that waits says with which colour. */
START_TEST(it_is_opened_once_where_a_frame_waits)
{
    rig r;
    start(&r);
    ck_ok(rig_configure(&r, "vp8"));
    encode_full_range(&r, 0);
    run(&r);
    check(&r, 1, 1);
    ck_assert_uint_eq(r.script.color.range, WEBC_COLOR_RANGE_FULL);
    end(&r);
}
END_TEST

/* EN-04: what was opened for another colour codes nothing; the next time that colour is expected. */
START_TEST(a_frame_of_another_colour_opens_it_anew)
{
    rig r;
    start_open(&r);
    encode_full_range(&r, 0);
    run(&r);
    check(&r, 2, 1);
    ck_assert_uint_eq(r.script.color.range, WEBC_COLOR_RANGE_FULL);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_DRAIN), 0);
    ck_assert_uint_eq(scripted_live(&r.script), 1);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    run(&r);
    encode_full_range(&r, 0);
    run(&r);
    check(&r, 3, 2);
    end(&r);
}
END_TEST

/* VE-12: the orientation is the config's of the chunks, and of no concern to the encoder. */
START_TEST(a_turned_frame_finds_it_open)
{
    rig r;
    start_open(&r);
    encode_full_range(&r, 0);
    run(&r);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    run(&r);
    check(&r, 3, 1);
    encode_full_range(&r, 90);
    pump_all();
    webc_event event;
    webc_event_init(&event, sizeof event);
    do
        ck_assert_int_eq(webc_events_next(r.events, 0, &event), 1);
    while (event.type != WEBC_EVENT_CHUNK);
    ck_assert_int_eq(event.metadata->decoder_config->rotation, 90);
    webc_event_clear(&event);
    check(&r, 3, 1);
    end(&r);
}
END_TEST

/* P-19, EN-18: a config before the first frame replaces it, with nothing to drain. */
START_TEST(another_config_opens_it_anew)
{
    rig r;
    start(&r);
    for (uint64_t opens = 1; opens <= 3; opens++) {
        ck_ok(rig_configure(&r, "vp8"));
        run(&r);
        check(&r, opens, 0);
        ck_assert_uint_eq(scripted_live(&r.script), 1);
    }
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_DRAIN), 0);
    rig_inputs(&r, 1);
    run(&r);
    check(&r, 3, 1);
    end(&r);
}
END_TEST

/* P-19: where several configs wait the last one alone opens. */
START_TEST(configs_that_are_passed_by_open_nothing)
{
    rig r;
    start(&r);
    for (int i = 0; i < 3; i++)
        ck_ok(rig_configure(&r, "vp8"));
    run(&r);
    check(&r, 1, 0);
    end(&r);
}
END_TEST

/* VE-09: nothing was sent, so nothing is drained. */
START_TEST(a_flush_before_the_first_frame_settles)
{
    rig r;
    start_open(&r);
    ck_ok(rig_flush(&r, 7));
    run(&r);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_OK);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_DRAIN), 0);
    rig_inputs(&r, 2);
    run(&r);
    check(&r, 2, 2);
    end(&r);
}
END_TEST

/* Whoever had no memory then may have it now. */
START_TEST(a_failure_that_is_over_by_the_first_frame_is_none)
{
    rig r;
    start(&r);
    r.script.fail_at[SCRIPTED_OPEN] = 1;
    ck_ok(rig_configure(&r, "vp8"));
    run(&r);
    check(&r, 1, 0);
    ck_assert_uint_eq(scripted_live(&r.script), 0);
    rig_inputs(&r, 2);
    run(&r);
    check(&r, 2, 2);
    end(&r);
}
END_TEST

/* H.264 in avc format needs parameter sets, which the script does not have: that too is left to the frame. */
START_TEST(parameter_sets_that_cannot_be_read_are_left_to_the_first_frame)
{
    rig r;
    start(&r);
    ck_ok(rig_configure(&r, "avc1.42001f"));
    run(&r);
    check(&r, 1, 0);
    ck_assert_uint_eq(scripted_live(&r.script), 0);
    rig_inputs(&r, 1);
    run(&r);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 2);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 1);
    ck_assert_uint_eq(scripted_live(&r.script), 0);
    end(&r);
}
END_TEST

/* EN-11: with a quantizer for each frame it is opened with that of the first. */
START_TEST(the_quantizer_mode_waits_for_the_first_frame)
{
    rig r;
    start(&r);
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "vp09.00.10.08";
    config.width = config.height = SCRIPTED_SIDE;
    config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    ck_ok(webc_video_encoder_configure(r.encoder, &config));
    run(&r);
    check(&r, 0, 0);
    end(&r);
}
END_TEST

#define LIMIT_US 1000000

/* Opening is watched; what comes back too late codes nothing, though frames and a flush wait by then. */
START_TEST(one_that_hangs_closes_the_codec)
{
    rig r;
    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    r.script.opens_ahead = true;
    webc__test_clock_set(LIMIT_US);
    rig_create(&r, &(rig_params){.watchdog_us = LIMIT_US});
    scripted_park(&r.script, SCRIPTED_OPEN);
    ck_ok(rig_configure(&r, "vp8"));
    scripted_wait_parked(&r.script, SCRIPTED_OPEN);
    rig_inputs(&r, 3);
    ck_ok(rig_flush(&r, 7));
    webc__test_clock_set(3 * LIMIT_US);
    wait_readable(webc_events_native_handle(r.events));
    scripted_release(&r.script, SCRIPTED_OPEN);
    while (get_stats().messages)
        sched_yield();
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), 1);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), 0);
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ENCODING);
    ck_assert_ptr_nonnull(strstr(journal_at(&r.log, WEBC_EVENT_ERROR, 0)->message, "open"));
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    webc__test_clock_set(0);
    rig_end(&r);
}
END_TEST

/* VE-05: a failure is told once, by the frame that has it again. */
START_TEST(a_failure_is_left_to_the_first_frame)
{
    rig r;
    start(&r);
    r.script.fail_at[SCRIPTED_OPEN] = 1;
    ck_ok(rig_configure(&r, "vp8"));
    run(&r);
    check(&r, 1, 0);
    rig_inputs(&r, 1);
    r.script.fail_at[SCRIPTED_OPEN] = 2;
    run(&r);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 1);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_ERROR, 0)->result, WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(scripted_live(&r.script), 0);
    end(&r);
}
END_TEST

/* P-11, P-14: it is gone with its config. */
START_TEST(reset_and_close_free_it)
{
    for (int closes = 0; closes < 2; closes++) {
        rig r;
        start(&r);
        ck_ok(rig_configure(&r, "vp8"));
        run(&r);
        ck_ok(closes ? rig_close(&r) : rig_reset(&r));
        run(&r);
        check(&r, 1, 0);
        ck_assert_uint_eq(scripted_live(&r.script), 0);
        end(&r);
    }
}
END_TEST

/* SVT-AV1 1.4 cannot be closed without having had a frame. The rows that are left out are named. */
START_TEST(encoders_that_need_a_frame_to_be_closed_wait_for_it)
{
    for (size_t i = 0; webc__codec_row_at(i); i++) {
        const webc__codec_row *row = webc__codec_row_at(i);
        bool left_out =
            !row->encoder || strcmp(row->name, "libsvtav1") == 0 || strcmp(row->name, "libopenh264") == 0;
        ck_assert_msg(row->opens_ahead != left_out, "%s", row->name);
    }
}
END_TEST

LEAK_CHECKED_MAIN("open_ahead", 60, it_is_open_when_the_first_frame_comes,
                  it_is_opened_once_where_a_frame_waits, a_frame_of_another_colour_opens_it_anew,
                  a_turned_frame_finds_it_open, another_config_opens_it_anew,
                  configs_that_are_passed_by_open_nothing, a_flush_before_the_first_frame_settles,
                  a_failure_is_left_to_the_first_frame, a_failure_that_is_over_by_the_first_frame_is_none,
                  parameter_sets_that_cannot_be_read_are_left_to_the_first_frame,
                  the_quantizer_mode_waits_for_the_first_frame, one_that_hangs_closes_the_codec,
                  reset_and_close_free_it, encoders_that_need_a_frame_to_be_closed_wait_for_it)
