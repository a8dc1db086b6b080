/* SPDX-License-Identifier: MIT */
/* AVERROR to results and texts, and what the process is linked to. The only place that knows both. */
#ifndef WEBC_CODEC_AV_RESULT_H
#define WEBC_CODEC_AV_RESULT_H

#include <stddef.h>

#include "webcodecs/result.h"

/** Result for a failure of libav while coding: NO_MEMORY for ENOMEM, else ENCODING. */
webc_result webc__av_result(int averror);

/** FFmpeg's text of an error. */
const char *webc__av_text(int averror, char *buffer, size_t size);

/** NULL when the running FFmpeg has the major versions of the headers; else what is wrong. */
const char *webc__av_mismatch(void);

/** For webc_ffmpeg_version() and webc_ffmpeg_license(). */
const char *webc__av_versions(void);
const char *webc__av_license(void);

#endif
