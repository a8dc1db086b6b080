/* SPDX-License-Identifier: MIT */
/*
 * The codec against a model that was written from the rules of WebCodecs and shares no code with it: return
 * codes, state and queue size after each call, and all events whenever they are taken, in every short sequence
 * of calls and in long random ones. Neither depends on how far the worker has come: that is the point of the
 * control side.
 */
#include <stdio.h>
#include <string.h>

#include "codec_rig.h"

/* The model. */

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

static void model_begin(model *m, bool decoder)
{
    memset(m, 0, sizeof *m);
    m->decoder = decoder;
    m->state = WEBC_STATE_UNCONFIGURED;
    m->key_required = true;
}

static void expect(model *m, expected event)
{
    ck_assert_uint_lt(m->count, MOST_EXPECTED);
    m->list[m->count++] = event;
}

/* P-17, T19: validity first, then closed; support is found out later. */
static webc_result model_configure(model *m, bool valid, bool supported)
{
    if (!valid)
        return WEBC_ERROR_TYPE;
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->state = WEBC_STATE_CONFIGURED;
    m->key_required = true;
    if (!supported && !m->failing) {
        m->failing = true;
        expect(m, (expected){.kind = FAILURE, .result = WEBC_ERROR_NOT_SUPPORTED});
    }
    return WEBC_OK;
}

/* P-18, VD-02: state, then the key rule; what is refused is not queued. */
static webc_result model_input(model *m, bool key, uint64_t number)
{
    if (m->state != WEBC_STATE_CONFIGURED)
        return WEBC_ERROR_INVALID_STATE;
    if (m->decoder && m->key_required && !key)
        return WEBC_ERROR_DATA;
    m->key_required = false;
    m->size++;
    m->accepted++;
    if (!m->failing)
        expect(m, (expected){.kind = OUTPUT, .number = number});
    return WEBC_OK;
}

/* P-09, P-15: what pends when an error is told ends with its cause. */
static webc_result model_flush(model *m, uint64_t tag)
{
    if (m->state != WEBC_STATE_CONFIGURED)
        return WEBC_ERROR_INVALID_STATE;
    m->key_required = true;
    expect(m, (expected){.kind = COMPLETION,
                         .number = tag,
                         .result = m->failing ? WEBC_ERROR_NOT_SUPPORTED : WEBC_OK,
                         .accepted = m->accepted});
    return WEBC_OK;
}

/* Outputs and errors not told are gone; completions not told have `result`, unless they were cut off before. */
static void model_end(model *m, webc_result result)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        expected event = m->list[i];
        if (event.kind != COMPLETION)
            continue;
        if (event.result != WEBC_ERROR_ABORT)
            event.result = result;
        m->list[kept++] = event;
    }
    m->count = kept;
    m->size = 0;
    m->failing = m->reclaimed = false;
}

/* P-11, P-12, P-14. */
static webc_result model_cut(model *m, uint32_t state)
{
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->notice = m->notice || m->size > 0;
    model_end(m, WEBC_ERROR_ABORT);
    m->state = state;
    return WEBC_OK;
}

/* P-22. */
static webc_result model_reclaim(model *m)
{
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->reclaimed = true;
    return WEBC_OK;
}

static void model_pop(model *m)
{
    memmove(m->list, m->list + 1, --m->count * sizeof *m->list);
}

/* P-10, T25: sizes told fall strictly; only what reset and close owe may find a queue that has grown again. */
static void model_dequeue(model *m, uint32_t size)
{
    ck_assert_msg(m->notice ? size <= m->size : size < m->size, "DEQUEUE tells %u after %u", size, m->size);
    m->size = size;
    m->notice = false;
}

/* P-15, P-16: the state is closed when the error is told, and only completions follow. */
static void model_error(model *m, webc_result result)
{
    bool foreseen = m->count > 0 && m->list[0].kind == FAILURE && m->list[0].result == result;
    ck_assert_msg(foreseen || (m->reclaimed && result == WEBC_ERROR_QUOTA_EXCEEDED), "ERROR %d", result);
    model_end(m, result);
    m->state = WEBC_STATE_CLOSED;
    m->notice = false;
}

/* P-08, P-10: in order, with its own result, and what was queued before a flush was told as taken. */
static void model_event(model *m, const seen *event)
{
    ck_assert_msg(m->count > 0, "event of type %u, and none is due", event->type);
    const expected *next = &m->list[0];
    bool completion = event->type == WEBC_EVENT_FLUSHED;
    ck_assert_int_eq(next->kind, completion ? COMPLETION : OUTPUT);
    ck_assert_uint_eq(completion ? event->tag : event->number, next->number);
    ck_assert_int_eq(event->result, next->result);
    if (completion && next->result == WEBC_OK)
        ck_assert_uint_le(m->size, m->accepted - next->accepted);
    model_pop(m);
}

