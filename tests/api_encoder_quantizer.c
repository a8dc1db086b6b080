/* SPDX-License-Identifier: MIT */
/*
 * bitrate_mode quantizer: the QP asked for with each frame is read back from the bitstream. libavcodec's
 * decoders say with which QP they dequantised every block, and the test reads base_q_idx from VP9's headers
 * itself.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/video_enc_params.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"
#include "webcodecs/libav.h"

#define TIMEOUT 180
#define WIDTH 322
#define HEIGHT 242
#define FRAMES 20
#define NONE -1

typedef struct codec_row {
    const char *codec;
    const char *encoder;
    const char *decoder;
    uint32_t latency_mode;
    int most;      /* of the scale */
    int standard;  /* what a null quantizer means */
    int tolerance; /* H.264 is exact; libvpx has steps of 4, and of 5 and 6 at the end */
    int offset;    /* libavcodec counts QPs of deeper samples from the lowest */
} codec_row;

static const codec_row rows[] = {
    {"avc1.42c01e", "libx264", "h264", WEBC_LATENCY_MODE_QUALITY, 51, 23, 0, 0},
    {"avc1.64001e", "libx264", "h264", WEBC_LATENCY_MODE_REALTIME, 51, 23, 0, 0},
    {"avc1.6e001e", "libx264", "h264", WEBC_LATENCY_MODE_QUALITY, 51, 23, 0, 12},
    {"vp09.00.30.08", "libvpx-vp9", "vp9", WEBC_LATENCY_MODE_QUALITY, 255, 128, 3, 0},
    {"vp09.00.30.08", "libvpx-vp9", "vp9", WEBC_LATENCY_MODE_REALTIME, 255, 128, 3, 0},
    {"vp09.02.30.10", "libvpx-vp9", "vp9", WEBC_LATENCY_MODE_REALTIME, 255, 128, 3, 0},
};

/* Hundredths of the scale; key frames are asked for at 0, 7, 8 and 15, the last with the quantizer of 8. */
static const int shares[FRAMES] = {20, 100, 60, 0, 40, 90, 2, 95, 5, 20, 100, 100, 50, 51, 0, 5, 50, 77, 0, 1};

static bool is_key(unsigned frame)
{
    return frame == 0 || frame == 7 || frame == 8 || frame == 15;
}

static webc_video_encoder_config quantizer_config(const codec_row *row)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = row->codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    config.latency_mode = row->latency_mode;
    config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    return config;
}

/* Waves under noise of its own for every picture, so that blocks have something to quantise. */
static webc_frame *noisy_picture(unsigned number)
{
    static uint8_t data[WIDTH * HEIGHT * 3 / 2];
    uint32_t seed = number * 7919 + 3;
    for (unsigned y = 0; y < HEIGHT * 3 / 2; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            seed = seed * 1664525u + 1013904223u;
            unsigned wave = (x + 2 * number) % 64 < 32 ? 90 : 150;
            data[y * WIDTH + x] = (uint8_t)((y < HEIGHT ? wave : 120) + (seed >> 24) % 24);
        }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = (int64_t)number * FRAME_US;
    return video_frame(&params, data, sizeof data);
}

static void put(video_encoder_session *s, unsigned number, int quantizer, bool key_frame)
{
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.key_frame = key_frame;
    options.tag = number;
    options.has_quantizer = quantizer != NONE;
    options.quantizer = quantizer != NONE ? (uint32_t)quantizer : 7;
    webc_frame *frame = noisy_picture(number);
    ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
    webc_frame_unref(&frame);
}

/* Lowest and highest QP of all blocks of a picture, as dequantised. */
typedef struct qp_range {
    int lowest;
    int highest;
} qp_range;

static qp_range blocks_of(const AVFrame *picture)
{
    const AVFrameSideData *data = av_frame_get_side_data(picture, AV_FRAME_DATA_VIDEO_ENC_PARAMS);
    ck_assert_ptr_nonnull(data);
    AVVideoEncParams *params = (AVVideoEncParams *)data->data;
    if (!params->nb_blocks)
        return (qp_range){params->qp, params->qp};
    qp_range range = {INT32_MAX, INT32_MIN};
    for (unsigned i = 0; i < params->nb_blocks; i++) {
        int qp = params->qp + av_video_enc_params_block(params, i)->delta_qp;
        range.lowest = qp < range.lowest ? qp : range.lowest;
        range.highest = qp > range.highest ? qp : range.highest;
    }
    return range;
}

