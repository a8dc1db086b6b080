/* SPDX-License-Identifier: MIT */
/*
 * H47, M14: a few bytes that promise a huge picture cost next to nothing. Each case runs in a child whose CPU
 * is bounded by the kernel and whose peak of memory is read when it has ended; both are printed.
 *
 *   header_bombs --write FOLDER   writes them as files instead, for other programs
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bombs.h"
#include "codec/probe_picture.h"
#include "codec_rig.h"
#include "video_support.h"

#define TIMEOUT 120
#define MOST_MIB 192
#define MOST_CPU_S 1 /* the kernel counts whole seconds; what is printed is nearer */

typedef struct codec_case {
    const char *name;
    const char *codec;
    const char *suffix;
    void (*write)(bomb *out, unsigned width, unsigned height);
    void (*record)(bomb *out, unsigned width, unsigned height); /* NULL: none */
    void (*slice)(bomb *out);
    void (*next)(bomb *out);
    unsigned most; /* of a side that the header can say */
} codec_case;

static const codec_case codecs[] = {
    {"H.264", "avc1.42c033", "264", bomb_h264, bomb_avcc, bomb_h264_slice, bomb_h264_gap, 65536},
    {"HEVC", "hvc1.1.6.L186.90", "265", bomb_hevc, bomb_hvcc, bomb_hevc_slice, bomb_hevc_missing, 65536},
    {"VP8", "vp8", "vp8.ivf", bomb_vp8, NULL, NULL, NULL, 16383},
    {"VP9", "vp09.00.62.08", "vp9.ivf", bomb_vp9, NULL, NULL, NULL, 65536},
    {"AV1", "av01.0.19M.08", "av1.ivf", bomb_av1, NULL, NULL, NULL, 65536},
};

/* What a child saw, in memory it shares with the test. */
typedef struct outcome {
    size_t frames;
    size_t errors;
    uint64_t skipped;
    webc_result error;
    webc_result flushed;
    char message[400];
} outcome;

typedef struct plan {
    const codec_case *codec;
    unsigned width;
    unsigned height;
    bool with_record;
    bool after_picture; /* a good picture goes before it, and another after it */
    bool with_next;
    unsigned times;
    uint32_t corruption;
    uint32_t threads; /* 0: the default */
} plan;

static void put_chunk(video_decoder_session *d, uint32_t type, const void *data, size_t size)
{
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = type;
    ck_assert_ok(webc_chunk_create(&chunk, &params, data, size));
    webc_result result = webc_video_decoder_decode(d->decoder, chunk, NULL);
    webc_chunk_unref(&chunk);
    ck_assert_msg(result == WEBC_OK || result == WEBC_ERROR_INVALID_STATE, "%s", webc_error_message());
}

/* Grey, 16x16: by the ffmpeg command with libx265 and bframes=0, so that no decoder holds it back. */
static const uint8_t hevc_picture[] = {
    0x00, 0x00, 0x00, 0x01, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00,
    0x9f, 0xa8, 0x00, 0x00, 0x03, 0x00, 0x00, 0x1e, 0xba, 0x02, 0x40, 0x00, 0x00, 0x00, 0x01, 0x42,
    0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9f, 0xa8, 0x00, 0x00, 0x03, 0x00, 0x00, 0x1e,
    0xa0, 0x88, 0x45, 0x96, 0xea, 0xaf, 0x2b, 0xc0, 0x5a, 0x02, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00,
    0x00, 0x03, 0x00, 0x32, 0x10, 0x00, 0x00, 0x00, 0x01, 0x44, 0x01, 0xc1, 0x73, 0xc0, 0x89, 0x00,
    0x00, 0x01, 0x28, 0x01, 0xaf, 0x78, 0xf8, 0x5d, 0xf7, 0xe1, 0x70};

static void put_picture(video_decoder_session *d, const plan *p)
{
    char reason[160];
    size_t size = 0;
    webc__codec_string codec;
    if (p->codec->write == bomb_hevc) {
        put_chunk(d, WEBC_CHUNK_KEY, hevc_picture, sizeof hevc_picture);
        return;
    }
    ck_assert(webc__codec_string_parse(p->codec->codec, &codec, reason, sizeof reason));
    const uint8_t *data = webc__probe_picture(&codec, &size);
    ck_assert_ptr_nonnull(data);
    put_chunk(d, WEBC_CHUNK_KEY, data, size);
}

