/* SPDX-License-Identifier: MIT */
/* Calls on frames that need libswscale: convert, allocationSize and copyTo (WebCodecs 9.4.5). Any thread. */
#include <libavutil/pixdesc.h>

#include "codec/scaler.h"
#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "shared/error.h"
#include "shared/struct.h"
#include "webcodecs/frame.h"

/* Longest side of a converted picture: the largest sizes the codecs know. */
#define LARGEST_SIDE 16384u

/* Everything copyTo has to know, with every default filled in. */
typedef struct copy_plan {
    const webc__pixel_format *format; /* what is written */
    bool converts;
    uint32_t predefined; /* colour space to convert to */
    webc_rect rect;      /* coded samples of the source */
    webc__layout layout;
} copy_plan;

/* The converted picture keeps the times and orientation of its source. */
static webc_result adopt_converted(webc_frame **out, AVFrame *picture, const webc_frame *source)
{
    const webc_frame_info *info = &source->info;
    const webc__frame_tags tags = {
        .timestamp = info->timestamp,
        .duration = info->duration,
        .has_duration = info->has_duration,
        .rotation = info->rotation,
        .flip = info->flip,
        .corrupt = info->corrupt,
    };
    webc_result result = webc__frame_adopt(out, picture, &tags);
    if (result)
        return result;
    webc_frame *frame = *out;
    if (frame->info.coded_width == info->visible_rect.width &&
        frame->info.coded_height == info->visible_rect.height) {
        frame->info.display_width = info->display_width;
        frame->info.display_height = info->display_height;
    }
    return WEBC_OK;
}

static webc_result run_scaler(AVFrame *picture, const webc_frame *source, const webc__scaler_target *target)
{
    webc__scaler *scaler = webc__scaler_create();
    if (!scaler)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory to convert a picture");
    webc_result result = webc__scaler_run(scaler, source, target, picture);
    webc__scaler_free(&scaler);
    return result;
}

webc_result webc_frame_convert(webc_frame **out, const webc_frame *frame, uint32_t format, uint32_t width,
                               uint32_t height, const webc_color_space *color_space)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_convert: out is NULL");
    *out = NULL;
    if (!frame)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_convert: frame is NULL");
    const webc__pixel_format *wanted = webc__pixel_format_get(format);
    if (!wanted)
        return webc__fail(WEBC_ERROR_TYPE, "format %u is not a WEBC_PIXEL_FORMAT_* value", format);
    if (wanted->av_format == AV_PIX_FMT_NONE)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "FFmpeg has no pixel format for %s", wanted->name);
    webc__scaler_target target = {
        .av_format = wanted->av_format,
        .width = width ? width : frame->info.visible_rect.width,
        .height = height ? height : frame->info.visible_rect.height,
    };
    if (width > LARGEST_SIDE || height > LARGEST_SIDE)
        return webc__fail(WEBC_ERROR_RANGE, "%ux%u is more than %u on a side", width, height, LARGEST_SIDE);
    if (color_space) {
        webc_result bad = webc__color_check(color_space);
        if (bad)
            return bad;
        target.color = *color_space;
    }
    AVFrame *picture = av_frame_alloc();
    if (!picture)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a picture");
    webc_result result = run_scaler(picture, frame, &target);
    if (!result)
        result = adopt_converted(out, picture, frame);
    av_frame_free(&picture);
    return result;
}

/* CT-03: a YUV format is refused even when it is the frame's own. */
static webc_result choose_format(copy_plan *plan, const webc_frame *frame, uint32_t wanted)
{
    const webc__pixel_format *own = webc__pixel_format_get(frame->info.format);
    if (!own)
        return webc__fail(
            WEBC_ERROR_NOT_SUPPORTED,
            "the frame is in the native format %s, which WebCodecs has no name for; convert it, or "
            "read its planes",
            av_get_pix_fmt_name(frame->av->format));
    const webc__pixel_format *format = wanted ? webc__pixel_format_get(wanted) : own;
    if (!format || (wanted && !format->rgb))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                          "copying to format %u; it can be 0, RGBA, RGBX, BGRA or BGRX", wanted);
    plan->format = format;
    plan->converts = wanted != WEBC_PIXEL_FORMAT_NONE;
    return WEBC_OK;
}

