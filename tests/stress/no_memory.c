/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of a session fails, once and for ever from there on, one after the other: calls say so,
 * codecs close with OutOfMemoryError, flushes are settled, nothing is left behind, and the next session is none
 * the worse.
 */
#include <libavcodec/avcodec.h>
#include <string.h>

#include "fault_session.h"
#include "webcodecs/libav.h"

enum { REAL_SIDE = 64 };

static bool run_codec(const void *what)
{
    session s;
    run_session(&s, what, WEBC_OK);
    return s.reports > 0;
}

/* The scripted backend. */

TEST_BOTH(every_allocation_of_a_scripted_session_may_fail)
{
    ck_assert_uint_gt(fail_each_scripted(media, FAULT_MEMORY, run_codec), 20);
}

/* Codecs of FFmpeg. */

/* RGBA with some alpha, so that an encoder has to convert and alpha can be kept. */
static webc_frame *make_picture(unsigned number)
{
    static uint8_t pixels[REAL_SIDE * REAL_SIDE * 4];
    webc_frame_params params;
    webc_frame *frame = NULL;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 / 5 + 31 * number);
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_RGBA;
    params.coded_width = params.coded_height = REAL_SIDE;
    params.timestamp = (int64_t)number * 33333;
    ck_ok(webc_frame_create(&frame, &params, pixels, sizeof pixels));
    return frame;
}

static void begin_real(subject *of, const char *name, const char *codec)
{
    *of = (subject){.name = name, .backend = webc__backend_ffmpeg, .media = WEBC_MEDIA_VIDEO_ENCODER};
    webc_video_encoder_config_init(&of->encoder, sizeof of->encoder);
    of->encoder.codec = codec;
    of->encoder.width = of->encoder.height = REAL_SIDE;
    of->encoder.framerate = 30;
    of->encoder.thread_count = 1;
    av_log_set_level(AV_LOG_QUIET);
    for (unsigned i = 0; i < SESSION_INPUTS; i++)
        of->frames[i] = make_picture(i);
}

static void end_real(subject *of)
{
    for (unsigned i = 0; i < SESSION_INPUTS; i++) {
        webc_frame_unref(&of->frames[i]);
        webc_chunk_unref(&of->chunks[i]);
    }
    free((char *)of->decoder.codec);
    free((void *)of->decoder.description);
}

static bool is_there(const subject *of)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_ok(webc_video_encoder_is_config_supported(&of->encoder, &support));
    if (!support.supported)
        printf("# skipped: %s: %s\n", of->name, support.reason);
    return support.supported;
}

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    return memset((char *)copy + size, 0, 1) ? copy : NULL;
}

/* What the encoder makes of the pictures becomes the input of a decoder. */
static void code_chunks(subject *of)
{
    webc_events *events = make_events();
    webc_video_encoder *encoder = NULL;
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_ok(webc_video_encoder_create(&encoder, events, NULL));
    ck_ok(webc_video_encoder_configure(encoder, &of->encoder));
    for (unsigned i = 0; i < SESSION_INPUTS; i++)
        ck_ok(webc_video_encoder_encode(encoder, of->frames[i], NULL));
    ck_ok(webc_video_encoder_flush(encoder, 1));
    for (unsigned i = 0; i < SESSION_INPUTS;) {
        ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
        if (event.type != WEBC_EVENT_CHUNK)
            continue;
        const webc_video_decoder_config *config = event.metadata->decoder_config;
        if (config) {
            of->decoder = *config;
            of->decoder.codec = copy_bytes(config->codec, strlen(config->codec));
            of->decoder.description = copy_bytes(config->description, (size_t)config->description_size);
        }
        of->chunks[i++] = webc_chunk_ref(event.chunk);
    }
    webc_event_clear(&event);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    ck_ok(webc_drain_workers(-1));
}

static void fail_h264_encoder(const char *name, bool opens_ahead)
{
    subject of;
    begin_real(&of, name, "avc1.64001e");
    of.backend.opens_ahead = opens_ahead;
    if (is_there(&of))
        ck_assert_uint_gt(fail_each(of.name, FAULT_MEMORY, run_codec, &of, false), 50);
    end_real(&of);
}

START_TEST(every_allocation_of_an_h264_encoder_may_fail)
{
    fail_h264_encoder("H.264 encoder", false);
}
END_TEST

START_TEST(every_allocation_of_an_h264_encoder_opened_ahead_may_fail)
{
    fail_h264_encoder("H.264 encoder, opened ahead", true);
}
END_TEST

START_TEST(every_allocation_of_an_h264_decoder_may_fail)
{
    subject of;
    begin_real(&of, "H.264 decoder", "avc1.64001e");
    if (is_there(&of)) {
        code_chunks(&of);
        of.media = WEBC_MEDIA_VIDEO_DECODER;
        of.decoder.thread_count = 1;
        ck_assert_uint_gt(fail_each(of.name, FAULT_MEMORY, run_codec, &of, false), 50);
    }
    end_real(&of);
}
END_TEST

