/* SPDX-License-Identifier: MIT */
/*
 * Streams that this library's encoders do not write: numbered pictures through any encoder and bitstream filter
 * of the linked FFmpeg, as packets that a test cuts, joins, reframes and damages before it decodes them.
 */
#ifndef WEBC_TESTS_STREAM_SUPPORT_H
#define WEBC_TESTS_STREAM_SUPPORT_H

#include <libavcodec/avcodec.h>

#include "video_support.h"

#define STREAM_MOST_PACKETS 64

typedef struct stream_params {
    const char *encoder; /* FFmpeg's name */
    int pix_fmt;         /* default: YUV420P, which is 0 */
    int width;           /* default: 96 */
    int height;          /* default: 80 */
    unsigned pictures;   /* default: 10; numbered from 0 */
    unsigned key_every;  /* pictures from one asked for as key to the next; default: the first only */
    unsigned noise_from; /* the first of the pictures, */
    unsigned noise_to; /* and the one behind the last, that are noise and take long to decode; default: none */
    int flags;         /* AV_CODEC_FLAG_* */
    int b_frames;      /* default: none */
    AVRational sample_aspect;
    const webc_color_space *color; /* default: nothing said */
    const char *options;           /* "name=value,name=value" of the encoder */
    const char *filters;           /* bitstream filters as in ffmpeg -bsf */
} stream_params;

/** Coded pictures in coding order; pts is the number of the picture. H.264 and HEVC are Annex B. */
typedef struct stream {
    AVPacket *packets[STREAM_MOST_PACKETS];
    size_t count;
} stream;

/** False when the linked FFmpeg has no such encoder or filter; says so as a skip. */
bool stream_make(stream *s, const stream_params *params);
void stream_free(stream *s);

/** A chunk of these bytes. */
webc_chunk *stream_chunk(uint32_t type, int64_t timestamp, const void *data, size_t size);
/** Packet `index` as a chunk with the number of its picture as timestamp. */
webc_chunk *stream_packet(const stream *s, size_t index);
/** Decode packets `from` to `to`, `to` not included. */
void stream_decode(video_decoder_session *d, const stream *s, size_t from, size_t to);
/** Decode bytes, which must be accepted. */
void stream_decode_bytes(video_decoder_session *d, uint32_t type, int64_t timestamp, const void *data,
                         size_t size);

/** A decoder config with the defaults. */
webc_video_decoder_config stream_config(const char *codec);
/** Info of output number `index`, which is a frame. */
webc_frame_info stream_info(const video_decoder_session *d, size_t index);
webc_codec_stats stream_stats(const video_decoder_session *d);
/** Outputs of the session are the pictures 0 to `count` - 1 with their numbers as timestamps. */
void stream_check_numbers(const video_decoder_session *d, size_t count);

#endif
