/* SPDX-License-Identifier: MIT */
/* Flush on the real encoders: order, and encoding and decoding again afterwards (VE-07, VE-09, VE-10, T6, T39,
 * T42). */
#include <stdio.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define ROUNDS 3
#define FRAMES 5

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

/* Rounds of encode and flush; what comes back after which flush is in the log. */
static video_encoder_session *encode_rounds(const video_case *c, uint32_t b_frames)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.b_frames = b_frames;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < ROUNDS * FRAMES; i++) {
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), false, i);
        if (i % FRAMES == FRAMES - 1)
            video_encoder_flush(s, i / FRAMES);
    }
    return s;
}

static void check_rounds(int index, uint32_t b_frames)
{
    video_case c = case_at(index);
    if (b_frames && !c.reorders)
        return;
    video_encoder_session *s = encode_rounds(&c, b_frames);
    ck_assert_msg(s->log.count == ROUNDS * FRAMES, "%s: %zu chunks", video_case_name(&c), s->log.count);
    ck_assert_uint_eq(s->log.flushes, ROUNDS);
    bool seen[ROUNDS * FRAMES] = {false};
    for (size_t i = 0; i < s->log.count; i++) {
        const video_output *out = &s->log.outputs[i];
        ck_assert_uint_lt(out->tag, ROUNDS * FRAMES);
        ck_assert_msg(!seen[out->tag], "%s: frame %d twice", video_case_name(&c), (int)out->tag);
        seen[out->tag] = true;
        ck_assert_int_eq(out->flushes, (int)i / FRAMES);
        ck_assert_int_eq((int)out->tag / FRAMES, (int)i / FRAMES);
        ck_assert_int_eq(video_log_chunk(&s->log, i).timestamp, (int64_t)out->tag * FRAME_US);
        if (i % FRAMES == 0)
            ck_assert_msg(video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY, "%s: round %zu",
                          video_case_name(&c), i / FRAMES);
        ck_assert_msg((out->config == 0) == (i == 0), "%s: chunk %zu has config %d", video_case_name(&c), i,
                      out->config);
    }
    ck_assert_uint_eq(s->log.config_count, 1);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, ROUNDS * FRAMES);
    for (size_t i = 0; i < d->log.count; i++) {
        ck_assert_uint_eq(d->log.outputs[i].tag, i);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
    }
    video_decoder_close(d);
    video_encoder_close(s);
}

/* VE-09, EN-10, EN-19, T6. */
START_TEST(encoding_goes_on_after_each_of_three_flushes)
{
    check_rounds(_i, 0);
}
END_TEST

/* VE-08. */
START_TEST(encoding_with_b_frames_goes_on_after_each_of_three_flushes)
{
    check_rounds(_i, 2);
}
END_TEST

/* VD-13, T5. */
START_TEST(decoding_goes_on_from_a_key_chunk_after_each_of_three_flushes)
{
    video_case c = case_at(_i);
    video_encoder_session *s = encode_rounds(&c, 0);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    for (unsigned i = 0; i < ROUNDS * FRAMES; i++) {
        if (i % FRAMES == 0 && i) {
            video_decoder_flush(d, i);
            ck_assert_uint_eq(d->log.count, i);
        }
        ck_assert_ok(webc_video_decoder_decode(d->decoder, s->log.outputs[i].chunk, NULL));
    }
    video_decoder_flush(d, 99);
    ck_assert_uint_eq(d->log.count, ROUNDS * FRAMES);
    for (size_t i = 0; i < d->log.count; i++)
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* H30: with one frame the decoder config can only come with what the drain gives. */
START_TEST(a_single_frame_comes_out_at_the_flush_with_its_config)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, 176, 144);
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_flush(s, 7);
    ck_assert_uint_eq(s->log.count, 0);
    video_encoder_put(s, video_picture(config.width, config.height, 33, -5), false, 12);
    video_encoder_flush(s, 8);
    ck_assert_uint_eq(s->log.count, 1);
    ck_assert_int_eq(s->log.outputs[0].config, 0);
    ck_assert_uint_eq(s->log.outputs[0].tag, 12);
    ck_assert_str_eq(s->log.configs[0].codec, config.codec);
    ck_assert_uint_eq(s->log.configs[0].coded_width, config.width);
    ck_assert_uint_eq(s->log.configs[0].coded_height, config.height);
    bool described = c.codec == WEBC_CODEC_H264 || c.codec == WEBC_CODEC_HEVC;
    ck_assert_int_eq(s->log.configs[0].description_size > 0, described);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, 1);
    ck_assert_int_eq(video_picture_number(d->log.outputs[0].frame), 33);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* VE-07, VE-08, EN-10, T10, T39: 40 frames are more than any look-ahead or thread count here holds back by
 * itself. */