static bool model_is_idle(const model *m)
{
    return !m->count && !m->size && !m->notice && !m->reclaimed;
}

/* Both, side by side. */

typedef enum call {
    CONFIGURE_VALID,
    CONFIGURE_INVALID,
    INPUT_KEY,
    INPUT_DELTA,
    FLUSH,
    RESET,
    CLOSE,
    TAKE,
    CALLS,
    /* in the random walk only */
    CONFIGURE_UNSUPPORTED = CALLS,
    RECLAIM,
    HOLD, /* let the worker stand still until events are taken */
} call;

typedef struct pair {
    rig r;
    model m;
    bool held;
    uint64_t flushes;
    char trace[64]; /* the last calls, for messages */
} pair;

static void compare(const pair *p)
{
    ck_assert_msg(rig_state(&p->r) == p->m.state, "after %s: state %u, the model says %u", p->trace,
                  rig_state(&p->r), p->m.state);
    ck_assert_msg(rig_queue_size(&p->r) == p->m.size, "after %s: queue size %u, the model says %u", p->trace,
                  rig_queue_size(&p->r), p->m.size);
}

static void pair_begin(pair *p, uint32_t media)
{
    memset(p, 0, sizeof *p);
    rig_begin(&p->r, media);
    rig_create(&p->r, NULL);
    model_begin(&p->m, media == WEBC_MEDIA_VIDEO_DECODER);
    compare(p);
}

static void let_go(pair *p)
{
    if (p->held)
        scripted_release(&p->r.script, SCRIPTED_SEND);
    p->held = false;
}

/* Take events until the model is owed none; then there is none. */
static void take(pair *p)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    let_go(p);
    while (!model_is_idle(&p->m)) {
        ck_assert_int_eq(webc_events_next(p->r.events, -1, &event), 1);
        journal_add(&p->r.log, &event);
        const seen *last = &p->r.log.items[--p->r.log.count];
        if (last->type == WEBC_EVENT_DEQUEUE)
            model_dequeue(&p->m, last->queue_size);
        else if (last->type == WEBC_EVENT_ERROR)
            model_error(&p->m, last->result);
        else
            model_event(&p->m, last);
        ck_assert_uint_eq(last->queue_size, p->m.size);
        compare(p);
    }
    webc_event_clear(&event);
    ck_assert_msg(is_queue_empty(p->r.events), "after %s: an event that the model does not know", p->trace);
}

static void pair_end(pair *p)
{
    let_go(p);
    rig_end(&p->r);
}

static void note(pair *p, call which)
{
    static const char letters[] = "CcKDFRXTuQH";
    size_t length = strlen(p->trace);
    if (length + 1 == sizeof p->trace)
        memmove(p->trace, p->trace + 1, length--);
    p->trace[length] = letters[which];
    p->trace[length + 1] = '\0';
}

static void check_input(pair *p, bool key)
{
    uint64_t number = ++p->r.next;
    webc_result result =
        rig_input_full(&p->r, &(rig_input_params){.number = number, .delta = !key, .key_frame = key});
    ck_assert_msg(result == model_input(&p->m, key, number), "after %s: %s", p->trace,
                  webc_result_name(result));
}

#define AGREE(real, modelled) \
    do { \
        webc_result got = (real); \
        webc_result wanted = (modelled); \
        ck_assert_msg(got == wanted, "after %s: %s, the model says %s", p->trace, webc_result_name(got), \
                      webc_result_name(wanted)); \
    } while (0)

static void check_call(pair *p, call which)
{
    note(p, which);
    switch (which) {
    case CONFIGURE_VALID:
        AGREE(rig_configure(&p->r, "vp8"), model_configure(&p->m, true, true));
        break;
    case CONFIGURE_INVALID:
        AGREE(rig_configure(&p->r, "\t "), model_configure(&p->m, false, false));
        break;
    case CONFIGURE_UNSUPPORTED:
        AGREE(rig_configure(&p->r, "vp8 "), model_configure(&p->m, true, false));
        break;
    case INPUT_KEY:
    case INPUT_DELTA:
        check_input(p, which == INPUT_KEY);
        break;
    case FLUSH:
        p->flushes++;
        AGREE(rig_flush(&p->r, p->flushes), model_flush(&p->m, p->flushes));
        break;
    case RESET:
        AGREE(rig_reset(&p->r), model_cut(&p->m, WEBC_STATE_UNCONFIGURED));
        break;
    case CLOSE:
        AGREE(rig_close(&p->r), model_cut(&p->m, WEBC_STATE_CLOSED));
        break;
    case RECLAIM:
        AGREE(rig_reclaim(&p->r), model_reclaim(&p->m));
        break;
    case HOLD:
        scripted_park(&p->r.script, SCRIPTED_SEND);
        p->held = true;
        break;
    default:
        take(p);
        break;
    }
    compare(p);
}

