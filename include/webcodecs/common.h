/* SPDX-License-Identifier: MIT */
/* What every public header shares: export macro, handles, rectangles, release callback. */
#ifndef WEBCODECS_COMMON_H
#define WEBCODECS_COMMON_H

#include <stdint.h>

#if defined(_WIN32) && !defined(WEBC_STATIC)
#ifdef WEBC_BUILDING
#define WEBC_API __declspec(dllexport)
#else
#define WEBC_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define WEBC_API __attribute__((visibility("default")))
#else
#define WEBC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Event queue and control domain of the codecs created on it (events.h). */
typedef struct webc_events webc_events;
/** Immutable, counted picture (frame.h). */
typedef struct webc_frame webc_frame;
/** Immutable, counted piece of coded video (chunk.h). */
typedef struct webc_chunk webc_chunk;
/** VideoDecoder of W3C WebCodecs (video_decoder.h). */
typedef struct webc_video_decoder webc_video_decoder;
/** VideoEncoder of W3C WebCodecs (video_encoder.h). */
typedef struct webc_video_encoder webc_video_encoder;

/** Rectangle in samples of the luma plane; all zero means "absent". */
typedef struct webc_rect {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
} webc_rect;

/**
 * Called once when lent memory is no longer read by the library.
 *
 * Threads: any thread, libavcodec's included. It must return at once and must not call the library.
 * Owns: `user` is the pointer given with the memory; the memory is the caller's again.
 */
typedef void (*webc_release_fn)(void *user);

/** What a codec is (VideoDecoder and VideoEncoder, WebCodecs 5 and 6); carried by its events. */
#define WEBC_MEDIA_VIDEO_DECODER 1u
#define WEBC_MEDIA_VIDEO_ENCODER 2u

/** CodecState, WebCodecs 7.1. */
#define WEBC_STATE_UNCONFIGURED 1u
#define WEBC_STATE_CONFIGURED 2u
#define WEBC_STATE_CLOSED 3u

/** HardwareAcceleration, WebCodecs 7.8; zero is no preference. A hint. */
#define WEBC_HARDWARE_NO_PREFERENCE 0u
#define WEBC_HARDWARE_PREFER_HARDWARE 1u
#define WEBC_HARDWARE_PREFER_SOFTWARE 2u

#ifdef __cplusplus
}
#endif

#endif
