/* SPDX-License-Identifier: MIT */
/* Many codecs on one events object, alive at once and coming and going. */
#include "codec_rig.h"

enum { CODECS = 256, INPUTS = 20 };

static rig codecs[CODECS];

static void begin_all(webc_events *events)
{
    for (size_t i = 0; i < CODECS; i++) {
        rig *r = &codecs[i];
        rig_begin_on(r, i % 2 ? WEBC_MEDIA_VIDEO_ENCODER : WEBC_MEDIA_VIDEO_DECODER, events);
        r->script.delay = (uint32_t)(i % 7);
        rig_create(r, &(rig_params){.user = r, .max_outputs = 4});
        ck_ok(rig_configure(r, "vp8"));
    }
}

static void end_all(void)
{
    for (size_t i = 0; i < CODECS; i++)
        rig_destroy(&codecs[i]);
    ck_ok(webc_drain_workers(-1));
    for (size_t i = 0; i < CODECS; i++)
        rig_end(&codecs[i]);
}

/* Each codec's outputs come in its own order and before its completion. */
START_TEST(each_codec_gets_its_own_outputs_in_order)
{
    webc_events *events = NULL;
    ck_ok(webc_events_create(&events, NULL));
    begin_all(events);
    uint64_t rounds = repeats(5, 200);
    for (uint64_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < CODECS; i++)
            rig_inputs(&codecs[i], INPUTS);
        for (size_t i = 0; i < CODECS; i++)
            ck_ok(rig_flush(&codecs[i], round));
        size_t done = 0;
        webc_event event;
        webc_event_init(&event, sizeof event);
        while (done < CODECS) {
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
    ck_assert_uint_eq(stats.codecs, CODECS);
    ck_assert_uint_eq(stats.threads, CODECS);
    end_all();
    ck_assert_uint_eq(get_stats().codecs, 0);
    webc_events_destroy(&events);
}
END_TEST

/* The events object is destroyed under all of them, at work. */
START_TEST(destroying_the_events_object_ends_them_all)
{
    for (uint64_t round = 0; round < repeats(3, 100); round++) {
        webc_events *events = NULL;
        ck_ok(webc_events_create(&events, NULL));
        begin_all(events);
        for (size_t i = 0; i < CODECS; i++) {
            rig_inputs(&codecs[i], INPUTS);
            ck_ok(rig_flush(&codecs[i], 1));
        }
        webc_events_destroy(&events);
        for (size_t i = 0; i < CODECS; i++) {
            ck_assert_uint_eq(rig_state(&codecs[i]), WEBC_STATE_CLOSED);
            ck_assert_uint_eq(rig_stats(&codecs[i]).flushes, 1);
        }
        end_all();
    }
}
END_TEST

LEAK_CHECKED_MAIN("many_codecs", 300, each_codec_gets_its_own_outputs_in_order,
                  destroying_the_events_object_ends_them_all)
