/* SPDX-License-Identifier: MIT */
/*
 * A grid of configs: what is_config_supported answers, configure does, and what it promises codes a frame. It
 * asks for the answer and knows none, so that codecs and modes may be added without a change here.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define LEAST_ENCODER_CONFIGS 2000
#define LEAST_DECODER_CONFIGS 1000

typedef struct tally {
    unsigned configs;
    unsigned supported;
} tally;

static void check_tally(const char *what, const tally *t, unsigned least)
{
    printf("# %s: %u configs, %u supported, each with one frame\n", what, t->configs, t->supported);
    fflush(stdout);
    ck_assert_uint_ge(t->configs, least);
    ck_assert_uint_ge(t->supported * 10, t->configs * 4);
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

/* A reason that helps says which member to change. */
static bool names_a_member(const char *reason)
{
    static const char *const members[] = {
        "codec",        "width",        "height",   "bitrate",      "framerate",   "scalability_mode", "alpha",
        "bitrate_mode", "latency_mode", "b_frames", "key_interval", "description", "preset",
    };
    for (size_t i = 0; i < COUNT(members); i++)
        if (strstr(reason, members[i]))
            return true;
    return false;
}

/* Take events up to the completion of the flush and compare with the answer. */
static void check_outcome(webc_events *events, const webc_support *support, const char *config)
{
    video_log log = {0};
    video_log_until_flushed(&log, events, 1);
    if (support->supported) {
        ck_assert_msg(!log.errors, "%s: supported, but %s: %s", config, webc_result_name(log.error),
                      log.message);
        ck_assert_msg(log.count == 1, "%s: %zu outputs of one input", config, log.count);
        ck_assert_str_ne(support->implementation, "");
        ck_assert_str_eq(support->reason, "");
    } else {
        ck_assert_msg(log.errors == 1 && log.error == WEBC_ERROR_NOT_SUPPORTED,
                      "%s: not supported (%s), and configure gave %s: %s", config, support->reason,
                      log.errors ? webc_result_name(log.error) : "no error", log.message);
        ck_assert_int_eq(log.flush_results[0], WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_uint_eq(log.count, 0);
        ck_assert_str_eq(log.message, support->reason);
        ck_assert_msg(names_a_member(support->reason), "%s: %s", config, support->reason);
        ck_assert_str_eq(support->implementation, "");
    }
    video_log_clear(&log);
}

/* Encoders. */

static const char *const encoder_strings[] = {
    "avc1.42001e",
    "avc1.42001f",
    "avc1.42e01f",
    "avc1.42c00d",
    "avc3.42001E",
    "avc1.4d0028",
    "avc1.4d401f",
    "avc1.64000b",
    "avc1.640028",
    "avc1.64003e",
    "avc1.6e0028",
    "avc1.7a0028",
    "avc1.f40028",
    "avc1.580028",
    "avc1.2c0028",
    "avc1.42100b",
    "avc1.FF000b",
    "hvc1.1.6.L93.B0",
    "hev1.1.6.L60.90",
    "hvc1.1.6.L123.00",
    "hvc1.1.6.H120.90",
    "hvc1.2.4.L120.B0",
    "hvc1.3.e.L93.B0",
    "hvc1.4.10.L120.9D.8",
    "vp8",
    "vP8",
    "vp09.00.10.08",
    "vp09.00.62.08.01.09.16.09.01",
    "vp09.01.10.08.03",
    "vp09.01.10.08.02",
    "vp09.02.10.10",
    "vp09.02.10.12",
    "vp09.03.10.10.03",
    "vp09.99.99.08",
    "vp9",
    "av01.0.04M.08",
    "av01.0.08M.10",
    "av01.0.31H.08.0.110.09.16.09.0",
    "av01.1.04M.08.0.000",
    "av01.2.04M.10",
    "av01.2.04M.12",
    "av01.0.04M.08.1",
    "av01.9.99M.08",
};

/* Those that most encoders take, and others. */
#define PLAIN_SIZES 8
static const uint32_t sizes[][2] = {
    {16, 16}, {18, 34}, {64, 64}, {96, 66}, {176, 144}, {32, 130},      {320, 180},         {128, 16},
    {1, 1},   {2, 2},   {15, 17}, {33, 64}, {14, 16},   {20000, 20000}, {1000000, 1000000}, {UINT32_MAX, 2},
};

/* The first of each is drawn four times in five. */
static const uint32_t bitrate_modes[] = {0, WEBC_BITRATE_MODE_VARIABLE, WEBC_BITRATE_MODE_CONSTANT,
                                         WEBC_BITRATE_MODE_QUANTIZER};
static const uint64_t bitrates[] = {0, 100000, 300000, 1000, 999, 20000000, 5000000000};
static const double framerates[] = {0, 30, 15, 29.97, 60, 240, 1000, 1001, 0.01, 0.005, 1e-300, 1e300};
static const char *const scalability_modes[] = {NULL,   "",     "L1T1", "L1T2", "L1T3",
                                                "L2T1", "S2T1", "l1t2", "none"};
static const char *const content_hints[] = {NULL, "", "motion", "detail", "text", "no such hint"};
static const char *const presets[] = {NULL,      "",  "ultrafast", "superfast", "fast",
                                      "placebo", "8", "5",         "fastest"};

#define DRAW(list, seed) ((list)[draw(seed, 5) ? 0 : draw(seed, (uint32_t)COUNT(list))])

static void draw_encoder_config(webc_video_encoder_config *config, uint64_t *seed)
{
    config->thread_count = 1;
    config->bitrate_mode = DRAW(bitrate_modes, seed);
    config->bitrate = DRAW(bitrates, seed);
    config->framerate = DRAW(framerates, seed);
    config->latency_mode = draw(seed, 3);
    config->alpha = draw(seed, 20) == 0;
    config->scalability_mode = DRAW(scalability_modes, seed);
    config->content_hint = DRAW(content_hints, seed);
    config->hardware_acceleration = draw(seed, 3);
    config->avc_format = draw(seed, 3);
    config->hevc_format = draw(seed, 3);
    config->key_interval = draw(seed, 4) ? 0 : draw(seed, 3);
    config->b_frames = draw(seed, 10) ? 0 : draw(seed, 20);
    config->preset = DRAW(presets, seed);
    config->display_width = draw(seed, 4) ? 0 : 16;
    config->display_height = draw(seed, 4) ? 0 : 9;
}

static const char *describe_encoder(const webc_video_encoder_config *c)
{
    static char text[400];
    snprintf(
        text, sizeof text,
        "%s %ux%u bitrate %llu mode %u framerate %g latency %u alpha %u scalability %s hint %s formats %u/%u "
        "interval %u b_frames %u preset %s",
        c->codec, c->width, c->height, (unsigned long long)c->bitrate, c->bitrate_mode, c->framerate,
        c->latency_mode, c->alpha, c->scalability_mode ? c->scalability_mode : "-",
        c->content_hint ? c->content_hint : "-", c->avc_format, c->hevc_format, c->key_interval, c->b_frames,
        c->preset ? c->preset : "-");
    return text;
}

static void check_encoder_config(webc_events *events, webc_video_encoder **encoder, webc_frame *frame,
                                 const webc_video_encoder_config *config, tally *t)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_assert_ok(webc_video_encoder_is_config_supported(config, &support));
    if (!*encoder)
        ck_assert_ok(webc_video_encoder_create(encoder, events, NULL));
    ck_assert_ok(webc_video_encoder_configure(*encoder, config));
    ck_assert_ok(webc_video_encoder_encode(*encoder, frame, NULL));
    ck_assert_ok(webc_video_encoder_flush(*encoder, 1));
    check_outcome(events, &support, describe_encoder(config));
    t->configs++;
    t->supported += support.supported;
    if (support.supported)
        ck_assert_ok(webc_video_encoder_reset(*encoder));
    else
        webc_video_encoder_destroy(encoder);
}

