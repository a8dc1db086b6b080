/* SPDX-License-Identifier: MIT */
/* One row per encoder and decoder, in order of preference. A new codec is a row and a test. */
#ifndef WEBC_CODEC_CODEC_TABLE_H
#define WEBC_CODEC_CODEC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/codec_string.h"
#include "webcodecs/support.h"
#include "webcodecs/video_decoder.h"
#include "webcodecs/video_encoder.h"

/** Options that only one encoder has, set on its AVCodecContext before it is opened. */
struct AVCodecContext;
struct webc__encoder_setup;
typedef int (*webc__encoder_options_fn)(struct AVCodecContext *context,
                                        const struct webc__encoder_setup *setup);

/** Give a picture, not yet sent, its quantizer. 0 or an AVERROR. */
struct AVFrame;
typedef int (*webc__quantize_fn)(struct AVCodecContext *context, struct AVFrame *picture, unsigned quantizer);

typedef struct webc__codec_row {
    uint32_t codec;   /* WEBC_CODEC_* */
    const char *name; /* FFmpeg's */
    bool encoder;
    /* libavcodec version from which on its wrapper must not be used; 0: none */
    unsigned broken_since;
    bool splits_superframes; /* decoder: gives every shown frame of a VP9 superframe */
    /* encoders only */
    bool realtime;          /* serves latency mode realtime */
    bool quality;           /* serves latency mode quality */
    bool even_size;         /* refuses odd sizes */
    bool forces_key_frames; /* honours a requested key frame; else the worker re-opens */
    bool opens_ahead;       /* comes back from being closed without a frame; SVT-AV1 1.4 never does */
    bool b_frames;
    bool keeps_alpha;              /* gives a packet for each frame at once, so a second one can code alpha */
    bool follows_constant_bitrate; /* takes another one while it is open; else the worker re-opens */
    bool counts_frames;            /* rate control takes every frame to last as long as the frame rate says */
    bool counts_realtime_frames;   /* the same in latency mode realtime only */
    uint32_t min_width;
    uint32_t min_height;
    uint32_t max_side;
    uint32_t temporal_layers; /* most; 0: as 1 */
    uint32_t max_framerate;   /* 0: what every encoder takes */
    uint64_t max_bitrate;     /* 0: the same */
    uint32_t bit_depths;      /* set of bit depths as 1 << depth */
    uint32_t chromas;         /* set of WEBC__CHROMA_* */
    webc__encoder_options_fn options;
    webc__quantize_fn quantize; /* NULL: no QP of its own for each frame, bitrate_mode quantizer is refused */
    uint32_t default_quantizer; /* where the frame comes with none */
    const char *presets;        /* those it has, a blank between two; NULL: none */
} webc__codec_row;

#define WEBC__CHROMA_420 1u
#define WEBC__CHROMA_422 2u
#define WEBC__CHROMA_444 4u

/** Row number `index`; NULL past the end. */
const webc__codec_row *webc__codec_row_at(size_t index);

/** True when the linked FFmpeg has the row's codec, and has it in working order. */
bool webc__codec_row_available(const webc__codec_row *row);

/** True when a config that the row serves may ask for this framerate. */
bool webc__codec_row_takes_framerate(const webc__codec_row *row, double framerate);

/** What a config was found to need; filled by the support functions below. */
typedef struct webc__choice {
    webc__codec_string codec;
    const webc__codec_row *row;
    unsigned length_size; /* decoder: of H.264 and HEVC chunks with a description; 0: Annex B */
} webc__choice;

/**
 * The one predicate behind is_config_supported and configure: choose a row for a valid config, or give
 * WEBC_ERROR_NOT_SUPPORTED with a reason.
 */
webc_result webc__choose_decoder(const webc_video_decoder_config *config, webc__choice *out, char *reason,
                                 size_t reason_size);
webc_result webc__choose_encoder(const webc_video_encoder_config *config, uint64_t max_pixels,
                                 webc__choice *out, char *reason, size_t reason_size);

/** AVPixelFormat the row takes for the string's bit depth and chroma. */
int webc__choice_pix_fmt(const webc__choice *choice);

#define WEBC__DEFAULT_MAX_PIXELS 37748736u

#endif
