/* SPDX-License-Identifier: MIT */
/*
 * Frames that do not fit the configured size or format, for every encoder (EN-01, EN-02, EN-03, H38, M1):
 * scaled from the visible rectangle by default, refused at once with exact_size. Each frame shows four
 * quadrants in four colours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define WIDTH 128
#define HEIGHT 96

typedef struct shape {
    uint32_t format;
    uint32_t width;
    uint32_t height;
    webc_rect visible; /* all zero: everything */
} shape;

static const shape shapes[] = {
    {WEBC_PIXEL_FORMAT_I420, 256, 192, {0, 0, 0, 0}},     /* larger */
    {WEBC_PIXEL_FORMAT_I420, 64, 48, {0, 0, 0, 0}},       /* smaller */
    {WEBC_PIXEL_FORMAT_I420, 96, 128, {0, 0, 0, 0}},      /* swapped */
    {WEBC_PIXEL_FORMAT_I420, 127, 95, {0, 0, 0, 0}},      /* odd */
    {WEBC_PIXEL_FORMAT_I420, 129, 97, {0, 0, 0, 0}},      /* odd */
    {WEBC_PIXEL_FORMAT_I420, 16, 200, {0, 0, 0, 0}},      /* quarter and four times */
    {WEBC_PIXEL_FORMAT_I420, 160, 120, {16, 8, 128, 96}}, /* only the visible part has the size */
    {WEBC_PIXEL_FORMAT_NV12, 128, 96, {0, 0, 0, 0}},      /* other formats of the right size */
    {WEBC_PIXEL_FORMAT_RGBA, 128, 96, {0, 0, 0, 0}},      {WEBC_PIXEL_FORMAT_BGRX, 100, 80, {0, 0, 0, 0}},
    {WEBC_PIXEL_FORMAT_I444, 128, 96, {0, 0, 0, 0}},      {WEBC_PIXEL_FORMAT_I422P10, 200, 100, {0, 0, 0, 0}},
};

/* Red, green, blue, white: 8-bit RGB and limited-range BT.709. */
static const uint8_t rgb[4][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
static const uint8_t yuv[4][3] = {{63, 102, 240}, {173, 42, 26}, {32, 240, 118}, {235, 128, 128}};

static unsigned quadrant(const webc_rect *visible, uint32_t x, uint32_t y)
{
    return (x >= visible->x + visible->width / 2) + 2 * (y >= visible->y + visible->height / 2);
}

/* Samples of one plane; the picture is divided inside the visible rectangle, as a crop must show. */
static void fill_plane(uint8_t *at, const shape *s, const webc_rect *visible, unsigned component,
                       uint32_t step_x, uint32_t step_y, unsigned bytes, unsigned stride)
{
    for (uint32_t y = 0; y < s->height; y += step_y)
        for (uint32_t x = 0; x < s->width; x += step_x) {
            unsigned value = yuv[quadrant(visible, x, y)][component];
            if (bytes == 2) {
                at[0] = (uint8_t)(value << 2);
                at[1] = (uint8_t)(value >> 6);
            } else {
                at[0] = (uint8_t)value;
            }
            at += stride;
        }
}

static void fill_rgb(uint8_t *at, const shape *s, const webc_rect *visible, bool blue_first)
{
    for (uint32_t y = 0; y < s->height; y++)
        for (uint32_t x = 0; x < s->width; x++, at += 4) {
            const uint8_t *color = rgb[quadrant(visible, x, y)];
            at[0] = color[blue_first ? 2 : 0];
            at[1] = color[1];
            at[2] = color[blue_first ? 0 : 2];
            at[3] = 255;
        }
}

static webc_frame *quadrants(const shape *s, int64_t timestamp)
{
    webc_rect visible = s->visible.width ? s->visible : (webc_rect){0, 0, s->width, s->height};
    bool packed = s->format == WEBC_PIXEL_FORMAT_RGBA || s->format == WEBC_PIXEL_FORMAT_BGRX;
    bool deep = s->format == WEBC_PIXEL_FORMAT_I422P10;
    uint32_t step_x = s->format == WEBC_PIXEL_FORMAT_I444 ? 1 : 2;
    uint32_t step_y = s->format == WEBC_PIXEL_FORMAT_I444 || deep ? 1 : 2;
    unsigned bytes = deep ? 2 : 1;
    size_t luma = (size_t)s->width * s->height * bytes;
    size_t chroma = (size_t)((s->width + step_x - 1) / step_x) * ((s->height + step_y - 1) / step_y) * bytes;
    size_t size = packed ? (size_t)s->width * s->height * 4 : luma + 2 * chroma;
    uint8_t *data = malloc(size);
    ck_assert_ptr_nonnull(data);
    if (packed) {
        fill_rgb(data, s, &visible, s->format == WEBC_PIXEL_FORMAT_BGRX);
    } else {
        bool pairs = s->format == WEBC_PIXEL_FORMAT_NV12;
        fill_plane(data, s, &visible, 0, 1, 1, bytes, bytes);
        fill_plane(data + luma, s, &visible, 1, step_x, step_y, bytes, pairs ? 2 : bytes);
        fill_plane(data + luma + (pairs ? 1 : chroma), s, &visible, 2, step_x, step_y, bytes,
                   pairs ? 2 : bytes);
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = s->format;
    params.coded_width = s->width;
    params.coded_height = s->height;
    params.visible_rect = s->visible;
    params.timestamp = timestamp;
    webc_frame *frame = video_frame(&params, data, size);
    free(data);
    return frame;
}

static unsigned luma_at(const webc_plane *plane, uint32_t x, uint32_t y)
{
    return plane->data[(size_t)y * plane->stride + x];
}

/* A decoded picture has the configured size and each colour where it belongs: luma and both chroma planes. */
static void check_picture(const video_case *c, const webc_video_encoder_config *config, const webc_frame *frame,
                          size_t number)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    ck_assert_uint_eq(info.visible_rect.width, config->width);
    ck_assert_uint_eq(info.visible_rect.height, config->height);
    ck_assert_uint_eq(info.format, WEBC_PIXEL_FORMAT_I420);
    for (unsigned p = 0; p < 3; p++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_ok(webc_frame_plane(frame, p, &plane));
        for (unsigned q = 0; q < 4; q++) {
            uint32_t x = plane.row_bytes * (q % 2 * 2 + 1) / 4, y = plane.rows * (q / 2 * 2 + 1) / 4;
            int difference = (int)luma_at(&plane, x, y) - yuv[q][p];
            ck_assert_msg(abs(difference) <= 16, "%s: shape %zu, plane %u, quadrant %u: %u instead of %u",
                          video_case_name(c), number, p, q, luma_at(&plane, x, y), yuv[q][p]);
        }
    }
}

static video_case case_config(int index, webc_video_encoder_config *config)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    video_case_config(&cases[index], config, WIDTH, HEIGHT);
    config->bitrate = 3000000;
    return cases[index];
}

