/* SPDX-License-Identifier: MIT */
/* The enums of VideoColorSpace: names of code points and the predefined spaces. Any thread. */
#include <string.h>

#include "webcodecs/color.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

typedef struct named_code {
    uint32_t code;
    const char *name;
} named_code;

static const named_code primaries_names[] = {
    {WEBC_COLOR_PRIMARIES_BT709, "bt709"},         {WEBC_COLOR_PRIMARIES_BT470BG, "bt470bg"},
    {WEBC_COLOR_PRIMARIES_SMPTE170M, "smpte170m"}, {WEBC_COLOR_PRIMARIES_BT2020, "bt2020"},
    {WEBC_COLOR_PRIMARIES_SMPTE432, "smpte432"},
};

static const named_code transfer_names[] = {
    {WEBC_COLOR_TRANSFER_BT709, "bt709"},   {WEBC_COLOR_TRANSFER_SMPTE170M, "smpte170m"},
    {WEBC_COLOR_TRANSFER_LINEAR, "linear"}, {WEBC_COLOR_TRANSFER_IEC61966_2_1, "iec61966-2-1"},
    {WEBC_COLOR_TRANSFER_PQ, "pq"},         {WEBC_COLOR_TRANSFER_HLG, "hlg"},
};

static const named_code matrix_names[] = {
    {WEBC_COLOR_MATRIX_RGB, "rgb"},
    {WEBC_COLOR_MATRIX_BT709, "bt709"},
    {WEBC_COLOR_MATRIX_BT470BG, "bt470bg"},
    {WEBC_COLOR_MATRIX_SMPTE170M, "smpte170m"},
    {WEBC_COLOR_MATRIX_BT2020_NCL, "bt2020-ncl"},
};

static const webc_color_space predefined_spaces[] = {
    [WEBC_PREDEFINED_COLOR_SPACE_SRGB] = {WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_IEC61966_2_1,
                                          WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_FULL},
    [WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3] = {WEBC_COLOR_PRIMARIES_SMPTE432, WEBC_COLOR_TRANSFER_IEC61966_2_1,
                                                WEBC_COLOR_MATRIX_RGB, WEBC_COLOR_RANGE_FULL},
    [WEBC_PREDEFINED_COLOR_SPACE_REC709] = {WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_BT709,
                                            WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED},
};

static const char *name_of(const named_code *list, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].code == code)
            return list[i].name;
    return "";
}

static uint32_t code_of(const named_code *list, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (!strcmp(list[i].name, name))
            return list[i].code;
    return 0;
}

void webc_color_space_preset(webc_color_space *color_space, uint32_t predefined)
{
    if (color_space)
        *color_space =
            predefined < COUNT(predefined_spaces) ? predefined_spaces[predefined] : (webc_color_space){0};
}

const char *webc_color_primaries_name(uint32_t primaries)
{
    return name_of(primaries_names, COUNT(primaries_names), primaries);
}

const char *webc_color_transfer_name(uint32_t transfer)
{
    return name_of(transfer_names, COUNT(transfer_names), transfer);
}

const char *webc_color_matrix_name(uint32_t matrix)
{
    return name_of(matrix_names, COUNT(matrix_names), matrix);
}

uint32_t webc_color_primaries_from_name(const char *name)
{
    return code_of(primaries_names, COUNT(primaries_names), name);
}

uint32_t webc_color_transfer_from_name(const char *name)
{
    return code_of(transfer_names, COUNT(transfer_names), name);
}

uint32_t webc_color_matrix_from_name(const char *name)
{
    return code_of(matrix_names, COUNT(matrix_names), name);
}