static size_t receive(AVCodecContext *decoder, AVFrame *picture, qp_range ranges[FRAMES], size_t count)
{
    while (avcodec_receive_frame(decoder, picture) >= 0) {
        ck_assert_uint_lt(count, FRAMES);
        ranges[count++] = blocks_of(picture);
        av_frame_unref(picture);
    }
    return count;
}

/* What libavcodec's own decoder makes of the chunks, in order. */
static size_t read_quantizers(const char *name, const video_log *log, qp_range ranges[FRAMES])
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    AVFrame *picture = av_frame_alloc();
    size_t count = 0;
    decoder->export_side_data = AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
    decoder->thread_count = 1;
    ck_assert_int_eq(avcodec_open2(decoder, codec, NULL), 0);
    for (size_t i = 0; i < log->count; i++) {
        webc_chunk_info info = video_log_chunk(log, i);
        ck_assert_int_eq(av_new_packet(packet, (int)info.size), 0);
        memcpy(packet->data, info.data, info.size);
        ck_assert_int_eq(avcodec_send_packet(decoder, packet), 0);
        av_packet_unref(packet);
        count = receive(decoder, picture, ranges, count);
    }
    avcodec_send_packet(decoder, NULL);
    count = receive(decoder, picture, ranges, count);
    av_frame_free(&picture);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    return count;
}

static void check_frame(const codec_row *row, size_t frame, const qp_range *got, int wanted)
{
    wanted += row->offset;
    ck_assert_msg(got->lowest == got->highest, "%s frame %zu: blocks from %d to %d", row->codec, frame,
                  got->lowest, got->highest);
    /* libvpx has nothing below 4, where it would be lossless. */
    int tolerance = row->tolerance && wanted < 4 ? 4 : row->tolerance;
    ck_assert_msg(abs(got->lowest - wanted) <= tolerance, "%s mode %u frame %zu: %d instead of %d", row->codec,
                  row->latency_mode, frame, got->lowest, wanted);
}

static void expect_support(const codec_row *row, const webc_video_encoder_config *config)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_assert_ok(webc_video_encoder_is_config_supported(config, &support));
    ck_assert_msg(support.supported, "%s: %s", row->codec, support.reason);
    ck_assert_str_eq(support.implementation, row->encoder);
}

/* EN-11, T41: every block of every frame has the QP asked for, key frames asked for in between included. */
START_TEST(every_frame_is_coded_with_its_own_quantizer)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    qp_range ranges[FRAMES];
    expect_support(row, &config);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, i, row->most * shares[i] / 100, is_key(i));
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    ck_assert_uint_eq(s->log.config_count, 1);
    ck_assert_uint_eq(read_quantizers(row->decoder, &s->log, ranges), FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        check_frame(row, i, &ranges[i], row->most * shares[i] / 100);
        ck_assert_int_eq(video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY, is_key((unsigned)i));
    }
    video_encoder_close(s);
}
END_TEST

/* EN-11, T41: each step of the scale, up and down again, is as coarse as it says, and no key frame is made. */
START_TEST(the_whole_scale_is_served_without_key_frames)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    qp_range ranges[FRAMES];
    config.width = config.height = 64;
    for (int first = 0; first <= row->most; first += FRAMES - 1) {
        video_encoder_session *s = video_encoder_open(&config);
        int wanted[FRAMES];
        for (unsigned i = 0; i < FRAMES; i++) {
            wanted[i] = first + (int)i <= row->most ? first + (int)i : row->most;
            put(s, i, wanted[i], false);
        }
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(read_quantizers(row->decoder, &s->log, ranges), FRAMES);
        for (size_t i = 0; i < FRAMES; i++) {
            check_frame(row, i, &ranges[i], wanted[i]);
            ck_assert_int_eq(video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY, i == 0);
        }
        video_encoder_close(s);
    }
}
END_TEST

/* EN-11, T41: an unchanged quantizer holds in key frames as well, for which nothing is opened again. */
START_TEST(an_unchanged_quantizer_holds_in_key_frames)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    qp_range ranges[FRAMES];
    int wanted = row->most * 3 / 4;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, i, wanted, is_key(i));
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(read_quantizers(row->decoder, &s->log, ranges), FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        check_frame(row, i, &ranges[i], wanted);
    video_encoder_close(s);
}
END_TEST

