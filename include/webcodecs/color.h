/* SPDX-License-Identifier: MIT */
/* VideoColorSpace (WebCodecs 9.6): four members, each of which may be absent. */
#ifndef WEBCODECS_COLOR_H
#define WEBCODECS_COLOR_H

#include "common.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values are the code points of ITU-T H.273; 0 and 2 ("unspecified") both read as null. H.273 gives the RGB
 * matrix the code 0, which is "absent" here, so RGB is 256.
 *
 * Codes that WebCodecs has no name for, up to 255, are kept, reported as they are, and written back by
 * encoders. The spec's null for them is the "" of the name functions below.
 */
#define WEBC_COLOR_PRIMARIES_BT709 1u
#define WEBC_COLOR_PRIMARIES_BT470BG 5u
#define WEBC_COLOR_PRIMARIES_SMPTE170M 6u
#define WEBC_COLOR_PRIMARIES_BT2020 9u
#define WEBC_COLOR_PRIMARIES_SMPTE432 12u

#define WEBC_COLOR_TRANSFER_BT709 1u
#define WEBC_COLOR_TRANSFER_SMPTE170M 6u
#define WEBC_COLOR_TRANSFER_LINEAR 8u
#define WEBC_COLOR_TRANSFER_IEC61966_2_1 13u
#define WEBC_COLOR_TRANSFER_PQ 16u
#define WEBC_COLOR_TRANSFER_HLG 18u

#define WEBC_COLOR_MATRIX_BT709 1u
#define WEBC_COLOR_MATRIX_BT470BG 5u
#define WEBC_COLOR_MATRIX_SMPTE170M 6u
#define WEBC_COLOR_MATRIX_BT2020_NCL 9u
#define WEBC_COLOR_MATRIX_RGB 256u

#define WEBC_COLOR_RANGE_LIMITED 1u
#define WEBC_COLOR_RANGE_FULL 2u

/** Colour of a picture; zero members are null. Frozen at four members, so it carries no size. */
typedef struct webc_color_space {
    uint32_t primaries; /**< WEBC_COLOR_PRIMARIES_*; default 0, null */
    uint32_t transfer;  /**< WEBC_COLOR_TRANSFER_*; default 0, null */
    uint32_t matrix;    /**< WEBC_COLOR_MATRIX_*; default 0, null */
    uint32_t range;     /**< WEBC_COLOR_RANGE_*; default 0, null (fullRange of the spec) */
} webc_color_space;

/** PredefinedColorSpace of HTML, the targets of webc_frame_copy_to(); and REC709, what video is by default. */
#define WEBC_PREDEFINED_COLOR_SPACE_SRGB 0u
#define WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3 1u
#define WEBC_PREDEFINED_COLOR_SPACE_REC709 2u

/**
 * Set all four members to those of a WEBC_PREDEFINED_COLOR_SPACE_*.
 *
 * An unknown value makes all four null.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_color_space_preset(webc_color_space *color_space, uint32_t predefined);

/**
 * Name of a code as WebCodecs writes it, for example "bt709"; "" for null and for codes it has no name for.
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_color_primaries_name(uint32_t primaries);
WEBC_API const char *webc_color_transfer_name(uint32_t transfer);
WEBC_API const char *webc_color_matrix_name(uint32_t matrix);

/**
 * Code of exactly that name; 0 (null) when there is none.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API uint32_t webc_color_primaries_from_name(const char *name);
WEBC_API uint32_t webc_color_transfer_from_name(const char *name);
WEBC_API uint32_t webc_color_matrix_from_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif
