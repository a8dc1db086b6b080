/* SPDX-License-Identifier: MIT */
/*
 * configure() in the middle of a stream: what an open encoder can follow makes no key frame, and everything
 * else comes out under the config its frame was put in with.
 */
#include <string.h>

#include "video_support.h"

#define TIMEOUT 180
#define SECOND 30u
#define BITRATE 300000u
#define FAR 100000u

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

static bool is_key(const video_log *log, size_t index)
{
    return video_log_chunk(log, index).type == WEBC_CHUNK_KEY;
}

/* Key frames of these frames only; `second` may be 0. */
static void check_keys(const video_case *c, const video_log *log, size_t second)
{
    for (size_t i = 0; i < log->count; i++)
        ck_assert_msg(is_key(log, i) == (i == 0 || i == second), "%s: frame %zu: key %d", video_case_name(c), i,
                      is_key(log, i));
}

static double bits(const video_log *log, size_t from, size_t to)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += 8.0 * video_log_chunk(log, i).size;
    return sum;
}

/* libx264 follows another constant bitrate; its average one stays what it was opened with. */
static bool follows_bitrate(const video_case *c, uint32_t bitrate_mode)
{
    return strcmp(c->row, "libx264") == 0 && bitrate_mode == WEBC_BITRATE_MODE_CONSTANT;
}

/* Two seconds to settle in, then some to measure, but not those that libx264 still looks ahead over. */
static void check_bitrate(const video_case *c, uint32_t bitrate_mode, uint64_t before, uint64_t after)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.bitrate_mode = bitrate_mode;
    config.bitrate = before;
    config.key_interval = FAR;
    video_encoder_session *s = video_encoder_open(&config);
    const unsigned change = 6 * SECOND, end = 11 * SECOND;
    for (unsigned i = 0; i < end; i++) {
        if (i == change) {
            config.bitrate = after;
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        }
        video_encoder_put(s, video_moving_picture(config.width, config.height, i, (int64_t)i * 1000000 / 30),
                          false, i);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, end);
    ck_assert_uint_eq(s->log.config_count, 1);
    double first = bits(&s->log, 2 * SECOND, 4 * SECOND) / 2,
           second = bits(&s->log, change + 2 * SECOND, end) / 3;
    ck_assert_msg(first > 0.75 * (double)before && first < 1.25 * (double)before, "%s: %.0f for %d before",
                  video_case_name(c), first, (int)before);
    ck_assert_msg(second > 0.75 * (double)after && second < 1.25 * (double)after, "%s: %.0f for %d after",
                  video_case_name(c), second, (int)after);
    check_keys(c, &s->log, follows_bitrate(c, bitrate_mode) ? 0 : change);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, end);
    video_decoder_close(d);
    video_encoder_close(s);
}

/* EN-18, VE-01, VE-10: the rate changes; a key frame only where the encoder had to be opened again. */
START_TEST(a_lower_bitrate_takes_effect)
{
    video_case c = case_at(_i);
    check_bitrate(&c, WEBC_BITRATE_MODE_VARIABLE, BITRATE, BITRATE / 3);
    check_bitrate(&c, WEBC_BITRATE_MODE_CONSTANT, BITRATE, BITRATE / 3);
}
END_TEST

/* EN-18, VE-01, VE-10 */
START_TEST(a_higher_bitrate_takes_effect)
{
    video_case c = case_at(_i);
    check_bitrate(&c, WEBC_BITRATE_MODE_VARIABLE, BITRATE / 3, BITRATE);
    check_bitrate(&c, WEBC_BITRATE_MODE_CONSTANT, BITRATE / 3, BITRATE);
}
END_TEST

/* libx265, libopenh264 and SVT-AV1 count frames, and libx264 does in realtime mode. */
static bool follows_framerate(const video_case *c)
{
    return strcmp(c->row, "libx264") == 0
               ? c->latency_mode == WEBC_LATENCY_MODE_QUALITY
               : strcmp(c->row, "libvpx") == 0 || strcmp(c->row, "libvpx-vp9") == 0 ||
                     strcmp(c->row, "libaom-av1") == 0;
}

/* VE-10: one config, or a second one that differs: a parameter set may tell the frame rate. */
static void check_configs(const video_log *log)
{
    ck_assert_uint_ge(log->config_count, 1);
    ck_assert_uint_le(log->config_count, 2);
    const webc_video_decoder_config *a = &log->configs[0], *b = &log->configs[1];
    if (log->config_count == 2)
        ck_assert(a->description_size != b->description_size ||
                  memcmp(a->description, b->description, (size_t)a->description_size) != 0);
}

/* `step_us` after the change; the rate holds in the caller's time. */
static void check_framerate(const video_case *c, double framerate, double step_us)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.bitrate = BITRATE;
    config.key_interval = FAR;
    video_encoder_session *s = video_encoder_open(&config);
    const unsigned change = 2 * SECOND, end = change + (unsigned)(6 * framerate);
    double time = 0;
    for (unsigned i = 0; i < end; i++) {
        if (i == change) {
            config.framerate = framerate;
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        }
        video_encoder_put(s, video_moving_picture(config.width, config.height, i, (int64_t)time), false, i);
        time += i < change ? 1e6 / 30 : step_us;
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, end);
    size_t from = change + (size_t)framerate;
    double rate = bits(&s->log, from, end) / 5;
    ck_assert_msg(rate > 0.75 * BITRATE && rate < 1.25 * BITRATE, "%s at %g: %.0f", video_case_name(c),
                  framerate, rate);
    check_keys(c, &s->log, follows_framerate(c) ? 0 : change);
    check_configs(&s->log);
    video_encoder_close(s);
}

