/* SPDX-License-Identifier: MIT */
/* Codec strings: what is accepted, what it means, what is refused and why, and the way back. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/codec_string.h"
#include "webcodecs/support.h"

static webc__codec_string parse(const char *text)
{
    webc__codec_string out;
    char reason[256] = "";
    ck_assert_msg(webc__codec_string_parse(text, &out, reason, sizeof reason), "%s: %s", text, reason);
    return out;
}

static const struct {
    const char *text;
    const char *canonical;
    uint32_t codec, profile, level, bit_depth, chroma;
} good[] = {
    {"avc1.42001E", "avc1.42001e", WEBC_CODEC_H264, 0x42, 30, 8, 420},
    {"avc1.42001F", "avc1.42001f", WEBC_CODEC_H264, 0x42, 31, 8, 420},
    {"avc3.42001E", "avc3.42001e", WEBC_CODEC_H264, 0x42, 30, 8, 420},
    {"avc1.64000b", "avc1.64000b", WEBC_CODEC_H264, 0x64, 11, 8, 420},
    {"avc1.64003e", "avc1.64003e", WEBC_CODEC_H264, 0x64, 62, 8, 420},
    {"avc1.42c00d", "avc1.42c00d", WEBC_CODEC_H264, 0x42, 13, 8, 420},
    {"avc1.4d0033", "avc1.4d0033", WEBC_CODEC_H264, 0x4d, 51, 8, 420},
    {"avc1.58000a", "avc1.58000a", WEBC_CODEC_H264, 0x58, 10, 8, 420},
    {"avc1.6e000c", "avc1.6e000c", WEBC_CODEC_H264, 0x6e, 12, 10, 420},
    {"avc1.7A1028", "avc1.7a1028", WEBC_CODEC_H264, 0x7a, 40, 10, 422},
    {"avc1.F40028", "avc1.f40028", WEBC_CODEC_H264, 0xf4, 40, 10, 444},
    {"avc1.2c1028", "avc1.2c1028", WEBC_CODEC_H264, 0x2c, 40, 10, 444},
    {"avc1.640009", "avc1.640009", WEBC_CODEC_H264, 0x64, 9, 8, 420},
    {"hvc1.1.6.L123.00", "hvc1.1.6.L123", WEBC_CODEC_HEVC, 1, 123, 8, 420},
    {"hev1.1.6.L60.90", "hev1.1.6.L60.90", WEBC_CODEC_HEVC, 1, 60, 8, 420},
    {"hvc1.1.6.L93.B0", "hvc1.1.6.L93.B0", WEBC_CODEC_HEVC, 1, 93, 8, 420},
    {"hvc1.2.4.L153", "hvc1.2.4.L153", WEBC_CODEC_HEVC, 2, 153, 10, 420},
    {"hvc1.2.4.H120.b0", "hvc1.2.4.H120.B0", WEBC_CODEC_HEVC, 2, 120, 10, 420},
    {"hvc1.3.e.L93.B0", "hvc1.3.E.L93.B0", WEBC_CODEC_HEVC, 3, 93, 8, 420},
    {"hvc1.1.60000000.L93.0.0.0.0.0.1", "hvc1.1.60000000.L93.00.00.00.00.00.01", WEBC_CODEC_HEVC, 1, 93, 8,
     420},
    {"hvc1.4.10.L120", "hvc1.4.10.L120", WEBC_CODEC_HEVC, 4, 120, 12, 444},
    {"hvc1.4.10.L120.9D.8", "hvc1.4.10.L120.9D.08", WEBC_CODEC_HEVC, 4, 120, 10, 422},
    {"hvc1.4.10.L120.9E.08", "hvc1.4.10.L120.9E.08", WEBC_CODEC_HEVC, 4, 120, 8, 444},
    {"hvc1.4.10.L120.B9.88", "hvc1.4.10.L120.B9.88", WEBC_CODEC_HEVC, 4, 120, 12, 420},
    {"hvc1.4.10.L120.BF.C8", "hvc1.4.10.L120.BF.C8", WEBC_CODEC_HEVC, 4, 120, 8, 400},
    {"vp8", "vp8", WEBC_CODEC_VP8, 0, 0, 8, 420},
    {"vp09.00.10.08", "vp09.00.10.08", WEBC_CODEC_VP9, 0, 10, 8, 420},
    {"vp09.02.10.10", "vp09.02.10.10", WEBC_CODEC_VP9, 2, 10, 10, 420},
    {"vp09.02.62.12", "vp09.02.62.12", WEBC_CODEC_VP9, 2, 62, 12, 420},
    {"vp09.01.10.08", "vp09.01.10.08", WEBC_CODEC_VP9, 1, 10, 8, 444},
    {"vp09.01.10.08.03", "vp09.01.10.08.03.01.01.01.00", WEBC_CODEC_VP9, 1, 10, 8, 444},
    {"vp09.01.10.08.02", "vp09.01.10.08.02.01.01.01.00", WEBC_CODEC_VP9, 1, 10, 8, 422},
    {"vp09.03.10.10.03", "vp09.03.10.10.03.01.01.01.00", WEBC_CODEC_VP9, 3, 10, 10, 444},
    {"vp09.00.41.08.00.09.16.09.01", "vp09.00.41.08.01.09.16.09.01", WEBC_CODEC_VP9, 0, 41, 8, 420},
    {"vp09.01.41.08.03.01.13.00.01", "vp09.01.41.08.03.01.13.00.01", WEBC_CODEC_VP9, 1, 41, 8, 444},
    {"av01.0.04M.08", "av01.0.04M.08", WEBC_CODEC_AV1, 0, 4, 8, 420},
    {"av01.0.08H.10", "av01.0.08H.10", WEBC_CODEC_AV1, 0, 8, 10, 420},
    {"av01.0.31M.08", "av01.0.31M.08", WEBC_CODEC_AV1, 0, 31, 8, 420},
    {"av01.1.04M.08", "av01.1.04M.08", WEBC_CODEC_AV1, 1, 4, 8, 444},
    {"av01.1.04M.08.0.000", "av01.1.04M.08.0.000.01.01.01.0", WEBC_CODEC_AV1, 1, 4, 8, 444},
    {"av01.2.04M.10", "av01.2.04M.10", WEBC_CODEC_AV1, 2, 4, 10, 422},
    {"av01.2.04M.12", "av01.2.04M.12", WEBC_CODEC_AV1, 2, 4, 12, 420},
    {"av01.2.04M.12.0.000", "av01.2.04M.12.0.000.01.01.01.0", WEBC_CODEC_AV1, 2, 4, 12, 444},
    {"av01.0.04M.10.1", "av01.0.04M.10.1.110.01.01.01.0", WEBC_CODEC_AV1, 0, 4, 10, 400},
    {"av01.0.04M.10.0.112.09.16.09.0", "av01.0.04M.10.0.110.09.16.09.0", WEBC_CODEC_AV1, 0, 4, 10, 420},
    {"av01.1.04M.08.0.000.01.13.00.1", "av01.1.04M.08.0.000.01.13.00.1", WEBC_CODEC_AV1, 1, 4, 8, 444},
};

/* T20: good strings, those of 2.1 among them. */
START_TEST(valid_strings_say_profile_level_depth_and_chroma)
{
    webc__codec_string out = parse(good[_i].text);
    ck_assert_uint_eq(out.codec, good[_i].codec);
    ck_assert_uint_eq(out.profile, good[_i].profile);
    ck_assert_uint_eq(out.level, good[_i].level);
    ck_assert_uint_eq(out.bit_depth, good[_i].bit_depth);
    ck_assert_uint_eq(out.chroma, good[_i].chroma);
}
END_TEST

