/* SPDX-License-Identifier: MIT */
#include "spec/config.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "shared/error.h"

/* Records are some hundred bytes; their parts have 16-bit sizes and 8-bit counts. */
#define LARGEST_DESCRIPTION (1u << 24)
#define DECODER "video decoder config: "
#define ENCODER "video encoder config: "

/* WebCodecs 7.4 and 7.5, step 1: blank once ASCII whitespace is stripped. Matching never strips. */
static bool is_blank(const char *text)
{
    return text[strspn(text, "\t\n\f\r ")] == '\0';
}

static webc_result check_codec(const char *where, const char *codec)
{
    if (!codec)
        return webc__fail(WEBC_ERROR_TYPE, "%scodec is NULL; it must be a codec string", where);
    if (is_blank(codec))
        return webc__fail(WEBC_ERROR_TYPE, "%scodec is \"%.16s\", which is blank; it must be a codec string",
                          where, codec);
    return WEBC_OK;
}

static webc_result check_enum(const char *where, const char *member, uint32_t value, uint32_t highest)
{
    if (value > highest)
        return webc__fail(WEBC_ERROR_TYPE, "%s%s is %u; it must be 0 to %u", where, member, value, highest);
    return WEBC_OK;
}

static webc_result check_pair(const char *members, uint32_t width, uint32_t height)
{
    if (!width == !height)
        return WEBC_OK;
    return webc__fail(WEBC_ERROR_TYPE,
                      DECODER "%s are %u and %u; give both, neither of them 0, or leave out both", members,
                      width, height);
}

static webc_result check_color(const webc_color_space *color)
{
    webc_result result = check_enum(DECODER, "color_space.primaries", color->primaries, 255);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "color_space.transfer", color->transfer, 255);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "color_space.matrix", color->matrix, WEBC_COLOR_MATRIX_RGB);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "color_space.range", color->range, WEBC_COLOR_RANGE_FULL);
    return result;
}

webc_result webc__decoder_config_check(const webc_video_decoder_config *config)
{
    webc_result result = check_codec(DECODER, config->codec);
    if (result == WEBC_OK)
        result = check_pair("coded_width and coded_height", config->coded_width, config->coded_height);
    if (result == WEBC_OK)
        result = check_pair("display_aspect_width and display_aspect_height", config->display_aspect_width,
                            config->display_aspect_height);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "hardware_acceleration", config->hardware_acceleration,
                            WEBC_HARDWARE_PREFER_SOFTWARE);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "optimize_for_latency", config->optimize_for_latency, 1);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "flip", config->flip, 1);
    if (result == WEBC_OK)
        result = check_enum(DECODER, "corruption", config->corruption, WEBC_CORRUPTION_SKIP);
    if (result == WEBC_OK)
        result = check_color(&config->color_space);
    if (result == WEBC_OK && config->description_size > LARGEST_DESCRIPTION)
        result = webc__fail(WEBC_ERROR_TYPE, DECODER "description_size %llu is more than %u bytes",
                            (unsigned long long)config->description_size, LARGEST_DESCRIPTION);
    if (result == WEBC_OK && !config->description && config->description_size)
        result = webc__fail(WEBC_ERROR_TYPE, DECODER "description is NULL but description_size is %llu",
                            (unsigned long long)config->description_size);
    return result;
}

webc_result webc__encoder_config_check(const webc_video_encoder_config *config)
{
    const struct {
        const char *member;
        uint32_t value;
        uint32_t highest;
    } enums[] = {
        {"hardware_acceleration", config->hardware_acceleration, WEBC_HARDWARE_PREFER_SOFTWARE},
        {"alpha", config->alpha, WEBC_ALPHA_KEEP},
        {"bitrate_mode", config->bitrate_mode, WEBC_BITRATE_MODE_QUANTIZER},
        {"latency_mode", config->latency_mode, WEBC_LATENCY_MODE_REALTIME},
        {"avc_format", config->avc_format, WEBC_BITSTREAM_FORMAT_ANNEXB},
        {"hevc_format", config->hevc_format, WEBC_BITSTREAM_FORMAT_ANNEXB},
        {"exact_size", config->exact_size, 1},
        {"reserved", config->reserved, 0},
    };
    webc_result result = check_codec(ENCODER, config->codec);
    if (result != WEBC_OK)
        return result;
    if (!config->width)
        return webc__fail(WEBC_ERROR_TYPE, ENCODER "width is 0; it must be at least 1");
    if (!config->height)
        return webc__fail(WEBC_ERROR_TYPE, ENCODER "height is 0; it must be at least 1");
    if (!isfinite(config->framerate) || config->framerate < 0)
        return webc__fail(WEBC_ERROR_TYPE,
                          ENCODER "framerate is %g; it must be a finite number of frames per second, or 0",
                          config->framerate);
    for (size_t i = 0; i < sizeof enums / sizeof *enums; i++) {
        result = check_enum(ENCODER, enums[i].member, enums[i].value, enums[i].highest);
        if (result != WEBC_OK)
            return result;
    }
    return WEBC_OK;
}

bool webc__decoder_config_equal(const webc_video_decoder_config *a, const webc_video_decoder_config *b)
{
    const webc_color_space *x = &a->color_space;
    const webc_color_space *y = &b->color_space;
    return strcmp(a->codec, b->codec) == 0 && a->coded_width == b->coded_width &&
           a->coded_height == b->coded_height && a->display_aspect_width == b->display_aspect_width &&
           a->display_aspect_height == b->display_aspect_height && x->primaries == y->primaries &&
           x->transfer == y->transfer && x->matrix == y->matrix && x->range == y->range &&
           a->hardware_acceleration == b->hardware_acceleration &&
           a->optimize_for_latency == b->optimize_for_latency && a->rotation == b->rotation &&
           a->flip == b->flip && a->thread_count == b->thread_count &&
           a->description_size == b->description_size &&
           (!a->description_size || memcmp(a->description, b->description, (size_t)a->description_size) == 0);
}

void webc__encoder_config_write_defaults(webc_video_encoder_config *config)
{
    if (!config->bitrate_mode)
        config->bitrate_mode = WEBC_BITRATE_MODE_VARIABLE;
    if (!config->latency_mode)
        config->latency_mode = WEBC_LATENCY_MODE_QUALITY;
}

int32_t webc__rotation_parse(int32_t degrees)
{
    int64_t turned = ((int64_t)degrees + 45) % 360;
    if (turned < 0)
        turned += 360;
    return (int32_t)(turned / 90 * 90);
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool webc__encoder_config_same_but_rates(const webc_video_encoder_config *a, const webc_video_encoder_config *b)
{
    webc_video_encoder_config x = *a, y = *b;
    x.bitrate = y.bitrate = 0;
    x.framerate = y.framerate = 0;
    x.codec = y.codec = x.scalability_mode = y.scalability_mode = x.content_hint = y.content_hint = NULL;
    x.preset = y.preset = NULL;
    return memcmp(&x, &y, sizeof x) == 0 && same_text(a->codec, b->codec) &&
           same_text(a->scalability_mode, b->scalability_mode) && same_text(a->content_hint, b->content_hint) &&
           same_text(a->preset, b->preset);
}
