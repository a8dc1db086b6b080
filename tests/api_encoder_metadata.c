/* SPDX-License-Identifier: MIT */
/* The decoder config on chunks: there when it is new or changed, absent otherwise, and right (VE-10, VE-12). */
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define WIDTH 176
#define HEIGHT 144

static video_case case_config(int index, webc_video_encoder_config *config)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    video_case_config(&cases[index], config, WIDTH, HEIGHT);
    return cases[index];
}

typedef struct session {
    video_encoder_session *s;
    webc_video_encoder_config config;
    const char *name;
    unsigned put;
} session;

static session open_session(int index)
{
    session t = {0};
    static video_case c;
    c = case_config(index, &t.config);
    t.name = video_case_name(&c);
    t.s = video_encoder_open(&t.config);
    return t;
}

/* Two frames, flushed: the index of the config that came with the first of them, -1 without; the second has
 * none. */
static int config_of_next(session *t, bool key_frame)
{
    size_t first = t->s->log.count;
    for (unsigned i = 0; i < 2; i++, t->put++)
        video_encoder_put(t->s, video_picture(t->config.width, t->config.height, t->put, t->put * FRAME_US),
                          key_frame && !i, t->put);
    video_encoder_flush(t->s, t->put);
    ck_assert_uint_eq(t->s->log.count, first + 2);
    ck_assert_msg(t->s->log.outputs[first + 1].config == -1, "%s: two configs in a row", t->name);
    return t->s->log.outputs[first].config;
}

static void configure(session *t)
{
    ck_assert_ok(webc_video_encoder_configure(t->s->encoder, &t->config));
}

/* VE-10, T6, T18: re-opening after a flush, a requested key frame and an equal config repeat nothing. */
START_TEST(an_unchanged_config_is_not_repeated)
{
    session t = open_session(_i);
    ck_assert_int_eq(config_of_next(&t, false), 0);
    ck_assert_msg(config_of_next(&t, false) == -1, "%s: after a flush", t.name);
    ck_assert_msg(config_of_next(&t, true) == -1, "%s: with a key frame", t.name);
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == -1, "%s: after the same config", t.name);
    t.config.bitrate = t.config.bitrate * 3 / 2;
    t.config.content_hint = "detail";
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == -1, "%s: after a new bitrate", t.name);
    video_encoder_close(t.s);
}
END_TEST

/* VE-10, VE-12, T18: each thing that a decoder has to know is told once when it changes. */
START_TEST(a_changed_config_comes_once)
{
    session t = open_session(_i);
    ck_assert_int_eq(config_of_next(&t, false), 0);
    t.config.width -= 32;
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == 1, "%s: after a new size", t.name);
    ck_assert_uint_eq(t.s->log.configs[1].coded_width, t.config.width);
    ck_assert_uint_eq(t.s->log.configs[1].coded_height, t.config.height);
    ck_assert_msg(config_of_next(&t, false) == -1, "%s: again", t.name);
    t.config.display_width = 300;
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == 2, "%s: after a new display size", t.name);
    ck_assert_uint_eq(t.s->log.configs[2].display_aspect_width, 300);
    ck_assert_uint_eq(t.s->log.configs[2].display_aspect_height, t.config.height);
    t.config.width += 32;
    t.config.display_width = 0;
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == 3, "%s: back again", t.name);
    video_encoder_close(t.s);
}
END_TEST

/* VE-10: reset forgets what was emitted. */
START_TEST(the_config_comes_again_after_reset)
{
    session t = open_session(_i);
    ck_assert_int_eq(config_of_next(&t, false), 0);
    ck_assert_ok(webc_video_encoder_reset(t.s->encoder));
    configure(&t);
    ck_assert_msg(config_of_next(&t, false) == 1, "%s: after a reset", t.name);
    video_encoder_close(t.s);
}
END_TEST