static webc_result plan_copy(copy_plan *plan, const webc_frame *frame, const webc_frame_copy_params *given)
{
    if (!frame)
        return webc__fail(WEBC_ERROR_TYPE, "the frame to copy is NULL");
    webc_frame_copy_params params = {0};
    if (given && !webc__struct_read(&params, sizeof params, given))
        return webc__fail(WEBC_ERROR_TYPE, "copy params are of a wrong struct_size");
    if (params.color_space > WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3)
        return webc__fail(WEBC_ERROR_TYPE, "color_space is %u; it can be 0, sRGB, or 1, Display-P3",
                          params.color_space);
    plan->predefined = params.color_space;
    webc_result result = choose_format(plan, frame, params.format);
    if (result)
        return result;
    const webc__pixel_format *own = webc__pixel_format_get(frame->info.format);
    const webc__rect_bounds bounds = {"rect", frame->info.coded_width, frame->info.coded_height,
                                      own->chroma_shift_x, own->chroma_shift_y};
    result = webc__rect_resolve(&plan->rect, &params.rect, &frame->info.visible_rect, &bounds);
    if (result)
        return result;
    return webc__layout_resolve(&plan->layout, plan->format, plan->rect.width, plan->rect.height,
                                params.layout_count, params.layout);
}

webc_result webc_frame_allocation_size(const webc_frame *frame, const webc_frame_copy_params *params,
                                       uint64_t *size)
{
    if (!size)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_allocation_size: size is NULL");
    *size = 0;
    copy_plan plan;
    webc_result result = plan_copy(&plan, frame, params);
    if (!result)
        *size = plan.layout.size;
    return result;
}

/* Rows of `picture`, whose planes begin at the rectangle. */
static void copy_rows(const copy_plan *plan, const AVFrame *picture, uint8_t *dst)
{
    for (unsigned i = 0; i < plan->layout.planes; i++) {
        const webc__layout_plane *plane = &plan->layout.plane[i];
        webc__layout_copy_rows(dst + plane->offset, (size_t)plane->stride, picture->data[i],
                               (size_t)picture->linesize[i], (size_t)plane->row_bytes, (size_t)plane->rows);
    }
}

/* `part` is a frame whose visible rectangle is the plan's. */
static webc_result copy_part(const copy_plan *plan, const webc_frame *part, uint8_t *dst)
{
    AVFrame *picture = av_frame_alloc();
    if (!picture)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a picture");
    webc_result result;
    if (plan->converts) {
        const webc__scaler_target target = {
            .av_format = plan->format->av_format,
            .width = plan->rect.width,
            .height = plan->rect.height,
            .managed = true,
            .predefined = plan->predefined,
        };
        result = run_scaler(picture, part, &target);
    } else {
        result = webc__frame_visible(part, picture);
    }
    if (!result)
        copy_rows(plan, picture, dst);
    av_frame_free(&picture);
    return result;
}

webc_result webc_frame_copy_to(const webc_frame *frame, const webc_frame_copy_params *params, void *dst,
                               uint64_t dst_size, webc_plane_layout *layouts)
{
    copy_plan plan;
    webc_result result = plan_copy(&plan, frame, params);
    if (result)
        return result;
    if (!dst)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_copy_to: dst is NULL");
    if (dst_size < plan.layout.size)
        return webc__fail(WEBC_ERROR_TYPE, "%llu bytes are too few for the copy, which needs %llu",
                          (unsigned long long)dst_size, (unsigned long long)plan.layout.size);
    webc_frame_view_params view;
    webc_frame_view_params_init(&view, sizeof view);
    view.visible_rect = plan.rect;
    webc_frame *part;
    result = webc_frame_create_view(&part, frame, &view);
    if (result)
        return result;
    result = copy_part(&plan, part, dst);
    webc_frame_unref(&part);
    for (unsigned i = 0; layouts && !result && i < plan.layout.planes; i++) {
        layouts[i].offset = (uint32_t)plan.layout.plane[i].offset;
        layouts[i].stride = (uint32_t)plan.layout.plane[i].stride;
    }
    return result;
}
