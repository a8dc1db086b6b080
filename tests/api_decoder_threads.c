/* SPDX-License-Identifier: MIT */
/*
 * Decoders whose threads have several pictures in hand (T3, VD-05): none is given out before its damage is
 * known, and what was good before damage is given out.
 */
#include <sched.h>
#include <string.h>

#include "stream_support.h"

#define TIMEOUT 60
/* Of a race that a slow picture loses against fast ones or a drain. */
#define ROUNDS 5

static const uint32_t thread_counts[] = {1, 2, 4, 8};

static video_decoder_session *open_with(const char *codec, uint32_t threads)
{
    webc_video_decoder_config config = stream_config(codec);
    config.thread_count = threads;
    return video_decoder_open(&config);
}

/* How much of a packet is left without its last slice. */
static size_t without_last_slice(const AVPacket *packet)
{
    static const uint8_t start[] = {0, 0, 1};
    size_t size = (size_t)packet->size - 3;
    while (memcmp(packet->data + size, start, sizeof start) != 0)
        size--;
    ck_assert_uint_gt(size, 10);
    return size;
}

/* Picture `number`, which is noise, lacks a slice; those behind it are flat and do not refer to it. */
static void check_marked(const stream *s, unsigned number, uint32_t threads)
{
    for (int round = 0; round < ROUNDS; round++) {
        video_decoder_session *d = open_with("avc1.640028", threads);
        for (size_t i = 0; i < s->count; i++) {
            const AVPacket *packet = s->packets[i];
            bool torn = packet->pts == number;
            stream_decode_bytes(d, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, packet->pts, packet->data,
                                torn ? without_last_slice(packet) : (size_t)packet->size);
        }
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        video_log_take(&d->log, d->events);
        ck_assert_msg(d->log.error == WEBC_ERROR_ENCODING, "%u threads, round %d: no damage", threads, round);
        ck_assert_msg(strstr(d->log.message, "damaged"), "%s", d->log.message);
        ck_assert_msg(d->log.count == number, "%zu: %s", d->log.count, d->log.message);
        for (size_t i = 0; i < number; i++)
            ck_assert_int_eq(stream_info(d, i).timestamp, (int64_t)i);
        video_decoder_close(d);
    }
}

static const stream_params slow_picture = {
    .encoder = "libx264",
    .width = 640,
    .height = 480,
    .pictures = 8,
    .key_every = 4,
    .noise_from = 3,
    .noise_to = 4,
    .options = "preset=ultrafast,qp=10,slices=4,b_strategy=0,forced-idr=1",
    .filters = "filter_units=remove_types=6",
};

/* T3: of a stream that does not reorder, with any number of threads. */
START_TEST(a_slow_picture_behind_which_are_fast_ones_is_known_to_be_damaged)
{
    stream s;
    if (!stream_make(&s, &slow_picture))
        return;
    check_marked(&s, 3, thread_counts[_i]);
    stream_free(&s);
}
END_TEST

/* The same of one that reorders and has so many pictures, with the default of threads. */
static void check_reordered(unsigned pictures)
{
    stream s;
    stream_params params = slow_picture;
    params.pictures = pictures;
    params.b_frames = 1;
    if (!stream_make(&s, &params))
        return;
    check_marked(&s, 3, 0);
    stream_free(&s);
}

/*
 * T3: the decoder puts a picture out when the next one has begun, which is a key frame here and done long
 * before the slow one is. So there is one thread by default.
 */
START_TEST(a_slow_picture_that_a_fast_one_puts_out_is_known_to_be_damaged)
{
    check_reordered(8);
}
END_TEST

/* T3: the same for what a drain puts out. */
START_TEST(a_slow_picture_that_a_flush_puts_out_is_known_to_be_damaged)
{
    check_reordered(4);
}
END_TEST

/* T3: the same where the stream begins to reorder in the middle. */
START_TEST(a_slow_picture_of_a_part_that_reorders_is_known_to_be_damaged)
{
    stream flat, s;
    stream_params params = slow_picture;
    params.noise_to = 0;
    if (!stream_make(&flat, &params))
        return;
    params = slow_picture;
    params.b_frames = 1;
    ck_assert(stream_make(&s, &params));
    const size_t first = flat.count;
    ck_assert_uint_le(first + s.count, STREAM_MOST_PACKETS);
    for (size_t i = 0; i < s.count; i++) {
        s.packets[i]->pts += (int64_t)first;
        flat.packets[flat.count++] = s.packets[i];
    }
    check_marked(&flat, (unsigned)first + 3, 0);
    stream_free(&flat);
}
END_TEST

