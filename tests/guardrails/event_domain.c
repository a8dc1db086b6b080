/* SPDX-License-Identifier: MIT */
/* What else the queue carries: lent memory, answers, codecs of one domain; and storage it is taken into. */
#include <string.h>

#include "codec_rig.h"

/* Memory lent to an encoder comes back when the codec has no more use for it, and once only. */
START_TEST(lent_memory_is_given_back_once_by_an_event)
{
    rig r;
    rig_start(&r, WEBC_MEDIA_VIDEO_ENCODER);
    scripted_park(&r.script, SCRIPTED_SEND);
    webc_frame *frame = lend_picture(r.events, 77);
    ck_ok(webc_video_encoder_encode(r.encoder, frame, NULL));
    ck_ok(webc_video_encoder_encode(r.encoder, frame, NULL));
    webc_frame_unref(&frame);
    scripted_wait_parked(&r.script, SCRIPTED_SEND);
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_BUFFER_RELEASED), 0);
    scripted_release(&r.script, SCRIPTED_SEND);
    ck_assert_int_eq(rig_finish(&r), WEBC_OK);
    journal_until(&r.log, r.events, WEBC_EVENT_BUFFER_RELEASED, 1);
    const seen *event = journal_at(&r.log, WEBC_EVENT_BUFFER_RELEASED, 0);
    ck_assert_uint_eq(event->tag, 77);
    ck_assert_uint_eq(event->codec_id, 0);
    ck_assert_uint_eq(event->media, 0);
    rig_destroy(&r);
    ck_ok(webc_drain_workers(-1));
    journal_take(&r.log, r.events);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_BUFFER_RELEASED), 1);
    rig_end(&r);
}
END_TEST

