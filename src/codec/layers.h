/* SPDX-License-Identifier: MIT */
/* Temporal layers of libvpx: which layer a frame is in, and what it may refer to. */
#ifndef WEBC_CODEC_LAYERS_H
#define WEBC_CODEC_LAYERS_H

#include <libavcodec/avcodec.h>

/** Temporal layers of a scalability mode; 0 for one that is not known here. NULL, "" and L1T1 have one. */
unsigned webc__layers_of_mode(const char *mode);

/** The layer of the frame at `position`, counted from the last key frame: 0,1 or 0,2,1,2. */
unsigned webc__layers_id(unsigned layers, unsigned position);

/** Have a libvpx context, before it is opened, share its bitrate among that many layers. */
int webc__layers_setup(AVCodecContext *context, unsigned layers);

/**
 * Tell libvpx the layer of the picture at `position`, and which pictures it may refer to and replace. The codec
 * is WEBC_CODEC_VP8 or WEBC_CODEC_VP9.
 */
int webc__layers_mark(AVFrame *picture, uint32_t codec, unsigned layers, unsigned position);

#endif
