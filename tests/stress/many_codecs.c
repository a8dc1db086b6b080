/* SPDX-License-Identifier: MIT */
/* Many codecs on one events object, a thousand in a long run, alive at once and coming and going. */
#include "codec_rig.h"

enum { MOST_CODECS = 1000, INPUTS = 20 };

static rig codecs[MOST_CODECS];
static size_t count;

static void begin_all(webc_events *events)
{
    count = repeats(1, 2) == 1 ? 256 : MOST_CODECS;
    for (size_t i = 0; i < count; i++) {
        rig *r = &codecs[i];
        rig_begin_on(r, i % 2 ? WEBC_MEDIA_VIDEO_ENCODER : WEBC_MEDIA_VIDEO_DECODER, events);
        r->script.delay = (uint32_t)(i % 7);
        rig_create(r, &(rig_params){.user = r, .max_outputs = 4});
        ck_ok(rig_configure(r, "vp8"));
    }
}

/* Not in the order of their making: the step has no divisor in common with either number of codecs. */
static void end_all(void)
{
    for (size_t i = 0; i < count; i++)
        rig_destroy(&codecs[i * 77 % count]);
    ck_ok(webc_drain_workers(-1));
    for (size_t i = 0; i < count; i++)
        rig_end(&codecs[i]);
}

/* Each codec's outputs come in its own order and before its completion. */
START_TEST(each_codec_gets_its_own_outputs_in_order)
{
    webc_events *events = NULL;
    ck_ok(webc_events_create(&events, NULL));
    begin_all(events);
    uint64_t rounds = repeats(5, 50);
    for (uint64_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            rig_inputs(&codecs[i], INPUTS);
        for (size_t i = 0; i < count; i++)
            ck_ok(rig_flush(&codecs[i], round));
        size_t done = 0;
        webc_event event;
        webc_event_init(&event, sizeof event);
        while (done < count) {
            ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
            rig *r = event.user;
            ck_assert_uint_eq(event.codec_id, rig_id(r));
            if (event.type == rig_output(r))
                ck_assert_uint_eq(event.tag, round * INPUTS + journal_count(&r->log, event.type));
            journal_add(&r->log, &event);
            if (event.type != WEBC_EVENT_FLUSHED)
                continue;
            ck_assert_int_eq(event.result, WEBC_OK);
            ck_assert_uint_eq(journal_count(&r->log, rig_output(r)), INPUTS);
            journal_clear(&r->log);
            done++;
        }
        webc_event_clear(&event);
    }
    webc_stats stats = get_stats();
    ck_assert_uint_eq(stats.codecs, count);
    ck_assert_uint_eq(stats.threads, count);
    end_all();
    ck_assert_uint_eq(get_stats().codecs, 0);
    webc_events_destroy(&events);
}
END_TEST

/* The events object is destroyed under all of them, at work. */
START_TEST(destroying_the_events_object_ends_them_all)
{
    for (uint64_t round = 0; round < repeats(3, 25); round++) {
        webc_events *events = NULL;
        ck_ok(webc_events_create(&events, NULL));
        begin_all(events);
        for (size_t i = 0; i < count; i++) {
            rig_inputs(&codecs[i], INPUTS);
            ck_ok(rig_flush(&codecs[i], 1));
        }
        webc_events_destroy(&events);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(rig_state(&codecs[i]), WEBC_STATE_CLOSED);
            ck_assert_uint_eq(rig_stats(&codecs[i]).flushes, 1);
        }
        end_all();
    }
}
END_TEST

LEAK_CHECKED_MAIN("many_codecs", 300, each_codec_gets_its_own_outputs_in_order,
                  destroying_the_events_object_ends_them_all)
