/* SPDX-License-Identifier: MIT */
#include "spec/level.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/error.h"
#include "webcodecs/support.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* H.264 table A-1, in macroblocks and 1000 bits. Level 1b is the row numbered 9. */
static const struct {
    uint8_t level;
    uint32_t rate;
    uint32_t size;
    uint32_t bitrate;
} h264_levels[] = {
    {10, 1485, 99, 64},
    {9, 1485, 99, 128},
    {11, 3000, 396, 192},
    {12, 6000, 396, 384},
    {13, 11880, 396, 768},
    {20, 11880, 396, 2000},
    {21, 19800, 792, 4000},
    {22, 20250, 1620, 4000},
    {30, 40500, 1620, 10000},
    {31, 108000, 3600, 14000},
    {32, 216000, 5120, 20000},
    {40, 245760, 8192, 20000},
    {41, 245760, 8192, 50000},
    {42, 522240, 8704, 50000},
    {50, 589824, 22080, 135000},
    {51, 983040, 36864, 240000},
    {52, 2073600, 36864, 240000},
    {60, 4177920, 139264, 240000},
    {61, 8355840, 139264, 480000},
    {62, 16711680, 139264, 800000},
};

/* HEVC tables A.8 and A.9, in luma samples and 1000 bits. */
static const struct {
    uint8_t level;
    uint32_t size;
    uint64_t rate;
    uint32_t main_bitrate;
    uint32_t high_bitrate;
} hevc_levels[] = {
    {30, 36864, 552960, 128, 0},
    {60, 122880, 3686400, 1500, 0},
    {63, 245760, 7372800, 3000, 0},
    {90, 552960, 16588800, 6000, 0},
    {93, 983040, 33177600, 10000, 0},
    {120, 2228224, 66846720, 12000, 30000},
    {123, 2228224, 133693440, 20000, 50000},
    {150, 8912896, 267386880, 25000, 100000},
    {153, 8912896, 534773760, 40000, 160000},
    {156, 8912896, 1069547520, 60000, 240000},
    {180, 35651584, 1069547520, 60000, 240000},
    {183, 35651584, 2139095040, 120000, 480000},
    {186, 35651584, 4278190080, 240000, 800000},
};

/* VP9 levels of the WebM project, in luma samples and 1000 bits. */
static const struct {
    uint8_t level;
    uint32_t size;
    uint32_t side;
    uint64_t rate;
    uint32_t bitrate;
} vp9_levels[] = {
    {10, 36864, 512, 829440, 200},
    {11, 73728, 768, 2764800, 800},
    {20, 122880, 960, 4608000, 1800},
    {21, 245760, 1344, 9216000, 3600},
    {30, 552960, 2048, 20736000, 7200},
    {31, 983040, 2752, 36864000, 12000},
    {40, 2228224, 4160, 83558400, 18000},
    {41, 2228224, 4160, 160432128, 30000},
    {50, 8912896, 8384, 311951360, 60000},
    {51, 8912896, 8384, 588251136, 120000},
    {52, 8912896, 8384, 1176502272, 180000},
    {60, 35651584, 16832, 1176502272, 180000},
    {61, 35651584, 16832, 2353004544, 240000},
    {62, 35651584, 16832, 4706009088, 480000},
};

/*
 * AV1 A.3, in luma samples and 1000 bits. Levels 5.3 and 6.3 are left out: they differ from 5.2 and 6.2 only in
 * how much may be decoded without being shown.
 */
static const struct {
    uint8_t level;
    uint32_t size;
    uint32_t width;
    uint32_t height;
    uint64_t rate;
    uint32_t main_bitrate;
    uint32_t high_bitrate;
} av1_levels[] = {
    {0, 147456, 2048, 1152, 4423680, 1500, 0},
    {1, 278784, 2816, 1584, 8363520, 3000, 0},
    {4, 665856, 4352, 2448, 19975680, 6000, 0},
    {5, 1065024, 5504, 3096, 31950720, 10000, 0},
    {8, 2359296, 6144, 3456, 70778880, 12000, 30000},
    {9, 2359296, 6144, 3456, 141557760, 20000, 50000},
    {12, 8912896, 8192, 4352, 267386880, 30000, 100000},
    {13, 8912896, 8192, 4352, 534773760, 40000, 160000},
    {14, 8912896, 8192, 4352, 1069547520, 60000, 240000},
    {16, 35651584, 16384, 8704, 1069547520, 60000, 240000},
    {17, 35651584, 16384, 8704, 2139095040, 100000, 480000},
    {18, 35651584, 16384, 8704, 4278190080, 160000, 800000},
};

