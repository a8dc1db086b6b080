/* SPDX-License-Identifier: MIT */
/*
 * VideoFrame: construction, views and access. Called on any thread; a frame is not changed after its
 * constructor returns it, so only the count needs to be atomic.
 */
#include "media/frame.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

#include "media/color_map.h"
#include "media/frame_layout.h"
#include "media/lease.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"

/* SIMD code of libswscale reads and writes whole vectors: rows start on a vector and have room behind them. */
#define ROW_ALIGN ((uintptr_t)64)
#define ROOM_BEHIND ((uintptr_t)128)

/* Params of a constructor after validation, with every default filled in. */
typedef struct plan {
    webc_frame_params params;
    const webc__pixel_format *format;
    webc__layout layout;
} plan;

void webc_frame_params_init(webc_frame_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_frame_info_init(webc_frame_info *info, uint32_t struct_size)
{
    webc__struct_init(info, struct_size);
}

void webc_plane_init(webc_plane *plane, uint32_t struct_size)
{
    webc__struct_init(plane, struct_size);
}

void webc_frame_view_params_init(webc_frame_view_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_frame_copy_params_init(webc_frame_copy_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

static webc_result fail_memory(void)
{
    return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a frame");
}

static webc_frame *allocate_frame(void)
{
    webc_frame *frame = calloc(1, sizeof *frame);
    if (!frame)
        return NULL;
    frame->av = av_frame_alloc();
    if (!frame->av) {
        free(frame);
        return NULL;
    }
    webc__ref_init(&frame->ref);
    frame->info.struct_size = sizeof frame->info;
    frame->info.storage = WEBC_STORAGE_HOST;
    WEBC__LEDGER_ADD(frames);
    return frame;
}

webc_frame *webc_frame_ref(webc_frame *frame)
{
    if (frame)
        webc__ref_take(&frame->ref);
    return frame;
}

void webc_frame_unref(webc_frame **frame)
{
    if (!frame || !*frame)
        return;
    webc_frame *last = *frame;
    *frame = NULL;
    if (!webc__ref_drop(&last->ref))
        return;
    av_frame_free(&last->av);
    free(last);
    WEBC__LEDGER_SUB(frames);
}

static webc_result read_format(plan *out)
{
    const webc_frame_params *params = &out->params;
    out->format = webc__pixel_format_get(params->format);
    if (!out->format)
        return webc__fail(WEBC_ERROR_TYPE, "format %u is not a WEBC_PIXEL_FORMAT_* value", params->format);
    if (out->format->av_format == AV_PIX_FMT_NONE)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "FFmpeg has no pixel format for %s", out->format->name);
    if (!params->coded_width || !params->coded_height)
        return webc__fail(WEBC_ERROR_TYPE, "coded size is %ux%u; both must be at least 1", params->coded_width,
                          params->coded_height);
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
    const uint32_t coded[2] = {params->coded_width, params->coded_height};
    const webc_rect whole = {0, 0, coded[0], coded[1]};
    result = webc__rect_resolve(&params->visible_rect, &params->visible_rect, &whole, coded,
                                out->format->chroma_shift_x, out->format->chroma_shift_y);
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
    return webc__layout_resolve(&out->layout, out->format, coded[0], coded[1], params->layout_count,
                                params->layout);
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

size_t webc__frame_planes_size(int av_format, uint32_t width, uint32_t height)
{
    /* libavutil counts strides in int; this also keeps the sums below far from 64 bits. */
    if (!width || !height || width > INT32_MAX || height > INT32_MAX)
        return 0;
    uint64_t size = ROW_ALIGN;
    unsigned planes = webc__layout_plane_count(av_format);
    for (unsigned i = 0; i < planes; i++) {
        webc__layout_grid grid = webc__layout_plane_grid(av_format, i);
        uint64_t stride = FFALIGN(webc__layout_row_bytes(&grid, width), ROW_ALIGN);
        if (stride > INT32_MAX)
            return 0;
        size += stride * webc__layout_rows(&grid, height) + ROOM_BEHIND;
        if (size > INT32_MAX)
            return 0;
    }
    return planes ? (size_t)size : 0;
}

void webc__frame_set_planes(AVFrame *av, int av_format, uint32_t width, uint32_t height, AVBufferRef *buffer)
{
    uint8_t *next = (uint8_t *)FFALIGN((uintptr_t)buffer->data, ROW_ALIGN);
    unsigned planes = webc__layout_plane_count(av_format);
    for (unsigned i = 0; i < planes; i++) {
        webc__layout_grid grid = webc__layout_plane_grid(av_format, i);
        size_t stride = (size_t)FFALIGN(webc__layout_row_bytes(&grid, width), ROW_ALIGN);
        av->data[i] = next;
        av->linesize[i] = (int)stride;
        next += stride * webc__layout_rows(&grid, height) + ROOM_BEHIND;
    }
    av->buf[0] = buffer;
    av->format = av_format;
    av->width = (int)width;
    av->height = (int)height;
}

/* Vectors read there must not make results, or memory checkers, depend on what the heap held before. */
static void clear_padding(AVFrame *av)
{
    for (unsigned i = 0; i < webc__layout_plane_count(av->format); i++) {
        webc__layout_grid grid = webc__layout_plane_grid(av->format, i);
        size_t row_bytes = (size_t)webc__layout_row_bytes(&grid, (uint32_t)av->width);
        size_t stride = (size_t)av->linesize[i];
        uint8_t *row = av->data[i];
        for (uint64_t left = webc__layout_rows(&grid, (uint32_t)av->height); left; left--, row += stride)
            memset(row + row_bytes, 0, stride - row_bytes);
        memset(row, 0, ROOM_BEHIND);
    }
}

webc_result webc__frame_alloc_planes(AVFrame *av, int av_format, uint32_t width, uint32_t height)
{
    size_t size = webc__frame_planes_size(av_format, width, height);
    if (!size)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "a %ux%u %s picture is more than libavutil can hold", width,
                          height, av_get_pix_fmt_name(av_format));
    AVBufferRef *buffer = av_buffer_alloc(size);
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a %ux%u picture (%zu bytes)", width, height,
                          size);
    webc__frame_set_planes(av, av_format, width, height, buffer);
    clear_padding(av);
    return WEBC_OK;
}

static webc_result copy_planes(webc_frame **out, const plan *from, const uint8_t *const *data)
{
    webc_frame *frame = allocate_frame();
    if (!frame)
        return fail_memory();
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
            return webc__fail(WEBC_ERROR_TYPE, "stride %u of plane %u is less than a row of %llu bytes",
                              strides[i], i, (unsigned long long)plane->row_bytes);
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
    webc_frame *frame = allocate_frame();
    if (!frame)
        return fail_memory();
    /* One buffer for all planes, and last: nothing can fail once the lease exists. */
    frame->av->buf[0] = webc__lease_create(data, (size_t)checked.layout.size, release, user);
    if (!frame->av->buf[0]) {
        webc_frame_unref(&frame);
        return fail_memory();
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
    *out = frame;
    return WEBC_OK;
}

/* VD-16 and VD-17. A config's aspect replaces the sample aspect ratio; either only enlarges one side. */
static void set_display(webc_frame_info *info, const webc__frame_tags *tags, AVRational sample_aspect)
{
    uint32_t width = info->visible_rect.width;
    uint32_t height = info->visible_rect.height;
    uint32_t aspect_w = tags->display_aspect_width;
    uint32_t aspect_h = tags->display_aspect_height;
    if (aspect_w && aspect_h) {
        if ((uint64_t)width * aspect_h < (uint64_t)height * aspect_w)
            width = webc__size_scale(height, aspect_w, aspect_h);
        else
            height = webc__size_scale(width, aspect_h, aspect_w);
    } else if (sample_aspect.num > 0 && sample_aspect.den > 0) {
        if (sample_aspect.num > sample_aspect.den)
            width = webc__size_scale(width, (uint32_t)sample_aspect.num, (uint32_t)sample_aspect.den);
        else
            height = webc__size_scale(height, (uint32_t)sample_aspect.den, (uint32_t)sample_aspect.num);
    }
    bool swap = webc__rotation_swaps(info->rotation);
    info->display_width = swap ? height : width;
    info->display_height = swap ? width : height;
}

static webc_result check_picture(const AVFrame *av)
{
    if (!webc__layout_plane_count(av->format) || av->hw_frames_ctx)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "pictures in %s cannot be read byte by byte in host memory",
                          av->format < 0 ? "no format" : av_get_pix_fmt_name(av->format));
    if (av->width <= 0 || av->height <= 0 || !av->buf[0])
        return webc__fail(WEBC_ERROR_TYPE, "the picture is %dx%d %s", av->width, av->height,
                          av->buf[0] ? "with buffers" : "without reference-counted buffers");
    uint64_t columns = (uint64_t)av->crop_left + av->crop_right;
    uint64_t rows = (uint64_t)av->crop_top + av->crop_bottom;
    if (av->crop_left > INT32_MAX || av->crop_right > INT32_MAX || av->crop_top > INT32_MAX ||
        av->crop_bottom > INT32_MAX || columns >= (uint64_t)av->width || rows >= (uint64_t)av->height)
        return webc__fail(WEBC_ERROR_TYPE, "cropping leaves nothing of a %dx%d picture", av->width, av->height);
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)av->format);
    if (av->crop_left & ((1u << format->log2_chroma_w) - 1) ||
        av->crop_top & ((1u << format->log2_chroma_h) - 1))
        return webc__fail(WEBC_ERROR_TYPE, "a crop of %zu,%zu lies between the chroma samples of %s",
                          av->crop_left, av->crop_top, format->name);
    return WEBC_OK;
}