/* A parameter set that ends before it has said how many pictures it reorders; libavcodec takes that for
 * silence. Its profile. */
static uint8_t *silence(AVPacket *packet)
{
    uint8_t *set = memmem(packet->data, (size_t)packet->size, "\0\0\1\x67", 4);
    ck_assert_ptr_nonnull(set);
    uint8_t *next = memmem(set + 4, (size_t)(packet->data + packet->size - set - 4), "\0\0\1", 3);
    ck_assert_ptr_nonnull(next);
    next -= next[-1] == 0;
    memmove(next - 2, next, (size_t)(packet->data + packet->size - next));
    av_shrink_packet(packet, packet->size - 2);
    return set + 4;
}

/*
 * T3: the same where that part says by its profile that it does not, Baseline, and is silent otherwise. What
 * comes late is lost then, but not what is known of damage.
 */
START_TEST(a_slow_picture_of_a_part_that_reorders_secretly_is_known_to_be_damaged)
{
    stream s;
    stream_params params = slow_picture;
    params.noise_to = 0;
    if (!stream_make(&s, &params))
        return;
    stream secret;
    params = slow_picture;
    params.b_frames = 1;
    params.pictures = 4;
    ck_assert(stream_make(&secret, &params));
    *silence(secret.packets[0]) = 66;
    for (int round = 0; round < ROUNDS; round++) {
        video_decoder_session *d = open_with("avc1.640028", 0);
        stream_decode(d, &s, 0, s.count);
        for (size_t i = 0; i < secret.count; i++) {
            const AVPacket *packet = secret.packets[i];
            stream_decode_bytes(d, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, 100 + packet->pts, packet->data,
                                packet->pts == 3 ? without_last_slice(packet) : (size_t)packet->size);
        }
        stream_decode(d, &s, 0, s.count);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        video_log_take(&d->log, d->events);
        ck_assert_msg(d->log.error == WEBC_ERROR_ENCODING, "round %d: no damage in %zu", round, d->log.count);
        ck_assert_uint_ge(d->log.count, s.count);
        video_decoder_close(d);
    }
    stream_free(&s);
    stream_free(&secret);
}
END_TEST

/*
 * The only slice of chunk `bad` has a header, behind `unit` bytes of unit header, that asks for what there
 * cannot be; all frames but `missing` of those before it come.
 */
static void check_earlier(const stream *s, video_decoder_session *d, size_t bad, size_t unit, size_t missing)
{
    size_t size = (size_t)s->packets[bad]->size;
    uint8_t *data = av_memdup(s->packets[bad]->data, size);
    ck_assert_ptr_nonnull(data);
    uint8_t *slice = memmem(data, size, "\0\0\1", 3);
    ck_assert_ptr_nonnull(slice);
    memcpy(slice + 3 + unit, "\x80\x01", 2);
    stream_decode(d, s, 0, bad);
    stream_decode_bytes(d, WEBC_CHUNK_DELTA, s->packets[bad]->pts, data, size);
    av_free(data);
    stream_decode(d, s, bad + 1, s->count);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
    video_log_until_flushed(&d->log, d->events, 1);
    video_log_take(&d->log, d->events);
    ck_assert_msg(d->log.error == WEBC_ERROR_ENCODING, "chunk %zu: no error", bad);
    ck_assert_uint_eq(d->log.errors, 1);
    ck_assert_msg(d->log.count <= bad && d->log.count + missing >= bad, "%zu frames of %zu chunks",
                  d->log.count, bad);
    for (size_t i = 0; i < d->log.count; i++) {
        int64_t timestamp = stream_info(d, i).timestamp;
        ck_assert(!i || timestamp > stream_info(d, i - 1).timestamp);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)timestamp);
    }
    video_decoder_close(d);
}