/* EN-11, T41: a region of interest that a picture of libavcodec brings along has no say. */
START_TEST(regions_of_the_picture_itself_do_not_count)
{
    webc_video_encoder_config config = quantizer_config(&rows[_i]);
    qp_range ranges[FRAMES];
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 3; i++) {
        webc_video_encode_options options;
        webc_video_encode_options_init(&options, sizeof options);
        AVFrame *picture = av_frame_alloc();
        webc_frame *plain = noisy_picture(i), *frame = NULL;
        ck_assert_ok(webc_frame_to_avframe(plain, picture));
        AVFrameSideData *data =
            av_frame_new_side_data(picture, AV_FRAME_DATA_REGIONS_OF_INTEREST, sizeof(AVRegionOfInterest));
        *(AVRegionOfInterest *)data->data = (AVRegionOfInterest){
            .self_size = sizeof(AVRegionOfInterest), .right = WIDTH, .bottom = HEIGHT / 2, .qoffset = {1, 2}};
        ck_assert_ok(webc_frame_create_from_avframe(&frame, picture, NULL));
        options.has_quantizer = 1;
        options.quantizer = 20 + 4 * i;
        ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
        webc_frame_unref(&frame);
        webc_frame_unref(&plain);
        av_frame_free(&picture);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(read_quantizers(rows[_i].decoder, &s->log, ranges), 3);
    for (size_t i = 0; i < 3; i++)
        check_frame(&rows[_i], i, &ranges[i], 20 + 4 * (int)i);
    video_encoder_close(s);
}
END_TEST

/* EN-11, section 2.4 of the registrations: null is a fixed default, and more than the scale has is its end. */
START_TEST(null_means_the_default_and_too_much_the_highest)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    qp_range ranges[FRAMES];
    static const int asked[] = {NONE, 1000, NONE, INT32_MAX, 0};
    const int wanted[] = {row->standard, row->most, row->standard, row->most, 0};
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < COUNT(asked); i++)
        put(s, i, asked[i], false);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(read_quantizers(row->decoder, &s->log, ranges), COUNT(asked));
    for (size_t i = 0; i < COUNT(asked); i++)
        check_frame(row, i, &ranges[i], wanted[i]);
    video_encoder_close(s);
}
END_TEST

/* EN-11, T41: the pictures themselves: a low quantizer costs many times the bytes of a high one. */
START_TEST(fine_and_coarse_frames_differ_in_size)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    config.bitrate = 1; /* ignored */
    expect_support(row, &config);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, i, i % 2 ? row->most / 5 : row->most * 4 / 5, false);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    for (size_t i = 2; i < FRAMES; i += 2) {
        uint32_t coarse = video_log_chunk(&s->log, i).size, fine = video_log_chunk(&s->log, i + 1).size;
        ck_assert_msg(fine > 4 * coarse, "%s frames %zu: %u and %u bytes", row->codec, i, coarse, fine);
    }
    video_encoder_close(s);
}
END_TEST

/* VE-10, T42: re-opening for a key frame shows in nothing but the QP; every chunk comes at once. */
START_TEST(chunks_come_at_once_and_with_one_decoder_config)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    config.avc_format = WEBC_BITSTREAM_FORMAT_LENGTH_PREFIXED;
    config.key_interval = 3;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 9; i++) {
        put(s, i, (int)i * 5, false);
        video_log_until_outputs(&s->log, s->events, i + 1);
        ck_assert_int_eq(video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY, i % 3 == 0);
    }
    ck_assert_uint_eq(s->log.config_count, 1);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, 9);
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* 9.2 of the VP9 bitstream: base_q_idx of a key frame's uncompressed header of profile 0. */
START_TEST(vp9_key_frames_carry_the_quantizer_in_their_header)
{
    const codec_row row = {"vp09.00.30.08", "libvpx-vp9", "vp9", WEBC_LATENCY_MODE_QUALITY, 255, 128, 3, 0};
    webc_video_encoder_config config = quantizer_config(&row);
    static const int asked[] = {40, 200, 0, 244};
    static const int written[] = {40, 200, 4, 244}; /* 0 would be lossless */
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < COUNT(asked); i++)
        put(s, i, asked[i], true);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, COUNT(asked));
    for (size_t i = 0; i < COUNT(asked); i++) {
        /*
         * 8 bits of marker, profile and flags; 24 of sync code; colour space 3, range 1; sizes 2 x 16; render
         * size 1; refresh, parallel and context 4; filter level 6, sharpness 3; deltas: 1, and then 1, and for
         * each of 6 one bit and 7 more where set.
         */
        const uint8_t *at = video_log_chunk(&s->log, i).data;
        unsigned bit = 8 + 24 + 4 + 32 + 1 + 4 + 6 + 3;
        unsigned value = 0;
#define BIT() (at[bit / 8] >> (7 - bit % 8) & 1u)
        bool deltas = BIT();
        bit++;
        bool update = deltas && BIT();
        bit += deltas;
        for (unsigned k = 0; update && k < 6; k++)
            bit += BIT() ? 8 : 1;
        for (unsigned k = 0; k < 8; k++, bit++)
            value = value << 1 | BIT();
#undef BIT
        ck_assert_int_eq((int)value, written[i]);
    }
    video_encoder_close(s);
}
END_TEST

