/* SPDX-License-Identifier: MIT */
/* Version of the library and of what it is linked to. */
#ifndef WEBCODECS_VERSION_H
#define WEBCODECS_VERSION_H

#include "common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Counts up by one with every change of the public headers; NEWS.md has a line per number. */
#define WEBC_API_VERSION 5
/** Version of the product. */
#define WEBC_VERSION "0.1.0"

/**
 * The API number of the library that is running.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API uint32_t webc_api_version(void);

/**
 * The product version of the library that is running, for example "0.1.0".
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_version(void);

/**
 * One line on the linked FFmpeg: versions of libavcodec, libavutil and libswscale.
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_ffmpeg_version(void);

/**
 * The licence the linked FFmpeg declares, for example "GPL version 2 or later".
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_ffmpeg_license(void);

#ifdef __cplusplus
}
#endif

#endif
