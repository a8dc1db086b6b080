/* SPDX-License-Identifier: MIT */
/*
 * The second stream of alpha "keep": the alpha of each frame as the luma of a grey picture, in an encoder of
 * its own that gives a packet for each picture at once. Worker only.
 */
#ifndef WEBC_CODEC_ALPHA_H
#define WEBC_CODEC_ALPHA_H

#include "codec/backend.h"
#include "codec/scaler.h"

typedef struct webc__alpha {
    void *instance; /* open encoder; NULL until a frame with alpha, and again after one without */
    webc__scaler *scaler;
    AVFrame *picture;
    AVPacket *packet; /* of the last frame; without data when that had no alpha */
} webc__alpha;

/** False without memory; webc__alpha_deinit() is due in any case. */
bool webc__alpha_init(webc__alpha *alpha);
void webc__alpha_deinit(webc__alpha *alpha, const webc__backend *backend);

/** End the stream: the next frame with alpha begins another one, with a key frame. */
void webc__alpha_close(webc__alpha *alpha, const webc__backend *backend);

/** True when the frame's format has alpha. */
bool webc__frame_has_alpha(const webc_frame *frame);

/**
 * Encode the alpha of `frame`, scaled as the picture `main` made of it, under its pts and as the same kind of
 * frame. `setup` opens the encoder where none is open.
 */
webc_result webc__alpha_encode(webc__alpha *alpha, const webc__backend *backend,
                               const webc__encoder_setup *setup, const webc_frame *frame, const AVFrame *main);

/** The packet of that pts, NULL when there is none. */
const AVPacket *webc__alpha_packet(const webc__alpha *alpha, int64_t pts);

#endif
