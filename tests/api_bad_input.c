/* SPDX-License-Identifier: MIT */
/*
 * Bad input gives the documented result and a message that names the cause; a refused size takes no memory and
 * starts nothing (H42, H47, P-17, P-18 and the state table of WebCodecs 5 and 6).
 */
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 60

static webc_video_encoder_config encoder_config(const char *codec, uint32_t width, uint32_t height)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = width;
    config.height = height;
    return config;
}

static webc_video_decoder_config decoder_config(const char *codec)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec;
    return config;
}

static const char *const bad_strings[] = {
    "bogus",
    "avc1",
    "avc1.",
    "avc1.64",
    "avc1.64001",
    "avc1.64001g",
    "avc1.64001f0",
    "AVC1.64001f",
    " avc1.64001f",
    "avc1.64001f ",
    "avc1.ff001f",
    "avc1.640000",
    "hvc1",
    "hvc1.1.6",
    "hvc1.1.6.L93.",
    "hev1.9.6.L93.B0",
    "hvc1.1.6.X93.B0",
    "vp8 ",
    "vp80",
    "VP8",
    "vp9",
    "vp09",
    "vp09.00.10",
    "vp09.0.10.8",
    "vp09.04.10.08",
    "vp09.00.99.08",
    "vp09.00.10.09",
    "vp09.00.10.08.",
    "av01",
    "av01.0.04M",
    "av01.3.04M.08",
    "av01.0.04X.08",
    "av01.0.99M.08",
    "av01.0.04M.09",
    "mp4a.40.2",
    "opus",
    "h264",
    "video/mp4",
    "avc1.64001f,mp4a.40.2",
    "\xff\xfe",
    "avc1.\xf0\x9f\x98\x80",
};

/* 2.1, T19, T20. */
START_TEST(strings_that_name_no_codec_are_unsupported_and_fail_late)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t i = 0; i < COUNT(bad_strings); i++) {
        webc_video_encoder_config encoder = encoder_config(bad_strings[i], 320, 240);
        webc_video_decoder_config decoder = decoder_config(bad_strings[i]);
        ck_assert_ok(webc_video_encoder_is_config_supported(&encoder, &support));
        ck_assert_msg(!support.supported && support.reason[0] && !support.implementation[0], "encoder %s",
                      bad_strings[i]);
        ck_assert_ok(webc_video_decoder_is_config_supported(&decoder, &support));
        ck_assert_msg(!support.supported && support.reason[0] && !support.implementation[0], "decoder %s",
                      bad_strings[i]);
        video_encoder_session *s = video_encoder_open(&encoder);
        ck_assert_uint_eq(webc_video_encoder_state(s->encoder), WEBC_STATE_CONFIGURED);
        ck_assert_ok(webc_video_encoder_flush(s->encoder, 4));
        video_log_until_flushed(&s->log, s->events, 4);
        ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_int_eq(s->log.flush_results[0], WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(s->log.message, "codec"));
        ck_assert_uint_eq(webc_video_encoder_state(s->encoder), WEBC_STATE_CLOSED);
        video_encoder_close(s);
        video_decoder_session *d = video_decoder_open(&decoder);
        video_log_until_error(&d->log, d->events);
        ck_assert_int_eq(d->log.error, WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CLOSED);
        video_decoder_close(d);
    }
}
END_TEST

