/* SPDX-License-Identifier: MIT */
/* Times, tags and pictures belong to their own input, whatever order they leave in; memory stays flat. */
#include <malloc.h>
#include <string.h>

#include "codec_rig.h"

/* Every output carries what its own input was given, in the order `numbers`. */
static void check_outputs(const rig *r, const rig_input_params *inputs, const uint8_t *numbers, size_t count)
{
    ck_assert_uint_eq(journal_count(&r->log, rig_output(r)), count);
    for (size_t i = 0; i < count; i++) {
        const seen *output = journal_at(&r->log, rig_output(r), i);
        const rig_input_params *input = &inputs[numbers ? numbers[i] : i];
        ck_assert_uint_eq(output->number, input->number);
        ck_assert_uint_eq(output->tag, input->tag);
        ck_assert_int_eq(output->timestamp, input->timestamp);
        ck_assert_uint_eq(output->has_duration, input->has_duration);
        if (input->has_duration)
            ck_assert_uint_eq(output->duration, input->duration);
    }
}

static void code(rig *r, const rig_input_params *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_ok(rig_input_full(r, &inputs[i]));
    ck_assert_int_eq(rig_finish(r), WEBC_OK);
}

/* T7, H28, H33, EN-17, VD-08: any int64 comes back bit for bit, in any order. */
static const int64_t timestamps[] = {
    0,
    100000,
    50000,
    0,
    0,
    -1000000000,
    INT64_C(1) << 62,
    INT64_MIN,
    INT64_MAX,
    INT64_MIN + 1,
    INT64_MAX,
    -1,
    (INT64_C(1) << 53) + 1,
    33366,
    66733,
    100100,
    1,
    2,
    3,
    -(INT64_C(1) << 53) - 1,
};
#define TIMESTAMPS (sizeof timestamps / sizeof timestamps[0])

static void fill(rig_input_params *inputs)
{
    for (size_t i = 0; i < TIMESTAMPS; i++)
        inputs[i] = (rig_input_params){
            .timestamp = timestamps[i],
            .has_duration = i % 3 != 0,
            .duration = UINT64_MAX - i,
            .tag = UINT64_MAX - 7 * i,
            .number = 1000 + i,
        };
}

/* VD-08, VE-06, EN-17, T7. */
TEST_BOTH(any_timestamp_comes_back_as_it_was)
{
    rig_input_params inputs[TIMESTAMPS];
    fill(inputs);
    for (uint32_t delay = 0; delay <= 32; delay += 8) {
        rig r;
        rig_begin(&r, media);
        r.script.delay = delay;
        rig_create(&r, NULL);
        ck_ok(rig_configure(&r, "vp8"));
        code(&r, inputs, TIMESTAMPS);
        check_outputs(&r, inputs, NULL, TIMESTAMPS);
        rig_end(&r);
    }
}

/* H27, T9, VD-07: outputs leave in another order than inputs came; each keeps what is its own. */
TEST_BOTH(reordered_outputs_keep_what_is_their_own)
{
    static const uint8_t order[] = {0, 4, 2, 1, 3};
    static const uint8_t expected[] = {0, 4, 2, 1, 3, 5, 9, 7, 6, 8, 10, 14, 12, 11, 13, 15, 19, 17, 16, 18};
    rig_input_params inputs[TIMESTAMPS];
    fill(inputs);
    ck_assert_uint_eq(TIMESTAMPS, sizeof expected);
    rig r;
    rig_begin(&r, media);
    r.script.order = order;
    r.script.order_size = sizeof order;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    code(&r, inputs, TIMESTAMPS);
    check_outputs(&r, inputs, expected, TIMESTAMPS);
    rig_end(&r);
}

/* T8, VD-08: equal timestamps, durations of their own. */
TEST_BOTH(equal_timestamps_keep_their_own_durations)
{
    const rig_input_params inputs[] = {
        {.timestamp = 0, .has_duration = true, .duration = 111, .number = 1},
        {.timestamp = 0, .has_duration = true, .duration = 222, .number = 2},
        {.timestamp = 0, .has_duration = true, .duration = 0, .number = 3},
        {.timestamp = 0, .number = 4},
    };
    rig r;
    rig_begin(&r, media);
    r.script.delay = 2;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    code(&r, inputs, 4);
    check_outputs(&r, inputs, NULL, 4);
    rig_end(&r);
}

/* H08, T6, VE-09, VE-10, T5, VD-13: rounds after a flush keep their own times; the config comes once, on the
 * first chunk. */
