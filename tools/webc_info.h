/* SPDX-License-Identifier: MIT */
/* The two halves of webc info. */
#ifndef WEBC_TOOLS_WEBC_INFO_H
#define WEBC_TOOLS_WEBC_INFO_H

#include "webc.h"

/** What options->args[0] holds: tracks, codec strings, key frames. An exit code. */
int webc__info_file(const webc__options *options);

#endif
