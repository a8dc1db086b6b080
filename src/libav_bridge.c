/* SPDX-License-Identifier: MIT */
/* Frames and chunks from and to AVFrame and AVPacket, by reference. Any thread. */
#include "webcodecs/libav.h"

#include <assert.h>
#include <libavcodec/avcodec.h>

#include "codec/av_compat.h"
#include "media/chunk.h"
#include "media/color_map.h"
#include "media/frame.h"
#include "media/frame_layout.h"
#include "shared/error.h"
#include "shared/struct.h"

static_assert(WEBC__CHUNK_PADDING >= AV_INPUT_BUFFER_PADDING_SIZE, "libavcodec reads further past packets");

/* What one vector access of libswscale may read past a plane. */
#define ROOM_BEHIND 64

static webc_result read_frame_params(webc_frame_params *out, const webc_frame_params *given)
{
    webc_frame_params_init(out, sizeof *out);
    if (!given)
        return WEBC_OK;
    if (!webc__struct_read(out, sizeof *out, given))
        return webc__fail(WEBC_ERROR_TYPE, "frame params are of a wrong struct_size");
    const webc_rect *rect = &out->visible_rect;
    if (out->format || out->coded_width || out->coded_height || rect->x || rect->y || rect->width ||
        rect->height || out->display_width || out->display_height || out->layout_count)
        return webc__fail(WEBC_ERROR_TYPE, "format, sizes and layout come from the AVFrame; leave them 0");
    return out->has_color_space ? webc__color_check(&out->color_space) : WEBC_OK;
}

static webc_result check_planes(const AVFrame *frame)
{
    for (unsigned i = 0; i < webc__layout_plane_count(frame->format); i++) {
        webc__layout_grid grid = webc__layout_plane_grid(frame->format, i);
        uint64_t row_bytes = webc__layout_row_bytes(&grid, (uint32_t)frame->width);
        if (frame->linesize[i] < 0)
            return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "plane %u of the AVFrame is stored bottom up", i);
        if (!frame->data[i] || (uint64_t)frame->linesize[i] < row_bytes)
            return webc__fail(WEBC_ERROR_TYPE, "plane %u of the AVFrame is missing or its rows overlap", i);
    }
    return WEBC_OK;
}

/* True when every plane has room behind its last row within its own buffer. */
static bool has_room(const AVFrame *frame)
{
    for (unsigned i = 0; i < webc__layout_plane_count(frame->format); i++) {
        const AVBufferRef *buffer = NULL;
        for (int j = 0; j < AV_NUM_DATA_POINTERS && frame->buf[j] && !buffer; j++) {
            const AVBufferRef *held = frame->buf[j];
            if (frame->data[i] >= held->data && frame->data[i] < held->data + held->size)
                buffer = held;
        }
        if (!buffer)
            return false;
        webc__layout_grid grid = webc__layout_plane_grid(frame->format, i);
        uint64_t used = (uint64_t)frame->linesize[i] * (webc__layout_rows(&grid, (uint32_t)frame->height) - 1) +
                        webc__layout_row_bytes(&grid, (uint32_t)frame->width);
        if (used + ROOM_BEHIND > (uint64_t)(buffer->data + buffer->size - frame->data[i]))
            return false;
    }
    return true;
}

webc_result webc_frame_create_from_avframe(webc_frame **out, const AVFrame *frame,
                                           const webc_frame_params *params)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_create_from_avframe: out is NULL");
    *out = NULL;
    if (!frame || frame->width <= 0 || frame->height <= 0 || !frame->buf[0])
        return webc__fail(WEBC_ERROR_TYPE, "the AVFrame is NULL or has no size or no buffers");
    webc_frame_params checked;
    webc_result result = read_frame_params(&checked, params);
    if (!result)
        result = check_planes(frame);
    if (result)
        return result;
    webc__frame_tags tags = {
        .timestamp = checked.timestamp,
        .duration = checked.duration,
        .has_duration = checked.has_duration != 0,
        .rotation = checked.rotation,
        .flip = checked.flip != 0,
    };
    if (checked.has_color_space)
        tags.color_space = checked.color_space;
    AVFrame *ref = av_frame_clone(frame);
    if (!ref)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a frame");
    bool foreign = !has_room(ref);
    result = webc__frame_adopt(out, ref, &tags);
    av_frame_free(&ref);
    if (!result)
        (*out)->foreign = foreign;
    return result;
}

static AVRational sample_aspect(const webc_frame_info *info)
{
    bool turned = webc__rotation_swaps(info->rotation);
    uint64_t display_width = turned ? info->display_height : info->display_width;
    uint64_t display_height = turned ? info->display_width : info->display_height;
    AVRational aspect = {0, 1};
    /* av_reduce takes products in int64: each is below 2^63 because a visible side is below 2^31. */
    av_reduce(&aspect.num, &aspect.den, (int64_t)(display_width * info->visible_rect.height),
              (int64_t)(display_height * info->visible_rect.width), INT32_MAX);
    return aspect;
}

