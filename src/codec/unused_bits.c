/* SPDX-License-Identifier: MIT */
#include "codec/unused_bits.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdbool.h>
#include <string.h>

#include "media/frame.h"

/* Every word of every plane is one sample, with unused bits at its top. */
static bool has_room(const AVPixFmtDescriptor *desc)
{
    for (int c = 0; c < desc->nb_components; c++) {
        const AVComponentDescriptor *comp = &desc->comp[c];
        if (comp->plane != c || comp->step != 2 || comp->shift || comp->depth != desc->comp[0].depth)
            return false;
    }
    return desc->comp[0].depth > 8 && desc->comp[0].depth < 16;
}

/* The bytes of a plane that hold unused bits: every second one. Planes of callers may lie at odd addresses. */
typedef struct upper_bytes {
    uint8_t *first;
    int stride;
    size_t end; /* of a row, from its first */
    int rows;
} upper_bytes;

static upper_bytes upper_bytes_of(const AVFrame *picture, const AVPixFmtDescriptor *desc, int plane)
{
    int bytes = av_image_get_linesize((enum AVPixelFormat)picture->format, picture->width, plane);
    bool subsampled = plane == 1 || plane == 2;
    return (upper_bytes){
        .first = picture->data[plane] + (desc->flags & AV_PIX_FMT_FLAG_BE ? 0 : 1),
        .stride = picture->linesize[plane],
        .end = bytes > 0 ? (size_t)bytes : 0,
        .rows = subsampled ? AV_CEIL_RSHIFT(picture->height, desc->log2_chroma_h) : picture->height,
    };
}

/* Within a row there is no early end, so that it is read at the speed of memory. */
static bool any_set(const upper_bytes *upper, uint8_t unused)
{
    for (int row = 0; row < upper->rows; row++) {
        const uint8_t *bytes = upper->first + (ptrdiff_t)row * upper->stride;
        uint8_t all = 0;
        for (size_t i = 0; i < upper->end; i += 2)
            all |= bytes[i];
        if (all & unused)
            return true;
    }
    return false;
}

static void clear(const upper_bytes *upper, uint8_t unused)
{
    for (int row = 0; row < upper->rows; row++) {
        uint8_t *bytes = upper->first + (ptrdiff_t)row * upper->stride;
        for (size_t i = 0; i < upper->end; i += 2)
            bytes[i] &= (uint8_t)~unused;
    }
}

/* Into planes with room behind them, all of it set: what reads whole vectors reads there too. */
static int copy_planes(AVFrame *picture)
{
    AVFrame *copy = av_frame_alloc();
    if (!copy)
        return AVERROR(ENOMEM);
    int error =
        webc__frame_alloc_planes(copy, picture->format, (uint32_t)picture->width, (uint32_t)picture->height)
            ? AVERROR(ENOMEM)
            : 0;
    for (int i = 0; !error && i < AV_NUM_DATA_POINTERS && copy->buf[i]; i++)
        memset(copy->buf[i]->data, 0, copy->buf[i]->size);
    if (!error)
        error = av_frame_copy(copy, picture);
    if (error >= 0)
        error = av_frame_copy_props(copy, picture);
    if (error >= 0) {
        av_frame_unref(picture);
        av_frame_move_ref(picture, copy);
        error = 0;
    }
    av_frame_free(&copy);
    return error;
}

int webc__unused_bits_clear(AVFrame *picture)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get((enum AVPixelFormat)picture->format);
    if (!desc || !has_room(desc))
        return 0;
    const uint8_t unused = (uint8_t)(0xffu << (desc->comp[0].depth - 8));
    bool any = false;
    for (int plane = 0; plane < desc->nb_components && !any; plane++) {
        upper_bytes upper = upper_bytes_of(picture, desc, plane);
        any = any_set(&upper, unused);
    }
    int error = any ? copy_planes(picture) : 0;
    for (int plane = 0; any && !error && plane < desc->nb_components; plane++) {
        upper_bytes upper = upper_bytes_of(picture, desc, plane);
        clear(&upper, unused);
    }
    return error;
}
