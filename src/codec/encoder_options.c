/* SPDX-License-Identifier: MIT */
#include "codec/encoder_options.h"

#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/av_compat.h"
#include "codec/layers.h"
#include "codec/quantizer.h"

#define DEFAULT_KEY_INTERVAL 250u
#define NO_KEY_INTERVAL (1 << 24)
/* Narrower pictures of VP8 are coded by one thread. */
#define SPIN_WIDTH 640u
/*
 * Frames that are looked ahead in latency_mode quality, besides B-frames, to see what later ones are predicted
 * from: a good part of the gain for little of the time that slower presets take (docs/architecture.md).
 */
#define X264_LOOK_AHEAD 2u
#define X265_LOOK_AHEAD 4u

typedef struct option {
    const char *name;
    const char *value;
} option;

static int set_options(AVCodecContext *context, const option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error = av_opt_set(context->priv_data, options[i].name, options[i].value, 0);
        if (error < 0)
            return error;
    }
    return 0;
}

#define SET(context, ...) \
    set_options(context, (const option[]){__VA_ARGS__}, sizeof((const option[]){__VA_ARGS__}) / sizeof(option))

static bool realtime(const webc__encoder_setup *setup)
{
    return setup->config->latency_mode == WEBC_LATENCY_MODE_REALTIME;
}

static bool constant(const webc__encoder_setup *setup)
{
    return setup->config->bitrate_mode == WEBC_BITRATE_MODE_CONSTANT;
}

/* EN-15: what is drawn rather than filmed; other hints, unknown ones too, change nothing. */
static bool shows_a_screen(const webc__encoder_setup *setup)
{
    const char *hint = setup->config->content_hint;
    return hint && (strcmp(hint, "detail") == 0 || strcmp(hint, "text") == 0);
}

static bool by_quantizer(const webc__encoder_setup *setup)
{
    return setup->config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER;
}

static bool annexb(const webc__encoder_setup *setup)
{
    if (setup->codec->codec == WEBC_CODEC_H264)
        return setup->config->avc_format == WEBC_BITSTREAM_FORMAT_ANNEXB;
    return setup->codec->codec == WEBC_CODEC_HEVC && setup->config->hevc_format == WEBC_BITSTREAM_FORMAT_ANNEXB;
}

/* A tenth of a bit per pixel is fair quality for all of these codecs. */
static int64_t default_bitrate(const webc__encoder_setup *setup)
{
    double rate = 0.1 * setup->config->width * setup->config->height * av_q2d(setup->framerate);
    return rate < 64000 ? 64000 : (int64_t)rate;
}

static void set_color(AVCodecContext *context, const webc_color_space *color)
{
    context->color_primaries =
        color->primaries ? (enum AVColorPrimaries)color->primaries : AVCOL_PRI_UNSPECIFIED;
    context->color_trc =
        color->transfer ? (enum AVColorTransferCharacteristic)color->transfer : AVCOL_TRC_UNSPECIFIED;
    context->colorspace = AVCOL_SPC_UNSPECIFIED;
    if (color->matrix)
        context->colorspace =
            color->matrix == WEBC_COLOR_MATRIX_RGB ? AVCOL_SPC_RGB : (enum AVColorSpace)color->matrix;
    context->color_range = (enum AVColorRange)color->range;
}

static int clamp_to_int(int64_t value)
{
    return value > INT32_MAX ? INT32_MAX : (int)value;
}

/*
 * A buffer of two seconds in both modes, and a fifth more at most in variable mode: at five frames per second
 * libx265 spends a sixth too much without a bound and a third too little from a buffer of one second.
 */
void webc__encoder_context_set_bitrate(AVCodecContext *context, const webc__encoder_setup *setup)
{
    context->bit_rate = setup->config->bitrate ? (int64_t)setup->config->bitrate : default_bitrate(setup);
    if (setup->alpha)
        context->bit_rate = context->bit_rate < 2000 ? 1000 : context->bit_rate / 2;
    context->rc_buffer_size = clamp_to_int(context->bit_rate * 2);
    if (constant(setup)) {
        context->rc_max_rate = context->bit_rate;
        context->rc_min_rate = context->bit_rate;
    } else {
        context->rc_max_rate = context->bit_rate + context->bit_rate / 5;
    }
}