/* One level, whatever the family, in units of macroblocks (H.264) or luma samples. */
typedef struct limits {
    uint64_t size;
    uint64_t width;
    uint64_t height;
    uint64_t rate;
    uint64_t bitrate; /* bits per second; 0: the level does not exist in this tier */
} limits;

/* A picture in the units of the limits. */
typedef struct picture {
    uint64_t width;
    uint64_t height;
    const char *unit;
} picture;

__attribute__((format(printf, 3, 4))) static bool refuse(char *reason, size_t reason_size, const char *format,
                                                         ...)
{
    if (reason && reason_size) {
        va_list args;
        va_start(args, format);
        vsnprintf(reason, reason_size, format, args);
        va_end(args);
    }
    return false;
}

/* The longest side of a picture of `size` units: sqrt(8 x size), H.264 A.3.1 and HEVC A.4.1. */
static uint64_t longest_side(uint64_t size)
{
    uint64_t side = 1;
    while ((side + 1) * (side + 1) <= 8 * size)
        side++;
    return side;
}

/* cpbBrNalFactor, H.264 table A-2. */
static uint64_t h264_bitrate_factor(uint32_t profile)
{
    switch (profile) {
    case 0x64:
        return 1500;
    case 0x6e:
        return 3600;
    case 0x7a:
    case 0xf4:
    case 0x2c:
        return 4800;
    default:
        return 1200;
    }
}

/* CpbNalFactor times HbrFactor, HEVC table A.10. */
static uint64_t hevc_bitrate_factor(const webc__codec_string *codec)
{
    if (codec->profile != 4)
        return 1100;
    unsigned depth = codec->bit_depth <= 8 ? 0 : codec->bit_depth <= 10 ? 1 : 2;
    uint64_t times = codec->more_constraints[0] & 8 ? 1 : 2; /* general_lower_bit_rate_constraint_flag */
    static const uint16_t factors[4][3] = {
        {733, 917, 1100}, {1100, 1100, 1650}, {1833, 1833, 2200}, {2200, 2750, 3300}};
    switch (codec->chroma) {
    case 400:
        return times * factors[0][depth];
    case 420:
        return times * factors[1][depth];
    case 422:
        return times * factors[2][depth];
    default:
        return times * factors[3][depth];
    }
}

static limits h264_limits(const webc__codec_string *codec, size_t i)
{
    uint64_t side = longest_side(h264_levels[i].size);
    return (limits){.size = h264_levels[i].size,
                    .width = side,
                    .height = side,
                    .rate = h264_levels[i].rate,
                    .bitrate = h264_levels[i].bitrate * h264_bitrate_factor(codec->profile)};
}

static limits hevc_limits(const webc__codec_string *codec, size_t i)
{
    uint64_t side = longest_side(hevc_levels[i].size);
    uint64_t bitrate = codec->high_tier ? hevc_levels[i].high_bitrate : hevc_levels[i].main_bitrate;
    return (limits){.size = hevc_levels[i].size,
                    .width = side,
                    .height = side,
                    .rate = hevc_levels[i].rate,
                    .bitrate = bitrate * hevc_bitrate_factor(codec)};
}

static limits vp9_limits(const webc__codec_string *codec, size_t i)
{
    (void)codec;
    return (limits){.size = vp9_levels[i].size,
                    .width = vp9_levels[i].side,
                    .height = vp9_levels[i].side,
                    .rate = vp9_levels[i].rate,
                    .bitrate = vp9_levels[i].bitrate * UINT64_C(1000)};
}

static limits av1_limits(const webc__codec_string *codec, size_t i)
{
    uint64_t bitrate = codec->high_tier ? av1_levels[i].high_bitrate : av1_levels[i].main_bitrate;
    return (limits){.size = av1_levels[i].size,
                    .width = av1_levels[i].width,
                    .height = av1_levels[i].height,
                    .rate = av1_levels[i].rate,
                    .bitrate = bitrate * 1000 * (codec->profile + 1)}; /* BitrateProfileFactor 1, 2 or 3 */
}