/* VE-12, EN-16, EN-21: every member, absent ones included, and the frame's orientation. */
START_TEST(the_config_says_all_of_the_output)
{
    webc_video_encoder_config config;
    video_case c = case_config(_i, &config);
    config.display_width = 320;
    video_encoder_session *s = video_encoder_open(&config);
    webc_frame *plain = video_picture(500, 300, 5, 7), *turned = NULL;
    webc_frame_view_params view;
    webc_frame_view_params_init(&view, sizeof view);
    view.rotation = 90;
    view.flip = 1;
    ck_assert_ok(webc_frame_create_view(&turned, plain, &view));
    webc_frame_unref(&plain);
    video_encoder_put(s, turned, false, 1);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 1);
    ck_assert_int_eq(s->log.outputs[0].config, 0);
    const webc_video_decoder_config *got = &s->log.configs[0];
    bool described = c.codec == WEBC_CODEC_H264 || c.codec == WEBC_CODEC_HEVC;
    ck_assert_str_eq(got->codec, config.codec);
    ck_assert_uint_eq(got->coded_width, config.width);
    ck_assert_uint_eq(got->coded_height, config.height);
    ck_assert_uint_eq(got->display_aspect_width, 320);
    ck_assert_uint_eq(got->display_aspect_height, config.height);
    ck_assert_int_eq(got->rotation, 90);
    ck_assert_uint_eq(got->flip, 1);
    ck_assert_int_eq(got->description != NULL, described); /* T17 */
    ck_assert_int_eq(got->description_size > 0, described);
    ck_assert_uint_eq(got->color_space.matrix, WEBC_COLOR_MATRIX_BT709);
    ck_assert_uint_eq(got->color_space.range, WEBC_COLOR_RANGE_LIMITED);
    /* VE-12: it is enough to decode, and the frames are turned as those that went in. */
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, 1);
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(d->log.outputs[0].frame, &info));
    ck_assert_int_eq(info.rotation, 90);
    ck_assert_uint_eq(info.flip, 1);
    ck_assert_int_eq(video_picture_number(d->log.outputs[0].frame), 5);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* VE-12: the codec string is the one configured, to the letter, whatever means the same. */
START_TEST(the_codec_string_comes_back_verbatim)
{
    static const char *const codecs[] = {
        "avc1.42C01E", "avc3.64001e",      "hev1.1.6.L93.B0", "hvc1.1.6.L93.B0",
        "vp8",         "vp09.00.30.08.01", "av01.0.05M.08",   "av01.0.05M.08.0.110"};
    for (size_t i = 0; i < COUNT(codecs); i++) {
        webc_video_encoder_config config;
        webc_video_encoder_config_init(&config, sizeof config);
        config.codec = codecs[i];
        config.width = config.height = 64;
        video_encoder_session *s = video_encoder_open(&config);
        video_encoder_put(s, video_picture(64, 64, 1, 0), false, 1);
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(s->log.config_count, 1);
        ck_assert_str_eq(s->log.configs[0].codec, codecs[i]);
        video_encoder_close(s);
    }
}
END_TEST

/* EN-21: metadata belongs to its event: dropping it leaves the next one whole. */
START_TEST(each_metadata_is_a_copy_of_its_own)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "avc1.42c01e";
    config.width = config.height = 64;
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_put(s, video_picture(64, 64, 1, 0), false, 1);
    config.width = 128;
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    video_encoder_put(s, video_picture(128, 64, 1, 1), false, 2);
    ck_assert_ok(webc_video_encoder_flush(s->encoder, 1));
    webc_event events[2], event;
    size_t count = 0;
    webc_event_init(&event, sizeof event);
    while (event.type != WEBC_EVENT_FLUSHED) {
        webc_event_clear(&event);
        ck_assert_int_eq(webc_events_next(s->events, -1, &event), 1);
        if (event.type != WEBC_EVENT_CHUNK)
            continue;
        ck_assert_uint_lt(count, 2);
        events[count++] = event;
        webc_event_init(&event, sizeof event);
    }
    webc_event_clear(&event);
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_nonnull(events[0].metadata);
    ck_assert_ptr_nonnull(events[1].metadata);
    const webc_video_decoder_config *first = events[0].metadata->decoder_config;
    const webc_video_decoder_config *second = events[1].metadata->decoder_config;
    ck_assert(first && second && first->codec != second->codec && first->description != second->description);
    ck_assert_uint_eq(first->coded_width, 64);
    webc_event_clear(&events[0]);
    ck_assert_uint_eq(second->coded_width, 128);
    ck_assert_str_eq(second->codec, "avc1.42c01e");
    ck_assert_uint_eq(((const uint8_t *)second->description)[0], 1);
    webc_event_clear(&events[1]);
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        an_unchanged_config_is_not_repeated,
        a_changed_config_comes_once,
        the_config_comes_again_after_reset,
        the_config_says_all_of_the_output,
    };
    const TTest *const once[] = {the_codec_string_comes_back_verbatim, each_metadata_is_a_copy_of_its_own};
    return video_test_main("api_encoder_metadata", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
