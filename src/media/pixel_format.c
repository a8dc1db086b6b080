/* SPDX-License-Identifier: MIT */
/* The table behind webc_pixel_format_name() and every size that depends on a format. */
#include "media/pixel_format.h"

#include <string.h>

#include "webcodecs/frame.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Planar YUV: three planes, or four with alpha; samples above 8 bits take two bytes. */
#define YUV(name, av, opaque, planes, sx, sy, depth) \
    { \
        WEBC_PIXEL_FORMAT_##name, #name, av, WEBC_PIXEL_FORMAT_##opaque, planes, (depth) > 8 ? 2 : 1, sx, sy, \
            depth, planes == 4, false \
    }
#define RGB(name, av, opaque, alpha) \
    { \
        WEBC_PIXEL_FORMAT_##name, #name, av, WEBC_PIXEL_FORMAT_##opaque, 1, 4, 0, 0, 8, alpha, true \
    }

/* In the order of the constants, which begin at 1. */
static const webc__pixel_format formats[] = {
    YUV(I420, AV_PIX_FMT_YUV420P, I420, 3, 1, 1, 8),
    YUV(I420P10, AV_PIX_FMT_YUV420P10LE, I420P10, 3, 1, 1, 10),
    YUV(I420P12, AV_PIX_FMT_YUV420P12LE, I420P12, 3, 1, 1, 12),
    YUV(I420A, AV_PIX_FMT_YUVA420P, I420, 4, 1, 1, 8),
    YUV(I420AP10, AV_PIX_FMT_YUVA420P10LE, I420P10, 4, 1, 1, 10),
    YUV(I420AP12, AV_PIX_FMT_NONE, I420P12, 4, 1, 1, 12),
    YUV(I422, AV_PIX_FMT_YUV422P, I422, 3, 1, 0, 8),
    YUV(I422P10, AV_PIX_FMT_YUV422P10LE, I422P10, 3, 1, 0, 10),
    YUV(I422P12, AV_PIX_FMT_YUV422P12LE, I422P12, 3, 1, 0, 12),
    YUV(I422A, AV_PIX_FMT_YUVA422P, I422, 4, 1, 0, 8),
    YUV(I422AP10, AV_PIX_FMT_YUVA422P10LE, I422P10, 4, 1, 0, 10),
    YUV(I422AP12, AV_PIX_FMT_YUVA422P12LE, I422P12, 4, 1, 0, 12),
    YUV(I444, AV_PIX_FMT_YUV444P, I444, 3, 0, 0, 8),
    YUV(I444P10, AV_PIX_FMT_YUV444P10LE, I444P10, 3, 0, 0, 10),
    YUV(I444P12, AV_PIX_FMT_YUV444P12LE, I444P12, 3, 0, 0, 12),
    YUV(I444A, AV_PIX_FMT_YUVA444P, I444, 4, 0, 0, 8),
    YUV(I444AP10, AV_PIX_FMT_YUVA444P10LE, I444P10, 4, 0, 0, 10),
    YUV(I444AP12, AV_PIX_FMT_YUVA444P12LE, I444P12, 4, 0, 0, 12),
    {WEBC_PIXEL_FORMAT_NV12, "NV12", AV_PIX_FMT_NV12, WEBC_PIXEL_FORMAT_NV12, 2, 1, 1, 1, 8, false, false},
    RGB(RGBA, AV_PIX_FMT_RGBA, RGBX, true),
    RGB(RGBX, AV_PIX_FMT_RGB0, RGBX, false),
    RGB(BGRA, AV_PIX_FMT_BGRA, BGRX, true),
    RGB(BGRX, AV_PIX_FMT_BGR0, BGRX, false),
};

const webc__pixel_format *webc__pixel_format_get(uint32_t format)
{
    return format >= 1 && format <= COUNT(formats) ? &formats[format - 1] : NULL;
}

int webc__pixel_format_plain(int av_format)
{
    switch (av_format) {
    case AV_PIX_FMT_YUVJ420P:
        return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
        return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
        return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
        return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
        return AV_PIX_FMT_YUV411P;
    default:
        return av_format;
    }
}

const webc__pixel_format *webc__pixel_format_from_av(int av_format)
{
    int plain = webc__pixel_format_plain(av_format);
    if (plain == AV_PIX_FMT_NONE)
        return NULL;
    for (size_t i = 0; i < COUNT(formats); i++)
        if (formats[i].av_format == plain)
            return &formats[i];
    return NULL;
}

void webc__pixel_format_plane_size(const webc__pixel_format *format, unsigned index, uint32_t width,
                                   uint32_t height, uint64_t *row_bytes, uint64_t *rows)
{
    bool chroma = index == 1 || index == 2;
    unsigned shift_x = chroma ? format->chroma_shift_x : 0;
    unsigned shift_y = chroma ? format->chroma_shift_y : 0;
    uint64_t samples = ((uint64_t)width + (1u << shift_x) - 1) >> shift_x;
    bool pairs = index == 1 && format->planes == 2;
    *row_bytes = samples * format->sample_bytes * (pairs ? 2 : 1);
    *rows = ((uint64_t)height + (1u << shift_y) - 1) >> shift_y;
}

const char *webc_pixel_format_name(uint32_t format)
{
    const webc__pixel_format *found = webc__pixel_format_get(format);
    return found ? found->name : "";
}

uint32_t webc_pixel_format_from_name(const char *name)
{
    for (size_t i = 0; name && i < COUNT(formats); i++)
        if (!strcmp(formats[i].name, name))
            return formats[i].format;
    return WEBC_PIXEL_FORMAT_NONE;
}
