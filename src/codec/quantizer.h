/* SPDX-License-Identifier: MIT */
/* bitrate_mode quantizer: every frame is coded with the QP that came with it. One pair per encoder. */
#ifndef WEBC_CODEC_QUANTIZER_H
#define WEBC_CODEC_QUANTIZER_H

#include <libavcodec/avcodec.h>

/** Turn rate control off; `first` is the quantizer of the first frame. 0 or an AVERROR. */
int webc__quantizer_open_x264(AVCodecContext *context, unsigned first);
int webc__quantizer_open_vp9(AVCodecContext *context, unsigned first);

/** Give a picture, not yet sent, its quantizer. 0 or an AVERROR. */
int webc__quantize_x264(AVCodecContext *context, AVFrame *picture, unsigned quantizer);
int webc__quantize_vp9(AVCodecContext *context, AVFrame *picture, unsigned quantizer);

#endif
