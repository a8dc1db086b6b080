/* SPDX-License-Identifier: MIT */
/*
 * A session in which, at one named point of the worker, something happens: every point, every time it is come
 * to, and every call that could go wrong there. The worker runs on the thread of the test, so each is one
 * certain order, and a failure names it.
 */
#include <string.h>

#include "codec_rig.h"
#include "history.h"
#include "pump.h"

typedef enum action {
    NOTHING,
    TAKE_EVENTS,
    FLUSH,
    RECONFIGURE,
    RESET,
    CLOSE,
    DESTROY,
    DESTROY_EVENTS,
    ACTIONS
} action;

static const char *const action_names[ACTIONS] = {"nothing", "take",  "flush",   "configure",
                                                  "reset",   "close", "destroy", "destroy events"};

typedef struct session {
    rig r;
    webc__latch_point point;
    unsigned occasion; /* which time the point is come to, from 0 */
    action what;
    unsigned come;   /* times it was come to */
    bool acted;      /* so far */
    bool cut;        /* by reset, close or destroy */
    uint64_t shown;  /* outputs, before the cut */
    uint64_t inputs; /* accepted behind the cut */
    uint64_t flushes;
} session;

/* Calls that hand a message to the worker. */

static void configure(session *s)
{
    bool accepted = rig_configure(&s->r, "vp8") == WEBC_OK;
    history_add(accepted ? "accepted" : "refused");
}

static void input(session *s)
{
    bool accepted = rig_input(&s->r) == WEBC_OK;
    history_add(accepted ? "accepted" : "refused");
    s->inputs += accepted;
}

static void flush(session *s, uint64_t tag)
{
    bool accepted = rig_flush(&s->r, tag) == WEBC_OK;
    history_add(accepted ? "accepted" : "refused");
    s->flushes += accepted;
}

static void note_backend(void *user, scripted_point point)
{
    static const char *const names[SCRIPTED_POINTS] = {"open", "send", "receive", "drain", "free"};
    (void)user;
    history_add(names[point]);
}

static void act(session *s)
{
    rig *r = &s->r;
    history_add(action_names[s->what]);
    s->acted = true;
    s->cut = s->what >= RESET;
    if (s->cut) {
        s->shown = journal_count(&r->log, rig_output(r));
        s->inputs = 0;
    }
    switch (s->what) {
    case TAKE_EVENTS:
        journal_take(&r->log, r->events);
        break;
    case FLUSH:
        flush(s, 100);
        break;
    case RECONFIGURE:
        configure(s);
        break;
    case RESET:
        rig_reset(r);
        break;
    case CLOSE:
        rig_close(r);
        break;
    case DESTROY:
        rig_destroy(r);
        break;
    case DESTROY_EVENTS:
        webc_events_destroy(&r->events);
        break;
    default:
        break;
    }
}

static void at_latch(void *user, webc__latch_point point)
{
    session *s = user;
    if (point == s->point && s->come++ == s->occasion && !s->acted)
        act(s);
    if (point == WEBC__LATCH_WINDOW_FULL && s->r.events)
        journal_take(&s->r.log, s->r.events);
}

static bool is_alive(const session *s)
{
    return s->r.events && (s->r.decoder || s->r.encoder);
}

/* configure, 3 inputs, flush; the worker; then what is legal: configure, 2 inputs, flush; the worker. */
static void run_session(session *s)
{
    rig *r = &s->r;
    rig_begin(r, r->media);
    r->script.delay = 1;
    r->script.at_point = note_backend;
    rig_create(r, &(rig_params){.max_outputs = 1, .report_idle = 1});
    configure(s);
    for (int i = 0; i < 3; i++)
        input(s);
    flush(s, 1);
    pump_all();
    if (is_alive(s)) {
        configure(s);
        input(s);
        input(s);
        flush(s, 2);
    }
    pump_all();
}

/* In a certain order of things, which a failure tells in full. */
#define HOLDS(condition) ck_assert_msg(condition, "%s; %s:\n%s", #condition, order, history_text())