/*
 * All sequences. Those that do not close the codec share one, which a reset makes new again; behind a close a
 * codec never changes any more, so that one codec makes all calls that may follow.
 */

static void finish_sequence(pair *p)
{
    take(p);
    p->trace[0] = '\0';
    if (p->m.state != WEBC_STATE_CLOSED)
        AGREE(rig_reset(&p->r), model_cut(&p->m, WEBC_STATE_UNCONFIGURED));
    take(p);
}

static void check_all_behind_close(uint32_t media, const call *prefix, unsigned length, unsigned left)
{
    pair p;
    pair_begin(&p, media);
    for (unsigned i = 0; i < length; i++)
        check_call(&p, prefix[i]);
    check_call(&p, CLOSE);
    /* Before the events are taken, between the takings, and after. */
    for (unsigned round = 0; round < (left > 1 ? 2 : left); round++)
        for (call which = 0; which < CALLS; which++)
            check_call(&p, which);
    finish_sequence(&p);
    pair_end(&p);
}

/* The next sequence over the calls but CLOSE, which is not the first of the enumeration; false at the end. */
static bool next_sequence(call *calls, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        calls[i]++;
        calls[i] += calls[i] == CLOSE;
        if (calls[i] < CALLS)
            return true;
        calls[i] = 0;
    }
    return false;
}

static unsigned sequence_length(void)
{
    return repeats(100, 100) == 100 ? 6 : 4;
}

/* P-02, P-05, P-07, P-08, P-09, P-11, P-13, P-17, P-18, P-19, VD-01, VD-02: every sequence of six calls. */
TEST_BOTH(every_sequence_of_calls_does_what_the_model_says)
{
    const unsigned length = sequence_length();
    call calls[6] = {0};
    pair p;
    pair_begin(&p, media);
    do {
        p.m.key_required = true; /* as in a new codec; configure asks for it in either */
        for (unsigned i = 0; i < length; i++)
            check_call(&p, calls[i]);
        finish_sequence(&p);
    } while (next_sequence(calls, length));
    pair_end(&p);
}

/* P-14, P-17, P-18: the same with a close in any place. */
TEST_BOTH(every_sequence_with_a_close_does_what_the_model_says)
{
    const unsigned length = sequence_length();
    for (unsigned at = 0; at < length; at++) {
        call calls[6] = {0};
        do
            check_all_behind_close(media, calls, at, length - 1 - at);
        while (next_sequence(calls, at));
    }
}

/* Random walks. */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static call draw_call(uint64_t *seed)
{
    static const struct {
        call which;
        uint32_t weight;
    } weights[] = {
        {CONFIGURE_VALID, 14},
        {CONFIGURE_INVALID, 3},
        {INPUT_KEY, 30},
        {INPUT_DELTA, 20},
        {FLUSH, 10},
        {RESET, 5},
        {CLOSE, 1},
        {TAKE, 10},
        {HOLD, 4},
        {RECLAIM, 1},
        {CONFIGURE_UNSUPPORTED, 1},
    };
    uint32_t at = draw(seed, 99);
    size_t i = 0;
    while (at >= weights[i].weight)
        at -= weights[i++].weight;
    return weights[i].which;
}

/* P-10, P-12, P-13, P-15, P-16, P-19, P-22, T24, T25: with errors of the worker, reclaims, and a worker held
 * up. */
TEST_BOTH(random_walks_do_what_the_model_says)
{
    uint64_t seed = 20260504 + media;
    uint64_t left = repeats(100000, 2000000);
    while (left) {
        pair p;
        pair_begin(&p, media);
        /* Some calls on a closed codec, then the next one. */
        for (uint32_t closed = 0; left && closed < 5; left--) {
            check_call(&p, draw_call(&seed));
            closed += p.m.state == WEBC_STATE_CLOSED;
            if (p.m.count > MOST_EXPECTED - 10)
                check_call(&p, TAKE);
        }
        check_call(&p, TAKE);
        pair_end(&p);
    }
}

LEAK_CHECKED_MAIN("lifecycle_model", 120, BOTH(every_sequence_of_calls_does_what_the_model_says),
                  BOTH(every_sequence_with_a_close_does_what_the_model_says),
                  BOTH(random_walks_do_what_the_model_says))
