/* SPDX-License-Identifier: MIT */
/* The memory of freed frames: kept for the next of the same size, bounded, and only while a codec is open. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec_rig.h"
#include "faults.h"
#include "pump.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_POISONED(data) __asan_address_is_poisoned(data)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_POISONED(data) __asan_address_is_poisoned(data)
#endif
#endif
#ifdef IS_POISONED
#include <sanitizer/asan_interface.h>
#endif

#define WIDTH 1000u /* rows of it are padded */
#define HEIGHT 720u

/* A grey picture of a size, as the caller has it. */
static uint8_t *make_pixels(uint32_t width, uint32_t height, int value, uint64_t *size)
{
    *size = (uint64_t)width * height * 3 / 2;
    uint8_t *pixels = value ? malloc(*size) : calloc(*size, 1);
    ck_assert_ptr_nonnull(pixels);
    if (value)
        memset(pixels, value, *size);
    return pixels;
}

static webc_result create(webc_frame **frame, uint32_t width, uint32_t height, const uint8_t *pixels,
                          uint64_t size)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = width;
    params.coded_height = height;
    return webc_frame_create(frame, &params, pixels, size);
}

static webc_frame *make_sized(uint32_t width, uint32_t height, int value)
{
    uint64_t size;
    uint8_t *pixels = make_pixels(width, height, value, &size);
    webc_frame *frame = NULL;
    ck_ok(create(&frame, width, height, pixels, size));
    free(pixels);
    return frame;
}

static webc_plane plane_of(const webc_frame *frame, uint32_t index)
{
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_ok(webc_frame_plane(frame, index, &plane));
    return plane;
}

/* Make a frame and free it; returns the bytes of its buffer. */
static uint64_t pass_through(uint32_t width, uint32_t height)
{
    uint64_t before = get_stats().frame_bytes;
    webc_frame *frame = make_sized(width, height, 0);
    uint64_t bytes = get_stats().frame_bytes - before;
    webc_frame_unref(&frame);
    return bytes;
}

static void expect_pooled(uint64_t buffers, uint64_t bytes)
{
    webc_stats stats = get_stats();
    ck_assert_uint_eq(stats.pooled_buffers, buffers);
    ck_assert_uint_eq(stats.pooled_bytes, bytes);
}

/* An open codec whose worker the test runs. */
static void open_codec(rig *r, uint32_t media)
{
    pump_begin(NULL, NULL);
    rig_begin(r, media);
    rig_create(r, NULL);
}

static void end_codec(rig *r)
{
    rig_destroy(r);
    pump_all();
    expect_pooled(0, 0);
    rig_end(r);
    pump_restart();
}

/* All samples of a plane are `value`, and the padding of its rows is zero. Checks of single bytes take too
 * long. */
static bool is_plane_of(const webc_frame *frame, uint32_t index, int value)
{
    webc_plane plane = plane_of(frame, index);
    for (uint32_t y = 0; y < plane.rows; y++)
        for (uint32_t x = 0; x < plane.stride; x++)
            if (plane.data[(size_t)y * plane.stride + x] != (x < plane.row_bytes ? value : 0))
                return false;
    return true;
}

static void check_pixels(const webc_frame *frame, int value)
{
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(is_plane_of(frame, i, value));
}

/* Live bytes and kept ones are counted apart, and what is in the frame is what a fresh one has. */
START_TEST(a_freed_buffer_comes_back)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    webc_frame *first = make_sized(WIDTH, HEIGHT, 1);
    uint64_t bytes = get_stats().frame_bytes;
    expect_pooled(0, 0);
    webc_plane plane = plane_of(first, 0);
    const uint8_t *data = plane.data;
    ck_assert_uint_lt(plane.row_bytes, plane.stride);
    /* Somebody wrote where no pixels are. */
    memset((uint8_t *)(uintptr_t)plane.data + plane.row_bytes, 0xee, plane.stride - plane.row_bytes);
    webc_frame_unref(&first);
    expect_pooled(1, bytes);
