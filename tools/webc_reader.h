/* SPDX-License-Identifier: MIT */
/*
 * Pictures of an input with their exact times: decodes its video track through the engine, or takes the
 * pictures of raw video as they are. Either pushed by a loop of the caller's (feed and accept) or pulled
 * (next).
 */
#ifndef WEBC_TOOLS_WEBC_READER_H
#define WEBC_TOOLS_WEBC_READER_H

#include <libavcodec/packet.h>

#include "webc_input.h"

/** A picture; times in the reader's time base. */
typedef struct webc__picture {
    webc_frame *frame; /* one reference */
    int64_t pts;
    int64_t duration; /* 0: unknown */
} webc__picture;

/** Exact times kept under the tag of a chunk or frame; old entries make room for new ones. */
#define WEBC_TAG_SLOTS 4096u
typedef struct webc__tag_entry {
    uint64_t tag; /* 0: empty */
    int64_t pts;
    int64_t duration;
    bool discard;
} webc__tag_entry;

typedef struct webc__tag_table {
    webc__tag_entry slots[WEBC_TAG_SLOTS];
} webc__tag_table;

void webc__tag_put(webc__tag_table *table, uint64_t tag, int64_t pts, int64_t duration, bool discard);
/** NULL when the tag is not known (any more). */
const webc__tag_entry *webc__tag_get(const webc__tag_table *table, uint64_t tag);

/** Gets every packet that is not of the video track; an exit code. The packet is the callee's to move from. */
typedef int (*webc__packet_fn)(void *user, AVPacket *packet);

typedef struct webc__reader {
    webc__input *input;
    webc_events *events; /* owned when own_events */
    bool own_events;
    webc_video_decoder *decoder; /* NULL for raw video */
    webc__input_config config;
    AVRational time_base;
    webc__packet_fn other;
    void *other_user;
    AVPacket *packet;
    webc_event event; /* of webc__reader_next() */
    int64_t next_pts; /* for packets without a time */
    int64_t step;     /* duration of a frame by the frame rate */
    uint64_t next_tag;
    uint64_t leading;   /* packets left out before the first key packet */
    uint64_t empty;     /* packets without bytes, left out */
    uint64_t discarded; /* pictures that the edit list leaves out */
    uint64_t frames;
    bool started; /* the decoder took a chunk */
    bool ended;   /* no more packets */
    bool flush_asked;
    bool flushed; /* all pictures came */
    int code;     /* how it ended: 0, 3, 4 or 5 */
    webc__tag_table tags;
} webc__reader;

/**
 * An exit code. `events` NULL makes an own queue, for webc__reader_next(). The reader takes the input over, on
 * failure as well.
 */
int webc__reader_open(webc__reader **out, webc__input *input, webc_events *events, uint32_t threads,
                      uint32_t corruption);
void webc__reader_close(webc__reader **reader);

/** May another packet be fed? False also when the input has ended. */
bool webc__reader_wants_packet(const webc__reader *reader);
/** Read and queue a packet; 1 with a picture of raw video, 0 without, negative after an error (see `code`). */
int webc__reader_feed(webc__reader *reader, webc__picture *picture);
/** Take an event: 1 with a picture, 0 without. The event must be of this reader's decoder. */
int webc__reader_accept(webc__reader *reader, webc_event *event, webc__picture *picture);
/** Ask the decoder for what it holds, once, when the input has ended. */
void webc__reader_flush(webc__reader *reader);
/** Pull: 1 with a picture, 0 at the end (see `code`) or after a stop. */
int webc__reader_next(webc__reader *reader, webc__picture *picture);
/** Say what was left out; call once at the end. Returns `code`. */
int webc__reader_finish(webc__reader *reader);

#endif
