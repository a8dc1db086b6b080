/* SPDX-License-Identifier: MIT */
/* The real decoders behind the rules of WebCodecs 5.5: VD-01 to VD-13, VD-15, VD-16, VD-19, T1, T2, T5. */
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 60
#define FRAMES 10

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

/* A stream of numbered pictures with key frames at 0 and 5. */
static video_encoder_session *make_stream(const video_case *c, uint32_t width, uint32_t height, bool annexb)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, width, height);
    if (annexb)
        config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        video_encoder_put(s, video_picture(config.width, config.height, i, (int64_t)i * FRAME_US), i % 5 == 0,
                          i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    ck_assert_uint_eq(s->log.config_count, 1);
    return s;
}

static webc_chunk *make_chunk(uint32_t type, int64_t timestamp, const void *data, size_t size)
{
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = type;
    params.timestamp = timestamp;
    webc_chunk *chunk = NULL;
    ck_assert_ok(webc_chunk_create(&chunk, &params, data, size));
    return chunk;
}

/* The chunk's bytes under another type. */
static webc_chunk *relabelled(const video_log *log, size_t index, uint32_t type)
{
    webc_chunk_info info = video_log_chunk(log, index);
    return make_chunk(type, info.timestamp, info.data, info.size);
}

static void check_numbers(const video_log *log, size_t count)
{
    ck_assert_uint_eq(log->count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(video_picture_number(log->outputs[i].frame), (int)i);
        ck_assert_int_eq(webc_frame_timestamp(log->outputs[i].frame), (int64_t)i * FRAME_US);
    }
}

static void decode_range(video_decoder_session *d, const video_log *log, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        ck_assert_ok(webc_video_decoder_decode(d->decoder, log->outputs[i].chunk, NULL));
}

/* VD-01, VD-02, VD-03, VD-13, T5: and a flush asks for a key chunk again. */
START_TEST(a_delta_chunk_is_refused_at_once_until_a_key_chunk_came)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    ck_assert_fails(webc_video_decoder_decode(d->decoder, s->log.outputs[1].chunk, NULL), WEBC_ERROR_DATA,
                    "key");
    /* VD-03: the label rules. */
    webc_chunk *mislabelled = relabelled(&s->log, 0, WEBC_CHUNK_DELTA);
    ck_assert_fails(webc_video_decoder_decode(d->decoder, mislabelled, NULL), WEBC_ERROR_DATA, "key");
    webc_chunk_unref(&mislabelled);
    ck_assert_ok(webc_video_decoder_get_stats(d->decoder, &stats));
    ck_assert_uint_eq(stats.accepted, 0);
    ck_assert_uint_eq(webc_video_decoder_queue_size(d->decoder), 0);
    ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CONFIGURED);
    decode_range(d, &s->log, 0, FRAMES);
    video_decoder_flush(d, 1);
    check_numbers(&d->log, FRAMES);
    /* VD-01: a flush asks for a key chunk again, at the call. VD-13: and then decoding goes on. */
    ck_assert_fails(webc_video_decoder_decode(d->decoder, s->log.outputs[1].chunk, NULL), WEBC_ERROR_DATA,
                    "key");
    decode_range(d, &s->log, 5, FRAMES);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 2));
    ck_assert_fails(webc_video_decoder_decode(d->decoder, s->log.outputs[1].chunk, NULL), WEBC_ERROR_DATA,
                    "key");
    video_log_until_flushed(&d->log, d->events, 2);
    ck_assert_uint_eq(d->log.count, FRAMES + 5);
    ck_assert_int_eq(video_picture_number(d->log.outputs[FRAMES + 4].frame), 9);
    ck_assert_uint_eq(d->log.errors, 0);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* VD-04: after the first key chunk labels are not looked at. */