uint32_t webc__encoder_key_interval(const webc_video_encoder_config *config)
{
    return config->key_interval ? config->key_interval : DEFAULT_KEY_INTERVAL;
}

int webc__encoder_context_setup(AVCodecContext *context, const webc__encoder_setup *setup)
{
    const webc_video_encoder_config *config = setup->config;
    context->width = (int)config->width;
    context->height = (int)config->height;
    context->pix_fmt = (enum AVPixelFormat)setup->pix_fmt;
    context->time_base = setup->time_base;
    context->framerate = setup->framerate;
    webc__context_set_frame_ticks(context, (int)setup->frame_ticks);
    context->gop_size = (int)webc__encoder_key_interval(config);
    /* Key frames come where they are asked for and at the interval, never by scene detection. */
    context->keyint_min = context->gop_size;
    context->max_b_frames = (int)config->b_frames;
    context->flags |= AV_CODEC_FLAG_CLOSED_GOP;
    if (!annexb(setup))
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    context->thread_count = (int)webc__codec_threads(config->thread_count);
    set_color(context, &setup->color);
    if (by_quantizer(setup))
        context->bit_rate = 0;
    else
        webc__encoder_context_set_bitrate(context, setup);
    return setup->row->options(context, setup);
}

static const char *x264_profile(const webc__codec_string *codec)
{
    switch (codec->profile) {
    case 66:
        return "baseline";
    case 77:
        return "main";
    case 110:
        return "high10";
    case 122:
        return "high422";
    case 244:
        return "high444";
    default:
        return "high";
    }
}

int webc__options_x264(AVCodecContext *context, const webc__encoder_setup *setup)
{
    context->level = setup->codec->level_1b ? 9 : (int)setup->codec->level;
    /* x264 takes the shortest distance of two IDR frames from this; requested ones must not be held back. */
    context->keyint_min = 1;
    int error =
        SET(context, {"profile", x264_profile(setup->codec)}, {"forced-idr", "1"}, {"sc_threshold", "0"});
    if (!error && by_quantizer(setup))
        error = webc__quantizer_open_x264(context, setup->quantizer);
    if (error < 0)
        return error;
    if (by_quantizer(setup)) /* nothing may wait, and there is no rate to spread */
        return SET(context, {"preset", "medium"});
    const char *preset = setup->config->preset;
    const char *search = preset ? "" : ":subme=2:me=hex";
    char ahead[64] = "", params[128];
    if (!realtime(setup) && !preset)
        snprintf(ahead, sizeof ahead, ":rc-lookahead=%u:mbtree=1", X264_LOOK_AHEAD + setup->config->b_frames);
    /* Threads for whole frames, and one of its own for looking ahead, would hold back more of them. */
    snprintf(params, sizeof params, "sliced-threads=1:sync-lookahead=0%s%s", ahead, search);
    error = SET(context, {"preset", preset ? preset : "superfast"}, {"x264-params", params});
    return error < 0 || !realtime(setup) ? error : SET(context, {"tune", "zerolatency"});
}

int webc__options_openh264(AVCodecContext *context, const webc__encoder_setup *setup)
{
    context->profile =
        setup->codec->profile == 66 ? WEBC__PROFILE(H264_CONSTRAINED_BASELINE) : WEBC__PROFILE(H264_HIGH);
    return SET(context, {"allow_skip_frames", "0"});
}