/* P-24, T19, T48, T50: the table's answer is what configure does, and what it promises codes a frame. */
START_TEST(encoder_configs_are_supported_exactly_when_they_code_a_frame)
{
    uint64_t seed = 1;
    tally t = {0};
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    webc_frame *frame = video_picture(32, 32, 7, 0);
    for (size_t string = 0; string < COUNT(encoder_strings); string++)
        for (size_t size = 0; size < COUNT(sizes); size++)
            for (int variant = 0; variant < (size < PLAIN_SIZES ? 8 : 1); variant++) {
                webc_video_encoder_config config;
                webc_video_encoder_config_init(&config, sizeof config);
                config.codec = encoder_strings[string];
                config.width = sizes[size][0];
                config.height = sizes[size][1];
                if (variant || size >= PLAIN_SIZES)
                    draw_encoder_config(&config, &seed);
                else
                    config.thread_count = 1;
                check_encoder_config(events, &encoder, frame, &config, &t);
            }
    webc_frame_unref(&frame);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    check_tally("encoder", &t, LEAST_ENCODER_CONFIGS);
}
END_TEST

/* 2.2: the level decides on sizes of H.264 and HEVC, and sizes of VP9 and AV1 are free: at its edge, both ways.
 */
START_TEST(levels_hold_what_they_promise_at_their_edges)
{
    static const struct {
        const char *codec;
        uint32_t width, height;
        double framerate;
        uint64_t bitrate;
        bool supported;
    } edges[] = {
        {"avc1.42001f", 800, 600, 0, 0, true},
        {"avc1.42001e", 800, 600, 0, 0, false},
        {"avc1.64000a", 176, 144, 15, 0, true},
        {"avc1.64000a", 176, 144, 16, 0, false},
        {"avc1.64000b", 352, 80, 0, 0, true},
        {"avc1.64000a", 464, 16, 0, 0, false},
        {"avc1.42000d", 352, 288, 30, 768000, true},
        {"avc1.42000d", 352, 288, 30, 921700, false},
        {"avc1.64001e", 720, 480, 30, 0, true},
        {"avc1.64001e", 720, 480, 31, 0, false},
        {"hvc1.1.6.L63.B0", 640, 360, 30, 0, true},
        {"hvc1.1.6.L60.B0", 640, 360, 30, 0, false},
        {"hvc1.1.6.L60.B0", 416, 240, 30, 1600000, true},
        {"hvc1.1.6.L60.B0", 416, 240, 30, 1700000, false},
        {"hvc1.1.6.L120.B0", 64, 64, 30, 14000000, false},
        {"hvc1.1.6.H120.B0", 64, 64, 30, 14000000, true},
        {"vp09.00.10.08", 640, 360, 60, 0, true},
        {"av01.0.04M.08", 640, 360, 60, 0, true},
    };
    tally t = {0};
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    webc_frame *frame = video_picture(32, 32, 7, 0);
    for (size_t i = 0; i < COUNT(edges); i++) {
        webc_video_encoder_config config;
        webc_video_encoder_config_init(&config, sizeof config);
        config.codec = edges[i].codec;
        config.width = edges[i].width;
        config.height = edges[i].height;
        config.framerate = edges[i].framerate;
        config.bitrate = edges[i].bitrate;
        config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
        config.thread_count = 1;
        unsigned before = t.supported;
        check_encoder_config(events, &encoder, frame, &config, &t);
        bool left_out = strncmp(edges[i].codec, "av01", 4) == 0 && video_av1_is_limited();
        ck_assert_msg(t.supported - before == (edges[i].supported && !left_out), "%s",
                      describe_encoder(&config));
    }
    webc_frame_unref(&frame);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
}
END_TEST