static void check_same(const webc__codec_string *a, const webc__codec_string *b, const char *text)
{
    bool same = a->codec == b->codec && a->profile == b->profile && a->level == b->level &&
                a->constraints == b->constraints && a->compatibility == b->compatibility &&
                memcmp(a->more_constraints, b->more_constraints, sizeof a->more_constraints) == 0 &&
                a->bit_depth == b->bit_depth && a->chroma == b->chroma && a->high_tier == b->high_tier &&
                a->level_1b == b->level_1b && a->in_band == b->in_band && a->has_color == b->has_color &&
                memcmp(&a->color, &b->color, sizeof a->color) == 0;
    ck_assert_msg(same, "%s does not say the same", text);
}

/* 2.1: what is parsed is written, and read back the same. */
START_TEST(valid_strings_are_written_canonically_and_read_back_the_same)
{
    webc__codec_string out = parse(good[_i].text);
    char text[64];
    ck_assert(webc__codec_string_format(&out, text, sizeof text));
    ck_assert_str_eq(text, good[_i].canonical);
    ck_assert_uint_lt(strlen(text), 40);
    webc__codec_string again = parse(text);
    check_same(&again, &out, text);
}
END_TEST

START_TEST(format_refuses_every_buffer_that_is_too_small)
{
    webc__codec_string out = parse(good[_i].text);
    size_t length = strlen(good[_i].canonical);
    for (size_t size = 0; size <= length; size++) {
        char *text = malloc(size + 1);
        ck_assert_ptr_nonnull(text);
        text[size] = '#';
        ck_assert_msg(!webc__codec_string_format(&out, text, size), "%zu bytes", size);
        ck_assert_int_eq(text[size], '#');
        free(text);
    }
    char text[64];
    ck_assert(webc__codec_string_format(&out, text, length + 1));
}
END_TEST

