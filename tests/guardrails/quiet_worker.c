/* SPDX-License-Identifier: MIT */
/* H25: a worker without messages sleeps, and calls to a busy worker do not put the caller to sleep. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "codec_rig.h"

/* The codec's worker, the only other thread of this process. */
typedef struct thread_status {
    char state;
    unsigned long sleeps; /* voluntary context switches */
} thread_status;

static thread_status look_at_worker(void)
{
    thread_status status = {0};
    DIR *folder = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], line[128];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        bool worker = false;
        while (fgets(line, sizeof line, file)) {
            worker = worker || strstr(line, "webc-v");
            if (worker) {
                sscanf(line, "State: %c", &status.state);
                sscanf(line, "voluntary_ctxt_switches: %lu", &status.sleeps);
            }
        }
        fclose(file);
    }
    closedir(folder);
    return status;
}

/* The caller works hard meanwhile; a worker that polled would sleep many times. */
TEST_BOTH(an_idle_codec_does_not_wake)
{
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 5);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    while (look_at_worker().state != 'S') {
    }
    unsigned long sleeps = look_at_worker().sleeps;
    uint64_t wakes = get_stats().worker_wakes;
    volatile uint64_t work = 0;
    for (uint64_t i = 0; i < repeats(60000000, 60000000); i++)
        work += i;
    ck_assert_uint_gt(work, 0);
    for (int i = 0; i < 1000; i++) {
        rig_state(&r);
        rig_queue_size(&r);
        rig_stats(&r);
        journal_take(&r.log, r.events);
    }
    ck_assert_uint_eq(get_stats().worker_wakes, wakes);
    ck_assert_uint_eq(look_at_worker().sleeps, sleeps);
    rig_end(&r);
}

/* At most one waking for each message; a busy worker needs none. */
TEST_BOTH(a_worker_wakes_at_most_once_per_message)
{
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    uint64_t before = get_stats().worker_wakes;
    ck_ok(rig_configure(&r, "vp8"));
    for (unsigned round = 0; round < 50; round++) {
        rig_inputs(&r, 10);
        ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    }
    ck_assert_uint_le(get_stats().worker_wakes - before, 1 + 50 * 11);

    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    before = get_stats().worker_wakes;
    rig_inputs(&r, 40);
    ck_ok(rig_reset(&r));
    ck_ok(rig_configure(&r, "vp8"));
    rig_inputs(&r, 40);
    ck_assert_uint_eq(get_stats().worker_wakes, before);
    scripted_release(&r.script, SCRIPTED_SEND);
    rig_end(&r);
}

/* What calls cost the thread that makes them. */
typedef struct cost {
    uint64_t calls;
    uint64_t sleeps;     /* voluntary context switches */
    uint64_t lock_waits; /* times a lock was taken already, workers included */
    uint64_t sleeps_before;
    uint64_t lock_waits_before;
} cost;

static uint64_t sleeps_of_caller(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (uint64_t)usage.ru_nvcsw;
}

static void begin_cost(cost *c)
{
    c->lock_waits_before = get_stats().lock_waits;
    c->sleeps_before = sleeps_of_caller();
}

static void end_cost(cost *c)
{
    c->sleeps += sleeps_of_caller() - c->sleeps_before;
    c->lock_waits += get_stats().lock_waits - c->lock_waits_before;
}

enum { INPUTS = 960, FLUSH_EVERY = 16, RESET_EVERY = 80 };

/* About a thousand calls on one codec: inputs, flushes, resets, configures, close, destroy. */
static void call_codec(rig *r, webc_frame *frame, webc_chunk *chunk, cost *c)
{
    /* Without Check's assertions, which take a lock of their own. */
    unsigned refused = 0;
    begin_cost(c);
    refused += rig_configure(r, "vp8") != WEBC_OK;
    for (int i = 1; i <= INPUTS; i++) {
        webc_result result = r->decoder ? webc_video_decoder_decode(r->decoder, chunk, NULL)
                                        : webc_video_encoder_encode(r->encoder, frame, NULL);
        refused += result != WEBC_OK;
        if (i % FLUSH_EVERY == 0) {
            refused += rig_flush(r, 1) != WEBC_OK;
            c->calls++;
        }
        if (i % RESET_EVERY == 0) {
            refused += rig_reset(r) != WEBC_OK;
            refused += rig_configure(r, "vp8") != WEBC_OK;
            c->calls += 2;
        }
    }
    refused += rig_close(r) != WEBC_OK;
    rig_destroy(r);
    c->calls += 1 + INPUTS + 2;
    end_cost(c);
    ck_assert_uint_eq(refused, 0);
}

/* The caller slept only on a lock it found taken, and less than once in 1,000 calls. */
static void check_cost(const cost *c)
{
    fprintf(stderr, "%llu calls: %llu voluntary context switches, %llu lock waits\n",
            (unsigned long long)c->calls, (unsigned long long)c->sleeps, (unsigned long long)c->lock_waits);
    if (is_slowed())
        return;
    ck_assert_uint_le(c->sleeps, c->lock_waits);
    ck_assert_uint_lt(c->sleeps * 1000, c->calls);
}

/*
 * The founding figure: over 10^6 calls, half of them to an encoder, the caller does not sleep but on the short
 * queue lock, and finds that taken less than once in 1,000 calls. The worker is inside send throughout, as that
 * of a real encoder mostly is.
 */
TEST_BOTH(calls_to_a_worker_inside_send_never_sleep)
{
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    cost c = {0};
    uint64_t rounds = repeats(500, 10000);
    for (uint64_t round = 0; round < rounds; round++) {
        rig r;
        rig_begin(&r, media);
        rig_create(&r, NULL);
        scripted_park(&r.script, SCRIPTED_SEND);
        ck_ok(rig_configure(&r, "vp8"));
        rig_inputs(&r, 1);
        scripted_wait_parked(&r.script, SCRIPTED_SEND);
        call_codec(&r, frame, chunk, &c);
        scripted_release(&r.script, SCRIPTED_SEND);
        rig_end(&r);
    }
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    check_cost(&c);
    ck_assert(is_slowed() || c.lock_waits * 1000 < c.calls);
}

/* The worst case: a codec without work of its own, so that its worker does nothing but take the same lock. */
TEST_BOTH(calls_to_a_running_worker_sleep_on_its_lock_only)
{
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    cost c = {0};
    uint64_t rounds = repeats(500, 10000);
    for (uint64_t round = 0; round < rounds; round++) {
        rig r;
        rig_begin(&r, media);
        rig_create(&r, NULL);
        call_codec(&r, frame, chunk, &c);
        rig_end(&r);
    }
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    check_cost(&c);
}

LEAK_CHECKED_MAIN("quiet_worker", 120, BOTH(an_idle_codec_does_not_wake),
                  BOTH(a_worker_wakes_at_most_once_per_message),
                  BOTH(calls_to_a_worker_inside_send_never_sleep),
                  BOTH(calls_to_a_running_worker_sleep_on_its_lock_only))
