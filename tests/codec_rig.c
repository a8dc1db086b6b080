/* SPDX-License-Identifier: MIT */
#include "codec_rig.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Journal. */

static void read_payload(seen *item, const webc_event *event)
{
    if (event->frame) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_ok(webc_frame_get_info(event->frame, &info));
        item->timestamp = info.timestamp;
        item->duration = info.duration;
        item->has_duration = info.has_duration;
        item->number = scripted_frame_number(event->frame);
    }
    if (event->chunk) {
        webc_chunk_info info;
        webc_chunk_info_init(&info, sizeof info);
        ck_ok(webc_chunk_get_info(event->chunk, &info));
        item->timestamp = info.timestamp;
        item->duration = info.duration;
        item->has_duration = info.has_duration;
        item->chunk_type = info.type;
        item->number = scripted_chunk_number(event->chunk);
        ck_assert_ptr_nonnull(event->metadata);
        item->has_config = event->metadata->decoder_config != NULL;
    }
}

void journal_add(journal *log, const webc_event *event)
{
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 64;
        log->items = realloc(log->items, log->room * sizeof *log->items);
        ck_assert_ptr_nonnull(log->items);
    }
    seen *item = &log->items[log->count++];
    *item = (seen){
        .type = event->type,
        .media = event->media,
        .result = event->result,
        .queue_size = event->queue_size,
        .generation = event->generation,
        .codec_id = event->codec_id,
        .tag = event->tag,
    };
    if (event->message)
        snprintf(item->message, sizeof item->message, "%s", event->message);
    read_payload(item, event);
}

void journal_take(journal *log, webc_events *events)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (webc_events_next(events, 0, &event) == 1)
        journal_add(log, &event);
    webc_event_clear(&event);
}

void journal_until(journal *log, webc_events *events, uint32_t type, size_t count)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    size_t have = journal_count(log, type);
    while (have < count) {
        int32_t got = webc_events_next(events, -1, &event);
        ck_assert_int_ge(got, 0);
        if (!got)
            continue; /* an interrupt that is left over */
        journal_add(log, &event);
        have += event.type == type;
    }
    webc_event_clear(&event);
}

size_t journal_count(const journal *log, uint32_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        count += log->items[i].type == type;
    return count;
}

size_t journal_position(const journal *log, uint32_t type, size_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        if (log->items[i].type == type && count++ == index)
            return i;
    ck_abort_msg("there is no event of type %u number %zu, only %zu of them", type, index, count);
}

const seen *journal_at(const journal *log, uint32_t type, size_t index)
{
    return &log->items[journal_position(log, type, index)];
}

void journal_clear(journal *log)
{
    free(log->items);
    *log = (journal){0};
}

/* Inputs. */

void picture_params(webc_frame_params *params, int64_t timestamp)
{
    webc_frame_params_init(params, sizeof *params);
    params->format = WEBC_PIXEL_FORMAT_I420;
    params->coded_width = params->coded_height = SCRIPTED_SIDE;
    params->timestamp = timestamp;
}

static webc_frame *make_frame_of(const webc_frame_params *params, uint64_t number)
{
    uint8_t picture[PICTURE_BYTES];
    webc_frame *frame = NULL;
    memset(picture, 128, sizeof picture);
    memcpy(picture, &number, sizeof number);
    ck_ok(webc_frame_create(&frame, params, picture, sizeof picture));
    return frame;
}

static webc_chunk *make_chunk_of(const webc_chunk_params *params, uint64_t number)
{
    uint8_t data[SCRIPTED_CHUNK_SIZE];
    webc_chunk *chunk = NULL;
    scripted_fill_chunk(data, number, params->type == WEBC_CHUNK_KEY);
    ck_ok(webc_chunk_create(&chunk, params, data, sizeof data));
    return chunk;
}

webc_frame *make_frame(uint64_t number, int64_t timestamp)
{
    webc_frame_params params;
    picture_params(&params, timestamp);
    return make_frame_of(&params, number);
}

webc_chunk *make_chunk(uint64_t number, int64_t timestamp)
{
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    params.timestamp = timestamp;
    return make_chunk_of(&params, number);
}

/* Events. */

webc_events *make_events(void)
{
    webc_events *events = NULL;
    ck_ok(webc_events_create(&events, NULL));
    return events;
}

webc_frame *lend_picture(webc_events *events, uint64_t tag)
{
    static uint8_t lent[PICTURE_BYTES];
    webc_frame_params params;
    webc_frame *frame = NULL;
    picture_params(&params, 0);
    ck_ok(webc_frame_wrap_with_event(&frame, &params, lent, sizeof lent, events, tag));
    return frame;
}

void post_event(webc_events *events, uint64_t tag)
{
    webc_frame *frame = lend_picture(events, tag);
    webc_frame_unref(&frame);
}

