/* SPDX-License-Identifier: MIT */
/*
 * VideoFrame: life, description and access. Called on any thread; a frame is not changed after its constructor
 * returns it, so only the count needs to be atomic.
 */
#include "media/frame.h"

#include <stdlib.h>

#include "media/color_map.h"
#include "media/frame_layout.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"

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

webc_result webc__frame_no_memory(void)
{
    return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a frame");
}

webc_frame *webc__frame_alloc(void)
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

void webc__frame_count_bytes(webc_frame *frame)
{
    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->av->buf[i]; i++)
        frame->bytes += frame->av->buf[i]->size;
    WEBC__LEDGER_ADD_MANY(frame_bytes, frame->bytes);
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
    WEBC__LEDGER_SUB_MANY(frame_bytes, last->bytes);
    av_frame_free(&last->av);
    free(last);
    WEBC__LEDGER_SUB(frames);
}

webc_result webc__frame_visible(const webc_frame *frame, AVFrame *dst)
{
    const AVFrame *av = frame->av;
    for (int i = 0; i < AV_NUM_DATA_POINTERS && av->buf[i]; i++) {
        dst->buf[i] = av_buffer_ref(av->buf[i]);
        if (!dst->buf[i]) {
            av_frame_unref(dst);
            return webc__frame_no_memory();
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