/* VD-05: what the decoder held back to put it in order is good, as far as it is of the chunks before. */
START_TEST(what_was_held_back_before_damage_is_given_out)
{
    stream s;
    if (!stream_make(&s, &(stream_params){.encoder = "libx264",
                                          .pictures = 20,
                                          .b_frames = 2,
                                          .options = "preset=ultrafast,qp=20,b_strategy=0",
                                          .filters = "filter_units=remove_types=6"}))
        return;
    for (size_t bad = 1; bad < s.count; bad++)
        check_earlier(&s, open_with("avc1.64001e", 0), bad, 1, 0);
    stream_free(&s);
}
END_TEST

/* The same with threads that have later chunks in hand when they tell; of which chunk they do at a drain is not
 * known for certain.
 */
START_TEST(what_was_held_back_before_damage_is_given_out_by_threads)
{
    stream s;
    uint32_t threads = thread_counts[_i];
    if (!stream_make(&s, &(stream_params){.encoder = "libx265",
                                          .pictures = 20,
                                          .b_frames = 2,
                                          .options = "preset=ultrafast,x265-params=qp=20:b-adapt=0:info=0:"
                                                     "log-level=none",
                                          .filters = "filter_units=remove_types=39|40"}))
        return;
    for (size_t bad = 1; bad < s.count; bad++)
        check_earlier(&s, open_with("hvc1.1.6.L93.B0", threads), bad, 2,
                      bad + threads <= s.count ? 0 : threads);
    stream_free(&s);
}
END_TEST

/* 2.3: a stream that reorders, or may, behind one that does not: nothing comes late and is dropped for it. */
START_TEST(reordering_that_begins_in_the_middle_loses_nothing)
{
    static const char options[] = "preset=ultrafast,qp=20,b_strategy=0,b-pyramid=strict";
    stream flat, deep;
    stream_params params = {.encoder = "libx264", .options = options, .filters = "filter_units=remove_types=6"};
    if (!stream_make(&flat, &params))
        return;
    params.b_frames = 3;
    ck_assert(stream_make(&deep, &params));
    for (int silent = 0; silent < 2; silent++) {
        if (silent)
            silence(deep.packets[0]);
        video_decoder_session *d = open_with("avc1.64001e", thread_counts[_i]);
        stream_decode(d, &flat, 0, flat.count);
        stream_decode(d, &deep, 0, deep.count);
        stream_decode(d, &flat, 0, flat.count);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(d->log.count, 30);
        for (size_t i = 0; i < d->log.count; i++) {
            ck_assert_int_eq(stream_info(d, i).timestamp, (int64_t)(i % 10));
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % 10));
        }
        video_decoder_close(d);
    }
    stream_free(&flat);
    stream_free(&deep);
}
END_TEST

/* Bytes of parameter sets in front of the first slice. */
static size_t sets_of(const AVPacket *packet)
{
    const uint8_t *at = packet->data, *end = packet->data + packet->size;
    while ((at = memmem(at, (size_t)(end - at), "\0\0\1", 3)) && (at[3] & 0x1f) != 5 && (at[3] & 0x1f) != 1)
        at += 3;
    ck_assert_ptr_nonnull(at);
    return (size_t)(at - packet->data) - (at > packet->data && !at[-1]);
}

/* The units of an Annex B chunk behind lengths of four bytes instead of start codes. */
static size_t put_prefixed(uint8_t *out, const uint8_t *data, size_t size)
{
    size_t written = 0;
    const uint8_t *end = data + size, *unit = memmem(data, size, "\0\0\1", 3);
    while (unit) {
        unit += 3;
        const uint8_t *next = memmem(unit, (size_t)(end - unit), "\0\0\1", 3);
        size_t length = (size_t)((next ? next - (next[-1] == 0) : end) - unit);
        for (int byte = 0; byte < 4; byte++)
            out[written++] = (uint8_t)(length >> 8 * (3 - byte));
        memcpy(out + written, unit, length);
        written += length;
        unit = next;
    }
    return written;
}

#define MOST_BYTES 100000