START_TEST(quality_mode_gives_a_chunk_for_every_frame_in_order)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, 96, 96);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 40; i++)
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    ck_assert_msg(s->log.count == 40, "%s: %zu chunks", video_case_name(&c), s->log.count);
    for (size_t i = 0; i < 40; i++)
        ck_assert_uint_eq(s->log.outputs[i].tag, i);
    video_encoder_close(s);
}
END_TEST

/* T42, EN-09: the test ends only if every chunk comes without another frame and without a flush. */
START_TEST(realtime_mode_gives_each_chunk_at_once)
{
    video_case c = case_at(_i);
    if (c.latency_mode != WEBC_LATENCY_MODE_REALTIME)
        return;
    webc_video_encoder_config config;
    video_case_config(&c, &config, 176, 144);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 8; i++) {
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), i == 4, i);
        video_log_until_outputs(&s->log, s->events, i + 1);
        ck_assert_uint_eq(s->log.outputs[i].tag, i);
    }
    ck_assert_uint_eq(s->log.flushes, 0);
    video_encoder_close(s);
}
END_TEST

/* libx264 writes what it was told into the first picture. */
static void check_told(const video_log *log, const char *option, uint32_t value)
{
    char text[64];
    webc_chunk_info first = video_log_chunk(log, 0);
    snprintf(text, sizeof text, " %s=%u ", option, value);
    ck_assert_msg(memmem(first.data, first.size, text, strlen(text)) != NULL, "libx264 was not told%s", text);
}

/*
 * EN-10: libx264 looks two frames ahead, for where bits are worth most, waits for the time of one more and for
 * B-frames; threads hold back none.
 */
START_TEST(h264_in_quality_mode_looks_two_frames_ahead_and_holds_back_one_more)
{
    for (uint32_t b_frames = 0; b_frames <= 2; b_frames += 2)
        for (uint32_t threads = 1; threads <= 4; threads += 3) {
            webc_video_encoder_config config;
            webc_video_encoder_config_init(&config, sizeof config);
            config.codec = "avc1.64001f";
            config.width = 320;
            config.height = 240;
            config.b_frames = b_frames;
            config.thread_count = threads;
            webc_support support;
            webc_support_init(&support, sizeof support);
            ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
            if (strcmp(support.implementation, "libx264") != 0)
                return;
            video_encoder_session *s = video_encoder_open(&config);
            for (unsigned i = 0; i < 12; i++)
                video_encoder_put(s, video_picture(320, 240, i, (int64_t)i * FRAME_US), false, i);
            video_log_until_outputs(&s->log, s->events, 12 - 3 - b_frames);
            check_told(&s->log, "rc_lookahead", 2 + b_frames);
            check_told(&s->log, "mbtree", 1);
            ck_assert_uint_eq(s->log.flushes, 0);
            video_encoder_close(s);
        }
}
END_TEST

/* VE-10. */
START_TEST(a_new_bitrate_without_reset_keeps_the_decoder_config)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, 176, 144);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 4; i++) {
        if (i == 2) {
            config.bitrate = 700000;
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        }
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), false, i);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 4);
    ck_assert_uint_eq(s->log.config_count, 1);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(s->log.outputs[i].tag, i);
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        encoding_goes_on_after_each_of_three_flushes,
        encoding_with_b_frames_goes_on_after_each_of_three_flushes,
        decoding_goes_on_from_a_key_chunk_after_each_of_three_flushes,
        a_single_frame_comes_out_at_the_flush_with_its_config,
        quality_mode_gives_a_chunk_for_every_frame_in_order,
        realtime_mode_gives_each_chunk_at_once,
        a_new_bitrate_without_reset_keeps_the_decoder_config,
    };
    const TTest *const once[] = {h264_in_quality_mode_looks_two_frames_ahead_and_holds_back_one_more};
    return video_test_main("api_encoder_flush", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
