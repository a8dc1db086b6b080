/* SPDX-License-Identifier: MIT */
/*
 * A session in which, at one named point of the worker, something happens: every point, every time it is come
 * to, and every call that could go wrong there. The worker runs on the thread of the test, so each is one
 * certain order, and a failure names it.
 */
#include <string.h>

#include "codec_rig.h"
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

static void act(session *s)
{
    rig *r = &s->r;
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
        s->flushes += rig_flush(r, 100) == WEBC_OK;
        break;
    case RECONFIGURE:
        rig_configure(r, "vp8");
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
    rig_create(r, &(rig_params){.max_outputs = 1});
    ck_ok(rig_configure(r, "vp8"));
    for (int i = 0; i < 3; i++)
        s->inputs += rig_input(r) == WEBC_OK;
    s->flushes += rig_flush(r, 1) == WEBC_OK;
    pump_all();
    if (is_alive(s) && rig_configure(r, "vp8") == WEBC_OK) {
        for (int i = 0; i < 2; i++)
            s->inputs += rig_input(r) == WEBC_OK;
        s->flushes += rig_flush(r, 2) == WEBC_OK;
    }
    pump_all();
}

/* H01, H02, H04, H29, P-12: what was cut off is told once and as such, what came after the cut is all there. */
static void check_session(session *s, const char *order)
{
    rig *r = &s->r;
    if (is_alive(s)) {
        journal_take(&r->log, r->events);
        pump_all();
        journal_take(&r->log, r->events);
        size_t outputs = journal_count(&r->log, rig_output(r));
        ck_assert_msg(journal_count(&r->log, WEBC_EVENT_FLUSHED) == s->flushes, "%s: %zu of %u flushes", order,
                      journal_count(&r->log, WEBC_EVENT_FLUSHED), (unsigned)s->flushes);
        ck_assert_msg(outputs == s->shown + s->inputs, "%s: %zu outputs, %u before the cut and of %u inputs",
                      order, outputs, (unsigned)s->shown, (unsigned)s->inputs);
        webc_codec_stats stats = rig_stats(r);
        ck_assert_msg(stats.accepted == stats.taken + stats.cancelled, "%s: inputs are lost", order);
        ck_assert_msg(stats.flushes == stats.flushed, "%s: flushes are lost", order);
        ck_assert_msg(rig_queue_size(r) == 0, "%s: size %u", order, rig_queue_size(r));
        for (size_t i = 0; i < r->log.count; i++)
            ck_assert_msg(r->log.items[i].type != WEBC_EVENT_ERROR, "%s: %s", order, r->log.items[i].message);
    }
    rig_destroy(r);
    pump_all();
    ck_assert_msg(!pump_is_alive(0), "%s: the worker does not end", order);
    if (!r->events)
        r->owns_events = false;
    rig_end(r);
    ck_assert_msg(get_stats().queued_events == 0, "%s: events are left", order);
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
        rig_create(&s.r, NULL);
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
        rig_destroy(&s.r);
        pump_all();
        pump_restart();
        rig_end(&s.r);
    }
}

LEAK_CHECKED_MAIN("every_point", 30, BOTH(any_call_at_any_point_keeps_the_promises),
                  BOTH(an_error_met_by_any_call_is_told_once_or_never))
