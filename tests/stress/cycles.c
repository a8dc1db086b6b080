/* SPDX-License-Identifier: MIT */
/*
 * Whole lives of codecs, one after the other, a million of them in a long run: ledger, heap, descriptors and
 * threads stay what they were.
 */
#include <malloc.h>
#include <stdio.h>

#include "codec_rig.h"

enum { CHECK_EVERY = 500, HEAP_PER_CYCLE = 4 };

/* Bytes that are allocated now; 0 where nobody can tell. */
static size_t heap_bytes(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    return is_slowed() ? 0 : mallinfo2().uordblks;
#else
    return 0;
#endif
}

/* What the process holds, of which nothing may grow. */
typedef struct holding {
    webc_stats stats;
    unsigned descriptors;
    size_t heap;
} holding;

static holding take_stock(void)
{
    ck_ok(webc_drain_workers(-1));
    return (holding){get_stats(), count_descriptors(), heap_bytes()};
}

static void check_flat(const holding *first, const holding *now)
{
    const webc_stats *a = &first->stats, *b = &now->stats;
    ck_assert_uint_eq(b->threads, 0);
    ck_assert_uint_eq(b->codecs, a->codecs);
    ck_assert_uint_eq(b->events, a->events);
    ck_assert_uint_eq(b->frames, a->frames);
    ck_assert_uint_eq(b->chunks, a->chunks);
    ck_assert_uint_eq(b->queued_events, a->queued_events);
    ck_assert_uint_eq(b->messages, a->messages);
    ck_assert_uint_eq(b->contexts, a->contexts);
    ck_assert_uint_eq(now->descriptors, first->descriptors);
}

/* Three ways to end: with everything taken, with the worker at work or done with it, and before it began. */
static void live_once(rig *r, webc_frame *frame, webc_chunk *chunk, uint64_t cycle)
{
    rig_create(r, NULL);
    ck_ok(rig_configure(r, "vp8"));
    for (unsigned i = 0; i < 2; i++)
        ck_ok(r->decoder ? webc_video_decoder_decode(r->decoder, chunk, NULL)
                         : webc_video_encoder_encode(r->encoder, frame, NULL));
    ck_ok(rig_flush(r, cycle));
    if (cycle % 3 == 0)
        journal_until(&r->log, r->events, WEBC_EVENT_FLUSHED, 1);
    else if (cycle % 3 == 1)
        journal_until(&r->log, r->events, rig_output(r), 1);
    ck_ok(rig_reset(r));
    ck_ok(rig_configure(r, "vp8"));
    ck_ok(rig_close(r));
    webc_codec_stats stats = rig_stats(r);
    ck_assert_uint_eq(stats.flushes, 1);
    ck_assert_uint_eq(stats.flushed, 1);
    rig_destroy(r);
    journal_take(&r->log, r->events);
    journal_clear(&r->log);
}

TEST_BOTH(lives_of_codecs_leave_nothing_behind)
{
    uint64_t cycles = repeats(6000, 500000);
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    rig r;
    rig_begin(&r, media);
    ck_assert_int_ge(webc_events_native_handle(r.events), 0);
    holding first = take_stock(), middle = first;
    for (uint64_t cycle = 1; cycle <= cycles; cycle++) {
        live_once(&r, frame, chunk, cycle);
        if (cycle % CHECK_EVERY && cycle < cycles)
            continue;
        holding now = take_stock();
        check_flat(&first, &now);
        if (cycle <= cycles / 2)
            middle = now;
        if (cycle == cycles && now.heap > middle.heap)
            ck_assert_uint_lt(now.heap - middle.heap, cycles / 2 * HEAP_PER_CYCLE);
        if (cycle == cycles)
            printf("# %llu lives: heap %lld bytes from the middle to the end\n", (unsigned long long)cycles,
                   (long long)now.heap - (long long)middle.heap);
    }
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    rig_end(&r);
}

/* One codec that is configured, fed, flushed and reset again and again, without being made anew. */
TEST_BOTH(epochs_of_one_codec_leave_nothing_behind)
{
    uint64_t cycles = repeats(20000, 1000000);
    webc_frame *frame = make_frame(1, 0);
    webc_chunk *chunk = make_chunk(1, 0);
    webc_event event;
    webc_event_init(&event, sizeof event);
    rig r;
    rig_begin(&r, media);
    rig_create(&r, NULL);
    size_t middle = 0;
    for (uint64_t cycle = 1; cycle <= cycles; cycle++) {
        ck_ok(rig_configure(&r, "vp8"));
        ck_ok(r.decoder ? webc_video_decoder_decode(r.decoder, chunk, NULL)
                        : webc_video_encoder_encode(r.encoder, frame, NULL));
        ck_ok(rig_flush(&r, cycle));
        if (cycle % 2 == 0 || cycle == cycles / 2 + 1 || cycle == cycles)
            do
                ck_assert_int_eq(webc_events_next(r.events, -1, &event), 1);
            while (event.type != WEBC_EVENT_FLUSHED || event.tag != cycle);
        ck_ok(rig_reset(&r));
        if (cycle == cycles / 2 + 1)
            middle = heap_bytes();
    }
    size_t end = heap_bytes();
    ck_assert_uint_lt(end, middle + cycles / 2 * HEAP_PER_CYCLE + 1);
    printf("# %llu epochs: heap %lld bytes from the middle to the end\n", (unsigned long long)cycles,
           (long long)end - (long long)middle);
    webc_event_clear(&event);
    webc_frame_unref(&frame);
    webc_chunk_unref(&chunk);
    rig_end(&r);
}

LEAK_CHECKED_MAIN("cycles", 600, BOTH(lives_of_codecs_leave_nothing_behind),
                  BOTH(epochs_of_one_codec_leave_nothing_behind))
