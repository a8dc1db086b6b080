/* SPDX-License-Identifier: MIT */
/* VideoFrame handles: closed by close(), or by the collector when the program forgot. */
#include "addon.h"

#include <stdlib.h>

typedef struct frame_handle {
    binding *addon;
    webc_frame *frame; /* NULL when closed */
    int64_t bytes;     /* told to the collector */
} frame_handle;

static void close_handle(frame_handle *handle)
{
    if (!handle->frame)
        return;
    webc_frame_unref(&handle->frame);
    addon_account(handle->addon, -handle->bytes);
}

static void finalize_frame(napi_env env, void *data, void *hint)
{
    frame_handle *handle = data;
    (void)env, (void)hint;
    close_handle(handle);
    addon_release(handle->addon);
    free(handle);
}

static int64_t byte_size(const webc_frame *frame)
{
    int64_t bytes = 0;
    webc_plane plane = {.struct_size = sizeof plane};
    for (uint32_t i = 0; !webc_frame_plane(frame, i, &plane); i++)
        bytes += (int64_t)plane.stride * plane.rows;
    return bytes;
}

/* `bytes` of pixels are told to the collector. */
static napi_value make_handle(binding *addon, webc_frame *frame, int64_t bytes)
{
    napi_value value;
    frame_handle *handle = malloc(sizeof *handle);
    if (!handle || napi_create_external(addon->env, handle, finalize_frame, NULL, &value)) {
        free(handle);
        webc_frame_unref(&frame);
        return NULL;
    }
    *handle = (frame_handle){.addon = addon, .frame = frame, .bytes = bytes};
    addon->references++;
    addon_account(addon, handle->bytes);
    return value;
}

napi_value make_frame(binding *addon, webc_frame *frame)
{
    return make_handle(addon, frame, byte_size(frame));
}

/* Clones and views share the pixels: they count once, with the frame that they are of. */
static napi_value make_sharer(binding *addon, webc_frame *frame)
{
    return make_handle(addon, frame, 0);
}

static frame_handle *handle_of(const js_call *call, int index)
{
    void *data = NULL;
    napi_get_value_external(call->env, call->arguments[index], &data);
    return data;
}

webc_frame *frame_of(const js_call *call, int index)
{
    const frame_handle *handle = handle_of(call, index);
    if (handle && handle->frame)
        return handle->frame;
    throw_named(call, "InvalidStateError", "the VideoFrame is closed");
    return NULL;
}

static webc_rect rect_in(const double *in)
{
    return (webc_rect){(uint32_t)in[0], (uint32_t)in[1], (uint32_t)in[2], (uint32_t)in[3]};
}

static void leave(void *user)
{
    (void)user;
}

/* The same picture with what is outside of the visible rectangle left out, as WebCodecs allows and its tests
 * expect. */
static webc_result create_visible(webc_frame **out, webc_frame_params *params, const void *data, size_t size)
{
    const webc_rect rect = params->visible_rect;
    const void *planes[WEBC_MAX_PLANES];
    uint32_t strides[WEBC_MAX_PLANES];
    webc_frame *whole = NULL;
    webc_frame_info info;
    if (!rect.width || (rect.width == params->coded_width && rect.height == params->coded_height))
        return webc_frame_create(out, params, data, size);
    webc_result result = webc_frame_wrap(&whole, params, data, size, leave, NULL);
    if (result)
        return result;
    webc_frame_info_init(&info, sizeof info);
    result = webc_frame_get_info(whole, &info);
    for (uint32_t i = 0; !result && i < info.plane_count; i++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        result = webc_frame_plane(whole, i, &plane);
        planes[i] = plane.data;
        strides[i] = plane.stride;
    }
    params->coded_width = rect.width;
    params->coded_height = rect.height;
    params->visible_rect = (webc_rect){0};
    params->layout_count = 0;
    if (!result)
        result = webc_frame_create_from_planes(out, params, planes, strides);
    webc_frame_unref(&whole);
    return result;
}

