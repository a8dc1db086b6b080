/* SPDX-License-Identifier: MIT */
/* Progress of a command: a line on the terminal and NDJSON objects. One per process, main thread only. */
#ifndef WEBC_TOOLS_WEBC_PROGRESS_H
#define WEBC_TOOLS_WEBC_PROGRESS_H

#include "webc.h"

/** How far a command is. */
typedef struct webc__progress_state {
    uint64_t frames;
    uint64_t bytes;      /* coded bytes written; 0 when there are none */
    int64_t position_us; /* media time done, from the start of the track */
    int64_t duration_us; /* of the track; 0 when unknown */
    uint32_t queue;      /* inputs waiting in the codecs */
} webc__progress_state;

/** Open the NDJSON destination and decide on the terminal line; an exit code. */
int webc__progress_open(const webc__options *options);
/** Say what is being done. `codec` and `output` may be NULL. */
void webc__progress_start(const char *input, const char *output, const char *codec, uint32_t width,
                          uint32_t height);
/** Show progress when it is time to; cheap otherwise. */
void webc__progress_update(const webc__progress_state *state);
/**
 * Show the last state and the outcome, and close the NDJSON destination. The exit code, which is 6 instead of 0
 * when NDJSON could not be written.
 */
int webc__progress_close(int exit_code);
/** Monotonic clock in microseconds. */
int64_t webc__progress_clock(void);

#endif
