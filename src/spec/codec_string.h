/* SPDX-License-Identifier: MIT */
/* Codec strings of the WebCodecs codec registry, read and written strictly (checklist 2.1). Pure. */
#ifndef WEBC_SPEC_CODEC_STRING_H
#define WEBC_SPEC_CODEC_STRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webcodecs/color.h"

/** A codec string taken apart. Members that the codec has no notion of are zero. */
typedef struct webc__codec_string {
    uint32_t codec;       /* WEBC_CODEC_* */
    uint32_t profile;     /* H.264 profile_idc, HEVC general_profile_idc, VP9 0..3, AV1 0..2 */
    uint32_t level;       /* H.264 level_idc, HEVC level_idc (30 x level), VP9 10 x level, AV1 seq_level_idx */
    uint32_t constraints; /* H.264: constraint_set flags byte; HEVC: first constraint byte */
    uint32_t compatibility;      /* HEVC general_profile_compatibility_flags as written */
    uint8_t more_constraints[5]; /* HEVC: constraint bytes 2 to 6 */
    uint32_t bit_depth; /* 8, 10 or 12: the most that the string allows (H.264 High 10: 10, and so on) */
    uint32_t chroma;    /* 420, 422, 444, or 400: the most that the string allows */
    bool high_tier;     /* HEVC H, AV1 H */
    bool level_1b;      /* H.264 level 1b */
    bool in_band;       /* avc3, hev1: parameter sets may be in the chunks */
    bool has_color;     /* VP9, AV1: the optional tail was there */
    webc_color_space color;
} webc__codec_string;

/** True and `out` filled when `text` is exactly one; else `reason`, unless NULL, says what is wrong with it. */
bool webc__codec_string_parse(const char *text, webc__codec_string *out, char *reason, size_t reason_size);

/**
 * Write the canonical form: H.264 in lower case, HEVC in upper case without zero bytes at the end, VP9 and AV1
 * with the whole tail when has_color is set or the chroma is not what the profile implies. What parse gives is
 * read back the same; the position of chroma samples is not kept. False when `size` is too small or the
 * members do not make a valid string. 40 bytes hold the longest.
 */
bool webc__codec_string_format(const webc__codec_string *codec, char *out, size_t size);

#endif
