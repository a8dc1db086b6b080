/* SPDX-License-Identifier: MIT */
/*
 * Limits on how long a call may take. One thread for the process sleeps to the earliest of them; it begins with
 * the first deadline that is armed and ends when nobody is left who could arm one. While none is armed it
 * sleeps without a limit.
 */
#ifndef WEBC_SHARED_WATCHDOG_H
#define WEBC_SHARED_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

/** Embedded in its owner, which is alive while it is armed. */
typedef struct webc__deadline {
    /* set at creation: called once the moment has come, on the watchdog's thread and without a lock */
    void (*passed)(struct webc__deadline *deadline);
    /* guarded by the watchdog's lock */
    struct webc__deadline *next;
    struct webc__deadline *prev;
    int64_t at_us;
    enum { WEBC__DEADLINE_UNARMED, WEBC__DEADLINE_ARMED, WEBC__DEADLINE_PASSED } state;
} webc__deadline;

/** Somebody who may arm deadlines comes and goes. Any thread. */
void webc__watchdog_enter(void);
void webc__watchdog_leave(void);

/** Arm an unarmed deadline `limit_us` from now; 0 or an errno value. Any thread. */
int webc__watchdog_arm(webc__deadline *deadline, int64_t limit_us);

/** The call came back: true when that was too late, and then `passed` has returned. Any thread but its own. */
bool webc__watchdog_disarm(webc__deadline *deadline);

#ifdef WEBC_TEST_HOOKS
/** Have the watchdog read the clock again, and wait until it has told of what has passed. Not inside `passed`.
 */
void webc__watchdog_look(void);
#endif

#endif