/* P-24: what an engine of today cannot refuse, in both latency modes and at both kinds of bitrate. */
START_TEST(common_profiles_are_supported_in_every_mode)
{
    static const char *const codecs[] = {
        "avc1.42c01f",      "avc1.42e01f",     "avc1.4d001f",   "avc1.64001f",
        "hvc1.1.6.L93.B0",  "hvc1.2.4.L93.B0", "vp8",           "vp09.00.31.08",
        "vp09.01.31.08.03", "vp09.02.31.10",   "av01.0.05M.08", "av01.0.05M.10",
    };
    tally t = {0};
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    webc_frame *frame = video_picture(64, 48, 7, 0);
    for (size_t i = 0; i < COUNT(codecs); i++)
        for (unsigned mode = 0; mode < 4; mode++) {
            webc_support support;
            webc_video_encoder_config config;
            webc_support_init(&support, sizeof support);
            webc_video_encoder_config_init(&config, sizeof config);
            config.codec = codecs[i];
            config.width = 64;
            config.height = 48;
            config.bitrate = 200000;
            config.framerate = 30;
            config.latency_mode = mode % 2 ? WEBC_LATENCY_MODE_REALTIME : WEBC_LATENCY_MODE_QUALITY;
            config.bitrate_mode = mode / 2 ? WEBC_BITRATE_MODE_CONSTANT : WEBC_BITRATE_MODE_VARIABLE;
            config.thread_count = 1;
            ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
            printf("# %s, latency_mode %s, bitrate_mode %s: %s\n", codecs[i], mode % 2 ? "realtime" : "quality",
                   mode / 2 ? "constant" : "variable",
                   support.supported ? support.implementation : support.reason);
            fflush(stdout);
            check_encoder_config(events, &encoder, frame, &config, &t);
            bool may_be_missing =
                avcodec_version() >> 16 != 59 &&
                (strstr(support.reason, "not in the linked") || strstr(support.reason, "unsafe in the linked"));
            ck_assert_msg(support.supported || may_be_missing, "%s: %s", codecs[i], support.reason);
        }
    webc_frame_unref(&frame);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
}
END_TEST

