/* SPDX-License-Identifier: MIT */
/* Temporal layers of libvpx: which layer a frame is in, and what it may refer to. */
#ifndef WEBC_CODEC_LAYERS_H
#define WEBC_CODEC_LAYERS_H

#include <libavcodec/avcodec.h>
#include <stdbool.h>

#include "spec/codec_string.h"
#include "webcodecs/video_encoder.h"

/** How the frames of a config are layered. */
typedef struct webc__layers {
    unsigned count;   /* 1 at least */
    bool share_rates; /* libvpx shares the bitrate among them, more for a frame of the base */
} webc__layers;

/** Temporal layers of a scalability mode; 0 for one that is not known here. NULL, "" and L1T1 have one. */
unsigned webc__layers_of_mode(const char *mode);

/** Those of a config whose mode is known, and its codec string. */
webc__layers webc__layers_of_config(const webc_video_encoder_config *config, const webc__codec_string *codec);

/** The layer of the frame at `position`, counted from the last key frame: 0,1 or 0,2,1,2. */
unsigned webc__layers_id(webc__layers layers, unsigned position);

/** Prepare a libvpx context for layers, before it is opened; its bitrate is set. */
int webc__layers_setup(AVCodecContext *context, webc__layers layers);

/** Tell libvpx the layer of the picture at `position`, and which pictures it may refer to and replace. */
int webc__layers_mark(AVFrame *picture, webc__layers layers, unsigned position);

#endif
