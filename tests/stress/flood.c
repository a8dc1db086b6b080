/* SPDX-License-Identifier: MIT */
/* H20, goal 25: floods of inputs. What is accepted comes out, limits hold, and nothing is left. */
#include "codec_rig.h"

static webc_result input(rig *r, webc_frame *frame, webc_chunk *chunk)
{
    return r->decoder ? webc_video_decoder_decode(r->decoder, chunk, NULL)
                      : webc_video_encoder_encode(r->encoder, frame, NULL);
}

/* Take events until the completion, counting outputs. */
static uint64_t count_outputs(rig *r)
{
    uint64_t outputs = 0;
    webc_event event;
    webc_event_init(&event, sizeof event);
    do {
        ck_assert_int_eq(webc_events_next(r->events, -1, &event), 1);
        outputs += event.type == rig_output(r);
    } while (event.type != WEBC_EVENT_FLUSHED);
    ck_assert_int_eq(event.result, WEBC_OK);
    webc_event_clear(&event);
    return outputs;
}

/* Without limits the queue takes them all, at once, and a reset gives everything back. */
TEST_BOTH(a_flood_without_limits_comes_out_whole)
{
    uint64_t count = repeats(100000, 1000000);
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, SCRIPTED_SEND);
    for (uint64_t i = 0; i < count; i++)
        if (input(&r, frame, chunk))
            ck_abort_msg("refused: %s", webc_error_message());
    ck_assert_uint_eq(rig_queue_size(&r), count);
    ck_ok(rig_flush(&r, 1));
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_uint_eq(count_outputs(&r), count);

    scripted_park(&r.script, SCRIPTED_SEND);
    for (uint64_t i = 0; i < count; i++)
        if (input(&r, frame, chunk))
            ck_abort_msg("refused: %s", webc_error_message());
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_reset(&r));
    ck_assert_uint_eq(rig_stats(&r).cancelled, count - 1);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_ok(rig_configure(&r, "vp8"));
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_le(get_stats().messages, 1); /* the flush itself */
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    rig_end(&r);
}

/* With limits no more is held than they say, whatever is thrown at the codec, and what was accepted comes out.
 */
TEST_BOTH(a_flood_against_limits_holds_no_more_than_they_say)
{
    enum { QUEUE = 32, OUTPUTS = 8 };
    uint64_t count = repeats(100000, 1000000);
    uint64_t accepted = 0, outputs = 0, messages = 0, events = 0;
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    webc_event event;
    rig r;
    rig_begin(&r, media);
    r.script.delay = 5;
    rig_create(&r, &(rig_params){.max_queue_size = QUEUE, .max_outputs = OUTPUTS});
    ck_ok(rig_configure(&r, "vp8"));
    webc_event_init(&event, sizeof event);
    while (accepted < count) {
        webc_result result = input(&r, frame, chunk);
        accepted += result == WEBC_OK;
        webc_stats stats = get_stats();
        messages = stats.messages > messages ? stats.messages : messages;
        events = stats.queued_events > events ? stats.queued_events : events;
        if (result == WEBC_OK)
            continue;
        if (result != WEBC_ERROR_QUOTA_EXCEEDED || webc_events_next(r.events, -1, &event) != 1)
            ck_abort_msg("refused: %s", webc_error_message());
        outputs += event.type == rig_output(&r);
    }
    webc_event_clear(&event);
    ck_ok(rig_flush(&r, 1));
    ck_assert_uint_eq(outputs + count_outputs(&r), count);
    ck_assert_uint_le(messages, QUEUE + 2);
    ck_assert_uint_le(events, OUTPUTS + 1);
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    rig_end(&r);
}

/* A slow consumer: it takes an event when an input is refused, and no other time. */
typedef struct peaks {
    uint64_t inputs; /* frames of an encoder, chunks of a decoder, alive at once */
    uint64_t outputs;
} peaks;

static void note_peaks(const rig *r, peaks *most)
{
    webc_stats stats = get_stats();
    uint64_t inputs = r->decoder ? stats.chunks : stats.frames;
    uint64_t outputs = r->decoder ? stats.frames : stats.chunks;
    most->inputs = inputs > most->inputs ? inputs : most->inputs;
    most->outputs = outputs > most->outputs ? outputs : most->outputs;
}

/* H20: every input has memory of its own here, so that the ledger tells what is held at once. */
TEST_BOTH(a_flood_against_a_limit_of_bytes_holds_no_more_than_it_says)
{
    enum { QUEUE = 10, OUTPUTS = 4 };
    uint64_t count = repeats(50000, 1000000),
             bytes = media == WEBC_MEDIA_VIDEO_DECODER ? SCRIPTED_CHUNK_SIZE : PICTURE_BYTES;
    uint64_t outputs = 0;
    peaks most = {0};
    webc_event event;
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.max_queue_bytes = QUEUE * bytes + bytes / 2, .max_outputs = OUTPUTS});
    ck_ok(rig_configure(&r, "vp8"));
    webc_event_init(&event, sizeof event);
    while (r.next < count) {
        webc_result result = rig_input(&r);
        note_peaks(&r, &most);
        if (result == WEBC_OK)
            continue;
        if (result != WEBC_ERROR_QUOTA_EXCEEDED || webc_events_next(r.events, -1, &event) != 1)
            ck_abort_msg("refused: %s", webc_error_message());
        outputs += event.type == rig_output(&r);
        r.next--; /* once more */
    }
    webc_event_clear(&event);
    ck_ok(rig_flush(&r, 1));
    ck_assert_uint_eq(outputs + count_outputs(&r), count);
    ck_assert_uint_ge(most.inputs, QUEUE);
    ck_assert_uint_le(most.inputs, QUEUE + 1); /* the worker's */
    /* Beside the queued ones: the worker's, the consumer's, and one that is on its way back to the worker. */
    ck_assert_uint_le(most.outputs, OUTPUTS + 3);
    rig_end(&r);
}

/* Flushes are messages too: a flood of them is settled to the last. */
TEST_BOTH(a_flood_of_flushes_is_settled_to_the_last)
{
    uint64_t count = repeats(20000, 200000);
    rig r;
    rig_start(&r, media);
    for (uint64_t i = 0; i < count; i++)
        if (rig_flush(&r, i))
            ck_abort_msg("refused: %s", webc_error_message());
    ck_ok(rig_close(&r));
    ck_assert_uint_eq(rig_stats(&r).flushed, count);
    webc_event event;
    webc_event_init(&event, sizeof event);
    for (uint64_t i = 0; i < count; i++) {
        ck_assert_int_eq(webc_events_next(r.events, 0, &event), 1);
        ck_assert_uint_eq(event.type, WEBC_EVENT_FLUSHED);
        ck_assert_uint_eq(event.tag, i);
    }
    ck_assert_int_eq(webc_events_next(r.events, 0, &event), 0);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("flood", 300, BOTH(a_flood_without_limits_comes_out_whole),
                  BOTH(a_flood_against_limits_holds_no_more_than_they_say),
                  BOTH(a_flood_against_a_limit_of_bytes_holds_no_more_than_it_says),
                  BOTH(a_flood_of_flushes_is_settled_to_the_last))
