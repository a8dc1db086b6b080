/* SPDX-License-Identifier: MIT */
/* What decoded frames carry: order, times, sizes, aspect, crop, colour and format (VD-07 to VD-19). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_support.h"

#define TIMEOUT 120

static video_decoder_session *decode_all(const stream *s, const webc_video_decoder_config *config)
{
    video_decoder_session *d = video_decoder_open(config);
    stream_decode(d, s, 0, s->count);
    video_decoder_flush(d, 1);
    return d;
}

/* VD-07, VD-08: the stream's order counts, and each frame carries the times of its own chunk, however wrong. */
START_TEST(reordered_frames_carry_the_times_of_their_chunks)
{
    static const struct {
        const char *string;
        stream_params params;
    } cases[] = {
        {"avc1.64001e", {.encoder = "libx264", .b_frames = 2, .options = "preset=fast,x264-params=b-adapt=0"}},
        {"hvc1.1.6.L93.B0",
         {.encoder = "libx265", .b_frames = 2, .options = "preset=fast,x265-params=b-adapt=0:log-level=none"}},
    };
    static const int64_t times[] = {100, 100, INT64_MIN, -5, INT64_MAX, 100, 0, 7, 7, 1};
    for (size_t k = 0; k < COUNT(cases); k++) {
        stream s;
        if (!stream_make(&s, &cases[k].params))
            continue;
        webc_video_decoder_config config = stream_config(cases[k].string);
        video_decoder_session *d = video_decoder_open(&config);
        bool reordered = false;
        for (size_t i = 0; i < s.count; i++) {
            webc_chunk_params params;
            webc_chunk_params_init(&params, sizeof params);
            params.type = i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY;
            params.timestamp = times[i];
            params.has_duration = i % 3 != 0;
            params.duration = UINT64_MAX - i;
            webc_chunk *chunk = NULL;
            ck_assert_ok(webc_chunk_create(&chunk, &params, s.packets[i]->data, (size_t)s.packets[i]->size));
            ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
            webc_chunk_unref(&chunk);
            reordered |= s.packets[i]->pts != (int64_t)i;
        }
        ck_assert(reordered);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(d->log.count, s.count);
        for (size_t i = 0; i < s.count; i++) {
            webc_frame_info info = stream_info(d, (size_t)s.packets[i]->pts);
            ck_assert_int_eq(video_picture_number(d->log.outputs[s.packets[i]->pts].frame),
                             (int)s.packets[i]->pts);
            ck_assert_int_eq(info.timestamp, times[i]);
            ck_assert_uint_eq(info.has_duration, i % 3 != 0);
            ck_assert_uint_eq(info.duration, i % 3 ? UINT64_MAX - i : 0);
        }
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* Join two VP9 frames in one superframe with 4-byte sizes. */
static size_t join_superframe(const AVPacket *a, const AVPacket *b, uint8_t *out)
{
    size_t size = 0;
    const uint32_t sizes[] = {(uint32_t)a->size, (uint32_t)b->size};
    memcpy(out, a->data, sizes[0]);
    memcpy(out + sizes[0], b->data, sizes[1]);
    size = sizes[0] + sizes[1];
    out[size++] = 0xd9;
    for (int i = 0; i < 2; i++)
        for (int byte = 0; byte < 4; byte++)
            out[size++] = (uint8_t)(sizes[i] >> 8 * byte);
    out[size++] = 0xd9;
    return size;
}

/* VD-09: a superframe that shows several pictures, as with spatial layers, gives the last; a hidden frame none.
 */
START_TEST(a_chunk_gives_one_frame_or_none)
{
    stream s;
    uint8_t data[20000];
    webc_video_decoder_config config = stream_config("vp09.00.10.08");
    if (stream_make(
            &s, &(stream_params){.encoder = "libvpx-vp9", .options = "deadline=realtime,lag-in-frames=0"})) {
        for (uint32_t threads = 1; threads <= 4; threads += 3) {
            config.thread_count = threads;
            video_decoder_session *d = video_decoder_open(&config);
            for (size_t i = 0; i + 1 < s.count; i += 2) {
                size_t size = join_superframe(s.packets[i], s.packets[i + 1], data);
                stream_decode_bytes(d, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, (int64_t)i, data, size);
            }
            video_decoder_flush(d, 1);
            ck_assert_uint_eq(d->log.count, 5);
            for (size_t i = 0; i < 5; i++) {
                ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(2 * i + 1));
                ck_assert_int_eq(webc_frame_timestamp(d->log.outputs[i].frame), (int64_t)(2 * i));
            }
            video_decoder_close(d);
        }
        stream_free(&s);
    }
    config = stream_config("vp8");
    if (stream_make(&s, &(stream_params){.encoder = "libvpx", .options = "deadline=realtime"})) {
        s.packets[3]->data[0] &= 0xef; /* show_frame */
        video_decoder_session *d = decode_all(&s, &config);
        ck_assert_uint_eq(d->log.count, 9);
        for (size_t i = 0; i < 9; i++) {
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i + (i >= 3)));
            ck_assert_int_eq(webc_frame_timestamp(d->log.outputs[i].frame), (int64_t)(i + (i >= 3)));
        }
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

static const stream_params plain_h264 = {.encoder = "libx264",
                                         .options = "preset=ultrafast,profile=baseline",
                                         .filters = "h264_metadata=overscan_appropriate_flag=0"};

/* VD-14: frames still to come of the config before keep its colour, aspect and rotation. */
START_TEST(frames_of_the_config_before_keep_what_it_said)
{
    stream s;
    if (!stream_make(&s, &(stream_params){.encoder = "libx264", .b_frames = 2, .options = "preset=fast"}))
        return;
    webc_video_decoder_config first = stream_config("avc1.64001e");
    webc_video_decoder_config second = first;
    first.color_space = (webc_color_space){9, 16, 9, 1};
    first.display_aspect_width = 2;
    first.display_aspect_height = 1;
    first.rotation = 90;
    first.flip = 1;
    second.color_space = (webc_color_space){1, 1, 1, 2};
    video_decoder_session *d = video_decoder_open(&first);
    stream_decode(d, &s, 0, s.count);
    ck_assert_ok(webc_video_decoder_configure(d->decoder, &second));
    stream_decode(d, &s, 0, s.count);
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, 2 * s.count);
    for (size_t i = 0; i < d->log.count; i++) {
        bool early = i < s.count;
        webc_frame_info info = stream_info(d, i);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % s.count));
        ck_assert_uint_eq(info.color_space.transfer, early ? 16 : 1);
        ck_assert_uint_eq(info.color_space.range, early ? 1 : 2);
        ck_assert_int_eq(info.rotation, early ? 90 : 0);
        ck_assert_uint_eq(info.flip, early);
        /* VD-16, VD-17: 96x80 enlarged to 2:1, and turned. */
        ck_assert_uint_eq(info.display_width, early ? 80 : 96);
        ck_assert_uint_eq(info.display_height, early ? 160 : 80);
    }
    video_decoder_close(d);
    stream_free(&s);
}
END_TEST

