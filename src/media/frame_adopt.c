/* SPDX-License-Identifier: MIT */
/* VideoFrame from a picture of libavcodec or libswscale. Any thread. */
#include <libavutil/pixdesc.h>

#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "shared/error.h"

/* VD-16 and VD-17. The sample aspect ratio and then a config's aspect each only enlarge one side. */
static void set_display(webc_frame_info *info, const webc__frame_tags *tags, AVRational sample_aspect)
{
    uint32_t width = info->visible_rect.width;
    uint32_t height = info->visible_rect.height;
    uint32_t aspect_w = tags->display_aspect_width;
    uint32_t aspect_h = tags->display_aspect_height;
    if (sample_aspect.num > 0 && sample_aspect.den > 0) {
        if (sample_aspect.num > sample_aspect.den)
            width = webc__size_scale(width, (uint32_t)sample_aspect.num, (uint32_t)sample_aspect.den);
        else
            height = webc__size_scale(height, (uint32_t)sample_aspect.den, (uint32_t)sample_aspect.num);
    }
    if (aspect_w && aspect_h) {
        if ((uint64_t)width * aspect_h < (uint64_t)height * aspect_w)
            width = webc__size_scale(height, aspect_w, aspect_h);
        else
            height = webc__size_scale(width, aspect_h, aspect_w);
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
    webc_frame *frame = webc__frame_alloc();
    if (!frame)
        return webc__frame_no_memory();
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
    info->corrupt = tags->corrupt;
    info->color_space = webc__color_override(webc__color_from_av(av), &tags->color_space);
    set_display(info, tags, av->sample_aspect_ratio);
    av_frame_move_ref(frame->av, av);
    forget_decoder(frame->av);
    webc__color_to_av(&info->color_space, frame->av);
    webc__frame_count_bytes(frame);
    *out = frame;
    return WEBC_OK;
}
