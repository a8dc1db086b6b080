/* SPDX-License-Identifier: MIT */
/*
 * Colour through every codec: RGB that goes in comes out, and matrix, range, primaries and transfer are in the
 * bitstream, as libavcodec reads it, and in the decoder config. Pixels are checked twice: copied out as RGBA,
 * and by the tests' own formula.
 */
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

#include "av_stream.h"
#include "patches.h"

#define TIMEOUT 180
#define FRAMES 4
#define TOLERANCE 3

/* What a bitstream can say of colour. */
enum { SAYS_NOTHING, SAYS_MATRIX, SAYS_ALL };

typedef struct color_row {
    const char *codec;
    uint32_t family;
    int says;
} color_row;

static const color_row rows[] = {
    {"avc1.64001e", WEBC_CODEC_H264, SAYS_ALL},
    {"avc1.6e001e", WEBC_CODEC_H264, SAYS_ALL},
    {"hvc1.1.6.L93.B0", WEBC_CODEC_HEVC, SAYS_ALL},
    {"hvc1.2.4.L93.B0", WEBC_CODEC_HEVC, SAYS_ALL},
    {"vp8", WEBC_CODEC_VP8, SAYS_NOTHING},
    {"vp09.00.30.08", WEBC_CODEC_VP9, SAYS_MATRIX},
    {"vp09.01.30.08.03", WEBC_CODEC_VP9, SAYS_MATRIX},
    {"vp09.02.30.10", WEBC_CODEC_VP9, SAYS_MATRIX},
    {"av01.0.05M.08", WEBC_CODEC_AV1, SAYS_ALL},
    {"av01.0.05M.10", WEBC_CODEC_AV1, SAYS_ALL},
};

#define P WEBC_COLOR_PRIMARIES_BT709
#define T WEBC_COLOR_TRANSFER_BT709

/* Primaries and transfer of sRGB's kind, so that only matrix and range are to be undone. */
static const webc_color_space spaces[] = {
    {P, T, WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_RANGE_LIMITED},
    {P, T, WEBC_COLOR_MATRIX_SMPTE170M, WEBC_COLOR_RANGE_FULL},
    {P, T, WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED},
    {P, T, WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_FULL},
    {P, T, WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_RANGE_LIMITED},
    {P, T, WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_RANGE_FULL},
};

/* T33: each member alone, and some together. */
static const webc_color_space partial[] = {
    {0, 0, 0, 0},
    {WEBC_COLOR_PRIMARIES_BT2020, 0, 0, 0},
    {0, WEBC_COLOR_TRANSFER_PQ, 0, 0},
    {0, 0, WEBC_COLOR_MATRIX_SMPTE170M, 0},
    {0, 0, 0, WEBC_COLOR_RANGE_LIMITED},
    {0, 0, 0, WEBC_COLOR_RANGE_FULL},
    {WEBC_COLOR_PRIMARIES_SMPTE170M, WEBC_COLOR_TRANSFER_SMPTE170M, 0, 0},
    {0, 0, WEBC_COLOR_MATRIX_BT2020_NCL, WEBC_COLOR_RANGE_FULL},
    {WEBC_COLOR_PRIMARIES_BT709, 0, WEBC_COLOR_MATRIX_BT709, 0},
    {WEBC_COLOR_PRIMARIES_BT2020, WEBC_COLOR_TRANSFER_HLG, WEBC_COLOR_MATRIX_BT2020_NCL,
     WEBC_COLOR_RANGE_LIMITED},
};

static webc_video_encoder_config config_of(const color_row *row)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = row->codec;
    config.width = config.height = PATCHES_SIDE;
    config.framerate = 30;
    config.bitrate = 5000000;
    /* libvpx's rate control begins with coarse frames behind the key frame, whatever the bitrate. */
    if (row->family == WEBC_CODEC_VP9)
        config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    return config;
}

