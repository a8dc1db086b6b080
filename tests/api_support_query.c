/* SPDX-License-Identifier: MIT */
/* query_support codes a frame for real, and the echo of a config is what this library recognised of it. */
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

/* Wait for the answer to the one query that is under way. */
static webc_support answer_of(webc_events *events, uint64_t tag)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
    ck_assert_uint_eq(event.type, WEBC_EVENT_SUPPORT);
    ck_assert_uint_eq(event.tag, tag);
    webc_support answer = *event.support;
    webc_event_clear(&event);
    return answer;
}

static webc_support query_decoder(webc_events *events, const webc_video_decoder_config *config)
{
    static uint64_t tag;
    ck_assert_ok(webc_video_decoder_query_support(events, config, ++tag));
    return answer_of(events, tag);
}

static webc_support query_encoder(webc_events *events, const webc_video_encoder_config *config)
{
    static uint64_t tag;
    ck_assert_ok(webc_video_encoder_query_support(events, config, ++tag));
    return answer_of(events, tag);
}

/* P-24: for every bit depth and chroma of the strings a frame is really decoded. */
START_TEST(a_decoder_query_decodes_a_frame)
{
    static const char *const codecs[] = {
        "avc1.42001e",
        "avc3.4d401f",
        "avc1.640028",
        "avc1.58001e",
        "avc1.6e0028",
        "avc1.7a0028",
        "avc1.f40028",
        "avc1.2c0028",
        "hvc1.1.6.L93.B0",
        "hev1.2.4.L120.B0",
        "hvc1.3.e.L93.B0",
        "hvc1.4.10.L120.9E.08",
        "hvc1.4.10.L120.9D.8",
        "hvc1.4.10.L120",
        "hvc1.4.10.L120.B9.88",
        "hvc1.4.10.L120.BF.C8",
        "vp8",
        "vp09.00.10.08",
        "vp09.01.10.08.02",
        "vp09.01.10.08.03",
        "vp09.02.10.10",
        "vp09.02.10.12",
        "vp09.03.10.10.02",
        "vp09.03.10.12.03",
        "av01.0.04M.08",
        "av01.0.04M.10",
        "av01.0.04M.08.1",
        "av01.0.04M.10.1",
        "av01.1.04M.08",
        "av01.1.04M.10",
        "av01.2.04M.08",
        "av01.2.04M.10",
        "av01.2.04M.12",
        "av01.2.04M.12.0.100",
        "av01.2.04M.12.0.000",
        "av01.2.04M.12.1",
    };
    webc_events *events = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    for (size_t i = 0; i < COUNT(codecs); i++)
        for (uint32_t low_latency = 0; low_latency < 2; low_latency++) {
            webc_video_decoder_config config;
            webc_video_decoder_config_init(&config, sizeof config);
            config.codec = codecs[i];
            config.optimize_for_latency = low_latency;
            webc_support answer = query_decoder(events, &config);
            ck_assert_msg(answer.supported && answer.verified, "%s: %s", codecs[i], answer.reason);
            ck_assert_str_ne(answer.implementation, "");
            ck_assert_str_eq(answer.reason, "");
        }
    webc_events_destroy(&events);
}
END_TEST

/* P-24: a description says how the chunks of the trial are framed, whatever picture it is of. */
START_TEST(a_decoder_query_takes_a_description)
{
    static const char *const codecs[] = {"avc1.42001f", "avc1.640028", "hvc1.1.6.L93.B0", "hvc1.2.4.L93.B0"};
    for (size_t i = 0; i < COUNT(codecs); i++) {
        webc_video_encoder_config encoder;
        webc_support support;
        webc_support_init(&support, sizeof support);
        webc_video_encoder_config_init(&encoder, sizeof encoder);
        encoder.codec = codecs[i];
        encoder.width = encoder.height = 64;
        encoder.latency_mode = WEBC_LATENCY_MODE_REALTIME;
        ck_assert_ok(webc_video_encoder_is_config_supported(&encoder, &support));
        if (!support.supported)
            continue;
        video_encoder_session *s = video_encoder_open(&encoder);
        video_encoder_put(s, video_picture(64, 64, 1, 0), true, 0);
        video_encoder_flush(s, 1);
        webc_video_decoder_config config = s->log.configs[0];
        ck_assert_ptr_nonnull(config.description);
        support = query_decoder(s->events, &config);
        ck_assert_msg(support.verified, "%s: %s", codecs[i], support.reason);
        /* AVC and HEVC say in their fifth and 22nd byte how long lengths are, less one. */
        uint8_t record[1024];
        ck_assert_uint_lt(config.description_size, sizeof record);
        memcpy(record, config.description, (size_t)config.description_size);
        config.description = record;
        uint8_t *size = &record[codecs[i][0] == 'a' ? 4 : 21];
        for (uint8_t length = 0; length < 4; length++) {
            *size = (uint8_t)((*size & 0xfc) | length);
            support = query_decoder(s->events, &config);
            ck_assert_msg(support.verified == (length != 2), "%s: %s", codecs[i], support.reason);
        }
        record[0] = 77;
        support = query_decoder(s->events, &config);
        ck_assert_uint_eq(support.supported, 0);
        ck_assert_ptr_nonnull(strstr(support.reason, "description"));
        video_encoder_close(s);
    }
}
END_TEST

