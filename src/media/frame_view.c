/* SPDX-License-Identifier: MIT */
/* VideoFrame from another one, on the same pixels (WebCodecs 9.4.2, checklist 4.4). Any thread. */
#include <libavutil/pixdesc.h>

#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "shared/error.h"
#include "shared/struct.h"

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
    const webc__rect_bounds bounds = {"visible_rect", base.coded_width, base.coded_height, desc->log2_chroma_w,
                                      desc->log2_chroma_h};
    webc_result result =
        webc__rect_resolve(&info->visible_rect, &params->visible_rect, &base.visible_rect, &bounds);
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
    webc_frame *frame = webc__frame_alloc();
    if (!frame || av_frame_ref(frame->av, source->av) < 0) {
        webc_frame_unref(&frame);
        return webc__frame_no_memory();
    }
    frame->info = info;
    frame->foreign = source->foreign;
    if (info.format != source->info.format)
        frame->av->format = webc__pixel_format_get(info.format)->av_format;
    for (unsigned i = info.plane_count; i < WEBC_MAX_PLANES; i++) {
        frame->av->data[i] = NULL;
        frame->av->linesize[i] = 0;
    }
    webc__frame_count_bytes(frame);
    *out = frame;
    return WEBC_OK;
}
