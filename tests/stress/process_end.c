/* SPDX-License-Identifier: MIT */
/*
 * H53, H54: processes that end, fork or unload the library while a worker is busy. Each is a process of its
 * own: this program again with two arguments, or process_host for the library that is loaded at run time.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec_rig.h"

enum { EXIT_CODE = 42, CHILD_CODE = 7, BAD_CODE = 99, REAL_SIDE = 320, REAL_INPUTS = 12 };

/* The child. Check cannot assert here. */

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "process_end: %s: %s\n", what, webc_error_message());
    _exit(BAD_CODE);
}
#define MUST(call) must((call) == WEBC_OK, #call)

/* What the stacks of the parent's workers point at is no leak of the child. */
static bool forked;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return forked;
}

static scripted script;
static webc_events *events;
static webc_video_encoder *encoder;
static uint64_t watchdog_us;

static webc_frame *grey(uint32_t side, int64_t timestamp)
{
    size_t size = (size_t)side * side * 3 / 2;
    uint8_t *picture = malloc(size);
    webc_frame *frame = NULL;
    webc_frame_params params;
    must(picture != NULL, "memory");
    for (size_t i = 0; i < size; i++)
        picture[i] = (uint8_t)(i * i / 7 + (uint64_t)timestamp);
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = side;
    params.timestamp = timestamp;
    MUST(webc_frame_create(&frame, &params, picture, size));
    free(picture);
    return frame;
}

static void begin(const webc__backend *backend, const char *codec, uint32_t side, unsigned inputs)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = config.height = side;
    webc_video_encoder_params params;
    webc_video_encoder_params_init(&params, sizeof params);
    params.watchdog_us = watchdog_us;
    MUST(webc_events_create(&events, NULL));
    MUST(webc__video_encoder_create_on(&encoder, events, &params, backend));
    MUST(webc_video_encoder_configure(encoder, &config));
    for (unsigned i = 0; i < inputs; i++) {
        webc_frame *frame = grey(side, i * 33333);
        MUST(webc_video_encoder_encode(encoder, frame, NULL));
        webc_frame_unref(&frame);
    }
    MUST(webc_video_encoder_flush(encoder, 1));
}

/* A worker that stands at a point of the script. */
static void park(scripted_point point)
{
    webc__backend backend = scripted_backend(&script);
    scripted_init(&script);
    scripted_park(&script, point);
    begin(&backend, "vp8", SCRIPTED_SIDE, 3);
    scripted_wait_parked(&script, point);
}

/* A real encoder at work: it has taken the first of many frames. */
static bool encode_for_real(const char *codec)
{
    webc_event event;
    begin(&webc__backend_ffmpeg, codec, REAL_SIDE, REAL_INPUTS);
    webc_event_init(&event, sizeof event);
    do
        must(webc_events_next(events, -1, &event) == 1, "next");
    while (event.type != WEBC_EVENT_DEQUEUE && event.type != WEBC_EVENT_ERROR);
    bool there = event.type == WEBC_EVENT_DEQUEUE;
    webc_event_clear(&event);
    return there;
}

/* Outputs up to the completion. */
static unsigned finish(void)
{
    unsigned chunks = 0;
    webc_event event;
    webc_event_init(&event, sizeof event);
    do {
        must(webc_events_next(events, -1, &event) == 1, "next");
        chunks += event.type == WEBC_EVENT_CHUNK;
    } while (event.type != WEBC_EVENT_FLUSHED);
    MUST(event.result);
    webc_event_clear(&event);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    return chunks;
}

/* A codec of the child whose worker does not come back within its limit. */
static void be_watched(void)
{
    webc_event event;
    static scripted standing; /* its worker is not waited for */
    scripted_init(&standing);
    scripted_park(&standing, SCRIPTED_SEND);
    webc__backend backend = scripted_backend(&standing);
    watchdog_us = 1;
    begin(&backend, "vp8", SCRIPTED_SIDE, 1);
    webc_event_init(&event, sizeof event);
    do
        must(webc_events_next(events, -1, &event) == 1, "next");
    while (event.type != WEBC_EVENT_ERROR);
    webc_event_clear(&event);
    scripted_release(&standing, SCRIPTED_SEND);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
}

/* After fork() the child has none of the parent's threads: it makes objects of its own and waits for theirs. */
static void be_the_child(void)
{
    webc_stats stats;
    scripted other;
    bool watched = watchdog_us != 0;
    forked = true;
    scripted_init(&other);
    webc__backend backend = scripted_backend(&other);
    begin(&backend, "vp8", SCRIPTED_SIDE, 5);
    must(finish() == 5, "5 chunks");
    if (watched)
        be_watched();
    MUST(webc_drain_workers(-1));
    webc_stats_init(&stats, sizeof stats);
    do
        MUST(webc_get_stats(&stats));
    while (stats.threads); /* one that was quarantined ends too */
    exit(CHILD_CODE);
}