/* What belongs to the decoder that made the picture must not reach an encoder, which would act on it. */
static void forget_decoder(AVFrame *av)
{
    av->crop_left = av->crop_right = av->crop_top = av->crop_bottom = 0;
    av->format = webc__pixel_format_plain(av->format);
    av->pts = AV_NOPTS_VALUE;
    av->pkt_dts = AV_NOPTS_VALUE;
    av->pict_type = AV_PICTURE_TYPE_NONE;
    av->opaque = NULL;
    av_buffer_unref(&av->opaque_ref);
}

webc_result webc__frame_adopt(webc_frame **out, AVFrame *av, const webc__frame_tags *tags)
{
    *out = NULL;
    webc_result result = check_picture(av);
    if (result)
        return result;
    webc_frame *frame = allocate_frame();
    if (!frame)
        return fail_memory();
    webc_frame_info *info = &frame->info;
    const webc__pixel_format *named = webc__pixel_format_from_av(av->format);
    info->format = named ? named->format : WEBC_PIXEL_FORMAT_NONE;
    info->plane_count = webc__layout_plane_count(av->format);
    info->bit_depth = (uint32_t)av_pix_fmt_desc_get(av->format)->comp[0].depth;
    info->coded_width = (uint32_t)av->width;
    info->coded_height = (uint32_t)av->height;
    info->visible_rect.x = (uint32_t)av->crop_left;
    info->visible_rect.y = (uint32_t)av->crop_top;
    info->visible_rect.width = (uint32_t)(info->coded_width - av->crop_left - av->crop_right);
    info->visible_rect.height = (uint32_t)(info->coded_height - av->crop_top - av->crop_bottom);
    info->timestamp = tags->timestamp;
    info->has_duration = tags->has_duration;
    info->duration = tags->has_duration ? tags->duration : 0;
    info->rotation = webc__rotation_normalise(tags->rotation);
    info->flip = tags->flip;
    info->color_space = webc__color_override(webc__color_from_av(av), &tags->color_space);
    set_display(info, tags, av->sample_aspect_ratio);
    av_frame_move_ref(frame->av, av);
    forget_decoder(frame->av);
    webc__color_to_av(&info->color_space, frame->av);
    *out = frame;
    return WEBC_OK;
}