static const struct {
    const char *text;
    const char *reason; /* a part of it */
} bad[] = {
    {"", "does not begin"},
    {" ", "does not begin"},
    {"vP8", "does not begin"},
    {"VP8", "does not begin"},
    {"vp8 ", "left over"},
    {" vp8", "does not begin"},
    {"vp8.0", "left over"},
    {"vp9", "does not begin"},
    {"vp09", "does not begin"},
    {"av1", "does not begin"},
    {"h264", "does not begin"},
    {"hevc", "does not begin"},
    {"avc1", "does not begin"},
    {"AVC1.42001E", "does not begin"},
    {"video/mp4; codecs=\"avc1.42001E\"", "does not begin"},
    {"bogus", "does not begin"},
    {"avc1.", "exactly 6 hexadecimal digits"},
    {"avc1.42001", "exactly 6 hexadecimal digits"},
    {"avc1.42001E0", "exactly 6 hexadecimal digits"},
    {"avc1.42001G", "exactly 6 hexadecimal digits"},
    {"avc1.42001E.1", "left over"},
    {"avc1.42001E ", "left over"},
    {"avc1.FF000b", "profile_idc 0xff"},
    {"avc1.4D401D", "level_idc 0x1d"},
    {"avc1.4D4000", "level_idc 0x00"},
    {"avc1.4D403F", "level_idc 0x3f"},
    {"avc1.42031E", "reserved bits"},
    {"hvc1.C99.6FFFFFF.L93", "profile space C"},
    {"hvc1.A1.6.L93.B0", "profile space A"},
    {"hvc1.D1.6.L93.B0", "general_profile_idc"},
    {"hvc1.0.6.L93.B0", "general_profile_idc"},
    {"hvc1.01.6.L93.B0", "general_profile_idc"},
    {"hvc1.5.6.L93.B0", "general_profile_idc"},
    {"hvc1.100.6.L93.B0", "general_profile_idc"},
    {"hvc1.1", "profile compatibility flags is missing"},
    {"hvc1.1.", "profile compatibility flags"},
    {"hvc1.1.123456789.L93", "profile compatibility flags"},
    {"hvc1.1.6", "tier and level is missing"},
    {"hvc1.1.6.93", "tier must be L or H"},
    {"hvc1.1.6.l93", "tier must be L or H"},
    {"hvc1.1.6.M93", "tier must be L or H"},
    {"hvc1.1.6.L", "general_level_idc"},
    {"hvc1.1.6.L94", "general_level_idc 94"},
    {"hvc1.1.6.L255", "general_level_idc 255"},
    {"hvc1.1.6.L093", "general_level_idc"},
    {"hvc1.1.6.L1230", "general_level_idc"},
    {"hvc1.1.6.H93.B0", "level 3.1 has no high tier"},
    {"hvc1.1.6.L93.", "a constraint byte"},
    {"hvc1.1.6.L93.B00", "a constraint byte"},
    {"hvc1.1.6.L93.G0", "a constraint byte"},
    {"hvc1.1.6.L93.B0.0.0.0.0.0.0", "left over"},
    {"hvc1.1.6.L93.B0,", "left over"},
    {"Vp09.00.10.08", "does not begin"},
    {"  vp09.00.10.08  ", "does not begin"},
    {"vp09.00.10.08 ", "dot is expected"},
    {"vp09.99.99.08", "profile 99"},
    {"vp09.04.10.08", "profile 04"},
    {"vp09.0.10.08", "the profile must have exactly 2"},
    {"vp09.00.1.08", "the level must have exactly 2"},
    {"vp09.00.10.8", "the bit depth must have exactly 2"},
    {"vp09.00.10.080", "the bit depth must have exactly 2"},
    {"vp09.00.10", "bit depth is missing"},
    {"vp09.00", "level is missing"},
    {"vp09.00.12.08", "level 12"},
    {"vp09.00.63.08", "level 63"},
    {"vp09.00.10.10", "profile 00 cannot have bit depth 10"},
    {"vp09.02.10.08", "profile 02 cannot have bit depth 08"},
    {"vp09.02.10.11", "profile 02 cannot have bit depth 11"},
    {"vp09.00.10.08.03", "profile 00 cannot have chroma subsampling 03"},
    {"vp09.01.10.08.01", "profile 01 cannot have chroma subsampling 01"},
    {"vp09.00.10.08.04", "chroma subsampling 04 is reserved"},
    {"vp09.00.10.08.", "chroma subsampling must"},
    {"vp09.00.10.08.01.00", "colour primaries 00"},
    {"vp09.00.10.08.01.01.03", "transfer characteristics 03"},
    {"vp09.00.10.08.01.01.01.15", "matrix coefficients 15"},
    {"vp09.00.10.08.01.01.01.00", "need 4:4:4"},
    {"vp09.00.10.08.01.01.01.01.02", "range flag"},
    {"vp09.00.10.08.01.01.01.01.1", "range flag"},
    {"vp09.00.10.08.01.01.01.01.00.00", "left over"},
    {"av01.9.99M.08", "profile 9"},
    {"av01.3.04M.08", "profile 3"},
    {"av01.00.04M.08", "the profile must have exactly 1"},
    {"av01.0.4M.08", "the level must have exactly 2"},
    {"av01.0.24M.08", "seq_level_idx 24"},
    {"av01.0.04.08", "tier must be M or H"},
    {"av01.0.04m.08", "tier must be M or H"},
    {"av01.0.04L.08", "tier must be M or H"},
    {"av01.0.04H.08", "seq_level_idx 04 has no high tier"},
    {"av01.0.04M", "bit depth is missing"},
    {"av01.0.04M.8", "the bit depth must have exactly 2"},
    {"av01.0.04M.09", "profile 0 cannot have bit depth 09"},
    {"av01.0.04M.12", "profile 0 cannot have bit depth 12"},
    {"av01.1.04M.12", "profile 1 cannot have bit depth 12"},
    {"av01.0.04M.08.2", "monochrome flag"},
    {"av01.1.04M.08.1", "profile 1 cannot be monochrome"},
    {"av01.0.04M.08.0.11", "chroma subsampling must"},
    {"av01.0.04M.08.0.010", "chroma subsampling 010"},
    {"av01.0.04M.08.0.113", "chroma subsampling 113"},
    {"av01.0.04M.08.0.000", "does not go with profile 0"},
    {"av01.1.04M.08.0.110", "does not go with profile 1"},
    {"av01.2.04M.10.0.110", "does not go with profile 2"},
    {"av01.0.04M.08.1.100", "does not go with profile 0"},
    {"av01.0.04M.08.0.110.01.01.01.2", "range flag"},
    {"av01.0.04M.08.0.110.01.01.01.00", "range flag"},
    {"av01.0.04M.08.0.110.01.01.01.0.0", "left over"},
    {"av01.0.04M.08.0.110.03", "colour primaries 03"},
    {"av01.0.04M.08.0.110.01.01.00", "need 4:4:4"},
};

