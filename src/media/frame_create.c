/* SPDX-License-Identifier: MIT */
/* VideoFrame from a caller's pixels, copied or lent (WebCodecs 9.4.2, checklist 4.3). Any thread. */
#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/lease.h"
#include "shared/error.h"
#include "shared/struct.h"

/* Params of a constructor after validation, with every default filled in. */
typedef struct plan {
    webc_frame_params params;
    const webc__pixel_format *format;
    webc__layout layout;
} plan;

static webc_result read_format(plan *out)
{
    const webc_frame_params *params = &out->params;
    out->format = webc__pixel_format_get(params->format);
    if (!out->format)
        return webc__fail(WEBC_ERROR_TYPE, "format %u is not a WEBC_PIXEL_FORMAT_* value", params->format);
    if (out->format->av_format == AV_PIX_FMT_NONE)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "FFmpeg has no pixel format for %s", out->format->name);
    if (!params->coded_width || !params->coded_height)
        return webc__fail(WEBC_ERROR_TYPE, "coded_width is %u and coded_height %u; both must be at least 1",
                          params->coded_width, params->coded_height);
    return WEBC_OK;
}

static webc_result read_params(plan *out, const webc_frame_params *given)
{
    webc_frame_params *params = &out->params;
    if (!webc__struct_read(params, sizeof *params, given))
        return webc__fail(WEBC_ERROR_TYPE, "frame params are NULL or of a wrong struct_size");
    webc_result result = read_format(out);
    if (result)
        return result;
    const webc_rect whole = {0, 0, params->coded_width, params->coded_height};
    const webc__rect_bounds bounds = {"visible_rect", params->coded_width, params->coded_height,
                                      out->format->chroma_shift_x, out->format->chroma_shift_y};
    result = webc__rect_resolve(&params->visible_rect, &params->visible_rect, &whole, &bounds);
    if (!result)
        result = webc__display_check(params->display_width, params->display_height);
    if (!result && params->has_color_space)
        result = webc__color_check(&params->color_space);
    if (result)
        return result;
    params->rotation = webc__rotation_normalise(params->rotation);
    if (!params->display_width) {
        bool swap = webc__rotation_swaps(params->rotation);
        params->display_width = swap ? params->visible_rect.height : params->visible_rect.width;
        params->display_height = swap ? params->visible_rect.width : params->visible_rect.height;
    }
    if (params->has_color_space)
        params->color_space = webc__color_normalise(params->color_space);
    else
        params->color_space = webc__color_complete((webc_color_space){0}, out->format->rgb);
    return webc__layout_resolve(&out->layout, out->format, params->coded_width, params->coded_height,
                                params->layout_count, params->layout);
}

static void describe(webc_frame *frame, const plan *from)
{
    const webc_frame_params *params = &from->params;
    webc_frame_info *info = &frame->info;
    info->format = params->format;
    info->plane_count = from->format->planes;
    info->coded_width = params->coded_width;
    info->coded_height = params->coded_height;
    info->visible_rect = params->visible_rect;
    info->display_width = params->display_width;
    info->display_height = params->display_height;
    info->timestamp = params->timestamp;
    info->has_duration = !!params->has_duration;
    info->duration = params->has_duration ? params->duration : 0;
    info->rotation = params->rotation;
    info->flip = !!params->flip;
    info->bit_depth = from->format->bit_depth;
    info->color_space = params->color_space;
    webc__color_to_av(&info->color_space, frame->av);
}

static webc_result copy_planes(webc_frame **out, const plan *from, const uint8_t *const *data)
{
    webc_frame *frame = webc__frame_alloc();
    if (!frame)
        return webc__frame_no_memory();
    webc_result result = webc__frame_alloc_planes(frame->av, from->format->av_format, from->params.coded_width,
                                                  from->params.coded_height);
    if (result) {
        webc_frame_unref(&frame);
        return result;
    }
    for (unsigned i = 0; i < from->layout.planes; i++) {
        const webc__layout_plane *plane = &from->layout.plane[i];
        webc__layout_copy_rows(frame->av->data[i], (size_t)frame->av->linesize[i], data[i],
                               (size_t)plane->stride, (size_t)plane->row_bytes, (size_t)plane->rows);
    }
    describe(frame, from);
    webc__frame_count_bytes(frame);
    *out = frame;
    return WEBC_OK;
}

