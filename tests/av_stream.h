/* SPDX-License-Identifier: MIT */
/* Coded video as libavcodec itself reads it: pictures, and what parameter sets and headers say. */
#ifndef WEBC_TESTS_AV_STREAM_H
#define WEBC_TESTS_AV_STREAM_H

#include <libavcodec/avcodec.h>

#include "video_support.h"

#define AV_STREAM_MOST 64

typedef struct av_stream {
    AVCodecContext *context; /* profile, level, colour and size as read from the stream */
    AVFrame *pictures[AV_STREAM_MOST];
    size_t count;
} av_stream;

/**
 * Decode chunks first to end - 1 of a log with libavcodec alone and the description of the config that `first`
 * was given; the test fails where libavcodec does.
 */
av_stream *av_stream_decode(uint32_t codec, const video_log *log, size_t first, size_t end);

void av_stream_close(av_stream *stream);

/** Sample of a plane, as many bits as the picture has. */
unsigned av_stream_sample(const AVFrame *picture, unsigned plane, unsigned x, unsigned y);

/** The config that was in force at a chunk: the last one emitted. */
const webc_video_decoder_config *video_log_config_at(const video_log *log, size_t chunk);

#endif