static void play(const plan *p, outcome *out)
{
    static bomb key, record, next;
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = p->codec->codec;
    config.corruption = p->corruption;
    config.thread_count = p->threads;
    if (p->with_record) {
        p->codec->record(&record, p->width, p->height);
        p->codec->slice(&key);
        config.description = record.data;
        config.description_size = record.size;
    } else {
        p->codec->write(&key, p->width, p->height);
    }
    if (p->with_next)
        p->codec->next(&next);
    video_decoder_session *d = video_decoder_open(&config);
    if (p->after_picture)
        put_picture(d, p);
    for (unsigned i = 0; i < p->times; i++) {
        put_chunk(d, WEBC_CHUNK_KEY, key.data, key.size);
        if (p->with_next)
            put_chunk(d, WEBC_CHUNK_DELTA, next.data, next.size);
    }
    if (p->after_picture)
        put_picture(d, p);
    if (webc_video_decoder_flush(d->decoder, 1) == WEBC_OK)
        video_log_until_flushed(&d->log, d->events, 1);
    else
        video_log_until_error(&d->log, d->events);
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    ck_assert_ok(webc_video_decoder_get_stats(d->decoder, &stats));
    out->frames = d->log.count;
    out->errors = d->log.errors;
    out->error = d->log.error;
    out->skipped = stats.skipped;
    memcpy(out->message, d->log.message, sizeof out->message);
    video_decoder_close(d);
    ck_assert_ok(webc_drain_workers(-1));
}

/* Run it in a child and hold that to the limits. Sanitizers take CPU and memory of their own. */
static outcome run(const plan *p)
{
    outcome *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    struct rusage usage;
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        const struct rlimit most = {MOST_CPU_S, MOST_CPU_S};
        mallopt(M_PERTURB, 0); /* meson asks for it, and it touches all that is allocated */
        if (!is_slowed() && setrlimit(RLIMIT_CPU, &most))
            _exit(2);
        play(p, shared);
        _exit(0);
    }
    ck_assert_int_eq(wait4(child, &status, 0, &usage), child);
    long milliseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                        (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    printf("# %s %ux%u%s%s%s x%u: %zu frames, %zu errors, %llu passed over, %ld ms of CPU, %ld MiB\n",
           p->codec->name, p->width, p->height, p->with_record ? " in the record" : "",
           p->after_picture ? " between pictures" : "", p->with_next ? " with missing references" : "",
           p->times, shared->frames, shared->errors, (unsigned long long)shared->skipped, milliseconds,
           usage.ru_maxrss / 1024);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s %ux%u ended with status %d",
                  p->codec->name, p->width, p->height, status);
    if (!is_slowed())
        ck_assert_msg(usage.ru_maxrss <= MOST_MIB * 1024, "%s %ux%u took %ld MiB", p->codec->name, p->width,
                      p->height, usage.ru_maxrss / 1024);
    outcome out = *shared;
    munmap(shared, sizeof *shared);
    return out;
}

static void check_refused(const plan *p, size_t frames)
{
    outcome out = run(p);
    ck_assert_uint_eq(out.errors, 1);
    ck_assert_msg(out.frames == frames, "%zu frames, then %s", out.frames, out.message);
    ck_assert_msg(out.error == WEBC_ERROR_ENCODING, "%s: %s", webc_result_name(out.error), out.message);
    ck_assert_msg(strstr(out.message, "max_pixels"), "%s", out.message);
}

static const unsigned sizes[][2] = {
    {8192, 4640}, {16000, 16000}, {16383, 16383}, {65536, 65536}, {65536, 1024}};

START_TEST(pictures_above_the_limit_are_refused_before_memory_is_taken)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        for (size_t s = 0; s < COUNT(sizes); s++)
            if (sizes[s][0] <= codecs[c].most && sizes[s][1] <= codecs[c].most)
                check_refused(
                    &(plan){.codec = &codecs[c], .width = sizes[s][0], .height = sizes[s][1], .times = 1}, 0);
}
END_TEST

START_TEST(sizes_in_the_record_are_held_to_the_same_limit)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        for (size_t s = 0; s < COUNT(sizes) && codecs[c].record; s++)
            check_refused(&(plan){.codec = &codecs[c],
                                  .width = sizes[s][0],
                                  .height = sizes[s][1],
                                  .with_record = true,
                                  .times = 1},
                          0);
}
END_TEST

/* The picture before it comes out, then the error. */
START_TEST(a_stream_that_grows_beyond_the_limit_keeps_what_it_gave)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        check_refused(&(plan){.codec = &codecs[c],
                              .width = codecs[c].most < 65536 ? 16000 : 65536,
                              .height = 16000,
                              .after_picture = true,
                              .times = 1},
                      1);
}
END_TEST

