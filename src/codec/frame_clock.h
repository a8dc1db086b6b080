/* SPDX-License-Identifier: MIT */
/* Private pts for an encoder: strictly increasing, at the pace of the caller's time where that makes sense.
 * Pure. */
#ifndef WEBC_CODEC_FRAME_CLOCK_H
#define WEBC_CODEC_FRAME_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/** Private pts units of one frame at the configured rate: fine enough for rate control at variable rates. */
#define WEBC__FRAME_TICKS 16u

typedef struct webc__frame_clock {
    double framerate;
    double ticks;      /* private pts units of one period: WEBC__FRAME_TICKS until the rate changes */
    int64_t pts;       /* of the last frame */
    int64_t timestamp; /* of the last frame, microseconds */
    double period;     /* mean of the caller's steps lately, in configured frame periods */
    uint32_t steps;    /* taken into the mean */
    double rest;       /* of a tick, carried from step to step so that nothing drifts */
    bool running;
} webc__frame_clock;

/** Begin again at pts 0 with the next frame. */
void webc__frame_clock_start(webc__frame_clock *clock, double framerate);

/**
 * Go on with another configured rate; the units of the pts stay. False, and nothing changes, where these are
 * too coarse or too fine for it: a quarter of the rate at the start, and four times it, are the bounds.
 */
bool webc__frame_clock_change_rate(webc__frame_clock *clock, double framerate);

/**
 * Frames per second that the caller keeps up, when that is far from `framerate` for some frames: 0.7 times it
 * or less, or 1.4 times it or more. Else 0. Two steps will do when `guessed`, as nobody said `framerate` then.
 */
double webc__frame_clock_other_rate(const webc__frame_clock *clock, bool guessed);

/** The pts of the next frame. */
int64_t webc__frame_clock_next(webc__frame_clock *clock, int64_t timestamp);

#endif