/* 2.1, P-17. */
START_TEST(blank_and_missing_strings_are_type_errors_that_change_nothing)
{
    static const char *const blank[] = {NULL, "", " ", "\t\n\f\r "};
    webc_video_encoder_config good = encoder_config("vp8", 64, 64);
    webc_video_decoder_config good_decoder = decoder_config("vp8");
    video_encoder_session *s = video_encoder_open(&good);
    video_decoder_session *d = video_decoder_open(&good_decoder);
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t i = 0; i < COUNT(blank); i++) {
        webc_video_encoder_config encoder = encoder_config(blank[i], 320, 240);
        webc_video_decoder_config decoder = decoder_config(blank[i]);
        ck_assert_fails(webc_video_encoder_configure(s->encoder, &encoder), WEBC_ERROR_TYPE, "codec");
        ck_assert_fails(webc_video_decoder_configure(d->decoder, &decoder), WEBC_ERROR_TYPE, "codec");
        ck_assert_fails(webc_video_encoder_is_config_supported(&encoder, &support), WEBC_ERROR_TYPE, "codec");
        ck_assert_fails(webc_video_decoder_is_config_supported(&decoder, &support), WEBC_ERROR_TYPE, "codec");
        ck_assert_fails(webc_video_encoder_query_support(s->events, &encoder, 1), WEBC_ERROR_TYPE, "codec");
        ck_assert_fails(webc_video_decoder_query_support(d->events, &decoder, 1), WEBC_ERROR_TYPE, "codec");
    }
    video_encoder_put(s, video_picture(64, 64, 9, 0), false, 1);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 1);
    video_encoder_close(s);
    video_decoder_close(d);
}
END_TEST

typedef struct member_row {
    const char *name;
    void (*set)(webc_video_encoder_config *config);
} member_row;

#define SET(function, assignment) \
    static void function(webc_video_encoder_config *config) \
    { \
        config->assignment; \
    }
SET(zero_width, width = 0)
SET(zero_height, height = 0)
SET(negative_rate, framerate = -1)
SET(infinite_rate, framerate = (double)INFINITY)
SET(no_number, framerate = (double)NAN)
SET(bad_hardware, hardware_acceleration = 3)
SET(bad_alpha, alpha = 2)
SET(bad_bitrate_mode, bitrate_mode = 4)
SET(bad_latency_mode, latency_mode = 3)
SET(bad_avc_format, avc_format = 3)
SET(bad_hevc_format, hevc_format = UINT32_MAX)
SET(bad_exact_size, exact_size = 2)
SET(bad_reserved, reserved = 1)

static const member_row invalid[] = {
    {"width", zero_width},
    {"height", zero_height},
    {"framerate", negative_rate},
    {"framerate", infinite_rate},
    {"framerate", no_number},
    {"hardware_acceleration", bad_hardware},
    {"alpha", bad_alpha},
    {"bitrate_mode", bad_bitrate_mode},
    {"latency_mode", bad_latency_mode},
    {"avc_format", bad_avc_format},
    {"hevc_format", bad_hevc_format},
    {"exact_size", bad_exact_size},
    {"reserved", bad_reserved},
};

SET(huge_size, width = 100000)
SET(huge_area, width = config->height = 16000)
/* H.264 has no alpha to keep. */
static void kept_alpha(webc_video_encoder_config *config)
{
    config->codec = "avc1.42001e";
    config->alpha = WEBC_ALPHA_KEEP;
}
SET(quantizer, bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER)
SET(scalable, scalability_mode = "L3T3")
SET(nonsense_scalability, scalability_mode = "nonsense")
SET(fast, framerate = 1e9)
SET(endless_bitrate, bitrate = UINT64_MAX)
SET(many_b_frames, b_frames = 17)
SET(long_interval, key_interval = UINT32_MAX)

static const member_row unsupported[] = {
    {"width", huge_size},
    {"width", huge_area},
    {"alpha", kept_alpha},
    {"bitrate_mode", quantizer},
    {"scalability_mode", scalable},
    {"scalability_mode", nonsense_scalability},
    {"framerate", fast},
    {"bitrate", endless_bitrate},
    {"b_frames", many_b_frames},
    {"key_interval", long_interval},
};

/* P-17, T19. */
START_TEST(invalid_members_are_type_errors_that_name_them)
{
    webc_video_encoder_config good = encoder_config("vp8", 64, 64);
    video_encoder_session *s = video_encoder_open(&good);
    for (size_t i = 0; i < COUNT(invalid); i++) {
        webc_video_encoder_config config = encoder_config("vp8", 64, 64);
        invalid[i].set(&config);
        ck_assert_fails(webc_video_encoder_configure(s->encoder, &config), WEBC_ERROR_TYPE, invalid[i].name);
    }
    ck_assert_uint_eq(webc_video_encoder_state(s->encoder), WEBC_STATE_CONFIGURED);
    video_encoder_close(s);
}
END_TEST

