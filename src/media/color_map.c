/* SPDX-License-Identifier: MIT */
/* Colour code points of H.273 between webc_color_space and AVFrame; they differ only in "absent" and RGB. */
#include "media/color_map.h"

#include "media/pixel_format.h"
#include "shared/error.h"

#define UNSPECIFIED 2u
#define LARGEST_CODE 255u

static uint32_t absent_if_unspecified(uint32_t code)
{
    return code == UNSPECIFIED ? 0 : code;
}

webc_color_space webc__color_normalise(webc_color_space color)
{
    color.primaries = absent_if_unspecified(color.primaries);
    color.transfer = absent_if_unspecified(color.transfer);
    color.matrix = absent_if_unspecified(color.matrix);
    return color;
}

webc_color_space webc__color_from_av(const AVFrame *av)
{
    webc_color_space color = {0};
    color.primaries = (uint32_t)av->color_primaries;
    color.transfer = (uint32_t)av->color_trc;
    color.matrix = av->colorspace == AVCOL_SPC_RGB ? WEBC_COLOR_MATRIX_RGB : (uint32_t)av->colorspace;
    color.range = (uint32_t)av->color_range;
    if (av->format != webc__pixel_format_plain(av->format))
        color.range = WEBC_COLOR_RANGE_FULL;
    return webc__color_normalise(color);
}

static int code_or(uint32_t code, int absent)
{
    return code ? (int)code : absent;
}

void webc__color_to_av(const webc_color_space *color, AVFrame *av)
{
    av->color_primaries = code_or(color->primaries, AVCOL_PRI_UNSPECIFIED);
    av->color_trc = code_or(color->transfer, AVCOL_TRC_UNSPECIFIED);
    av->colorspace = code_or(color->matrix, AVCOL_SPC_UNSPECIFIED);
    if (color->matrix == WEBC_COLOR_MATRIX_RGB)
        av->colorspace = AVCOL_SPC_RGB;
    av->color_range = (int)color->range;
}

webc_result webc__color_check(const webc_color_space *color)
{
    if (color->primaries > LARGEST_CODE)
        return webc__fail(WEBC_ERROR_TYPE, "color_space.primaries is %u; H.273 code points end at 255",
                          color->primaries);
    if (color->transfer > LARGEST_CODE)
        return webc__fail(WEBC_ERROR_TYPE, "color_space.transfer is %u; H.273 code points end at 255",
                          color->transfer);
    if (color->matrix > LARGEST_CODE && color->matrix != WEBC_COLOR_MATRIX_RGB)
        return webc__fail(WEBC_ERROR_TYPE, "color_space.matrix is %u; H.273 code points end at 255, RGB is 256",
                          color->matrix);
    if (color->range > WEBC_COLOR_RANGE_FULL)
        return webc__fail(WEBC_ERROR_TYPE, "color_space.range is %u; 0 is absent, 1 limited, 2 full",
                          color->range);
    return WEBC_OK;
}

webc_color_space webc__color_override(webc_color_space base, const webc_color_space *over)
{
    webc_color_space set = webc__color_normalise(*over);
    if (set.primaries)
        base.primaries = set.primaries;
    if (set.transfer)
        base.transfer = set.transfer;
    if (set.matrix)
        base.matrix = set.matrix;
    if (set.range)
        base.range = set.range;
    return base;
}

webc_color_space webc__color_of_vp9(webc_color_space coded)
{
    static const struct {
        uint32_t matrix, primaries, transfer;
    } classes[] = {
        {WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_BT709},
        {WEBC_COLOR_MATRIX_BT470BG, WEBC_COLOR_PRIMARIES_SMPTE170M, WEBC_COLOR_TRANSFER_SMPTE170M},
        {WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_PRIMARIES_SMPTE170M, WEBC_COLOR_TRANSFER_SMPTE170M},
        {AVCOL_SPC_SMPTE240M, AVCOL_PRI_SMPTE240M, AVCOL_TRC_SMPTE240M},
        {WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_PRIMARIES_BT2020, 0},
        {WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_IEC61966_2_1},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (classes[i].matrix == coded.matrix) {
            coded.primaries = classes[i].primaries;
            coded.transfer = classes[i].transfer;
        }
    }
    return coded;
}

webc_color_space webc__color_pick(webc_color_space coded, const webc_color_space *over, int rgb)
{
    webc_color_space color = webc__color_override(coded, over);
    bool known = color.primaries || color.transfer || color.matrix || color.range;
    return known ? color : webc__color_complete(color, rgb);
}

webc_color_space webc__color_complete(webc_color_space color, int rgb)
{
    webc_color_space base;
    webc_color_space_preset(&base, rgb ? WEBC_PREDEFINED_COLOR_SPACE_SRGB : WEBC_PREDEFINED_COLOR_SPACE_REC709);
    return webc__color_override(base, &color);
}