/* A chunk of the sets of `from`, if there are any, in front of or behind what `packet` is without its own. */
static void decode_with_sets(video_decoder_session *d, const AVPacket *packet, size_t own, const AVPacket *from,
                             bool behind, bool prefixed)
{
    uint8_t data[MOST_BYTES], framed[MOST_BYTES];
    size_t sets = from ? sets_of(from) : 0, rest = (size_t)packet->size - own, size = sets + rest;
    ck_assert_uint_lt(size, MOST_BYTES / 2);
    if (from)
        memcpy(data + (behind ? rest : 0), from->data, sets);
    memcpy(data + (behind ? 0 : sets), packet->data + own, rest);
    if (prefixed)
        size = put_prefixed(framed, data, size);
    stream_decode_bytes(d, packet->flags & AV_PKT_FLAG_KEY ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA, packet->pts,
                        prefixed ? framed : data, size);
}

static video_decoder_session *open_framed(bool prefixed, uint32_t corruption)
{
    static const uint8_t record[] = {1, 100, 0, 30, 0xff, 0xe0, 0}; /* without sets, as for avc3 */
    webc_video_decoder_config config = stream_config(prefixed ? "avc3.64001e" : "avc1.64001e");
    config.corruption = corruption;
    if (prefixed) {
        config.description = record;
        config.description_size = sizeof record;
    }
    return video_decoder_open(&config);
}

/* 2.3: the sets of what reorders come ahead, and the key frame that they are for brings none. */
START_TEST(a_decoder_that_is_opened_again_knows_all_sets)
{
    stream flat, deep;
    stream_params params = {.encoder = "libx264",
                            .options = "preset=ultrafast,qp=20,b_strategy=0",
                            .filters = "filter_units=remove_types=6"};
    if (!stream_make(&flat, &params))
        return;
    params.b_frames = 2;
    ck_assert(stream_make(&deep, &params));
    for (int prefixed = 0; prefixed < 2; prefixed++) {
        video_decoder_session *d = open_framed(prefixed, WEBC_CORRUPTION_STRICT);
        for (size_t i = 0; i < flat.count; i++)
            decode_with_sets(d, flat.packets[i], 0, i + 1 == flat.count ? deep.packets[0] : NULL, true,
                             prefixed);
        for (size_t i = 0; i < deep.count; i++)
            decode_with_sets(d, deep.packets[i], i ? 0 : sets_of(deep.packets[0]), NULL, false, prefixed);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(d->log.count, 20);
        for (size_t i = 0; i < d->log.count; i++)
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % 10));
        video_decoder_close(d);
    }
    stream_free(&flat);
    stream_free(&deep);
}
END_TEST

/* T2: a set that nothing refers to, real or made by damage, is in the way of nothing. */
START_TEST(a_set_that_is_not_used_loses_nothing)
{
    /* High profile at level 4.0, with an id of 40; 31 is the highest. */
    static uint8_t false_set[] = {0, 0, 0, 1, 0x67, 100, 0, 40, 5, 43, 54, 65, 139, 144, 0, 0, 1, 0x65};
    AVPacket made = {.data = false_set, .size = sizeof false_set};
    stream s, other;
    stream_params params = {.encoder = "libx264",
                            .key_every = 4,
                            .options = "preset=ultrafast,qp=20,forced-idr=1",
                            .filters = "filter_units=remove_types=6"};
    if (!stream_make(&s, &params))
        return;
    params.b_frames = 2;
    params.options = "preset=ultrafast,qp=20,x264-params=sps-id=3";
    ck_assert(stream_make(&other, &params));
    for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++)
        for (int real = 0; real < 2; real++) {
            video_decoder_session *d = open_framed(false, corruption);
            for (size_t i = 0; i < s.count; i++) {
                bool later_key = i && s.packets[i]->flags & AV_PKT_FLAG_KEY;
                decode_with_sets(d, s.packets[i], later_key ? sets_of(s.packets[i]) : 0,
                                 i == 2 ? (real ? other.packets[0] : &made) : NULL, false, false);
            }
            video_decoder_flush(d, 1);
            stream_check_numbers(d, 10);
            video_decoder_close(d);
        }
    stream_free(&s);
    stream_free(&other);
}
END_TEST

