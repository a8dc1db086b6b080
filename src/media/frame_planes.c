/* SPDX-License-Identifier: MIT */
/* Planes of frames in memory of our own: sizes, alignment, and room behind them for libswscale. */
#include <libavutil/pixdesc.h>
#include <string.h>

#include "media/frame.h"
#include "media/frame_layout.h"
#include "media/frame_pool.h"
#include "shared/error.h"

/* SIMD code of libswscale reads and writes whole vectors: rows start on a vector and have room behind them. */
#define ROW_ALIGN ((uintptr_t)64)
#define ROOM_BEHIND ((uintptr_t)128)

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
        size_t rows = (size_t)webc__layout_rows(&grid, (uint32_t)av->height);
        for (size_t row = 0; row < rows && stride > row_bytes; row++)
            memset(av->data[i] + row * stride + row_bytes, 0, stride - row_bytes);
        memset(av->data[i] + rows * stride, 0, ROOM_BEHIND);
    }
}

webc_result webc__frame_alloc_planes(AVFrame *av, int av_format, uint32_t width, uint32_t height)
{
    size_t size = webc__frame_planes_size(av_format, width, height);
    if (!size)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "a %ux%u %s picture is more than libavutil can hold", width,
                          height, av_get_pix_fmt_name(av_format));
    AVBufferRef *buffer = webc__frame_pool_get(size);
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a %ux%u picture (%zu bytes)", width, height,
                          size);
    webc__frame_set_planes(av, av_format, width, height, buffer);
    clear_padding(av);
    return WEBC_OK;
}