TEST_BOTH(rounds_after_a_flush_keep_their_own_times)
{
    rig r;
    rig_begin(&r, media);
    r.script.delay = 3;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    for (int round = 0; round < 3; round++) {
        rig_inputs(&r, 5);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    }
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 15);
    for (size_t i = 0; i < 15; i++) {
        const seen *output = journal_at(&r.log, rig_output(&r), i);
        ck_assert_uint_eq(output->number, i);
        ck_assert_int_eq(output->timestamp, (int64_t)i * 33333);
        if (media == WEBC_MEDIA_VIDEO_ENCODER) {
            ck_assert_uint_eq(output->has_config, i == 0);
            ck_assert_uint_eq(output->chunk_type, i % 5 ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY);
        }
    }
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_OPEN), media == WEBC_MEDIA_VIDEO_ENCODER ? 3 : 1);
    rig_end(&r);
}

/* H30: the first chunk comes out of the drain and carries the config all the same; after reset it comes again.
 */
START_TEST(the_first_chunk_carries_the_config)
{
    rig r;
    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    r.script.delay = 2;
    rig_create(&r, NULL);
    for (size_t session = 0; session < 2; session++) {
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 1);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        ck_assert(journal_at(&r.log, WEBC_EVENT_CHUNK, session)->has_config);
        ck_ok(rig_reset(&r));
    }
    rig_end(&r);
}
END_TEST

/* H29, P-12: stopped between receive and post, then reset: the output is freed and never shown. */
TEST_BOTH(an_output_in_hand_at_a_reset_is_never_shown)
{
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 1);
    journal_until(&r.log, r.events, rig_output(&r), 1);
    scripted_park(&r.script, SCRIPTED_RECEIVE);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_RECEIVE);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    scripted_release(&r.script, SCRIPTED_RECEIVE);
    rig_inputs(&r, 1);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 2);
    ck_assert_uint_eq(journal_at(&r.log, rig_output(&r), 1)->number, 2);
    webc_codec_stats stats = rig_stats(&r);
    ck_assert_uint_eq(stats.outputs, 3);
    ck_assert_uint_eq(stats.dropped, 1);
    rig_end(&r);
}

/* Bytes that are allocated now. */
static size_t heap_bytes(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}

/* Take what is queued; returns the number of outputs among it. */
static uint64_t take_outputs(rig *r, webc_event *event)
{
    uint64_t outputs = 0;
    while (webc_events_next(r->events, 0, event) == 1)
        outputs += event->type == rig_output(r);
    return outputs;
}

/*
 * Decision 5: a million inputs that show nothing leave memory flat. Realtime mode may drop frames, but for the
 * key frames that are due.
 */
TEST_BOTH(inputs_that_show_nothing_leave_memory_flat)
{
    rig r;
    rig_begin(&r, media);
    r.script.shows_nothing = true;
    rig_create(&r, &(rig_params){.max_queue_size = 1000});
    ck_ok(rig_configure_realtime(&r));
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    webc_event event;
    webc_event_init(&event, sizeof event);
    uint64_t count = repeats(1000000, 1000000);
    uint64_t outputs = 0;
    size_t early = 0;
    for (uint64_t i = 0; i < count;) {
        webc_result result = r.decoder ? webc_video_decoder_decode(r.decoder, chunk, NULL)
                                       : webc_video_encoder_encode(r.encoder, frame, NULL);
        if (result == WEBC_OK) {
            i++;
            continue;
        }
        ck_assert_int_eq(result, WEBC_ERROR_QUOTA_EXCEEDED);
        scripted_wait_calls(&r.script, SCRIPTED_SEND, i);
        outputs += take_outputs(&r, &event);
        if (!early && i >= count / 10)
            early = heap_bytes();
    }
    scripted_wait_calls(&r.script, SCRIPTED_SEND, count);
    outputs += take_outputs(&r, &event);
    ck_assert_uint_le(heap_bytes(), early + 65536);
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_lt(outputs, media == WEBC_MEDIA_VIDEO_DECODER ? 1 : count / 100);
    ck_assert_uint_eq(rig_stats(&r).taken, count);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("order_and_time", 120, BOTH(any_timestamp_comes_back_as_it_was),
                  BOTH(reordered_outputs_keep_what_is_their_own),
                  BOTH(equal_timestamps_keep_their_own_durations),
                  BOTH(rounds_after_a_flush_keep_their_own_times), the_first_chunk_carries_the_config,
                  BOTH(an_output_in_hand_at_a_reset_is_never_shown),
                  BOTH(inputs_that_show_nothing_leave_memory_flat))