START_TEST(labels_after_the_first_key_chunk_do_not_matter)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    for (size_t i = 0; i < FRAMES; i++) {
        webc_chunk *chunk = relabelled(&s->log, i, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
        webc_chunk_unref(&chunk);
    }
    video_decoder_flush(d, 1);
    check_numbers(&d->log, FRAMES);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

static void check_closed(video_decoder_session *d, uint64_t flush_tag)
{
    video_log_until_flushed(&d->log, d->events, flush_tag);
    video_log_take(&d->log, d->events);
    ck_assert_uint_eq(d->log.errors, 1);
    ck_assert_int_eq(d->log.error, WEBC_ERROR_ENCODING);
    ck_assert_str_ne(d->log.message, "");
    ck_assert_uint_eq(d->log.flushes, 1);
    ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(webc_video_decoder_queue_size(d->decoder), 0);
}

/* VD-05, T1: libavcodec would take it for the end of the stream. */
START_TEST(an_empty_chunk_closes_with_encoding_error)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    webc_chunk *empty = make_chunk(WEBC_CHUNK_KEY, 123456, NULL, 0);
    decode_range(d, &s->log, 0, 1);
    ck_assert_ok(webc_video_decoder_decode(d->decoder, empty, NULL));
    decode_range(d, &s->log, 1, FRAMES);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 3));
    check_closed(d, 3);
    ck_assert_ptr_nonnull(strstr(d->log.message, "empty"));
    ck_assert_ptr_nonnull(strstr(d->log.message, "123456"));
    ck_assert_uint_le(d->log.count, 1);
    webc_chunk_unref(&empty);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/*
 * VD-05, T2, T3, T44: the corrupt chunk of web-platform-tests, in every codec and framing. libavcodec would go
 * on; one error comes, and nothing after it.
 */
START_TEST(a_corrupt_chunk_closes_with_one_encoding_error)
{
    video_case c = case_at(_i);
    for (int annexb = 0; annexb < 2; annexb++) {
        video_encoder_session *s = make_stream(&c, 96, 80, annexb);
        video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
        webc_chunk_info info = video_log_chunk(&s->log, 1);
        uint8_t *noise = malloc(info.size);
        ck_assert_ptr_nonnull(noise);
        memcpy(noise, info.data, info.size);
        for (size_t i = 0; i < info.size; i += c.codec == WEBC_CODEC_AV1 ? 2 : 4)
            noise[i] = 0xff;
        webc_chunk *corrupt = make_chunk(WEBC_CHUNK_DELTA, info.timestamp, noise, info.size);
        decode_range(d, &s->log, 0, 1);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, corrupt, NULL));
        decode_range(d, &s->log, 2, FRAMES);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 3));
        check_closed(d, 3);
        ck_assert_uint_le(d->log.count, 1);
        webc_chunk_unref(&corrupt);
        free(noise);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

/*
 * VD-02, VD-03, T13: a delta chunk that calls itself key is refused at once and nothing changes; bits that
 * cannot be read are left to the decoder, which fails.
 */
START_TEST(a_false_key_chunk_is_refused_at_once)
{
    video_case c = case_at(_i);
    for (int annexb = 0; annexb < 2; annexb++) {
        video_encoder_session *s = make_stream(&c, 96, 80, annexb);
        video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
        webc_chunk *lie = relabelled(&s->log, 1, WEBC_CHUNK_KEY);
        webc_codec_stats stats;
        webc_codec_stats_init(&stats, sizeof stats);
        for (int round = 0; round < 2; round++) {
            ck_assert_fails(webc_video_decoder_decode(d->decoder, lie, NULL), WEBC_ERROR_DATA, "33333");
            ck_assert_fails(webc_video_decoder_decode(d->decoder, s->log.outputs[1].chunk, NULL),
                            WEBC_ERROR_DATA, "key");
            ck_assert_ok(webc_video_decoder_get_stats(d->decoder, &stats));
            ck_assert_uint_eq(stats.accepted, round * FRAMES);
            ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CONFIGURED);
            decode_range(d, &s->log, 0, 1);
            /* VD-04: only the first is looked at. */
            ck_assert_ok(webc_video_decoder_decode(d->decoder, lie, NULL));
            decode_range(d, &s->log, 2, FRAMES);
            video_decoder_flush(d, 1 + (uint64_t)round);
            ck_assert_uint_eq(d->log.count, (1 + (size_t)round) * FRAMES);
        }
        ck_assert_uint_eq(d->log.errors, 0);
        uint8_t noise[100];
        memset(noise, 0xfe, sizeof noise);
        webc_chunk *unreadable = make_chunk(WEBC_CHUNK_KEY, 0, noise, sizeof noise);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, unreadable, NULL));
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 3));
        video_log_until_flushed(&d->log, d->events, 3);
        ck_assert_int_eq(d->log.flush_results[2], WEBC_ERROR_ENCODING);
        webc_chunk_unref(&unreadable);
        webc_chunk_unref(&lie);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

