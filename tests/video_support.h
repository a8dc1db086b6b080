/* SPDX-License-Identifier: MIT */
/* What the tests of the real codecs share: the encoders there are, pictures with a number drawn in, event logs.
 */
#ifndef WEBC_TESTS_VIDEO_SUPPORT_H
#define WEBC_TESTS_VIDEO_SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "webcodecs/webcodecs.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FRAME_US 33333

/** Succeed, or fail the test with the library's own text. */
#define ck_assert_ok(call) \
    do { \
        webc_result result_ = (call); \
        ck_assert_msg(result_ == WEBC_OK, "%s: %s: %s", #call, webc_result_name(result_), \
                      webc_error_message()); \
    } while (0)

/** Fail with that result, and with a message that contains `text`. */
#define ck_assert_fails(call, expected, text) \
    do { \
        webc_result result_ = (call); \
        ck_assert_msg(result_ == (expected), "%s: %s instead of %s", #call, webc_result_name(result_), \
                      webc_result_name(expected)); \
        ck_assert_msg(strstr(webc_error_message(), text), "%s: \"%s\" does not name \"%s\"", #call, \
                      webc_error_message(), text); \
    } while (0)

/** One encoder of the linked FFmpeg in one latency mode, and how a config selects it. */
typedef struct video_case {
    char row[64]; /* FFmpeg's name */
    uint32_t codec;
    uint32_t latency_mode;
    bool odd;      /* selected at odd sizes only, where the rows before it do not serve */
    bool reorders; /* takes b_frames */
} video_case;

#define VIDEO_MOST_CASES 16

/** All of them; the number. Encoders that no config selects, because a better one is there, are left out. */
size_t video_cases(video_case cases[VIDEO_MOST_CASES]);

/** "libx264 quality", for messages. */
const char *video_case_name(const video_case *c);

/** A config of at most 352x288 that selects the case's encoder; sizes are made odd where that takes it. */
void video_case_config(const video_case *c, webc_video_encoder_config *config, uint32_t width, uint32_t height);

/** Picture number `number` (0 to 255): 16 light and dark blocks that survive coding, and grey chroma. I420. */
webc_frame *video_picture(uint32_t width, uint32_t height, unsigned number, int64_t timestamp);

/** Is the block at column and row of four of that picture light? */
bool video_block_is_light(unsigned number, unsigned column, unsigned row);

/** A texture that moves by (3, 2) from a number to the next, under noise of its own for each. I420. */
webc_frame *video_moving_picture(uint32_t width, uint32_t height, unsigned number, int64_t timestamp);

/** A number of 24 bits from a linear congruence. */
uint32_t video_random(uint32_t *seed);

/**
 * True where FFmpeg's libaom is left out (docs/ffmpeg-versions.md), and AV1 is SVT-AV1's: quality mode, 4:2:0,
 * 64x64 and more. False with the FFmpeg 5.1 that everything must work with.
 */
bool video_av1_is_limited(void);

/** The number drawn in a decoded picture of at least 16x16; -1 when it cannot be read. */
int video_picture_number(const webc_frame *frame);

/** A frame of tight planes with these params. */
webc_frame *video_frame(const webc_frame_params *params, const void *data, size_t size);

/** Everything an events object gave, outputs of all codecs in order. */
typedef struct video_output {
    webc_frame *frame;
    webc_chunk *chunk;
    uint64_t tag;
    int config;  /* index in configs, -1 when the chunk came without one */
    int layer;   /* temporal, -1 when the chunk came without one */
    int flushes; /* FLUSHED events before it */
    bool has_dts;
    int64_t dts;
    uint8_t *alpha; /* alpha side data, NULL when the chunk came without */
    size_t alpha_size;
} video_output;

#define VIDEO_MOST_OUTPUTS 1200
#define VIDEO_MOST_FLUSHES 32

typedef struct video_log {
    video_output outputs[VIDEO_MOST_OUTPUTS];
    size_t count;
    webc_video_decoder_config configs[8]; /* texts and descriptions are owned */
    size_t config_count;
    uint64_t flush_tags[VIDEO_MOST_FLUSHES];
    webc_result flush_results[VIDEO_MOST_FLUSHES];
    size_t flushes;
    size_t dequeues;
    size_t errors;
    webc_result error;
    char message[400];
} video_log;

/** Take events until FLUSHED with `tag` came. */
void video_log_until_flushed(video_log *log, webc_events *events, uint64_t tag);

/** Take events until there are `count` outputs, an error, or that many. */
void video_log_until_outputs(video_log *log, webc_events *events, size_t count);

/** Take events until an ERROR came. */
void video_log_until_error(video_log *log, webc_events *events);

/** Take what is there now. */
void video_log_take(video_log *log, webc_events *events);

void video_log_clear(video_log *log);

/** The info of output number `index`, which is a chunk. */
webc_chunk_info video_log_chunk(const video_log *log, size_t index);

/** A session: events object with one encoder, configured. */
typedef struct video_encoder_session {
    webc_events *events;
    webc_video_encoder *encoder;
    video_log log;
} video_encoder_session;

video_encoder_session *video_encoder_open(const webc_video_encoder_config *config);
/** Encode and give the frame up; `tag` comes back on the chunk. */
void video_encoder_put(video_encoder_session *s, webc_frame *frame, bool key_frame, uint64_t tag);
/** Flush and wait for it; the flush must succeed. */
void video_encoder_flush(video_encoder_session *s, uint64_t tag);
void video_encoder_close(video_encoder_session *s);

typedef struct video_decoder_session {
    webc_events *events;
    webc_video_decoder *decoder;
    video_log log;
} video_decoder_session;

video_decoder_session *video_decoder_open(const webc_video_decoder_config *config);
/** Decode and wait for the end; the flush must succeed. */
void video_decoder_flush(video_decoder_session *s, uint64_t tag);
void video_decoder_close(video_decoder_session *s);

/** Decode all chunks of a log with its last config; the frames come as outputs of the session's log. */
video_decoder_session *video_decode_log(const video_log *log);

/** Fails unless the library holds nothing any more. */
void video_assert_clean(void);

/**
 * The main() of a program: tests in `each` run once per row with the row's number in _i, those in `once`
 * once; every one in a process of its own that must end clean.
 */
int video_row_main(const char *name, double timeout_s, const TTest *const *each, size_t each_count, size_t rows,
                   const TTest *const *once, size_t once_count);

/** The same, where the rows are the cases. */
int video_test_main(const char *name, double timeout_s, const TTest *const *each, size_t each_count,
                    const TTest *const *once, size_t once_count);

#endif