static const char *describe(const color_row *row, const webc_color_space *color)
{
    static char text[96];
    snprintf(text, sizeof text, "%s with %u/%u/%u range %u", row->codec, color->primaries, color->transfer,
             color->matrix, color->range);
    return text;
}

static void expect_config(const color_row *row, const video_log *log, size_t chunk,
                          const webc_color_space *color)
{
    const webc_color_space *got = &video_log_config_at(log, chunk)->color_space;
    ck_assert_msg(memcmp(got, color, sizeof *color) == 0, "%s: the config says %u/%u/%u range %u",
                  describe(row, color), got->primaries, got->transfer, got->matrix, got->range);
}

static int or_unspecified(uint32_t code)
{
    return code ? (int)code : 2;
}

/* EN-05: what libavcodec reads in the stream, where a range that is not said is limited by definition. */
static void expect_in_band(const color_row *row, const av_stream *stream, const webc_color_space *color)
{
    const AVCodecContext *context = stream->context;
    const char *what = describe(row, color);
    if (row->says == SAYS_NOTHING)
        return;
    ck_assert_msg(context->colorspace == (enum AVColorSpace)or_unspecified(color->matrix), "%s: matrix %d",
                  what, context->colorspace);
    bool full = context->color_range == AVCOL_RANGE_JPEG;
    ck_assert_msg(full == (color->range == WEBC_COLOR_RANGE_FULL), "%s: range %d", what, context->color_range);
    if (row->says != SAYS_ALL)
        return;
    ck_assert_msg(context->color_primaries == (enum AVColorPrimaries)or_unspecified(color->primaries),
                  "%s: primaries %d", what, context->color_primaries);
    ck_assert_msg(context->color_trc == (enum AVColorTransferCharacteristic)or_unspecified(color->transfer),
                  "%s: transfer %d", what, context->color_trc);
}

/* Members that were given are on the frames again. */
static void expect_frame(const color_row *row, const webc_frame *frame, const webc_color_space *color)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    const webc_color_space *got = &info.color_space;
    ck_assert_msg((!color->primaries || got->primaries == color->primaries) &&
                      (!color->transfer || got->transfer == color->transfer) &&
                      (!color->matrix || got->matrix == color->matrix) &&
                      (!color->range || got->range == color->range),
                  "%s: frames are %u/%u/%u range %u", describe(row, color), got->primaries, got->transfer,
                  got->matrix, got->range);
}

/* The quantizer is for VP9; other rows are not in that mode. */
static void put(video_encoder_session *s, webc_frame *frame)
{
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.has_quantizer = 1;
    options.quantizer = 8;
    ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
    webc_frame_unref(&frame);
}

/* Encode patches, and see them again, described as `color`. `given` NULL: the format's default. */
static void check_round_trip(const color_row *row, uint32_t format, const webc_color_space *given,
                             const webc_color_space *color)
{
    webc_video_encoder_config config = config_of(row);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, patches_frame(format, given, i));
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    ck_assert_uint_eq(s->log.config_count, 1);
    expect_config(row, &s->log, 0, color);
    av_stream *stream = av_stream_decode(row->family, &s->log, 0, FRAMES);
    expect_in_band(row, stream, color);
    av_stream_close(stream);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        expect_frame(row, d->log.outputs[i].frame, color);
        patches_check_planes(d->log.outputs[i].frame, color, TOLERANCE, describe(row, color));
        patches_check(d->log.outputs[i].frame, TOLERANCE, describe(row, color));
    }
    video_decoder_close(d);
    video_encoder_close(s);
}

