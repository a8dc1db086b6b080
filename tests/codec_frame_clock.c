/* SPDX-License-Identifier: MIT */
/* The frame clock: strictly increasing pts at the caller's pace for every int64. Links codec. */
#include <math.h>

#include "codec/frame_clock.h"
#include "support_check.h"

static webc__frame_clock started(double framerate)
{
    webc__frame_clock clock;
    webc__frame_clock_start(&clock, framerate);
    return clock;
}

/* Feed `count` timestamps `step_us` apart after the first and give the last pts. */
static int64_t run(webc__frame_clock *clock, unsigned count, double step_us)
{
    int64_t pts = 0, last = -1;
    for (unsigned i = 0; i < count; i++) {
        pts = webc__frame_clock_next(clock, llround(i * step_us));
        ck_assert_int_gt(pts, last);
        last = pts;
    }
    return pts;
}

START_TEST(the_first_frame_has_pts_0_whatever_its_timestamp)
{
    static const int64_t timestamps[] = {0, -5, INT64_MIN, INT64_MAX};
    for (unsigned i = 0; i < 4; i++) {
        webc__frame_clock clock = started(30);
        ck_assert_int_eq(webc__frame_clock_next(&clock, timestamps[i]), 0);
    }
}
END_TEST

START_TEST(an_even_stream_advances_by_one_frame_exactly)
{
    webc__frame_clock clock = started(30000.0 / 1001);
    int64_t pts = run(&clock, 30001, 1001e6 / 30000);
    ck_assert_int_eq(pts, 30000 * (int64_t)WEBC__FRAME_TICKS);
}
END_TEST

START_TEST(a_stream_at_half_or_twice_the_configured_rate_is_followed)
{
    webc__frame_clock slow = started(30), fast = started(30);
    ck_assert_int_eq(run(&slow, 1001, 1e6 / 15), 2000 * (int64_t)WEBC__FRAME_TICKS);
    ck_assert_int_eq(run(&fast, 1001, 1e6 / 60), 500 * (int64_t)WEBC__FRAME_TICKS);
}
END_TEST

START_TEST(a_change_of_pace_is_followed_and_loses_no_time)
{
    webc__frame_clock clock = started(30);
    int64_t timestamp = 0, pts = 0;
    for (unsigned i = 0; i < 300; i++) {
        pts = webc__frame_clock_next(&clock, timestamp);
        timestamp += i < 150 ? 33333 : 100000;
    }
    double periods = (150 * 33333.0 + 149 * 100000.0) * 30 / 1e6;
    ck_assert_double_lt(fabs((double)pts / WEBC__FRAME_TICKS - periods), 33);
}
END_TEST

/* libvpx takes a step that differs by a tenth for another frame rate. */
START_TEST(jitter_is_smoothed_and_the_mean_kept)
{
    webc__frame_clock clock = started(30);
    uint32_t seed = 1;
    double timestamp = 0;
    int64_t last = 0, least = INT64_MAX, most = 0;
    for (unsigned i = 0; i < 3000; i++) {
        int64_t pts = webc__frame_clock_next(&clock, llround(timestamp));
        if (i > WEBC__FRAME_TICKS) {
            least = pts - last < least ? pts - last : least;
            most = pts - last > most ? pts - last : most;
        }
        last = pts;
        if (i == 2999)
            break;
        seed = seed * 1664525u + 1013904223u;
        timestamp += 1e6 / 30 * (0.5 + (seed >> 8) / 16777216.0);
    }
    ck_assert_int_ge(least, 11);
    ck_assert_int_le(most, 21);
    ck_assert_double_lt(fabs((double)last / WEBC__FRAME_TICKS - timestamp * 30 / 1e6), 8);
}
END_TEST

/* EN-12, T43. */
START_TEST(steps_that_say_nothing_of_the_rate_count_as_one_frame)
{
    static const int64_t steps[] = {0, -1, -33333, 1, 8000, 600000, INT64_MAX};
    for (unsigned s = 0; s < sizeof steps / sizeof *steps; s++) {
        webc__frame_clock clock = started(30);
        uint64_t timestamp = 0;
        int64_t pts = 0;
        for (unsigned i = 0; i < 101; i++, timestamp += (uint64_t)steps[s])
            pts = webc__frame_clock_next(&clock, (int64_t)timestamp);
        ck_assert_int_eq(pts, 100 * (int64_t)WEBC__FRAME_TICKS);
    }
}
END_TEST

/* T7. */
START_TEST(any_two_timestamps_give_rising_pts)
{
    static const int64_t values[] = {INT64_MIN, INT64_MAX,        INT64_MIN, -1,
                                     0,         (int64_t)1 << 62, 33333,     INT64_MAX};
    webc__frame_clock clock = started(1000);
    int64_t last = -1;
    for (unsigned i = 0; i < 8; i++) {
        int64_t pts = webc__frame_clock_next(&clock, values[i]);
        ck_assert_int_gt(pts, last);
        ck_assert_int_le(pts - last, 17 * (int64_t)WEBC__FRAME_TICKS);
        last = pts;
    }
}
END_TEST

/* EN-12, EN-18 */
START_TEST(another_configured_rate_changes_what_a_step_is_worth)
{
    webc__frame_clock clock = started(30);
    run(&clock, 11, 0);
    ck_assert(webc__frame_clock_change_rate(&clock, 15));
    int64_t pts = 0;
    for (unsigned i = 0; i < 10; i++)
        pts = webc__frame_clock_next(&clock, 1);
    ck_assert_int_eq(pts, 30 * (int64_t)WEBC__FRAME_TICKS);
    for (int i = 1; i <= 10; i++)
        pts = webc__frame_clock_next(&clock, 1 + i * INT64_C(200000));
    ck_assert_int_gt(pts, 60 * (int64_t)WEBC__FRAME_TICKS);
    ck_assert(!webc__frame_clock_change_rate(&clock, 7));
    ck_assert(!webc__frame_clock_change_rate(&clock, 121));
    ck_assert(webc__frame_clock_change_rate(&clock, 120));
}
END_TEST

START_TEST(starting_again_forgets_everything)
{
    webc__frame_clock clock = started(30);
    run(&clock, 20, 1e6 / 15);
    webc__frame_clock_start(&clock, 30);
    ck_assert_int_eq(webc__frame_clock_next(&clock, 5000000), 0);
    ck_assert_int_eq(webc__frame_clock_next(&clock, 5033333), WEBC__FRAME_TICKS);
}
END_TEST

CHECK_MAIN("codec_frame_clock", 10, the_first_frame_has_pts_0_whatever_its_timestamp,
           an_even_stream_advances_by_one_frame_exactly,
           a_stream_at_half_or_twice_the_configured_rate_is_followed,
           a_change_of_pace_is_followed_and_loses_no_time, jitter_is_smoothed_and_the_mean_kept,
           steps_that_say_nothing_of_the_rate_count_as_one_frame, any_two_timestamps_give_rising_pts,
           another_configured_rate_changes_what_a_step_is_worth, starting_again_forgets_everything)
