/* SPDX-License-Identifier: MIT */
/* H55: threads, locks and descriptors that the system refuses: SystemError, nothing left, and all well after
 * it. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fault_session.h"

static bool run_codec(const void *what)
{
    session s;
    run_session(&s, what, WEBC_ERROR_SYSTEM);
    return s.reports > 0;
}

/* Creating the events object takes three locks and conditions, a codec those of its worker and a thread. */
TEST_BOTH(every_thread_and_lock_of_a_codec_may_be_refused)
{
    ck_assert_uint_ge(fail_each_scripted(media, FAULT_SYSTEM, run_codec), 16);
}

static bool run_query(const void *what)
{
    webc_events *events = NULL;
    webc_event event;
    webc_event_init(&event, sizeof event);
    webc_result result = TRY(webc_events_create(&events, NULL));
    int64_t handle = result ? WEBC_ERROR_SYSTEM : TRY(webc_events_native_handle(events));
    ck_assert_msg(handle >= 0 || handle == WEBC_ERROR_SYSTEM, "%s: handle %lld", fault_place(),
                  (long long)handle);
    bool told = handle < 0;
    /* What was refused once can be had when it is asked for again. */
    if (events && handle < 0 && !strstr(fault_place(), "for ever"))
        ck_assert_int_ge(TRY(webc_events_native_handle(events)), 0);
    if (events) {
        result = TRY(webc_video_decoder_query_support(events, what, 1));
        ck_assert_msg(!result || result == WEBC_ERROR_SYSTEM, "%s: %s", fault_place(),
                      webc_result_name(result));
        if (!result)
            ck_assert_int_eq(TRY(webc_events_next(events, -1, &event)), 1);
        told |= result != WEBC_OK;
        webc_event_clear(&event);
    }
    TRY_VOID(webc_events_destroy(&events));
    ck_ok(webc_drain_workers(-1));
    check_ledger();
    return told;
}

START_TEST(every_thread_lock_and_descriptor_of_an_events_object_may_be_refused)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = "vp8";
    ck_assert_uint_ge(
        fail_each("threads, locks and the descriptor of events", FAULT_SYSTEM, run_query, &config, false), 15);
}
END_TEST

enum { DESCRIPTORS = 64 };

/* Without any descriptor left everything works but the native handle, which says why, and can be had later. */
TEST_BOTH(without_descriptors_only_the_handle_is_refused)
{
    int taken[DESCRIPTORS];
    size_t count = 0;
    struct rlimit before, small;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    small = before;
    small.rlim_cur = DESCRIPTORS;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &small), 0);
    while ((taken[count] = dup(0)) >= 0)
        count++;
    ck_assert_int_eq(errno, EMFILE);
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 3);
    ck_assert_int_eq(webc_events_native_handle(r.events), WEBC_ERROR_SYSTEM);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), strerror(EMFILE)));
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    ck_assert_uint_eq(journal_count(&r.log, rig_output(&r)), 3);
    rig_inputs(&r, 1);
    close(taken[--count]);
    int64_t handle = webc_events_native_handle(r.events);
    ck_assert_int_eq(handle, taken[count]);
    wait_readable(handle);
    journal_until(&r.log, r.events, rig_output(&r), 4);
    rig_end(&r);
    while (count)
        close(taken[--count]);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}

LEAK_CHECKED_MAIN("no_system", 30, BOTH(every_thread_and_lock_of_a_codec_may_be_refused),
                  every_thread_lock_and_descriptor_of_an_events_object_may_be_refused,
                  BOTH(without_descriptors_only_the_handle_is_refused))
