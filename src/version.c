/* SPDX-License-Identifier: MIT */
#include "webcodecs/version.h"

#include "codec/av_result.h"

uint32_t webc_api_version(void)
{
    return WEBC_API_VERSION;
}

const char *webc_version(void)
{
    return WEBC_VERSION;
}

const char *webc_ffmpeg_version(void)
{
    return webc__av_versions();
}

const char *webc_ffmpeg_license(void)
{
    return webc__av_license();
}