webc_result webc_frame_to_avframe(const webc_frame *frame, AVFrame *dst)
{
    if (!frame || !dst)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_to_avframe: frame or dst is NULL");
    av_frame_unref(dst);
    if (av_frame_ref(dst, frame->av) < 0)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a frame");
    const webc_frame_info *info = &frame->info;
    const webc_rect *rect = &info->visible_rect;
    dst->crop_left = rect->x;
    dst->crop_top = rect->y;
    dst->crop_right = info->coded_width - rect->x - rect->width;
    dst->crop_bottom = info->coded_height - rect->y - rect->height;
    dst->pts = info->timestamp;
    dst->sample_aspect_ratio = sample_aspect(info);
    if (info->has_duration && info->duration <= INT64_MAX)
        webc__frame_set_duration(dst, (int64_t)info->duration);
    return WEBC_OK;
}

/* True when libavcodec may read past the bytes of the packet and finds zeros there. */
static bool is_padded(const AVPacket *packet)
{
    const uint8_t *end = packet->data + packet->size;
    const uint8_t *limit = packet->buf->data + packet->buf->size;
    if (packet->data < packet->buf->data || end > limit || limit - end < AV_INPUT_BUFFER_PADDING_SIZE)
        return false;
    for (int i = 0; i < AV_INPUT_BUFFER_PADDING_SIZE; i++)
        if (end[i])
            return false;
    return true;
}

static webc_result read_chunk_params(webc_chunk_params *out, const webc_chunk_params *given,
                                     const AVPacket *packet)
{
    webc_chunk_params_init(out, sizeof *out);
    if (given) {
        if (!webc__struct_read(out, sizeof *out, given))
            return webc__fail(WEBC_ERROR_TYPE, "chunk params are of a wrong struct_size");
        if (out->type)
            return webc__fail(WEBC_ERROR_TYPE, "the type comes from the AVPacket; leave it 0");
    } else {
        out->timestamp = packet->pts == AV_NOPTS_VALUE ? 0 : packet->pts;
        out->has_duration = packet->duration > 0;
        out->duration = packet->duration > 0 ? (uint64_t)packet->duration : 0;
    }
    out->type = packet->flags & AV_PKT_FLAG_KEY ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA;
    return WEBC_OK;
}

webc_result webc_chunk_create_from_avpacket(webc_chunk **out, const AVPacket *packet,
                                            const webc_chunk_params *params)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_create_from_avpacket: out is NULL");
    *out = NULL;
    if (!packet || !packet->buf || packet->size < 0)
        return webc__fail(WEBC_ERROR_TYPE, "the AVPacket is NULL or not reference counted");
    webc_chunk_params checked;
    webc_result result = read_chunk_params(&checked, params, packet);
    if (result)
        return result;
    AVBufferRef *buffer = av_buffer_ref(packet->buf);
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a chunk");
    result = webc__chunk_adopt(out, &checked, buffer, packet->data, (uint32_t)packet->size,
                               packet->size && is_padded(packet));
    if (result)
        av_buffer_unref(&buffer);
    return result;
}

/* The bytes as libavcodec wants them: those of lent memory have no padding and are copied. */
static AVBufferRef *padded_buffer(const webc_chunk *chunk, const uint8_t **data)
{
    if (chunk->padded) {
        *data = chunk->info.data;
        return av_buffer_ref(chunk->buffer);
    }
    AVBufferRef *copy = webc__chunk_alloc(chunk->info.size);
    if (copy && chunk->info.size)
        memcpy(copy->data, chunk->info.data, chunk->info.size);
    *data = copy ? copy->data : NULL;
    return copy;
}

webc_result webc_chunk_to_avpacket(const webc_chunk *chunk, AVPacket *dst)
{
    if (!chunk || !dst)
        return webc__fail(WEBC_ERROR_TYPE, "webc_chunk_to_avpacket: chunk or dst is NULL");
    const uint8_t *data;
    AVBufferRef *buffer = padded_buffer(chunk, &data);
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a packet of %u bytes", chunk->info.size);
    av_packet_unref(dst);
    dst->buf = buffer;
    dst->data = (uint8_t *)(uintptr_t)data;
    dst->size = (int)chunk->info.size;
    dst->pts = chunk->info.timestamp;
    dst->duration =
        chunk->info.has_duration && chunk->info.duration <= INT64_MAX ? (int64_t)chunk->info.duration : 0;
    dst->flags = chunk->info.type == WEBC_CHUNK_KEY ? AV_PKT_FLAG_KEY : 0;
    return WEBC_OK;
}
