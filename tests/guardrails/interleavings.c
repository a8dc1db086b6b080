/* SPDX-License-Identifier: MIT */
/*
 * Every order in which the calls of a session, the steps of its worker and the takings of its events can come,
 * compared with the rules (lifecycle_rules.h) after each. The worker runs on the thread of the test, from one
 * named point to the next (src/shared/hooks.h). Orders that lead to the same situation go on in the same way,
 * so each situation is gone on from once; the program prints how many there are of both.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec_core.h"
#include "history.h"
#include "lifecycle_rules.h"
#include "pump.h"

typedef enum call { CONFIGURE, INPUT, FLUSH, RESET, CLOSE } call;

static const char *const call_names[] = {"configure", "input", "flush", "reset", "close"};
static const call calls[] = {CONFIGURE, INPUT, INPUT, INPUT, FLUSH, RESET, CONFIGURE, INPUT, INPUT, CLOSE};
#define CALLS (sizeof calls / sizeof calls[0])

typedef enum choice { CALL, TAKE, WORK, CHOICES, NONE = CHOICES } choice;

/* No order is longer. */
#define MOST_STEPS 256

/* A situation that was come to. */
typedef struct situation {
    uint64_t hash; /* 0: unused */
    long double orders;
} situation;

/* The search goes deep first: where it stands, and what is left to try behind each step. */
typedef struct search {
    uint32_t media;
    uint32_t delay;
    bool opens_ahead;
    choice path[MOST_STEPS];
    bool open[MOST_STEPS][CHOICES]; /* not tried yet */
    uint64_t hashes[MOST_STEPS];
    long double orders[MOST_STEPS]; /* that go on from there, so far */
    size_t known;                   /* steps of the path that are made again */
    situation *table;
    size_t table_size;
    uint64_t situations;
    uint64_t runs;
    bool draws; /* no search: choices are drawn */
    uint64_t seed;
    uint64_t ends; /* orders that came to theirs */
} search;

/* One order, or the end of the first part of one that was come to before. */
typedef struct run {
    search *s;
    rig r;
    model m;
    int64_t fd;
    size_t depth;
    size_t called;
    uint64_t past; /* what the worker did since it had nothing */
    bool inside;   /* of a turn, at `point` */
    bool forgets;  /* the turn drops all that the worker has */
    bool over;
    webc__latch_point point;
} run;

#define HOLDS(condition) ck_assert_msg(condition, "%s, after:\n%s", #condition, history_text())

static webc__codec *codec_of(const run *o)
{
    return o->r.decoder ? (webc__codec *)o->r.decoder : (webc__codec *)o->r.encoder;
}

/* What a situation is. */

static void mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * 0x9e3779b97f4a7c15u;
    *hash ^= *hash >> 29;
}

static void mix_model(uint64_t *hash, const model *m)
{
    mix(hash, m->state * 4 + m->key_required * 2 + m->notice);
    mix(hash, m->size);
    for (size_t i = 0; i < m->count; i++) {
        mix(hash, m->list[i].kind);
        mix(hash, m->list[i].number);
        mix(hash, (uint64_t)m->list[i].result);
    }
    mix(hash, m->count);
}

static void mix_events(uint64_t *hash, const webc__codec *codec)
{
    for (const webc__node *node = codec->events->head; node; node = node->next) {
        mix(hash, node->event.type);
        mix(hash, node->event.tag);
        mix(hash, (uint64_t)node->event.result);
    }
    mix(hash, 1);
    for (const webc__node *node = codec->pending_flushes; node; node = node->codec_next)
        mix(hash, node->event.tag);
    mix(hash, codec->outputs_queued * 4u + (codec->discarded != NULL) * 2u + (codec->error_node != NULL));
    const webc__lifecycle *life = &codec->life;
    mix(hash, life->state * 2u + life->dequeue_scheduled);
    mix(hash, life->queue_size);
    mix(hash, life->taken);
    mix(hash, life->pending_flushes);
}

static void mix_worker(uint64_t *hash, const run *o, const webc__codec *codec)
{
    const webc__worker *worker = &codec->worker;
    for (const webc__item *item = worker->head; item; item = item->next) {
        const webc__message *message = (const webc__message *)item;
        mix(hash, message->kind * 2u + (message->epoch == webc__codec_epoch(codec)));
    }
    mix(hash, worker->discard * 4u + worker->closed * 2u + (worker->dropped != NULL));
    mix(hash, o->past);
    mix(hash, o->inside ? 1u + o->point : 0);
}

