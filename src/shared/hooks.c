/* SPDX-License-Identifier: MIT */
#include "shared/hooks.h"

#include <stdatomic.h>

#include "shared/watchdog.h"

webc__test_hooks webc__hooks;

static _Atomic int64_t clock_us;

int64_t webc__test_clock(void)
{
    return atomic_load(&clock_us);
}

void webc__test_clock_set(int64_t us)
{
    atomic_store(&clock_us, us);
    webc__watchdog_look();
}
