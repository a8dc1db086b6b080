/* SPDX-License-Identifier: MIT */
/* Damaged chunks under each corruption policy, in every codec (VD-05, VD-06, T2, T3). */
#include <stdlib.h>
#include <string.h>

#include "stream_support.h"

#define TIMEOUT 60

/* Small streams of noise-free pictures with key frames at 0 and 5. */
typedef struct family {
    const char *string;
    stream_params params;
} family;

static const family families[] = {
    {"avc1.42001e",
     {.encoder = "libx264",
      .key_every = 5,
      .options = "preset=ultrafast,profile=baseline,qp=20,forced-idr=1",
      .filters = "filter_units=remove_types=6"}},
    {"hvc1.1.6.L93.B0",
     {.encoder = "libx265",
      .key_every = 5,
      .options = "preset=ultrafast,forced-idr=1,x265-params=qp=20:bframes=0:info=0:log-level=none",
      .filters = "filter_units=remove_types=39|40"}},
    {"vp8", {.encoder = "libvpx", .key_every = 5, .options = "deadline=realtime,lag-in-frames=0,b=2000000"}},
    {"vp09.00.10.08",
     {.encoder = "libvpx-vp9", .key_every = 5, .options = "deadline=realtime,lag-in-frames=0,b=2000000"}},
    {"av01.0.04M.08",
     {.encoder = "libaom-av1",
      .key_every = 5,
      .options = "usage=realtime,cpu-used=8,lag-in-frames=0,b=2000000"}},
};

/* As the corrupt chunks of web-platform-tests. */
static uint8_t *corrupt_copy(const AVPacket *packet)
{
    uint8_t *data = malloc((size_t)packet->size);
    ck_assert_ptr_nonnull(data);
    memcpy(data, packet->data, (size_t)packet->size);
    for (int i = 0; i < packet->size; i += 4)
        data[i] = 0xff;
    return data;
}

static video_decoder_session *open_with(const family *f, uint32_t corruption)
{
    webc_video_decoder_config config = stream_config(f->string);
    config.corruption = corruption;
    return video_decoder_open(&config);
}

static void decode_corrupt(video_decoder_session *d, const stream *s, size_t index)
{
    uint8_t *data = corrupt_copy(s->packets[index]);
    stream_decode_bytes(d, WEBC_CHUNK_DELTA, s->packets[index]->pts, data, (size_t)s->packets[index]->size);
    free(data);
}

/* T2, T3, VD-05: one error, at most the picture before it, and nothing after. */
START_TEST(strict_is_the_default_and_ends_at_the_first_corrupt_chunk)
{
    const family *f = &families[_i];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    video_decoder_session *d = open_with(f, 0);
    stream_decode(d, &s, 0, 1);
    decode_corrupt(d, &s, 1);
    stream_decode(d, &s, 2, s.count);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
    video_log_until_flushed(&d->log, d->events, 1);
    video_log_take(&d->log, d->events);
    ck_assert_uint_eq(d->log.errors, 1);
    ck_assert_int_eq(d->log.error, WEBC_ERROR_ENCODING);
    ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ENCODING);
    ck_assert_uint_le(d->log.count, 1);
    ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CLOSED);
    ck_assert_uint_eq(stream_stats(d).skipped, 0);
    ck_assert_uint_eq(stream_stats(d).damaged, 0);
    video_decoder_close(d);
    stream_free(&s);
}
END_TEST

/* VD-06: close before the error is taken; the flush is aborted and nothing else comes. */
START_TEST(closing_behind_a_corrupt_chunk_aborts_the_flush_only)
{
    const family *f = &families[_i];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    video_decoder_session *d = open_with(f, 0);
    stream_decode(d, &s, 0, 1);
    decode_corrupt(d, &s, 1);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
    ck_assert_ok(webc_video_decoder_close(d->decoder));
    video_log_until_flushed(&d->log, d->events, 1);
    video_log_take(&d->log, d->events);
    ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ABORT);
    ck_assert_uint_eq(d->log.errors, 0);
    ck_assert_uint_eq(d->log.count, 0);
    video_decoder_close(d);
    stream_free(&s);
}
END_TEST

