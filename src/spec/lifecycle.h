/* SPDX-License-Identifier: MIT */
/*
 * The life of a codec on its control side (WebCodecs 3 to 6): which call is legal in which state, and what
 * calls, takings and deliveries do to state, queue size, pending flushes and the coalesced dequeue notice.
 * Pure: no heap, no threads; the owner guards the struct.
 */
#ifndef WEBC_SPEC_LIFECYCLE_H
#define WEBC_SPEC_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "webcodecs/common.h"
#include "webcodecs/result.h"

/** The internal slots of P-01 that the control side reads and writes. Change it through the functions below. */
typedef struct webc__lifecycle {
    uint32_t state;         /* WEBC_STATE_* */
    uint32_t queue_size;    /* inputs accepted, less the takings that were told */
    uint64_t queue_bytes;   /* of those */
    uint32_t taken;         /* by the worker, not told yet */
    uint64_t taken_bytes;   /* of those */
    bool dequeue_scheduled; /* a notice is on its way */
    bool key_required;      /* decoders: the next chunk must be a key chunk */
    uint64_t last_flush_id;
    uint64_t pending_flushes; /* accepted, and their completion was not delivered */
} webc__lifecycle;

typedef enum webc__call {
    WEBC__CALL_CONFIGURE,
    WEBC__CALL_INPUT, /* decode and encode */
    WEBC__CALL_FLUSH,
    WEBC__CALL_RESET,
    WEBC__CALL_CLOSE,
    WEBC__CALL_RECLAIM,
} webc__call;

/** A codec that was just constructed. */
webc__lifecycle webc__lifecycle_begin(void);

/**
 * The state table: WEBC_OK, or WEBC_ERROR_INVALID_STATE through webc__fail(). `verb` is the name of the call
 * and `noun` that of the codec, for the text. Validity of arguments comes before this (P-17).
 */
webc_result webc__lifecycle_check(const webc__lifecycle *life, webc__call call, const char *verb,
                                  const char *noun);

/** VD-02, VD-03: WEBC_ERROR_DATA when a key chunk is required and the label says otherwise. */
webc_result webc__lifecycle_check_label(const webc__lifecycle *life, bool is_key, int64_t timestamp);

/* What a call that passed the checks does. */

void webc__lifecycle_configure(webc__lifecycle *life);
void webc__lifecycle_input(webc__lifecycle *life, uint64_t bytes);
/** Returns the number of the flush, from 1. */
uint64_t webc__lifecycle_flush(webc__lifecycle *life);
/** reset and close; true when a dequeue notice must be queued, as the last thing of what was (P-11, P-14). */
bool webc__lifecycle_reset(webc__lifecycle *life);
bool webc__lifecycle_close(webc__lifecycle *life);

/* What the worker and the delivery of events do. */

/** The worker takes an input; true when a dequeue notice must be queued, false when one is on its way (P-10).
 */
bool webc__lifecycle_take(webc__lifecycle *life, uint64_t bytes);
/** The dequeue notice is delivered: the takings are told. */
void webc__lifecycle_tell(webc__lifecycle *life);
/** A completion is delivered. */
void webc__lifecycle_complete(webc__lifecycle *life);
/** Close with an error (P-15), at the delivery of the error: pending flushes stay pending until theirs. */
void webc__lifecycle_fail(webc__lifecycle *life);
/** The codec is given up: nothing will be delivered. Returns how many flushes stay pending for ever. */
uint64_t webc__lifecycle_abandon(webc__lifecycle *life);

#endif
