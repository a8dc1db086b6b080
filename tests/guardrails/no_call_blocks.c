/* SPDX-License-Identifier: MIT */
/*
 * H48, "no call blocks": while the worker is stopped inside the backend, or waits for room for its outputs,
 * every function of the API returns. No clock: a call that waits never gets to the line that lets the worker
 * go.
 */
#include <string.h>

#include "codec_rig.h"
#include "webcodecs/libav.h"
#include "webcodecs/version.h"

/* What a codec answers while its worker is stopped. The codec is configured, and so it stays. */
static void call_getters(rig *r)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_assert_uint_eq(rig_state(r), WEBC_STATE_CONFIGURED);
    ck_assert_uint_ge(rig_stats(r).accepted, rig_queue_size(r));
    ck_assert_uint_ne(rig_id(r), 0);
    if (r->media == WEBC_MEDIA_VIDEO_DECODER) {
        webc_video_decoder_config config;
        webc_video_decoder_config_init(&config, sizeof config);
        config.codec = "vp8";
        ck_ok(webc_video_decoder_is_config_supported(&config, &support));
        ck_ok(webc_video_decoder_query_support(r->events, &config, 1));
    } else {
        webc_video_encoder_config config;
        webc_video_encoder_config_init(&config, sizeof config);
        config.codec = "vp8";
        config.width = config.height = 64;
        ck_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_ok(webc_video_encoder_query_support(r->events, &config, 2));
    }
    ck_assert_uint_eq(support.supported, 1);
}

static void ignore_wakeup(void *user)
{
    (void)user;
}

/* All calls on the events object but those that may wait. Takes what is queued. */
static void call_events(webc_events *events)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_ge(webc_events_next(events, 0, &event), 0);
    webc_event_clear(&event);
    ck_assert_int_ge(webc_events_dispatch(events), 0);
    ck_assert_int_ge(webc_events_native_handle(events), 0);
    ck_ok(webc_events_set_wakeup(events, ignore_wakeup, NULL));
    ck_ok(webc_events_set_wakeup(events, NULL, NULL));
    webc_events_interrupt(events);
    static uint8_t picture[PICTURE_BYTES];
    webc_frame_params params;
    webc_frame *frame = NULL;
    picture_params(&params, 0);
    ck_ok(webc_frame_wrap_with_event(&frame, &params, picture, sizeof picture, events, 3));
    webc_frame_unref(&frame);
    webc_events *other = NULL;
    ck_ok(webc_events_create(&other, NULL));
    webc_events_destroy(&other);
}

static void call_frame_views(webc_frame *frame)
{
    webc_frame *other = NULL;
    webc_frame_view_params view;
    webc_frame_view_params_init(&view, sizeof view);
    ck_ok(webc_frame_create_view(&other, frame, &view));
    webc_frame_unref(&other);
    ck_ok(webc_frame_convert(&other, frame, WEBC_PIXEL_FORMAT_RGBA, 0, 0, NULL));
    webc_frame_unref(&other);
    other = webc_frame_ref(frame);
    webc_frame_unref(&other);
    AVFrame *av = av_frame_alloc();
    ck_ok(webc_frame_to_avframe(frame, av));
    ck_ok(webc_frame_create_from_avframe(&other, av, NULL));
    webc_frame_unref(&other);
    av_frame_free(&av);
}

static void call_frames(void)
{
    uint8_t picture[PICTURE_BYTES] = {0};
    const void *planes[] = {picture, picture + SCRIPTED_SIDE * SCRIPTED_SIDE, picture};
    const uint32_t strides[] = {SCRIPTED_SIDE, SCRIPTED_SIDE / 2, SCRIPTED_SIDE / 2};
    webc_frame_params params;
    webc_frame *frame = NULL;
    picture_params(&params, 0);
    ck_ok(webc_frame_wrap(&frame, &params, picture, sizeof picture, NULL, NULL));
    webc_frame_unref(&frame);
    ck_ok(webc_frame_create_from_planes(&frame, &params, planes, strides));
    webc_frame_unref(&frame);
    ck_ok(webc_frame_create(&frame, &params, picture, sizeof picture));
    call_frame_views(frame);
    webc_frame_info info;
    webc_plane plane;
    uint64_t size;
    webc_frame_info_init(&info, sizeof info);
    webc_plane_init(&plane, sizeof plane);
    ck_ok(webc_frame_get_info(frame, &info));
    ck_assert_int_eq(webc_frame_timestamp(frame), 0);
    ck_ok(webc_frame_plane(frame, 0, &plane));
    ck_ok(webc_frame_allocation_size(frame, NULL, &size));
    ck_assert_uint_eq(size, sizeof picture);
    ck_ok(webc_frame_copy_to(frame, NULL, picture, sizeof picture, NULL));
    webc_frame_unref(&frame);
}

static void call_chunks(void)
{
    uint8_t data[SCRIPTED_CHUNK_SIZE];
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    webc_chunk *chunk = NULL;
    ck_ok(webc_chunk_wrap(&chunk, &params, data, sizeof data, NULL, NULL));
    webc_chunk_unref(&chunk);
    chunk = make_chunk(1, 0);
    webc_chunk *other = webc_chunk_ref(chunk);
    webc_chunk_unref(&other);
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_ok(webc_chunk_get_info(chunk, &info));
    ck_ok(webc_chunk_copy_to(chunk, data, sizeof data));
    AVPacket *packet = av_packet_alloc();
    ck_ok(webc_chunk_to_avpacket(chunk, packet));
    ck_ok(webc_chunk_create_from_avpacket(&other, packet, NULL));
    webc_chunk_unref(&other);
    av_packet_free(&packet);
    webc_chunk_unref(&chunk);
}

