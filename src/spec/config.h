/* SPDX-License-Identifier: MIT */
/* Validity of configs (WebCodecs 7): what configure refuses with TypeError. Pure. */
#ifndef WEBC_SPEC_CONFIG_H
#define WEBC_SPEC_CONFIG_H

#include <stdbool.h>

#include "webcodecs/video_decoder.h"
#include "webcodecs/video_encoder.h"

/** WEBC_OK, or WEBC_ERROR_TYPE with the offending member named through webc__fail(). */
webc_result webc__decoder_config_check(const webc_video_decoder_config *config);
webc_result webc__encoder_config_check(const webc_video_encoder_config *config);

/** P-26: the same members with the same values; texts and descriptions by content. Both are valid configs. */
bool webc__decoder_config_equal(const webc_video_decoder_config *a, const webc_video_decoder_config *b);

/** EN-18: they differ in bitrate and framerate at most. Both are copies of valid configs. */
bool webc__encoder_config_same_but_rates(const webc_video_encoder_config *a,
                                         const webc_video_encoder_config *b);

/** P-25: members that have a default in WebCodecs and were left at 0 read as set to it. */
void webc__encoder_config_write_defaults(webc_video_encoder_config *config);

/** Parse Rotation, WebCodecs 9.4.6: the nearest multiple of 90 in 0..270, ties upwards. */
int32_t webc__rotation_parse(int32_t degrees);

#endif
