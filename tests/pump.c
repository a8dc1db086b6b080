/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <check.h>

#include "history.h"

#include "shared/worker.h"

#define MOST_WORKERS 16

static struct {
    void (*at_latch)(void *user, webc__latch_point point);
    void *user;
    webc__worker *workers[MOST_WORKERS]; /* NULL: ended */
    size_t count;
} pump;

static void note_worker(void *user, webc__worker *worker)
{
    (void)user;
    ck_assert_uint_lt(pump.count, MOST_WORKERS);
    pump.workers[pump.count++] = worker;
}

static void pass_latch(void *user, void *owner, webc__latch_point point)
{
    static const char *const names[WEBC__LATCH_POINTS] = {
        [WEBC__LATCH_DEQUEUED] = "dequeued",           [WEBC__LATCH_DROPPED] = "dropped",
        [WEBC__LATCH_BEFORE_POST] = "before post",     [WEBC__LATCH_WINDOW_FULL] = "window full",
        [WEBC__LATCH_BEFORE_SETTLE] = "before settle", [WEBC__LATCH_BEFORE_ERROR] = "before error",
        [WEBC__LATCH_BEFORE_IDLE] = "before idle",     [WEBC__LATCH_BEFORE_DISCARD] = "before discard",
        [WEBC__LATCH_BEFORE_FREE] = "before free",
    };
    (void)user;
    (void)owner;
    history_add(names[point]);
    if (pump.at_latch)
        pump.at_latch(pump.user, point);
}

void pump_begin(void (*at_latch)(void *user, webc__latch_point point), void *user)
{
    pump_restart();
    history_clear();
    pump.at_latch = at_latch;
    pump.user = user;
    webc__hooks.pump = true;
    webc__hooks.started = note_worker;
    webc__hooks.latch = pass_latch;
}

bool pump_step(size_t index)
{
    if (!pump_is_alive(index))
        return false;
    webc__step step = webc__worker_step(pump.workers[index]);
    if (step == WEBC__STEP_ENDED)
        pump.workers[index] = NULL;
    return step != WEBC__STEP_IDLE;
}

bool pump_is_alive(size_t index)
{
    return index < pump.count && pump.workers[index];
}

void pump_all(void)
{
    bool busy;
    do {
        busy = false;
        for (size_t i = 0; i < pump.count; i++)
            busy |= pump_step(i);
    } while (busy);
}

void pump_restart(void)
{
    for (size_t i = 0; i < pump.count; i++)
        ck_assert_ptr_null(pump.workers[i]);
    pump.count = 0;
}
