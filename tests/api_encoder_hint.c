/* SPDX-License-Identifier: MIT */
/* The content hint tunes and never refuses. */
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define FRAMES 12u

typedef webc_frame *(*picture_fn)(uint32_t width, uint32_t height, unsigned number, int64_t timestamp);

/* NULL when the config is not supported; `support` tells by what it is, or why not. */
static video_encoder_session *encode_config(const webc_video_encoder_config *config, picture_fn picture,
                                            unsigned frames, webc_support *support)
{
    webc_support_init(support, sizeof *support);
    ck_assert_ok(webc_video_encoder_is_config_supported(config, support));
    if (!support->supported)
        return NULL;
    video_encoder_session *s = video_encoder_open(config);
    for (unsigned i = 0; i < frames; i++)
        video_encoder_put(s, picture(config->width, config->height, i, (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, frames);
    return s;
}

static video_encoder_session *encode(const video_case *c, const char *hint, unsigned frames)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.bitrate = 152064;
    config.content_hint = hint;
    config.thread_count = 1;
    webc_support support;
    video_encoder_session *s = encode_config(&config, video_moving_picture, frames, &support);
    ck_assert_msg(s && strcmp(support.implementation, c->row) == 0, "%s: \"%s\": %s", video_case_name(c),
                  hint ? hint : "NULL", support.reason);
    return s;
}

static bool same_chunks(const video_log *a, const video_log *b)
{
    for (size_t i = 0; i < a->count; i++) {
        webc_chunk_info x = video_log_chunk(a, i), y = video_log_chunk(b, i);
        if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0)
            return false;
    }
    return true;
}

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

/* EN-15: any text is taken; those that mean nothing to the encoder leave every byte as it is. */
START_TEST(every_hint_is_supported)
{
    static const char *const hints[] = {"", "motion", "detail", "text", "Text", "nonsense"};
    video_case c = case_at(_i);
    bool tunes = strcmp(c.row, "libvpx-vp9") == 0 || strcmp(c.row, "libaom-av1") == 0;
    video_encoder_session *plain = encode(&c, NULL, FRAMES);
    for (size_t i = 0; i < COUNT(hints); i++) {
        video_encoder_session *s = encode(&c, hints[i], FRAMES);
        bool screen = i == 2 || i == 3;
        if (strcmp(c.row, "libvpx") != 0 || !screen)
            ck_assert_msg(same_chunks(&s->log, &plain->log) == !(tunes && screen), "%s: \"%s\"",
                          video_case_name(&c), hints[i]);
        video_decoder_session *d = video_decode_log(&s->log);
        ck_assert_uint_eq(d->log.count, FRAMES);
        video_decoder_close(d);
        video_encoder_close(s);
    }
    video_encoder_close(plain);
}
END_TEST

/* EN-11, EN-15: screens are no reason to miss the bitrate. */
START_TEST(the_bitrate_holds_with_a_hint)
{
    video_case c = case_at(_i);
    const unsigned frames = 300;
    video_encoder_session *s = encode(&c, "text", frames);
    double bits = 0;
    for (size_t i = 0; i < s->log.count; i++)
        bits += 8.0 * video_log_chunk(&s->log, i).size;
    double ratio = bits / (frames / 30.0) / 152064;
    ck_assert_msg(ratio > 0.85 && ratio < 1.15, "%s: %+.1f %%", video_case_name(&c), 100 * (ratio - 1));
    video_encoder_close(s);
}
END_TEST

/* EN-15: libaom's realtime search for screens has no memory for palettes of more than 8 bits, and writes there.
 */
START_TEST(deep_screens_are_coded_in_realtime)
{
    static const char *const strings[] = {"av01.0.04M.10", "vp09.02.30.10"};
    for (size_t i = 0; i < COUNT(strings); i++) {
        webc_video_encoder_config config;
        webc_video_encoder_config_init(&config, sizeof config);
        config.codec = strings[i];
        config.width = 64;
        config.height = 80;
        config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
        config.content_hint = "text";
        config.thread_count = 1;
        webc_support support;
        video_encoder_session *s = encode_config(&config, video_picture, FRAMES, &support);
        if (!s)
            continue; /* as AV1 without libaom */
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {every_hint_is_supported, the_bitrate_holds_with_a_hint};
    const TTest *const once[] = {deep_screens_are_coded_in_realtime};
    return video_test_main("api_encoder_hint", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