/* T20: case, spaces, digits, bare family names, values that are not in the tables, broken tails. */
START_TEST(invalid_strings_are_refused_with_the_reason)
{
    webc__codec_string out;
    char reason[256] = "";
    ck_assert_msg(!webc__codec_string_parse(bad[_i].text, &out, reason, sizeof reason), "%s", bad[_i].text);
    ck_assert_msg(strstr(reason, bad[_i].reason) != NULL, "%s: %s", bad[_i].text, reason);
    ck_assert_uint_eq(out.codec, 0);
}
END_TEST

START_TEST(reasons_are_cut_to_the_callers_space)
{
    webc__codec_string out;
    char reason[9] = "";
    ck_assert(!webc__codec_string_parse("vp9", &out, reason, sizeof reason));
    ck_assert_uint_eq(strlen(reason), 8);
    ck_assert(!webc__codec_string_parse("vp9", &out, NULL, 0));
    ck_assert(!webc__codec_string_parse(NULL, &out, reason, sizeof reason));
}
END_TEST

/* 2.1: level 1b. */
START_TEST(level_1b_is_told_by_flag_or_number)
{
    ck_assert(parse("avc1.42100b").level_1b);
    ck_assert(parse("avc1.4d100b").level_1b);
    ck_assert(parse("avc1.640009").level_1b);
    ck_assert(!parse("avc1.42000b").level_1b);
    ck_assert(!parse("avc1.42100c").level_1b);
    ck_assert(!parse("avc1.6e100b").level_1b);
}
END_TEST

