/* SPDX-License-Identifier: MIT */
/* Samples of 9 to 15 bits lie in words of 16; what is above them means nothing. */
#ifndef WEBC_CODEC_UNUSED_BITS_H
#define WEBC_CODEC_UNUSED_BITS_H

#include <libavutil/frame.h>

/**
 * Clear the unused bits of planar pictures, in a copy of the pixels when there are any. Encoders and libswscale
 * take the whole word for the sample: libx264 aborts the process over one that is out of range, others may use
 * it as an index. 0 or an AVERROR.
 */
int webc__unused_bits_clear(AVFrame *picture);

#endif