static void check_color(const stream *s, const char *string, webc_color_space over, webc_color_space expected)
{
    webc_video_decoder_config config = stream_config(string);
    config.color_space = over;
    video_decoder_session *d = decode_all(s, &config);
    ck_assert_uint_eq(d->log.count, s->count);
    webc_color_space color = stream_info(d, 0).color_space;
    ck_assert_msg(memcmp(&color, &expected, sizeof color) == 0, "%s {%u %u %u %u}: %u %u %u %u", string,
                  over.primaries, over.transfer, over.matrix, over.range, color.primaries, color.transfer,
                  color.matrix, color.range);
    video_decoder_close(d);
}

/* VD-15: set members of the config replace those of the stream, one by one; {} keeps the stream's. */
START_TEST(the_colour_of_the_config_goes_over_that_of_the_stream)
{
    static const webc_color_space bt2020 = {9, 16, 9, 1};
    static const struct {
        const char *string;
        const char *encoder;
        const char *options;
    } cases[] = {
        {"avc1.64001e", "libx264", "preset=ultrafast"},
        {"hvc1.1.6.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none"},
        {"av01.0.04M.08", "libaom-av1", "usage=realtime,cpu-used=8,lag-in-frames=0"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        stream s;
        if (!stream_make(&s, &(stream_params){.encoder = cases[i].encoder,
                                              .options = cases[i].options,
                                              .pictures = 2,
                                              .color = &bt2020}))
            continue;
        check_color(&s, cases[i].string, (webc_color_space){0}, bt2020);
        check_color(&s, cases[i].string, (webc_color_space){.primaries = 12}, (webc_color_space){12, 16, 9, 1});
        check_color(&s, cases[i].string, (webc_color_space){.transfer = 18}, (webc_color_space){9, 18, 9, 1});
        check_color(&s, cases[i].string, (webc_color_space){.matrix = 6}, (webc_color_space){9, 16, 6, 1});
        check_color(&s, cases[i].string, (webc_color_space){.range = 2}, (webc_color_space){9, 16, 9, 2});
        stream_free(&s);
    }
}
END_TEST

/* VD-15, T31, T33: where nothing is known the colour is REC709; null members of what is known stay null. */
START_TEST(unknown_colour_is_rec709_and_half_known_stays_half)
{
    static const webc_color_space rec709 = {1, 1, 1, 1};
    stream s;
    if (stream_make(&s, &(stream_params){.encoder = "libx264", .pictures = 2, .options = "preset=ultrafast"})) {
        check_color(&s, "avc1.64001e", (webc_color_space){0}, rec709);
        for (uint32_t member = 0; member < 4; member++) {
            webc_color_space one = {.primaries = member == 0 ? 9 : 0,
                                    .transfer = member == 1 ? 13 : 0,
                                    .matrix = member == 2 ? 6 : 0,
                                    .range = member == 3 ? 2 : 0};
            check_color(&s, "avc1.64001e", one, one);
        }
        stream_free(&s);
    }
    static const webc_color_space half = {.primaries = 9};
    if (stream_make(&s,
                    &(stream_params){
                        .encoder = "libx264", .pictures = 2, .color = &half, .options = "preset=ultrafast"})) {
        check_color(&s, "avc1.64001e", (webc_color_space){0}, (webc_color_space){9, 0, 0, 1});
        stream_free(&s);
    }
    /* Full range, which libavcodec makes a format of its own of. */
    if (stream_make(&s, &(stream_params){.encoder = "libx264",
                                         .pictures = 2,
                                         .pix_fmt = AV_PIX_FMT_YUVJ420P,
                                         .options = "preset=ultrafast"})) {
        check_color(&s, "avc1.64001e", (webc_color_space){0},
                    (webc_color_space){.range = WEBC_COLOR_RANGE_FULL});
        check_color(&s, "avc1.64001e", half,
                    (webc_color_space){.primaries = 9, .range = WEBC_COLOR_RANGE_FULL});
        stream_free(&s);
    }
    /* Of VP8 nothing is known, whatever libavcodec says. */
    if (stream_make(&s, &(stream_params){.encoder = "libvpx", .pictures = 2, .options = "deadline=realtime"})) {
        check_color(&s, "vp8", (webc_color_space){0}, rec709);
        check_color(&s, "vp8", half, half);
        stream_free(&s);
    }
}
END_TEST

/* T33, VD-15: of what says its range and nothing else, every other member stays null unless the config sets it.
 */
START_TEST(null_members_stay_null_in_every_codec)
{
    static const struct {
        const char *string, *encoder, *options;
    } cases[] = {
        {"hvc1.1.6.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none"},
        {"vp09.00.10.08", "libvpx-vp9", "deadline=realtime,lag-in-frames=0"},
        {"av01.0.04M.08", "libaom-av1", "usage=realtime,cpu-used=8,lag-in-frames=0"},
    };
    static const webc_color_space range_only = {.range = WEBC_COLOR_RANGE_LIMITED};
    for (size_t i = 0; i < COUNT(cases); i++) {
        stream s;
        if (!stream_make(&s, &(stream_params){.encoder = cases[i].encoder,
                                              .options = cases[i].options,
                                              .pictures = 1,
                                              .color = &range_only}))
            continue;
        for (uint32_t set = 0; set < 16; set++) {
            webc_color_space over = {.primaries = set & 1 ? 9 : 0,
                                     .transfer = set & 2 ? 16 : 0,
                                     .matrix = set & 4 ? 6 : 0,
                                     .range = set & 8 ? 2 : 0};
            webc_color_space expected = over;
            expected.range = set & 8 ? 2 : 1;
            check_color(&s, cases[i].string, over, expected);
        }
        stream_free(&s);
    }
}
END_TEST

typedef struct size_case {
    AVRational sample_aspect;
    uint32_t aspect_width, aspect_height;
    int32_t rotation;
    uint32_t display_width, display_height;
} size_case;

/* VD-16, VD-17, T29: of 96x80, the SAR first, then the config's aspect; sides only grow, and a quarter turn
 * swaps. */
START_TEST(display_sizes_come_of_the_stream_and_the_config)
{
    static const size_case cases[] = {
        {{4, 3}, 0, 0, 0, 128, 80},   {{3, 4}, 0, 0, 0, 96, 107},  {{1, 1}, 0, 0, 0, 96, 80},
        {{4, 3}, 4, 3, 0, 128, 96},   {{4, 3}, 16, 9, 0, 142, 80}, {{4, 3}, 1, 1, 0, 128, 128},
        {{3, 4}, 2, 1, 0, 214, 107},  {{4, 3}, 0, 0, 90, 80, 128}, {{4, 3}, 4, 3, 270, 96, 128},
        {{4, 3}, 4, 3, 180, 128, 96},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        stream s;
        char filters[80];
        snprintf(filters, sizeof filters, "h264_metadata=sample_aspect_ratio=%d/%d", cases[i].sample_aspect.num,
                 cases[i].sample_aspect.den);
        stream_params params = plain_h264;
        params.pictures = 2;
        params.filters = filters;
        if (!stream_make(&s, &params))
            return;
        webc_video_decoder_config config = stream_config("avc1.42001e");
        config.display_aspect_width = cases[i].aspect_width;
        config.display_aspect_height = cases[i].aspect_height;
        config.rotation = cases[i].rotation;
        video_decoder_session *d = decode_all(&s, &config);
        webc_frame_info info = stream_info(d, 1);
        ck_assert_uint_eq(info.visible_rect.width, 96);
        ck_assert_uint_eq(info.visible_rect.height, 80);
        ck_assert_msg(info.display_width == cases[i].display_width &&
                          info.display_height == cases[i].display_height,
                      "case %zu: %ux%u", i, info.display_width, info.display_height);
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* Sum of the absolute differences between the plane and the part of the other that begins at x, y. */
static unsigned compare_planes(const webc_frame *cut, const webc_frame *whole, uint32_t index, uint32_t x,
                               uint32_t y)
{
    webc_plane a, b;
    unsigned differences = 0;
    webc_plane_init(&a, sizeof a);
    webc_plane_init(&b, sizeof b);
    ck_assert_ok(webc_frame_plane(cut, index, &a));
    ck_assert_ok(webc_frame_plane(whole, index, &b));
    for (uint32_t row = 0; row < a.rows; row++)
        differences += memcmp(a.data + (size_t)row * a.stride, b.data + (size_t)(row + y) * b.stride + x,
                              a.row_bytes) != 0;
    return differences;
}

/* T28: crops that are no multiple of a vector are exact. */
START_TEST(crops_of_two_samples_are_exact)
{
    stream whole, cut;
    stream_params params = plain_h264;
    params.pictures = 3;
    if (!stream_make(&whole, &params))
        return;
    webc_video_decoder_config config = stream_config("avc1.42001e");
    video_decoder_session *w = decode_all(&whole, &config);
    for (unsigned left = 2; left <= 34; left += 8) {
        char filters[100];
        snprintf(filters, sizeof filters, "h264_metadata=crop_left=%u:crop_top=%u:crop_right=4:crop_bottom=2",
                 left, left / 2 + left / 2 % 2);
        params.filters = filters;
        ck_assert(stream_make(&cut, &params));
        video_decoder_session *d = decode_all(&cut, &config);
        uint32_t top = left / 2 + left / 2 % 2;
        for (size_t i = 0; i < 3; i++) {
            webc_frame_info info = stream_info(d, i);
            ck_assert_uint_eq(info.visible_rect.width, 96 - left - 4);
            ck_assert_uint_eq(info.visible_rect.height, 80 - top - 2);
            ck_assert_uint_eq(info.display_width, info.visible_rect.width);
            for (uint32_t plane = 0; plane < 3; plane++)
                ck_assert_uint_eq(compare_planes(d->log.outputs[i].frame, w->log.outputs[i].frame, plane,
                                                 plane ? left / 2 : left, plane ? top / 2 : top),
                                  0);
        }
        video_decoder_close(d);
        stream_free(&cut);
    }
    video_decoder_close(w);
    stream_free(&whole);
}
END_TEST

/* VD-18: the coded format comes out, whatever it is; where WebCodecs has no name for it the format is 0. */
START_TEST(frames_come_in_the_coded_format)
{
    static const struct {
        const char *string, *encoder, *options;
        int pix_fmt;
        uint32_t format;
    } cases[] = {
        {"avc1.7a001e", "libx264", "preset=ultrafast", AV_PIX_FMT_YUV422P, WEBC_PIXEL_FORMAT_I422},
        {"avc1.f4001e", "libx264", "preset=ultrafast", AV_PIX_FMT_YUV444P, WEBC_PIXEL_FORMAT_I444},
        {"avc1.6e001e", "libx264", "preset=ultrafast", AV_PIX_FMT_YUV420P10LE, WEBC_PIXEL_FORMAT_I420P10},
        {"avc1.7a001e", "libx264", "preset=ultrafast", AV_PIX_FMT_YUV422P10LE, WEBC_PIXEL_FORMAT_I422P10},
        {"avc1.f4001e", "libx264", "preset=ultrafast", AV_PIX_FMT_YUV444P10LE, WEBC_PIXEL_FORMAT_I444P10},
        {"hvc1.4.10.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_GBRP, 0},
        {"hvc1.4.10.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_YUV422P,
         WEBC_PIXEL_FORMAT_I422},
        {"hvc1.4.10.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_YUV444P,
         WEBC_PIXEL_FORMAT_I444},
        {"hvc1.2.4.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_YUV420P10LE,
         WEBC_PIXEL_FORMAT_I420P10},
        {"hvc1.4.10.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_YUV420P12LE,
         WEBC_PIXEL_FORMAT_I420P12},
        {"hvc1.4.10.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none", AV_PIX_FMT_YUV444P12LE,
         WEBC_PIXEL_FORMAT_I444P12},
        {"vp09.01.10.08.02", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV422P, WEBC_PIXEL_FORMAT_I422},
        {"vp09.01.10.08.03", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV444P, WEBC_PIXEL_FORMAT_I444},
        {"vp09.02.10.10", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV420P10LE, WEBC_PIXEL_FORMAT_I420P10},
        {"vp09.02.10.12", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV420P12LE, WEBC_PIXEL_FORMAT_I420P12},
        {"vp09.03.10.10.03", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV444P10LE,
         WEBC_PIXEL_FORMAT_I444P10},
        {"vp09.03.10.12.02", "libvpx-vp9", "deadline=realtime", AV_PIX_FMT_YUV422P12LE,
         WEBC_PIXEL_FORMAT_I422P12},
        {"av01.0.04M.10", "libaom-av1", "usage=realtime,cpu-used=8", AV_PIX_FMT_YUV420P10LE,
         WEBC_PIXEL_FORMAT_I420P10},
        {"av01.1.04M.08", "libaom-av1", "usage=realtime,cpu-used=8", AV_PIX_FMT_YUV444P,
         WEBC_PIXEL_FORMAT_I444},
        {"av01.2.04M.08", "libaom-av1", "usage=realtime,cpu-used=8", AV_PIX_FMT_YUV422P,
         WEBC_PIXEL_FORMAT_I422},
        {"av01.2.04M.12", "libaom-av1", "usage=realtime,cpu-used=8", AV_PIX_FMT_YUV420P12LE,
         WEBC_PIXEL_FORMAT_I420P12},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        stream s;
        if (!stream_make(&s, &(stream_params){.encoder = cases[i].encoder,
                                              .options = cases[i].options,
                                              .pix_fmt = cases[i].pix_fmt,
                                              .pictures = 3}))
            continue;
        webc_video_decoder_config config = stream_config(cases[i].string);
        video_decoder_session *d = decode_all(&s, &config);
        ck_assert_uint_eq(d->log.count, 3);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_msg(stream_info(d, k).format == cases[i].format, "case %zu, %s: format %u", i,
                          cases[i].string, stream_info(d, k).format);
            ck_assert_int_eq(video_picture_number(d->log.outputs[k].frame), (int)k);
        }
        if (cases[i].pix_fmt == AV_PIX_FMT_GBRP) /* VD-15: RGB says so itself */
            ck_assert_uint_eq(stream_info(d, 0).color_space.matrix, WEBC_COLOR_MATRIX_RGB);
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* VD-19: a decoder of which the consumer holds fifty frames still decodes, flushes and closes. */
START_TEST(fifty_held_frames_stop_nothing)
{
    static const struct {
        const char *string, *encoder, *options;
    } cases[] = {
        {"avc1.42001e", "libx264", "preset=ultrafast,profile=baseline"},
        {"hvc1.1.6.L93.B0", "libx265", "preset=ultrafast,x265-params=log-level=none"},
        {"vp8", "libvpx", "deadline=realtime"},
        {"vp09.00.10.08", "libvpx-vp9", "deadline=realtime"},
        {"av01.0.04M.08", "libaom-av1", "usage=realtime,cpu-used=8,lag-in-frames=0"},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        stream s;
        if (!stream_make(
                &s, &(stream_params){.encoder = cases[k].encoder, .options = cases[k].options, .pictures = 60}))
            continue;
        webc_video_decoder_config config = stream_config(cases[k].string);
        video_decoder_session *d = video_decoder_open(&config);
        stream_decode(d, &s, 0, s.count);
        video_log_until_outputs(&d->log, d->events, 50);
        video_decoder_flush(d, 1);
        stream_check_numbers(d, 60);
        stream_decode(d, &s, 0, s.count);
        video_log_until_outputs(&d->log, d->events, 100);
        ck_assert_ok(webc_video_decoder_flush(d->decoder, 2));
        ck_assert_ok(webc_video_decoder_close(d->decoder));
        video_log_until_flushed(&d->log, d->events, 2);
        /* T27: and nothing was written into them. */
        for (size_t i = 0; i < 100; i++)
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % 60));
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* T32: VP9 has a class of colour where others have three numbers; libavcodec reads a matrix out of it. */
START_TEST(a_vp9_class_stands_for_primaries_and_transfer)
{
    static const webc_color_space classes[] = {
        {1, 1, 1, 1}, {6, 6, 5, 1}, {6, 6, 6, 1}, {7, 7, 7, 1}, {9, 0, 9, 1}, {1, 1, 1, 2},
    };
    static const webc_color_space pq = {.transfer = WEBC_COLOR_TRANSFER_PQ};
    for (size_t i = 0; i < COUNT(classes); i++) {
        stream s;
        const webc_color_space coded = {.matrix = classes[i].matrix, .range = classes[i].range};
        if (!stream_make(&s, &(stream_params){.encoder = "libvpx-vp9",
                                              .pictures = 1,
                                              .options = "deadline=realtime,lag-in-frames=0",
                                              .color = &coded}))
            continue;
        check_color(&s, "vp09.00.10.08", (webc_color_space){0}, classes[i]);
        webc_color_space over = classes[i];
        over.transfer = pq.transfer;
        check_color(&s, "vp09.00.10.08", pq, over);
        stream_free(&s);
    }
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        a_vp9_class_stands_for_primaries_and_transfer,
        reordered_frames_carry_the_times_of_their_chunks,
        a_chunk_gives_one_frame_or_none,
        frames_of_the_config_before_keep_what_it_said,
        the_colour_of_the_config_goes_over_that_of_the_stream,
        unknown_colour_is_rec709_and_half_known_stays_half,
        null_members_stay_null_in_every_codec,
        display_sizes_come_of_the_stream_and_the_config,
        crops_of_two_samples_are_exact,
        frames_come_in_the_coded_format,
        fifty_held_frames_stop_nothing,
    };
    return video_test_main("api_decoder_frames", TIMEOUT, NULL, 0, once, COUNT(once));
}