/* VF-15: without a display size the source's scale is kept, then turned by the resulting rotation. */
static void scale_display(webc_frame_info *info, const webc_frame_info *base)
{
    bool turned = webc__rotation_swaps(base->rotation);
    uint32_t base_width = turned ? base->display_height : base->display_width;
    uint32_t base_height = turned ? base->display_width : base->display_height;
    uint32_t width = webc__size_scale(info->visible_rect.width, base_width, base->visible_rect.width);
    uint32_t height = webc__size_scale(info->visible_rect.height, base_height, base->visible_rect.height);
    bool swap = webc__rotation_swaps(info->rotation);
    info->display_width = swap ? height : width;
    info->display_height = swap ? width : height;
}

/* VF-12 to VF-16 on a copy of the source's description. */
static webc_result apply_view(webc_frame_info *info, const webc_frame_view_params *params, const AVFrame *av)
{
    const webc_frame_info base = *info;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(av->format);
    if (params->discard_alpha) {
        const webc__pixel_format *named = webc__pixel_format_get(base.format);
        if (!named && desc->flags & AV_PIX_FMT_FLAG_ALPHA)
            return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "alpha of the native format %s cannot be discarded",
                              desc->name);
        if (named) {
            info->format = named->opaque;
            info->plane_count = webc__pixel_format_get(named->opaque)->planes;
        }
    }
    const uint32_t coded[2] = {base.coded_width, base.coded_height};
    webc_rect none = {0};
    bool cropped = memcmp(&params->visible_rect, &none, sizeof none) != 0;
    webc_result result = WEBC_OK;
    if (cropped)
        result = webc__rect_resolve(&info->visible_rect, &params->visible_rect, &base.visible_rect, coded,
                                    desc->log2_chroma_w, desc->log2_chroma_h);
    if (!result)
        result = webc__display_check(params->display_width, params->display_height);
    if (result)
        return result;
    int64_t turn = webc__rotation_normalise(params->rotation);
    info->rotation = webc__rotation_normalise(base.rotation + (base.flip ? -turn : turn));
    info->flip = base.flip ^ !!params->flip;
    scale_display(info, &base);
    if (params->display_width) {
        info->display_width = params->display_width;
        info->display_height = params->display_height;
    }
    if (params->has_timestamp)
        info->timestamp = params->timestamp;
    if (params->has_duration) {
        info->has_duration = 1;
        info->duration = params->duration;
    }
    return WEBC_OK;
}