bool is_queue_empty(webc_events *events)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    int32_t result = webc_events_next(events, 0, &event);
    ck_assert_int_ge(result, 0);
    webc_event_clear(&event);
    return result == 0;
}

/* Rig. */

void rig_begin_on(rig *r, uint32_t media, webc_events *events)
{
    *r = (rig){.media = media, .events = events};
    scripted_init(&r->script);
}

void rig_begin(rig *r, uint32_t media)
{
    webc_events *events = NULL;
    ck_ok(webc_events_create(&events, NULL));
    rig_begin_on(r, media, events);
    r->owns_events = true;
}

void rig_create(rig *r, const rig_params *given)
{
    rig_params params = given ? *given : (rig_params){0};
    webc__backend backend = scripted_backend(&r->script);
    if (r->media == WEBC_MEDIA_VIDEO_DECODER) {
        webc_video_decoder_params full;
        webc_video_decoder_params_init(&full, sizeof full);
        full.max_outputs = params.max_outputs;
        full.max_queue_size = params.max_queue_size;
        full.max_queue_bytes = params.max_queue_bytes;
        full.max_output_bytes = params.max_output_bytes;
        full.watchdog_us = params.watchdog_us;
        full.user = params.user;
        full.output = params.output;
        full.error = params.error;
        full.dequeue = params.dequeue;
        full.flushed = params.flushed;
        full.report_idle = params.report_idle;
        full.idle = params.idle;
        ck_ok(webc__video_decoder_create_on(&r->decoder, r->events, &full, &backend));
    } else {
        webc_video_encoder_params full;
        webc_video_encoder_params_init(&full, sizeof full);
        full.max_outputs = params.max_outputs;
        full.max_queue_size = params.max_queue_size;
        full.max_queue_bytes = params.max_queue_bytes;
        full.max_output_bytes = params.max_output_bytes;
        full.watchdog_us = params.watchdog_us;
        full.user = params.user;
        full.output = params.output;
        full.error = params.error;
        full.dequeue = params.dequeue;
        full.flushed = params.flushed;
        full.report_idle = params.report_idle;
        full.idle = params.idle;
        ck_ok(webc__video_encoder_create_on(&r->encoder, r->events, &full, &backend));
    }
}

void rig_start(rig *r, uint32_t media)
{
    rig_begin(r, media);
    rig_create(r, NULL);
    ck_ok(rig_configure(r, "vp8"));
}

void rig_end(rig *r)
{
    rig_destroy(r);
    if (r->owns_events)
        webc_events_destroy(&r->events);
    ck_ok(webc_drain_workers(-1));
    scripted_deinit(&r->script);
    journal_clear(&r->log);
}

static webc_result configure(rig *r, const char *codec, uint32_t latency_mode)
{
    if (r->media == WEBC_MEDIA_VIDEO_DECODER) {
        webc_video_decoder_config config;
        webc_video_decoder_config_init(&config, sizeof config);
        config.codec = codec;
        return webc_video_decoder_configure(r->decoder, &config);
    }
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = config.height = SCRIPTED_SIDE;
    config.latency_mode = latency_mode;
    return webc_video_encoder_configure(r->encoder, &config);
}

webc_result rig_configure(rig *r, const char *codec)
{
    return configure(r, codec, 0);
}

webc_result rig_configure_realtime(rig *r)
{
    return configure(r, "vp8", WEBC_LATENCY_MODE_REALTIME);
}

static webc_result decode(rig *r, const rig_input_params *input)
{
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = input->delta ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY;
    params.timestamp = input->timestamp;
    params.duration = input->duration;
    params.has_duration = input->has_duration;
    webc_chunk *chunk = make_chunk_of(&params, input->number);
    webc_video_decode_options options;
    webc_video_decode_options_init(&options, sizeof options);
    options.tag = input->tag;
    webc_result result = webc_video_decoder_decode(r->decoder, chunk, &options);
    webc_chunk_unref(&chunk);
    return result;
}

static webc_result encode(rig *r, const rig_input_params *input)
{
    webc_frame_params params;
    picture_params(&params, input->timestamp);
    params.duration = input->duration;
    params.has_duration = input->has_duration;
    webc_frame *frame = make_frame_of(&params, input->number);
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.tag = input->tag;
    options.key_frame = input->key_frame;
    webc_result result = webc_video_encoder_encode(r->encoder, frame, &options);
    webc_frame_unref(&frame);
    return result;
}

webc_result rig_input_full(rig *r, const rig_input_params *params)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? decode(r, params) : encode(r, params);
}

webc_result rig_input(rig *r)
{
    uint64_t number = r->next++;
    return rig_input_full(
        r, &(rig_input_params){.timestamp = (int64_t)number * 33333, .tag = number, .number = number});
}

