/* SPDX-License-Identifier: MIT */
#include "codec/frame_clock.h"

#include <math.h>

/* Steps of the caller in the mean: half a second of ordinary video. */
#define MEAN_STEPS 16u

void webc__frame_clock_start(webc__frame_clock *clock, double framerate)
{
    *clock = (webc__frame_clock){.framerate = framerate, .ticks = WEBC__FRAME_TICKS, .period = 1};
}

bool webc__frame_clock_change_rate(webc__frame_clock *clock, double framerate)
{
    double ticks = clock->ticks * clock->framerate / framerate;
    if (ticks < WEBC__FRAME_TICKS / 4.0 || ticks > WEBC__FRAME_TICKS * 4.0)
        return false;
    clock->ticks = ticks;
    clock->framerate = framerate;
    clock->period = 1;
    clock->steps = 0;
    return true;
}

/*
 * A step between a quarter and sixteen frame periods is taken as real time. Others, backwards steps and
 * counters in microseconds among them, say nothing about the frame rate and count as one period.
 */
static double step_in_periods(const webc__frame_clock *clock, int64_t timestamp)
{
    /* In double: the difference of two int64 may not fit one. */
    double periods = ((double)timestamp - (double)clock->timestamp) * clock->framerate / 1e6;
    return periods >= 0.25 && periods <= 16 ? periods : 1;
}

/*
 * The pts advance by the mean of the caller's last steps: jitter makes libvpx see another frame rate at every
 * frame and spend up to a third more than it was asked to, while a lasting change of pace is followed.
 */
int64_t webc__frame_clock_next(webc__frame_clock *clock, int64_t timestamp)
{
    if (!clock->running) {
        clock->running = true;
        clock->timestamp = timestamp;
        return clock->pts;
    }
    if (clock->steps < MEAN_STEPS)
        clock->steps++;
    clock->period += (step_in_periods(clock, timestamp) - clock->period) / clock->steps;
    double exact = clock->period * clock->ticks + clock->rest;
    int64_t ticks = llround(exact);
    if (ticks < 1)
        ticks = 1;
    clock->rest = exact - (double)ticks;
    clock->timestamp = timestamp;
    clock->pts += ticks;
    return clock->pts;
}

/* The mean of eight jittering steps is nearer to the truth than that; a single pause moves it less, too. */
#define FAR 1.4
#define SURE_STEPS 8u

double webc__frame_clock_other_rate(const webc__frame_clock *clock, bool guessed)
{
    if (clock->steps < (guessed ? 2u : SURE_STEPS) || (clock->period < FAR && clock->period > 1 / FAR))
        return 0;
    return clock->framerate / clock->period;
}