static picture measure(uint32_t codec, const webc__level_need *need)
{
    uint64_t width = need->width;
    uint64_t height = need->height;
    switch (codec) {
    case WEBC_CODEC_H264:
        return (picture){(width + 15) / 16, (height + 15) / 16, "macroblocks"};
    case WEBC_CODEC_HEVC:
        /* Coded in whole minimum coding blocks, 8 x 8 with the encoders there are. */
        return (picture){(width + 7) / 8 * 8, (height + 7) / 8 * 8, "luma samples"};
    default:
        return (picture){width, height, "luma samples"};
    }
}

/* The sides come first, so that the product that follows stays small. */
static bool fits(const char *level, const limits *limit, uint32_t codec, const webc__level_need *need,
                 char *reason, size_t reason_size)
{
    picture is = measure(codec, need);
    if (is.width > limit->width || is.height > limit->height)
        return refuse(reason, reason_size, "a side of %ux%u is longer than the %llu %s of %s", need->width,
                      need->height, (unsigned long long)limit->width, is.unit, level);
    uint64_t size = is.width * is.height;
    if (size > limit->size)
        return refuse(reason, reason_size, "%ux%u is %llu %s, more than the %llu of %s", need->width,
                      need->height, (unsigned long long)size, is.unit, (unsigned long long)limit->size, level);
    /* A frame rate computed from a period of whole microseconds is a hair off the round figure. */
    if ((double)size * need->framerate > (double)limit->rate * (1 + 1e-4))
        return refuse(reason, reason_size,
                      "%ux%u at %g frames per second is %.0f %s per second, more than the %llu of %s",
                      need->width, need->height, need->framerate, (double)size * need->framerate, is.unit,
                      (unsigned long long)limit->rate, level);
    if (!limit->bitrate)
        return refuse(reason, reason_size, "%s has no high tier", level);
    if (need->bitrate > limit->bitrate)
        return refuse(reason, reason_size, "a bitrate of %llu is more than the %llu of %s",
                      (unsigned long long)need->bitrate, (unsigned long long)limit->bitrate, level);
    return true;
}

bool webc__level_holds(const webc__codec_string *codec, const webc__level_need *need, char *reason,
                       size_t reason_size)
{
    char level[48];
    if (codec->codec == WEBC_CODEC_H264) {
        uint32_t wanted = codec->level_1b ? 9 : codec->level;
        if (codec->level_1b)
            snprintf(level, sizeof level, "H.264 level 1b");
        else
            snprintf(level, sizeof level, "H.264 level %u.%u", codec->level / 10, codec->level % 10);
        for (size_t i = 0; i < COUNT(h264_levels); i++) {
            limits limit = h264_limits(codec, i);
            if (h264_levels[i].level == wanted)
                return fits(level, &limit, codec->codec, need, reason, reason_size);
        }
        return refuse(reason, reason_size, "there is no %s", level);
    }
    if (codec->codec == WEBC_CODEC_HEVC) {
        snprintf(level, sizeof level, "HEVC level %u.%u %s tier", codec->level / 30, codec->level % 30 / 3,
                 codec->high_tier ? "high" : "main");
        for (size_t i = 0; i < COUNT(hevc_levels); i++) {
            limits limit = hevc_limits(codec, i);
            if (hevc_levels[i].level == codec->level)
                return fits(level, &limit, codec->codec, need, reason, reason_size);
        }
        return refuse(reason, reason_size, "there is no %s", level);
    }
    return true;
}

/* Level number and limits of row `i` of a family's table; false past its end. */
static bool level_at(const webc__codec_string *codec, size_t i, uint32_t *level, limits *limit)
{
    switch (codec->codec) {
    case WEBC_CODEC_H264:
        if (i >= COUNT(h264_levels))
            return false;
        *level = h264_levels[i].level;
        *limit = h264_limits(codec, i);
        return true;
    case WEBC_CODEC_HEVC:
        if (i >= COUNT(hevc_levels))
            return false;
        *level = hevc_levels[i].level;
        *limit = hevc_limits(codec, i);
        return true;
    case WEBC_CODEC_VP9:
        if (i >= COUNT(vp9_levels))
            return false;
        *level = vp9_levels[i].level;
        *limit = vp9_limits(codec, i);
        return true;
    case WEBC_CODEC_AV1:
        if (i >= COUNT(av1_levels))
            return false;
        *level = av1_levels[i].level;
        *limit = av1_limits(codec, i);
        return true;
    default:
        return false;
    }
}

