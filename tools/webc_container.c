/* SPDX-License-Identifier: MIT */
/* The containers webc writes. */
#include <string.h>
#include <strings.h>

#include "webc_container.h"
#include "webcodecs/support.h"

static const webc__container containers[] = {
    {"mp4", "mp4", ".mp4.m4v", 0, false, false, true},
    {"mov", "mov", ".mov", 0, false, false, true},
    {"mkv", "matroska", ".mkv", 0, false, false, false},
    {"webm", "webm", ".webm", 0, false, false, false},
    {"ivf", "ivf", ".ivf", 0, true, true, false},
    {"annexb", "h264", ".264.h264.avc", WEBC_CODEC_H264, true, true, false},
    {"annexb", "hevc", ".265.h265.hevc", WEBC_CODEC_HEVC, true, true, false},
    {"obu", "obu", ".obu", WEBC_CODEC_AV1, true, true, false},
};

/** Is `suffix` one of the suffixes of a row? */
static bool has_suffix(const char *suffixes, const char *suffix)
{
    size_t length = strlen(suffix);
    for (const char *at = suffixes; *at;) {
        size_t size = 1 + strcspn(at + 1, ".");
        if (size == length && strncasecmp(at, suffix, size) == 0)
            return true;
        at += size;
    }
    return false;
}

const webc__container *webc__container_find(const char *name, const char *path, uint32_t family)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
        const webc__container *row = &containers[i];
        if (name ? strcmp(name, row->name) == 0 && (strcmp(name, "annexb") != 0 || row->family == family)
                 : dot && has_suffix(row->suffixes, dot))
            return row;
    }
    return NULL;
}