START_TEST(tier_in_band_and_constraints_are_kept)
{
    ck_assert(parse("avc3.42001E").in_band);
    ck_assert(!parse("avc1.42001E").in_band);
    ck_assert(parse("hev1.1.6.L60.90").in_band);
    ck_assert(!parse("hvc1.1.6.L60.90").in_band);
    ck_assert(parse("hvc1.1.6.H120.90").high_tier);
    ck_assert(!parse("hvc1.1.6.L120.90").high_tier);
    ck_assert(parse("av01.0.08H.10").high_tier);
    ck_assert_uint_eq(parse("avc1.42c00d").constraints, 0xc0);
    webc__codec_string hevc = parse("hvc1.2.4.L153.b0.1.2.3.4.f5");
    ck_assert_uint_eq(hevc.constraints, 0xb0);
    ck_assert_uint_eq(hevc.compatibility, 4);
    ck_assert_mem_eq(hevc.more_constraints, ((uint8_t[]){1, 2, 3, 4, 0xf5}), 5);
}
END_TEST

START_TEST(colour_is_read_with_defaults_and_nulls)
{
    ck_assert(!parse("vp09.00.10.08").has_color);
    ck_assert_uint_eq(parse("vp09.00.10.08").color.primaries, 0);
    webc__codec_string partial = parse("vp09.00.10.08.01.09");
    ck_assert(partial.has_color);
    ck_assert_uint_eq(partial.color.primaries, WEBC_COLOR_PRIMARIES_BT2020);
    ck_assert_uint_eq(partial.color.transfer, WEBC_COLOR_TRANSFER_BT709);
    ck_assert_uint_eq(partial.color.range, WEBC_COLOR_RANGE_LIMITED);
    webc__codec_string none = parse("av01.0.04M.08.0.110.02.02.02.1");
    ck_assert_uint_eq(none.color.primaries, 0);
    ck_assert_uint_eq(none.color.transfer, 0);
    ck_assert_uint_eq(none.color.matrix, 0);
    ck_assert_uint_eq(none.color.range, WEBC_COLOR_RANGE_FULL);
    ck_assert_uint_eq(parse("vp09.01.41.08.03.01.13.00.01").color.matrix, WEBC_COLOR_MATRIX_RGB);
}
END_TEST

START_TEST(format_refuses_what_no_string_can_say)
{
    char text[64];
    webc__codec_string string = {.codec = WEBC_CODEC_H264, .profile = 0x42, .level = 29};
    ck_assert(!webc__codec_string_format(&string, text, sizeof text));
    string = (webc__codec_string){.codec = WEBC_CODEC_VP9, .level = 10, .bit_depth = 10};
    ck_assert(!webc__codec_string_format(&string, text, sizeof text));
    string = (webc__codec_string){.codec = WEBC_CODEC_H264, .profile = 0x1042, .level = 30};
    ck_assert(!webc__codec_string_format(&string, text, sizeof text));
    string = (webc__codec_string){.codec = 77};
    ck_assert(!webc__codec_string_format(&string, text, sizeof text));
}
END_TEST

