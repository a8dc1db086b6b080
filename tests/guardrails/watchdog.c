/* SPDX-License-Identifier: MIT */
/*
 * H63: a codec that hangs closes with an error at its deadline, its thread is counted and left to itself, and
 * everything else goes on. The clock is the test's.
 */
#include <sched.h>
#include <string.h>

#include "codec_rig.h"
#include "shared/hooks.h"

#define LIMIT_US 500000u
#define BEGIN_US 1000000

static void hold_clock(void)
{
    /* Threads of an earlier codec may read it. */
    if (!webc__hooks.holds_clock)
        webc__hooks.holds_clock = true;
    webc__test_clock_set(BEGIN_US);
}

static void create_watched(rig *r, uint32_t media, uint64_t limit_us)
{
    hold_clock();
    rig_begin(r, media);
    rig_create(r, &(rig_params){.watchdog_us = limit_us});
    ck_ok(rig_configure(r, "vp8"));
}

/* Stop the worker in its next call that comes to `point`, and let the time it has be over. */
static void hang_at(rig *r, scripted_point point)
{
    scripted_wait_parked(&r->script, point);
    webc__test_clock_set(BEGIN_US + LIMIT_US);
}

/* Let the call come back. The worker counts again when it frees the codec, which is behind `destroy`. */
static void come_back(rig *r, scripted_point point)
{
    rig_destroy(r);
    uint64_t frees = scripted_calls(&r->script, SCRIPTED_FREE);
    scripted_release(&r->script, point);
    if (point != SCRIPTED_FREE)
        scripted_wait_calls(&r->script, SCRIPTED_FREE, frees + 1);
}

/* Each call into a codec is watched: open, send, receive and drain. */
TEST_BOTH(a_call_that_hangs_closes_the_codec)
{
    static const scripted_point points[] = {SCRIPTED_OPEN, SCRIPTED_SEND, SCRIPTED_RECEIVE, SCRIPTED_DRAIN};
    static const char *const names[] = {"open", "send_", "receive_", "drain"};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        rig r;
        create_watched(&r, media, LIMIT_US);
        scripted_park(&r.script, points[i]);
        rig_inputs(&r, 1);
        ck_ok(rig_flush(&r, 7));
        hang_at(&r, points[i]);
        journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
        const seen *error = journal_at(&r.log, WEBC_EVENT_ERROR, 0);
        ck_assert_int_eq(error->result, WEBC_ERROR_ENCODING);
        ck_assert_ptr_nonnull(strstr(error->message, names[i]));
        ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ENCODING);
        ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
        ck_assert_uint_eq(get_stats().quarantined, 1);
        ck_assert_int_eq(rig_input(&r), WEBC_ERROR_INVALID_STATE);
        come_back(&r, points[i]);
        rig_end(&r);
        ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 0);
    }
}

/* Others go on, and nobody waits for what hangs. */
TEST_BOTH(a_codec_that_hangs_holds_up_nobody)
{
    rig r, other;
    create_watched(&r, media, LIMIT_US);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    hang_at(&r, SCRIPTED_SEND);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    rig_start(&other, media);
    rig_inputs(&other, 5);
    ck_assert_int_eq(rig_finish(&other), WEBC_OK);
    ck_assert_uint_eq(journal_count(&other.log, rig_output(&other)), 5);
    rig_end(&other);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    webc_stats stats = get_stats();
    ck_assert_uint_eq(stats.quarantined, 1);
    ck_assert_uint_eq(stats.threads, 1);
    ck_assert_uint_eq(stats.codecs, 1);
    come_back(&r, SCRIPTED_SEND);
    rig_end(&r);
}

/* Two codecs, the first of which began first, each inside a call. */
static void hang_two(rig *const rigs[2], uint32_t media, const rig *shorter)
{
    for (int i = 0; i < 2; i++) {
        create_watched(rigs[i], media, rigs[i] == shorter ? LIMIT_US / 2 : LIMIT_US);
        scripted_park(&rigs[i]->script, SCRIPTED_SEND);
        rig_inputs(rigs[i], 1);
        scripted_wait_parked(&rigs[i]->script, SCRIPTED_SEND);
    }
}