/* Decoders. */

/* One key frame of each family, coded here: what a decoder of any profile must take (2.1). */
static webc_chunk *code_key_frame(const char *codec)
{
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = config.height = 64;
    config.latency_mode = WEBC_LATENCY_MODE_REALTIME;
    config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    config.thread_count = 1;
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    if (!support.supported)
        return NULL;
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_put(s, video_picture(64, 64, 9, 0), true, 0);
    video_encoder_flush(s, 1);
    webc_chunk *chunk = webc_chunk_ref(s->log.outputs[0].chunk);
    video_encoder_close(s);
    return chunk;
}

typedef struct decoder_grid {
    webc_events *events;
    webc_video_decoder *decoder;
    webc_chunk *simple; /* of the family */
    uint64_t seed;
    tally t;
} decoder_grid;

static void check_decoder_string(decoder_grid *grid, const char *codec)
{
    webc_video_decoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.thread_count = 1;
    config.hardware_acceleration = draw(&grid->seed, 3);
    config.optimize_for_latency = draw(&grid->seed, 2);
    config.coded_width = draw(&grid->seed, 2) ? 0 : draw(&grid->seed, 2) ? 64 : UINT32_MAX;
    config.coded_height = config.coded_width ? 64 : 0;
    config.display_aspect_width = config.display_aspect_height = draw(&grid->seed, 2);
    config.rotation = (int32_t)draw(&grid->seed, 4) * 90;
    config.flip = draw(&grid->seed, 2);
    config.color_space.primaries = draw(&grid->seed, 2);
    ck_assert_ok(webc_video_decoder_is_config_supported(&config, &support));
    if (!grid->decoder)
        ck_assert_ok(webc_video_decoder_create(&grid->decoder, grid->events, NULL));
    ck_assert_ok(webc_video_decoder_configure(grid->decoder, &config));
    ck_assert_ok(webc_video_decoder_decode(grid->decoder, grid->simple, NULL));
    ck_assert_ok(webc_video_decoder_flush(grid->decoder, 1));
    check_outcome(grid->events, &support, codec);
    grid->t.configs++;
    grid->t.supported += support.supported;
    if (support.supported)
        ck_assert_ok(webc_video_decoder_reset(grid->decoder));
    else
        webc_video_decoder_destroy(&grid->decoder);
}

