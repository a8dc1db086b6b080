/* SPDX-License-Identifier: MIT */
#include "shared/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/capability.h>
#include <sys/syscall.h>
#endif

#include "shared/hooks.h"
#include "shared/ledger.h"

/* Encoders recurse little but keep large frames on the stack; untouched pages cost nothing. */
#define STACK_BYTES (4u << 20)

/* The only lock of the process: it guards the count of live threads for webc__thread_drain(). */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t fell; /* signalled when no thread is left to wait for */
    /* guarded by lock */
    uint32_t live;
    uint32_t quarantined; /* of those */
} threads = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_once_t threads_once = PTHREAD_ONCE_INIT;

typedef struct start {
    const char *name;
    void (*run)(void *arg);
    void *arg;
} start;

/*
 * fork() takes only the calling thread along: in the child none of ours is left, whatever was counted, and the
 * lock must not be that of a thread which is not there.
 */
static void before_fork(void)
{
    pthread_mutex_lock(&threads.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&threads.lock);
}

static void after_fork_in_child(void)
{
    threads.live = threads.quarantined = 0;
    webc__cond_init(&threads.fell);
    pthread_mutex_unlock(&threads.lock);
}

static void init_threads(void)
{
    webc__cond_init(&threads.fell);
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

void webc__thread_at_fork(void (*before)(void), void (*after)(void), void (*in_child)(void))
{
    /* What is registered later runs earlier before a fork: the lock of the count is taken last. */
    pthread_once(&threads_once, init_threads);
    pthread_atfork(before, after, in_child);
}

static void count(int live, int quarantined)
{
    pthread_mutex_lock(&threads.lock);
    threads.live += (uint32_t)live;
    threads.quarantined += (uint32_t)quarantined;
    if (threads.live == threads.quarantined)
        pthread_cond_broadcast(&threads.fell);
    pthread_mutex_unlock(&threads.lock);
}

/*
 * A thread of ours, and those that a codec starts from it, may not have realtime priority: SVT-AV1 takes the
 * highest where it can, in a process of root, and then the host's own threads stand still for a tenth of a
 * second at a time.
 */
static void renounce_realtime(void)
{
#ifdef __linux__
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data))
        return;
    data[CAP_TO_INDEX(CAP_SYS_NICE)].effective &= ~CAP_TO_MASK(CAP_SYS_NICE);
    syscall(SYS_capset, &header, data);
#endif
}

/*
 * A batch thread gets the same share of the CPUs, but does not take one from a running thread when it wakes up:
 * the caller who wakes a worker goes on, and so does a worker that holds the short lock.
 */
static void let_callers_run(void)
{
#ifdef SCHED_BATCH
    if (sched_getscheduler(0) == SCHED_OTHER)
        sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
#endif
}

static void *enter(void *arg)
{
    start begin = *(start *)arg;
    free(arg);
#ifdef __linux__
    pthread_setname_np(pthread_self(), begin.name);
#endif
    renounce_realtime();
    let_callers_run();
    begin.run(begin.arg);
    count(-1, 0);
    return NULL;
}

static int create(start *begin)
{
    pthread_attr_t attr;
    int error = pthread_attr_init(&attr);
    if (error)
        return error;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_BYTES);

    /* A new thread inherits the mask: signals stay with the host's threads, but for those of its own faults. */
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
    sigset_t all, before;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    error = pthread_create(&thread, &attr, enter, begin);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

int webc__thread_start(const char *name, void (*run)(void *arg), void *arg)
{
    pthread_once(&threads_once, init_threads);
    start *begin = malloc(sizeof *begin);
    if (!begin)
        return ENOMEM;
    *begin = (start){.name = name, .run = run, .arg = arg};
    count(1, 0);
    int error = create(begin);
    if (error) {
        count(-1, 0);
        free(begin);
    }
    return error;
}

uint32_t webc__thread_live(void)
{
    pthread_mutex_lock(&threads.lock);
    uint32_t live = threads.live;
    pthread_mutex_unlock(&threads.lock);
    return live;
}

uint32_t webc__thread_quarantined(void)
{
    pthread_mutex_lock(&threads.lock);
    uint32_t quarantined = threads.quarantined;
    pthread_mutex_unlock(&threads.lock);
    return quarantined;
}

void webc__thread_quarantine(bool stuck)
{
    count(0, stuck ? 1 : -1);
}

bool webc__thread_drain(int64_t timeout_us)
{
    pthread_once(&threads_once, init_threads);
    int64_t deadline = webc__deadline_us(timeout_us);
    bool in_time = true;
    pthread_mutex_lock(&threads.lock);
    while (threads.live != threads.quarantined && in_time)
        in_time = webc__cond_wait_until(&threads.fell, &threads.lock, deadline);
    bool done = threads.live == threads.quarantined;
    pthread_mutex_unlock(&threads.lock);
    return done;
}

uint32_t webc__cpu_count(void)
{
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (uint32_t)CPU_COUNT(&allowed);
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

int64_t webc__clock_us(void)
{
#ifdef WEBC_TEST_HOOKS
    if (webc__hooks.holds_clock)
        return webc__test_clock();
#endif
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t webc__deadline_us(int64_t timeout_us)
{
    int64_t now = webc__clock_us();
    return timeout_us < 0 || timeout_us > INT64_MAX - now ? INT64_MAX : now + timeout_us;
}

int webc__mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    int error = pthread_mutexattr_init(&attr);
    if (error)
        return error;
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    /* The lock is held for some hundred instructions: a short spin beats a sleep. */
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    error = pthread_mutex_init(mutex, &attr);
    pthread_mutexattr_destroy(&attr);
    return error;
}

void webc__mutex_lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_trylock(mutex) == 0)
        return;
    WEBC__LEDGER_ADD(lock_waits);
    pthread_mutex_lock(mutex);
}

int webc__cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int error = pthread_condattr_init(&attr);
    if (error)
        return error;
    error = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (!error)
        error = pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
    return error;
}

bool webc__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_us)
{
    if (deadline_us == INT64_MAX) {
        pthread_cond_wait(cond, mutex);
        return true;
    }
#ifdef WEBC_TEST_HOOKS
    /* Who sets the clock signals. */
    if (webc__hooks.holds_clock && webc__test_clock() < deadline_us) {
        pthread_cond_wait(cond, mutex);
        return true;
    }
#endif
    struct timespec until = {.tv_sec = deadline_us / 1000000, .tv_nsec = deadline_us % 1000000 * 1000};
    /* Any error counts as the end of the time: a caller that goes on waiting would spin. */
    return pthread_cond_timedwait(cond, mutex, &until) == 0;
}
