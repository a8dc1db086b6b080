/* SPDX-License-Identifier: MIT */
/* One run of the engine or of a plain libavcodec loop over prepared input, measured. */
#ifndef WEBC_TOOLS_WEBC_BENCH_H
#define WEBC_TOOLS_WEBC_BENCH_H

#include <libavcodec/avcodec.h>

#include "webc_input.h"

/** What all runs of a bench share. */
typedef struct webc__bench_work {
    bool encode;
    uint32_t threads;
    /* decode */
    const AVCodecParameters *codec;
    const webc_video_decoder_config *decoder;
    AVPacket **packets;
    size_t packet_count;
    AVRational time_base;
    /* encode */
    const webc_video_encoder_config *encoder;
    webc_frame **frames;
    size_t frame_count;
    char name[64]; /* FFmpeg's name of the codec that both use */
} webc__bench_work;

/** What a run took. */
typedef struct webc__bench_sample {
    double cpu_s; /* all threads */
    double wall_s;
    double first_s; /* from the first input to the first output */
    uint64_t outputs;
    uint64_t bytes; /* encode: of all packets */
} webc__bench_sample;

/** An exit code, after a message. */
int webc__bench_run_engine(const webc__bench_work *work, webc__bench_sample *out);
int webc__bench_run_loop(const webc__bench_work *work, webc__bench_sample *out);

/** `webc bench --ticker`. */
int webc__ticker_main(const webc__options *options);

#endif
