/* SPDX-License-Identifier: MIT */
/* Layout and rectangle checks of VideoFrame (WebCodecs 9.4.6), used by the constructors and by copyTo. */
#include "media/frame_layout.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "shared/error.h"

static webc_result check_overlap(const webc__layout *layout)
{
    for (unsigned i = 0; i < layout->planes; i++) {
        const webc__layout_plane *a = &layout->plane[i];
        for (unsigned j = i + 1; j < layout->planes; j++) {
            const webc__layout_plane *b = &layout->plane[j];
            if (a->offset < b->offset + b->stride * b->rows && b->offset < a->offset + a->stride * a->rows)
                return webc__fail(WEBC_ERROR_TYPE, "layout[%u] and layout[%u] overlap", i, j);
        }
    }
    return WEBC_OK;
}

webc_result webc__layout_resolve(webc__layout *out, const webc__pixel_format *format, uint32_t width,
                                 uint32_t height, uint32_t count, const webc_plane_layout *given)
{
    if (count && count != format->planes)
        return webc__fail(WEBC_ERROR_TYPE, "layout_count is %u but %s has %u planes", count, format->name,
                          format->planes);
    memset(out, 0, sizeof *out);
    out->planes = format->planes;
    for (unsigned i = 0; i < out->planes; i++) {
        webc__layout_plane *plane = &out->plane[i];
        webc__pixel_format_plane_size(format, i, width, height, &plane->row_bytes, &plane->rows);
        plane->offset = count ? given[i].offset : out->size;
        plane->stride = count ? given[i].stride : plane->row_bytes;
        if (plane->stride < plane->row_bytes)
            return webc__fail(WEBC_ERROR_TYPE, "layout[%u].stride is %llu, less than a row of %llu bytes", i,
                              (unsigned long long)plane->stride, (unsigned long long)plane->row_bytes);
        /* Stride and rows below 2^32 keep the end below 2^64. */
        if (plane->stride > UINT32_MAX || plane->offset + plane->stride * plane->rows > UINT32_MAX)
            return webc__fail(WEBC_ERROR_TYPE, "plane %u of a %ux%u %s picture ends beyond 2^32 - 1 bytes", i,
                              width, height, format->name);
        uint64_t end = plane->offset + plane->stride * plane->rows;
        if (end > out->size)
            out->size = end;
    }
    return check_overlap(out);
}

unsigned webc__layout_plane_count(int av_format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(av_format);
    const uint64_t unaddressable =
        AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER;
    if (!desc || desc->flags & unaddressable)
        return 0;
    int count = av_pix_fmt_count_planes(av_format);
    return count > 0 && count <= (int)WEBC_MAX_PLANES ? (unsigned)count : 0;
}

webc__layout_grid webc__layout_plane_grid(int av_format, unsigned index)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(av_format);
    int steps[4];
    int components[4];
    av_image_fill_max_pixsteps(steps, components, desc);
    bool chroma_columns = components[index] == 1 || components[index] == 2;
    bool chroma_rows = index == 1 || index == 2;
    webc__layout_grid grid = {
        .shift_x = chroma_columns ? desc->log2_chroma_w : 0,
        .shift_y = chroma_rows ? desc->log2_chroma_h : 0,
        .step = (unsigned)steps[index],
    };
    return grid;
}

static bool is_absent(const webc_rect *rect)
{
    return !rect->x && !rect->y && !rect->width && !rect->height;
}

/* The position must be that of a sample in every plane; a width or height may end within a chroma sample. */
static webc_result check_grid(const char *member, char axis, uint32_t at, unsigned shift)
{
    if (at & ((1u << shift) - 1))
        return webc__fail(WEBC_ERROR_TYPE, "%s.%c is %u; planes 1 and 2 have a sample every %u only", member,
                          axis, at, 1u << shift);
    return WEBC_OK;
}

webc_result webc__rect_resolve(webc_rect *out, const webc_rect *given, const webc_rect *fallback,
                               const webc__rect_bounds *bounds)
{
    webc_rect rect = is_absent(given) ? *fallback : *given;
    if (!rect.width || !rect.height)
        return webc__fail(WEBC_ERROR_TYPE, "%s is empty: %ux%u at %u,%u", bounds->member, rect.width,
                          rect.height, rect.x, rect.y);
    if ((uint64_t)rect.x + rect.width > bounds->coded_width ||
        (uint64_t)rect.y + rect.height > bounds->coded_height)
        return webc__fail(WEBC_ERROR_TYPE, "%s, %ux%u at %u,%u, leaves the coded size %ux%u", bounds->member,
                          rect.width, rect.height, rect.x, rect.y, bounds->coded_width, bounds->coded_height);
    webc_result result = check_grid(bounds->member, 'x', rect.x, bounds->shift_x);
    if (!result)
        result = check_grid(bounds->member, 'y', rect.y, bounds->shift_y);
    if (!result)
        *out = rect;
    return result;
}

webc_result webc__display_check(uint32_t display_width, uint32_t display_height)
{
    if (!display_width != !display_height)
        return webc__fail(WEBC_ERROR_TYPE, "display_width is %u and display_height %u; give both or neither",
                          display_width, display_height);
    return WEBC_OK;
}

uint32_t webc__size_scale(uint32_t value, uint32_t mul, uint32_t div)
{
    uint64_t product = (uint64_t)value * mul;
    uint64_t scaled = product / div + (product % div >= ((uint64_t)div + 1) / 2 ? 1 : 0);
    if (scaled < 1)
        return 1;
    return scaled > UINT32_MAX ? UINT32_MAX : (uint32_t)scaled;
}
