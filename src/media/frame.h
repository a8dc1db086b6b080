/* SPDX-License-Identifier: MIT */
/* webc_frame inside: an AVFrame that refers to the pixels, and a view on it. Immutable once shared. */
#ifndef WEBC_MEDIA_FRAME_H
#define WEBC_MEDIA_FRAME_H

#include <libavutil/frame.h>
#include <stdbool.h>

#include "shared/ref.h"
#include "webcodecs/frame.h"

struct webc_frame {
    webc__ref ref; /* atomic */
    /* set at creation */
    AVFrame *av;          /* owns buffer references; data[] point at the coded planes, crop_* are zero */
    webc_frame_info info; /* full struct; visible_rect is in coded samples */
    uint64_t bytes;       /* of the buffers that `av` refers to */
    bool foreign; /* pixels were not allocated by this library or libavcodec: nothing may read past them */
};

/** An empty frame with one reference; NULL without memory. */
webc_frame *webc__frame_alloc(void);

/** Count the buffers of a frame that is complete, until it is freed. */
void webc__frame_count_bytes(webc_frame *frame);

/** OutOfMemoryError with its text. */
webc_result webc__frame_no_memory(void);

/** Colour, times and orientation of a decoded picture, as the decoder's config and chunk say. */
typedef struct webc__frame_tags {
    int64_t timestamp;
    uint64_t duration;
    bool has_duration;
    uint32_t display_aspect_width; /* 0: take the picture's sample aspect ratio */
    uint32_t display_aspect_height;
    int32_t rotation;
    bool flip;
    bool corrupt;
    webc_color_space color_space; /* set members replace those of the picture */
} webc__frame_tags;

/**
 * Make a frame of a decoder's picture. Takes the contents of `av` (av_frame_move_ref) on success.
 * Applies crop_* as visible rectangle, sample aspect ratio and VD-15, VD-16, VD-17.
 */
webc_result webc__frame_adopt(webc_frame **out, AVFrame *av, const webc__frame_tags *tags);

/** Make `dst` refer to the visible part: data[] moved to it, width and height its size, crop_* zero. */
webc_result webc__frame_visible(const webc_frame *frame, AVFrame *dst);

/**
 * Allocate planes that swscale may over-read and over-write: aligned strides, at least 64 bytes behind. The
 * memory is from frame_pool.h: it holds anything but for the padding, which is zero.
 */
webc_result webc__frame_alloc_planes(AVFrame *av, int av_format, uint32_t width, uint32_t height);

/** Bytes of one buffer for such planes; 0 for a format or size that one picture of libavutil cannot have. */
size_t webc__frame_planes_size(int av_format, uint32_t width, uint32_t height);

/** As webc__frame_alloc_planes() on a buffer of webc__frame_planes_size() bytes, whose reference is taken over.
 */
void webc__frame_set_planes(AVFrame *av, int av_format, uint32_t width, uint32_t height, AVBufferRef *buffer);

/** Bytes of pixels the frame holds in its visible rectangle, for queue limits. */
uint64_t webc__frame_byte_size(const webc_frame *frame);

#endif