static void call_process(void)
{
    char text[32];
    webc_implementation implementation;
    webc_implementation_init(&implementation, sizeof implementation);
    ck_ok(webc_implementation_at(0, &implementation));
    ck_ok(webc_codec_string(WEBC_CODEC_VP9, 640, 480, 30, 8, text, sizeof text));
    ck_assert_uint_gt(get_stats().threads, 0);
    ck_assert_int_eq(webc_drain_workers(0), WEBC_ERROR_QUOTA_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "workers"));
    ck_assert_str_ne(webc_ffmpeg_version(), "");
    ck_assert_str_ne(webc_ffmpeg_license(), "");
}

/* Everything that leaves the codec usable, everything that does not, then the end of it all. */
static void call_everything(rig *r)
{
    call_getters(r);
    call_events(r->events);
    call_frames();
    call_chunks();
    call_process();
    ck_ok(rig_input(r));
    ck_ok(rig_flush(r, 10));
    ck_ok(rig_configure(r, "vp8"));
    ck_ok(rig_input(r));
    ck_ok(rig_reset(r));
    ck_ok(rig_configure(r, "vp8"));
    ck_ok(rig_input(r));
    ck_ok(rig_flush(r, 11));
    call_getters(r);
    call_events(r->events);

    rig second;
    rig_begin_on(&second, r->media, r->events);
    rig_create(&second, NULL);
    ck_ok(rig_configure(&second, "vp8"));
    rig_destroy(&second);
    scripted_deinit(&second.script);

    ck_ok(rig_close(r));
    ck_assert_uint_eq(rig_state(r), WEBC_STATE_CLOSED);
    ck_assert_int_eq(rig_close(r), WEBC_ERROR_INVALID_STATE);
    call_events(r->events);
    rig_destroy(r);
    call_events(r->events);
    webc_events_destroy(&r->events);
}

/* The worker comes to `point` by an input, a flush, or both. */
static void check_parked(uint32_t media, scripted_point point)
{
    rig r;
    rig_start(&r, media);
    scripted_park(&r.script, point);
    ck_ok(rig_input(&r));
    ck_ok(rig_flush(&r, 1));
    scripted_wait_parked(&r.script, point);
    call_everything(&r);
    scripted_release(&r.script, point);
    rig_end(&r);
}

/* P-03. */
TEST_BOTH(calls_return_with_the_worker_inside_open)
{
    check_parked(media, SCRIPTED_OPEN);
}

/* P-03, T23. */
TEST_BOTH(calls_return_with_the_worker_inside_send)
{
    check_parked(media, SCRIPTED_SEND);
}

TEST_BOTH(calls_return_with_the_worker_inside_receive)
{
    check_parked(media, SCRIPTED_RECEIVE);
}

TEST_BOTH(calls_return_with_the_worker_inside_drain)
{
    check_parked(media, SCRIPTED_DRAIN);
}

/* Reset makes the worker free its instance; SVT-AV1 takes over a second for that. */
TEST_BOTH(calls_return_with_the_worker_inside_free)
{
    rig r;
    rig_start(&r, media);
    ck_ok(rig_input(&r));
    journal_until(&r.log, r.events, rig_output(&r), 1);
    scripted_park(&r.script, SCRIPTED_FREE);
    ck_ok(rig_reset(&r));
    scripted_wait_parked(&r.script, SCRIPTED_FREE);
    ck_ok(rig_configure(&r, "vp8"));
    call_everything(&r);
    scripted_release(&r.script, SCRIPTED_FREE);
    rig_end(&r);
}

/* The same at the very end, when nobody holds the codec any more. */
TEST_BOTH(destroy_returns_with_the_worker_inside_free)
{
    rig r;
    rig_start(&r, media);
    ck_ok(rig_input(&r));
    journal_until(&r.log, r.events, rig_output(&r), 1);
    scripted_park(&r.script, SCRIPTED_FREE);
    rig_destroy(&r);
    scripted_wait_parked(&r.script, SCRIPTED_FREE);
    ck_assert_uint_eq(get_stats().codecs, 1);
    call_events(r.events);
    webc_events_destroy(&r.events);
    ck_assert_uint_eq(get_stats().events, 1);
    scripted_release(&r.script, SCRIPTED_FREE);
    rig_end(&r);
}

/* H21, P-06: the worker has one output posted, one in hand, and nobody takes them. */
TEST_BOTH(calls_return_with_the_output_window_full)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.max_outputs = 1});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 4);
    scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, 2);
    call_everything(&r);
    rig_end(&r);
}

/* Closing the domain alone must be enough for the worker that waits for room. */
TEST_BOTH(events_destroy_returns_and_frees_the_worker_that_waits_for_room)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, &(rig_params){.max_outputs = 1});
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 4);
    scripted_wait_calls(&r.script, SCRIPTED_RECEIVE, 2);
    webc_events_destroy(&r.events);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    ck_assert_int_eq(rig_input(&r), WEBC_ERROR_INVALID_STATE);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("no_call_blocks", 20, BOTH(calls_return_with_the_worker_inside_open),
                  BOTH(calls_return_with_the_worker_inside_send),
                  BOTH(calls_return_with_the_worker_inside_receive),
                  BOTH(calls_return_with_the_worker_inside_drain),
                  BOTH(calls_return_with_the_worker_inside_free),
                  BOTH(destroy_returns_with_the_worker_inside_free),
                  BOTH(calls_return_with_the_output_window_full),
                  BOTH(events_destroy_returns_and_frees_the_worker_that_waits_for_room))