/* VD-06: and no callback but the flush's. */
START_TEST(closing_behind_a_corrupt_chunk_gives_abort_error_only)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    static const uint8_t noise[64] = {0xff, 0xff, 0xff, 0xff};
    webc_chunk *corrupt = make_chunk(WEBC_CHUNK_DELTA, 0, noise, sizeof noise);
    decode_range(d, &s->log, 0, 1);
    ck_assert_ok(webc_video_decoder_decode(d->decoder, corrupt, NULL));
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 9));
    ck_assert_ok(webc_video_decoder_close(d->decoder));
    video_log_until_flushed(&d->log, d->events, 9);
    video_log_take(&d->log, d->events);
    ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ABORT);
    ck_assert_uint_eq(d->log.errors, 0);
    ck_assert_uint_eq(d->log.count, 0);
    webc_chunk_unref(&corrupt);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/*
 * VD-11, VD-12: in Annex B, and in codecs without a description, a key frame of another size needs no new
 * configure; the config need not say any size.
 */
START_TEST(a_change_of_size_in_the_stream_is_followed)
{
    video_case c = case_at(_i);
    video_encoder_session *small = make_stream(&c, 96, 80, true);
    video_encoder_session *large = make_stream(&c, 160, 96, true);
    webc_video_decoder_config config = small->log.configs[0];
    config.coded_width = config.coded_height = 0; /* VD-11: sizes need not be said */
    config.display_aspect_width = config.display_aspect_height = 0;
    video_decoder_session *d = video_decoder_open(&config);
    decode_range(d, &small->log, 0, FRAMES);
    decode_range(d, &large->log, 0, FRAMES);
    decode_range(d, &small->log, 5, FRAMES);
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, 2 * FRAMES + 5);
    for (size_t i = 0; i < d->log.count; i++) {
        bool is_large = i >= FRAMES && i < 2 * FRAMES;
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_ok(webc_frame_get_info(d->log.outputs[i].frame, &info));
        ck_assert_uint_eq(info.visible_rect.width, (is_large ? 160u : 96u) | c.odd);
        ck_assert_uint_eq(info.visible_rect.height, (is_large ? 96u : 80u) | c.odd);
        ck_assert_uint_eq(info.display_width, info.visible_rect.width);
        int number = i < 2 * FRAMES ? (int)(i % FRAMES) : (int)(i - 2 * FRAMES + 5);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), number);
    }
    video_decoder_close(d);
    video_encoder_close(small);
    video_encoder_close(large);
}
END_TEST

/* P-19: outputs of both configs, in order, without a flush between. */
START_TEST(a_new_config_ends_the_old_one_without_losing_frames)
{
    video_case c = case_at(_i);
    video_encoder_session *first = make_stream(&c, 96, 80, false);
    video_encoder_session *second = make_stream(&c, 160, 96, true);
    video_decoder_session *d = video_decoder_open(&first->log.configs[0]);
    decode_range(d, &first->log, 0, FRAMES);
    ck_assert_ok(webc_video_decoder_configure(d->decoder, &second->log.configs[0]));
    ck_assert_fails(webc_video_decoder_decode(d->decoder, second->log.outputs[1].chunk, NULL), WEBC_ERROR_DATA,
                    "key");
    decode_range(d, &second->log, 0, FRAMES);
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, 2 * FRAMES);
    for (size_t i = 0; i < d->log.count; i++)
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % FRAMES));
    video_decoder_close(d);
    video_encoder_close(first);
    video_encoder_close(second);
}
END_TEST

