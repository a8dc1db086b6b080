/* SPDX-License-Identifier: MIT */
/* Any sequence of calls on two codecs of one events object, read from a fuzzer's bytes. */
#ifndef WEBC_TESTS_FUZZ_CALLS_H
#define WEBC_TESTS_FUZZ_CALLS_H

#include "watch.h"

/** A call is a byte: one of these, and CALLS_SLOT more for the second codec. */
typedef enum calls_kind {
    CALL_CONFIGURE,
    CALL_PUT,
    CALL_PUT_MORE,
    CALL_FLUSH,
    CALL_RESET,
    CALL_CLOSE,
    CALL_RECLAIM,
    CALL_DESTROY,
    CALL_CREATE,
    CALL_GATE,
    CALL_LET_GO,
    CALL_LEND,
    CALL_KEEP,
    CALL_INTERRUPT,
    /* not inside a callback */
    CALL_TAKE,
    CALL_TAKE_ALL,
    CALL_DISPATCH,
    CALL_SETTLE,
    CALL_END_EVENTS,
    CALL_QUERY, /* new ones here, so that inputs keep their meaning */
    CALLS,
} calls_kind;

#define CALLS_SLOT 128

/** What differs with the backend. The functions take their choices from the input. */
typedef struct calls_player {
    /** Make a codec in the slot. */
    void (*create)(watched *codec, fuzz_input *in);
    void (*configure)(watched *codec, fuzz_input *in);
    /** Queue one input. */
    void (*put)(watched *codec, fuzz_input *in);
    /** Stop workers or let them go; NULL: it has no such means. */
    void (*gate)(watched *codec, fuzz_input *in);
    /** Let all workers go, for good or until the next gate. */
    void (*let_go)(watch *w);
    /** Most inputs queued in all. */
    unsigned most_inputs;
} calls_player;

void calls_run(const calls_player *player, fuzz_input *in);

#endif