/* createFrame(bytes), parameters in the exchange */
static napi_value create_frame(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    const double *in = call.addon->exchange;
    webc_frame_params params;
    webc_frame *frame = NULL;
    void *data;
    size_t size;
    webc_frame_params_init(&params, sizeof params);
    params.format = (uint32_t)in[SLOT_FORMAT];
    params.coded_width = (uint32_t)in[SLOT_CODED_WIDTH];
    params.coded_height = (uint32_t)in[SLOT_CODED_HEIGHT];
    params.visible_rect = rect_in(in + SLOT_RECT);
    params.display_width = (uint32_t)in[SLOT_DISPLAY_WIDTH];
    params.display_height = (uint32_t)in[SLOT_DISPLAY_HEIGHT];
    params.timestamp = (int64_t)in[SLOT_TIMESTAMP];
    params.has_duration = in[SLOT_HAS_DURATION] != 0;
    params.duration = (uint64_t)in[SLOT_DURATION];
    params.rotation = (int32_t)in[SLOT_ROTATION];
    params.flip = in[SLOT_FLIP] != 0;
    params.has_color_space = in[SLOT_HAS_COLOR_SPACE] != 0;
    params.color_space =
        (webc_color_space){(uint32_t)in[SLOT_COLOR_SPACE], (uint32_t)in[SLOT_COLOR_SPACE + 1],
                           (uint32_t)in[SLOT_COLOR_SPACE + 2], (uint32_t)in[SLOT_COLOR_SPACE + 3]};
    params.layout_count = (uint32_t)in[SLOT_LAYOUT_COUNT];
    for (uint32_t i = 0; i < WEBC_MAX_PLANES; i++)
        params.layout[i] =
            (webc_plane_layout){(uint32_t)in[SLOT_LAYOUT + 2 * i], (uint32_t)in[SLOT_LAYOUT + 2 * i + 1]};
    if (!bytes_of(env, call.arguments[0], &data, &size))
        return throw_named(&call, "TypeError", "data is not bytes");
    webc_result result = create_visible(&frame, &params, data, size);
    return result ? throw_result(&call, result) : make_frame(call.addon, frame);
}

/* createFrameView(frame), parameters in the exchange */
static napi_value create_frame_view(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    const double *in = call.addon->exchange;
    const webc_frame *source = frame_of(&call, 0);
    webc_frame_view_params params = {.struct_size = sizeof params};
    webc_frame *frame = NULL;
    if (!source)
        return NULL;
    params.has_timestamp = in[SLOT_HAS_TIMESTAMP] != 0;
    params.timestamp = (int64_t)in[SLOT_TIMESTAMP];
    params.has_duration = in[SLOT_HAS_DURATION] != 0;
    params.duration = (uint64_t)in[SLOT_DURATION];
    params.discard_alpha = in[SLOT_DISCARD_ALPHA] != 0;
    params.visible_rect = rect_in(in + SLOT_RECT);
    params.display_width = (uint32_t)in[SLOT_DISPLAY_WIDTH];
    params.display_height = (uint32_t)in[SLOT_DISPLAY_HEIGHT];
    params.rotation = (int32_t)in[SLOT_ROTATION];
    params.flip = in[SLOT_FLIP] != 0;
    webc_result result = webc_frame_create_view(&frame, source, &params);
    return result ? throw_result(&call, result) : make_sharer(call.addon, frame);
}

static napi_value clone_frame(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    webc_frame *frame = frame_of(&call, 0);
    return frame ? make_sharer(call.addon, webc_frame_ref(frame)) : NULL;
}

static napi_value close_frame(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    frame_handle *handle = handle_of(&call, 0);
    if (handle)
        close_handle(handle);
    return NULL;
}

static napi_value frame_info(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    double *out = call.addon->exchange;
    const webc_frame *frame = frame_of(&call, 0);
    webc_frame_info is;
    webc_frame_info_init(&is, sizeof is);
    if (!frame)
        return NULL;
    webc_result result = webc_frame_get_info(frame, &is);
    if (result)
        return throw_result(&call, result);
    out[SLOT_FORMAT] = is.format;
    out[SLOT_CODED_WIDTH] = is.coded_width;
    out[SLOT_CODED_HEIGHT] = is.coded_height;
    out[SLOT_RECT] = is.visible_rect.x;
    out[SLOT_RECT + 1] = is.visible_rect.y;
    out[SLOT_RECT + 2] = is.visible_rect.width;
    out[SLOT_RECT + 3] = is.visible_rect.height;
    out[SLOT_DISPLAY_WIDTH] = is.display_width;
    out[SLOT_DISPLAY_HEIGHT] = is.display_height;
    out[SLOT_TIMESTAMP] = (double)is.timestamp;
    out[SLOT_HAS_DURATION] = is.has_duration;
    out[SLOT_DURATION] = (double)is.duration;
    out[SLOT_ROTATION] = is.rotation;
    out[SLOT_FLIP] = is.flip;
    out[SLOT_HAS_COLOR_SPACE] = 1;
    out[SLOT_COLOR_SPACE] = is.color_space.primaries;
    out[SLOT_COLOR_SPACE + 1] = is.color_space.transfer;
    out[SLOT_COLOR_SPACE + 2] = is.color_space.matrix;
    out[SLOT_COLOR_SPACE + 3] = is.color_space.range;
    out[SLOT_LAYOUT_COUNT] = is.plane_count;
    out[SLOT_BYTES] = (double)handle_of(&call, 0)->bytes;
    out[SLOT_BIT_DEPTH] = is.bit_depth;
    return NULL;
}

const js_function frame_functions[] = {{"createFrame", create_frame}, {"createFrameView", create_frame_view},
                                       {"cloneFrame", clone_frame},   {"closeFrame", close_frame},
                                       {"frameInfo", frame_info},     {0}};
