/* SPDX-License-Identifier: MIT */
/*
 * The codec against the rules of lifecycle_rules.h: return codes, state and queue size after each call, and all
 * events whenever they are taken, in every short sequence of calls and in long random ones. Neither depends on
 * how far the worker has come: that is the point of the control side.
 */
#include <stdio.h>
#include <string.h>

#include "lifecycle_rules.h"

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
        model_take(&p->m, last);
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
    uint64_t many = repeats(100, 1000);
    return many == 1000 ? 6 : many == 100 ? 5 : 4;
}

/* P-02, P-05, P-07, P-08, P-09, P-11, P-13, P-17, P-18, P-19, VD-01, VD-02: every sequence of five calls, of
 * six in a long run. */
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