/* Chunks in lent memory are copied on the worker, as libavcodec reads past them. */
START_TEST(every_allocation_for_lent_chunks_may_fail)
{
    subject of;
    begin_real(&of, "H.264 decoder of lent chunks", "avc1.64001e");
    if (is_there(&of)) {
        uint8_t *lent[SESSION_INPUTS];
        code_chunks(&of);
        for (unsigned i = 0; i < SESSION_INPUTS; i++) {
            webc_chunk_params params;
            webc_chunk_params_init(&params, sizeof params);
            params.type = i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY;
            params.timestamp = i;
            size_t size = webc_chunk_size(of.chunks[i]);
            lent[i] = copy_bytes(webc_chunk_data(of.chunks[i]), size);
            webc_chunk_unref(&of.chunks[i]);
            ck_ok(webc_chunk_wrap(&of.chunks[i], &params, lent[i], size, free, lent[i]));
        }
        of.media = WEBC_MEDIA_VIDEO_DECODER;
        of.decoder.thread_count = 1;
        ck_assert_uint_gt(fail_each(of.name, FAULT_MEMORY, run_codec, &of, false), 50);
    }
    end_real(&of);
}
END_TEST

/* Alpha is a second encoder, layers are marked in metadata, quantizers in side data. */
START_TEST(every_allocation_of_a_vp9_encoder_with_everything_may_fail)
{
    subject of;
    begin_real(&of, "VP9 encoder with alpha, layers and quantizers", "vp09.00.10.08");
    of.encoder.alpha = WEBC_ALPHA_KEEP;
    of.encoder.scalability_mode = "L1T2";
    of.encoder.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    of.encoder.latency_mode = WEBC_LATENCY_MODE_REALTIME;
    if (is_there(&of))
        ck_assert_uint_gt(fail_each(of.name, FAULT_MEMORY, run_codec, &of, true), 80);
    end_real(&of);
}
END_TEST

/* Trials. */

static bool run_queries(const void *what)
{
    const subject *of = what;
    webc_events *events = NULL;
    unsigned told = 0, asked = 0;
    webc_event event;
    webc_event_init(&event, sizeof event);
    webc_result result = TRY(webc_events_create(&events, NULL));
    told += result != WEBC_OK;
    for (unsigned i = 0; events && i < 3; i++) {
        result = i == 1 ? TRY(webc_video_decoder_query_support(events, &of->decoder, i))
                        : TRY(webc_video_encoder_query_support(events, &of->encoder, i));
        ck_assert_msg(!result || result == WEBC_ERROR_NO_MEMORY || result == WEBC_ERROR_SYSTEM, "%s: %s",
                      fault_place(), webc_result_name(result));
        told += result != WEBC_OK;
        asked += result == WEBC_OK;
    }
    for (; asked; asked--) {
        ck_assert_int_eq(TRY(webc_events_next(events, -1, &event)), 1);
        ck_assert_uint_eq(event.type, WEBC_EVENT_SUPPORT);
        ck_assert_msg(event.support->supported || event.support->reason[0], "%s: no reason", fault_place());
        told += !event.support->verified;
    }
    webc_event_clear(&event);
    TRY_VOID(webc_events_destroy(&events));
    ck_ok(webc_drain_workers(-1));
    check_ledger();
    return told > 0;
}

START_TEST(every_allocation_of_a_trial_may_fail)
{
    subject of;
    begin_real(&of, "trials", "vp8");
    of.encoder.alpha = WEBC_ALPHA_KEEP;
    if (is_there(&of)) {
        webc_video_decoder_config_init(&of.decoder, sizeof of.decoder);
        of.decoder.codec = copy_bytes("vp8", 3);
        ck_assert_uint_gt(fail_each(of.name, FAULT_MEMORY, run_queries, &of, false), 40);
    }
    end_real(&of);
}
END_TEST

/* Frames and chunks. */

static unsigned refusals;
static unsigned releases;

/* True when the call succeeded; what failed gave nothing. `out` is the address of a pointer. */
static bool note(webc_result result, const void *out)
{
    void *given;
    memcpy(&given, out, sizeof given);
    ck_assert_msg(result == WEBC_OK || result == WEBC_ERROR_NO_MEMORY, "%s: %s: %s", fault_place(),
                  webc_result_name(result), webc_error_message());
    ck_assert_msg((result == WEBC_OK) == (given != NULL), "%s: %s and %p", fault_place(),
                  webc_result_name(result), given);
    refusals += result != WEBC_OK;
    return result == WEBC_OK;
}

static void count_release(void *user)
{
    (void)user;
    releases++;
}

static void copy_out(const webc_frame *frame, uint32_t format, uint32_t color_space)
{
    static uint8_t copy[SCRIPTED_SIDE * SCRIPTED_SIDE * 8];
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = format;
    params.color_space = color_space;
    webc_result result = TRY(webc_frame_copy_to(frame, &params, copy, sizeof copy, NULL));
    ck_assert_msg(result == WEBC_OK || result == WEBC_ERROR_NO_MEMORY, "%s: %s: %s", fault_place(),
                  webc_result_name(result), webc_error_message());
    refusals += result != WEBC_OK;
}

