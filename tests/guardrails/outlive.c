/* SPDX-License-Identifier: MIT */
/* Goal 26: frames, chunks and events outlive the codec and the events object they came from. */
#include <stdatomic.h>
#include <string.h>

#include "codec_rig.h"

/* Take events into storage of the caller's until an output is among them. */
static void take_output(rig *r, webc_event *event)
{
    do
        ck_assert_int_eq(webc_events_next(r->events, -1, event), 1);
    while (event->type != rig_output(r));
}

/* H44, H45, VD-19: held outputs and a held event, read after everything they came from is gone. */
TEST_BOTH(outputs_outlive_codec_and_events)
{
    rig r;
    webc_event event;
    webc_frame *frame = NULL;
    webc_chunk *chunk = NULL;
    rig_start(&r, media);
    webc_event_init(&event, sizeof event);
    rig_inputs(&r, 3);
    take_output(&r, &event);
    frame = webc_frame_ref(event.frame);
    chunk = webc_chunk_ref(event.chunk);
    take_output(&r, &event);
    rig_destroy(&r);
    webc_events_destroy(&r.events);
    ck_ok(webc_drain_workers(-1));
    ck_assert_uint_eq(get_stats().codecs, 0);
    ck_assert_uint_eq(get_stats().events, 0);
    if (media == WEBC_MEDIA_VIDEO_DECODER) {
        uint8_t picture[PICTURE_BYTES];
        ck_assert_uint_eq(scripted_frame_number(frame), 0);
        ck_ok(webc_frame_copy_to(frame, NULL, picture, sizeof picture, NULL));
        ck_assert_uint_eq(scripted_frame_number(event.frame), 1);
    } else {
        uint8_t data[SCRIPTED_CHUNK_SIZE];
        ck_assert_uint_eq(scripted_chunk_number(chunk), 0);
        ck_ok(webc_chunk_copy_to(chunk, data, sizeof data));
        ck_assert_uint_eq(scripted_chunk_number(event.chunk), 1);
        ck_assert_uint_eq(event.metadata->struct_size, sizeof *event.metadata);
    }
    webc_event_clear(&event);
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    rig_end(&r);
}

/* EN-21: the metadata of a chunk belongs to its event. */
START_TEST(the_decoder_config_outlives_the_encoder)
{
    rig r;
    webc_event event;
    rig_start(&r, WEBC_MEDIA_VIDEO_ENCODER);
    webc_event_init(&event, sizeof event);
    rig_inputs(&r, 1);
    take_output(&r, &event);
    rig_end(&r);
    const webc_video_decoder_config *config = event.metadata->decoder_config;
    ck_assert_str_eq(config->codec, "vp8");
    ck_assert_uint_eq(config->coded_width, SCRIPTED_SIDE);
    ck_assert_uint_eq(config->coded_height, SCRIPTED_SIDE);
    webc_event_clear(&event);
}
END_TEST

/* An event cleared or overwritten drops its payload; one taken out of it stays. */
TEST_BOTH(a_payload_taken_out_of_its_event_is_the_callers)
{
    rig r;
    webc_event event;
    rig_start(&r, media);
    webc_event_init(&event, sizeof event);
    rig_inputs(&r, 2);
    take_output(&r, &event);
    webc_frame *frame = event.frame;
    webc_chunk *chunk = event.chunk;
    event.frame = NULL;
    event.chunk = NULL;
    take_output(&r, &event);
    ck_assert_uint_eq(
        media == WEBC_MEDIA_VIDEO_DECODER ? scripted_frame_number(frame) : scripted_chunk_number(chunk), 0);
    webc_event_clear(&event);
    rig_end(&r);
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
}

/* H48: the memory of an output goes back to its worker, which frees it when it next has something to do. */
START_TEST(outputs_are_freed_by_the_worker)
{
    rig r;
    webc_event event;
    rig_start(&r, WEBC_MEDIA_VIDEO_ENCODER);
    webc_event_init(&event, sizeof event);
    rig_inputs(&r, 1);
    take_output(&r, &event);
    webc_event_clear(&event);
    ck_assert_uint_eq(get_stats().chunks, 1);
    rig_inputs(&r, 1);
    take_output(&r, &event);
    ck_assert_uint_eq(get_stats().chunks, 1);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    webc_event_clear(&event);
    ck_assert_uint_eq(get_stats().chunks, 0);
    rig_end(&r);
}
END_TEST