/* P-24: what there is no picture for is said to be supported by the tables and not by trial. */
START_TEST(what_was_not_tried_is_not_verified)
{
    webc_events *events = NULL;
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    ck_assert_ok(webc_events_create(&events, NULL));
    config.codec = "hvc1.4.10.L120.9F.08"; /* 8 bits, 4:2:2 */
    webc_support answer = query_decoder(events, &config);
    ck_assert_uint_eq(answer.supported, 1);
    ck_assert_uint_eq(answer.verified, 0);
    ck_assert_str_eq(answer.implementation, "hevc");
    ck_assert_str_eq(answer.reason, "");
    config.codec = "vp8 ";
    answer = query_decoder(events, &config);
    ck_assert_uint_eq(answer.supported, 0);
    ck_assert_uint_eq(answer.verified, 0);
    ck_assert_ptr_nonnull(strstr(answer.reason, "codec"));
    webc_events_destroy(&events);
}
END_TEST

/* P-24: an encoder that the tables promise codes a frame in the query. */
START_TEST(an_encoder_query_encodes_a_frame)
{
    webc_events *events = NULL;
    video_case cases[VIDEO_MOST_CASES];
    size_t count = video_cases(cases);
    webc_video_encoder_config config;
    ck_assert_ok(webc_events_create(&events, NULL));
    for (size_t i = 0; i < count; i++) {
        video_case_config(&cases[i], &config, 64, 64);
        webc_support answer = query_encoder(events, &config);
        ck_assert_msg(answer.supported && answer.verified, "%s: %s", video_case_name(&cases[i]), answer.reason);
        ck_assert_str_eq(answer.implementation, cases[i].row);
    }
    config.scalability_mode = "no such mode";
    webc_support answer = query_encoder(events, &config);
    ck_assert_uint_eq(answer.supported + answer.verified, 0);
    ck_assert_ptr_nonnull(strstr(answer.reason, "scalability_mode"));
    webc_events_destroy(&events);
}
END_TEST

/* T49: without hardware a wish for it changes nothing, and the answer says that it is software. */
START_TEST(hardware_is_a_hint)
{
    webc_video_decoder_config decoder;
    webc_video_encoder_config encoder;
    webc_support plain;
    webc_support wished;
    webc_video_decoder_config_init(&decoder, sizeof decoder);
    webc_video_encoder_config_init(&encoder, sizeof encoder);
    webc_support_init(&plain, sizeof plain);
    webc_support_init(&wished, sizeof wished);
    decoder.codec = encoder.codec = "vp8";
    encoder.width = encoder.height = 64;
    for (uint32_t hint = WEBC_HARDWARE_PREFER_HARDWARE; hint <= WEBC_HARDWARE_PREFER_SOFTWARE; hint++) {
        decoder.hardware_acceleration = encoder.hardware_acceleration = 0;
        ck_assert_ok(webc_video_decoder_is_config_supported(&decoder, &plain));
        decoder.hardware_acceleration = hint;
        ck_assert_ok(webc_video_decoder_is_config_supported(&decoder, &wished));
        ck_assert_mem_eq(&plain, &wished, sizeof plain);
        ck_assert_uint_eq(wished.supported, 1);
        ck_assert_uint_eq(wished.hardware, 0);
        ck_assert_ok(webc_video_encoder_is_config_supported(&encoder, &plain));
        encoder.hardware_acceleration = hint;
        ck_assert_ok(webc_video_encoder_is_config_supported(&encoder, &wished));
        ck_assert_mem_eq(&plain, &wished, sizeof plain);
        ck_assert_uint_eq(wished.hardware, 0);
    }
}
END_TEST

