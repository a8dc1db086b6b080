/* SPDX-License-Identifier: MIT */
/* Every public pixel format into every codec row: the colours that went in come out, and alpha does not. */
#include <stdio.h>
#include <string.h>

#include "patches.h"

#define TIMEOUT 180
/* Of 255: what the codecs change, and what 4:2:0 and 8 bits cost. The platform tests allow 25 for deep formats.
 */
#define TOLERANCE (video_av1_is_limited() ? 8 : 6)

static const char *const codecs[] = {
    "avc1.42c01e",     "avc1.4d001e",   "avc1.64001e",   "avc1.6e001e",      "hvc1.1.6.L93.B0",
    "hvc1.2.4.L93.B0", "vp8",           "vp09.00.30.08", "vp09.01.30.08.02", "vp09.01.30.08.03",
    "vp09.02.30.10",   "av01.0.05M.08", "av01.0.05M.10",
};

static bool is_rgb(uint32_t format)
{
    return format >= WEBC_PIXEL_FORMAT_RGBA;
}

static bool is_vp9(const char *codec)
{
    return strncmp(codec, "vp09", 4) == 0;
}

static webc_video_encoder_config config_of(const char *codec)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = config.height = PATCHES_SIDE;
    config.framerate = 30;
    config.bitrate = 5000000;
    /* libvpx's rate control begins with coarse frames behind the key frame, whatever the bitrate. */
    if (is_vp9(codec))
        config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    return config;
}

static void put(video_encoder_session *s, uint32_t format)
{
    static const webc_color_space rec709 = {WEBC_COLOR_PRIMARIES_BT709, WEBC_COLOR_TRANSFER_BT709,
                                            WEBC_COLOR_MATRIX_BT709, WEBC_COLOR_RANGE_LIMITED};
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.tag = format;
    options.has_quantizer = 1;
    options.quantizer = 8;
    webc_frame *frame = patches_frame(format, is_rgb(format) ? NULL : &rec709, format);
    ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
    webc_frame_unref(&frame);
}

/* EN-02, EN-03, EN-07: 8, 10 and 12 bits, 4:2:0, 4:2:2, 4:4:4, NV12, all orders of RGB, with alpha and without.
 */
START_TEST(every_pixel_format_is_encoded_and_keeps_its_colours)
{
    const char *codec = codecs[_i];
    webc_video_encoder_config config = config_of(codec);
    video_encoder_session *s = video_encoder_open(&config);
    size_t put_count = 0;
    for (uint32_t format = WEBC_PIXEL_FORMAT_I420; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        if (format == WEBC_PIXEL_FORMAT_I420AP12) /* not in FFmpeg */
            continue;
        put(s, format);
        put_count++;
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, put_count);
    ck_assert_uint_eq(s->log.config_count, 1);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, put_count);
    for (size_t i = 0; i < put_count; i++) {
        char what[96];
        snprintf(what, sizeof what, "%s from %s", codec,
                 webc_pixel_format_name((uint32_t)d->log.outputs[i].tag));
        patches_check(d->log.outputs[i].frame, TOLERANCE, what);
    }
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* EN-07, T47: a frame with alpha gives the very bytes that the frame without it gives. */
START_TEST(alpha_changes_nothing)
{
    static const uint32_t pairs[][2] = {{WEBC_PIXEL_FORMAT_I420A, WEBC_PIXEL_FORMAT_I420},
                                        {WEBC_PIXEL_FORMAT_I422AP10, WEBC_PIXEL_FORMAT_I422P10},
                                        {WEBC_PIXEL_FORMAT_I444AP12, WEBC_PIXEL_FORMAT_I444P12},
                                        {WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_RGBX},
                                        {WEBC_PIXEL_FORMAT_BGRA, WEBC_PIXEL_FORMAT_BGRX}};
    webc_video_encoder_config config = config_of(codecs[_i]);
    config.thread_count = 1;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        video_encoder_session *with = video_encoder_open(&config), *without = video_encoder_open(&config);
        put(with, pairs[i][0]);
        put(without, pairs[i][1]);
        video_encoder_flush(with, 1);
        video_encoder_flush(without, 1);
        webc_chunk_info a = video_log_chunk(&with->log, 0), b = video_log_chunk(&without->log, 0);
        ck_assert_msg(a.size == b.size && memcmp(a.data, b.data, a.size) == 0, "%s: %s differs", codecs[_i],
                      webc_pixel_format_name(pairs[i][0]));
        video_encoder_close(with);
        video_encoder_close(without);
    }
}
END_TEST

/* A chunk of one deep picture whose words all have `above` set above their samples. */
static webc_chunk_info encode_deep(video_encoder_session *s, uint32_t format, unsigned depth, unsigned above)
{
    enum { SAMPLES = PATCHES_SIDE * PATCHES_SIDE * 4 };
    static uint16_t picture[SAMPLES];
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = params.coded_height = PATCHES_SIDE;
    for (unsigned i = 0; i < SAMPLES; i++)
        picture[i] = (uint16_t)(((i * 37) & ((1u << depth) - 1)) | above << depth);
    webc_frame *frame = video_frame(&params, picture, sizeof picture);
    video_encoder_put(s, frame, false, 0);
    video_encoder_flush(s, 1);
    return video_log_chunk(&s->log, 0);
}

/*
 * WebCodecs 9.4: what lies above the samples of a deep format is no part of them. libx264 takes the whole word
 * for the sample, and aborts the process.
 */
START_TEST(bits_above_the_samples_change_nothing)
{
    static const uint32_t formats[][2] = {
        {WEBC_PIXEL_FORMAT_I420P10, 10}, {WEBC_PIXEL_FORMAT_I420P12, 12}, {WEBC_PIXEL_FORMAT_I444AP10, 10}};
    webc_video_encoder_config config = config_of(codecs[_i]);
    config.thread_count = 1;
    for (size_t i = 0; i < COUNT(formats); i++) {
        video_encoder_session *clear = video_encoder_open(&config), *set = video_encoder_open(&config);
        webc_chunk_info a = encode_deep(clear, formats[i][0], formats[i][1], 0);
        webc_chunk_info b = encode_deep(set, formats[i][0], formats[i][1], 15);
        ck_assert_msg(a.size == b.size && memcmp(a.data, b.data, a.size) == 0, "%s: %s differs", codecs[_i],
                      webc_pixel_format_name(formats[i][0]));
        video_encoder_close(clear);
        video_encoder_close(set);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {every_pixel_format_is_encoded_and_keeps_its_colours, alpha_changes_nothing,
                                 bits_above_the_samples_change_nothing};
    return video_row_main("api_encoder_formats", TIMEOUT, each, COUNT(each), COUNT(codecs), NULL, 0);
}
