/* SPDX-License-Identifier: MIT */
/* What is carried from an input track to an output track: parameters, metadata, side data, colour. */
#ifndef WEBC_TOOLS_WEBC_TRACK_H
#define WEBC_TOOLS_WEBC_TRACK_H

#include "webc_container.h"
#include "webc_output.h"

/**
 * Make an output track that takes the packets of `source` as they are; *out stays NULL, after a notice, for
 * data that the container cannot hold. An exit code: 4 for audio and subtitles it cannot hold.
 */
int webc__track_copy(AVStream **out, AVFormatContext *output, const AVStream *source,
                     const webc__container *container, const char *path);
/** Metadata and chapters of the whole file; an AVERROR on failure. */
int webc__track_copy_metadata(AVFormatContext *output, const AVFormatContext *input);
/** Rotation, HDR data, aspect ratio, metadata and disposition of the video track; an AVERROR on failure. */
int webc__track_copy_video(AVStream *out, const webc__input *input, const webc__output_video *video,
                           const webc__container *container);
/** Colour, profile, level and pixel format as a decoder config says them. */
void webc__track_describe(AVCodecParameters *codec, const webc_video_decoder_config *config);
/** Replace the extradata by a padded copy; an AVERROR on failure. */
int webc__track_set_extradata(AVCodecParameters *codec, const void *data, size_t size);

#endif
