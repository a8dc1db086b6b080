/* SPDX-License-Identifier: MIT */
/*
 * The codec table says what is true: at its smallest size every encoder really codes, below it the next row of
 * the table takes over or the config is refused with the reason.
 */
#include <stdio.h>
#include <string.h>

#include "codec/codec_table.h"
#include "video_support.h"

#define TIMEOUT 60

static const webc__codec_row *row_of(const video_case *c)
{
    const webc__codec_row *row;
    for (size_t i = 0; (row = webc__codec_row_at(i)); i++)
        if (row->encoder && strcmp(row->name, c->row) == 0)
            return row;
    ck_abort_msg("no row %s", c->row);
}

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

/* Three frames come back as three pictures of the size, numbers and all where the size leaves room to draw. */
static void check_size(const video_case *c, uint32_t width, uint32_t height)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, width, height);
    config.width = width;
    config.height = height;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 3; i++)
        video_encoder_put(s, video_picture(width, height, 80 + i, (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    ck_assert_msg(s->log.count == 3, "%s at %ux%u: %zu chunks", video_case_name(c), width, height,
                  s->log.count);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_msg(d->log.count == 3, "%s at %ux%u: %zu frames", video_case_name(c), width, height,
                  d->log.count);
    for (unsigned i = 0; i < 3; i++) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_ok(webc_frame_get_info(d->log.outputs[i].frame, &info));
        ck_assert_uint_eq(info.visible_rect.width, width);
        ck_assert_uint_eq(info.visible_rect.height, height);
        if (width >= 64 && height >= 64)
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), 80 + (int)i);
    }
    video_decoder_close(d);
    video_encoder_close(s);
}

START_TEST(every_encoder_codes_its_smallest_size_and_its_neighbours)
{
    video_case c = case_at(_i);
    const webc__codec_row *row = row_of(&c);
    uint32_t step = row->even_size ? 2 : 1;
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    const uint32_t sizes[][2] = {
        {row->min_width, row->min_height},
        {row->min_width, row->min_height + 64},
        {row->min_width + 64, row->min_height},
        {row->min_width + step, row->min_height + step},
        {row->min_width + 7 * step, row->min_height + 3 * step},
    };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        video_case_config(&c, &config, sizes[i][0], sizes[i][1]);
        config.width = sizes[i][0];
        config.height = sizes[i][1];
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        if (strcmp(support.implementation, c.row) == 0)
            check_size(&c, sizes[i][0], sizes[i][1]);
        else /* a better row takes this size */
            ck_assert_msg(c.odd && support.supported, "%s at %ux%u: \"%s\" %s", video_case_name(&c),
                          sizes[i][0], sizes[i][1], support.implementation, support.reason);
    }
}
END_TEST

/* The row after `row` of the same codec that takes the config; NULL when there is none. */
static const char *next_row(const webc__codec_row *row, const webc_video_encoder_config *config)
{
    bool behind = false;
    const webc__codec_row *other;
    for (size_t i = 0; (other = webc__codec_row_at(i)); i++) {
        bool realtime = config->latency_mode == WEBC_LATENCY_MODE_REALTIME;
        if (behind && other->encoder && other->codec == row->codec && webc__codec_row_available(other) &&
            (realtime ? other->realtime : other->quality) && config->width >= other->min_width &&
            config->height >= other->min_height)
            return other->name;
        behind |= other == row;
    }
    return NULL;
}

START_TEST(below_the_smallest_size_the_next_row_serves_or_the_config_is_refused)
{
    video_case c = case_at(_i);
    const webc__codec_row *row = row_of(&c);
    uint32_t step = row->even_size ? 2 : 1;
    if (c.odd || row->min_width <= step)
        return;
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (unsigned i = 0; i < 2; i++) {
        video_case_config(&c, &config, 320, 240);
        if (i == 0)
            config.width = row->min_width - step;
        else
            config.height = row->min_height - step;
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        const char *next = next_row(row, &config);
        ck_assert_int_eq(support.supported, next != NULL);
        ck_assert_str_eq(support.implementation, next ? next : "");
        if (next)
            check_size(&c, config.width, config.height);
        else
            ck_assert_ptr_nonnull(strstr(support.reason, "small"));
    }
}
END_TEST

/* T48. */
START_TEST(odd_sizes_are_refused_with_the_reason_where_no_row_takes_them)
{
    video_case c = case_at(_i);
    const webc__codec_row *row = row_of(&c);
    if (!row->even_size)
        return;
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    video_case_config(&c, &config, 320, 240);
    config.width = 321;
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    ck_assert_str_ne(support.implementation, c.row);
    if (!support.supported)
        ck_assert_ptr_nonnull(strstr(support.reason, "even"));
}
END_TEST

/* What the table says can be asked for: 4:2:2, 4:4:4 and 10 bits, each coded once. */
START_TEST(every_chroma_format_and_bit_depth_of_the_table_codes)
{
    /* Format 0: H.264's High 4:2:2 and 4:4:4 profiles leave the bit depth open. */
    static const struct {
        const char *codec;
        uint32_t format;
    } formats[] = {
        {"avc1.6e001e", WEBC_PIXEL_FORMAT_I420P10},
        {"avc1.7a001e", 0},
        {"avc1.f4001e", 0},
        {"hvc1.2.4.L93.B0", WEBC_PIXEL_FORMAT_I420P10},
        {"vp09.01.30.08.03", WEBC_PIXEL_FORMAT_I444},
        {"vp09.02.30.10", WEBC_PIXEL_FORMAT_I420P10},
        {"vp09.02.30.12", WEBC_PIXEL_FORMAT_I420P12},
        {"av01.0.05M.10", WEBC_PIXEL_FORMAT_I420P10},
        {"av01.1.05M.08.0.000", WEBC_PIXEL_FORMAT_I444},
    };
    for (size_t i = 0; i < COUNT(formats); i++) {
        webc_video_encoder_config config;
        webc_support support;
        webc_support_init(&support, sizeof support);
        webc_video_encoder_config_init(&config, sizeof config);
        config.codec = formats[i].codec;
        config.width = config.height = 96;
        config.bitrate = 500000;
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        if (!support.supported)
            continue;
        video_encoder_session *s = video_encoder_open(&config);
        for (unsigned n = 0; n < 3; n++)
            video_encoder_put(s, video_picture(96, 96, n * 50, n), false, n);
        video_encoder_flush(s, 1);
        video_decoder_session *d = video_decode_log(&s->log);
        ck_assert_msg(d->log.count == 3, "%s: %zu frames", formats[i].codec, d->log.count);
        for (unsigned n = 0; n < 3; n++) {
            webc_frame_info info;
            webc_frame_info_init(&info, sizeof info);
            ck_assert_ok(webc_frame_get_info(d->log.outputs[n].frame, &info));
            ck_assert_int_eq(video_picture_number(d->log.outputs[n].frame), (int)n * 50);
            if (formats[i].format)
                ck_assert_msg(info.format == formats[i].format, "%s: format %s", formats[i].codec,
                              webc_pixel_format_name(info.format));
        }
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        every_encoder_codes_its_smallest_size_and_its_neighbours,
        below_the_smallest_size_the_next_row_serves_or_the_config_is_refused,
        odd_sizes_are_refused_with_the_reason_where_no_row_takes_them,
    };
    const TTest *const once[] = {every_chroma_format_and_bit_depth_of_the_table_codes};
    return video_test_main("codec_table", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
