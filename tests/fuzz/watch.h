/* SPDX-License-Identifier: MIT */
/*
 * Codecs under watch: every call and every event is held against the rules of the interface, which do not
 * depend on what is coded or on how far a worker has come. What breaks them aborts.
 */
#ifndef WEBC_TESTS_FUZZ_WATCH_H
#define WEBC_TESTS_FUZZ_WATCH_H

#include <stdbool.h>

#include "fuzz_input.h"
#include "test_hooks.h"

/** Most flushes that pend at a time. */
#define WATCH_MOST_FLUSHES 64u
/** Codecs on one events object. */
#define WATCH_CODECS 2u

/** An accepted flush whose FLUSHED did not come yet. */
typedef struct watched_flush {
    uint64_t accepted; /* inputs accepted before it */
    webc_result result;
    bool cut; /* by reset, close or an error: `result` is what it ends with */
} watched_flush;

/** Limits of a codec; zero members are the defaults. */
typedef struct watch_limits {
    uint32_t max_outputs;
    uint32_t max_queue_size;
    uint64_t max_output_bytes;
    uint64_t max_pixels;
    uint64_t watchdog_us;
} watch_limits;

typedef struct watch watch;

typedef struct watched {
    watch *watch;
    uint32_t media; /* WEBC_MEDIA_* */
    webc_video_decoder *decoder;
    webc_video_encoder *encoder;
    uint64_t id;
    watch_limits limits;
    uint32_t state; /* as the calls and events so far leave it */
    uint32_t size;
    uint32_t generation;
    bool owed;   /* reset or close has emptied the queue: a DEQUEUE comes that may find it grown again */
    bool failed; /* an ERROR was told */
    uint64_t accepted;
    uint64_t outputs;    /* told */
    bool exact;          /* set by the target: an input gives one output, by the next flush at the latest */
    uint64_t inputs_cut; /* accepted, and outputs told, up to the last reset */
    uint64_t outputs_cut;
    uint64_t flushes; /* accepted; the tag of the next */
    uint64_t told;    /* FLUSHED events; the tag of the next */
    watched_flush pending[WATCH_MOST_FLUSHES];
} watched;

struct watch {
    webc_events *events; /* NULL once destroyed */
    watched codecs[WATCH_CODECS];
    bool watchdog;    /* a codec had one: threads may have been in quarantine */
    unsigned queries; /* accepted: each has one SUPPORT */
    unsigned answers;
    unsigned lent; /* frames wrapped with an event: each has one BUFFER_RELEASED */
    unsigned returned;
    /** More about an output than its own bytes; NULL: nothing. */
    void (*check_output)(watched *codec, const webc_event *event);
    /** Calls out of a callback; NULL: none. */
    void (*call_back)(watch *w);
};

void watch_begin(watch *w);
/** Make a codec in a slot that has none. */
void watch_create(watched *codec, uint32_t media, const webc__backend *backend, const watch_limits *limits);
bool watch_is_alive(const watched *codec);

/** The calls; what they return was checked. `config` is that of the medium. */
webc_result watch_configure(watched *codec, const void *config);
webc_result watch_decode(watched *codec, webc_chunk *chunk);
webc_result watch_encode(watched *codec, webc_frame *frame, const webc_video_encode_options *options);
webc_result watch_flush(watched *codec);
webc_result watch_reset(watched *codec);
webc_result watch_close(watched *codec);
webc_result watch_reclaim(watched *codec);
void watch_destroy(watched *codec);
/** Ask whether VP8 can be decoded, or encoded. */
void watch_query(watch *w, bool encoder);
/** A frame of 16x16 around memory that comes back with an event. */
webc_frame *watch_lend(watch *w);
/** Getters and counts against what was seen. */
void watch_compare(const watched *codec);

/** Take an event; false when there is none. */
bool watch_take(watch *w, int64_t timeout_us);
void watch_dispatch(watch *w);
/** Take events until no flush and no query pends: each of them must end. */
void watch_settle(watch *w);
/** Destroy the events object; its codecs are closed. */
void watch_end_events(watch *w);
/** Destroy what is left, wait for the workers; nothing may be left then. */
void watch_end(watch *w);

#endif