/* Strings that are nearly right: every one of them is refused. */
static void check_damaged(decoder_grid *grid, const char *codec)
{
    static const char *const tails[] = {" ", ".", "x", ".00.00.00.00.00.00.00", "\n"};
    char text[80];
    for (size_t i = 0; i < COUNT(tails); i++) {
        unsigned before = grid->t.supported;
        snprintf(text, sizeof text, "%s%s", codec, tails[i]);
        check_decoder_string(grid, text);
        ck_assert_msg(grid->t.supported == before, "\"%s\" is supported", text);
    }
    snprintf(text, sizeof text, " %s", codec);
    check_decoder_string(grid, text);
    snprintf(text, sizeof text, "%s", codec);
    text[0] = (char)(text[0] - 'a' + 'A');
    check_decoder_string(grid, text);
}

static void grid_h264(decoder_grid *grid)
{
    static const unsigned profiles[] = {0x42, 0x4d, 0x58, 0x64, 0x6e, 0x7a, 0xf4, 0x2c, 0x43, 0xff};
    static const unsigned levels[] = {9, 10, 11, 13, 20, 30, 31, 40, 42, 51, 52, 62, 14, 29, 63, 0};
    char text[40];
    for (size_t p = 0; p < COUNT(profiles); p++)
        for (size_t l = 0; l < COUNT(levels); l++)
            for (unsigned flags = 0; flags < 2; flags++) {
                snprintf(text, sizeof text, "avc%u.%02X%02x%02X", 1 + 2 * flags, profiles[p], flags ? 0xe0 : 0,
                         levels[l]);
                check_decoder_string(grid, text);
            }
    check_damaged(grid, "avc1.42001e");
}

static void grid_hevc(decoder_grid *grid)
{
    static const char *const profiles[] = {"1.6", "2.4", "3.e", "4.10", "5.20", "A1.6", "01.6"};
    static const unsigned levels[] = {30, 60, 93, 120, 150, 183, 186, 31, 189};
    static const char *const ends[] = {"", ".B0", ".90.0.0.0.0.0", ".9D.8"};
    char text[60];
    for (size_t p = 0; p < COUNT(profiles); p++)
        for (size_t l = 0; l < COUNT(levels); l++)
            for (size_t e = 0; e < COUNT(ends); e++) {
                snprintf(text, sizeof text, "h%s1.%s.%c%u%s", e % 2 ? "vc" : "ev", profiles[p],
                         e == 2 ? 'H' : 'L', levels[l], ends[e]);
                check_decoder_string(grid, text);
            }
    check_damaged(grid, "hvc1.1.6.L93.B0");
}

static void grid_vp9(decoder_grid *grid)
{
    static const char *const tails[] = {"", ".01", ".03", ".00.09", ".02.09.16.09.01"};
    static const unsigned levels[] = {10, 31, 62, 12};
    static const unsigned depths[] = {8, 10, 12};
    char text[60];
    for (unsigned profile = 0; profile < 5; profile++)
        for (size_t l = 0; l < COUNT(levels); l++)
            for (size_t d = 0; d < COUNT(depths); d++)
                for (size_t i = 0; i < COUNT(tails); i++) {
                    snprintf(text, sizeof text, "vp09.%02u.%02u.%02u%s", profile, levels[l], depths[d],
                             tails[i]);
                    check_decoder_string(grid, text);
                }
    check_damaged(grid, "vp09.00.10.08");
}