static uint64_t hash_of(const run *o)
{
    const webc__codec *codec = codec_of(o);
    uint64_t hash = o->called + 1;
    mix_model(&hash, &o->m);
    mix_events(&hash, codec);
    mix_worker(&hash, o, codec);
    return hash ? hash : 1;
}

static situation *find(search *s, uint64_t hash)
{
    size_t at = hash % s->table_size;
    while (s->table[at].hash && s->table[at].hash != hash)
        at = (at + 1) % s->table_size;
    return &s->table[at];
}

/* What can be done next. */

static bool can(const run *o, choice what)
{
    const webc__codec *codec = codec_of(o);
    switch (what) {
    case CALL:
        return o->called < CALLS;
    case TAKE:
        return codec->events->head != NULL;
    default:
        if (!o->inside)
            return codec->worker.head || codec->worker.discard || codec->worker.closed;
        /* A worker without room sleeps until an output is taken or its epoch ends. */
        return o->point != WEBC__LATCH_WINDOW_FULL || codec->outputs_queued < codec->params.max_outputs;
    }
}

/* Give this order up, as destroy may come at any moment: nothing of it is told any more. */
static void give_up(run *o)
{
    o->over = true;
    rig_destroy(&o->r);
    HOLDS(is_queue_empty(o->r.events));
    HOLDS(!is_readable(o->fd));
}

/* No deadlock: where nothing is left to do, all calls are made and nobody is owed anything. */
static void end_order(run *o)
{
    HOLDS(o->called == CALLS && !o->inside && model_is_idle(&o->m));
    o->s->ends++;
    give_up(o);
}

static choice draw(run *o)
{
    search *s = o->s;
    choice able[CHOICES];
    uint32_t count = 0;
    for (choice what = CALL; what < CHOICES; what++)
        if (can(o, what))
            able[count++] = what;
    if (!count) {
        end_order(o);
        return NONE;
    }
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return able[(uint32_t)(s->seed >> 33) % count];
}

/* The first choice in a situation that is new. */
static choice choose(run *o)
{
    search *s = o->s;
    uint64_t hash = hash_of(o);
    situation *here = find(s, hash);
    ck_assert_uint_lt(o->depth, MOST_STEPS);
    if (here->hash) {
        s->orders[o->depth - 1] += here->orders;
        give_up(o);
        return NONE;
    }
    *here = (situation){.hash = hash};
    ck_assert_uint_lt(++s->situations, s->table_size / 2);
    s->hashes[o->depth] = hash;
    s->orders[o->depth] = 0;
    choice first = NONE;
    for (choice what = CHOICES; what-- > CALL;) {
        s->open[o->depth][what] = can(o, what);
        if (s->open[o->depth][what])
            first = what;
    }
    if (first == NONE) {
        s->orders[o->depth++] = 1;
        end_order(o);
        return NONE;
    }
    s->open[o->depth][first] = false;
    s->path[o->depth] = first;
    return first;
}

static choice next_choice(run *o)
{
    if (o->s->draws)
        return draw(o);
    choice what = o->depth < o->s->known ? o->s->path[o->depth] : choose(o);
    if (what != NONE)
        o->depth++;
    return what;
}

/* The steps. */

static void make_call(run *o)
{
    rig *r = &o->r;
    call what = calls[o->called++];
    webc_result got = WEBC_OK;
    webc_result wanted = WEBC_OK;
    history_add(call_names[what]);
    switch (what) {
    case CONFIGURE:
        got = rig_configure(r, "vp8");
        wanted = model_configure(&o->m, true, true);
        break;
    case INPUT:
        wanted = model_input(&o->m, true, r->next);
        got = rig_input(r);
        break;
    case FLUSH:
        got = rig_flush(r, 100);
        wanted = model_flush(&o->m, 100);
        break;
    case RESET:
        got = rig_reset(r);
        wanted = model_cut(&o->m, WEBC_STATE_UNCONFIGURED);
        break;
    case CLOSE:
        got = rig_close(r);
        wanted = model_cut(&o->m, WEBC_STATE_CLOSED);
        break;
    }
    HOLDS(got == wanted);
}