/* Each has its own time, whoever began first. */
TEST_BOTH(of_two_that_hang_each_is_told_in_its_time)
{
    for (int order = 0; order < 2; order++) {
        rig shorter, longer;
        rig *rigs[] = {order ? &longer : &shorter, order ? &shorter : &longer};
        hang_two(rigs, media, &shorter);
        webc__test_clock_set(BEGIN_US + LIMIT_US / 2);
        journal_until(&shorter.log, shorter.events, WEBC_EVENT_ERROR, 1);
        ck_assert_uint_eq(rig_state(&shorter), WEBC_STATE_CLOSED);
        ck_assert_uint_eq(rig_state(&longer), WEBC_STATE_CONFIGURED);
        ck_assert_uint_eq(get_stats().quarantined, 1);
        webc__test_clock_set(BEGIN_US + LIMIT_US);
        journal_until(&longer.log, longer.events, WEBC_EVENT_ERROR, 1);
        ck_assert_uint_eq(get_stats().quarantined, 2);
        for (int i = 0; i < 2; i++)
            come_back(rigs[i], SCRIPTED_SEND);
        rig_end(&shorter);
        rig_end(&longer);
    }
}

/* Of two inside a call, one comes back and the other hangs. */
TEST_BOTH(one_that_comes_back_takes_no_other_along)
{
    for (int order = 0; order < 2; order++) {
        rig good, bad;
        rig *rigs[] = {order ? &good : &bad, order ? &bad : &good};
        hang_two(rigs, media, NULL);
        scripted_release(&good.script, SCRIPTED_SEND);
        ck_assert_int_eq(rig_finish(&good), WEBC_OK);
        webc__test_clock_set(BEGIN_US + LIMIT_US);
        journal_until(&bad.log, bad.events, WEBC_EVENT_ERROR, 1);
        ck_assert_uint_eq(get_stats().quarantined, 1);
        ck_assert_uint_eq(rig_state(&good), WEBC_STATE_CONFIGURED);
        come_back(&bad, SCRIPTED_SEND);
        rig_destroy(&good);
        rig_end(&bad);
        rig_end(&good);
    }
}

/* Freeing is watched too, and nobody is left to be told. */
TEST_BOTH(a_free_that_hangs_is_counted)
{
    rig r;
    create_watched(&r, media, LIMIT_US);
    rig_inputs(&r, 1);
    journal_until(&r.log, r.events, rig_output(&r), 1);
    scripted_park(&r.script, SCRIPTED_FREE);
    rig_destroy(&r);
    hang_at(&r, SCRIPTED_FREE);
    ck_assert_uint_eq(get_stats().quarantined, 1);
    ck_ok(webc_drain_workers(-1));
    come_back(&r, SCRIPTED_FREE);
    /* The thread is counted out when it ends, and not waited for before it has come back. */
    while (get_stats().codecs)
        ck_ok(webc_drain_workers(-1));
    rig_end(&r);
}

/* Time is per call: a thousand of them, each within its limit, take much longer together. */
static void take_time(void *user, scripted_point point)
{
    (void)user;
    (void)point;
    webc__test_clock_set(webc__test_clock() + LIMIT_US - 1);
}

TEST_BOTH(calls_in_time_are_no_error)
{
    rig r;
    hold_clock();
    rig_begin(&r, media);
    r.script.at_point = take_time;
    rig_create(&r, &(rig_params){.watchdog_us = LIMIT_US});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 500);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 500);
    /* Nothing runs now, so nothing can be late; the worker waits, and its watchdog with it. */
    webc__test_clock_set(webc__test_clock() + INT64_C(3600) * 1000000);
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    ck_assert_uint_eq(get_stats().quarantined, 0);
    rig_end(&r);
}

static _Atomic bool window_full;

static void note_window_full(void *user, void *owner, webc__latch_point point)
{
    (void)user;
    (void)owner;
    if (point == WEBC__LATCH_WINDOW_FULL)
        window_full = true;
}

/* A worker that waits for the consumer is in no call. */
TEST_BOTH(a_full_output_window_is_no_hang)
{
    rig r;
    hold_clock();
    webc__hooks.latch = note_window_full;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.watchdog_us = LIMIT_US, .max_outputs = 1});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 3);
    while (!window_full)
        sched_yield();
    webc__test_clock_set(BEGIN_US + 10 * LIMIT_US);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 3);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    rig_end(&r);
}