static void check_alive(session *s, const char *order)
{
    rig *r = &s->r;
    journal_take(&r->log, r->events);
    pump_all();
    journal_take(&r->log, r->events);
    webc_codec_stats stats = rig_stats(r);
    HOLDS(journal_count(&r->log, WEBC_EVENT_FLUSHED) == s->flushes);
    HOLDS(journal_count(&r->log, rig_output(r)) == s->shown + s->inputs);
    HOLDS(journal_count(&r->log, WEBC_EVENT_ERROR) == 0);
    HOLDS(r->log.count > 0 && r->log.items[r->log.count - 1].type == WEBC_EVENT_IDLE);
    HOLDS(stats.accepted == stats.taken + stats.cancelled);
    HOLDS(stats.flushes == stats.flushed);
    HOLDS(rig_queue_size(r) == 0);
}

/* T23, P-11: what was accepted before a cut is not sent behind it, and what it left goes before the next work.
 */
static void check_cut(const session *s, const char *order)
{
    size_t cut = history_next(action_names[s->what], 0);
    size_t sent = history_next("send", cut);
    HOLDS(sent == SIZE_MAX || history_next("before discard", cut) < sent);
    HOLDS(sent == SIZE_MAX || history_next("accepted", cut) < sent);
}

/* H01, H02, H04, H29, P-12: what was cut off is told once and as such, what came after the cut is all there. */
static void check_session(session *s, const char *order)
{
    rig *r = &s->r;
    if (is_alive(s))
        check_alive(s, order);
    if (s->cut)
        check_cut(s, order);
    rig_destroy(r);
    pump_all();
    HOLDS(!pump_is_alive(0));
    HOLDS(history_count("accepted") == history_count("dequeued") + history_count("dropped"));
    HOLDS(history_count("open") == history_count("free"));
    HOLDS(history_count("before free") == 1);
    if (!r->events)
        r->owns_events = false;
    rig_end(r);
    HOLDS(get_stats().queued_events == 0);
}

static void run_points(uint32_t media, action what)
{
    unsigned orders = 0;
    for (int point = 0; point < WEBC__LATCH_POINTS; point++) {
        bool more = true;
        for (unsigned occasion = 0; more; occasion++, orders++) {
            session s = {.point = (webc__latch_point)point, .occasion = occasion, .what = what};
            char order[96];
            snprintf(order, sizeof order, "%s at point %d, time %u", action_names[what], point, occasion);
            s.r.media = media;
            pump_begin(at_latch, &s);
            run_session(&s);
            more = s.acted;
            check_session(&s, order);
            pump_restart();
        }
    }
    /* Every point but that of an error is come to, some of them often. */
    ck_assert_uint_gt(orders, 10);
}

TEST_BOTH(any_call_at_any_point_keeps_the_promises)
{
    for (int what = NOTHING; what < ACTIONS; what++)
        run_points(media, (action)what);
}

/* P-16: a failing codec, at whose points the same happens: one ERROR, or none where it was cut off before. */
TEST_BOTH(an_error_met_by_any_call_is_told_once_or_never)
{
    for (int what = NOTHING; what < DESTROY; what++) {
        session s = {.point = WEBC__LATCH_BEFORE_ERROR, .what = (action)what};
        s.r.media = media;
        pump_begin(at_latch, &s);
        rig_begin(&s.r, media);
        s.r.script.fail_at[SCRIPTED_SEND] = 2;
        rig_create(&s.r, &(rig_params){.report_idle = 1});
        ck_ok(rig_configure(&s.r, "vp8"));
        rig_inputs(&s.r, 3);
        ck_ok(rig_flush(&s.r, 1));
        pump_all();
        ck_assert(s.acted);
        journal_take(&s.r.log, s.r.events);
        ck_assert_uint_eq(journal_count(&s.r.log, WEBC_EVENT_ERROR), s.cut ? 0 : 1);
        ck_assert_uint_eq(journal_count(&s.r.log, WEBC_EVENT_FLUSHED), what == FLUSH ? 2 : 1);
        ck_assert_int_eq(journal_at(&s.r.log, WEBC_EVENT_FLUSHED, 0)->result,
                         s.cut ? WEBC_ERROR_ABORT : WEBC_ERROR_ENCODING);
        ck_assert_uint_eq(s.r.log.items[s.r.log.count - 1].type, WEBC_EVENT_IDLE);
        rig_destroy(&s.r);
        pump_all();
        pump_restart();
        rig_end(&s.r);
    }
}

LEAK_CHECKED_MAIN("every_point", 30, BOTH(any_call_at_any_point_keeps_the_promises),
                  BOTH(an_error_met_by_any_call_is_told_once_or_never))
