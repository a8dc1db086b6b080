/* SPDX-License-Identifier: MIT */
/*
 * What does the coding: a table of functions in libavcodec's terms. FFmpeg is one backend, the scripted one of
 * the tests another. An instance belongs to one worker; every function runs on it.
 */
#ifndef WEBC_CODEC_BACKEND_H
#define WEBC_CODEC_BACKEND_H

#include <libavcodec/avcodec.h>

#include "codec/codec_table.h"
#include "spec/codec_string.h"
#include "webcodecs/video_decoder.h"
#include "webcodecs/video_encoder.h"

/** What a decoder is opened with; borrowed for the call. */
typedef struct webc__decoder_setup {
    const webc_video_decoder_config *config;
    const webc__codec_string *codec;
    const webc__codec_row *row;
    uint64_t max_pixels;
    unsigned reorder; /* pictures to hold back at least; 0: the decoder finds out by itself */
    bool silent;      /* H.264: the stream does not say how many pictures it reorders */
} webc__decoder_setup;

/** What an encoder is opened with; borrowed for the call. */
typedef struct webc__encoder_setup {
    const webc_video_encoder_config *config;
    const webc__codec_string *codec;
    const webc__codec_row *row;
    int pix_fmt;            /* AVPixelFormat of every frame to come */
    webc_color_space color; /* of every frame to come */
    AVRational time_base;   /* of the private pts */
    AVRational framerate;
    uint32_t frame_ticks; /* private pts from a frame to the next at the configured rate */
    bool alpha;           /* this is the stream of alpha beside the main one */
    uint32_t quantizer;   /* of the first frame; bitrate_mode quantizer only */
} webc__encoder_setup;

/** Results are libavcodec's: 0, AVERROR(EAGAIN), AVERROR_EOF or another AVERROR. */
typedef struct webc__backend_ops {
    int (*open_decoder)(void *user, const webc__decoder_setup *setup, void **out);
    int (*open_encoder)(void *user, const webc__encoder_setup *setup, void **out);
    /** NULL drains. */
    int (*send_packet)(void *instance, const AVPacket *packet);
    /** Packets that frame threads may have in hand: what comes of one is told when so many more were sent. */
    unsigned (*lag)(void *instance);
    int (*receive_frame)(void *instance, AVFrame *frame);
    int (*send_frame)(void *instance, const AVFrame *frame);
    /** Before send_frame, in bitrate_mode quantizer: how coarsely the row's encoder is to code the frame. */
    int (*quantize)(void *instance, const webc__codec_row *row, AVFrame *frame, unsigned quantizer);
    int (*receive_packet)(void *instance, AVPacket *packet);
    /** After a drain: make the decoder ready for a key packet again. */
    void (*restart_decoder)(void *instance);
    /** Go on with the bitrate of `setup`, from the next frame sent on; only where the row follows it. */
    void (*set_bitrate)(void *instance, const webc__encoder_setup *setup);
    /** Parameter sets of an open encoder, Annex B; *size 0 when there are none. Valid until free. */
    const uint8_t *(*extradata)(void *instance, int *size);
    void (*free)(void *instance);
} webc__backend_ops;

/** Which backend a codec uses; `user` is given to open. */
typedef struct webc__backend {
    const webc__backend_ops *ops;
    void *user;
    bool opens_ahead; /* encoders, before their first frame, where the row's can be */
} webc__backend;

extern const webc__backend webc__backend_ffmpeg;

/** Codec threads: what was asked for, up to WEBC__MOST_THREADS, or by the CPUs allowed. */
uint32_t webc__codec_threads(uint32_t asked);

#define WEBC__MOST_THREADS 64u

#endif
