/* SPDX-License-Identifier: MIT */
#include "codec/av_result.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <pthread.h>
#include <stdio.h>

webc_result webc__av_result(int averror)
{
    return averror == AVERROR(ENOMEM) ? WEBC_ERROR_NO_MEMORY : WEBC_ERROR_ENCODING;
}

const char *webc__av_text(int averror, char *buffer, size_t size)
{
    av_strerror(averror, buffer, size);
    return buffer;
}

const char *webc__av_mismatch(void)
{
    if (avcodec_version() >> 16 != LIBAVCODEC_VERSION_MAJOR)
        return "libavcodec at run time has another major version than the headers of the build; rebuild "
               "against it";
    if (avutil_version() >> 16 != LIBAVUTIL_VERSION_MAJOR)
        return "libavutil at run time has another major version than the headers of the build; rebuild against "
               "it";
    return NULL;
}

/* Made once: the text depends on what is linked only. */
static char versions[160];

static void write_versions(void)
{
    unsigned codec = avcodec_version(), util = avutil_version(), scale = swscale_version();
    snprintf(versions, sizeof versions,
             "FFmpeg %s (libavcodec %u.%u.%u, libavutil %u.%u.%u, libswscale %u.%u.%u)", av_version_info(),
             codec >> 16, codec >> 8 & 255, codec & 255, util >> 16, util >> 8 & 255, util & 255, scale >> 16,
             scale >> 8 & 255, scale & 255);
}

const char *webc__av_versions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, write_versions);
    return versions;
}

const char *webc__av_license(void)
{
    return avcodec_license();
}