/* A picture lent with a callback and with an event: given back once when the call succeeded, never when not. */
static void lend(const webc_frame_params *params, const uint8_t *picture)
{
    webc_frame *frame = NULL;
    webc_chunk *chunk = NULL;
    webc_events *events = NULL;
    releases = 0;
    bool lent = note(TRY(webc_frame_wrap(&frame, params, picture, PICTURE_BYTES, count_release, NULL)), &frame);
    TRY_VOID(webc_frame_unref(&frame));
    ck_assert_uint_eq(releases, lent);
    webc_chunk_params chunk_params;
    webc_chunk_params_init(&chunk_params, sizeof chunk_params);
    chunk_params.type = WEBC_CHUNK_KEY;
    lent =
        note(TRY(webc_chunk_wrap(&chunk, &chunk_params, picture, PICTURE_BYTES, count_release, NULL)), &chunk);
    releases = 0;
    AVPacket *packet = av_packet_alloc();
    if (lent)
        refusals += TRY(webc_chunk_to_avpacket(chunk, packet)) != WEBC_OK;
    av_packet_free(&packet);
    TRY_VOID(webc_chunk_unref(&chunk));
    ck_assert_uint_eq(releases, lent);
    if (!note(TRY(webc_events_create(&events, NULL)), &events))
        return;
    webc_result result = TRY(webc_frame_wrap_with_event(&frame, params, picture, PICTURE_BYTES, events, 1));
    lent = note(result, &frame);
    TRY_VOID(webc_frame_unref(&frame));
    ck_assert_uint_eq(!is_queue_empty(events), lent);
    TRY_VOID(webc_events_destroy(&events));
}

/* To libav and back. */
static void cross(webc_frame *frame, const uint8_t *picture)
{
    webc_frame *back = NULL;
    webc_chunk *chunk = NULL, *again = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    AVFrame *av = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    if (note(TRY(webc_frame_to_avframe(frame, av)), &av->data[0]))
        note(TRY(webc_frame_create_from_avframe(&back, av, NULL)), &back);
    if (note(TRY(webc_chunk_create(&chunk, &params, picture, PICTURE_BYTES)), &chunk) &&
        note(TRY(webc_chunk_to_avpacket(chunk, packet)), &packet->data))
        note(TRY(webc_chunk_create_from_avpacket(&again, packet, NULL)), &again);
    av_frame_free(&av);
    av_packet_free(&packet);
    TRY_VOID(webc_frame_unref(&back));
    TRY_VOID(webc_chunk_unref(&again));
    TRY_VOID(webc_chunk_unref(&chunk));
}

static bool run_frames(const void *what)
{
    static const uint32_t targets[] = {WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_NV12,
                                       WEBC_PIXEL_FORMAT_I444P10};
    const uint8_t *picture = what;
    webc_frame_params params;
    webc_frame *frame = NULL;
    refusals = 0;
    picture_params(&params, 0);
    if (note(TRY(webc_frame_create(&frame, &params, picture, PICTURE_BYTES)), &frame)) {
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
            for (uint32_t side = SCRIPTED_SIDE; side <= 2 * SCRIPTED_SIDE; side += SCRIPTED_SIDE) {
                webc_frame *other = NULL;
                webc_result result = TRY(webc_frame_convert(&other, frame, targets[i], side, side, NULL));
                note(result, &other);
                TRY_VOID(webc_frame_unref(&other));
            }
        copy_out(frame, 0, 0);
        copy_out(frame, WEBC_PIXEL_FORMAT_BGRA, WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3);
        webc_frame *view = NULL;
        note(TRY(webc_frame_create_view(&view, frame, NULL)), &view);
        TRY_VOID(webc_frame_unref(&view));
        cross(frame, picture);
    }
    TRY_VOID(webc_frame_unref(&frame));
    lend(&params, picture);
    check_ledger();
    webc_stats left = get_stats();
    ck_assert_msg(!left.frames && !left.chunks, "%s: frames or chunks are left", fault_place());
    return refusals > 0;
}

START_TEST(every_allocation_of_frames_and_chunks_may_fail)
{
    static uint8_t picture[PICTURE_BYTES];
    memset(picture, 128, sizeof picture);
    ck_assert_uint_gt(fail_each("frames and chunks", FAULT_MEMORY, run_frames, picture, false), 80);
}
END_TEST

LEAK_CHECKED_MAIN("no_memory", 300, BOTH(every_allocation_of_a_scripted_session_may_fail),
                  every_allocation_of_an_h264_encoder_may_fail,
                  every_allocation_of_an_h264_encoder_opened_ahead_may_fail,
                  every_allocation_of_an_h264_decoder_may_fail, every_allocation_for_lent_chunks_may_fail,
                  every_allocation_of_a_vp9_encoder_with_everything_may_fail,
                  every_allocation_of_a_trial_may_fail, every_allocation_of_frames_and_chunks_may_fail)
