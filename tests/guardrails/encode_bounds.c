/* SPDX-License-Identifier: MIT */
/*
 * No encoder path reads a byte that is not the caller's: wrapped planes between pages that cannot be touched,
 * at every width from 1 to 130 (H38, H41, M1; libswscale and the encoders read past tight planes when they are
 * let).
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support_check.h"
#include "video_support.h"

#define TIMEOUT 120
#define MOST_PLANES 4

typedef struct plane_shape {
    unsigned shift_x;
    unsigned shift_y;
    unsigned step; /* bytes per sample or group of samples */
} plane_shape;

typedef struct format_row {
    uint32_t format;
    unsigned planes;
    plane_shape plane[MOST_PLANES];
} format_row;

static const format_row formats[] = {
    {WEBC_PIXEL_FORMAT_I420, 3, {{0, 0, 1}, {1, 1, 1}, {1, 1, 1}}},
    {WEBC_PIXEL_FORMAT_I422P10, 3, {{0, 0, 2}, {1, 0, 2}, {1, 0, 2}}},
    {WEBC_PIXEL_FORMAT_I444, 3, {{0, 0, 1}, {0, 0, 1}, {0, 0, 1}}},
    {WEBC_PIXEL_FORMAT_NV12, 2, {{0, 0, 1}, {1, 1, 2}}},
    {WEBC_PIXEL_FORMAT_RGBA, 1, {{0, 0, 4}}},
    {WEBC_PIXEL_FORMAT_I420A, 4, {{0, 0, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 1}}},
};

/* One mapping: a closed page, then for each plane its pages and another closed one. */
typedef struct guarded {
    uint8_t *map;
    size_t map_size;
    uint8_t *base; /* first byte the wrapped buffer may cover: that of the first plane */
    size_t size;
    webc_frame_params params;
    unsigned releases;
} guarded;

static size_t pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

static void release_one(void *user)
{
    ((guarded *)user)->releases++;
}

/* `at_end`: planes end at a closed page, so that reading behind them faults; else they begin right after one.
 */
static webc_frame *wrap_guarded(guarded *g, const format_row *f, uint32_t width, uint32_t height, bool at_end)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes[MOST_PLANES];
    *g = (guarded){.map_size = page};
    webc_frame_params_init(&g->params, sizeof g->params);
    for (unsigned p = 0; p < f->planes; p++) {
        const plane_shape *shape = &f->plane[p];
        size_t row = (size_t)((width + (1u << shape->shift_x) - 1) >> shape->shift_x) * shape->step;
        bytes[p] = row * ((height + (1u << shape->shift_y) - 1) >> shape->shift_y);
        g->params.layout[p].stride = (uint32_t)row;
        g->map_size += pages(bytes[p]) + page;
    }
    g->map = mmap(NULL, g->map_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(g->map, MAP_FAILED);
    uint8_t *at = g->map + page;
    for (unsigned p = 0; p < f->planes; p++) {
        ck_assert_int_eq(mprotect(at, pages(bytes[p]), PROT_READ | PROT_WRITE), 0);
        uint8_t *plane = at_end ? at + pages(bytes[p]) - bytes[p] : at;
        for (size_t i = 0; i < bytes[p]; i++)
            plane[i] = (uint8_t)(i * 7 + p);
        if (f->format == WEBC_PIXEL_FORMAT_I422P10)
            for (size_t i = 1; i < bytes[p]; i += 2)
                plane[i] &= 3;
        ck_assert_int_eq(mprotect(at, pages(bytes[p]), PROT_READ), 0);
        if (!p)
            g->base = plane;
        g->params.layout[p].offset = (uint32_t)(plane - g->base);
        g->size = (size_t)(plane - g->base) + bytes[p];
        at += pages(bytes[p]) + page;
    }
    g->params.format = f->format;
    g->params.coded_width = width;
    g->params.coded_height = height;
    g->params.layout_count = f->planes;
    webc_frame *frame = NULL;
    ck_assert_ok(webc_frame_wrap(&frame, &g->params, g->base, g->size, release_one, g));
    return frame;
}

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

static bool select_size(const video_case *c, webc_video_encoder_config *config, uint32_t width, uint32_t height)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    video_case_config(c, config, width, height);
    config->width = width;
    config->height = height;
    ck_assert_ok(webc_video_encoder_is_config_supported(config, &support));
    return support.supported && strcmp(support.implementation, c->row) == 0;
}

/* Encode a frame, wait for its chunk, and see that its memory was given back. */
static void encode_guarded(video_encoder_session *s, const format_row *f, uint32_t width, uint32_t height,
                           uint64_t tag)
{
    static guarded g;
    webc_frame *frame = wrap_guarded(&g, f, width, height, tag & 1);
    video_encoder_put(s, frame, false, tag);
    video_encoder_flush(s, tag % 64);
    ck_assert_uint_eq(g.releases, 1);
    video_log_clear(&s->log);
    ck_assert_int_eq(munmap(g.map, g.map_size), 0);
}

START_TEST(planes_of_every_width_are_encoded_in_place)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    uint64_t tag = 0;
    /* SVT-AV1 takes half a second to open: a few widths around its block sizes say as much. */
    bool slow = strcmp(c.row, "libsvtav1") == 0;
    video_encoder_session *s = NULL;
    for (uint32_t width = 1; width <= 130; width++) {
        uint32_t height = slow ? 64 : width < 16 ? 16 : 18;
        if (is_short() && !slow && width % 7 != 1)
            continue;
        if ((slow && width % 16 != 2 && width % 64) || !select_size(&c, &config, width, height))
            continue;
        if (s)
            ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
        else
            s = video_encoder_open(&config);
        encode_guarded(s, &formats[0], width, height, tag++);
        encode_guarded(s, &formats[0], width, height, tag++);
    }
    ck_assert_uint_gt(tag, 8);
    video_encoder_close(s);
}
END_TEST

static guarded held[256];

START_TEST(planes_of_every_width_and_format_are_scaled_and_encoded)
{
    video_case c = case_at(_i);
    webc_video_encoder_config config;
    video_case_config(&c, &config, 64, 64);
    uint64_t tag = 0;
    video_encoder_session *s = video_encoder_open(&config);
    for (uint32_t width = 1; width <= 130; width++) {
        for (size_t f = 0; f < COUNT(formats); f++) {
            /* Some of the pairs for each encoder, others for the next one. */
            if ((width + f + (size_t)_i) % (is_short() ? 32 : 4))
                continue;
            ck_assert_uint_lt(tag, COUNT(held));
            webc_frame *frame = wrap_guarded(&held[tag], &formats[f], width, 3, tag & 1);
            video_encoder_put(s, frame, false, tag++);
        }
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, tag);
    for (uint64_t i = 0; i < tag; i++) {
        ck_assert_uint_eq(held[i].releases, 1);
        ck_assert_int_eq(munmap(held[i].map, held[i].map_size), 0);
    }
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        planes_of_every_width_are_encoded_in_place,
        planes_of_every_width_and_format_are_scaled_and_encoded,
    };
    return video_test_main("encode_bounds", TIMEOUT, each, COUNT(each), NULL, 0);
}
