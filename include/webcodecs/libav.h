/* SPDX-License-Identifier: MIT */
/* Opt-in bridge to FFmpeg's own types; the only public header that includes libav*. */
#ifndef WEBCODECS_LIBAV_H
#define WEBCODECS_LIBAV_H

#ifdef __cplusplus
extern "C" {
#endif

/* FFmpeg's headers leave this to those who include them. */
#include <libavcodec/packet.h>
#include <libavutil/frame.h>

#include "chunk.h"
#include "frame.h"

/**
 * Make a frame that refers to the buffers of an AVFrame; no pixels are copied.
 *
 * Format, crop, colour and sample aspect ratio are taken from the AVFrame, times from `params`, whose format,
 * sizes and layout must be zero; `params` may be NULL for timestamp 0. Formats WebCodecs has no name for give
 * format 0.
 *
 * Threads: any.
 * Owns: references to the buffers are taken; `frame` stays the caller's and its buffers must not be written.
 * Errors: TypeError for a frame without buffers or sizes, or a crop that begins between chroma samples;
 * NotSupportedError for hardware, paletted, Bayer and bottom-up frames; OutOfMemoryError.
 */
WEBC_API webc_result webc_frame_create_from_avframe(webc_frame **out, const AVFrame *frame,
                                                    const webc_frame_params *params);

/**
 * Make `dst` refer to the frame's buffers, with the visible rectangle as crop and the timestamp as pts in
 * microseconds.
 *
 * Threads: any.
 * Owns: `dst` is the caller's, to be unreferenced with av_frame_unref(); its data must not be written.
 * Errors: TypeError for NULL; OutOfMemoryError.
 */
WEBC_API webc_result webc_frame_to_avframe(const webc_frame *frame, AVFrame *dst);

/**
 * Make a chunk that refers to the buffer of an AVPacket.
 *
 * The type comes from AV_PKT_FLAG_KEY; times from `params`, whose type must be zero, or, when it is NULL, from
 * the packet, taken as microseconds.
 *
 * Threads: any.
 * Owns: a reference to the buffer is taken; `packet` stays the caller's and its data must not be written.
 * Errors: TypeError for NULL or a packet that is not reference counted; OutOfMemoryError.
 */
WEBC_API webc_result webc_chunk_create_from_avpacket(webc_chunk **out, const AVPacket *packet,
                                                     const webc_chunk_params *params);

/**
 * Make `dst` refer to the chunk's bytes, with pts in microseconds and AV_PKT_FLAG_KEY.
 *
 * Threads: any.
 * Owns: `dst` is the caller's, to be unreferenced with av_packet_unref(); its data must not be written.
 * Errors: TypeError for NULL; OutOfMemoryError.
 */
WEBC_API webc_result webc_chunk_to_avpacket(const webc_chunk *chunk, AVPacket *dst);

#ifdef __cplusplus
}
#endif

#endif