webc_result rig_flush(rig *r, uint64_t tag)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_flush(r->decoder, tag)
                                                : webc_video_encoder_flush(r->encoder, tag);
}

webc_result rig_reset(rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_reset(r->decoder)
                                                : webc_video_encoder_reset(r->encoder);
}

webc_result rig_close(rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_close(r->decoder)
                                                : webc_video_encoder_close(r->encoder);
}

webc_result rig_reclaim(rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_reclaim(r->decoder)
                                                : webc_video_encoder_reclaim(r->encoder);
}

void rig_destroy(rig *r)
{
    webc_video_decoder_destroy(&r->decoder);
    webc_video_encoder_destroy(&r->encoder);
}

uint32_t rig_state(const rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_state(r->decoder)
                                                : webc_video_encoder_state(r->encoder);
}

uint32_t rig_queue_size(const rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_queue_size(r->decoder)
                                                : webc_video_encoder_queue_size(r->encoder);
}

uint64_t rig_id(const rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_id(r->decoder)
                                                : webc_video_encoder_id(r->encoder);
}

int64_t rig_last_progress(const rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_last_progress(r->decoder)
                                                : webc_video_encoder_last_progress(r->encoder);
}

webc_codec_stats rig_stats(const rig *r)
{
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    ck_ok(r->media == WEBC_MEDIA_VIDEO_DECODER ? webc_video_decoder_get_stats(r->decoder, &stats)
                                               : webc_video_encoder_get_stats(r->encoder, &stats));
    return stats;
}

uint32_t rig_output(const rig *r)
{
    return r->media == WEBC_MEDIA_VIDEO_DECODER ? WEBC_EVENT_FRAME : WEBC_EVENT_CHUNK;
}

void rig_inputs(rig *r, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ck_ok(rig_input(r));
}

webc_result rig_finish(rig *r)
{
    uint64_t tag = UINT64_MAX - r->finishes++;
    ck_ok(rig_flush(r, tag));
    size_t count = journal_count(&r->log, WEBC_EVENT_FLUSHED);
    for (;;) {
        journal_until(&r->log, r->events, WEBC_EVENT_FLUSHED, ++count);
        const seen *last = &r->log.items[r->log.count - 1];
        if (last->tag == tag)
            return last->result;
    }
}

/* The process. */

webc_stats get_stats(void)
{
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    ck_ok(webc_get_stats(&stats));
    return stats;
}

bool is_readable(int64_t fd)
{
    struct pollfd poller = {.fd = (int)fd, .events = POLLIN};
    return poll(&poller, 1, 0) == 1 && poller.revents & POLLIN;
}

void wait_readable(int64_t fd)
{
    struct pollfd poller = {.fd = (int)fd, .events = POLLIN};
    ck_assert_int_eq(poll(&poller, 1, -1), 1);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

bool is_slowed(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return SANITIZED || (preloaded && strstr(preloaded, "vgpreload"));
}

uint64_t repeats(uint64_t usual, uint64_t most)
{
    const char *stress = getenv("WEBC_STRESS");
    if (stress && strcmp(stress, "long") == 0)
        return most;
    return is_slowed() || is_short() ? (usual + 49) / 50 : usual;
}

/* Leak check: both run in the process of the test. */

static unsigned descriptors_before;

static void note_descriptors(void)
{
    descriptors_before = count_descriptors();
}

static void check_nothing_left(void)
{
    ck_ok(webc_drain_workers(-1));
    webc_stats left = get_stats();
#define CHECK_LEFT(field) \
    ck_assert_msg(left.field == 0, "the test left %" PRIu64 " " #field " behind", (uint64_t)left.field)
    CHECK_LEFT(threads);
    CHECK_LEFT(codecs);
    CHECK_LEFT(events);
    CHECK_LEFT(frames);
    CHECK_LEFT(chunks);
    CHECK_LEFT(queued_events);
    CHECK_LEFT(messages);
    CHECK_LEFT(contexts);
    CHECK_LEFT(frame_bytes);
    CHECK_LEFT(chunk_bytes);
    CHECK_LEFT(quarantined);
    CHECK_LEFT(pooled_buffers);
    CHECK_LEFT(pooled_bytes);
#undef CHECK_LEFT
    unsigned descriptors = count_descriptors();
    ck_assert_msg(descriptors == descriptors_before, "the test left %d descriptors behind",
                  (int)descriptors - (int)descriptors_before);
}

TCase *leak_checked_case(const char *name, double timeout_s)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, timeout_s);
    tcase_add_checked_fixture(tcase, note_descriptors, check_nothing_left);
    return tcase;
}

int run_leak_checked(const char *name, double timeout_s, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = leak_checked_case(name, timeout_s);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
