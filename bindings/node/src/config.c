/* SPDX-License-Identifier: MIT */
/* Configs across the border: plain objects with members that WebIDL has converted already. */
#include "addon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct enum_name {
    const char *text;
    uint32_t value;
} enum_name;

static const enum_name hardware_names[] = {{"no-preference", WEBC_HARDWARE_NO_PREFERENCE},
                                           {"prefer-hardware", WEBC_HARDWARE_PREFER_HARDWARE},
                                           {"prefer-software", WEBC_HARDWARE_PREFER_SOFTWARE},
                                           {0}};
static const enum_name alpha_names[] = {{"discard", WEBC_ALPHA_DISCARD}, {"keep", WEBC_ALPHA_KEEP}, {0}};
static const enum_name bitrate_names[] = {{"variable", WEBC_BITRATE_MODE_VARIABLE},
                                          {"constant", WEBC_BITRATE_MODE_CONSTANT},
                                          {"quantizer", WEBC_BITRATE_MODE_QUANTIZER},
                                          {0}};
static const enum_name latency_names[] = {
    {"quality", WEBC_LATENCY_MODE_QUALITY}, {"realtime", WEBC_LATENCY_MODE_REALTIME}, {0}};
static const enum_name avc_names[] = {
    {"avc", WEBC_BITSTREAM_FORMAT_LENGTH_PREFIXED}, {"annexb", WEBC_BITSTREAM_FORMAT_ANNEXB}, {0}};
static const enum_name hevc_names[] = {
    {"hevc", WEBC_BITSTREAM_FORMAT_LENGTH_PREFIXED}, {"annexb", WEBC_BITSTREAM_FORMAT_ANNEXB}, {0}};

/* False when the member is absent, undefined or null. */
static bool get(napi_env env, napi_value object, const char *member, napi_value *value)
{
    napi_valuetype type;
    return !napi_get_named_property(env, object, member, value) && !napi_typeof(env, *value, &type) &&
           type != napi_undefined && type != napi_null;
}

static void get_double(napi_env env, napi_value object, const char *member, double *out)
{
    napi_value value;
    if (get(env, object, member, &value))
        napi_get_value_double(env, value, out);
}

static void get_uint32(napi_env env, napi_value object, const char *member, uint32_t *out)
{
    napi_value value;
    if (get(env, object, member, &value))
        napi_get_value_uint32(env, value, out);
}

static void get_flag(napi_env env, napi_value object, const char *member, uint32_t *out)
{
    napi_value value;
    bool flag = false;
    if (get(env, object, member, &value) && !napi_get_value_bool(env, value, &flag))
        *out = flag;
}

static void get_name(napi_env env, napi_value object, const char *member, const enum_name *names, uint32_t *out)
{
    napi_value value;
    char text[24] = "";
    if (!get(env, object, member, &value) || napi_get_value_string_utf8(env, value, text, sizeof text, NULL))
        return;
    for (; names->text; names++)
        if (strcmp(names->text, text) == 0)
            *out = names->value;
}

/* A text of any length, in memory->texts[slot]; false without memory. A NUL inside ends no codec string: none
 * of the engine's tables has one, so it is made visible. */
static bool get_text(const js_call *call, napi_value object, const char *member, config_memory *memory,
                     int slot, const char **out)
{
    napi_value value;
    size_t length;
    if (!get(call->env, object, member, &value))
        return true;
    if (napi_get_value_string_utf8(call->env, value, NULL, 0, &length))
        return false;
    char *text = malloc(length + 1);
    if (!text || napi_get_value_string_utf8(call->env, value, text, length + 1, &length)) {
        free(text);
        throw_named(call, "OutOfMemoryError", "no memory for a text of the config");
        return false;
    }
    for (size_t i = 0; i < length; i++)
        if (!text[i])
            text[i] = '?';
    memory->texts[slot] = text;
    *out = text;
    return true;
}

static uint32_t color_code(napi_env env, napi_value object, const char *member, uint32_t (*code)(const char *))
{
    napi_value value;
    char text[24] = "";
    if (!get(env, object, member, &value) || napi_get_value_string_utf8(env, value, text, sizeof text, NULL))
        return 0;
    return code(text);
}

static void get_color_space(napi_env env, napi_value object, webc_color_space *out)
{
    napi_value from, value;
    bool full = false;
    if (!get(env, object, "colorSpace", &from))
        return;
    out->primaries = color_code(env, from, "primaries", webc_color_primaries_from_name);
    out->transfer = color_code(env, from, "transfer", webc_color_transfer_from_name);
    out->matrix = color_code(env, from, "matrix", webc_color_matrix_from_name);
    if (get(env, from, "fullRange", &value) && !napi_get_value_bool(env, value, &full))
        out->range = full ? WEBC_COLOR_RANGE_FULL : WEBC_COLOR_RANGE_LIMITED;
}

/* A double in degrees as the engine's whole ones: rounded down, which keeps it on its side of all ties. */
static int32_t whole_degrees(double degrees)
{
    return (int32_t)floor(fmod(degrees, 360));
}