/* T2: with flag and skip the corrupt chunk is counted, and at the latest the next key frame is whole again. */
START_TEST(flag_and_skip_go_on_and_count)
{
    const family *f = &families[_i];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    for (uint32_t corruption = WEBC_CORRUPTION_FLAG; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
        video_decoder_session *d = open_with(f, corruption);
        stream_decode(d, &s, 0, 1);
        decode_corrupt(d, &s, 1);
        stream_decode_bytes(d, WEBC_CHUNK_DELTA, 77, NULL, 0);
        stream_decode(d, &s, 2, s.count);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(d->log.errors, 0);
        webc_codec_stats stats = stream_stats(d);
        ck_assert_uint_ge(stats.skipped, 1); /* the empty one */
        ck_assert_uint_ge(stats.skipped + stats.damaged, 2);
        uint64_t marked = 0;
        for (size_t i = 0; i < d->log.count; i++)
            marked += stream_info(d, i).corrupt;
        ck_assert_uint_eq(marked, corruption == WEBC_CORRUPTION_FLAG ? stats.damaged : 0);
        /* Pictures 0 and 5 to 9 are whole. */
        ck_assert_uint_ge(d->log.count, 6);
        ck_assert_int_eq(video_picture_number(d->log.outputs[0].frame), 0);
        for (size_t i = 1; i <= 5; i++) {
            ck_assert_int_eq(video_picture_number(d->log.outputs[d->log.count - i].frame), (int)(10 - i));
            ck_assert_uint_eq(stream_info(d, d->log.count - i).corrupt, 0);
        }
        /* And decoding goes on after a flush. */
        stream_decode(d, &s, 5, s.count);
        size_t count = d->log.count;
        video_decoder_flush(d, 2);
        ck_assert_uint_eq(d->log.count, count + 5);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/*
 * T3: the end of a picture is missing; H.264 and HEVC conceal that, VP8 and AV1 say that it is no picture. The
 * VP9 decoder of libavcodec takes what is missing for zeros and does not say so.
 */
START_TEST(a_cut_off_picture_is_never_given_out_unmarked)
{
    const family *f = &families[_i];
    stream s;
    if (strcmp(f->params.encoder, "libvpx-vp9") == 0 || !stream_make(&s, &f->params))
        return;
    for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
        video_decoder_session *d = open_with(f, corruption);
        const AVPacket *key = s.packets[0];
        stream_decode_bytes(d, WEBC_CHUNK_KEY, 0, key->data, (size_t)key->size * 2 / 3);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        bool strict = corruption == WEBC_CORRUPTION_STRICT;
        ck_assert_int_eq(d->log.flush_results[0], strict ? WEBC_ERROR_ENCODING : WEBC_OK);
        webc_codec_stats stats = stream_stats(d);
        if (!strict)
            ck_assert_uint_ge(stats.skipped + stats.damaged, 1);
        ck_assert_uint_eq(d->log.count, corruption == WEBC_CORRUPTION_FLAG ? stats.damaged : 0);
        for (size_t i = 0; i < d->log.count; i++)
            ck_assert_uint_eq(stream_info(d, i).corrupt, 1);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/* T3: H.264 conceals the lower half of a picture; flag shows it, skip leaves it out. */
START_TEST(a_concealed_picture_is_marked_or_left_out)
{
    const family *f = &families[0];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    for (uint32_t corruption = WEBC_CORRUPTION_FLAG; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
        video_decoder_session *d = open_with(f, corruption);
        const AVPacket *key = s.packets[0];
        stream_decode_bytes(d, WEBC_CHUNK_KEY, 0, key->data, (size_t)key->size * 3 / 4);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(stream_stats(d).damaged, 1);
        ck_assert_uint_eq(d->log.count, corruption == WEBC_CORRUPTION_FLAG);
        if (d->log.count)
            ck_assert_uint_eq(stream_info(d, 0).corrupt, 1);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/* T3: an HEVC picture in which an error was met comes out later where pictures are reordered, and marked then.
 */
START_TEST(a_begun_picture_of_a_reordered_stream_is_marked_or_left_out)
{
    stream s;
    if (!stream_make(&s, &(stream_params){
                             .encoder = "libx265",
                             .b_frames = 2,
                             .options = "preset=ultrafast,x265-params=qp=20:b-adapt=0:info=0:log-level=none",
                             .filters = "filter_units=remove_types=39|40"}))
        return;
    unsigned marked = 0;
    for (uint32_t corruption = WEBC_CORRUPTION_FLAG; corruption <= WEBC_CORRUPTION_SKIP; corruption++)
        for (size_t cut = 0; cut < 6; cut++) {
            webc_video_decoder_config config = stream_config("hvc1.1.6.L93.B0");
            config.corruption = corruption;
            config.thread_count = 4;
            video_decoder_session *d = video_decoder_open(&config);
            for (size_t i = 0; i < s.count; i++) {
                const AVPacket *packet = s.packets[i];
                size_t size = (size_t)packet->size;
                stream_decode_bytes(d, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, packet->pts, packet->data,
                                    i == cut ? size * 2 / 3 : size);
            }
            video_decoder_flush(d, 1);
            ck_assert_uint_eq(stream_stats(d).skipped, 1);
            for (size_t i = 0; i < d->log.count; i++) {
                webc_frame_info info = stream_info(d, i);
                ck_assert_uint_eq(info.corrupt, info.timestamp == s.packets[cut]->pts);
                marked += info.corrupt;
            }
            video_decoder_close(d);
        }
    ck_assert_uint_ge(marked, 1);
    stream_free(&s);
}
END_TEST

/* T3: a slice is missing and the others are whole; with any number of threads, for latency or not. */
START_TEST(a_missing_slice_is_damage)
{
    stream s;
    static const uint8_t start[] = {0, 0, 1};
    if (!stream_make(&s, &(stream_params){.encoder = "libx264",
                                          .pictures = 3,
                                          .options = "preset=ultrafast,slices=4",
                                          .filters = "filter_units=remove_types=6"}))
        return;
    for (uint32_t latency = 0; latency < 2; latency++) {
        webc_video_decoder_config config = stream_config("avc1.64001e");
        config.optimize_for_latency = latency;
        config.thread_count = 4;
        video_decoder_session *d = video_decoder_open(&config);
        stream_decode(d, &s, 0, 1);
        /* The second picture without its last slice. */
        const AVPacket *packet = s.packets[1];
        size_t size = (size_t)packet->size - 3;
        while (memcmp(packet->data + size, start, sizeof start) != 0)
            size--;
        ck_assert_uint_gt(size, 10);
        stream_decode_bytes(d, WEBC_CHUNK_DELTA, 1, packet->data, size);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ENCODING);
        ck_assert_uint_eq(d->log.count, 1);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/* T3: of a VP8 frame that is not shown nothing comes, so what its header says is all there is to tell by. */
START_TEST(a_hidden_vp8_frame_with_a_false_header_is_damage)
{
    const family *f = &families[2];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    s.packets[1]->data[0] = 0x0f; /* delta, version 7, not shown */
    for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
        video_decoder_session *d = open_with(f, corruption);
        stream_decode(d, &s, 0, 2);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        ck_assert_int_eq(d->log.flush_results[0], corruption ? WEBC_OK : WEBC_ERROR_ENCODING);
        ck_assert_uint_eq(stream_stats(d).skipped, corruption != WEBC_CORRUPTION_STRICT);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/*
 * T2, H64: the key chunk that decoding of H.264 began at is lost, damaged beyond its framing or only in the
 * header of its picture; the next key frame is none that refers to it.
 */
START_TEST(the_next_key_frame_ends_the_damage_of_a_lost_first_one)
{
    const family *f = &families[0];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    uint8_t *idr = memmem(s.packets[0]->data, (size_t)s.packets[0]->size, "\0\0\1\x65", 4);
    ck_assert_ptr_nonnull(idr);
    idr[3] |= 0x80; /* forbidden_zero_bit */
    for (uint32_t corruption = WEBC_CORRUPTION_FLAG; corruption <= WEBC_CORRUPTION_SKIP; corruption++)
        for (int whole = 0; whole < 2; whole++) {
            video_decoder_session *d = open_with(f, corruption);
            stream_decode_bytes(d, WEBC_CHUNK_KEY, 0, s.packets[0]->data,
                                whole ? (size_t)s.packets[0]->size : 0);
            stream_decode(d, &s, 1, s.count);
            video_decoder_flush(d, 1);
            ck_assert_uint_ge(stream_stats(d).skipped, 1);
            ck_assert_uint_ge(d->log.count, 5);
            for (size_t i = 1; i <= 5; i++) {
                ck_assert_int_eq(video_picture_number(d->log.outputs[d->log.count - i].frame), (int)(10 - i));
                ck_assert_uint_eq(stream_info(d, d->log.count - i).corrupt, 0);
            }
            video_decoder_close(d);
        }
    stream_free(&s);
}
END_TEST

/* T2, H64: damage can also make a picture of a size or kind that the decoder refuses, which is no other error.
 */
START_TEST(a_damaged_header_that_asks_too_much_is_passed_over)
{
    for (size_t k = 2; k <= 3; k++) { /* VP8 and VP9, where the size is in plain sight */
        const family *f = &families[k];
        stream s;
        if (!stream_make(&s, &f->params))
            continue;
        for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
            uint8_t *data = malloc((size_t)s.packets[0]->size);
            ck_assert_ptr_nonnull(data);
            memcpy(data, s.packets[0]->data, (size_t)s.packets[0]->size);
            if (k == 2)
                memset(data + 6, 0x3f, 4); /* 16191 on a side */
            else
                memset(data + 5, 0xff, 3); /* 4096 times 61440 or more */
            video_decoder_session *d = open_with(f, corruption);
            stream_decode(d, &s, 0, 1);
            stream_decode_bytes(d, WEBC_CHUNK_KEY, 77, data, (size_t)s.packets[0]->size);
            stream_decode(d, &s, 5, s.count);
            ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
            video_log_until_flushed(&d->log, d->events, 1);
            ck_assert_msg(d->log.flush_results[0] == (corruption ? WEBC_OK : WEBC_ERROR_ENCODING), "%s: %s",
                          f->string, d->log.message);
            ck_assert_uint_eq(stream_stats(d).skipped, corruption != WEBC_CORRUPTION_STRICT);
            if (corruption)
                ck_assert_uint_eq(d->log.count, 6);
            video_decoder_close(d);
            free(data);
        }
        stream_free(&s);
    }
}
END_TEST

/* T2, H64: whatever bytes of four chunks are changed to, decoding goes on with the next key frame. */
START_TEST(no_damage_stops_decoding_for_good)
{
    const family *f = &families[_i];
    stream_params params = f->params;
    stream s;
    params.width = 352; /* room for several tiles */
    params.height = 288;
    if (!stream_make(&s, &params))
        return;
    uint32_t seed = 3;
    for (int round = 0; round < 200; round++) {
        video_decoder_session *d = open_with(f, WEBC_CORRUPTION_SKIP);
        for (size_t i = 0; i < 4; i++) {
            size_t size = (size_t)s.packets[i]->size;
            uint8_t *data = malloc(size);
            ck_assert_ptr_nonnull(data);
            memcpy(data, s.packets[i]->data, size);
            for (uint32_t changes = 1 + video_random(&seed) % 3; changes; changes--)
                data[video_random(&seed) % (size < 40 ? size : 40)] = (uint8_t)video_random(&seed);
            /* What the bits show to be no key frame is refused, which is as good. */
            webc_chunk *chunk = stream_chunk(WEBC_CHUNK_KEY, 77, data, size);
            webc_video_decoder_decode(d->decoder, chunk, NULL);
            webc_chunk_unref(&chunk);
            free(data);
        }
        stream_decode(d, &s, 5, s.count);
        video_decoder_flush(d, 1);
        ck_assert_msg(d->log.count >= 5, "%s: round %d: %zu frames", f->string, round, d->log.count);
        ck_assert_int_eq(video_picture_number(d->log.outputs[d->log.count - 1].frame), 9);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

/* The member is checked like every other; unknown values are a TypeError that names it. */
START_TEST(an_unknown_policy_is_a_type_error)
{
    webc_video_decoder_config config = stream_config("vp8");
    video_decoder_session *d = video_decoder_open(&config);
    config.corruption = WEBC_CORRUPTION_SKIP + 1;
    ck_assert_fails(webc_video_decoder_configure(d->decoder, &config), WEBC_ERROR_TYPE, "corruption");
    ck_assert_uint_eq(webc_video_decoder_state(d->decoder), WEBC_STATE_CONFIGURED);
    video_decoder_close(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("api_decoder_damage");
    TCase *tcase = tcase_create("damage");
    const TTest *const each[] = {
        strict_is_the_default_and_ends_at_the_first_corrupt_chunk,
        closing_behind_a_corrupt_chunk_aborts_the_flush_only,
        flag_and_skip_go_on_and_count,
        a_cut_off_picture_is_never_given_out_unmarked,
        no_damage_stops_decoding_for_good,
    };
    tcase_set_timeout(tcase, TIMEOUT);
    tcase_add_checked_fixture(tcase, NULL, video_assert_clean);
    for (size_t i = 0; i < COUNT(each); i++)
        tcase_add_loop_test(tcase, each[i], 0, (int)COUNT(families));
    tcase_add_test(tcase, a_concealed_picture_is_marked_or_left_out);
    tcase_add_test(tcase, a_begun_picture_of_a_reordered_stream_is_marked_or_left_out);
    tcase_add_test(tcase, a_missing_slice_is_damage);
    tcase_add_test(tcase, a_hidden_vp8_frame_with_a_false_header_is_damage);
    tcase_add_test(tcase, the_next_key_frame_ends_the_damage_of_a_lost_first_one);
    tcase_add_test(tcase, a_damaged_header_that_asks_too_much_is_passed_over);
    tcase_add_test(tcase, an_unknown_policy_is_a_type_error);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
