/* SPDX-License-Identifier: MIT */
/* VideoColorSpace (WebCodecs 9.6): four members, each of which may be absent. */
#ifndef WEBCODECS_COLOR_H
#define WEBCODECS_COLOR_H

#include "common.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Values are the code points of ITU-T H.273, so that codes WebCodecs has no name for are kept and written
 * back; 0 and 2 ("unspecified") both read as null. H.273 gives the RGB matrix the code 0, which is "absent"
 * here, so RGB is 256.
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

#ifdef __cplusplus
}
#endif

#endif
