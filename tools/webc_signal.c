/* SPDX-License-Identifier: MIT */
/*
 * Stopping on SIGINT and SIGTERM. The handler only sets a flag; every wait of the command goes through
 * webc__signal_poll(), which lets signals in atomically, so a stop is seen at once and never missed.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "webc.h"

static volatile sig_atomic_t stop_count;
static volatile sig_atomic_t stop_signal;

static void note_signal(int number)
{
    stop_signal = number;
    stop_count = stop_count < 100 ? stop_count + 1 : 100;
}

void webc__signal_install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = note_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

uint32_t webc__signal_count(void)
{
    return (uint32_t)stop_count;
}

int webc__signal_exit_code(void)
{
    return 128 + (int)stop_signal;
}

int webc__signal_poll(struct pollfd *fds, nfds_t count, int timeout_ms, uint32_t seen)
{
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int ready;
    int error = 0;
    if ((uint32_t)stop_count != seen) {
        ready = -1;
        error = EINTR;
    } else {
        struct timespec time = {.tv_sec = timeout_ms / 1000, .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
        ready = ppoll(fds, count, timeout_ms < 0 ? NULL : &time, &before);
        error = errno;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return ready;
}

int webc__signal_next_event(webc_events *events, webc_event *event, int timeout_ms, uint32_t seen)
{
    int64_t handle = webc_events_native_handle(events);
    for (;;) {
        if (webc__signal_count() != seen)
            return 0;
        int32_t taken = webc_events_next(events, 0, event);
        if (taken != 0)
            return taken;
        if (handle < 0) {
            /* No descriptor to be had: a stop is then seen with the next event. */
            return webc_events_next(events, timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000, event);
        }
        struct pollfd wait = {.fd = (int)handle, .events = POLLIN};
        int ready = webc__signal_poll(&wait, 1, timeout_ms, seen);
        if (ready == 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return WEBC_ERROR_SYSTEM;
    }
}