/* Validation shared by create and wrap: everything that can be wrong with one buffer. */
static webc_result read_buffer(plan *out, const webc_frame_params *params, const void *data, uint64_t size)
{
    webc_result result = read_params(out, params);
    if (result)
        return result;
    if (!data)
        return webc__fail(WEBC_ERROR_TYPE, "frame data is NULL");
    if (size < out->layout.size)
        return webc__fail(WEBC_ERROR_TYPE, "the buffer has %llu bytes, but a %ux%u %s frame needs %llu",
                          (unsigned long long)size, out->params.coded_width, out->params.coded_height,
                          out->format->name, (unsigned long long)out->layout.size);
    return WEBC_OK;
}

webc_result webc_frame_create(webc_frame **out, const webc_frame_params *params, const void *data,
                              uint64_t size)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_create: out is NULL");
    *out = NULL;
    plan checked;
    webc_result result = read_buffer(&checked, params, data, size);
    if (result)
        return result;
    const uint8_t *planes[WEBC_MAX_PLANES] = {NULL};
    for (unsigned i = 0; i < checked.layout.planes; i++)
        planes[i] = (const uint8_t *)data + checked.layout.plane[i].offset;
    return copy_planes(out, &checked, planes);
}

webc_result webc_frame_create_from_planes(webc_frame **out, const webc_frame_params *params,
                                          const void *const *planes, const uint32_t *strides)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_create_from_planes: out is NULL");
    *out = NULL;
    plan checked;
    webc_result result = read_params(&checked, params);
    if (result)
        return result;
    if (checked.params.layout_count)
        return webc__fail(WEBC_ERROR_TYPE,
                          "layout_count must be 0 where planes come with strides of their own");
    if (!planes || !strides)
        return webc__fail(WEBC_ERROR_TYPE, "planes or strides is NULL");
    const uint8_t *data[WEBC_MAX_PLANES] = {NULL};
    for (unsigned i = 0; i < checked.layout.planes; i++) {
        webc__layout_plane *plane = &checked.layout.plane[i];
        if (!planes[i])
            return webc__fail(WEBC_ERROR_TYPE, "plane %u is NULL", i);
        if (strides[i] < plane->row_bytes)
            return webc__fail(WEBC_ERROR_TYPE, "strides[%u] is %u, less than a row of %llu bytes", i,
                              strides[i], (unsigned long long)plane->row_bytes);
        plane->stride = strides[i];
        data[i] = planes[i];
    }
    return copy_planes(out, &checked, data);
}

webc_result webc_frame_wrap(webc_frame **out, const webc_frame_params *params, const void *data, uint64_t size,
                            webc_release_fn release, void *user)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_wrap: out is NULL");
    *out = NULL;
    plan checked;
    webc_result result = read_buffer(&checked, params, data, size);
    if (result)
        return result;
    for (unsigned i = 0; i < checked.layout.planes; i++)
        if (checked.layout.plane[i].stride > INT32_MAX)
            return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                              "stride %llu of plane %u is more than libavutil can hold",
                              (unsigned long long)checked.layout.plane[i].stride, i);
    webc_frame *frame = webc__frame_alloc();
    if (!frame)
        return webc__frame_no_memory();
    /* One buffer for all planes, and last: nothing can fail once the lease exists. */
    frame->av->buf[0] = webc__lease_create(data, (size_t)checked.layout.size, release, user);
    if (!frame->av->buf[0]) {
        webc_frame_unref(&frame);
        return webc__frame_no_memory();
    }
    frame->foreign = true;
    frame->av->format = checked.format->av_format;
    frame->av->width = (int)checked.params.coded_width;
    frame->av->height = (int)checked.params.coded_height;
    for (unsigned i = 0; i < checked.layout.planes; i++) {
        frame->av->data[i] = frame->av->buf[0]->data + checked.layout.plane[i].offset;
        frame->av->linesize[i] = (int)checked.layout.plane[i].stride;
    }
    describe(frame, &checked);
    webc__frame_count_bytes(frame);
    *out = frame;
    return WEBC_OK;
}
