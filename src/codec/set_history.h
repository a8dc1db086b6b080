/* SPDX-License-Identifier: MIT */
/*
 * H.264: the parameter sets that chunks have brought, so that a decoder which is opened in the middle of a
 * stream knows what the one before it knew. Worker only.
 */
#ifndef WEBC_CODEC_SET_HISTORY_H
#define WEBC_CODEC_SET_HISTORY_H

#include "bitstream/nal.h"
#include "bitstream/sps.h"

#define WEBC__MOST_SPS 32u
#define WEBC__MOST_PPS 256u

/** Where a set is in `bytes`, without what frames it; size 0: there is none. */
typedef struct webc__set_place {
    uint32_t at;
    uint32_t size;
} webc__set_place;

/**
 * `bytes` is what to give to a new decoder: sets as units of the stream's framing, in the order in which they
 * came and without those that changed nothing. Which of them a decoder takes and which it refuses depends on
 * that order.
 */
typedef struct webc__set_history {
    uint8_t *bytes;
    size_t size;
    size_t room;
    unsigned length_size;                /* 0: Annex B */
    webc__set_place sps[WEBC__MOST_SPS]; /* the last one of each id */
    webc__set_place pps[WEBC__MOST_PPS];
} webc__set_history;

void webc__set_history_end(webc__set_history *history);

/** Add a set; units that are none, or have an id that there cannot be, are left out. False when there is no
 * memory. */
bool webc__set_history_add(webc__set_history *history, const webc__nal *set);

/** What the sequence asks that the first slice of a chunk refers to; nothing when its sets are not in the
 * history. */
webc__sets webc__set_history_active(const webc__set_history *history, const uint8_t *chunk, size_t size);

#endif