#ifdef IS_POISONED
    ck_assert(IS_POISONED((void *)(uintptr_t)data)); /* using it is found as before */
#endif
    ck_assert_uint_eq(get_stats().frame_bytes, 0);
    ck_assert_uint_eq(get_stats().frames, 0);
    webc_frame *second = make_sized(WIDTH, HEIGHT, 2);
    expect_pooled(0, 0);
    ck_assert_uint_eq(get_stats().frame_bytes, bytes);
    ck_assert_ptr_eq(plane_of(second, 0).data, data);
    check_pixels(second, 2);
    webc_frame_unref(&second);
    end_codec(&r);
}
END_TEST

START_TEST(a_buffer_is_kept_when_the_last_reference_ends)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    webc_frame *frame = make_sized(WIDTH, HEIGHT, 1);
    webc_frame *view = NULL;
    ck_ok(webc_frame_create_view(&view, frame, NULL));
    uint64_t bytes = get_stats().frame_bytes / 2;
    webc_frame_unref(&frame);
    expect_pooled(0, 0);
    check_pixels(view, 1);
    webc_frame_unref(&view);
    expect_pooled(1, bytes);
    end_codec(&r);
}
END_TEST

/* Neither a larger one, which would be miscounted, nor a smaller one. */
START_TEST(a_buffer_of_another_size_is_not_taken)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    uint64_t bytes = pass_through(WIDTH, HEIGHT);
    for (int way = 0; way < 2; way++) {
        webc_frame *other = make_sized(WIDTH, way ? HEIGHT + 2 : HEIGHT - 2, 0);
        expect_pooled(1, bytes);
        uint64_t others = get_stats().frame_bytes;
        ck_assert_uint_ne(others, bytes);
        webc_frame_unref(&other);
        expect_pooled(2, bytes + others);
        end_codec(&r);
        open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
        ck_assert_uint_eq(pass_through(WIDTH, HEIGHT), bytes);
    }
    end_codec(&r);
}
END_TEST

START_TEST(small_and_huge_frames_are_not_kept)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    pass_through(16, 16);
    expect_pooled(0, 0);
    pass_through(8192, 8192);
    expect_pooled(0, 0);
    end_codec(&r);
}
END_TEST

/* Of nine, the one that was freed first goes. */
START_TEST(no_more_than_eight_are_kept)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    uint64_t bytes[9], sum = 0;
    for (uint32_t i = 0; i < 9; i++) {
        bytes[i] = pass_through(512, 512 + 16 * i);
        sum += bytes[i];
        if (i < 8)
            expect_pooled(i + 1, sum);
    }
    expect_pooled(8, sum - bytes[0]);
    webc_frame *missing = make_sized(512, 512, 0);
    expect_pooled(8, sum - bytes[0]);
    webc_frame *there = make_sized(512, 512 + 16, 0);
    expect_pooled(7, sum - bytes[0] - bytes[1]);
    webc_frame_unref(&there);
    expect_pooled(8, sum - bytes[0]);
    webc_frame_unref(&missing);
    expect_pooled(8, sum - bytes[2]);
    end_codec(&r);
}
END_TEST

/* 24 MiB each: the third takes the place of the first. */
START_TEST(no_more_than_64_mib_are_kept)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    uint64_t first = pass_through(4096, 4096);
    uint64_t second = pass_through(4096, 4096 - 16);
    expect_pooled(2, first + second);
    uint64_t third = pass_through(4096, 4096 - 32);
    expect_pooled(2, second + third);
    uint64_t most = pass_through(8192, 5400);
    ck_assert_uint_gt(most, UINT64_C(63) << 20);
    expect_pooled(1, most);
    end_codec(&r);
}
END_TEST

/* What ends a codec. */
typedef enum ending { BY_CLOSE, BY_ERROR, BY_DESTROY, BY_DESTROY_EVENTS, ENDINGS } ending;