/* P-24, P-25: what was given is echoed as it was given, and what was not stays absent. */
START_TEST(the_echo_of_a_decoder_config_is_the_config)
{
    static const uint8_t description[] = {1, 2, 3};
    webc_video_decoder_config config;
    webc_video_decoder_config echo;
    webc_video_decoder_config_init(&config, sizeof config);
    webc_video_decoder_config_init(&echo, sizeof echo);
    config.codec = "no codec";
    ck_assert_ok(webc_video_decoder_config_echo(&config, &echo));
    ck_assert_mem_eq(&config, &echo, sizeof echo);
    config.codec = "vp8";
    config.description = description;
    config.description_size = sizeof description;
    config.coded_width = 3;
    config.coded_height = 5;
    config.display_aspect_width = 7;
    config.display_aspect_height = 9;
    config.hardware_acceleration = WEBC_HARDWARE_PREFER_HARDWARE;
    config.optimize_for_latency = 1;
    config.color_space.primaries = WEBC_COLOR_PRIMARIES_BT709;
    config.rotation = 450; /* Parse Rotation belongs to configure, the echo is a clone */
    config.flip = 1;
    ck_assert_ok(webc_video_decoder_config_echo(&config, &echo));
    ck_assert_mem_eq(&config, &echo, sizeof echo);
    config.flip = 2;
    echo.codec = "kept";
    ck_assert_fails(webc_video_decoder_config_echo(&config, &echo), WEBC_ERROR_TYPE, "flip");
    ck_assert_str_eq(echo.codec, "kept");
    config.flip = 0;
    ck_assert_fails(webc_video_decoder_config_echo(&config, NULL), WEBC_ERROR_TYPE, "out");
}
END_TEST

/* P-24, P-25: defaults of WebCodecs are written out, other members stay absent. */
START_TEST(the_echo_of_an_encoder_config_has_the_defaults_written_out)
{
    webc_video_encoder_config config;
    webc_video_encoder_config echo;
    webc_video_encoder_config_init(&config, sizeof config);
    webc_video_encoder_config_init(&echo, sizeof echo);
    config.codec = "vp8";
    config.width = 640;
    config.height = 360;
    ck_assert_ok(webc_video_encoder_config_echo(&config, &echo));
    ck_assert_uint_eq(echo.bitrate_mode, WEBC_BITRATE_MODE_VARIABLE);
    ck_assert_uint_eq(echo.latency_mode, WEBC_LATENCY_MODE_QUALITY);
    ck_assert_uint_eq(echo.alpha, WEBC_ALPHA_DISCARD);
    ck_assert_uint_eq(echo.hardware_acceleration, WEBC_HARDWARE_NO_PREFERENCE);
    echo.bitrate_mode = echo.latency_mode = 0;
    ck_assert_mem_eq(&config, &echo, sizeof echo);
    config.bitrate_mode = WEBC_BITRATE_MODE_CONSTANT;
    config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
    config.avc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    config.alpha = WEBC_ALPHA_KEEP;
    config.content_hint = "any text";
    config.scalability_mode = "any mode";
    config.display_width = 1;
    config.bitrate = 1;
    config.framerate = 1.5;
    ck_assert_ok(webc_video_encoder_config_echo(&config, &echo));
    ck_assert_mem_eq(&config, &echo, sizeof echo);
    config.width = 0;
    ck_assert_fails(webc_video_encoder_config_echo(&config, &echo), WEBC_ERROR_TYPE, "width");
    config.width = 1;
    ck_assert_fails(webc_video_encoder_config_echo(&config, NULL), WEBC_ERROR_TYPE, "out");
}
END_TEST

/* P-24: members of a newer version are not recognised: dropped where they are 0, refused where they are set. */
START_TEST(the_echo_drops_what_is_not_recognised)
{
    struct {
        webc_video_encoder_config config;
        uint64_t more[4];
    } newer, echo;
    webc_video_encoder_config_init(&newer.config, sizeof newer);
    webc_video_encoder_config_init(&echo.config, sizeof echo);
    newer.config.codec = "vp8";
    newer.config.width = newer.config.height = 1;
    memset(echo.more, 7, sizeof echo.more);
    ck_assert_ok(webc_video_encoder_config_echo(&newer.config, &echo.config));
    ck_assert_uint_eq(echo.config.struct_size, sizeof echo);
    ck_assert_uint_eq(echo.more[3], 0);
    newer.more[3] = 1;
    ck_assert_fails(webc_video_encoder_config_echo(&newer.config, &echo.config), WEBC_ERROR_TYPE,
                    "struct_size");
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        a_decoder_query_decodes_a_frame,
        a_decoder_query_takes_a_description,
        what_was_not_tried_is_not_verified,
        an_encoder_query_encodes_a_frame,
        hardware_is_a_hint,
        the_echo_of_a_decoder_config_is_the_config,
        the_echo_of_an_encoder_config_has_the_defaults_written_out,
        the_echo_drops_what_is_not_recognised,
    };
    av_log_set_level(AV_LOG_ERROR);
    return video_test_main("api_support_query", 120, NULL, 0, once, COUNT(once));
}