/* What an idle worker leaves unfreed is bounded. */
START_TEST(an_idle_worker_leaves_little_unfreed)
{
    enum { OUTPUTS = 20000 };
    rig r;
    webc_event event;
    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    rig_create(&r, &(rig_params){.max_outputs = OUTPUTS});
    ck_ok(rig_configure(&r, "vp8"));
    webc_event_init(&event, sizeof event);
    rig_inputs(&r, OUTPUTS);
    ck_ok(rig_flush(&r, 0));
    scripted_wait_calls(&r.script, SCRIPTED_DRAIN, 1);
    ck_assert_uint_eq(get_stats().chunks, OUTPUTS);
    while (event.type != WEBC_EVENT_FLUSHED)
        ck_assert_int_eq(webc_events_next(r.events, -1, &event), 1);
    webc_event_clear(&event);
    uint64_t left = get_stats().chunks;
    ck_assert_uint_gt(left, 0);
    ck_assert_uint_lt(left * sizeof(webc_event), 4 << 20);
    ck_assert_uint_lt(left, OUTPUTS);
    ck_ok(rig_close(&r));
    rig_end(&r);
    ck_assert_uint_eq(get_stats().chunks, 0);
}
END_TEST

/* H43, H44: undelivered payloads of all kinds are freed with what holds them, in each order. */
TEST_BOTH(undelivered_payloads_are_freed)
{
    for (int way = 0; way < 3; way++) {
        rig r;
        rig_start(&r, media);
        scripted_park(&r.script, SCRIPTED_DRAIN);
        rig_inputs(&r, 10);
        ck_ok(rig_flush(&r, 1));
        scripted_wait_parked(&r.script, SCRIPTED_DRAIN);
        ck_assert_uint_ge(get_stats().queued_events, 10);
        if (way == 0)
            rig_destroy(&r);
        if (way == 1)
            webc_events_destroy(&r.events);
        if (way == 2)
            ck_ok(rig_close(&r));
        webc_stats stats = get_stats();
        ck_assert_uint_eq(stats.queued_events, way == 2 ? 2 : 0); /* FLUSHED and DEQUEUE */
        scripted_release(&r.script, SCRIPTED_DRAIN);
        rig_destroy(&r);
        ck_ok(webc_drain_workers(-1));
        stats = get_stats();
        ck_assert_uint_eq(stats.frames, 0);
        ck_assert_uint_eq(stats.chunks, 0);
        rig_end(&r);
    }
}

static void count_release(void *user)
{
    atomic_fetch_add((_Atomic unsigned *)user, 1);
}

/* H40, H46, T26, VE-02, VE-03: lent memory is read until the last use is over, and given back once, in the call
 * that ends it. */
START_TEST(lent_pictures_are_given_back_once_after_the_last_use)
{
    static uint8_t picture[PICTURE_BYTES];
    for (int holds = 0; holds < 2; holds++) {
        _Atomic unsigned released = 0;
        webc_frame_params params;
        webc_frame *frame = NULL, *view = NULL;
        webc_frame_view_params view_params;
        rig r;
        rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
        r.script.holds_references = holds;
        rig_create(&r, NULL);
        ck_ok(rig_configure(&r, "vp8"));
        picture_params(&params, 0);
        ck_ok(webc_frame_wrap(&frame, &params, picture, sizeof picture, count_release, &released));
        webc_frame_view_params_init(&view_params, sizeof view_params);
        ck_ok(webc_frame_create_view(&view, frame, &view_params));
        ck_ok(webc_video_encoder_encode(r.encoder, frame, NULL));
        webc_frame_unref(&frame);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
        rig_end(&r);
        ck_assert_uint_eq(released, 0);
        webc_frame_unref(&view);
        ck_assert_uint_eq(released, 1);
    }
}
END_TEST

START_TEST(lent_chunks_are_given_back_once_after_the_last_use)
{
    uint8_t data[SCRIPTED_CHUNK_SIZE];
    _Atomic unsigned released = 0;
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
    scripted_fill_chunk(data, 5, true);
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    ck_ok(webc_chunk_wrap(&chunk, &params, data, sizeof data, count_release, &released));
    scripted_park(&r.script, SCRIPTED_OPEN);
    ck_ok(webc_video_decoder_decode(r.decoder, chunk, NULL));
    webc_chunk_unref(&chunk);
    scripted_wait_parked(&r.script, SCRIPTED_OPEN);
    ck_assert_uint_eq(released, 0);
    scripted_release(&r.script, SCRIPTED_OPEN);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_at(&r.log, WEBC_EVENT_FRAME, 0)->number, 5);
    rig_end(&r);
    ck_assert_uint_eq(released, 1);
}
END_TEST