START_TEST(members_that_cannot_be_honoured_are_unsupported_and_named)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t i = 0; i < COUNT(unsupported); i++) {
        webc_video_encoder_config config = encoder_config("vp8", 64, 64);
        unsupported[i].set(&config);
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert_msg(!support.supported && strstr(support.reason, unsupported[i].name), "%s: \"%s\"",
                      unsupported[i].name, support.reason);
        video_encoder_session *s = video_encoder_open(&config);
        video_log_until_error(&s->log, s->events);
        ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(s->log.message, unsupported[i].name));
        video_encoder_close(s);
    }
}
END_TEST

START_TEST(invalid_decoder_members_are_type_errors_that_name_them)
{
    webc_video_decoder_config good = decoder_config("vp8");
    video_decoder_session *d = video_decoder_open(&good);
    webc_video_decoder_config config = good;
    config.coded_width = 1;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "coded_height");
    config = good;
    config.display_aspect_height = 9;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "display_aspect_width");
    config = good;
    config.description_size = 5;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "description");
    config = good;
    config.color_space.range = 3;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "color_space.range");
    config = good;
    config.optimize_for_latency = 2;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "optimize_for_latency");
    ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CONFIGURED);
    video_decoder_close(d);
}
END_TEST

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* H47, T36: whatever the numbers say, a refusal holds no more memory than its text. */
START_TEST(frames_of_refused_sizes_take_no_memory)
{
    static const uint32_t sizes[][2] = {
        {0, 64},         {64, 0},        {UINT32_MAX, UINT32_MAX}, {UINT32_MAX, 1},
        {1, UINT32_MAX}, {65536, 65536}, {0x10001, 0xffff},        {0x7fffffff, 2},
    };
    uint8_t byte = 0;
    webc_frame *frame = NULL;
    webc_frame_params params;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (uint32_t format = WEBC_PIXEL_FORMAT_I420; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
            webc_frame_params_init(&params, sizeof params);
            params.format = format;
            params.coded_width = sizes[i][0];
            params.coded_height = sizes[i][1];
            size_t before = bytes_in_use();
            webc_result result = webc_frame_create(&frame, &params, &byte, 1);
            ck_assert(result == WEBC_ERROR_TYPE || result == WEBC_ERROR_NOT_SUPPORTED);
            ck_assert_str_ne(webc_error_message(), "");
            ck_assert_ptr_null(frame);
            ck_assert(webc_frame_wrap(&frame, &params, &byte, 1, NULL, NULL) != WEBC_OK);
            ck_assert_ptr_null(frame);
            ck_assert_uint_eq(bytes_in_use(), before);
        }
}
END_TEST

START_TEST(encoders_of_refused_sizes_open_nothing)
{
    static const uint32_t sizes[][2] = {
        {100000, 100000}, {UINT32_MAX, UINT32_MAX}, {UINT32_MAX, 1}, {16384, 16384}};
    static const char *const codecs[] = {"avc1.64003e", "hvc1.1.6.L186.B0", "vp8", "vp09.00.62.08",
                                         "av01.0.19M.08"};
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t c = 0; c < COUNT(codecs); c++) {
            webc_video_encoder_config config = encoder_config(codecs[c], sizes[i][0], sizes[i][1]);
            size_t before = bytes_in_use();
            video_encoder_session *s = video_encoder_open(&config);
            webc_frame *frame = video_picture(64, 64, 1, 0);
            ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, NULL));
            webc_frame_unref(&frame);
            video_log_until_error(&s->log, s->events);
            ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
            ck_assert_ok(webc_get_stats(&stats));
            ck_assert_uint_eq(stats.contexts, 0);
            ck_assert_uint_lt(bytes_in_use(), before + sizeof *s + 500000);
            video_encoder_close(s);
        }
}
END_TEST