/* VD-10, T4: the test ends only if every frame comes before the next chunk is given. */
START_TEST(with_optimize_for_latency_each_chunk_gives_its_frame_at_once)
{
    video_case c = case_at(_i);
    for (int annexb = 0; annexb < 2; annexb++) {
        video_encoder_session *s = make_stream(&c, 96, 80, annexb);
        webc_video_decoder_config config = s->log.configs[0];
        config.optimize_for_latency = 1;
        config.thread_count = annexb ? 4 : 0;
        video_decoder_session *d = video_decoder_open(&config);
        for (size_t i = 0; i < FRAMES; i++) {
            decode_range(d, &s->log, i, i + 1);
            video_log_until_outputs(&d->log, d->events, i + 1);
        }
        check_numbers(&d->log, FRAMES);
        ck_assert_uint_eq(d->log.flushes, 0);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

/* VD-08, VD-15, VD-16, VD-17, T8: times and tags of the chunk, and what the config says. */
START_TEST(tags_durations_and_the_config_come_back_on_frames)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    webc_video_decoder_config config = s->log.configs[0];
    config.rotation = 90;
    config.flip = 1;
    /* VD-16: only one side grows. VD-15: set members replace, the others stay. */
    config.display_aspect_width = 2;
    config.display_aspect_height = 1;
    config.color_space = (webc_color_space){.matrix = WEBC_COLOR_MATRIX_SMPTE170M};
    video_decoder_session *d = video_decoder_open(&config);
    webc_video_decode_options options;
    webc_video_decode_options_init(&options, sizeof options);
    for (size_t i = 0; i < FRAMES; i++) {
        webc_chunk_info source = video_log_chunk(&s->log, i);
        webc_chunk_params params;
        webc_chunk_params_init(&params, sizeof params);
        params.type = source.type;
        params.timestamp = 42; /* VD-08: equal timestamps keep their own durations */
        params.has_duration = i % 2;
        params.duration = 1000 + i;
        options.tag = UINT64_MAX - i;
        webc_chunk *chunk = NULL;
        ck_assert_ok(webc_chunk_create(&chunk, &params, source.data, source.size));
        ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, &options));
        webc_chunk_unref(&chunk);
    }
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_ok(webc_frame_get_info(d->log.outputs[i].frame, &info));
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
        ck_assert_uint_eq(d->log.outputs[i].tag, UINT64_MAX - i);
        ck_assert_int_eq(info.timestamp, 42);
        ck_assert_uint_eq(info.has_duration, i % 2);
        if (i % 2)
            ck_assert_uint_eq(info.duration, 1000 + i);
        ck_assert_int_eq(info.rotation, 90);
        ck_assert_uint_eq(info.flip, 1);
        uint32_t height = info.visible_rect.height;
        ck_assert_uint_eq(info.display_width, height); /* VD-17: turned by 90 degrees */
        ck_assert_uint_eq(info.display_height, 2 * height);
        ck_assert_uint_eq(info.color_space.matrix, WEBC_COLOR_MATRIX_SMPTE170M);
        ck_assert_uint_eq(info.format, WEBC_PIXEL_FORMAT_I420);
    }
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* VD-19: frames are read after everything that made them is gone. */
START_TEST(frames_outlive_decoder_and_events)
{
    video_case c = case_at(_i);
    video_encoder_session *s = make_stream(&c, 96, 80, false);
    video_decoder_session *d = video_decode_log(&s->log);
    webc_frame *kept[FRAMES];
    for (size_t i = 0; i < FRAMES; i++)
        kept[i] = webc_frame_ref(d->log.outputs[i].frame);
    video_decoder_close(d);
    video_encoder_close(s);
    ck_assert_ok(webc_drain_workers(-1));
    for (size_t i = 0; i < FRAMES; i++) {
        ck_assert_int_eq(video_picture_number(kept[i]), (int)i);
        webc_frame_unref(&kept[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        a_delta_chunk_is_refused_at_once_until_a_key_chunk_came,
        labels_after_the_first_key_chunk_do_not_matter,
        an_empty_chunk_closes_with_encoding_error,
        a_corrupt_chunk_closes_with_one_encoding_error,
        a_false_key_chunk_is_refused_at_once,
        closing_behind_a_corrupt_chunk_gives_abort_error_only,
        a_change_of_size_in_the_stream_is_followed,
        a_new_config_ends_the_old_one_without_losing_frames,
        with_optimize_for_latency_each_chunk_gives_its_frame_at_once,
        tags_durations_and_the_config_come_back_on_frames,
        frames_outlive_decoder_and_events,
    };
    return video_test_main("api_decoder", TIMEOUT, each, COUNT(each), NULL, 0);
}