/* Inputs that a reset cut off are given back by the worker, without being sent, while the codec lives on. */
START_TEST(inputs_that_were_cut_off_are_given_back_unsent)
{
    static uint8_t picture[PICTURE_BYTES];
    _Atomic unsigned released = 0;
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_ENCODER);
    scripted_park(&r.script, SCRIPTED_SEND);
    for (int i = 0; i < 5; i++) {
        webc_frame_params params;
        webc_frame *frame = NULL;
        picture_params(&params, i);
        ck_ok(webc_frame_wrap(&frame, &params, picture, sizeof picture, count_release, &released));
        ck_ok(webc_video_encoder_encode(r.encoder, frame, NULL));
        webc_frame_unref(&frame);
    }
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(released, 5);
    ck_assert_uint_eq(scripted_calls(&r.script, SCRIPTED_SEND), 1);
    ck_assert_uint_eq(scripted_live(&r.script), 0);
    rig_end(&r);
}
END_TEST

/* T27, H39, EC-03: pictures that are held do not change while the decoder goes on, nor do those an encoder was
 * given. */
TEST_BOTH(held_values_do_not_change)
{
    enum { HELD = 50 };
    webc_event events[HELD];
    rig r;
    rig_begin(&r, media);
    r.script.holds_references = true;
    rig_create(&r, NULL);
    ck_ok(rig_configure(&r, "vp8"));
    for (size_t i = 0; i < HELD; i++) {
        webc_event_init(&events[i], sizeof events[i]);
        rig_inputs(&r, 1);
        take_output(&r, &events[i]);
    }
    rig_end(&r);
    for (size_t i = 0; i < HELD; i++) {
        ck_assert_uint_eq(events[i].frame ? scripted_frame_number(events[i].frame)
                                          : scripted_chunk_number(events[i].chunk),
                          i);
        webc_event_clear(&events[i]);
    }
}

/* H46: the bytes of a value leave the account in the call that drops its last reference. */
START_TEST(bytes_fall_with_the_last_reference)
{
    webc_frame_view_params view_params;
    webc_frame_view_params_init(&view_params, sizeof view_params);
    webc_frame *frame = make_frame(1, 0), *view = NULL;
    uint64_t bytes = get_stats().frame_bytes;
    ck_assert_uint_ge(bytes, PICTURE_BYTES);
    ck_ok(webc_frame_create_view(&view, frame, &view_params));
    ck_assert_uint_eq(get_stats().frame_bytes, 2 * bytes);
    webc_frame *again = webc_frame_ref(view);
    webc_frame_unref(&view);
    ck_assert_uint_eq(get_stats().frame_bytes, 2 * bytes);
    webc_frame_unref(&again);
    ck_assert_uint_eq(get_stats().frame_bytes, bytes);
    webc_frame_unref(&frame);
    ck_assert_uint_eq(get_stats().frame_bytes, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    ck_assert_uint_eq(get_stats().chunk_bytes, SCRIPTED_CHUNK_SIZE);
    webc_chunk_unref(&chunk);
    ck_assert_uint_eq(get_stats().chunk_bytes, 0);
}
END_TEST

/* H46: the same for outputs that the consumer is done with, the codec being what it may. */
START_TEST(bytes_of_pictures_fall_with_their_events)
{
    enum { TAKEN = 5 };
    webc_event events[TAKEN];
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
    for (size_t i = 0; i < TAKEN; i++) {
        webc_event_init(&events[i], sizeof events[i]);
        rig_inputs(&r, 1);
        take_output(&r, &events[i]);
    }
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    uint64_t all = get_stats().frame_bytes;
    for (size_t i = 0; i < TAKEN; i++) {
        ck_assert_uint_eq(get_stats().frame_bytes, all - i * (all / TAKEN));
        webc_event_clear(&events[i]);
    }
    ck_assert_uint_eq(get_stats().frame_bytes, 0);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}
END_TEST

LEAK_CHECKED_MAIN("outlive", 20, BOTH(outputs_outlive_codec_and_events),
                  the_decoder_config_outlives_the_encoder, outputs_are_freed_by_the_worker,
                  an_idle_worker_leaves_little_unfreed, BOTH(a_payload_taken_out_of_its_event_is_the_callers),
                  BOTH(undelivered_payloads_are_freed), lent_pictures_are_given_back_once_after_the_last_use,
                  lent_chunks_are_given_back_once_after_the_last_use,
                  inputs_that_were_cut_off_are_given_back_unsent, BOTH(held_values_do_not_change),
                  bytes_fall_with_the_last_reference, bytes_of_pictures_fall_with_their_events)
