/* SPDX-License-Identifier: MIT */
/* The containers webc writes, one row each. */
#ifndef WEBC_TOOLS_WEBC_CONTAINER_H
#define WEBC_TOOLS_WEBC_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct webc__container {
    const char *name;
    const char *muxer;    /* FFmpeg's name */
    const char *suffixes; /* with the dots, one after another: ".mp4.m4v" */
    uint32_t family;      /* WEBC_CODEC_*, when it holds one codec only */
    bool video_only;
    bool annexb;
    bool fragments; /* mp4: needs fragments to be written to a pipe */
} webc__container;

/** By name, or by the end of `path` when name is NULL; NULL when there is none. "annexb" needs the family. */
const webc__container *webc__container_find(const char *name, const char *path, uint32_t family);

#endif