/* Every way to fill in the numbers of a form; the accepted ones are read back as they were written. */

static unsigned accepted;

static void try_string(const char *text)
{
    webc__codec_string first;
    webc__codec_string second;
    char canonical[64];
    char again[64];
    if (!webc__codec_string_parse(text, &first, NULL, 0))
        return;
    accepted++;
    ck_assert_msg(webc__codec_string_format(&first, canonical, sizeof canonical), "%s is not written", text);
    ck_assert_msg(webc__codec_string_parse(canonical, &second, NULL, 0), "%s as %s", text, canonical);
    check_same(&second, &first, canonical);
    ck_assert(webc__codec_string_format(&second, again, sizeof again));
    ck_assert_str_eq(canonical, again);
}

/* 2.1, T20: 8 profiles, 20 levels, and constraint flags whose two lowest bits are reserved. */
START_TEST(of_all_h264_numbers_those_of_the_tables_are_accepted)
{
    static const unsigned constraints[] = {0x00, 0x10, 0x40, 0xe0, 0xfc, 0x01, 0x02, 0xff};
    char text[16];
    accepted = 0;
    for (unsigned profile = 0; profile < 256; profile++)
        for (unsigned level = 0; level < 256; level++)
            for (size_t i = 0; i < sizeof constraints / sizeof *constraints; i++) {
                snprintf(text, sizeof text, "avc%c.%02x%02X%02x", i % 2 ? '1' : '3', profile, constraints[i],
                         level);
                try_string(text);
            }
    ck_assert_uint_eq(accepted, 8 * 20 * 5);
}
END_TEST

/* 2.1, T20: 4 profiles, 13 levels in the main tier and 8 in the high one. */
START_TEST(of_all_hevc_numbers_those_of_the_tables_are_accepted)
{
    static const char *const ends[] = {"", ".0", ".B0", ".B0.0.0.0.0.FF", ".B0.0.0.0.0.0.0"};
    char text[48];
    accepted = 0;
    for (unsigned profile = 0; profile < 40; profile++)
        for (unsigned level = 0; level < 300; level++)
            for (unsigned tier = 0; tier < 2; tier++)
                for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
                    snprintf(text, sizeof text, "h%s1.%u.%X.%c%u%s", i % 2 ? "vc" : "ev", profile,
                             1u << profile % 32, tier ? 'H' : 'L', level, ends[i]);
                    try_string(text);
                }
    ck_assert_uint_eq(accepted, 4 * (13 + 8) * 4);
}
END_TEST

/* 2.1, T20: 14 levels; profiles 0 and 1 with 8 bits, 2 and 3 with 10 and 12. */
START_TEST(of_all_vp9_numbers_those_of_the_tables_are_accepted)
{
    char text[16];
    accepted = 0;
    for (unsigned profile = 0; profile < 100; profile++)
        for (unsigned level = 0; level < 100; level++)
            for (unsigned depth = 0; depth < 100; depth++) {
                snprintf(text, sizeof text, "vp09.%02u.%02u.%02u", profile, level, depth);
                try_string(text);
            }
    ck_assert_uint_eq(accepted, 14 * (1 + 1 + 2 + 2));
}
END_TEST

/* 2.1, T20: 25 levels in the main tier and 17 in the high one; 8 and 10 bits, and 12 in profile 2. */
START_TEST(of_all_av1_numbers_those_of_the_tables_are_accepted)
{
    static const char tiers[] = "MHLmh0";
    char text[16];
    accepted = 0;
    for (unsigned profile = 0; profile < 10; profile++)
        for (unsigned level = 0; level < 100; level++)
            for (const char *tier = tiers; *tier; tier++)
                for (unsigned depth = 0; depth < 100; depth++) {
                    snprintf(text, sizeof text, "av01.%u.%02u%c.%02u", profile, level, *tier, depth);
                    try_string(text);
                }
    ck_assert_uint_eq(accepted, (25 + 17) * (2 + 2 + 3));
}
END_TEST

