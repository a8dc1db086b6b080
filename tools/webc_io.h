/* SPDX-License-Identifier: MIT */
/* Standard input and output for libavformat: waits that a signal ends, and errors that keep their reason. */
#ifndef WEBC_TOOLS_WEBC_IO_H
#define WEBC_TOOLS_WEBC_IO_H

#include <libavformat/avio.h>

#include "webc.h"

/** An AVIOContext on descriptor 0 or a path; NULL `out` and an AVERROR on failure. */
int webc__io_open_input(AVIOContext **out, const char *path);
/**
 * As above for descriptor 1 or a path to write to. A file that exists is cut to nothing with the first byte
 * written; standard output is left as it stands and cannot be sought in, whatever it is.
 */
int webc__io_open_output(AVIOContext **out, const char *path);
/** Was the output file made by this process, and is there nothing in it? Then it may be removed. */
bool webc__io_is_unused(const AVIOContext *io);
/** Flush and close; the first error since it was opened. */
int webc__io_close(AVIOContext **io);
/** The exit code for a failed write: 141 and no message for a closed pipe, else 6 and a message. */
int webc__io_write_failure(const char *path, int error);
/** True for "-". */
bool webc__io_is_pipe(const char *path);
/** True when both lead to the same file, be it still to be made; a "-" means the descriptor beside it. */
bool webc__io_same_file(const char *a, int a_fd, const char *b, int b_fd);

#endif
