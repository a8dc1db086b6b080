/* SPDX-License-Identifier: MIT */
/*
 * No byte outside a caller's chunk or description is read: each lies against a page that cannot be touched,
 * once the one before it and once the one behind it (H38, H41). libavcodec reads whole words past what it is
 * given, so only bytes with room behind them may reach it uncopied.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "video_support.h"

#define TIMEOUT 60
#define FRAMES 6

typedef struct guarded {
    uint8_t *map;
    size_t size; /* of the mapping */
    uint8_t *data;
    _Atomic unsigned releases;
} guarded;

/* A copy of the bytes, read-only, against a closed page. */
static void guard(guarded *g, const void *data, size_t size, bool at_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size + page - 1) / page * page;
    *g = (guarded){.size = room + 2 * page};
    g->map = mmap(NULL, g->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(g->map, MAP_FAILED);
    ck_assert_int_eq(mprotect(g->map + page, room, PROT_READ | PROT_WRITE), 0);
    g->data = g->map + page + (at_end ? room - size : 0);
    memcpy(g->data, data, size);
    ck_assert_int_eq(mprotect(g->map + page, room, PROT_READ), 0);
}

static void unguard(guarded *g)
{
    ck_assert_int_eq(munmap(g->map, g->size), 0);
}

static void count_release(void *user)
{
    ((guarded *)user)->releases++;
}

static video_encoder_session *make_stream(int index, webc_video_encoder_config *config)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    video_case_config(&cases[index], config, 64, 64);
    config->thread_count = 1;
    video_encoder_session *s = video_encoder_open(config);
    for (unsigned i = 0; i < FRAMES; i++)
        video_encoder_put(s, video_picture(config->width, config->height, i, i), i == 0, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    webc_video_encoder_destroy(&s->encoder);
    return s;
}

/* Lend the chunks of a stream, in memory that ends, or begins, where a page does. */
static void decode_stream(const video_log *stream, bool at_end)
{
    guarded chunks[FRAMES];
    guarded description;
    webc_video_decoder_config config = stream->configs[0];
    if (config.description_size) {
        guard(&description, config.description, (size_t)config.description_size, at_end);
        config.description = description.data;
    }
    video_decoder_session *d = video_decoder_open(&config);
    for (size_t i = 0; i < FRAMES; i++) {
        webc_chunk_info info = video_log_chunk(stream, i);
        webc_chunk_params params = {sizeof params, info.type, info.timestamp, 0, 0};
        webc_chunk *chunk = NULL;
        guard(&chunks[i], info.data, info.size, at_end);
        ck_assert_ok(webc_chunk_wrap(&chunk, &params, chunks[i].data, info.size, count_release, &chunks[i]));
        ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
        webc_chunk_unref(&chunk);
    }
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
    video_decoder_close(d);
    ck_assert_ok(webc_drain_workers(-1));
    for (size_t i = 0; i < FRAMES; i++) {
        ck_assert_uint_eq(chunks[i].releases, 1);
        unguard(&chunks[i]);
    }
    if (config.description_size)
        unguard(&description);
}

START_TEST(nothing_beside_a_chunk_is_read)
{
    webc_video_encoder_config config;
    video_encoder_session *s = make_stream(_i, &config);
    decode_stream(&s->log, false);
    decode_stream(&s->log, true);
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {nothing_beside_a_chunk_is_read};
    return video_test_main("decode_bounds", TIMEOUT, each, COUNT(each), NULL, 0);
}