static void end_by(rig *r, ending way)
{
    switch (way) {
    case BY_CLOSE:
        ck_ok(rig_close(r));
        break;
    case BY_ERROR:
        ck_ok(rig_reclaim(r));
        journal_take(&r->log, r->events);
        ck_assert_uint_eq(rig_state(r), WEBC_STATE_CLOSED);
        break;
    case BY_DESTROY:
        rig_destroy(r);
        break;
    default:
        webc_events_destroy(&r->events);
        break;
    }
    pump_all();
}

/* Each way counts once, whatever follows; frames that live on are freed at once from then on. */
TEST_BOTH(the_last_codec_that_is_closed_gives_all_back)
{
    for (int way = 0; way < ENDINGS; way++) {
        for (int other = 0; other < ENDINGS; other++) {
            rig r, s;
            open_codec(&r, media);
            rig_begin(&s, media);
            rig_create(&s, NULL);
            webc_frame *late = make_sized(WIDTH, HEIGHT, 1);
            uint64_t bytes = pass_through(WIDTH, HEIGHT);
            end_by(&r, (ending)way);
            expect_pooled(1, bytes);
            if (way != BY_DESTROY_EVENTS)
                rig_destroy(&r);
            pump_all();
            expect_pooled(1, bytes);
            ck_assert_uint_eq(pass_through(WIDTH, HEIGHT), bytes);
            expect_pooled(1, bytes);
            end_by(&s, (ending)other);
            expect_pooled(0, 0);
            check_pixels(late, 1);
            webc_frame_unref(&late);
            pass_through(WIDTH, HEIGHT);
            expect_pooled(0, 0);
            rig_destroy(&r);
            rig_destroy(&s);
            pump_all();
            rig_end(&s);
            end_codec(&r);
        }
    }
}

START_TEST(nothing_is_kept_without_a_codec)
{
    pass_through(WIDTH, HEIGHT);
    expect_pooled(0, 0);
}
END_TEST

/* Its worker does not come back to do it. */
START_TEST(a_codec_that_hangs_leaves_nothing_kept)
{
    rig r;
    webc__hooks.holds_clock = true;
    webc__test_clock_set(0);
    rig_begin(&r, WEBC_MEDIA_VIDEO_DECODER);
    rig_create(&r, &(rig_params){.watchdog_us = 1000});
    ck_ok(rig_configure(&r, "vp8"));
    uint64_t bytes = pass_through(WIDTH, HEIGHT);
    scripted_park(&r.script, SCRIPTED_SEND);
    rig_inputs(&r, 1);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    webc__test_clock_set(1000);
    wait_readable(webc_events_native_handle(r.events));
    expect_pooled(1, bytes);
    journal_until(&r.log, r.events, WEBC_EVENT_ERROR, 1);
    expect_pooled(0, 0);
    rig_destroy(&r);
    scripted_release(&r.script, SCRIPTED_SEND);
    scripted_wait_calls(&r.script, SCRIPTED_FREE, 1);
    rig_end(&r);
}
END_TEST

/* A frame that there is no memory for leaves nothing behind, and neither does what was kept for it. */
START_TEST(a_frame_without_memory_is_refused_cleanly)
{
    uint64_t size;
    uint8_t *pixels = make_pixels(WIDTH, HEIGHT, 1, &size);
    faults_own_thread();
    for (int warm = 0; warm < 2; warm++) {
        bool failed = true;
        for (uint64_t number = 1; failed; number++) {
            rig r;
            open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
            if (warm)
                pass_through(WIDTH, HEIGHT);
            webc_frame *frame = NULL;
            faults_arm(&(fault_plan){.kind = FAULT_MEMORY, .side = FAULT_CALLER, .number = number});
            webc_result result = (webc_result)TRY(create(&frame, WIDTH, HEIGHT, pixels, size));
            failed = faults_disarm();
            ck_assert_int_eq(result, failed ? WEBC_ERROR_NO_MEMORY : WEBC_OK);
            ck_assert_uint_eq(get_stats().frames, !failed);
            webc_frame_unref(&frame);
            ck_assert_uint_eq(get_stats().frame_bytes, 0);
            ck_assert(number > 3 || failed);
            end_codec(&r);
        }
    }
    free(pixels);
}
END_TEST