/* The watchdog's thread begins with the first call that is watched, and ends with the last codec that may ask.
 */
TEST_BOTH(codecs_that_do_nothing_need_no_watchdog)
{
    rig r;
    create_watched(&r, media, LIMIT_US);
    ck_ok(rig_flush(&r, 1));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    ck_assert_uint_eq(get_stats().threads, 1);
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(get_stats().threads, 2);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_eq(get_stats().threads, 0);
    rig_end(&r);
}

/* T24: reset takes back an error that was not told, and a codec that still hangs tells it again. */
TEST_BOTH(reset_does_not_hide_that_a_codec_hangs)
{
    rig r;
    create_watched(&r, media, LIMIT_US);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 7));
    /* What tells of the taking is out of the way: the descriptor then tells of the error. */
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    journal_take(&r.log, r.events);
    webc__test_clock_set(BEGIN_US + LIMIT_US);
    wait_readable(webc_events_native_handle(r.events));
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 1);
    ck_ok(rig_flush(&r, 8));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 2);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ABORT);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 1);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 1)->result, WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    come_back(&r, SCRIPTED_SEND);
    rig_end(&r);
}

/* After a reset the worker is still in the call of the time before: that counts as well. */
TEST_BOTH(a_call_from_before_a_reset_is_watched)
{
    rig r;
    create_watched(&r, media, LIMIT_US);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    hang_at(&r, SCRIPTED_SEND);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    come_back(&r, SCRIPTED_SEND);
    rig_end(&r);
}

/* Who closed the codec already wants to hear nothing more. */
TEST_BOTH(a_closed_codec_that_hangs_is_counted_and_silent)
{
    rig r;
    create_watched(&r, media, LIMIT_US);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_close(&r));
    hang_at(&r, SCRIPTED_SEND);
    ck_assert_uint_eq(get_stats().quarantined, 1);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 0);
    come_back(&r, SCRIPTED_SEND);
    rig_end(&r);
}

/* With a real codec, watched and in time. */
START_TEST(real_codecs_work_under_watch)
{
    hold_clock();
    webc_events *events = make_events();
    webc_video_encoder_params encoder_params;
    webc_video_decoder_params decoder_params;
    webc_video_encoder_params_init(&encoder_params, sizeof encoder_params);
    webc_video_decoder_params_init(&decoder_params, sizeof decoder_params);
    encoder_params.watchdog_us = decoder_params.watchdog_us = LIMIT_US;
    webc_video_encoder *encoder = NULL;
    webc_video_decoder *decoder = NULL;
    ck_ok(webc_video_encoder_create(&encoder, events, &encoder_params));
    ck_ok(webc_video_decoder_create(&decoder, events, &decoder_params));
    webc_video_encoder_config encoder_config;
    webc_video_decoder_config decoder_config;
    webc_video_encoder_config_init(&encoder_config, sizeof encoder_config);
    webc_video_decoder_config_init(&decoder_config, sizeof decoder_config);
    encoder_config.codec = decoder_config.codec = "vp8";
    encoder_config.width = encoder_config.height = SCRIPTED_SIDE;
    ck_ok(webc_video_encoder_configure(encoder, &encoder_config));
    ck_ok(webc_video_decoder_configure(decoder, &decoder_config));
    for (int i = 0; i < 5; i++) {
        webc_frame *frame = make_frame(0, i);
        ck_ok(webc_video_encoder_encode(encoder, frame, NULL));
        webc_frame_unref(&frame);
    }
    ck_ok(webc_video_encoder_flush(encoder, 1));
    webc_event event;
    webc_event_init(&event, sizeof event);
    int frames = 0;
    for (uint64_t flushed = 0; flushed != 2;) {
        ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
        ck_assert_msg(event.type != WEBC_EVENT_ERROR, "%s", event.message);
        frames += event.type == WEBC_EVENT_FRAME;
        if (event.type == WEBC_EVENT_CHUNK)
            ck_ok(webc_video_decoder_decode(decoder, event.chunk, NULL));
        if (event.type == WEBC_EVENT_FLUSHED && (flushed = event.tag) == 1)
            ck_ok(webc_video_decoder_flush(decoder, 2));
    }
    ck_assert_int_eq(frames, 5);
    webc_video_encoder_destroy(&encoder);
    webc_video_decoder_destroy(&decoder);
    webc_event_clear(&event);
    webc_events_destroy(&events);
}
END_TEST

