/* SPDX-License-Identifier: MIT */
/* How an AVCodecContext is set up for encoding. Used by the FFmpeg backend and by the bench's plain loop. */
#ifndef WEBC_CODEC_ENCODER_OPTIONS_H
#define WEBC_CODEC_ENCODER_OPTIONS_H

#include "codec/backend.h"

/** Set everything but what avcodec_open2() does; 0 or an AVERROR. */
int webc__encoder_context_setup(AVCodecContext *context, const webc__encoder_setup *setup);

/** Set the bitrate and its bounds alone; an open context of a row that follows them goes on with them. */
void webc__encoder_context_set_bitrate(AVCodecContext *context, const webc__encoder_setup *setup);

/** Frames from a key frame to the next at most. */
uint32_t webc__encoder_key_interval(const webc_video_encoder_config *config);

/** One function per row of the codec table. */
int webc__options_x264(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_openh264(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_x265(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_vp8(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_vp9(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_svtav1(AVCodecContext *context, const webc__encoder_setup *setup);
int webc__options_aom(AVCodecContext *context, const webc__encoder_setup *setup);

#endif
