/* SPDX-License-Identifier: MIT */
/* The platform face: what a thread of the library may not do, and waits that end. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "shared/thread.h"
#include "support_check.h"

static int try_realtime(void)
{
    struct sched_param param = {.sched_priority = 1};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static void *answer_of_child(void *arg)
{
    *(int *)arg = try_realtime();
    return NULL;
}

/* What a codec does: it starts threads of its own from the worker. */
static void start_child(void *arg)
{
    pthread_t child;
    if (pthread_create(&child, NULL, answer_of_child, arg) == 0)
        pthread_join(child, NULL);
}

/* H56. As root SVT-AV1 took the highest realtime priority and the caller stood still for 130 ms. */
START_TEST(no_thread_of_the_library_takes_realtime_priority)
{
    int answer = 0;
    ck_assert_int_eq(webc__thread_start("test", start_child, &answer), 0);
    ck_assert(webc__thread_drain(-1));
    ck_assert_int_eq(answer, EPERM);
}
END_TEST

/* The caller keeps what it was allowed. */
START_TEST(the_host_keeps_its_privileges)
{
    int before = try_realtime();
    int answer = 0;
    ck_assert_int_eq(webc__thread_start("test", start_child, &answer), 0);
    ck_assert(webc__thread_drain(-1));
    ck_assert_int_eq(try_realtime(), before);
}
END_TEST

static void read_mask(void *arg)
{
    pthread_sigmask(SIG_SETMASK, NULL, arg);
}

START_TEST(threads_block_the_signals_of_the_host_and_not_their_own_faults)
{
    sigset_t mask;
    sigemptyset(&mask);
    ck_assert_int_eq(webc__thread_start("test", read_mask, &mask), 0);
    ck_assert(webc__thread_drain(-1));
    ck_assert(sigismember(&mask, SIGINT) && sigismember(&mask, SIGALRM) && sigismember(&mask, SIGUSR1));
    ck_assert(!sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGABRT));
}
END_TEST

static void wait_for_byte(void *arg)
{
    char byte;
    ck_assert_int_eq(read(*(int *)arg, &byte, 1), 1);
}

START_TEST(a_drain_tells_who_is_left_and_takes_any_timeout)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(webc__thread_start("test", wait_for_byte, &ends[0]), 0);
    ck_assert(!webc__thread_drain(0));
    ck_assert_uint_eq(webc__thread_live(), 1);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
    ck_assert(webc__thread_drain(INT64_MAX));
    ck_assert_uint_eq(webc__thread_live(), 0);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(deadlines_saturate)
{
    ck_assert_int_eq(webc__deadline_us(-1), INT64_MAX);
    ck_assert_int_eq(webc__deadline_us(INT64_MAX), INT64_MAX);
    ck_assert_int_ge(webc__deadline_us(1000000), webc__clock_us());
}
END_TEST

CHECK_MAIN("shared_thread", 20, no_thread_of_the_library_takes_realtime_priority, the_host_keeps_its_privileges,
           threads_block_the_signals_of_the_host_and_not_their_own_faults,
           a_drain_tells_who_is_left_and_takes_any_timeout, deadlines_saturate)