/* EN-18, EN-12, VE-01: with timestamps that follow, and with timestamps that count. */
START_TEST(another_framerate_takes_effect)
{
    video_case c = case_at(_i);
    check_framerate(&c, 15, 1e6 / 15);
    check_framerate(&c, 60, 1e6 / 60);
    check_framerate(&c, 15, 1);
}
END_TEST

/* VE-01, VE-10, EN-18: the same config, a flush without frames, and both at once, show nothing. */
START_TEST(the_same_config_again_changes_nothing)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, 176, 144);
    video_encoder_session *s = video_encoder_open(&config);
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 0);
    for (unsigned i = 0; i < 9; i++) {
        if (i % 3 == 0)
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), false, i);
    }
    video_encoder_flush(s, 2);
    ck_assert_uint_eq(s->log.count, 9);
    check_keys(&c, &s->log, 0);
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    video_encoder_flush(s, 3);
    config.bitrate /= 2;
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    video_encoder_flush(s, 4);
    ck_assert_uint_eq(s->log.count, 9);
    ck_assert_uint_eq(s->log.config_count, 1);
    video_encoder_close(s);
}
END_TEST

/* EN-18, VE-12, VE-15, P-19: each chunk has the size of the config it was put in under; no flush in between. */
START_TEST(each_chunk_has_the_size_of_its_config)
{
    static const uint32_t sizes[][2] = {{320, 240}, {176, 144}, {320, 240}};
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, sizes[0][0], sizes[0][1]);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 12; i++) {
        video_case_config(&c, &config, sizes[i / 4][0], sizes[i / 4][1]);
        if (i % 4 == 0)
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        video_encoder_put(s, video_picture(320, 240, i, (int64_t)i * FRAME_US), false, i);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 12);
    ck_assert_uint_eq(s->log.config_count, 3);
    video_decoder_session *d = NULL;
    for (unsigned i = 0; i < 12; i++) {
        ck_assert_uint_eq(s->log.outputs[i].tag, i);
        ck_assert_msg(is_key(&s->log, i) == (i % 4 == 0), "%s: frame %u", video_case_name(&c), i);
        ck_assert_int_eq(s->log.outputs[i].config, i % 4 ? -1 : (int)i / 4);
        video_case_config(&c, &config, sizes[i / 4][0], sizes[i / 4][1]);
        ck_assert_uint_eq(s->log.configs[i / 4].coded_width, config.width);
        ck_assert_uint_eq(s->log.configs[i / 4].coded_height, config.height);
        if (i % 4 == 0)
            d = video_decoder_open(&s->log.configs[i / 4]);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, s->log.outputs[i].chunk, NULL));
        if (i % 4 < 3)
            continue;
        video_decoder_flush(d, i);
        ck_assert_uint_eq(d->log.count, 4);
        for (unsigned n = 0; n < 4; n++) {
            webc_frame_info info;
            webc_frame_info_init(&info, sizeof info);
            ck_assert_ok(webc_frame_get_info(d->log.outputs[n].frame, &info));
            ck_assert_uint_eq(info.visible_rect.width, config.width);
            ck_assert_uint_eq(info.visible_rect.height, config.height);
            ck_assert_int_eq(video_picture_number(d->log.outputs[n].frame), (int)(i - 3 + n));
        }
        video_decoder_close(d);
    }
    video_encoder_close(s);
}
END_TEST

/* EN-18, VE-10, VE-15: another codec string, another codec even, is another decoder config at a key frame. */
START_TEST(another_codec_string_brings_a_new_config)
{
    static const char *const strings[] = {"vp09.00.30.08", "vp09.02.30.10", "vp8", "avc1.42001e",
                                          "avc1.64001e"};
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.width = 176;
    config.height = 144;
    config.codec = strings[0];
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 3 * COUNT(strings); i++) {
        config.codec = strings[i / 3];
        if (i && i % 3 == 0)
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        video_encoder_put(s, video_picture(176, 144, i, (int64_t)i * FRAME_US), false, i);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 3 * COUNT(strings));
    ck_assert_uint_eq(s->log.config_count, COUNT(strings));
    for (unsigned i = 0; i < s->log.count; i++) {
        ck_assert_int_eq(is_key(&s->log, i), i % 3 == 0);
        ck_assert_int_eq(s->log.outputs[i].config, i % 3 ? -1 : (int)i / 3);
        ck_assert_str_eq(s->log.configs[i / 3].codec, strings[i / 3]);
    }
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        a_lower_bitrate_takes_effect,          a_higher_bitrate_takes_effect,
        another_framerate_takes_effect,        the_same_config_again_changes_nothing,
        each_chunk_has_the_size_of_its_config,
    };
    const TTest *const once[] = {another_codec_string_brings_a_new_config};
    return video_test_main("api_encoder_reconfigure", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