bool read_decoder_config(const js_call *call, napi_value object, webc_video_decoder_config *config,
                         config_memory *memory)
{
    napi_env env = call->env;
    napi_value description;
    double rotation = 0;
    void *data;
    size_t size;
    *memory = (config_memory){0};
    webc_video_decoder_config_init(config, sizeof *config);
    if (!get_text(call, object, "codec", memory, 0, &config->codec))
        return false;
    if (get(env, object, "description", &description) && bytes_of(env, description, &data, &size)) {
        config->description = size ? data : "";
        config->description_size = size;
    }
    get_uint32(env, object, "codedWidth", &config->coded_width);
    get_uint32(env, object, "codedHeight", &config->coded_height);
    get_uint32(env, object, "displayAspectWidth", &config->display_aspect_width);
    get_uint32(env, object, "displayAspectHeight", &config->display_aspect_height);
    get_color_space(env, object, &config->color_space);
    get_name(env, object, "hardwareAcceleration", hardware_names, &config->hardware_acceleration);
    get_flag(env, object, "optimizeForLatency", &config->optimize_for_latency);
    get_double(env, object, "rotation", &rotation);
    config->rotation = whole_degrees(rotation);
    get_flag(env, object, "flip", &config->flip);
    return true;
}

/* The engine's extensions; false as get_text() says. */
static bool get_extensions(const js_call *call, napi_value object, webc_video_encoder_config *config,
                           config_memory *memory)
{
    napi_value from;
    if (!get(call->env, object, "libwebcodecs", &from))
        return true;
    get_uint32(call->env, from, "bFrames", &config->b_frames);
    get_flag(call->env, from, "exactSize", &config->exact_size);
    get_uint32(call->env, from, "keyInterval", &config->key_interval);
    get_uint32(call->env, from, "threadCount", &config->thread_count);
    return get_text(call, from, "preset", memory, 3, &config->preset);
}

bool read_encoder_config(const js_call *call, napi_value object, webc_video_encoder_config *config,
                         config_memory *memory)
{
    napi_env env = call->env;
    napi_value format;
    double bitrate = 0;
    *memory = (config_memory){0};
    webc_video_encoder_config_init(config, sizeof *config);
    if (!get_text(call, object, "codec", memory, 0, &config->codec) ||
        !get_text(call, object, "scalabilityMode", memory, 1, &config->scalability_mode) ||
        !get_text(call, object, "contentHint", memory, 2, &config->content_hint) ||
        !get_extensions(call, object, config, memory))
        return false;
    get_uint32(env, object, "width", &config->width);
    get_uint32(env, object, "height", &config->height);
    get_uint32(env, object, "displayWidth", &config->display_width);
    get_uint32(env, object, "displayHeight", &config->display_height);
    get_double(env, object, "bitrate", &bitrate);
    config->bitrate = (uint64_t)bitrate;
    get_double(env, object, "framerate", &config->framerate);
    get_name(env, object, "hardwareAcceleration", hardware_names, &config->hardware_acceleration);
    get_name(env, object, "alpha", alpha_names, &config->alpha);
    get_name(env, object, "bitrateMode", bitrate_names, &config->bitrate_mode);
    get_name(env, object, "latencyMode", latency_names, &config->latency_mode);
    if (get(env, object, "avc", &format))
        get_name(env, format, "format", avc_names, &config->avc_format);
    if (get(env, object, "hevc", &format))
        get_name(env, format, "format", hevc_names, &config->hevc_format);
    return true;
}

void config_memory_free(config_memory *memory)
{
    for (size_t i = 0; i < sizeof memory->texts / sizeof memory->texts[0]; i++)
        free(memory->texts[i]);
}

static void set_color(napi_env env, napi_value object, const char *member, const char *text)
{
    napi_value value;
    if (*text)
        set_value(env, object, member, make_text(env, text));
    else if (!napi_get_null(env, &value))
        set_value(env, object, member, value);
}

static napi_value make_color_space(napi_env env, const webc_color_space *from)
{
    napi_value object, range;
    if (napi_create_object(env, &object))
        return NULL;
    set_color(env, object, "primaries", webc_color_primaries_name(from->primaries));
    set_color(env, object, "transfer", webc_color_transfer_name(from->transfer));
    set_color(env, object, "matrix", webc_color_matrix_name(from->matrix));
    if (from->range ? !napi_get_boolean(env, from->range == WEBC_COLOR_RANGE_FULL, &range)
                    : !napi_get_null(env, &range))
        set_value(env, object, "fullRange", range);
    return object;
}

napi_value make_decoder_config(napi_env env, const webc_video_decoder_config *config)
{
    napi_value object, flip;
    if (napi_create_object(env, &object))
        return NULL;
    set_value(env, object, "codec", make_text(env, config->codec));
    if (config->description)
        set_value(env, object, "description",
                  make_bytes(env, config->description, (size_t)config->description_size));
    set_number(env, object, "codedWidth", config->coded_width);
    set_number(env, object, "codedHeight", config->coded_height);
    set_number(env, object, "displayAspectWidth", config->display_aspect_width);
    set_number(env, object, "displayAspectHeight", config->display_aspect_height);
    set_value(env, object, "colorSpace", make_color_space(env, &config->color_space));
    set_number(env, object, "rotation", config->rotation);
    if (!napi_get_boolean(env, config->flip == 1, &flip))
        set_value(env, object, "flip", flip);
    return object;
}