/* Where decoding goes on, a hundred of them are passed over, and the pictures around them come out. */
START_TEST(a_flood_of_them_is_passed_over)
{
    for (size_t c = 0; c < COUNT(codecs); c++) {
        plan p = {.codec = &codecs[c],
                  .width = 16000,
                  .height = 16000,
                  .after_picture = true,
                  .times = 100,
                  .corruption = WEBC_CORRUPTION_SKIP};
        outcome out = run(&p);
        ck_assert_msg(!out.errors, "%s", out.message);
        ck_assert_uint_eq(out.frames, 2);
        ck_assert_uint_ge(out.skipped, 100);
    }
}
END_TEST

/* With frame threads each of them has read a header before the first error is known. */
START_TEST(eight_threads_read_eight_headers)
{
    for (size_t c = 0; c < COUNT(codecs); c++) {
        outcome out =
            run(&(plan){.codec = &codecs[c], .width = 16000, .height = 16000, .times = 12, .threads = 8});
        ck_assert_uint_eq(out.frames, 0);
        ck_assert_uint_eq(out.errors, 1);
    }
}
END_TEST

/* Just below the limit a picture may be had; the header alone costs no more than that picture. */
START_TEST(a_header_of_the_largest_size_costs_one_picture)
{
    for (size_t c = 0; c < COUNT(codecs); c++) {
        plan p = {.codec = &codecs[c], .width = 8192, .height = 4608, .times = 1};
        outcome out = run(&p);
        ck_assert_uint_le(out.frames + out.errors, 1);
    }
}
END_TEST

/*
 * libavcodec makes a picture for each reference that was never there, 15 of them for two chunks of 200 bytes.
 * It is max_pixels that bounds this: at 1080p they are within the limit for headers, at 8192x4608 they take 1.5
 * GiB.
 */
START_TEST(missing_references_cost_a_picture_each)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        if (codecs[c].next)
            run(&(plan){.codec = &codecs[c],
                        .width = 1920,
                        .height = 1088,
                        .with_next = true,
                        .times = 1,
                        .corruption = WEBC_CORRUPTION_FLAG});
}
END_TEST

static const char *folder;

/* Not a test, but Check's assertions want to be in one. */
START_TEST(files_are_written)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            static bomb file;
            static bomb chunk;
            char path[600];
            if (sizes[s][0] > codecs[c].most || sizes[s][1] > codecs[c].most)
                continue;
            file.size = chunk.size = 0;
            codecs[c].write(&chunk, sizes[s][0], sizes[s][1]);
            if (strstr(codecs[c].suffix, "ivf")) {
                uint8_t head[44] = "DKIF\0\0\x20";
                memcpy(head + 8,
                       !strncmp(codecs[c].suffix, "vp8", 3)   ? "VP80"
                       : !strncmp(codecs[c].suffix, "vp9", 3) ? "VP90"
                                                              : "AV01",
                       4);
                memset(head + 12, 64, 4);
                head[16] = 25, head[20] = 1, head[24] = 1;
                head[32] = (uint8_t)chunk.size, head[33] = (uint8_t)(chunk.size >> 8);
                bomb_put(&file, head, sizeof head);
            }
            bomb_put(&file, chunk.data, chunk.size);
            snprintf(path, sizeof path, "%s/%ux%u.%s", folder, sizes[s][0], sizes[s][1], codecs[c].suffix);
            FILE *out = fopen(path, "wb");
            ck_assert_msg(out && fwrite(file.data, file.size, 1, out) == 1 && !fclose(out), "cannot write %s",
                          path);
        }
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        pictures_above_the_limit_are_refused_before_memory_is_taken,
        sizes_in_the_record_are_held_to_the_same_limit,
        a_stream_that_grows_beyond_the_limit_keeps_what_it_gave,
        a_flood_of_them_is_passed_over,
        eight_threads_read_eight_headers,
        a_header_of_the_largest_size_costs_one_picture,
        missing_references_cost_a_picture_each,
    };
    av_log_set_level(AV_LOG_FATAL);
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        const TTest *const write[] = {files_are_written};
        folder = argv[2];
        return video_row_main("header_bombs", TIMEOUT, NULL, 0, 0, write, COUNT(write));
    }
    return video_row_main("header_bombs", TIMEOUT, NULL, 0, 0, tests, COUNT(tests));
}
