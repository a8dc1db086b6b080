/* SPDX-License-Identifier: MIT */
/* Trying a config for real: the only thing that may set webc_support.verified. Runs on a worker. */
#ifndef WEBC_CODEC_SUPPORT_PROBE_H
#define WEBC_CODEC_SUPPORT_PROBE_H

#include "webcodecs/video_decoder.h"
#include "webcodecs/video_encoder.h"

/**
 * Decode a small key frame of the string's bit depth and chroma; `answer` holds the answer of the tables and is
 * corrected when that fails. Where the library has no such frame the decoder is opened only, and not verified.
 */
void webc__probe_decoder(const webc_video_decoder_config *config, webc_support *answer);

/** Encode one grey frame and drain; as above. */
void webc__probe_encoder(const webc_video_encoder_config *config, webc_support *answer);

#endif
