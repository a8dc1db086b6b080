/* SPDX-License-Identifier: MIT */
#include "codec/alpha.h"

#include <libavutil/imgutils.h>
#include <libavutil/intfloat.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/av_compat.h"
#include "codec/av_result.h"
#include "codec/frame_clock.h"
#include "media/frame.h"
#include "shared/error.h"

bool webc__alpha_init(webc__alpha *alpha)
{
    alpha->scaler = webc__scaler_create();
    alpha->picture = av_frame_alloc();
    alpha->packet = av_packet_alloc();
    return alpha->scaler && alpha->picture && alpha->packet;
}

void webc__alpha_deinit(webc__alpha *alpha, const webc__backend *backend)
{
    webc__alpha_close(alpha, backend);
    webc__scaler_free(&alpha->scaler);
    av_frame_free(&alpha->picture);
    av_packet_free(&alpha->packet);
}

void webc__alpha_close(webc__alpha *alpha, const webc__backend *backend)
{
    if (alpha->instance)
        backend->ops->free(alpha->instance);
    alpha->instance = NULL;
    av_frame_unref(alpha->picture);
    if (alpha->packet)
        av_packet_unref(alpha->packet);
}

bool webc__frame_has_alpha(const webc_frame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get((enum AVPixelFormat)frame->av->format);
    return format->flags & AV_PIX_FMT_FLAG_ALPHA && !(format->flags & AV_PIX_FMT_FLAG_PAL);
}

/* Half precision, as IEEE 754 has it: 5 bits of exponent, 10 of fraction. */
static double from_half(uint32_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = bits & 1023;
    double value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return exponent == 31 && fraction > 0 ? 0 : bits & 0x8000 ? -value : value;
}

/* A sample of `depth` bits as 0 to `wanted`; floating-point alpha is from 0 to 1. */
static uint32_t convert_sample(uint32_t sample, unsigned depth, bool floating, uint32_t wanted)
{
    if (floating) {
        double value = depth == 16 ? from_half(sample) : (double)av_int2float(sample);
        /* What is no number is not above 0. */
        return value > 0 ? (uint32_t)lround(fmin(value, 1) * wanted) : 0;
    }
    uint64_t most = (UINT64_C(1) << depth) - 1;
    return (uint32_t)((sample * (uint64_t)wanted + most / 2) / most);
}

/* One row of alpha, which is the last component of every format, as luma of another depth. */
static void convert_row(const AVFrame *from, AVFrame *to, int y, uint32_t *row)
{
    const AVPixFmtDescriptor *in = av_pix_fmt_desc_get((enum AVPixelFormat)from->format);
    const AVPixFmtDescriptor *out = av_pix_fmt_desc_get((enum AVPixelFormat)to->format);
    int component = in->nb_components - 1;
    const uint8_t *planes[4] = {from->data[0], from->data[1], from->data[2], from->data[3]};
    av_read_image_line2(row, planes, from->linesize, in, 0, y, component, from->width, 0, sizeof *row);
    unsigned depth = (unsigned)in->comp[component].depth, wanted = (1u << out->comp[0].depth) - 1;
    bool floating = in->flags & AV_PIX_FMT_FLAG_FLOAT;
    bool same = !floating && in->comp[component].depth == out->comp[0].depth;
    for (int x = 0; !same && x < from->width; x++)
        row[x] = convert_sample(row[x], depth, floating, wanted);
    av_write_image_line2(row, to->data, to->linesize, out, 0, y, 0, to->width, sizeof *row);
}

/* The alpha of the frame's visible part as a picture of an encoder's format: full range, without colour. */
static webc_result make_grey(const webc_frame *frame, int av_format, webc_frame **out)
{
    const uint32_t width = frame->info.visible_rect.width, height = frame->info.visible_rect.height;
    const webc__frame_tags tags = {.color_space = {.range = WEBC_COLOR_RANGE_FULL}};
    AVFrame *visible = av_frame_alloc(), *grey = av_frame_alloc();
    uint32_t *row = calloc(width, sizeof *row);
    webc_result result =
        visible && grey && row ? WEBC_OK : webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for alpha");
    if (!result)
        result = webc__frame_visible(frame, visible);
    if (!result)
        result = webc__frame_alloc_planes(grey, av_format, width, height);
    if (!result) {
        const ptrdiff_t strides[4] = {grey->linesize[0], grey->linesize[1], grey->linesize[2]};
        /* Black, which has the chroma of every grey. */
        av_image_fill_black(grey->data, strides, (enum AVPixelFormat)av_format, AVCOL_RANGE_JPEG, (int)width,
                            (int)height);
        for (int y = 0; y < (int)height; y++)
            convert_row(visible, grey, y, row);
        result = webc__frame_adopt(out, grey, &tags);
    }
    free(row);
    av_frame_free(&grey);
    av_frame_free(&visible);
    return result;
}

static webc_result make_picture(webc__alpha *alpha, const webc__encoder_setup *setup, const webc_frame *frame,
                                const AVFrame *main)
{
    const webc__scaler_target target = {
        .av_format = setup->pix_fmt,
        .width = setup->config->width,
        .height = setup->config->height,
        .color = {.range = WEBC_COLOR_RANGE_FULL},
    };
    webc_frame *grey = NULL;
    webc_result result = make_grey(frame, setup->pix_fmt, &grey);
    av_frame_unref(alpha->picture);
    if (!result)
        result = webc__scaler_run(alpha->scaler, grey, &target, alpha->picture);
    webc_frame_unref(&grey);
    if (result)
        return result;
    alpha->picture->pts = main->pts;
    alpha->picture->pict_type = main->pict_type;
    webc__frame_set_duration(alpha->picture, WEBC__FRAME_TICKS);
    return av_dict_copy(&alpha->picture->metadata, main->metadata, 0) < 0
               ? webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for the layer of alpha")
               : WEBC_OK;
}

static webc_result fail_av(const webc__encoder_setup *setup, const char *what, int averror)
{
    char reason[AV_ERROR_MAX_STRING_SIZE];
    return webc__fail(webc__av_result(averror), "%s with %s for alpha \"keep\" failed: %s; try alpha discard",
                      what, setup->row->name, webc__av_text(averror, reason, sizeof reason));
}

webc_result webc__alpha_encode(webc__alpha *alpha, const webc__backend *backend,
                               const webc__encoder_setup *setup, const webc_frame *frame, const AVFrame *main)
{
    int error = 0;
    if (!alpha->instance)
        error = backend->ops->open_encoder(backend->user, setup, &alpha->instance);
    if (error < 0)
        return fail_av(setup, "opening the encoder", error);
    webc_result result = make_picture(alpha, setup, frame, main);
    if (result)
        return result;
    if (setup->config->bitrate_mode == WEBC_BITRATE_MODE_QUANTIZER)
        error = backend->ops->quantize(alpha->instance, setup->row, alpha->picture, setup->quantizer);
    if (error < 0)
        return fail_av(setup, "setting the quantizer", error);
    error = backend->ops->send_frame(alpha->instance, alpha->picture);
    av_frame_unref(alpha->picture);
    av_packet_unref(alpha->packet);
    if (error >= 0)
        error = backend->ops->receive_packet(alpha->instance, alpha->packet);
    return error < 0 ? fail_av(setup, "encoding", error) : WEBC_OK;
}

const AVPacket *webc__alpha_packet(const webc__alpha *alpha, int64_t pts)
{
    return alpha->packet->data && alpha->packet->pts == pts ? alpha->packet : NULL;
}
