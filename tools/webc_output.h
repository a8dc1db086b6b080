/* SPDX-License-Identifier: MIT */
/* Files to write: muxes coded video, and tracks copied from an input, with libavformat. */
#ifndef WEBC_TOOLS_WEBC_OUTPUT_H
#define WEBC_TOOLS_WEBC_OUTPUT_H

#include <libavformat/avformat.h>

#include "webc_input.h"

typedef struct webc__output webc__output;

/** The video track of an output, known when the first chunk comes. */
typedef struct webc__output_video {
    uint32_t family; /* WEBC_CODEC_* */
    uint32_t width;
    uint32_t height;
    uint32_t source_width; /* of the pictures before scaling, for the aspect ratio */
    uint32_t source_height;
    AVRational time_base;                    /* of the times given to webc__output_write_chunk() */
    AVRational framerate;                    /* 0/1: unknown */
    const webc_video_decoder_config *config; /* of the first chunk; may be NULL */
} webc__output_video;

/**
 * Open an output for a video codec. `container` NULL chooses by the end of the path; `family` is WEBC_CODEC_*.
 * An exit code: unknown containers are 2, a codec that the container cannot hold 4, a path that cannot be
 * written 6.
 */
int webc__output_open(webc__output **out, const char *path, const char *container, uint32_t family);
/** Should H.264 and HEVC be in Annex B form here? */
bool webc__output_wants_annexb(const webc__output *output);
/**
 * Take over metadata, chapters and the tracks beside the video track; `input` must outlive the output. An exit
 * code: 4 when the container cannot hold an audio or subtitle track.
 */
int webc__output_copy_tracks(webc__output *output, webc__input *input, bool with_audio, bool with_subtitles);
/** Take a packet of a copied track; others are dropped. An exit code. */
int webc__output_write_packet(webc__output *output, AVPacket *packet);
/** Write the header. `first` is the first chunk and `pts` its time. An exit code. */
int webc__output_start(webc__output *output, const webc__output_video *video, const webc_chunk *first,
                       int64_t pts);
bool webc__output_started(const webc__output *output);
/** Write a chunk; `duration` 0 is unknown. An exit code. */
int webc__output_write_chunk(webc__output *output, const webc_chunk *chunk, int64_t pts, int64_t duration);
/** Write the trailer if there is a header, else remove the empty file. An exit code. */
int webc__output_finish(webc__output **output);
/** Bytes of video written. */
uint64_t webc__output_bytes(const webc__output *output);

#endif
