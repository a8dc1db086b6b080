/* SPDX-License-Identifier: MIT */
/* Pictures of flat RGB patches in every pixel format and colour space, by formulas of the tests' own. */
#ifndef WEBC_TESTS_PATCHES_H
#define WEBC_TESTS_PATCHES_H

#include "video_support.h"

#define PATCHES 16
#define PATCH_SIDE 32u
#define PATCHES_SIDE 128u /* four by four patches */

/**
 * The patches as a frame; `color` NULL: the format's default. YUV is made from RGB by the matrix and range of
 * `color`, REC709 where they are absent. Alpha, or the byte in its place, is never opaque.
 */
webc_frame *patches_frame(uint32_t format, const webc_color_space *color, int64_t timestamp);

/** Fail unless the frame shows the patches within `tolerance` of 255, when copied out as RGBA. */
void patches_check(const webc_frame *frame, int tolerance, const char *what);

/** The same by the tests' own formula on the planes, under the matrix and range given. Planar YUV only. */
void patches_check_planes(const webc_frame *frame, const webc_color_space *color, int tolerance,
                          const char *what);

#endif