/* The parent does not notice. */
static int end_by_fork(unsigned inputs, const scripted_point *parked)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        be_the_child();
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CODE,
         "child");
    if (parked)
        scripted_release(&script, *parked);
    must(finish() == inputs, "chunks of the parent");
    MUST(webc_drain_workers(-1));
    return EXIT_CODE;
}

static int run_child(const char *ending, const char *worker)
{
    static const char *const points[SCRIPTED_POINTS] = {
        [SCRIPTED_OPEN] = "open",   [SCRIPTED_SEND] = "send", [SCRIPTED_RECEIVE] = "receive",
        [SCRIPTED_DRAIN] = "drain", [SCRIPTED_FREE] = "free",
    };
    scripted_point point = SCRIPTED_OPEN;
    if (strcmp(worker, "watched") == 0) {
        watchdog_us = 3600 * UINT64_C(1000000);
        worker = "send";
    }
    while (point < SCRIPTED_POINTS && strcmp(points[point], worker) != 0)
        point++;
    if (point < SCRIPTED_POINTS)
        park(point);
    else if (!encode_for_real(worker))
        return EXIT_CODE; /* FFmpeg has no such encoder */
    if (strcmp(ending, "fork") == 0)
        return point < SCRIPTED_POINTS ? end_by_fork(3, &point) : end_by_fork(REAL_INPUTS, NULL);
    if (strcmp(ending, "exit") == 0)
        exit(EXIT_CODE);
    if (strcmp(ending, "_exit") == 0)
        _exit(EXIT_CODE);
    if (strcmp(ending, "quick_exit") == 0)
        quick_exit(EXIT_CODE);
    if (strcmp(ending, "destroy") == 0) {
        webc_video_encoder_destroy(&encoder);
        webc_events_destroy(&events);
    }
    return EXIT_CODE;
}

/* The test. */

static void check_process(const char *program, const char *first, const char *second)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, first, second, (char *)NULL);
        _exit(BAD_CODE);
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CODE,
                  "%s with worker %s ended with status %#x", first, second, (unsigned)status);
}

static void check_ending(const char *ending)
{
    static const char *const workers[] = {"open",          "send",         "receive",     "drain",
                                          "free",          "watched",      "avc1.42001e", "vp8",
                                          "vp09.00.10.08", "av01.0.04M.08"};
    for (size_t i = 0; i < sizeof workers / sizeof workers[0]; i++)
        check_process("/proc/self/exe", ending, workers[i]);
}

START_TEST(exit_ends_a_process_with_busy_workers)
{
    check_ending("exit");
}
END_TEST

START_TEST(immediate_exit_ends_a_process_with_busy_workers)
{
    check_ending("_exit");
}
END_TEST

START_TEST(quick_exit_ends_a_process_with_busy_workers)
{
    check_ending("quick_exit");
}
END_TEST

START_TEST(return_from_main_ends_a_process_with_busy_workers)
{
    check_ending("return");
}
END_TEST

/* Destroyed codecs whose workers have not ended yet. */
START_TEST(return_from_main_ends_a_process_with_orphaned_workers)
{
    check_ending("destroy");
}
END_TEST

/*
 * ThreadSanitizer has no threads in a child of a process that has some, and AddressSanitizer's allocator leaves
 * its locks there as other threads held them.
 */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define FORKS false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define FORKS false
#endif
#endif
#ifndef FORKS
#define FORKS true
#endif

START_TEST(fork_leaves_parent_and_child_able_to_work)
{
    if (FORKS)
        check_ending("fork");
    else
        printf("# skipped: no fork() beside threads under a sanitizer\n");
}
END_TEST

/* The library stays mapped when the program closes it under a worker that has yet to return into it. */
START_TEST(dlclose_leaves_busy_workers_their_code)
{
#ifdef HOST
    check_process(HOST, LIBRARY, "dlclose");
    check_process(HOST, LIBRARY, "exit");
#else
    printf("# skipped: there is no shared library\n");
#endif
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        exit_ends_a_process_with_busy_workers,
        immediate_exit_ends_a_process_with_busy_workers,
        quick_exit_ends_a_process_with_busy_workers,
        return_from_main_ends_a_process_with_busy_workers,
        return_from_main_ends_a_process_with_orphaned_workers,
        fork_leaves_parent_and_child_able_to_work,
        dlclose_leaves_busy_workers_their_code,
    };
    if (argc == 3)
        return run_child(argv[1], argv[2]);
    return run_leak_checked("process_end", 60, tests, sizeof tests / sizeof tests[0]);
}
