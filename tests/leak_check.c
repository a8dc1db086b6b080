/* SPDX-License-Identifier: MIT */
/* The leak check of codec_rig.c bites: tests that leave something behind fail, each with the right reason. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec_rig.h"

static webc_frame *kept_frame;
static webc_chunk *kept_chunk;
static webc_events *kept_events;
static rig kept_rig;

START_TEST(leaves_frames)
{
    kept_frame = make_frame(1, 0);
}
END_TEST

START_TEST(leaves_chunks)
{
    kept_chunk = make_chunk(1, 0);
}
END_TEST

START_TEST(leaves_events)
{
    ck_ok(webc_events_create(&kept_events, NULL));
}
END_TEST

START_TEST(leaves_queued_events)
{
    static uint8_t picture[PICTURE_BYTES];
    webc_frame_params params;
    picture_params(&params, 0);
    ck_ok(webc_events_create(&kept_events, NULL));
    ck_ok(webc_frame_wrap_with_event(&kept_frame, &params, picture, sizeof picture, kept_events, 1));
    webc_frame_unref(&kept_frame);
}
END_TEST

START_TEST(leaves_descriptors)
{
    ck_assert_int_ge(dup(0), 0);
}
END_TEST

/* A worker that is never told to end keeps the drain of the check from returning. */
START_TEST(leaves_threads)
{
    rig_start(&kept_rig, WEBC_MEDIA_VIDEO_DECODER);
}
END_TEST

START_TEST(leaves_nothing)
{
    rig_start(&kept_rig, WEBC_MEDIA_VIDEO_DECODER);
    rig_inputs(&kept_rig, 3);
    ck_assert_int_eq(rig_finish(&kept_rig), WEBC_OK);
    rig_end(&kept_rig);
}
END_TEST

typedef struct expectation {
    const TTest *test;
    const char *reason; /* in the message of its failure; NULL: it passes */
} expectation;

/* Run one test alone; true when it ends as expected. */
static bool ends_as_expected(const expectation *expected)
{
    Suite *suite = suite_create("leak check");
    TCase *tcase = leak_checked_case(expected->test->name, 2);
    tcase_add_test(tcase, expected->test);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, CK_SILENT);
    bool failed = srunner_ntests_failed(runner) == 1;
    bool good = failed == (expected->reason != NULL);
    TestResult **results = srunner_results(runner);
    const char *message = results[0] ? tr_msg(results[0]) : "";
    if (good && failed)
        good = strstr(message, expected->reason) != NULL;
    if (!good)
        fprintf(stderr, "%s: %s, \"%s\"\n", expected->test->name, failed ? "failed" : "passed", message);
    free(results);
    srunner_free(runner);
    return good;
}

int main(void)
{
    const expectation expectations[] = {
        {leaves_nothing, NULL},
        {leaves_frames, "1 frames"},
        {leaves_chunks, "1 chunks"},
        {leaves_events, "1 events"},
        {leaves_queued_events, "events behind"},
        {leaves_descriptors, "1 descriptors"},
        {leaves_threads, "timeout"}, /* the last: see below */
    };
    size_t count = sizeof expectations / sizeof expectations[0];
    int status = EXIT_SUCCESS;
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        /* However slow the others may be here, what waits for ever needs no more time. */
        if (i == count - 1)
            unsetenv("CK_TIMEOUT_MULTIPLIER");
        bool good = ends_as_expected(&expectations[i]);
        printf("%sok %zu %s\n", good ? "" : "not ", i + 1, expectations[i].test->name);
        if (!good)
            status = EXIT_FAILURE;
    }
    return status;
}