/* 2.3: a set that comes once more, alone, is in its old place for a decoder that is opened later. */
START_TEST(a_repeated_set_is_none_behind_what_needs_it)
{
    stream flat, deep;
    stream_params params = {.encoder = "libx264",
                            .options = "preset=ultrafast,qp=20,b_strategy=0",
                            .filters = "filter_units=remove_types=6"};
    if (!stream_make(&flat, &params))
        return;
    params.b_frames = 2;
    params.options = "preset=ultrafast,qp=20,b_strategy=0,x264-params=sps-id=1";
    ck_assert(stream_make(&deep, &params));
    AVPacket repeated = *flat.packets[0];
    const uint8_t *pps = memmem(repeated.data, (size_t)repeated.size, "\0\0\1\x68", 4);
    ck_assert_ptr_nonnull(pps);
    uint8_t data[MOST_BYTES];
    size_t size = (size_t)(pps - repeated.data);
    memcpy(data, repeated.data, size);
    memcpy(data + size, "\0\0\1\x65", 4); /* where the sets end */
    repeated.data = data;
    repeated.size = (int)size + 4;
    video_decoder_session *d = open_framed(false, WEBC_CORRUPTION_STRICT);
    for (size_t i = 0; i < flat.count; i++)
        decode_with_sets(d, flat.packets[i], 0, i == 7 ? &repeated : NULL, false, false);
    stream_decode(d, &deep, 0, deep.count);
    /* And the first sets are known without being told again. */
    decode_with_sets(d, flat.packets[0], sets_of(flat.packets[0]), NULL, false, false);
    stream_decode(d, &flat, 1, flat.count);
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, 30);
    for (size_t i = 0; i < d->log.count; i++)
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % 10));
    video_decoder_close(d);
    stream_free(&flat);
    stream_free(&deep);
}
END_TEST

/* H36: a set that is not used comes with a recovery point; what leads that is not lost for it. */
START_TEST(an_unused_set_at_a_recovery_point_loses_nothing)
{
    stream s, other;
    stream_params params = {.encoder = "libx264",
                            .pictures = 30,
                            .b_frames = 2,
                            .options = "preset=ultrafast,qp=20,b_strategy=0,"
                                       "x264-params=open-gop=1:keyint=6:min-keyint=1:b-pyramid=none"};
    if (!stream_make(&s, &params))
        return;
    params.b_frames = 3;
    params.pictures = 10;
    params.options = "preset=ultrafast,qp=20,b-pyramid=strict,x264-params=sps-id=3:ref=4";
    params.filters = "filter_units=remove_types=6";
    ck_assert(stream_make(&other, &params));
    video_decoder_session *d = open_with("avc1.64001e", thread_counts[_i]);
    for (size_t i = 0; i < s.count; i++) {
        bool key = memmem(s.packets[i]->data, (size_t)s.packets[i]->size, "\0\0\1\x67", 4) != NULL;
        decode_with_sets(d, s.packets[i], 0, key && i ? other.packets[0] : NULL, false, false);
    }
    video_decoder_flush(d, 1);
    stream_check_numbers(d, 30);
    video_decoder_close(d);
    stream_free(&s);
    stream_free(&other);
}
END_TEST

/* T3: what reorders begins at a recovery point and not at an IDR picture. */
START_TEST(damage_is_known_where_reordering_begins_at_a_recovery_point)
{
    stream flat, s;
    stream_params params = slow_picture;
    params.noise_to = 0;
    params.pictures = 2;
    if (!stream_make(&flat, &params))
        return;
    params.pictures = 16;
    params.b_frames = 1;
    params.key_every = 0;
    params.noise_from = 15;
    params.noise_to = 16;
    params.options =
        "preset=ultrafast,qp=10,slices=4,b_strategy=0,x264-params=open-gop=1:keyint=6:min-keyint=1";
    params.filters = NULL; /* recovery points are told in SEI messages */
    ck_assert(stream_make(&s, &params));
    size_t first = 1;
    while (first < s.count && !memmem(s.packets[first]->data, (size_t)s.packets[first]->size, "\0\0\1\x67", 4))
        first++;
    ck_assert_uint_lt(first, s.count);
    ck_assert_ptr_null(memmem(s.packets[first]->data, (size_t)s.packets[first]->size, "\0\0\1\x65", 4));
    for (int round = 0; round < ROUNDS; round++) {
        video_decoder_session *d = open_with("avc1.640028", 0);
        stream_decode(d, &flat, 0, flat.count);
        for (size_t i = first; i < s.count; i++) {
            const AVPacket *packet = s.packets[i];
            stream_decode_bytes(d, WEBC_CHUNK_DELTA, 100 + packet->pts, packet->data,
                                packet->pts == 15 ? without_last_slice(packet) : (size_t)packet->size);
        }
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
        video_log_until_flushed(&d->log, d->events, 1);
        video_log_take(&d->log, d->events);
        ck_assert_msg(strstr(d->log.message, "at timestamp 115 is damaged"), "%s", d->log.message);
        video_decoder_close(d);
    }
    stream_free(&flat);
    stream_free(&s);
}
END_TEST