webc_result webc_frame_create_view(webc_frame **out, const webc_frame *source,
                                   const webc_frame_view_params *params)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_create_view: out is NULL");
    *out = NULL;
    if (!source)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_create_view: source is NULL");
    webc_frame_view_params view = {0};
    if (params && !webc__struct_read(&view, sizeof view, params))
        return webc__fail(WEBC_ERROR_TYPE, "view params are of a wrong struct_size");
    webc_frame_info info = source->info;
    webc_result result = apply_view(&info, &view, source->av);
    if (result)
        return result;
    webc_frame *frame = allocate_frame();
    if (!frame || av_frame_ref(frame->av, source->av) < 0) {
        webc_frame_unref(&frame);
        return fail_memory();
    }
    frame->info = info;
    frame->foreign = source->foreign;
    if (info.format != source->info.format)
        frame->av->format = webc__pixel_format_get(info.format)->av_format;
    for (unsigned i = info.plane_count; i < WEBC_MAX_PLANES; i++) {
        frame->av->data[i] = NULL;
        frame->av->linesize[i] = 0;
    }
    *out = frame;
    return WEBC_OK;
}

webc_result webc__frame_visible(const webc_frame *frame, AVFrame *dst)
{
    const AVFrame *av = frame->av;
    for (int i = 0; i < AV_NUM_DATA_POINTERS && av->buf[i]; i++) {
        dst->buf[i] = av_buffer_ref(av->buf[i]);
        if (!dst->buf[i]) {
            av_frame_unref(dst);
            return fail_memory();
        }
    }
    const webc_rect *rect = &frame->info.visible_rect;
    for (unsigned i = 0; i < frame->info.plane_count; i++) {
        webc__layout_grid grid = webc__layout_plane_grid(av->format, i);
        dst->data[i] = av->data[i] + webc__layout_offset(&grid, (size_t)av->linesize[i], rect->x, rect->y);
        dst->linesize[i] = av->linesize[i];
    }
    dst->format = av->format;
    dst->width = (int)rect->width;
    dst->height = (int)rect->height;
    webc__color_to_av(&frame->info.color_space, dst);
    return WEBC_OK;
}

uint64_t webc__frame_byte_size(const webc_frame *frame)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < frame->info.plane_count; i++) {
        webc__layout_grid grid = webc__layout_plane_grid(frame->av->format, i);
        size += webc__layout_row_bytes(&grid, frame->info.visible_rect.width) *
                webc__layout_rows(&grid, frame->info.visible_rect.height);
    }
    return size;
}

webc_result webc_frame_get_info(const webc_frame *frame, webc_frame_info *info)
{
    if (!frame)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_get_info: frame is NULL");
    if (!webc__struct_write(info, &frame->info, sizeof frame->info))
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_get_info: info is NULL or of a wrong struct_size");
    return WEBC_OK;
}

int64_t webc_frame_timestamp(const webc_frame *frame)
{
    return frame ? frame->info.timestamp : 0;
}

webc_result webc_frame_plane(const webc_frame *frame, uint32_t index, webc_plane *plane)
{
    if (!frame)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_plane: frame is NULL");
    if (index >= frame->info.plane_count)
        return webc__fail(WEBC_ERROR_RANGE, "plane %u does not exist: the frame has %u", index,
                          frame->info.plane_count);
    const AVFrame *av = frame->av;
    const webc_rect *rect = &frame->info.visible_rect;
    webc__layout_grid grid = webc__layout_plane_grid(av->format, index);
    webc_plane found = {
        .struct_size = sizeof found,
        .stride = (uint32_t)av->linesize[index],
        .row_bytes = (uint32_t)webc__layout_row_bytes(&grid, rect->width),
        .rows = (uint32_t)webc__layout_rows(&grid, rect->height),
        .data = av->data[index] + webc__layout_offset(&grid, (size_t)av->linesize[index], rect->x, rect->y),
    };
    if (!webc__struct_write(plane, &found, sizeof found))
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_plane: plane is NULL or of a wrong struct_size");
    return WEBC_OK;
}