START_TEST(a_failed_wrap_leaves_nothing_and_late_memory_is_silent)
{
    static uint8_t lent[PICTURE_BYTES];
    webc_events *events = make_events();
    webc_frame *frame = NULL;
    webc_frame_params params;
    picture_params(&params, 0);
    ck_assert_int_eq(webc_frame_wrap_with_event(&frame, &params, lent, 10, events, 1), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(frame);
    ck_assert_int_eq(webc_frame_wrap_with_event(&frame, &params, lent, sizeof lent, NULL, 1), WEBC_ERROR_TYPE);
    ck_assert(is_queue_empty(events));
    frame = lend_picture(events, 2);
    webc_events_destroy(&events);
    ck_assert_uint_eq(get_stats().events, 1);
    webc_frame_unref(&frame);
    ck_assert_uint_eq(get_stats().events, 0);
}
END_TEST

static uint32_t query(webc_events *events, const char *codec, uint64_t tag, webc_support *answer)
{
    webc_video_decoder_config config;
    webc_event event;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec;
    ck_ok(webc_video_decoder_query_support(events, &config, tag));
    webc_event_init(&event, sizeof event);
    ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
    ck_assert_uint_eq(event.type, WEBC_EVENT_SUPPORT);
    ck_assert_uint_eq(event.tag, tag);
    *answer = *event.support;
    webc_event_clear(&event);
    return answer->supported;
}

START_TEST(a_support_event_answers_each_query)
{
    webc_events *events = make_events();
    webc_support answer;
    ck_assert_uint_eq(query(events, "vp8", 5, &answer), 1);
    ck_assert_uint_eq(answer.verified, 1);
    ck_assert_str_ne(answer.implementation, "");
    ck_assert_uint_eq(query(events, "vp8.unknown", 6, &answer), 0);
    ck_assert_uint_eq(answer.verified, 0);
    ck_assert_str_ne(answer.reason, "");
    /* Answers that nobody waits for. */
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    ck_assert_int_eq(webc_video_decoder_query_support(events, &config, 7), WEBC_ERROR_TYPE);
    config.codec = "vp8";
    ck_assert_int_eq(webc_video_decoder_query_support(NULL, &config, 7), WEBC_ERROR_TYPE);
    for (uint64_t tag = 0; tag < 20; tag++)
        ck_ok(webc_video_decoder_query_support(events, &config, tag));
    webc_events_destroy(&events);
}
END_TEST

/* Codecs of one domain: one order for all of them, each event with its codec's id and user. */
TEST_BOTH(codecs_of_a_domain_share_one_order)
{
    rig first, second;
    rig_begin(&first, media);
    rig_begin_on(&second, media, first.events);
    rig_create(&first, &(rig_params){.user = &first});
    rig_create(&second, &(rig_params){.user = &second});
    ck_assert_uint_ne(rig_id(&first), rig_id(&second));
    ck_ok(rig_configure(&first, "vp8"));
    ck_ok(rig_configure(&second, "vp8"));
    for (int i = 0; i < 5; i++) {
        rig *r = i % 2 ? &second : &first;
        scripted_park(&r->script, SCRIPTED_DRAIN);
        rig_inputs(r, 1);
        ck_ok(rig_flush(r, 0));
        scripted_wait_parked(&r->script, SCRIPTED_DRAIN); /* its output is queued */
        scripted_release(&r->script, SCRIPTED_DRAIN);
    }
    journal_until(&first.log, first.events, WEBC_EVENT_FLUSHED, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(journal_at(&first.log, rig_output(&first), i)->codec_id,
                          rig_id(i % 2 ? &second : &first));
    rig_destroy(&first);
    rig_end(&second);
    rig_end(&first);
}

/* The domain ends before its codecs: they are closed silently, and what is left of them can be destroyed. */
TEST_BOTH(codecs_survive_their_events_object_closed)
{
    rig r;
    rig_start(&r, media);
    rig_inputs(&r, 3);
    ck_ok(rig_flush(&r, 1));
    webc_events_destroy(&r.events);
    ck_assert_ptr_null(r.events);
    webc_events_destroy(&r.events);
    webc_events_destroy(NULL);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    ck_assert_int_eq(rig_configure(&r, "vp8"), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_input(&r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_flush(&r, 2), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_reset(&r), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(rig_close(&r), WEBC_ERROR_INVALID_STATE);
    ck_assert_uint_eq(rig_queue_size(&r), 0);
    ck_assert_uint_eq(rig_stats(&r).flushes, 1);
    rig_end(&r);
}

/* A struct of a size that cannot be right is refused before an event is taken; a larger one is filled. */
START_TEST(storage_of_a_wrong_size_is_refused_and_takes_nothing)
{
    union {
        webc_event event;
        uint8_t bytes[sizeof(webc_event) + 64];
    } storage;
    const uint32_t wrong[] = {0, 4, 8, sizeof(webc_event) - 1, 1u << 20, UINT32_MAX};
    webc_events *events = make_events();
    post_event(events, 1);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&storage, 0, sizeof storage);
        storage.event.struct_size = wrong[i];
        webc_event_clear(&storage.event);
        ck_assert_int_eq(webc_events_next(events, 0, &storage.event), WEBC_ERROR_TYPE);
    }
    ck_assert_int_eq(webc_events_next(events, 0, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_events_next(NULL, 0, &storage.event), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_events_dispatch(NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_events_set_wakeup(NULL, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_events_native_handle(NULL), WEBC_ERROR_TYPE);
    webc_event_init(&storage.event, sizeof storage);
    ck_assert_int_eq(webc_events_next(events, 0, &storage.event), 1);
    ck_assert_uint_eq(storage.event.struct_size, sizeof storage);
    ck_assert_uint_eq(storage.event.tag, 1);
    webc_event_clear(&storage.event);
    ck_assert_uint_eq(storage.event.type, 0);
    webc_event_clear(&storage.event);
    webc_event_clear(NULL);
    webc_events_destroy(&events);
}
END_TEST

START_TEST(params_of_a_wrong_size_are_refused)
{
    webc_events *events = (webc_events *)&events;
    webc_events_params params;
    webc_events_params_init(&params, sizeof params);
    params.struct_size = 0;
    ck_assert_int_eq(webc_events_create(&events, &params), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(events);
    webc_events_params_init(&params, sizeof params);
    params.reserved = 1;
    ck_assert_int_eq(webc_events_create(&events, &params), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_events_create(NULL, NULL), WEBC_ERROR_TYPE);
    params.reserved = 0;
    params.struct_size = sizeof(uint32_t) * 2; /* a library with fewer members wrote this program's header */
    ck_ok(webc_events_create(&events, &params));
    webc_events_destroy(&events);
}
END_TEST

LEAK_CHECKED_MAIN("event_domain", 20, lent_memory_is_given_back_once_by_an_event,
                  a_failed_wrap_leaves_nothing_and_late_memory_is_silent, a_support_event_answers_each_query,
                  BOTH(codecs_of_a_domain_share_one_order), BOTH(codecs_survive_their_events_object_closed),
                  storage_of_a_wrong_size_is_refused_and_takes_nothing, params_of_a_wrong_size_are_refused)
