/* SPDX-License-Identifier: MIT */
/* Level limits of H.264 and HEVC, and the lowest level that holds a picture for all families. Pure. */
#ifndef WEBC_SPEC_LEVEL_H
#define WEBC_SPEC_LEVEL_H

#include "spec/codec_string.h"

/** What a level must hold. */
typedef struct webc__level_need {
    uint32_t width;
    uint32_t height;
    double framerate; /* frames per second; 0: not checked */
    uint64_t bitrate; /* bits per second; 0: not checked */
} webc__level_need;

/**
 * True when the string's level holds it; else `reason` names the figure that is too large. H.264 and HEVC only:
 * VP8 has no levels, VP9 and AV1 levels are not enforced (checklist 2.2).
 */
bool webc__level_holds(const webc__codec_string *codec, const webc__level_need *need, char *reason,
                       size_t reason_size);

/**
 * Set codec->level (and tier) to the lowest that holds `need`, for all families; false when none does. The high
 * tier is taken only when no level of the main tier will do, H.264 level 1b never.
 */
bool webc__level_choose(webc__codec_string *codec, const webc__level_need *need);

#endif
