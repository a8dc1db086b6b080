/* SPDX-License-Identifier: MIT */
/*
 * What the caller said of the inputs in flight, by the private pts that goes through libavcodec instead.
 * Bounded: inputs that never show anything are forgotten when newer ones need the room. Worker only.
 */
#ifndef WEBC_CODEC_SIDE_TABLE_H
#define WEBC_CODEC_SIDE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/** Above the deepest reordering and look-ahead of any codec here (x264's look-ahead may be 250). */
#define WEBC__SIDE_ENTRIES 1024u

typedef struct webc__side_entry {
    int64_t pts; /* private */
    int64_t timestamp;
    uint64_t duration;
    uint64_t tag;
    uint32_t temporal_layer;
    bool has_duration;
    bool key_requested;
    bool damaged;   /* decoder: an error came when this chunk was decoded */
    bool entry;     /* decoder: decoding can begin at this chunk; noted where a picture of one is awaited */
    uint32_t shows; /* decoder: pictures of this chunk still to come before the one that is given out */
    bool live;
} webc__side_entry;

typedef struct webc__side_table {
    webc__side_entry entries[WEBC__SIDE_ENTRIES];
    uint64_t next; /* number of the next entry */
    uint32_t live; /* entries put and neither taken nor forgotten */
} webc__side_table;

/** Remember an input; the pts are strictly increasing. */
void webc__side_put(webc__side_table *table, const webc__side_entry *entry);

/** The input of a pts, NULL when there is none. Stays in the table. */
webc__side_entry *webc__side_find(webc__side_table *table, int64_t pts);

/** Find and take out. False when there is none. */
bool webc__side_take(webc__side_table *table, int64_t pts, webc__side_entry *out);

/** Timestamp of the input of a pts, also of one that was taken out lately. False when it is forgotten. */
bool webc__side_time(const webc__side_table *table, int64_t pts, int64_t *timestamp);

/** True when an input in the table asked for a key frame. */
bool webc__side_owes_key(const webc__side_table *table);

void webc__side_clear(webc__side_table *table);

#endif