/* It has no codec open until it makes its own, which gives back what came along. */
START_TEST(the_child_of_a_fork_counts_its_own_codecs)
{
    rig r;
    open_codec(&r, WEBC_MEDIA_VIDEO_DECODER);
    uint64_t bytes = pass_through(WIDTH, HEIGHT);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        rig own;
        pass_through(512, 512);
        bool good = get_stats().pooled_buffers == 1;
        rig_begin(&own, WEBC_MEDIA_VIDEO_DECODER);
        rig_create(&own, NULL);
        pass_through(512, 512);
        good = good && get_stats().pooled_buffers == 2;
        ck_ok(rig_close(&own));
        while (pump_step(1)) {
        }
        _exit(good && get_stats().pooled_buffers == 0 ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    expect_pooled(1, bytes);
    end_codec(&r);
}
END_TEST

/* Threads that make and free frames of a few sizes, while codecs come and go. */

enum { THREADS = 4 };

typedef struct crowd {
    atomic_uint running;
    atomic_bool mixed; /* a frame did not keep its pixels */
    uint64_t rounds;
} crowd;

static void *make_frames(void *user)
{
    crowd *c = user;
    static atomic_uint numbers;
    int value = 1 + (int)atomic_fetch_add(&numbers, 1);
    webc_frame *held[3] = {NULL};
    for (uint64_t i = 0; i < c->rounds; i++) {
        webc_frame **frame = &held[i % 3];
        if (*frame && !is_plane_of(*frame, 2, value))
            atomic_store(&c->mixed, true);
        webc_frame_unref(frame);
        *frame = make_sized(256, 256 + 16 * (uint32_t)(i % 4), value);
    }
    for (int i = 0; i < 3; i++)
        webc_frame_unref(&held[i]);
    atomic_fetch_sub(&c->running, 1);
    return NULL;
}

START_TEST(threads_share_it)
{
    crowd c = {.rounds = repeats(2000, 100000)};
    pthread_t threads[THREADS];
    rig lasting;
    atomic_store(&c.running, THREADS);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_frames, &c), 0);
    while (atomic_load(&c.running)) {
        rig r;
        rig_start(&r, WEBC_MEDIA_VIDEO_DECODER);
        webc_frame *frame = make_sized(256, 256, 100);
        webc_frame_unref(&frame);
        ck_ok(rig_close(&r));
        rig_end(&r);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_pooled(0, 0);
    rig_start(&lasting, WEBC_MEDIA_VIDEO_DECODER);
    atomic_store(&c.running, THREADS);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_frames, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(get_stats().frames, 0);
    ck_assert_uint_eq(get_stats().frame_bytes, 0);
    ck_assert(!atomic_load(&c.mixed));
    ck_assert_uint_gt(get_stats().pooled_buffers, 0);
    ck_assert_uint_le(get_stats().pooled_buffers, 8);
    rig_end(&lasting);
}
END_TEST

LEAK_CHECKED_MAIN("frame_pool", 60, a_freed_buffer_comes_back, a_buffer_is_kept_when_the_last_reference_ends,
                  a_buffer_of_another_size_is_not_taken, small_and_huge_frames_are_not_kept,
                  no_more_than_eight_are_kept, no_more_than_64_mib_are_kept,
                  BOTH(the_last_codec_that_is_closed_gives_all_back), nothing_is_kept_without_a_codec,
                  a_codec_that_hangs_leaves_nothing_kept, a_frame_without_memory_is_refused_cleanly,
                  the_child_of_a_fork_counts_its_own_codecs, threads_share_it)
