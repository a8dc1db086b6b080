/* SPDX-License-Identifier: MIT */
/* Where decoded pictures go: Y4M, raw planes, FFmpeg's framemd5 lines, or one MD5 over everything. */
#ifndef WEBC_TOOLS_WEBC_SINK_H
#define WEBC_TOOLS_WEBC_SINK_H

#include "webc_reader.h"

typedef enum webc__sink_kind {
    WEBC_SINK_Y4M = 1,
    WEBC_SINK_RAW,
    WEBC_SINK_FRAMEMD5,
    WEBC_SINK_MD5,
} webc__sink_kind;

typedef struct webc__sink webc__sink;

/** An exit code. `reader` tells time base, frame rate and aspect ratio and must outlive the sink. */
int webc__sink_open(webc__sink **out, webc__sink_kind kind, const char *path, const webc__reader *reader);
/** An exit code, after a message. */
int webc__sink_write(webc__sink *sink, const webc__picture *picture);
/** Finish what was written and close; an exit code. NULL is ignored. */
int webc__sink_close(webc__sink **sink);

#endif