int webc__options_x265(AVCodecContext *context, const webc__encoder_setup *setup)
{
    const char *preset = setup->config->preset ? setup->config->preset : "ultrafast";
    char ahead[64] = "";
    /* Ultrafast has no use for what it sees ahead until cutree and adaptive quantizers are on. */
    if (!realtime(setup) && !setup->config->preset)
        snprintf(ahead, sizeof ahead, ":rc-lookahead=%u:cutree=1:aq-mode=2:aq-strength=1",
                 X265_LOOK_AHEAD + setup->config->b_frames);
    /* libx265 wants to see more than there are B-frames: presets up to fast look 5 to 15 ahead, others 20 and
     * more. */
    if (setup->config->preset && strstr(preset, "fast") && setup->config->b_frames > 4)
        snprintf(ahead, sizeof ahead, ":rc-lookahead=%u", 15 + setup->config->b_frames);
    /* Without sample adaptive offset (sao) libx265 3.5 leaks the memory for it, and two presets have none; the
     * limit more than halves its time. A preset that was asked for gets the rest of that back. */
    bool lacks_sao = strcmp(preset, "ultrafast") == 0 || strcmp(preset, "superfast") == 0;
    const char *sao = !lacks_sao              ? ""
                      : setup->config->preset ? ":sao=1:limit-sao=1:max-merge=1:psy-rd=0"
                                              : ":sao=1:limit-sao=1";
    /* Pictures smaller than 32 are of smaller blocks, which cannot be split as often as placebo asks. */
    bool small = setup->config->width < 32 || setup->config->height < 32;
    bool splits_too_often = small && strcmp(preset, "placebo") == 0;
    char params[256];
    snprintf(params, sizeof params,
             "log-level=error:info=0:scenecut=0:open-gop=0:min-keyint=1:frame-threads=1:pools=%d:level-idc=%u:"
             "high-tier=%d%s%s%s",
             context->thread_count, setup->codec->level / 3, setup->codec->high_tier, sao,
             splits_too_often ? ":tu-intra-depth=3:tu-inter-depth=3" : "", ahead);
    const char *profile = setup->codec->profile == 2 ? "main10" : "main";
    int error =
        SET(context, {"x265-params", params}, {"forced-idr", "1"}, {"profile", profile}, {"preset", preset});
    return error < 0 || !realtime(setup) ? error : SET(context, {"tune", "zerolatency"});
}

/*
 * libvpx and libaom count the key interval from the first frame on, not from the last key frame. The encoder
 * worker asks for those key frames instead; equal and far limits turn off the scene detection and the count.
 */
static void leave_key_frames_to_worker(AVCodecContext *context)
{
    context->gop_size = NO_KEY_INTERVAL;
    context->keyint_min = NO_KEY_INTERVAL;
}

/*
 * The variable bitrate of libvpx and libaom does not look back at what was spent when they code in one pass: it
 * is up to 95 % off over ten seconds. Their constant bitrate does, so it serves both modes, from a buffer half
 * full.
 */
static void steer_by_buffer(AVCodecContext *context)
{
    context->rc_max_rate = context->bit_rate;
    context->rc_min_rate = context->bit_rate;
    context->rc_buffer_size = clamp_to_int(context->bit_rate);
    context->rc_initial_buffer_occupancy = context->rc_buffer_size / 2;
}

int webc__options_vp8(AVCodecContext *context, const webc__encoder_setup *setup)
{
    leave_key_frames_to_worker(context);
    steer_by_buffer(context);
    /* Its threads spin while they wait: on a busy machine they are ten times slower than one at such sizes. */
    if (!setup->config->thread_count && setup->config->width < SPIN_WIDTH)
        context->thread_count = 1;
    /* An alternate reference frame would be a chunk of its own that shows nothing. */
    int error = SET(context, {"auto-alt-ref", "0"}, {"lag-in-frames", "0"});
    if (error >= 0)
        error = webc__layers_setup(context, webc__layers_of_config(setup->config, setup->codec));
    /* Since FFmpeg 6.1. */
    if (error >= 0 && shows_a_screen(setup) &&
        av_opt_find(context->priv_data, "screen-content-mode", NULL, 0, 0))
        error = SET(context, {"screen-content-mode", "1"});
    if (error < 0)
        return error;
    const char *preset = setup->config->preset;
    /* Deadline good has no speed above 5. */
    if (!realtime(setup) && (!preset || atoi(preset) <= 5))
        return SET(context, {"deadline", "good"}, {"cpu-used", preset ? preset : "3"});
    /* Below zero the speed is fixed; above, libvpx follows the clock and equal input gives other bytes. */
    char speed[8];
    snprintf(speed, sizeof speed, "-%s", preset ? preset : "8");
    return SET(context, {"deadline", "realtime"}, {"cpu-used", speed});
}