/* Pictures that a decoder with `threads` asked for has not given out when it has nothing left to do. */
static size_t count_held(const stream *s, uint32_t threads)
{
    video_decoder_session d = {0};
    webc_video_decoder_params params;
    webc_video_decoder_config config = stream_config("avc1.64001e");
    webc_video_decoder_params_init(&params, sizeof params);
    params.report_idle = 1;
    params.max_outputs = STREAM_MOST_PACKETS;
    config.thread_count = threads;
    ck_assert_ok(webc_events_create(&d.events, NULL));
    ck_assert_ok(webc_video_decoder_create(&d.decoder, d.events, &params));
    ck_assert_ok(webc_video_decoder_configure(d.decoder, &config));
    stream_decode(&d, s, 0, s->count);
    size_t held = s->count;
    webc_event event;
    webc_event_init(&event, sizeof event);
    do {
        webc_event_clear(&event);
        ck_assert_int_eq(webc_events_next(d.events, -1, &event), 1);
        ck_assert_uint_ne(event.type, WEBC_EVENT_ERROR);
        held -= event.type == WEBC_EVENT_FRAME;
    } while (event.type != WEBC_EVENT_IDLE);
    webc_event_clear(&event);
    webc_video_decoder_destroy(&d.decoder);
    webc_events_destroy(&d.events);
    return held;
}

/* Where it costs no knowledge of damage, H.264 has as many threads as the other codecs: each holds one back. */
START_TEST(what_does_not_reorder_has_a_thread_for_each_cpu)
{
    stream flat, deep;
    stream_params params = {.encoder = "libx264", .options = "preset=ultrafast", .pictures = 30};
    if (!stream_make(&flat, &params))
        return;
    params.b_frames = 1;
    ck_assert(stream_make(&deep, &params));
    cpu_set_t cpus;
    ck_assert_int_eq(sched_getaffinity(0, sizeof cpus, &cpus), 0);
    uint32_t count = CPU_COUNT(&cpus) < 8 ? (uint32_t)CPU_COUNT(&cpus) : 8;
    ck_assert_uint_eq(count_held(&flat, 0), count - 1);
    ck_assert_uint_eq(count_held(&flat, 5), 4);
    ck_assert_uint_eq(count_held(&deep, 0), 1);
    stream_free(&flat);
    stream_free(&deep);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        a_slow_picture_behind_which_are_fast_ones_is_known_to_be_damaged,
        what_was_held_back_before_damage_is_given_out_by_threads,
        reordering_that_begins_in_the_middle_loses_nothing,
        an_unused_set_at_a_recovery_point_loses_nothing,
    };
    const TTest *const once[] = {
        a_slow_picture_that_a_fast_one_puts_out_is_known_to_be_damaged,
        a_slow_picture_that_a_flush_puts_out_is_known_to_be_damaged,
        a_slow_picture_of_a_part_that_reorders_is_known_to_be_damaged,
        a_slow_picture_of_a_part_that_reorders_secretly_is_known_to_be_damaged,
        what_was_held_back_before_damage_is_given_out,
        a_decoder_that_is_opened_again_knows_all_sets,
        a_set_that_is_not_used_loses_nothing,
        a_repeated_set_is_none_behind_what_needs_it,
        damage_is_known_where_reordering_begins_at_a_recovery_point,
        what_does_not_reorder_has_a_thread_for_each_cpu,
    };
    return video_row_main("api_decoder_threads", TIMEOUT, each, COUNT(each), COUNT(thread_counts), once,
                          COUNT(once));
}