/* EN-04, EN-05, T30, T31: 601, 709 and 2020, limited and full range. */
START_TEST(rgb_comes_out_as_it_went_in_for_every_matrix_and_range)
{
    const color_row *row = &rows[_i];
    bool deep = strstr(row->codec, ".10") || strstr(row->codec, ".6e") || strstr(row->codec, "hvc1.2");
    uint32_t format = strstr(row->codec, ".03") ? WEBC_PIXEL_FORMAT_I444
                      : deep                    ? WEBC_PIXEL_FORMAT_I420P10
                                                : WEBC_PIXEL_FORMAT_I420;
    for (size_t i = 0; i < COUNT(spaces); i++)
        check_round_trip(row, format, &spaces[i], &spaces[i]);
}
END_TEST

/* EN-04, VE-12: RGB frames become REC709, limited range, and all four members say so. */
START_TEST(rgb_frames_become_rec709_and_come_out_as_they_went_in)
{
    static const webc_color_space rec709 = {P, T, WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED};
    static const uint32_t formats[] = {WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_RGBX, WEBC_PIXEL_FORMAT_BGRA,
                                       WEBC_PIXEL_FORMAT_BGRX};
    for (size_t i = 0; i < COUNT(formats); i++)
        check_round_trip(&rows[_i], formats[i], NULL, &rec709);
}
END_TEST

/* T33, EN-04, EN-05: null members stay null in the config and unspecified in the stream. */
START_TEST(absent_members_stay_absent)
{
    const color_row *row = &rows[_i];
    webc_video_encoder_config config = config_of(row);
    for (size_t i = 0; i < COUNT(partial); i++) {
        video_encoder_session *s = video_encoder_open(&config);
        video_encoder_put(s, patches_frame(WEBC_PIXEL_FORMAT_I420, &partial[i], 0), false, 0);
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(s->log.count, 1);
        expect_config(row, &s->log, 0, &partial[i]);
        av_stream *stream = av_stream_decode(row->family, &s->log, 0, 1);
        expect_in_band(row, stream, &partial[i]);
        av_stream_close(stream);
        video_decoder_session *d = video_decode_log(&s->log);
        ck_assert_uint_eq(d->log.count, 1);
        expect_frame(row, d->log.outputs[0].frame, &partial[i]);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

/* EN-06, VE-10: colour changes with a key frame, a new config, and in the stream itself. */
START_TEST(a_change_of_colour_makes_a_key_frame_and_a_new_config)
{
    const color_row *row = &rows[_i];
    webc_video_encoder_config config = config_of(row);
    video_encoder_session *s = video_encoder_open(&config);
    static const size_t order[] = {2, 1, 1, 4, 2};
    for (unsigned i = 0; i < COUNT(order) * 2; i++)
        video_encoder_put(s, patches_frame(WEBC_PIXEL_FORMAT_I420, &spaces[order[i / 2]], i), false, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, COUNT(order) * 2);
    ck_assert_uint_eq(s->log.config_count, 4);
    for (size_t i = 0; i < s->log.count; i++) {
        bool changed = i == 0 || i == 2 || i == 6 || i == 8;
        ck_assert_uint_eq(s->log.outputs[i].tag, i);
        ck_assert_msg((video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY) == changed, "%s chunk %zu",
                      row->codec, i);
        ck_assert_msg((s->log.outputs[i].config >= 0) == changed, "%s chunk %zu", row->codec, i);
        expect_config(row, &s->log, i, &spaces[order[i / 2]]);
    }
    for (size_t first = 0; first < s->log.count;) {
        size_t end = first == 2 ? 6 : first + 2;
        av_stream *stream = av_stream_decode(row->family, &s->log, first, end);
        ck_assert_uint_eq(stream->count, end - first);
        expect_in_band(row, stream, &spaces[order[first / 2]]);
        av_stream_close(stream);
        first = end;
    }
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        rgb_comes_out_as_it_went_in_for_every_matrix_and_range,
        rgb_frames_become_rec709_and_come_out_as_they_went_in,
        absent_members_stay_absent,
        a_change_of_colour_makes_a_key_frame_and_a_new_config,
    };
    return video_row_main("api_encoder_color", TIMEOUT, each, COUNT(each), COUNT(rows), NULL, 0);
}
