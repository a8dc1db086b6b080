/* SPDX-License-Identifier: MIT */
/*
 * Ten seconds of moving, noisy pictures come to within 15 % of the bitrate asked for, in the caller's time: at
 * 5 and 30 frames per second, with timestamps that jitter by half a frame, at half of the configured rate, and
 * where no rate is configured.
 */
#include "video_support.h"

#define TIMEOUT 120
#define SECONDS 10
#define TOLERANCE 0.15

typedef struct stream {
    const char *name;
    double framerate; /* as configured */
    double step;      /* from a frame to the next, in configured periods */
    bool jitter;      /* each step between half and one and a half of that */
} stream;

static const stream five = {"5 per second", 5, 1, false};
static const stream thirty = {"30 per second", 30, 1, false};
static const stream jittering = {"30 per second with jitter", 30, 1, true};
static const stream half = {"15 per second, configured for 30", 30, 2, false};
static const stream unsaid = {"10 per second, none configured", 0, 3, false};

static void check_rate(const video_case *c, uint32_t bitrate_mode, const stream *st)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.framerate = st->framerate;
    double framerate = st->framerate > 0 ? st->framerate : 30; /* what the engine takes it for */
    config.bitrate = (uint64_t)(0.2 * config.width * config.height * framerate / st->step);
    config.bitrate_mode = bitrate_mode;
    video_encoder_session *s = video_encoder_open(&config);
    double time = 0;
    uint32_t seed = 12345;
    for (unsigned i = 0; time < SECONDS - 1e-6; i++) {
        video_encoder_put(s, video_moving_picture(config.width, config.height, i, (int64_t)(time * 1e6 + 0.5)),
                          false, i);
        double step = st->step / framerate;
        time += st->jitter ? step * (0.5 + video_random(&seed) / 16777216.0) : step;
    }
    video_encoder_flush(s, 1);
    double bits = 0;
    for (size_t i = 0; i < s->log.count; i++)
        bits += 8.0 * video_log_chunk(&s->log, i).size;
    double ratio = bits / time / (double)config.bitrate;
    ck_assert_msg(ratio > 1 - TOLERANCE && ratio < 1 + TOLERANCE, "%s %s at %s: %+.1f %%", video_case_name(c),
                  bitrate_mode == WEBC_BITRATE_MODE_CONSTANT ? "constant" : "variable", st->name,
                  100 * (ratio - 1));
    video_encoder_close(s);
}

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

static void check_modes(int index, const stream *st)
{
    video_case c = case_at(index);
    check_rate(&c, WEBC_BITRATE_MODE_VARIABLE, st);
    check_rate(&c, WEBC_BITRATE_MODE_CONSTANT, st);
}

START_TEST(the_bitrate_holds_at_5_frames_per_second)
{
    check_modes(_i, &five);
}
END_TEST

/* EN-11. */
START_TEST(the_bitrate_holds_at_30_frames_per_second)
{
    check_modes(_i, &thirty);
}
END_TEST

/* EN-12. */
START_TEST(the_bitrate_holds_when_timestamps_jitter)
{
    check_modes(_i, &jittering);
}
END_TEST

/* T43. */
START_TEST(the_bitrate_holds_at_half_of_the_configured_rate)
{
    video_case c = case_at(_i);
    check_rate(&c, WEBC_BITRATE_MODE_VARIABLE, &half);
}
END_TEST

START_TEST(the_bitrate_holds_where_no_rate_is_configured)
{
    video_case c = case_at(_i);
    check_rate(&c, WEBC_BITRATE_MODE_CONSTANT, &unsaid);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        the_bitrate_holds_at_5_frames_per_second,      the_bitrate_holds_at_30_frames_per_second,
        the_bitrate_holds_when_timestamps_jitter,      the_bitrate_holds_at_half_of_the_configured_rate,
        the_bitrate_holds_where_no_rate_is_configured,
    };
    return video_test_main("api_encoder_rate", TIMEOUT, each, COUNT(each), NULL, 0);
}