/* Section 2.4: in another bitrate mode the quantizer is ignored. */
START_TEST(other_bitrate_modes_ignore_the_quantizer)
{
    const codec_row *row = &rows[_i];
    webc_video_encoder_config config = quantizer_config(row);
    config.bitrate_mode = WEBC_BITRATE_MODE_VARIABLE;
    config.bitrate = 500000;
    config.thread_count = 1; /* with more libx264 is not the same twice */
    video_encoder_session *with = video_encoder_open(&config), *without = video_encoder_open(&config);
    for (unsigned i = 0; i < 6; i++) {
        put(with, i, i % 2 ? 0 : row->most, i == 3);
        put(without, i, NONE, i == 3);
    }
    video_encoder_flush(with, 1);
    video_encoder_flush(without, 1);
    ck_assert_uint_eq(with->log.count, without->log.count);
    for (size_t i = 0; i < with->log.count; i++) {
        webc_chunk_info a = video_log_chunk(&with->log, i), b = video_log_chunk(&without->log, i);
        ck_assert_uint_eq(a.size, b.size);
        ck_assert_mem_eq(a.data, b.data, a.size);
    }
    video_encoder_close(with);
    video_encoder_close(without);
}
END_TEST

/* EN-11, section 2.4: what no encoder here can do, and VP8, which has no such option. */
START_TEST(encoders_without_a_quantizer_for_each_frame_refuse_the_mode)
{
    static const char *const codecs[] = {"vp8",           "hvc1.1.6.L93.B0", "hvc1.2.4.L93.B0",
                                         "av01.0.05M.08", "av01.0.05M.10",   "av01.1.05M.08.0.000"};
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t i = 0; i < COUNT(codecs); i++) {
        webc_video_encoder_config config = quantizer_config(&(codec_row){.codec = codecs[i]});
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert(!support.supported);
        if (strncmp(codecs[i], "av01.1", 6) == 0 && video_av1_is_limited())
            continue; /* for its chroma format */
        ck_assert_msg(strstr(support.reason, "bitrate_mode"), "%s: \"%s\"", codecs[i], support.reason);
        video_encoder_session *s = video_encoder_open(&config);
        video_log_until_error(&s->log, s->events);
        ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(s->log.message, "bitrate_mode"));
        video_encoder_close(s);
    }
    webc_video_encoder_config config = quantizer_config(&rows[1]);
    config.latency_mode = WEBC_LATENCY_MODE_QUALITY;
    config.b_frames = 2;
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    ck_assert(!support.supported && strstr(support.reason, "b_frames"));
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        every_frame_is_coded_with_its_own_quantizer,     the_whole_scale_is_served_without_key_frames,
        an_unchanged_quantizer_holds_in_key_frames,      regions_of_the_picture_itself_do_not_count,
        null_means_the_default_and_too_much_the_highest, fine_and_coarse_frames_differ_in_size,
        chunks_come_at_once_and_with_one_decoder_config, other_bitrate_modes_ignore_the_quantizer,
    };
    const TTest *const once[] = {
        vp9_key_frames_carry_the_quantizer_in_their_header,
        encoders_without_a_quantizer_for_each_frame_refuse_the_mode,
    };
    return video_row_main("api_encoder_quantizer", TIMEOUT, each, COUNT(each), COUNT(rows), once, COUNT(once));
}
