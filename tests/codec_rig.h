/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the asynchronous core share: a codec on a scripted backend, a journal of its events, and a
 * fixture that fails a test which leaves anything behind.
 */
#ifndef WEBC_TESTS_CODEC_RIG_H
#define WEBC_TESTS_CODEC_RIG_H

#include "process.h"
#include "scripted_backend.h"
#include "support_check.h"

/** What an event said; payloads are read and dropped. */
typedef struct seen {
    uint32_t type;
    uint32_t media;
    int32_t result;
    uint32_t queue_size;
    uint32_t generation;
    uint32_t has_duration;
    uint32_t chunk_type;
    uint64_t codec_id;
    uint64_t tag;
    uint64_t duration;
    uint64_t number; /* as the input of the scripted backend carried it */
    int64_t timestamp;
    bool has_config;
    char message[160];
} seen;

typedef struct journal {
    seen *items;
    size_t count;
    size_t room;
} journal;

void journal_add(journal *log, const webc_event *event);
/** Take all events that are queued now. */
void journal_take(journal *log, webc_events *events);
/** Take events until the journal holds `count` of a type; waits. */
void journal_until(journal *log, webc_events *events, uint32_t type, size_t count);
size_t journal_count(const journal *log, uint32_t type);
/** Event number `index` of a type, from 0; fails the test when there is none. */
const seen *journal_at(const journal *log, uint32_t type, size_t index);
/** Position in the journal of the above. */
size_t journal_position(const journal *log, uint32_t type, size_t index);
void journal_clear(journal *log);

/** Limits and callbacks of a rig's codec; zero members are the defaults. */
typedef struct rig_params {
    uint32_t max_outputs;
    uint32_t max_queue_size;
    uint64_t max_queue_bytes;
    uint64_t max_output_bytes;
    uint64_t watchdog_us;
    void *user;
    webc_event_fn output;
    webc_event_fn error;
    webc_event_fn dequeue;
    webc_event_fn flushed;
    uint32_t report_idle;
    webc_event_fn idle;
} rig_params;

/** A codec on a script, on an events object of its own unless told otherwise. */
typedef struct rig {
    uint32_t media; /* WEBC_MEDIA_* */
    scripted script;
    webc_events *events;
    bool owns_events;
    webc_video_decoder *decoder;
    webc_video_encoder *encoder;
    journal log;
    uint64_t next; /* number, tag and timestamp of the next plain input */
    uint64_t finishes;
} rig;

/** An input in full; zero members are the defaults. */
typedef struct rig_input_params {
    int64_t timestamp;
    uint64_t duration;
    bool has_duration;
    uint64_t tag;
    uint64_t number;
    bool delta;     /* decoder: the chunk's label */
    bool key_frame; /* encoder: ask for one */
} rig_input_params;

/** Set up a script and events; the codec is made by rig_create(). */
void rig_begin(rig *r, uint32_t media);
void rig_begin_on(rig *r, uint32_t media, webc_events *events);
void rig_create(rig *r, const rig_params *params);
/** begin, create and configure with the defaults. */
void rig_start(rig *r, uint32_t media);
/** Destroy what is left, wait for the worker, check the script. */
void rig_end(rig *r);

/** The public call of the rig's codec. */
webc_result rig_configure(rig *r, const char *codec);
webc_result rig_configure_realtime(rig *r);
webc_result rig_input(rig *r);
webc_result rig_input_full(rig *r, const rig_input_params *params);
webc_result rig_flush(rig *r, uint64_t tag);
webc_result rig_reset(rig *r);
webc_result rig_close(rig *r);
webc_result rig_reclaim(rig *r);
void rig_destroy(rig *r);
uint32_t rig_state(const rig *r);
uint32_t rig_queue_size(const rig *r);
uint64_t rig_id(const rig *r);
int64_t rig_last_progress(const rig *r);
webc_codec_stats rig_stats(const rig *r);
/** Type of the rig's outputs: WEBC_EVENT_FRAME or WEBC_EVENT_CHUNK. */
uint32_t rig_output(const rig *r);
/** Queue `count` plain inputs, all accepted. */
void rig_inputs(rig *r, unsigned count);
/** Flush and take events up to the completion; returns its result. */
webc_result rig_finish(rig *r);

/** A 16x16 I420 picture, or a key chunk, that carries `number`. */
webc_frame *make_frame(uint64_t number, int64_t timestamp);
webc_chunk *make_chunk(uint64_t number, int64_t timestamp);
/** The frame params of such a picture, and its bytes. */
#define PICTURE_BYTES (SCRIPTED_SIDE * SCRIPTED_SIDE * 3 / 2)
void picture_params(webc_frame_params *params, int64_t timestamp);

/** An events object with the defaults. */
webc_events *make_events(void);
/** A picture whose release queues BUFFER_RELEASED with `tag`, and the same released at once. */
webc_frame *lend_picture(webc_events *events, uint64_t tag);
void post_event(webc_events *events, uint64_t tag);
/** Takes an event when there is one. */
bool is_queue_empty(webc_events *events);

webc_stats get_stats(void);
/** True when `fd` polls as readable now. */
bool is_readable(int64_t fd);
/** Wait until it does. */
void wait_readable(int64_t fd);

/**
 * How often a long test repeats itself: `usual`, `most` with WEBC_STRESS=long, a fiftieth of `usual` with
 * WEBC_STRESS=short or where is_slowed(). See also is_short() of support_check.h.
 */
uint64_t repeats(uint64_t usual, uint64_t most);

/** True with sanitizers and under valgrind, whose runtime is slow and takes locks and memory of its own. */
bool is_slowed(void);

/** As run_tests(), with the leak check around every test. */
int run_leak_checked(const char *name, double timeout_s, const TTest *const *tests, size_t count);
/** The case with the leak check, for a runner of one's own. */
TCase *leak_checked_case(const char *name, double timeout_s);

/** The main() of a program whose tests must leave nothing behind. */
#define LEAK_CHECKED_MAIN(name, timeout_s, ...) \
    int main(void) \
    { \
        const TTest *const tests[] = {__VA_ARGS__}; \
        return run_leak_checked(name, timeout_s, tests, sizeof tests / sizeof tests[0]); \
    }

/** A test that runs with a decoder and with an encoder: TEST_BOTH(name) { ... media ... }. */
#define TEST_BOTH(name) \
    static void check_##name(uint32_t); \
    START_TEST(decoder_##name) \
    { \
        check_##name(WEBC_MEDIA_VIDEO_DECODER); \
    } \
    END_TEST \
    START_TEST(encoder_##name) \
    { \
        check_##name(WEBC_MEDIA_VIDEO_ENCODER); \
    } \
    END_TEST \
    static void check_##name(uint32_t media)
#define BOTH(name) decoder_##name, encoder_##name

#define ck_ok(call) ck_assert_msg((call) == WEBC_OK, "%s: %s", #call, webc_error_message())

#endif
