/* SPDX-License-Identifier: MIT */
/*
 * H55, H56: what a session of every encoder and decoder leaves of the process as it was, and how many threads
 * many codecs have.
 */
#include <libavutil/log.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"
#include "video_support.h"

extern char **environ;

enum { SIDE = 64, INPUTS = 5, CODECS = 64 };

/* What belongs to the host. */
typedef struct host_state {
    char *environment;
    char locale[64];
    sigset_t mask;
    struct sigaction actions[NSIG];
    char folder[512];
    mode_t umask;
    int log_level;
    int log_flags;
    int policy;
} host_state;

/* The callback of the host, which has to be called when all is over. */
static _Atomic unsigned logged; /* by threads of decoders too */
static void count_log(void *context, int level, const char *format, va_list args)
{
    (void)context;
    (void)level;
    (void)args;
    logged += strcmp(format, "of the host") == 0;
}

static char *copy_environment(void)
{
    size_t size = 1;
    for (char **at = environ; *at; at++)
        size += strlen(*at) + 1;
    char *copy = calloc(1, size), *end = copy;
    ck_assert_ptr_nonnull(copy);
    for (char **at = environ; *at; at++)
        end = stpcpy(stpcpy(end, *at), "\n");
    return copy;
}

static host_state look(void)
{
    host_state state = {.environment = copy_environment(),
                        .log_level = av_log_get_level(),
                        .log_flags = av_log_get_flags(),
                        .policy = sched_getscheduler(0)};
    const char *locale = setlocale(LC_ALL, NULL);
    strncpy(state.locale, locale, sizeof state.locale - 1);
    pthread_sigmask(SIG_SETMASK, NULL, &state.mask);
    for (int number = 1; number < NSIG; number++)
        sigaction(number, NULL, &state.actions[number]);
    ck_assert_ptr_nonnull(getcwd(state.folder, sizeof state.folder));
    state.umask = umask(0);
    umask(state.umask);
    return state;
}

static void check_unchanged(host_state *before, const char *what)
{
    host_state now = look();
    ck_assert_str_eq(now.environment, before->environment);
    ck_assert_str_eq(now.locale, before->locale);
    ck_assert_str_eq(now.folder, before->folder);
    ck_assert_uint_eq(now.umask, before->umask);
    ck_assert_int_eq(now.log_level, before->log_level);
    ck_assert_int_eq(now.log_flags, before->log_flags);
    ck_assert_int_eq(now.policy, before->policy);
    for (int number = 1; number < NSIG; number++) {
        ck_assert_msg(sigismember(&now.mask, number) == sigismember(&before->mask, number), "%s: mask of %d",
                      what, number);
        ck_assert_msg(now.actions[number].sa_handler == before->actions[number].sa_handler, "%s: action of %d",
                      what, number);
    }
    unsigned calls = logged;
    av_log(NULL, AV_LOG_ERROR, "of the host");
    ck_assert_msg(logged == calls + 1, "%s: the host's log callback is gone", what);
    free(now.environment);
    free(before->environment);
}

/* Encode and decode again. */
static void run_session(const video_case *c)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, SIDE, SIDE);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < INPUTS; i++)
        video_encoder_put(s, video_picture(config.width, config.height, i, i * FRAME_US), i == 3, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, INPUTS);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, INPUTS);
    video_decoder_close(d);
    video_encoder_close(s);
    ck_assert_ok(webc_drain_workers(-1));
}

/* H56: a blocked signal, a locale and a log callback of the host stay. */
START_TEST(a_session_leaves_the_process_as_it_was)
{
    video_case cases[VIDEO_MOST_CASES];
    ck_assert_int_lt(_i, (int)video_cases(cases));
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    setlocale(LC_ALL, "");
    av_log_set_level(AV_LOG_WARNING);
    av_log_set_callback(count_log);
    host_state before = look();
    run_session(&cases[_i]);
    check_unchanged(&before, video_case_name(&cases[_i]));
}
END_TEST

/* H55: a codec for which one thread was asked has its worker and no other. */
START_TEST(threads_are_bounded_by_what_was_asked_for)
{
    static video_encoder_session *sessions[CODECS];
    video_case c = {.codec = WEBC_CODEC_VP8, .latency_mode = WEBC_LATENCY_MODE_REALTIME};
    webc_video_encoder_config config;
    unsigned before = count_threads();
    video_case_config(&c, &config, SIDE, SIDE);
    config.thread_count = 1;
    for (unsigned i = 0; i < CODECS; i++) {
        sessions[i] = video_encoder_open(&config);
        video_encoder_put(sessions[i], video_picture(SIDE, SIDE, i, 0), false, 0);
        video_log_until_outputs(&sessions[i]->log, sessions[i]->events, 1);
    }
    ck_assert_uint_le(count_threads(), before + CODECS + 1); /* ThreadSanitizer has one of its own */
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    ck_assert_ok(webc_get_stats(&stats));
    ck_assert_uint_eq(stats.threads, CODECS);
    ck_assert_uint_eq(stats.contexts, CODECS);
    for (unsigned i = 0; i < CODECS; i++)
        video_encoder_close(sessions[i]);
    ck_assert_ok(webc_drain_workers(-1));
    /* Workers that were waited for are about to end. */
    while (count_threads() > before + 1)
        sched_yield();
}
END_TEST

int main(void)
{
    const TTest *const each[] = {a_session_leaves_the_process_as_it_was};
    const TTest *const once[] = {threads_are_bounded_by_what_was_asked_for};
    return video_test_main("process_state", 120, each, COUNT(each), once, COUNT(once));
}
