/* SPDX-License-Identifier: MIT */
/* The real encoders before their first frame: open once configured, gone without one, and the same with one. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define FRAMES 6u

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

static webc_video_encoder_config config_of(const video_case *c)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.thread_count = 1;
    return config;
}

/* Those that can be closed without a frame, or are known not to be; the latter are opened with it. */
static bool opens_ahead(const video_case *c)
{
    return strcmp(c->row, "libsvtav1") != 0 && strcmp(c->row, "libopenh264") != 0;
}

static uint64_t contexts(void)
{
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    webc_get_stats(&stats);
    return stats.contexts;
}

/* An encoder that tells when it has nothing to do. */
static video_encoder_session *create(void)
{
    video_encoder_session *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    ck_assert_ok(webc_events_create(&s->events, NULL));
    webc_video_encoder_params params;
    webc_video_encoder_params_init(&params, sizeof params);
    params.report_idle = 1;
    ck_assert_ok(webc_video_encoder_create(&s->encoder, s->events, &params));
    return s;
}

static void wait_until_idle(video_encoder_session *s)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    do {
        ck_assert_int_eq(webc_events_next(s->events, -1, &event), 1);
        ck_assert_msg(event.type != WEBC_EVENT_ERROR, "%s", event.message);
    } while (event.type != WEBC_EVENT_IDLE);
    webc_event_clear(&event);
}

/* Configure, and let the worker come to its end with that. */
static void configure_and_wait(video_encoder_session *s, const webc_video_encoder_config *config)
{
    ck_assert_ok(webc_video_encoder_configure(s->encoder, config));
    wait_until_idle(s);
}

/* P-11, P-14, P-19, VE-09: each way on from there without a frame; the fixture sees what is left behind. */
START_TEST(one_without_a_frame_can_go)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config = config_of(&c), other = config;
    other.bitrate = 777000;
    for (int way = 0; way < 5; way++) {
        video_encoder_session *s = create();
        configure_and_wait(s, &config);
        ck_assert_msg(contexts() == opens_ahead(&c), "%s: %d contexts", video_case_name(&c), (int)contexts());
        if (way == 0)
            video_encoder_flush(s, 1);
        else if (way == 1)
            configure_and_wait(s, &other);
        else if (way == 2)
            ck_assert_ok(webc_video_encoder_reset(s->encoder));
        else if (way == 3)
            ck_assert_ok(webc_video_encoder_close(s->encoder));
        while ((way == 2 || way == 3) && contexts())
            sched_yield();
        video_encoder_close(s);
        ck_assert_ok(webc_drain_workers(-1));
        ck_assert_uint_eq(contexts(), 0);
    }
}
END_TEST

/* A picture in full range where `full`, which is not the usual one. */
static void put(video_encoder_session *s, const webc_video_encoder_config *config, unsigned number, bool full)
{
    webc_frame *usual = video_moving_picture(config->width, config->height, number, (int64_t)number * FRAME_US);
    webc_frame *frame = usual;
    if (full) {
        webc_frame_params params;
        webc_frame_params_init(&params, sizeof params);
        params.format = WEBC_PIXEL_FORMAT_I420;
        params.coded_width = config->width;
        params.coded_height = config->height;
        params.timestamp = (int64_t)number * FRAME_US;
        params.has_color_space = 1;
        params.color_space.range = WEBC_COLOR_RANGE_FULL;
        uint64_t size = 0;
        ck_assert_ok(webc_frame_allocation_size(usual, NULL, &size));
        uint8_t *data = malloc(size);
        ck_assert_ok(webc_frame_copy_to(usual, NULL, data, size, NULL));
        frame = video_frame(&params, data, size);
        free(data);
        webc_frame_unref(&usual);
    }
    video_encoder_put(s, frame, number == 0, number);
}

/* What comes of a session. It waits before its first frame, or may not; a config before it is passed by. */
static video_encoder_session *encode(const webc_video_encoder_config *config,
                                     const webc_video_encoder_config *before, bool waits, bool full)
{
    video_encoder_session *s = create();
    if (before)
        configure_and_wait(s, before);
    ck_assert_ok(webc_video_encoder_configure(s->encoder, config));
    if (waits)
        wait_until_idle(s);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, config, i, full);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    ck_assert_uint_eq(s->log.config_count, 1);
    return s;
}

static void check_same(const video_case *c, const char *what, video_encoder_session *a,
                       video_encoder_session *b)
{
    for (size_t i = 0; i < FRAMES; i++) {
        webc_chunk_info x = video_log_chunk(&a->log, i), y = video_log_chunk(&b->log, i);
        ck_assert_msg(x.size == y.size && x.type == y.type && x.timestamp == y.timestamp &&
                          memcmp(x.data, y.data, x.size) == 0,
                      "%s: %s: chunk %zu", video_case_name(c), what, i);
    }
    const webc_video_decoder_config *x = &a->log.configs[0], *y = &b->log.configs[0];
    ck_assert_int_eq(memcmp(&x->color_space, &y->color_space, sizeof x->color_space), 0);
    ck_assert_uint_eq(x->description_size, y->description_size);
    ck_assert_msg(!x->description_size || memcmp(x->description, y->description, x->description_size) == 0,
                  "%s: %s", video_case_name(c), what);
    video_encoder_close(b);
}

/* EN-04, EN-18, P-19: bit for bit, whatever the encoder was opened for before its first frame came. */
START_TEST(what_comes_does_not_depend_on_when_it_was_opened)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config = config_of(&c), before = config;
    before.bitrate = 900000;
    before.framerate = 50;
    for (int full = 0; full < 2; full++) {
        video_encoder_session *s = encode(&config, NULL, false, full);
        check_same(&c, "opened ahead", s, encode(&config, NULL, true, full));
        check_same(&c, "after another config", s, encode(&config, &before, true, full));
        check_same(&c, "after another config, at once", s, encode(&config, &before, false, full));
        uint32_t range = full ? WEBC_COLOR_RANGE_FULL : WEBC_COLOR_RANGE_LIMITED;
        ck_assert_uint_eq(s->log.configs[0].color_space.range, range);
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        one_without_a_frame_can_go,
        what_comes_does_not_depend_on_when_it_was_opened,
    };
    return video_test_main("api_encoder_ahead", TIMEOUT, each, COUNT(each), NULL, 0);
}
