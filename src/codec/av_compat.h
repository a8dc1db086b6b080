/* SPDX-License-Identifier: MIT */
/* Every difference between FFmpeg 5.1 and 9.0 that the engine meets, in one place. */
#ifndef WEBC_CODEC_AV_COMPAT_H
#define WEBC_CODEC_AV_COMPAT_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 26, 100)
#define WEBC__PROFILE(name) AV_PROFILE_##name
#else
#define WEBC__PROFILE(name) FF_PROFILE_##name
#endif

/** Say how long a frame lasts, in time base units. */
static inline void webc__frame_set_duration(AVFrame *frame, int64_t duration)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

/** Time base units from a frame to the next: libvpx and libaom before 6.1 read it from the context. */
static inline void webc__context_set_frame_ticks(AVCodecContext *context, int ticks)
{
#if LIBAVCODEC_VERSION_INT < AV_VERSION_INT(60, 23, 100)
    context->ticks_per_frame = ticks;
#else
    (void)context;
    (void)ticks;
#endif
}

/** Forget that the picture was a key frame where it came from. */
static inline void webc__frame_clear_key(AVFrame *frame)
{
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
    frame->flags &= ~AV_FRAME_FLAG_KEY;
#else
    frame->key_frame = 0;
#endif
}

#endif
