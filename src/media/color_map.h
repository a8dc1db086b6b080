/* SPDX-License-Identifier: MIT */
/* webc_color_space to and from the colour fields of libavutil. */
#ifndef WEBC_MEDIA_COLOR_MAP_H
#define WEBC_MEDIA_COLOR_MAP_H

#include <libavutil/frame.h>

#include "webcodecs/color.h"
#include "webcodecs/result.h"

/** Colour of an AVFrame: unspecified fields read as 0; yuvj formats are full range. */
webc_color_space webc__color_from_av(const AVFrame *av);
/** Set the colour fields of an AVFrame; 0 is written as unspecified. */
void webc__color_to_av(const webc_color_space *color, AVFrame *av);
/** Check a caller's colour: code points of H.273, the RGB matrix, two ranges. TypeError names the member. */
webc_result webc__color_check(const webc_color_space *color);
/** The same with "unspecified" (2) read as absent, as color.h says. */
webc_color_space webc__color_normalise(webc_color_space color);
/** Each member of `over` that is set, else that of `base`. */
webc_color_space webc__color_override(webc_color_space base, const webc_color_space *over);
/** Fill absent members as CS-03 and CT-10 say: sRGB for RGB formats, else REC709. */
webc_color_space webc__color_complete(webc_color_space color, int rgb);
/**
 * T32: the primaries and transfer that a colour class of VP9 stands for, which libavcodec reads as a matrix
 * alone. BT.2020 may be of any transfer.
 */
webc_color_space webc__color_of_vp9(webc_color_space coded);
/** VD-15: `over` over the `coded` colour, member by member; complete where neither says anything. */
webc_color_space webc__color_pick(webc_color_space coded, const webc_color_space *over, int rgb);

#endif
