/* SPDX-License-Identifier: MIT */
/* The pictures of an input through an encoder into a container: what transcode and encode have in common. */
#ifndef WEBC_TOOLS_WEBC_RECODE_H
#define WEBC_TOOLS_WEBC_RECODE_H

#include "webc_input.h"

/** WEBC_CODEC_* for a family name or a codec string; 0 for neither. */
uint32_t webc__recode_family(const char *codec);
/** Is it a family name, so that the codec string is for us to choose? */
bool webc__recode_is_family(const char *codec);

/** Read options->input, write options->output; an exit code. Other tracks are copied when `copy_tracks` is set.
 */
int webc__recode_run(const webc__options *options, const webc__input_params *params, bool copy_tracks);

#endif
