/* SPDX-License-Identifier: MIT */
/* Smallest key frames to try decoders with. */
#ifndef WEBC_CODEC_PROBE_PICTURE_H
#define WEBC_CODEC_PROBE_PICTURE_H

#include "spec/codec_string.h"

/**
 * A key frame of the string's codec, bit depth and chroma, with its parameter sets, H.264 and HEVC as Annex B;
 * NULL when there is none.
 */
const uint8_t *webc__probe_picture(const webc__codec_string *codec, size_t *size);

#endif