/*
 * More than 8 bits look 1 to 10 dB worse at speeds 5 to 7 than at 4 and at 8 (libvpx 1.12). Quantizers of
 * single frames need 5.
 */
static const char *vp9_speed(const webc__encoder_setup *setup, bool unshared_layers)
{
    if (setup->config->preset)
        return setup->config->preset;
    if (realtime(setup) || unshared_layers)
        return "8";
    return setup->codec->bit_depth > 8 && !by_quantizer(setup) ? "4" : "5";
}

int webc__options_vp9(AVCodecContext *context, const webc__encoder_setup *setup)
{
    context->profile = (int)setup->codec->profile;
    leave_key_frames_to_worker(context);
    steer_by_buffer(context);
    webc__layers layers = webc__layers_of_config(setup->config, setup->codec);
    int error = webc__layers_setup(context, layers);
    if (error >= 0 && shows_a_screen(setup))
        error = SET(context, {"tune-content", "screen"});
    if (error < 0)
        return error;
    /* At lower speeds layers that libvpx does not know of spend up to a sixth too much. */
    bool fast = layers.count > 1 && !layers.share_rates;
    /* Only the realtime deadline keeps to a rate in one pass: good is 12 to 24 % over. */
    error = SET(context, {"row-mt", "1"}, {"tile-columns", "2"}, {"deadline", "realtime"}, {"aq-mode", "3"},
                {"lag-in-frames", "0"}, {"auto-alt-ref", "0"}, {"cpu-used", vp9_speed(setup, fast)});
    return !error && by_quantizer(setup) ? webc__quantizer_open_vp9(context, setup->quantizer) : error;
}

int webc__options_svtav1(AVCodecContext *context, const webc__encoder_setup *setup)
{
    const char *preset = setup->config->preset;
    char params[128];
    /*
     * Its threads multiply with the CPUs unless lp bounds them. Its variable bitrate is 42 % over at five
     * frames per second and 16 % under at thirty; the constant one holds, and needs the low-delay structure.
     * FFmpeg would ask for it together with a highest rate that SVT-AV1 refuses, so it is asked for here.
     */
    context->rc_max_rate = 0;
    context->rc_min_rate = 0;
    context->rc_buffer_size = 0;
    snprintf(params, sizeof params, "lp=%d:scd=0:rc=2:pred-struct=1:undershoot-pct=10:overshoot-pct=10",
             context->thread_count);
    return SET(context, {"preset", preset ? preset : "8"}, {"svtav1-params", params});
}

int webc__options_aom(AVCodecContext *context, const webc__encoder_setup *setup)
{
    leave_key_frames_to_worker(context);
    steer_by_buffer(context);
    const char *preset = setup->config->preset ? setup->config->preset : realtime(setup) ? "8" : "6";
    /* With more than 8 bits the palettes of the fastest search are never allocated, and written to. */
    if (shows_a_screen(setup) && !(setup->codec->bit_depth > 8 && atoi(preset) > 6)) {
        int error = SET(context, {"aom-params", "tune-content=screen"});
        if (error < 0)
            return error;
    }
    /* Usage good makes a key frame of the frame after a requested one as well, and misses the rate. */
    return SET(context, {"row-mt", "1"}, {"usage", "realtime"}, {"lag-in-frames", "0"}, {"aq-mode", "3"},
               {"cpu-used", preset});
}
