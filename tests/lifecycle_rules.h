/* SPDX-License-Identifier: MIT */
/*
 * The rules of WebCodecs for the control side of a codec, as a model that shares no code with the library: what
 * calls return, state and queue size, and which events must come in which order. It does not know how far a
 * worker has come.
 */
#ifndef WEBC_TESTS_LIFECYCLE_RULES_H
#define WEBC_TESTS_LIFECYCLE_RULES_H

#include "codec_rig.h"

#define MOST_EXPECTED 512

/* An event that must come, in this order. */
typedef struct expected {
    enum { OUTPUT, COMPLETION, FAILURE } kind;
    uint64_t number; /* of an output's input, or tag of a flush */
    webc_result result;
    uint64_t accepted; /* inputs accepted before the flush, to bound the size at its completion */
} expected;

typedef struct model {
    bool decoder;
    uint32_t state;
    uint32_t size;
    bool key_required;
    bool notice;    /* the queue was emptied by reset or close: a DEQUEUE is owed */
    bool failing;   /* behind an unsupported config nothing is worked on */
    bool reclaimed; /* an ERROR is on its way, at a place that depends on the worker */
    uint64_t accepted;
    expected list[MOST_EXPECTED];
    size_t count;
} model;

void model_begin(model *m, bool decoder);
/** Calls: they return what the codec's must. */
webc_result model_configure(model *m, bool valid, bool supported);
webc_result model_input(model *m, bool key, uint64_t number);
webc_result model_flush(model *m, uint64_t tag);
/** reset and close: the state that they leave. */
webc_result model_cut(model *m, uint32_t state);
webc_result model_reclaim(model *m);
/** An event was taken; fails the test when it must not come now, or says what it must not. */
void model_take(model *m, const seen *event);
/** Nothing is owed any more. */
bool model_is_idle(const model *m);

#endif