/* Code points of H.273 that 2.1 refers to; RGB needs 4:4:4. */
#define PRIMARIES 12
#define TRANSFERS 17
#define MATRICES 14

/* 2.1: every colour tail, cut off at every field; a field left out has its default. */
START_TEST(of_all_colour_tails_those_of_h273_are_accepted_at_any_length)
{
    char text[48];
    accepted = 0;
    for (unsigned point = 0; point < 100; point++) {
        snprintf(text, sizeof text, "vp09.00.10.08.01.%02u", point);
        try_string(text);
        snprintf(text, sizeof text, "av01.0.04M.08.0.110.%02u", point);
        try_string(text);
    }
    ck_assert_uint_eq(accepted, 2 * PRIMARIES);
    accepted = 0;
    for (unsigned point = 0; point < 100; point++) {
        snprintf(text, sizeof text, "vp09.00.10.08.01.01.%02u", point);
        try_string(text);
        snprintf(text, sizeof text, "av01.0.04M.08.0.110.01.%02u", point);
        try_string(text);
    }
    ck_assert_uint_eq(accepted, 2 * TRANSFERS);
    accepted = 0;
    for (unsigned point = 0; point < 100; point++)
        for (unsigned range = 0; range < 10; range++) {
            snprintf(text, sizeof text, "vp09.01.10.08.03.01.01.%02u.%02u", point, range);
            try_string(text);
            snprintf(text, sizeof text, "av01.0.04M.08.0.110.01.01.%02u.%u", point, range);
            try_string(text);
        }
    ck_assert_uint_eq(accepted, 2 * MATRICES + 2 * (MATRICES - 1));
}
END_TEST

/* 2.1: chroma of VP9: 00 and 01 are 4:2:0, 02 is 4:2:2, 03 is 4:4:4, and the profile must have it (T20). */
START_TEST(chroma_goes_with_the_profile)
{
    char text[32];
    accepted = 0;
    for (unsigned profile = 0; profile < 4; profile++)
        for (unsigned chroma = 0; chroma < 100; chroma++) {
            snprintf(text, sizeof text, "vp09.%02u.10.%02u.%02u", profile, profile < 2 ? 8 : 10, chroma);
            try_string(text);
        }
    ck_assert_uint_eq(accepted, 4 * 2);
    accepted = 0;
    for (unsigned profile = 0; profile < 3; profile++)
        for (unsigned mono = 0; mono < 10; mono++)
            for (unsigned chroma = 0; chroma < 1000; chroma++) {
                snprintf(text, sizeof text, "av01.%u.04M.10.%u.%03u", profile, mono, chroma);
                try_string(text);
            }
    /* 110, 111, 112 in profile 0 with and without chroma, 000 in 1, 100 in 2, where mono has 110, 111, 112. */
    ck_assert_uint_eq(accepted, 3 + 3 + 1 + 1 + 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spec_codec_string");
    TCase *test = tcase_create("codec_string");
    tcase_add_loop_test(test, valid_strings_say_profile_level_depth_and_chroma, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(test, valid_strings_are_written_canonically_and_read_back_the_same, 0,
                        sizeof good / sizeof *good);
    tcase_add_loop_test(test, format_refuses_every_buffer_that_is_too_small, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(test, invalid_strings_are_refused_with_the_reason, 0, sizeof bad / sizeof *bad);
    tcase_add_test(test, reasons_are_cut_to_the_callers_space);
    tcase_add_test(test, level_1b_is_told_by_flag_or_number);
    tcase_add_test(test, tier_in_band_and_constraints_are_kept);
    tcase_add_test(test, colour_is_read_with_defaults_and_nulls);
    tcase_add_test(test, format_refuses_what_no_string_can_say);
    tcase_add_test(test, of_all_h264_numbers_those_of_the_tables_are_accepted);
    tcase_add_test(test, of_all_hevc_numbers_those_of_the_tables_are_accepted);
    tcase_add_test(test, of_all_vp9_numbers_those_of_the_tables_are_accepted);
    tcase_add_test(test, of_all_av1_numbers_those_of_the_tables_are_accepted);
    tcase_add_test(test, of_all_colour_tails_those_of_h273_are_accepted_at_any_length);
    tcase_add_test(test, chroma_goes_with_the_profile);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