static void grid_av1(decoder_grid *grid)
{
    static const char *const tails[] = {"", ".0", ".0.110.09", ".0.000.01.13.00.1", ".1"};
    static const char *const levels[] = {"00M", "08M", "23H", "31M", "04H", "24M"};
    static const unsigned depths[] = {8, 10, 12};
    char text[60];
    for (unsigned profile = 0; profile < 4; profile++)
        for (size_t l = 0; l < COUNT(levels); l++)
            for (size_t d = 0; d < COUNT(depths); d++)
                for (size_t i = 0; i < COUNT(tails); i++) {
                    snprintf(text, sizeof text, "av01.%u.%s.%02u%s", profile, levels[l], depths[d], tails[i]);
                    check_decoder_string(grid, text);
                }
    check_damaged(grid, "av01.0.04M.08");
}

static void grid_vp8(decoder_grid *grid)
{
    for (int i = 0; i < 150; i++)
        check_decoder_string(grid, "vp8");
    check_damaged(grid, "vp8");
}

/* P-24, T19, T20, T50: the same for decoders, whose string bounds what is fed and says no more. */
START_TEST(decoder_configs_are_supported_exactly_when_they_decode_a_frame)
{
    static const struct {
        const char *codec;
        void (*run)(decoder_grid *grid);
    } families[] = {
        {"avc1.42001e", grid_h264},  {"hvc1.1.6.L93.B0", grid_hevc}, {"vp8", grid_vp8},
        {"vp09.00.10.08", grid_vp9}, {"av01.0.04M.08", grid_av1},
    };
    decoder_grid grid = {.seed = 2};
    ck_assert_ok(webc_events_create(&grid.events, NULL));
    for (size_t i = 0; i < COUNT(families); i++) {
        grid.simple = code_key_frame(families[i].codec);
        if (grid.simple)
            families[i].run(&grid);
        webc_chunk_unref(&grid.simple);
        webc_video_decoder_destroy(&grid.decoder);
    }
    webc_events_destroy(&grid.events);
    check_tally("decoder", &grid.t, LEAST_DECODER_CONFIGS);
}
END_TEST

/* T50: a thousand answers open nothing, start nothing and touch no codec. */
START_TEST(answers_open_nothing)
{
    webc_stats stats;
    webc_support support;
    webc_video_encoder_config encoder;
    webc_video_decoder_config decoder;
    webc_stats_init(&stats, sizeof stats);
    webc_support_init(&support, sizeof support);
    webc_video_encoder_config_init(&encoder, sizeof encoder);
    webc_video_decoder_config_init(&decoder, sizeof decoder);
    for (unsigned i = 0; i < 1000; i++) {
        encoder.codec = decoder.codec = encoder_strings[i % COUNT(encoder_strings)];
        encoder.width = encoder.height = 1 + i;
        ck_assert_ok(webc_video_encoder_is_config_supported(&encoder, &support));
        ck_assert_uint_eq(support.verified, 0);
        ck_assert_ok(webc_video_decoder_is_config_supported(&decoder, &support));
        ck_assert_uint_eq(support.verified, 0);
        ck_assert_ok(webc_get_stats(&stats));
        ck_assert_uint_eq(stats.contexts + stats.threads + stats.codecs + stats.messages, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        encoder_configs_are_supported_exactly_when_they_code_a_frame,
        levels_hold_what_they_promise_at_their_edges,
        common_profiles_are_supported_in_every_mode,
        decoder_configs_are_supported_exactly_when_they_decode_a_frame,
        answers_open_nothing,
    };
    av_log_set_level(AV_LOG_ERROR); /* thousands of encoders say hello */
    return video_test_main("api_support_grid", 300, NULL, 0, once, COUNT(once));
}