/* EN-01, T37. */
START_TEST(frames_of_any_size_and_format_are_scaled_to_the_configured_size)
{
    webc_video_encoder_config config;
    video_case c = case_config(_i, &config);
    video_encoder_session *s = video_encoder_open(&config);
    for (size_t i = 0; i < COUNT(shapes); i++)
        video_encoder_put(s, quadrants(&shapes[i], (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, COUNT(shapes));
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    /* Frames of other matrix or range open the encoder again: its chunks carry on with a new config. */
    for (size_t i = 0; i < s->log.count; i++) {
        if (s->log.outputs[i].config > 0)
            ck_assert_ok(webc_video_decoder_configure(d->decoder, &s->log.configs[s->log.outputs[i].config]));
        ck_assert_ok(webc_video_decoder_decode(d->decoder, s->log.outputs[i].chunk, NULL));
    }
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, COUNT(shapes));
    for (size_t i = 0; i < d->log.count; i++)
        check_picture(&c, &config, d->log.outputs[i].frame, i);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

static bool fits(const shape *s, const webc_video_encoder_config *config)
{
    uint32_t width = s->visible.width ? s->visible.width : s->width;
    uint32_t height = s->visible.width ? s->visible.height : s->height;
    return width == config->width && height == config->height;
}

static void refuse(video_encoder_session *s, const webc_video_encoder_config *config, const shape *wrong)
{
    char size[32], configured[32];
    webc_codec_stats before, after;
    webc_codec_stats_init(&before, sizeof before);
    webc_codec_stats_init(&after, sizeof after);
    webc_frame *frame = quadrants(wrong, 5);
    snprintf(size, sizeof size, "%ux%u", wrong->visible.width ? wrong->visible.width : wrong->width,
             wrong->visible.width ? wrong->visible.height : wrong->height);
    snprintf(configured, sizeof configured, "%ux%u", config->width, config->height);
    uint32_t queue = webc_video_encoder_queue_size(s->encoder);
    ck_assert_ok(webc_video_encoder_get_stats(s->encoder, &before));
    ck_assert_fails(webc_video_encoder_encode(s->encoder, frame, NULL), WEBC_ERROR_TYPE, size);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), configured));
    ck_assert_ok(webc_video_encoder_get_stats(s->encoder, &after));
    ck_assert_uint_eq(after.accepted, before.accepted);
    ck_assert_uint_eq(after.cancelled, before.cancelled);
    ck_assert_uint_eq(webc_video_encoder_queue_size(s->encoder), queue);
    ck_assert_uint_eq(webc_video_encoder_state(s->encoder), WEBC_STATE_CONFIGURED);
    webc_frame_unref(&frame);
}

START_TEST(with_exact_size_other_sizes_are_refused_and_the_next_good_frame_encodes)
{
    webc_video_encoder_config config;
    video_case c = case_config(_i, &config);
    config.exact_size = 1;
    video_encoder_session *s = video_encoder_open(&config);
    const shape good = {WEBC_PIXEL_FORMAT_I420, config.width, config.height, {0, 0, 0, 0}};
    for (size_t i = 0; i < COUNT(shapes); i++)
        if (!fits(&shapes[i], &config))
            refuse(s, &config, &shapes[i]);
    video_encoder_put(s, quadrants(&good, 1), false, 1);
    refuse(s, &config, &shapes[1]);
    /* A wrong format of the right size, whole or as the visible part, is converted all the same. */
    size_t put = 1;
    for (size_t i = 0; i < COUNT(shapes); i++)
        if (fits(&shapes[i], &config)) {
            put++;
            video_encoder_put(s, quadrants(&shapes[i], (int64_t)i * FRAME_US), false, i);
        }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, put);
    ck_assert_uint_eq(s->log.errors, 0);
    video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
    ck_assert_ok(webc_video_decoder_decode(d->decoder, s->log.outputs[0].chunk, NULL));
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, 1);
    check_picture(&c, &config, d->log.outputs[0].frame, 0);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        frames_of_any_size_and_format_are_scaled_to_the_configured_size,
        with_exact_size_other_sizes_are_refused_and_the_next_good_frame_encodes,
    };
    return video_test_main("api_encoder_frames", TIMEOUT, each, COUNT(each), NULL, 0);
}
