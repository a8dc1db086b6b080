/* SPDX-License-Identifier: MIT */
/* What a decoder's worker must know of a chunk before libavcodec sees it. Worker only. */
#ifndef WEBC_CODEC_CHUNK_CHECK_H
#define WEBC_CODEC_CHUNK_CHECK_H

#include "bitstream/sps.h"
#include "codec/codec_table.h"
#include "codec/set_history.h"
#include "webcodecs/chunk.h"

/** All fields: worker only. */
typedef struct webc__chunk_check {
    uint32_t codec;
    unsigned length_size; /* 0: Annex B */
    uint64_t max_pixels;
    bool large;                /* the last parameter sets spoke of pictures above max_pixels */
    webc__sets record;         /* of the description */
    webc__sets sets;           /* of it and of all chunks since */
    webc__set_history history; /* H.264 */
} webc__chunk_check;

/** Make one of all zeros, for a config that `choice` was made for. */
void webc__chunk_check_begin(webc__chunk_check *check, const webc_video_decoder_config *config,
                             const webc__choice *choice, uint64_t max_pixels);

void webc__chunk_check_end(webc__chunk_check *check);

/** H.264 or HEVC. */
bool webc__chunk_check_has_sets(const webc__chunk_check *check);

/** Read the next chunk: why it must not reach the decoder at all; NULL when nothing is wrong with it. */
const char *webc__chunk_check_fault(webc__chunk_check *check, const webc_chunk_info *info, bool opened);

/**
 * Note the parameter sets of a chunk that the decoder is to see: those in front of its first slice, before it
 * is found out whether the decoder can be kept, and those behind, which count from the next chunk on. False
 * when there is no memory.
 */
bool webc__chunk_check_keep_sets(webc__chunk_check *check, const webc_chunk_info *info, bool behind);

#endif