static void take_event(run *o)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    history_add("take");
    HOLDS(webc_events_next(o->r.events, 0, &event) == 1);
    journal_add(&o->r.log, &event);
    model_take(&o->m, journal_at(&o->r.log, event.type, 0));
    webc_event_clear(&event);
    journal_clear(&o->r.log);
}

/* The rules hold after every step, and the descriptor is readable exactly while events are queued. */
static void compare(run *o)
{
    HOLDS(rig_state(&o->r) == o->m.state);
    HOLDS(rig_queue_size(&o->r) == o->m.size);
    HOLDS(is_readable(o->fd) == (codec_of(o)->events->head != NULL));
}

/* Calls and takings until it is the worker's turn; false when the order has come to its end. */
static bool until_work(run *o)
{
    choice what;
    while (!o->over && (what = next_choice(o)) < WORK) {
        if (what == CALL)
            make_call(o);
        else
            take_event(o);
        compare(o);
    }
    return !o->over;
}

static void at_latch(void *user, webc__latch_point point)
{
    run *o = user;
    mix(&o->past, point + 1u);
    o->forgets |= point == WEBC__LATCH_BEFORE_DISCARD;
    o->inside = true;
    o->point = point;
    if (!o->over) {
        compare(o);
        until_work(o);
    }
    o->inside = false;
}

static void run_order(search *s)
{
    run o = {.s = s};
    pump_begin(at_latch, &o);
    rig_begin(&o.r, s->media);
    o.r.script.delay = s->delay;
    o.r.script.opens_ahead = s->opens_ahead;
    rig_create(&o.r, &(rig_params){.max_outputs = 1});
    o.fd = webc_events_native_handle(o.r.events);
    model_begin(&o.m, s->media == WEBC_MEDIA_VIDEO_DECODER);
    while (until_work(&o)) {
        o.forgets = false;
        pump_step(0);
        /* What the worker had is gone, and it is as new. */
        if (o.forgets)
            o.past = 0;
        else
            mix(&o.past, 0);
        if (!o.over)
            compare(&o);
    }
    pump_all();
    pump_restart();
    rig_end(&o.r);
    s->known = o.depth;
    s->runs++;
}

/* To the deepest step behind which something is left to try; false when there is none. */
static bool step_back(search *s)
{
    for (size_t depth = s->known; depth-- > 0;) {
        for (choice what = CALL; what < CHOICES; what++)
            if (s->open[depth][what]) {
                s->open[depth][what] = false;
                s->path[depth] = what;
                s->known = depth + 1;
                return true;
            }
        find(s, s->hashes[depth])->orders = s->orders[depth];
        if (depth > 0)
            s->orders[depth - 1] += s->orders[depth];
    }
    return false;
}

static void run_all(uint32_t media, uint32_t delay)
{
    search s = {.media = media, .delay = delay, .table_size = 1u << 16};
    s.table = calloc(s.table_size, sizeof *s.table);
    ck_assert_ptr_nonnull(s.table);
    do
        run_order(&s);
    while (step_back(&s));
    printf("# delay %" PRIu32 ": %.4Lg orders, %" PRIu64 " situations, %" PRIu64 " runs\n", delay, s.orders[0],
           s.situations, s.runs);
    free(s.table);
}

/* H01, H02, H15, H29: a codec that gives an output for each input at once. */
TEST_BOTH(every_order_of_a_session_keeps_the_rules)
{
    run_all(media, 0);
}

/* The same with one that holds an input back until it drains. */
TEST_BOTH(every_order_of_a_session_with_delay_keeps_the_rules)
{
    run_all(media, 1);
}

/* What a situation is was chosen by us: orders drawn at random, each gone through to its end, do not need it.
 */
TEST_BOTH(random_orders_of_a_session_keep_the_rules)
{
    uint64_t orders = repeats(10000, 1000000);
    search s = {.media = media, .draws = true, .seed = 20260707 + media};
    for (uint64_t i = 0; i < orders; i++) {
        s.delay = i & 1;
        s.opens_ahead = i & 2;
        s.known = 0;
        run_order(&s);
    }
    ck_assert_uint_eq(s.ends, orders);
}

LEAK_CHECKED_MAIN("interleavings", 300, BOTH(every_order_of_a_session_keeps_the_rules),
                  BOTH(every_order_of_a_session_with_delay_keeps_the_rules),
                  BOTH(random_orders_of_a_session_keep_the_rules))
