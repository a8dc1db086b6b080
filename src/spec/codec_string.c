/* SPDX-License-Identifier: MIT */
#include "spec/codec_string.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "webcodecs/support.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Where parsing is, and where to say why it stopped. */
typedef struct cursor {
    const char *at;
    char *reason;
    size_t reason_size;
} cursor;

__attribute__((format(printf, 2, 3))) static bool refuse(const cursor *in, const char *format, ...)
{
    if (in->reason && in->reason_size) {
        va_list args;
        va_start(args, format);
        vsnprintf(in->reason, in->reason_size, format, args);
        va_end(args);
    }
    return false;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Between `least` and `most` digits of `base` 10 or 16, and no digit after them. */
static bool take_number(cursor *in, int base, int least, int most, const char *field, uint32_t *out)
{
    int count = 0;
    uint32_t value = 0;
    for (; count < most; count++) {
        int digit = hex_value(in->at[count]);
        if (digit < 0 || digit >= base)
            break;
        value = value * (uint32_t)base + (uint32_t)digit;
    }
    int next = hex_value(in->at[count]);
    if (count < least || (next >= 0 && next < base)) {
        const char *kind = base == 16 ? "hexadecimal" : "decimal";
        if (least == most)
            return refuse(in, "%s must have exactly %d %s digit%s", field, most, kind, most == 1 ? "" : "s");
        return refuse(in, "%s must have %d to %d %s digits", field, least, most, kind);
    }
    in->at += count;
    *out = value;
    return true;
}

static bool take_dot(cursor *in, const char *field)
{
    if (*in->at != '.')
        return refuse(in, *in->at ? "a dot is expected before the %s" : "the %s is missing", field);
    in->at++;
    return true;
}

static bool take_end(const cursor *in)
{
    return *in->at ? refuse(in, "\"%.16s\" is left over at the end", in->at) : true;
}

static bool is_listed(const uint8_t *list, size_t count, uint32_t value)
{
    return value <= UINT8_MAX && memchr(list, (int)value, count);
}

static bool is_h264_level(uint32_t level)
{
    static const uint8_t levels[] = {9,  10, 11, 12, 13, 20, 21, 22, 30, 31,
                                     32, 40, 41, 42, 50, 51, 52, 60, 61, 62};
    return is_listed(levels, COUNT(levels), level);
}

static bool parse_h264(cursor *in, webc__codec_string *out)
{
    static const struct {
        uint8_t profile, bit_depth;
        uint16_t chroma;
    } profiles[] = {{0x42, 8, 420},  {0x4d, 8, 420},  {0x58, 8, 420},  {0x64, 8, 420},
                    {0x6e, 10, 420}, {0x7a, 10, 422}, {0xf4, 10, 444}, {0x2c, 10, 444}};
    uint32_t number;
    if (!take_number(in, 16, 6, 6, "what follows avc1. or avc3.", &number) || !take_end(in))
        return false;
    out->profile = number >> 16;
    out->constraints = number >> 8 & 0xff;
    out->level = number & 0xff;
    for (size_t i = 0; i < COUNT(profiles); i++) {
        if (profiles[i].profile == out->profile) {
            out->bit_depth = profiles[i].bit_depth;
            out->chroma = profiles[i].chroma;
        }
    }
    if (!out->bit_depth)
        return refuse(in, "profile_idc 0x%02x is not a profile of H.264", out->profile);
    if (out->constraints & 3)
        return refuse(in, "constraint byte 0x%02x sets reserved bits; the two lowest must be 0",
                      out->constraints);
    if (!is_h264_level(out->level))
        return refuse(in, "level_idc 0x%02x (%u) is not a level of H.264", out->level, out->level);
    bool old_profile = out->profile == 0x42 || out->profile == 0x4d || out->profile == 0x58;
    out->level_1b = out->level == 9 || (out->level == 11 && old_profile && (out->constraints & 0x10));
    return true;
}

/* Range extensions say depth and chroma in their constraint flags (HEVC A.3.5). */
static void limit_hevc_format(webc__codec_string *out)
{
    uint32_t first = out->constraints;
    uint32_t second = out->more_constraints[0];
    out->bit_depth = first & 2 ? 8 : first & 4 ? 10 : 12;
    out->chroma = second & 0x40 ? 400 : second & 0x80 ? 420 : first & 1 ? 422 : 444;
}

static bool parse_hevc(cursor *in, webc__codec_string *out)
{
    static const uint8_t levels[] = {30, 60, 63, 90, 93, 120, 123, 150, 153, 156, 180, 183, 186};
    if (*in->at >= 'A' && *in->at <= 'C')
        return refuse(in, "profile space %c is not supported", *in->at);
    if (!take_number(in, 10, 1, 2, "general_profile_idc", &out->profile))
        return false;
    if (in->at[-2] == '0' || out->profile < 1 || out->profile > 4)
        return refuse(in,
                      "general_profile_idc must be 1 (Main), 2 (Main 10), 3 (Main Still Picture) or 4 (RExt)");
    if (!take_dot(in, "profile compatibility flags") ||
        !take_number(in, 16, 1, 8, "profile compatibility flags", &out->compatibility) ||
        !take_dot(in, "tier and level"))
        return false;
    if (*in->at != 'L' && *in->at != 'H')
        return refuse(in, "the tier must be L or H");
    out->high_tier = *in->at++ == 'H';
    if (!take_number(in, 10, 2, 3, "general_level_idc", &out->level))
        return false;
    if (in->at[-3] == '0' || !is_listed(levels, COUNT(levels), out->level))
        return refuse(in, "general_level_idc %u is not a level of HEVC", out->level);
    if (out->high_tier && out->level < 120)
        return refuse(in, "level %u.%u has no high tier; it begins with level 4", out->level / 30,
                      out->level % 30 / 3);
    for (int i = 0; *in->at == '.' && i < 6; i++) {
        uint32_t byte;
        in->at++;
        if (!take_number(in, 16, 1, 2, "a constraint byte", &byte))
            return false;
        if (i == 0)
            out->constraints = byte;
        else
            out->more_constraints[i - 1] = (uint8_t)byte;
    }
    out->bit_depth = out->profile == 2 ? 10 : 8;
    out->chroma = 420;
    if (out->profile == 4)
        limit_hevc_format(out);
    return take_end(in);
}

/* Code points of ITU-T H.273; 2 is "unspecified" and reads as null. */
static bool set_color(cursor *in, const uint32_t points[3], bool full_range, webc__codec_string *out)
{
    static const uint8_t primaries[] = {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22};
    if (!is_listed(primaries, COUNT(primaries), points[0]))
        return refuse(in, "colour primaries %02u are not defined", points[0]);
    if (points[1] < 1 || points[1] > 18 || points[1] == 3)
        return refuse(in, "transfer characteristics %02u are not defined", points[1]);
    if (points[2] > 14 || points[2] == 3)
        return refuse(in, "matrix coefficients %02u are not defined", points[2]);
    if (points[2] == 0 && out->chroma != 444)
        return refuse(in, "matrix coefficients 00 (RGB) need 4:4:4 sampling");
    out->has_color = true;
    out->color.primaries = points[0] == 2 ? 0 : points[0];
    out->color.transfer = points[1] == 2 ? 0 : points[1];
    out->color.matrix = points[2] == 2 ? 0 : points[2] == 0 ? WEBC_COLOR_MATRIX_RGB : points[2];
    out->color.range = full_range ? WEBC_COLOR_RANGE_FULL : WEBC_COLOR_RANGE_LIMITED;
    return true;
}

/* The end of a VP9 or AV1 tail: cp.tc.mc.range, any of them left out from the right. */
static bool parse_color(cursor *in, int range_digits, webc__codec_string *out)
{
    static const char *const names[] = {"colour primaries", "transfer characteristics", "matrix coefficients"};
    uint32_t points[3] = {1, 1, 1};
    uint32_t full_range = 0;
    for (int i = 0; i < 3 && *in->at == '.'; i++) {
        in->at++;
        if (!take_number(in, 10, 2, 2, names[i], &points[i]))
            return false;
    }
    if (*in->at == '.') {
        in->at++;
        if (!take_number(in, 10, range_digits, range_digits, "the range flag", &full_range))
            return false;
        if (full_range > 1)
            return refuse(in, "the range flag must be 0 or 1");
    }
    return take_end(in) && set_color(in, points, full_range, out);
}

static uint32_t default_vp9_chroma(uint32_t profile)
{
    return profile & 1 ? 444 : 420;
}

static bool parse_vp9(cursor *in, webc__codec_string *out)
{
    static const uint8_t levels[] = {10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 52, 60, 61, 62};
    if (!take_number(in, 10, 2, 2, "the profile", &out->profile) || !take_dot(in, "level") ||
        !take_number(in, 10, 2, 2, "the level", &out->level) || !take_dot(in, "bit depth") ||
        !take_number(in, 10, 2, 2, "the bit depth", &out->bit_depth))
        return false;
    if (out->profile > 3)
        return refuse(in, "profile %02u is not a profile of VP9; they are 00 to 03", out->profile);
    if (!is_listed(levels, COUNT(levels), out->level))
        return refuse(in, "level %02u is not a level of VP9", out->level);
    if (out->profile < 2 ? out->bit_depth != 8 : out->bit_depth != 10 && out->bit_depth != 12)
        return refuse(in, "profile %02u cannot have bit depth %02u; it has %s", out->profile, out->bit_depth,
                      out->profile < 2 ? "08" : "10 or 12");
    out->chroma = default_vp9_chroma(out->profile);
    if (!*in->at)
        return true;
    uint32_t chroma;
    if (!take_dot(in, "chroma subsampling") || !take_number(in, 10, 2, 2, "the chroma subsampling", &chroma))
        return false;
    if (chroma > 3)
        return refuse(in, "chroma subsampling %02u is reserved; it must be 00 to 03", chroma);
    if ((chroma >= 2) != (out->profile & 1))
        return refuse(in, "profile %02u cannot have chroma subsampling %02u", out->profile, chroma);
    out->chroma = chroma == 3 ? 444 : chroma == 2 ? 422 : 420;
    return parse_color(in, 2, out);
}

static uint32_t default_av1_chroma(uint32_t profile, uint32_t bit_depth)
{
    if (profile == 1)
        return 444;
    return profile == 2 && bit_depth < 12 ? 422 : 420;
}

/* M and CCC of AV1: sets the chroma to what they say, or to what the profile implies. */
static bool parse_av1_chroma(cursor *in, webc__codec_string *out)
{
    uint32_t monochrome;
    uint32_t sampling;
    if (!take_dot(in, "monochrome flag") || !take_number(in, 10, 1, 1, "the monochrome flag", &monochrome))
        return false;
    if (monochrome > 1)
        return refuse(in, "the monochrome flag must be 0 or 1");
    if (monochrome && out->profile == 1)
        return refuse(in, "profile 1 cannot be monochrome");
    out->chroma = monochrome ? 400 : default_av1_chroma(out->profile, out->bit_depth);
    if (*in->at != '.')
        return true;
    in->at++;
    if (!take_number(in, 10, 3, 3, "the chroma subsampling", &sampling))
        return false;
    if (sampling != 0 && sampling != 100 && sampling != 110 && sampling != 111 && sampling != 112)
        return refuse(in, "chroma subsampling %03u is not defined; it is 000, 100, 110, 111 or 112", sampling);
    uint32_t chroma = sampling == 0 ? 444 : sampling == 100 ? 422 : 420;
    bool fits = monochrome         ? chroma == 420
                : out->profile < 2 ? chroma == (out->profile ? 444u : 420u)
                                   : out->bit_depth == 12 || chroma == 422;
    if (!fits)
        return refuse(in, "chroma subsampling %03u does not go with profile %u, bit depth %02u, monochrome %u",
                      sampling, out->profile, out->bit_depth, monochrome);
    if (!monochrome)
        out->chroma = chroma;
    return true;
}

static bool parse_av1(cursor *in, webc__codec_string *out)
{
    if (!take_number(in, 10, 1, 1, "the profile", &out->profile) || !take_dot(in, "level") ||
        !take_number(in, 10, 2, 2, "the level", &out->level))
        return false;
    if (out->profile > 2)
        return refuse(in, "profile %u is not a profile of AV1; they are 0 to 2", out->profile);
    if (out->level > 23 && out->level != 31)
        return refuse(in, "seq_level_idx %02u is not defined; it is 00 to 23 or 31", out->level);
    if (*in->at != 'M' && *in->at != 'H')
        return refuse(in, "the tier must be M or H");
    out->high_tier = *in->at++ == 'H';
    if (out->high_tier && out->level < 8)
        return refuse(in, "seq_level_idx %02u has no high tier; it begins with 08 (level 4.0)", out->level);
    if (!take_dot(in, "bit depth") || !take_number(in, 10, 2, 2, "the bit depth", &out->bit_depth))
        return false;
    if (out->bit_depth != 8 && out->bit_depth != 10 && (out->bit_depth != 12 || out->profile != 2))
        return refuse(in, "profile %u cannot have bit depth %02u", out->profile, out->bit_depth);
    out->chroma = default_av1_chroma(out->profile, out->bit_depth);
    if (!*in->at)
        return true;
    return parse_av1_chroma(in, out) && parse_color(in, 1, out);
}

static bool parse_vp8(cursor *in, webc__codec_string *out)
{
    out->bit_depth = 8;
    out->chroma = 420;
    return take_end(in);
}

static const struct {
    char prefix[6];
    uint8_t codec;
    bool in_band;
    bool (*parse)(cursor *in, webc__codec_string *out);
} families[] = {
    {"avc1.", WEBC_CODEC_H264, false, parse_h264}, {"avc3.", WEBC_CODEC_H264, true, parse_h264},
    {"hvc1.", WEBC_CODEC_HEVC, false, parse_hevc}, {"hev1.", WEBC_CODEC_HEVC, true, parse_hevc},
    {"vp8", WEBC_CODEC_VP8, false, parse_vp8},     {"vp09.", WEBC_CODEC_VP9, false, parse_vp9},
    {"av01.", WEBC_CODEC_AV1, false, parse_av1},
};

bool webc__codec_string_parse(const char *text, webc__codec_string *out, char *reason, size_t reason_size)
{
    cursor in = {.at = text, .reason = reason, .reason_size = reason_size};
    *out = (webc__codec_string){0};
    if (!text)
        return refuse(&in, "there is no codec string");
    for (size_t i = 0; i < COUNT(families); i++) {
        size_t length = strlen(families[i].prefix);
        if (strncmp(text, families[i].prefix, length) != 0)
            continue;
        webc__codec_string read = {.codec = families[i].codec, .in_band = families[i].in_band};
        in.at = text + length;
        if (!families[i].parse(&in, &read))
            return false;
        *out = read;
        return true;
    }
    return refuse(
        &in,
        "\"%.32s\" does not begin like a video codec string: avc1., avc3., hvc1., hev1., vp8, vp09. or "
        "av01., in this case, without spaces",
        text);
}

static int format_hevc(const webc__codec_string *codec, char *out, size_t size)
{
    int length = snprintf(out, size, "%s.%u.%X.%c%u", codec->in_band ? "hev1" : "hvc1", codec->profile,
                          codec->compatibility, codec->high_tier ? 'H' : 'L', codec->level);
    int last = codec->constraints ? 1 : 0;
    for (int i = 0; i < 5; i++)
        last = codec->more_constraints[i] ? i + 2 : last;
    for (int i = 0; i < last && length >= 0 && (size_t)length < size; i++)
        length += snprintf(out + length, size - (size_t)length, ".%02X",
                           i ? codec->more_constraints[i - 1] : codec->constraints);
    return length;
}

static uint32_t color_point(uint32_t value)
{
    return value ? value : 2;
}

static uint32_t matrix_point(uint32_t value)
{
    return value == WEBC_COLOR_MATRIX_RGB ? 0 : color_point(value);
}

static int format_vp9(const webc__codec_string *codec, char *out, size_t size)
{
    uint32_t usual = default_vp9_chroma(codec->profile);
    uint32_t chroma = codec->chroma ? codec->chroma : usual;
    if (!codec->has_color && chroma == usual)
        return snprintf(out, size, "vp09.%02u.%02u.%02u", codec->profile, codec->level, codec->bit_depth);
    return snprintf(out, size, "vp09.%02u.%02u.%02u.%02u.%02u.%02u.%02u.%02u", codec->profile, codec->level,
                    codec->bit_depth,
                    chroma == 444   ? 3u
                    : chroma == 422 ? 2u
                                    : 1u,
                    color_point(codec->color.primaries), color_point(codec->color.transfer),
                    matrix_point(codec->color.matrix), codec->color.range == WEBC_COLOR_RANGE_FULL ? 1u : 0u);
}

static int format_av1(const webc__codec_string *codec, char *out, size_t size)
{
    char tier = codec->high_tier ? 'H' : 'M';
    uint32_t usual = default_av1_chroma(codec->profile, codec->bit_depth);
    uint32_t chroma = codec->chroma ? codec->chroma : usual;
    if (!codec->has_color && chroma == usual)
        return snprintf(out, size, "av01.%u.%02u%c.%02u", codec->profile, codec->level, tier, codec->bit_depth);
    return snprintf(out, size, "av01.%u.%02u%c.%02u.%u.%03u.%02u.%02u.%02u.%u", codec->profile, codec->level,
                    tier, codec->bit_depth, chroma == 400 ? 1u : 0u,
                    chroma == 444   ? 0u
                    : chroma == 422 ? 100u
                                    : 110u,
                    color_point(codec->color.primaries), color_point(codec->color.transfer),
                    matrix_point(codec->color.matrix), codec->color.range == WEBC_COLOR_RANGE_FULL ? 1u : 0u);
}

bool webc__codec_string_format(const webc__codec_string *codec, char *out, size_t size)
{
    int length = -1;
    if (!size)
        return false;
    out[0] = '\0';
    switch (codec->codec) {
    case WEBC_CODEC_H264:
        length = snprintf(out, size, "%s.%02x%02x%02x", codec->in_band ? "avc3" : "avc1", codec->profile,
                          codec->constraints, codec->level);
        break;
    case WEBC_CODEC_HEVC:
        length = format_hevc(codec, out, size);
        break;
    case WEBC_CODEC_VP8:
        length = snprintf(out, size, "vp8");
        break;
    case WEBC_CODEC_VP9:
        length = format_vp9(codec, out, size);
        break;
    case WEBC_CODEC_AV1:
        length = format_av1(codec, out, size);
        break;
    default:
        return false;
    }
    /* A struct made by hand may hold what no string can say. */
    webc__codec_string read;
    return length >= 0 && (size_t)length < size && webc__codec_string_parse(out, &read, NULL, 0);
}