bool webc__level_choose(webc__codec_string *codec, const webc__level_need *need)
{
    if (codec->codec == WEBC_CODEC_VP8) {
        codec->level = 0;
        return need->width <= 16383 && need->height <= 16383; /* 14 bits in the frame header */
    }
    webc__codec_string chosen = *codec;
    for (int tier = 0; tier < 2; tier++) {
        uint32_t level;
        limits limit;
        chosen.high_tier = tier;
        for (size_t i = 0; level_at(&chosen, i, &level, &limit); i++) {
            /* 1b differs from 1 and 1.1 by a flag that many readers overlook. */
            bool level_1b = chosen.codec == WEBC_CODEC_H264 && level == 9;
            if (level_1b || !fits("", &limit, chosen.codec, need, NULL, 0))
                continue;
            chosen.level = level;
            if (chosen.level_1b && (chosen.profile == 0x42 || chosen.profile == 0x4d || chosen.profile == 0x58))
                chosen.constraints &= ~0x10u;
            chosen.level_1b = false;
            *codec = chosen;
            return true;
        }
        if (chosen.codec != WEBC_CODEC_HEVC && chosen.codec != WEBC_CODEC_AV1)
            break;
    }
    return false;
}

/* The profile of webc_codec_string() for a bit depth; false when the family has none. */
static bool choose_profile(uint32_t bit_depth, webc__codec_string *out)
{
    out->bit_depth = bit_depth;
    out->chroma = 420;
    switch (out->codec) {
    case WEBC_CODEC_H264:
        out->profile = bit_depth == 8 ? 0x64 : 0x6e;
        return bit_depth != 12;
    case WEBC_CODEC_HEVC:
        /* Progressive frames only; Main 12 is told from the other range extensions by its flags (HEVC A.3.5).
         */
        out->profile = bit_depth == 8 ? 1 : bit_depth == 10 ? 2 : 4;
        out->compatibility = bit_depth == 8 ? 6 : bit_depth == 10 ? 4 : 0x10;
        out->constraints = bit_depth == 12 ? 0xb9 : 0xb0;
        out->more_constraints[0] = bit_depth == 12 ? 0x88 : 0;
        return true;
    case WEBC_CODEC_VP8:
        return bit_depth == 8;
    case WEBC_CODEC_VP9:
        out->profile = bit_depth == 8 ? 0 : 2;
        return true;
    default:
        out->profile = bit_depth == 12 ? 2 : 0;
        return true;
    }
}

webc_result webc_codec_string(uint32_t codec, uint32_t width, uint32_t height, double framerate,
                              uint32_t bit_depth, char *out, uint32_t out_size)
{
    static const char *const names[] = {NULL, "H.264", "HEVC", "VP8", "VP9", "AV1"};
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "codec string: out is NULL");
    if (codec < WEBC_CODEC_H264 || codec > WEBC_CODEC_AV1)
        return webc__fail(WEBC_ERROR_TYPE, "codec string: codec is %u; it must be one of WEBC_CODEC_*", codec);
    if (!width || !height)
        return webc__fail(WEBC_ERROR_TYPE, "codec string: the size is %ux%u; both must be at least 1", width,
                          height);
    if (!isfinite(framerate) || framerate < 0)
        return webc__fail(WEBC_ERROR_TYPE,
                          "codec string: framerate is %g; it must be a finite number, or 0 for 30", framerate);
    webc__codec_string string = {.codec = codec};
    bool known_depth = bit_depth == 8 || bit_depth == 10 || bit_depth == 12;
    if (!known_depth || !choose_profile(bit_depth, &string))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "codec string: %s has no profile for bit_depth %u",
                          names[codec], bit_depth);
    webc__level_need need = {.width = width, .height = height, .framerate = framerate > 0 ? framerate : 30};
    if (!webc__level_choose(&string, &need))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                          "codec string: no level of %s holds %ux%u at %g frames per second", names[codec],
                          width, height, need.framerate);
    char text[64];
    if (!webc__codec_string_format(&string, text, sizeof text) || strlen(text) >= out_size)
        return webc__fail(WEBC_ERROR_RANGE, "codec string: \"%s\" does not fit out_size %u", text, out_size);
    memcpy(out, text, strlen(text) + 1);
    return WEBC_OK;
}
