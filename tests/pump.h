/* SPDX-License-Identifier: MIT */
/*
 * Workers without threads: the test runs them, a turn at a time, and may act inside a turn at the named points
 * of src/shared/hooks.h. Every order of calls, turns and deliveries can be had that way, and had again.
 */
#ifndef WEBC_TESTS_PUMP_H
#define WEBC_TESTS_PUMP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/hooks.h"

/**
 * From now on workers have no threads. The history is begun anew, and gets every point that is come to.
 * `at_latch` may be NULL, and may call the library.
 */
void pump_begin(void (*at_latch)(void *user, webc__latch_point point), void *user);

/** One turn of worker number `index`, in the order in which they were made; false when it had nothing to do. */
bool pump_step(size_t index);

/** True until the worker has ended. */
bool pump_is_alive(size_t index);

/** Turns until nobody has anything to do. */
void pump_all(void);

/** After the last worker has ended: number them from 0 again. */
void pump_restart(void);

#endif