#define SIDE 64u
#define PICTURES 8u

static webc_frame *make_noise(unsigned number)
{
    static uint8_t pixels[SIDE * SIDE * 3 / 2];
    uint32_t state = 7 + number;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    webc_frame_params params;
    webc_frame *frame = NULL;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = SIDE;
    params.timestamp = number * 40000;
    ck_ok(webc_frame_create(&frame, &params, pixels, sizeof pixels));
    return frame;
}

/* Sizes of the chunks of a session in which the bitrate rises, or the quantizer falls, in the middle. */
static void code_noise(uint64_t watchdog_us, uint32_t mode, uint64_t sizes[PICTURES])
{
    webc_events *events = make_events();
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_params params;
    webc_video_encoder_config config;
    webc_video_encode_options options;
    webc_video_encoder_params_init(&params, sizeof params);
    webc_video_encoder_config_init(&config, sizeof config);
    webc_video_encode_options_init(&options, sizeof options);
    params.watchdog_us = watchdog_us;
    config.codec = "avc1.42001f";
    config.width = config.height = SIDE;
    config.framerate = 25;
    config.bitrate = 50000;
    config.bitrate_mode = mode;
    config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
    options.has_quantizer = mode == WEBC_BITRATE_MODE_QUANTIZER;
    options.quantizer = 45;
    ck_ok(webc_video_encoder_create(&encoder, events, &params));
    ck_ok(webc_video_encoder_configure(encoder, &config));
    for (unsigned i = 0; i < PICTURES; i++) {
        if (i == PICTURES / 2) {
            config.bitrate = 2000000;
            options.quantizer = 20;
            if (mode == WEBC_BITRATE_MODE_CONSTANT)
                ck_ok(webc_video_encoder_configure(encoder, &config));
        }
        webc_frame *frame = make_noise(i);
        ck_ok(webc_video_encoder_encode(encoder, frame, &options));
        webc_frame_unref(&frame);
    }
    ck_ok(webc_video_encoder_flush(encoder, 1));
    webc_event event;
    webc_event_init(&event, sizeof event);
    size_t count = 0;
    while (webc_events_next(events, -1, &event) == 1 && event.type != WEBC_EVENT_FLUSHED)
        if (event.type == WEBC_EVENT_CHUNK)
            sizes[count++] = webc_chunk_size(event.chunk);
    ck_assert_int_eq(event.result, WEBC_OK);
    ck_assert_uint_eq(count, PICTURES);
    webc_video_encoder_destroy(&encoder);
    webc_event_clear(&event);
    webc_events_destroy(&events);
}

/* What is set between two calls reaches the encoder through the watch: the same chunks come as without it. */
START_TEST(bitrate_and_quantizer_pass_the_watch)
{
    const uint32_t modes[] = {WEBC_BITRATE_MODE_CONSTANT, WEBC_BITRATE_MODE_QUANTIZER};
    hold_clock();
    for (size_t i = 0; i < 2; i++) {
        uint64_t plain[PICTURES], watched[PICTURES];
        code_noise(0, modes[i], plain);
        code_noise(LIMIT_US, modes[i], watched);
        ck_assert_mem_eq(plain, watched, sizeof plain);
        ck_assert_uint_gt(plain[PICTURES - 1], plain[PICTURES / 2 - 1]);
    }
}
END_TEST

LEAK_CHECKED_MAIN("watchdog", 20, BOTH(a_call_that_hangs_closes_the_codec),
                  BOTH(a_codec_that_hangs_holds_up_nobody), BOTH(of_two_that_hang_each_is_told_in_its_time),
                  BOTH(one_that_comes_back_takes_no_other_along), BOTH(a_free_that_hangs_is_counted),
                  BOTH(calls_in_time_are_no_error), BOTH(a_full_output_window_is_no_hang),
                  BOTH(codecs_that_do_nothing_need_no_watchdog), BOTH(reset_does_not_hide_that_a_codec_hangs),
                  BOTH(a_call_from_before_a_reset_is_watched),
                  BOTH(a_closed_codec_that_hangs_is_counted_and_silent), real_codecs_work_under_watch,
                  bitrate_and_quantizer_pass_the_watch)
