/* SPDX-License-Identifier: MIT */
/* Files to read: opens a container or raw video with libavformat and finds the first video track. */
#ifndef WEBC_TOOLS_WEBC_INPUT_H
#define WEBC_TOOLS_WEBC_INPUT_H

#include <libavformat/avformat.h>

#include "webc.h"

/** How to open an input; all zero for a container with its edit lists applied. */
typedef struct webc__input_params {
    bool every_packet;  /* edit lists of mp4 and mov are not applied */
    bool copies_audio;  /* all that libavformat can find out about the audio is needed */
    uint32_t raw_width; /* not 0: headerless video of this size */
    uint32_t raw_height;
    const char *pixel_format; /* of headerless video; NULL: I420 */
    AVRational framerate;     /* of headerless video; 0: 30 */
} webc__input_params;

/** An open input. */
typedef struct webc__input {
    const char *path;
    AVFormatContext *format;
    AVIOContext *io;
    AVStream *video;
    bool raw;            /* the packets are pictures */
    bool damaged;        /* the demuxer reported an error or a damaged packet */
    uint64_t packets;    /* of the video track */
    int64_t end;         /* bytes up to the end of the last video packet; 0: unknown */
    int64_t segment_end; /* of Matroska, in bytes; 0: unknown */
    uint32_t seen;       /* stop requests when it was opened */
} webc__input;

/** An exit code; on success *out is to be closed. */
int webc__input_open(webc__input **out, const char *path, const webc__input_params *params);
void webc__input_close(webc__input **input);
/** 1 with a packet of any track, 0 at the end or after a stop, -1 after a read error that was reported. */
int webc__input_read(webc__input *input, AVPacket *packet);
/** WEBC_CODEC_* of the video track; 0 for another codec. */
uint32_t webc__input_family(const webc__input *input);
/** Frames per second as far as the container tells; 0/1 when it does not. */
AVRational webc__input_framerate(const webc__input *input);
/** Duration of the video track in microseconds; 0 when unknown. */
int64_t webc__input_duration_us(const webc__input *input);
/** Bits of a luma sample; 8 when unknown. */
uint32_t webc__input_bit_depth(const AVCodecParameters *codec);
/** FFmpeg's pixel format for a WebCodecs or FFmpeg name; -1 when there is none. */
int webc__input_pixel_format(const char *name);

/** Text the strings of a decoder config point into. */
typedef struct webc__input_config {
    webc_video_decoder_config config;
    char codec[64];
} webc__input_config;

/**
 * The decoder config of the video track: codec string from the parameter sets, description from the container.
 * An exit code; a codec the engine has no decoder for is named in the message.
 */
int webc__input_decoder_config(const webc__input *input, webc__input_config *out);
/** Codec string from the headers of a track; false when they do not tell. */
bool webc__input_codec_string(const AVCodecParameters *codec, char *out, size_t size);

#endif
