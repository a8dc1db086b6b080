/* SPDX-License-Identifier: MIT */
/*
 * Events from the engine's queue to JavaScript. The queue wakes the loop through a thread-safe function; each
 * event is taken in a call of its own, so that Node runs microtasks and process.nextTick between two events, as
 * the specification's tasks have it.
 */
#include "addon.h"

#include <time.h>

/*
 * For how long events are delivered before the loop gets a turn: a codec that is faster than its output
 * callback would never let it have one. Timers are late by about that.
 */
#define TURN_NS 4000000u

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Any thread: have take() called on the JavaScript thread, unless that is on its way. */
static void schedule(binding *addon)
{
    if (!atomic_exchange(&addon->scheduled, true))
        napi_call_threadsafe_function(addon->pump, NULL, napi_tsfn_nonblocking);
}

/* Any thread. */
static void wakeup(void *user)
{
    schedule(user);
}

/* Let the loop have its turn and go on after it; false when JavaScript cannot be asked for that. */
static bool defer(binding *addon)
{
    napi_value later, undefined;
    addon->deferred = true;
    if (!napi_get_reference_value(addon->env, addon->later, &later) &&
        !napi_get_undefined(addon->env, &undefined) &&
        !napi_call_function(addon->env, undefined, later, 0, NULL, NULL))
        return true;
    addon->deferred = false;
    report_exception(addon->env);
    return false;
}

/* One event. */
static void take(napi_env env, napi_value unused, void *context, void *data)
{
    binding *addon = context;
    webc_event event;
    (void)unused, (void)data;
    /* Before the queue is looked at: what comes into it afterwards asks for another call. */
    atomic_store(&addon->scheduled, false);
    if (!env || addon->closing || addon->deferred)
        return;
    uint64_t now = now_ns();
    if (!addon->turn_began)
        addon->turn_began = now;
    if (now - addon->turn_began > TURN_NS && defer(addon))
        return;
    webc_event_init(&event, sizeof event);
    if (webc_events_next(addon->events, 0, &event) != 1) {
        addon->turn_began = 0;
        return;
    }
    /* There may be more, and the queue tells of its first only. */
    schedule(addon);
    codec_event(addon, &event);
    webc_event_clear(&event);
}

static napi_value resume(napi_env env, napi_callback_info info)
{
    binding *addon = begin_call(env, info).addon;
    addon->deferred = false;
    addon->turn_began = 0;
    schedule(addon);
    return NULL;
}

bool pump_start(binding *addon)
{
    napi_value name = make_text(addon->env, "libwebcodecs");
    if (napi_create_threadsafe_function(addon->env, NULL, NULL, name, 0, 1, NULL, NULL, addon, take,
                                        &addon->pump))
        return false;
    napi_unref_threadsafe_function(addon->env, addon->pump);
    return !webc_events_set_wakeup(addon->events, wakeup, addon);
}

void pump_stop(binding *addon)
{
    webc_events_set_wakeup(addon->events, NULL, NULL);
}

void pump_hold(binding *addon, bool busy)
{
    if (busy ? addon->busy++ == 0 : --addon->busy == 0) {
        if (busy)
            napi_ref_threadsafe_function(addon->env, addon->pump);
        else
            napi_unref_threadsafe_function(addon->env, addon->pump);
    }
}

const js_function pump_functions[] = {{"resume", resume}, {0}};
