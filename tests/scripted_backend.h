/* SPDX-License-Identifier: MIT */
/*
 * A codec that follows a script: it delays, reorders, drops, refuses, fails, and stops its worker at a named
 * point until the test lets it go. What comes out carries the number that the test wrote into the input.
 */
#ifndef WEBC_TESTS_SCRIPTED_BACKEND_H
#define WEBC_TESTS_SCRIPTED_BACKEND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "test_hooks.h"

/** Where a worker can be counted, made to fail, or parked. */
typedef enum scripted_point {
    SCRIPTED_OPEN,
    SCRIPTED_SEND,    /* of an input */
    SCRIPTED_RECEIVE, /* a call that has an output to give */
    SCRIPTED_DRAIN,   /* a send without an input */
    SCRIPTED_FREE,
    SCRIPTED_POINTS
} scripted_point;

/** Coded size of everything that is encoded and decoded. */
#define SCRIPTED_SIDE 16u
/** Most inputs an instance holds back. */
#define SCRIPTED_HELD 256u

/** One script for any number of instances, usually one at a time. */
typedef struct scripted {
    /* the script: set before the worker runs, not changed afterwards */
    uint32_t delay;                    /* inputs held back until it drains */
    uint64_t eagain_sends;             /* bit n: send number n of all, from 1, answers EAGAIN */
    bool always_eagain;                /* neither takes an input nor gives an output */
    bool always_invalid;               /* every call for an output finds damage */
    uint32_t fail_at[SCRIPTED_POINTS]; /* call number, from 1, that fails; 0: none */
    const uint8_t *order;              /* order of output in groups of order_size inputs; NULL: as they came */
    uint32_t order_size;
    uint32_t drop_input;   /* number of the input, from 1, that shows nothing; 0: none */
    uint32_t double_input; /* number of the input that shows twice */
    bool shows_nothing;    /* but the key frames that an encoder is asked for */
    bool ignores_key_requests;
    bool opens_ahead;      /* encoders, before their first frame; set before the codec is made */
    bool holds_references; /* keeps what it was sent and what it gave out until it is freed */
    void (*at_point)(void *user, scripted_point point); /* called on the worker, without a lock */
    void *user;
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool armed[SCRIPTED_POINTS];
    uint32_t parked[SCRIPTED_POINTS]; /* workers that wait there */
    uint64_t releases[SCRIPTED_POINTS];
    uint64_t calls[SCRIPTED_POINTS];
    uint64_t wanted[SCRIPTED_POINTS]; /* count that the test waits for */
    uint64_t receives;                /* those without an output included */
    uint64_t live;                    /* instances */
    uint64_t most_live;
    webc_color_space color; /* of the encoder opened last */
} scripted;

void scripted_init(scripted *script);
/** Check that every instance was freed. */
void scripted_deinit(scripted *script);
/** The backend to create a codec on. */
webc__backend scripted_backend(scripted *script);

/** From now on stop every worker that comes to `point`. */
void scripted_park(scripted *script, scripted_point point);
/** Wait until a worker is stopped there. */
void scripted_wait_parked(scripted *script, scripted_point point);
/** Let go the workers stopped there, and stop no more. */
void scripted_release(scripted *script, scripted_point point);
/** Wait until `point` was reached `count` times. */
void scripted_wait_calls(scripted *script, scripted_point point, uint64_t count);
uint64_t scripted_calls(scripted *script, scripted_point point);
uint64_t scripted_live(scripted *script);

/** The number that an input carries through the codec, at the beginning of a picture's first plane or chunk. */
#define SCRIPTED_CHUNK_SIZE 24u
void scripted_fill_chunk(uint8_t data[SCRIPTED_CHUNK_SIZE], uint64_t number, bool key);
uint64_t scripted_chunk_number(const webc_chunk *chunk);
uint64_t scripted_frame_number(const webc_frame *frame);

#endif