START_TEST(max_pixels_is_the_limit_the_caller_set)
{
    webc_video_encoder_config config = encoder_config("vp8", 128, 64);
    video_encoder_session *s = video_encoder_open(&config);
    webc_video_encoder *limited = NULL;
    webc_video_encoder_params params;
    webc_video_encoder_params_init(&params, sizeof params);
    params.max_pixels = 128 * 64 - 1;
    ck_assert_ok(webc_video_encoder_create(&limited, s->events, &params));
    ck_assert_ok(webc_video_encoder_configure(limited, &config));
    video_log_until_error(&s->log, s->events);
    ck_assert_ptr_nonnull(strstr(s->log.message, "max_pixels"));
    video_encoder_put(s, video_picture(128, 64, 1, 0), false, 1);
    video_encoder_flush(s, 1);
    /* M14: a decoder with the same limit refuses the stream, not the config. */
    webc_video_decoder *decoder = NULL;
    webc_video_decoder_params decoder_params;
    webc_video_decoder_params_init(&decoder_params, sizeof decoder_params);
    decoder_params.max_pixels = 128 * 64 - 1;
    ck_assert_ok(webc_video_decoder_create(&decoder, s->events, &decoder_params));
    ck_assert_ok(webc_video_decoder_configure(decoder, &s->log.configs[0]));
    ck_assert_ok(webc_video_decoder_decode(decoder, s->log.outputs[0].chunk, NULL));
    ck_assert_ok(webc_video_decoder_flush(decoder, 2));
    video_log_until_flushed(&s->log, s->events, 2);
    ck_assert_uint_eq(s->log.errors, 2);
    ck_assert_int_eq(s->log.error, WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(s->log.count, 1);
    webc_video_decoder_destroy(&decoder);
    webc_video_encoder_destroy(&limited);
    video_encoder_close(s);
}
END_TEST

/* P-18, P-14. */
START_TEST(calls_in_the_wrong_state_are_invalid_state_errors)
{
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_encoder_config config = encoder_config("vp8", 64, 64), blank = encoder_config("", 64, 64);
    webc_video_decoder_config decoded = decoder_config("vp8");
    webc_frame *frame = video_picture(64, 64, 1, 0);
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    ck_assert_ok(webc_chunk_create(&chunk, &params, "x", 1));
    ck_assert_ok(webc_events_create(&events, NULL));
    ck_assert_ok(webc_video_encoder_create(&encoder, events, NULL));
    ck_assert_ok(webc_video_decoder_create(&decoder, events, NULL));
    for (int closed = 0; closed < 2; closed++) {
        const char *state = closed ? "closed" : "configure";
        ck_assert_fails(webc_video_encoder_encode(encoder, frame, NULL), WEBC_ERROR_INVALID_STATE, state);
        ck_assert_fails(webc_video_encoder_flush(encoder, 1), WEBC_ERROR_INVALID_STATE, state);
        ck_assert_fails(webc_video_decoder_decode(decoder, chunk, NULL), WEBC_ERROR_INVALID_STATE, state);
        ck_assert_fails(webc_video_decoder_flush(decoder, 1), WEBC_ERROR_INVALID_STATE, state);
        if (closed)
            break;
        ck_assert_ok(webc_video_encoder_reset(encoder));
        ck_assert_ok(webc_video_decoder_reset(decoder));
        ck_assert_ok(webc_video_encoder_close(encoder));
        ck_assert_ok(webc_video_decoder_close(decoder));
    }
    ck_assert_fails(webc_video_encoder_configure(encoder, &config), WEBC_ERROR_INVALID_STATE, "closed");
    ck_assert_fails(webc_video_encoder_configure(encoder, &blank), WEBC_ERROR_TYPE, "codec"); /* P-17 */
    ck_assert_fails(webc_video_decoder_configure(decoder, &decoded), WEBC_ERROR_INVALID_STATE, "closed");
    ck_assert_fails(webc_video_encoder_reset(encoder), WEBC_ERROR_INVALID_STATE, "closed");
    ck_assert_fails(webc_video_encoder_close(encoder), WEBC_ERROR_INVALID_STATE, "closed");
    ck_assert_fails(webc_video_decoder_reset(decoder), WEBC_ERROR_INVALID_STATE, "closed");
    ck_assert_fails(webc_video_decoder_close(decoder), WEBC_ERROR_INVALID_STATE, "closed");
    webc_chunk_unref(&chunk);
    webc_frame_unref(&frame);
    webc_video_encoder_destroy(&encoder);
    webc_video_decoder_destroy(&decoder);
    webc_events_destroy(&events);
}
END_TEST

START_TEST(null_is_refused_or_ignored_everywhere)
{
    webc_video_encoder_config config = encoder_config("vp8", 64, 64);
    webc_video_decoder_config decoded = decoder_config("vp8");
    webc_video_encoder *encoder = NULL;
    webc_video_decoder *decoder = NULL;
    webc_support support;
    webc_support_init(&support, sizeof support);
    video_encoder_session *s = video_encoder_open(&config);
    video_decoder_session *d = video_decoder_open(&decoded);
    ck_assert_fails(webc_video_encoder_create(NULL, s->events, NULL), WEBC_ERROR_TYPE, "out");
    ck_assert_fails(webc_video_encoder_create(&encoder, NULL, NULL), WEBC_ERROR_TYPE, "events");
    ck_assert_fails(webc_video_decoder_create(NULL, s->events, NULL), WEBC_ERROR_TYPE, "out");
    ck_assert_fails(webc_video_decoder_create(&decoder, NULL, NULL), WEBC_ERROR_TYPE, "events");
    ck_assert_fails(webc_video_encoder_configure(NULL, &config), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_configure(s->encoder, NULL), WEBC_ERROR_TYPE, "config");
    ck_assert_fails(webc_video_encoder_encode(NULL, NULL, NULL), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_encode(s->encoder, NULL, NULL), WEBC_ERROR_TYPE, "frame");
    ck_assert_fails(webc_video_encoder_flush(NULL, 0), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_reset(NULL), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_close(NULL), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_get_stats(NULL, NULL), WEBC_ERROR_TYPE, "encoder");
    ck_assert_fails(webc_video_encoder_get_stats(s->encoder, NULL), WEBC_ERROR_TYPE, "stats");
    ck_assert_fails(webc_video_encoder_is_config_supported(NULL, &support), WEBC_ERROR_TYPE, "config");
    ck_assert_fails(webc_video_encoder_is_config_supported(&config, NULL), WEBC_ERROR_TYPE, "support");
    ck_assert_fails(webc_video_encoder_query_support(NULL, &config, 0), WEBC_ERROR_TYPE, "events");
    ck_assert_fails(webc_video_decoder_configure(NULL, &decoded), WEBC_ERROR_TYPE, "decoder");
    ck_assert_fails(webc_video_decoder_configure(d->decoder, NULL), WEBC_ERROR_TYPE, "config");
    ck_assert_fails(webc_video_decoder_decode(NULL, NULL, NULL), WEBC_ERROR_TYPE, "decoder");
    ck_assert_fails(webc_video_decoder_decode(d->decoder, NULL, NULL), WEBC_ERROR_TYPE, "chunk");
    ck_assert_fails(webc_video_decoder_flush(NULL, 0), WEBC_ERROR_TYPE, "decoder");
    ck_assert_fails(webc_video_decoder_reset(NULL), WEBC_ERROR_TYPE, "decoder");
    ck_assert_fails(webc_video_decoder_close(NULL), WEBC_ERROR_TYPE, "decoder");
    ck_assert_fails(webc_video_decoder_is_config_supported(NULL, &support), WEBC_ERROR_TYPE, "config");
    ck_assert_fails(webc_video_decoder_query_support(NULL, &decoded, 0), WEBC_ERROR_TYPE, "events");
    ck_assert_uint_eq(webc_video_encoder_state(NULL), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(webc_video_decoder_state(NULL), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(webc_video_encoder_queue_size(NULL) + webc_video_decoder_queue_size(NULL), 0);
    ck_assert_uint_eq(webc_video_encoder_id(NULL) + webc_video_decoder_id(NULL), 0);
    webc_video_encoder_destroy(NULL);
    webc_video_encoder_destroy(&encoder);
    webc_video_decoder_destroy(NULL);
    webc_video_decoder_destroy(&decoder);
    webc_video_encoder_config_init(NULL, 8);
    webc_video_decoder_config_init(NULL, 8);
    video_encoder_close(s);
    video_decoder_close(d);
}
END_TEST

/* A newer program's struct is taken while what is unknown in it is zero. */
START_TEST(structs_of_the_wrong_size_are_refused)
{
    struct {
        webc_video_encoder_config config;
        uint64_t more;
    } newer = {.config = encoder_config("vp8", 64, 64)};
    newer.config.struct_size = sizeof newer;
    video_encoder_session *s = video_encoder_open(&newer.config);
    newer.more = 1;
    ck_assert_fails(webc_video_encoder_configure(s->encoder, &newer.config), WEBC_ERROR_TYPE, "struct_size");
    webc_video_encoder_config none = encoder_config("vp8", 64, 64);
    none.struct_size = 0;
    ck_assert_fails(webc_video_encoder_configure(s->encoder, &none), WEBC_ERROR_TYPE, "struct_size");
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.struct_size = 0;
    webc_frame *frame = video_picture(64, 64, 1, 0);
    ck_assert_fails(webc_video_encoder_encode(s->encoder, frame, &options), WEBC_ERROR_TYPE, "struct_size");
    webc_frame_unref(&frame);
    webc_video_encoder_params params;
    webc_video_encoder_params_init(&params, sizeof params);
    params.struct_size = 0;
    webc_video_encoder *encoder = NULL;
    ck_assert_fails(webc_video_encoder_create(&encoder, s->events, &params), WEBC_ERROR_TYPE, "struct_size");
    webc_video_encoder_params_init(&params, sizeof params);
    params.report_idle = 2;
    ck_assert_fails(webc_video_encoder_create(&encoder, s->events, &params), WEBC_ERROR_TYPE, "report_idle");
    webc_codec_stats stats = {0};
    ck_assert_fails(webc_video_encoder_get_stats(s->encoder, &stats), WEBC_ERROR_TYPE, "stats");
    webc_event event = {0};
    ck_assert_int_eq(webc_events_next(s->events, 0, &event), WEBC_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "struct_size"));
    video_encoder_close(s);
}
END_TEST

static webc_frame *turned_picture(int32_t rotation, uint32_t flip)
{
    webc_frame *frame = video_picture(64, 64, 1, 0), *turned = NULL;
    webc_frame_view_params change;
    webc_frame_view_params_init(&change, sizeof change);
    change.rotation = rotation;
    change.flip = flip;
    ck_assert_ok(webc_frame_create_view(&turned, frame, &change));
    webc_frame_unref(&frame);
    return turned;
}

/* The first frame since configure decides on the orientation; another one changes nothing. */
START_TEST(frames_of_another_orientation_wait_for_a_configure)
{
    webc_video_encoder_config config = encoder_config("vp8", 64, 64);
    video_encoder_session *s = video_encoder_open(&config);
    webc_frame *upright = turned_picture(0, 0), *turned = turned_picture(90, 0),
               *flipped = turned_picture(0, 1);
    ck_assert_ok(webc_video_encoder_encode(s->encoder, upright, NULL));
    ck_assert_fails(webc_video_encoder_encode(s->encoder, turned, NULL), WEBC_ERROR_DATA, "rotation 90");
    ck_assert_fails(webc_video_encoder_encode(s->encoder, flipped, NULL), WEBC_ERROR_DATA, "flip 1");
    ck_assert_ok(webc_video_encoder_encode(s->encoder, upright, NULL));
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    ck_assert_ok(webc_video_encoder_encode(s->encoder, turned, NULL));
    ck_assert_fails(webc_video_encoder_encode(s->encoder, upright, NULL), WEBC_ERROR_DATA, "rotation 0");
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 3);
    webc_frame_unref(&upright);
    webc_frame_unref(&turned);
    webc_frame_unref(&flipped);
    video_encoder_close(s);
}
END_TEST

/* What could never be queued is told apart from what has to wait. */
START_TEST(an_input_larger_than_the_limit_on_bytes_names_both)
{
    static const uint8_t data[100];
    webc_events *events = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_decoder_params params;
    webc_video_decoder_config config = decoder_config("vp8");
    webc_chunk_params chunk_params;
    webc_chunk *chunk = NULL;
    webc_video_decoder_params_init(&params, sizeof params);
    webc_chunk_params_init(&chunk_params, sizeof chunk_params);
    params.max_queue_bytes = 99;
    chunk_params.type = WEBC_CHUNK_KEY;
    ck_assert_ok(webc_events_create(&events, NULL));
    ck_assert_ok(webc_video_decoder_create(&decoder, events, &params));
    ck_assert_ok(webc_video_decoder_configure(decoder, &config));
    ck_assert_ok(webc_chunk_create(&chunk, &chunk_params, data, sizeof data));
    ck_assert_fails(webc_video_decoder_decode(decoder, chunk, NULL), WEBC_ERROR_QUOTA_EXCEEDED,
                    "100 bytes is larger than max_queue_bytes = 99");
    ck_assert_uint_eq(webc_video_decoder_queue_size(decoder), 0);
    webc_chunk_unref(&chunk);
    webc_video_decoder_destroy(&decoder);
    webc_events_destroy(&events);
}
END_TEST

/* Nothing is read from a frame that is not there, and nothing written into a struct of unknown size. */
START_TEST(answers_need_a_place_of_known_size)
{
    webc_frame *frame = video_picture(64, 64, 1, 0);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    webc_frame_info info = {0};
    webc_stats stats = {0};
    webc_implementation row = {0};
    uint8_t byte = 0;
    ck_assert_fails(webc_frame_get_info(NULL, &info), WEBC_ERROR_TYPE, "frame");
    ck_assert_fails(webc_frame_get_info(frame, NULL), WEBC_ERROR_TYPE, "info");
    ck_assert_fails(webc_frame_get_info(frame, &info), WEBC_ERROR_TYPE, "struct_size");
    ck_assert_fails(webc_frame_create_from_planes(NULL, &params, NULL, NULL), WEBC_ERROR_TYPE, "out");
    ck_assert_fails(webc_frame_wrap(NULL, &params, &byte, 1, NULL, NULL), WEBC_ERROR_TYPE, "out");
    ck_assert_fails(webc_get_stats(&stats), WEBC_ERROR_TYPE, "webc_stats_init");
    ck_assert_fails(webc_get_stats(NULL), WEBC_ERROR_TYPE, "webc_stats_init");
    ck_assert_fails(webc_implementation_at(0, &row), WEBC_ERROR_TYPE, "webc_implementation_init");
    webc_frame_unref(&frame);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        answers_need_a_place_of_known_size,
        frames_of_another_orientation_wait_for_a_configure,
        an_input_larger_than_the_limit_on_bytes_names_both,
        strings_that_name_no_codec_are_unsupported_and_fail_late,
        blank_and_missing_strings_are_type_errors_that_change_nothing,
        invalid_members_are_type_errors_that_name_them,
        members_that_cannot_be_honoured_are_unsupported_and_named,
        invalid_decoder_members_are_type_errors_that_name_them,
        frames_of_refused_sizes_take_no_memory,
        encoders_of_refused_sizes_open_nothing,
        max_pixels_is_the_limit_the_caller_set,
        calls_in_the_wrong_state_are_invalid_state_errors,
        null_is_refused_or_ignored_everywhere,
        structs_of_the_wrong_size_are_refused,
    };
    return video_test_main("api_bad_input", TIMEOUT, NULL, 0, once, COUNT(once));
}
