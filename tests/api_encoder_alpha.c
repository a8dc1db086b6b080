/* SPDX-License-Identifier: MIT */
/*
 * Alpha is dropped without a trace, or kept as a stream of its own beside a main stream that does not change.
 * The proof is a decoder that is given nothing but the side data.
 */
#include <libavcodec/avcodec.h>
#include <libavutil/intfloat.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"
#include "webcodecs/libav.h"

#define TIMEOUT 120
#define WIDTH 176u
#define HEIGHT 144u
#define MOST_FRAMES 40u
#define BIT(number) (UINT64_C(1) << (number))

/* Ways to lay out one and the same picture with and without alpha. */
typedef struct layout {
    uint32_t format;
    uint32_t opaque;
    unsigned chroma_shift_x; /* of planar formats */
    unsigned chroma_shift_y;
    unsigned depth;
} layout;

static const layout rgba = {WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_RGBX, 0, 0, 8};
static const layout bgra = {WEBC_PIXEL_FORMAT_BGRA, WEBC_PIXEL_FORMAT_BGRX, 0, 0, 8};
static const layout i420a = {WEBC_PIXEL_FORMAT_I420A, WEBC_PIXEL_FORMAT_I420, 1, 1, 8};
static const layout i422a = {WEBC_PIXEL_FORMAT_I422A, WEBC_PIXEL_FORMAT_I422, 1, 0, 8};
static const layout i444ap10 = {WEBC_PIXEL_FORMAT_I444AP10, WEBC_PIXEL_FORMAT_I444P10, 0, 0, 10};
static const layout *const layouts[] = {&rgba, &bgra, &i420a, &i422a, &i444ap10};

static bool packed(const layout *l)
{
    return l == &rgba || l == &bgra;
}

/* A wave of ramps that moves; 0 to 255, both ends included. */
static unsigned alpha_at(double x, double y, unsigned number)
{
    double phase = fmod(3 * x + 2 * y + 5 * number, 510);
    return (unsigned)lround(phase > 255 ? 510 - phase : phase);
}

static void put(uint8_t **at, unsigned depth, unsigned value)
{
    value = depth > 8 ? (value * 1023 + 127) / 255 : value;
    *(*at)++ = (uint8_t)value;
    if (depth > 8)
        *(*at)++ = (uint8_t)(value >> 8);
}

static webc_frame *make_frame(const layout *l, bool with_alpha, uint32_t width, uint32_t height,
                              unsigned number)
{
    uint8_t *data = malloc((size_t)width * height * 8), *at = data;
    ck_assert_ptr_nonnull(data);
    for (unsigned plane = 0; plane < (packed(l) ? 1u : with_alpha ? 4u : 3u); plane++) {
        bool chroma = plane == 1 || plane == 2;
        uint32_t columns = width >> (chroma ? l->chroma_shift_x : 0);
        uint32_t rows = height >> (chroma ? l->chroma_shift_y : 0);
        for (uint32_t y = 0; y < rows; y++)
            for (uint32_t x = 0; x < columns; x++) {
                unsigned value =
                    plane == 3 ? alpha_at(x, y, number) : 16 + (x + 2 * y + number * (plane + 1)) % 200;
                put(&at, l->depth, value);
                if (!packed(l))
                    continue;
                put(&at, 8, 255 - value);
                put(&at, 8, (x * y) % 256);
                put(&at, 8, alpha_at(x, y, number));
            }
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = with_alpha ? l->format : l->opaque;
    params.coded_width = width;
    params.coded_height = height;
    params.timestamp = (int64_t)number * FRAME_US;
    webc_frame *frame = video_frame(&params, data, (size_t)(at - data));
    free(data);
    return frame;
}

static webc_video_encoder_config config_of(const char *codec, uint32_t latency_mode, uint32_t alpha)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    config.bitrate = 1500000;
    config.latency_mode = latency_mode;
    config.alpha = alpha;
    return config;
}

/* `opaque` and `keys` have a bit for each frame that has no alpha, and that a key frame is asked for. */
static video_encoder_session *encode(const webc_video_encoder_config *config, const layout *l, unsigned frames,
                                     uint64_t opaque, uint64_t keys)
{
    video_encoder_session *s = video_encoder_open(config);
    for (unsigned i = 0; i < frames; i++)
        video_encoder_put(s, make_frame(l, !(opaque & BIT(i)), WIDTH, HEIGHT, i), keys & BIT(i), i);
    video_encoder_flush(s, 1000);
    ck_assert_uint_eq(s->log.count, frames);
    return s;
}

static bool same_chunks(const video_log *a, const video_log *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        webc_chunk_info x = video_log_chunk(a, i), y = video_log_chunk(b, i);
        if (x.size != y.size || x.type != y.type || memcmp(x.data, y.data, x.size) != 0)
            return false;
    }
    return true;
}

static const char *const codecs[] = {"avc1.42001e", "hvc1.1.6.L93.B0", "vp8", "vp09.00.30.08", "av01.0.05M.08"};

/* EN-07, T47: no blending, no second stream; the bytes are those of the picture without alpha. */
START_TEST(discarded_alpha_leaves_no_trace)
{
    for (size_t c = 0; c < COUNT(codecs); c++)
        for (size_t l = 0; l < COUNT(layouts); l++) {
            bool quality = strncmp(codecs[c], "av01", 4) == 0 && video_av1_is_limited();
            webc_video_encoder_config config =
                config_of(codecs[c], quality ? WEBC_LATENCY_MODE_QUALITY : WEBC_LATENCY_MODE_REALTIME,
                          WEBC_ALPHA_DISCARD);
            config.thread_count = 1;
            video_encoder_session *with = encode(&config, layouts[l], 4, 0, 0);
            video_encoder_session *without = encode(&config, layouts[l], 4, ~UINT64_C(0), 0);
            ck_assert_msg(same_chunks(&with->log, &without->log), "%s: layout %zu differs", codecs[c], l);
            for (size_t i = 0; i < with->log.count; i++)
                ck_assert_ptr_null(with->log.outputs[i].alpha);
            video_encoder_close(without);
            video_encoder_close(with);
        }
}
END_TEST

/* The luma of each picture of side data, at the index of its chunk; NULL where there was none. */
static void decode_alpha(const char *name, const video_log *log, int highest, AVFrame *pictures[MOST_FRAMES])
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    ck_assert_msg(codec != NULL, "no decoder %s", name);
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    ck_assert(context && packet);
    context->thread_count = 1;
    context->err_recognition = AV_EF_EXPLODE;
    ck_assert_int_eq(avcodec_open2(context, codec, NULL), 0);
    for (size_t i = 0; i < log->count; i++) {
        const video_output *out = &log->outputs[i];
        pictures[i] = NULL;
        if (!out->alpha || out->layer > highest)
            continue;
        ck_assert_int_eq(av_new_packet(packet, (int)out->alpha_size), 0);
        memcpy(packet->data, out->alpha, out->alpha_size);
        ck_assert_msg(avcodec_send_packet(context, packet) == 0, "%s refuses the alpha of chunk %zu", name, i);
        av_packet_unref(packet);
        pictures[i] = av_frame_alloc();
        ck_assert_ptr_nonnull(pictures[i]);
        ck_assert_int_eq(avcodec_receive_frame(context, pictures[i]), 0);
    }
    av_packet_free(&packet);
    avcodec_free_context(&context);
}

static unsigned sample(const AVFrame *frame, int plane, unsigned x, unsigned y)
{
    const uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
    return frame->format == AV_PIX_FMT_YUV420P ? row[x] : (unsigned)(row[2 * x] | row[2 * x + 1] << 8);
}

/* Of the luma against alpha_at() at these steps of source samples; and the chroma must be neutral. */
static double alpha_psnr(const AVFrame *frame, unsigned number, double step)
{
    double most = frame->format == AV_PIX_FMT_YUV420P ? 255 : 1023, sum = 0;
    ck_assert_int_eq(frame->width, WIDTH);
    ck_assert_int_eq(frame->height, HEIGHT);
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            double source = alpha_at((x + 0.5) * step - 0.5, (y + 0.5) * step - 0.5, number);
            double difference = sample(frame, 0, x, y) * 255 / most - source;
            sum += difference * difference;
            double chroma = sample(frame, 1, x / 2, y / 2) / (most + 1);
            ck_assert_msg(fabs(chroma - 0.5) < 0.02, "chroma %g", chroma);
        }
    return 10 * log10(255.0 * 255.0 * WIDTH * HEIGHT / sum);
}

static void check_psnr(const char *name, const video_log *log, double step, double least)
{
    AVFrame *pictures[MOST_FRAMES];
    decode_alpha(name, log, 2, pictures);
    for (size_t i = 0; i < log->count; i++) {
        if (!pictures[i])
            continue;
        double psnr = alpha_psnr(pictures[i], (unsigned)log->outputs[i].tag, step);
        ck_assert_msg(psnr > least, "%s: alpha of chunk %zu: %.1f dB", name, i, psnr);
        av_frame_free(&pictures[i]);
    }
}

static const struct {
    const char *string;
    const char *decoders[2];
} keeping[] = {
    {"vp8", {"vp8", "libvpx"}},
    {"vp09.00.30.08", {"vp9", "libvpx-vp9"}},
    {"vp09.02.30.10", {"vp9", "libvpx-vp9"}},
};

/* EN-08, VE-14: every format with alpha; alpha comes back, and the main stream does not know of it. */
START_TEST(kept_alpha_is_a_stream_of_its_own)
{
    for (size_t c = 0; c < COUNT(keeping); c++)
        for (size_t l = 0; l < COUNT(layouts); l++)
            for (uint32_t latency = WEBC_LATENCY_MODE_QUALITY; latency <= WEBC_LATENCY_MODE_REALTIME;
                 latency++) {
                webc_video_encoder_config config = config_of(keeping[c].string, latency, WEBC_ALPHA_KEEP);
                video_encoder_session *kept = encode(&config, layouts[l], 6, 0, 0);
                for (size_t i = 0; i < 6; i++)
                    ck_assert_ptr_nonnull(kept->log.outputs[i].alpha);
                config.alpha = WEBC_ALPHA_DISCARD;
                video_encoder_session *dropped = encode(&config, layouts[l], 6, 0, 0);
                ck_assert_msg(same_chunks(&kept->log, &dropped->log), "%s: layout %zu", config.codec, l);
                for (unsigned d = 0; d < 2; d++)
                    check_psnr(keeping[c].decoders[d], &kept->log, 1, 36);
                video_encoder_close(dropped);
                video_encoder_close(kept);
            }
}
END_TEST

static bool alpha_is_key(const video_output *out, bool vp8)
{
    /* RFC 6386 9.1: bit 0; VP9 bitstream 6.2 in profiles 0 and 2: bits 3 (show existing) and 2 (type). */
    return vp8 ? !(out->alpha[0] & 1) : !(out->alpha[0] & 0x0c);
}

/* EN-08: requested key frames, those of the interval and those after a flush are key frames in both streams. */
START_TEST(key_frames_of_both_streams_coincide)
{
    for (size_t c = 0; c < COUNT(keeping); c++) {
        webc_video_encoder_config config =
            config_of(keeping[c].string, WEBC_LATENCY_MODE_REALTIME, WEBC_ALPHA_KEEP);
        config.key_interval = 7;
        video_encoder_session *s = encode(&config, &rgba, 20, 0, BIT(5) | BIT(9));
        for (unsigned i = 20; i < 24; i++)
            video_encoder_put(s, make_frame(&rgba, true, WIDTH, HEIGHT, i), false, i);
        video_encoder_flush(s, 2000);
        unsigned keys = 0;
        for (size_t i = 0; i < 24; i++) {
            bool key = video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY;
            ck_assert_msg(alpha_is_key(&s->log.outputs[i], c == 0) == key, "%s: frame %zu", config.codec, i);
            keys += key;
        }
        ck_assert_uint_eq(keys, 5);
        check_psnr(keeping[c].decoders[0], &s->log, 1, 36);
        video_encoder_close(s);
    }
}
END_TEST

/* VE-14: frames without alpha have no side data; alpha that begins anew does so at a key frame of both. */
START_TEST(alpha_may_end_and_begin_again)
{
    for (size_t c = 0; c < COUNT(keeping); c++) {
        webc_video_encoder_config config =
            config_of(keeping[c].string, WEBC_LATENCY_MODE_QUALITY, WEBC_ALPHA_KEEP);
        const uint64_t opaque = BIT(0) | BIT(1) | BIT(5) | BIT(6);
        video_encoder_session *s = encode(&config, &i420a, 10, opaque, 0);
        for (unsigned i = 0; i < 10; i++) {
            const video_output *out = &s->log.outputs[i];
            ck_assert_int_eq(out->alpha != NULL, !(opaque & BIT(i)));
            ck_assert_msg((video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY) == (i == 0 || i == 2 || i == 7),
                          "%s: frame %u", config.codec, i);
            if (out->alpha)
                ck_assert_int_eq(alpha_is_key(out, c == 0), i == 2 || i == 7);
        }
        ck_assert_uint_eq(s->log.config_count, 1);
        check_psnr(keeping[c].decoders[0], &s->log, 1, 36);
        video_encoder_close(s);
    }
}
END_TEST

/* EN-01, EN-08: alpha is cropped and scaled with its picture. */
START_TEST(alpha_is_scaled_with_its_picture)
{
    for (size_t c = 0; c < COUNT(keeping); c++) {
        webc_video_encoder_config config =
            config_of(keeping[c].string, WEBC_LATENCY_MODE_REALTIME, WEBC_ALPHA_KEEP);
        video_encoder_session *s = video_encoder_open(&config);
        video_encoder_put(s, make_frame(&rgba, true, 2 * WIDTH, 2 * HEIGHT, 0), false, 0);
        video_encoder_put(s, make_frame(&i420a, true, 2 * WIDTH, 2 * HEIGHT, 1), false, 1);
        video_encoder_flush(s, 1);
        check_psnr(keeping[c].decoders[0], &s->log, 2, 30);
        video_encoder_close(s);
        s = video_encoder_open(&config);
        webc_frame *whole = make_frame(&rgba, true, 2 * WIDTH, 2 * HEIGHT, 2), *part = NULL;
        webc_frame_view_params view;
        webc_frame_view_params_init(&view, sizeof view);
        view.visible_rect = (webc_rect){0, 0, WIDTH, HEIGHT};
        ck_assert_ok(webc_frame_create_view(&part, whole, &view));
        webc_frame_unref(&whole);
        video_encoder_put(s, part, false, 2);
        video_encoder_flush(s, 1);
        check_psnr(keeping[c].decoders[0], &s->log, 1, 36);
        video_encoder_close(s);
    }
}
END_TEST

/* EN-08, EN-11: alpha has the quantizer of its frame. */
START_TEST(alpha_is_kept_in_bitrate_mode_quantizer)
{
    webc_video_encoder_config config = config_of("vp09.00.30.08", WEBC_LATENCY_MODE_REALTIME, WEBC_ALPHA_KEEP);
    config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    size_t sizes[2];
    for (unsigned coarse = 0; coarse < 2; coarse++) {
        webc_video_encode_options options;
        webc_video_encode_options_init(&options, sizeof options);
        options.has_quantizer = 1;
        options.quantizer = coarse ? 220 : 40;
        video_encoder_session *s = video_encoder_open(&config);
        sizes[coarse] = 0;
        for (unsigned i = 0; i < 6; i++) {
            webc_frame *frame = make_frame(&rgba, true, WIDTH, HEIGHT, i);
            options.tag = i;
            ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
            webc_frame_unref(&frame);
        }
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(s->log.count, 6);
        for (size_t i = 0; i < 6; i++)
            sizes[coarse] += s->log.outputs[i].alpha_size;
        check_psnr("vp9", &s->log, 1, coarse ? 20 : 36);
        video_encoder_close(s);
    }
    ck_assert_uint_gt(sizes[0], 2 * sizes[1]);
}
END_TEST

/* EN-08: chroma of odd pictures rounds up, in the grey ones as well. */
START_TEST(alpha_of_odd_pictures_is_kept)
{
    static const uint32_t sizes[][2] = {{1, 1}, {3, 7}, {177, 145}};
    for (size_t c = 0; c < COUNT(keeping); c++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            webc_video_encoder_config config =
                config_of(keeping[c].string, WEBC_LATENCY_MODE_QUALITY, WEBC_ALPHA_KEEP);
            config.width = sizes[i][0];
            config.height = sizes[i][1];
            video_encoder_session *s = video_encoder_open(&config);
            for (unsigned n = 0; n < 3; n++)
                video_encoder_put(s, make_frame(&rgba, true, config.width, config.height, 20), n == 2, n);
            video_encoder_flush(s, 1);
            AVFrame *pictures[MOST_FRAMES];
            decode_alpha(keeping[c].decoders[0], &s->log, 2, pictures);
            for (unsigned n = 0; n < 3; n++) {
                ck_assert_int_eq(pictures[n]->width, (int)config.width);
                ck_assert_int_eq(pictures[n]->height, (int)config.height);
                double most = pictures[n]->format == AV_PIX_FMT_YUV420P ? 255 : 1023;
                ck_assert_double_lt(fabs(sample(pictures[n], 0, 0, 0) * 255 / most - alpha_at(0, 0, 20)), 8);
                av_frame_free(&pictures[n]);
            }
            video_encoder_close(s);
        }
}
END_TEST

/* EN-08, EN-13: whoever drops the upper layers drops their alpha, and the rest of it decodes as before. */
START_TEST(alpha_has_the_layers_of_the_main_stream)
{
    for (size_t c = 0; c < COUNT(keeping); c++) {
        webc_video_encoder_config config =
            config_of(keeping[c].string, WEBC_LATENCY_MODE_REALTIME, WEBC_ALPHA_KEEP);
        config.scalability_mode = "L1T3";
        video_encoder_session *s = encode(&config, &rgba, 33, 0, BIT(14));
        AVFrame *whole[MOST_FRAMES], *base[MOST_FRAMES];
        decode_alpha(keeping[c].decoders[0], &s->log, 2, whole);
        decode_alpha(keeping[c].decoders[0], &s->log, 0, base);
        for (size_t i = 0; i < s->log.count; i++) {
            size_t row = WIDTH * (whole[i]->format == AV_PIX_FMT_YUV420P ? 1u : 2u);
            for (unsigned y = 0; base[i] && y < HEIGHT; y++)
                ck_assert_msg(memcmp(base[i]->data[0] + (ptrdiff_t)y * base[i]->linesize[0],
                                     whole[i]->data[0] + (ptrdiff_t)y * whole[i]->linesize[0], row) == 0,
                              "%s: alpha %zu", config.codec, i);
            av_frame_free(&base[i]);
            av_frame_free(&whole[i]);
        }
        video_encoder_close(s);
    }
}
END_TEST

/* A picture of floating-point samples, which WebCodecs has no name for: grey under the alpha of a number. */
static webc_frame *make_float_frame(int av_format, unsigned number)
{
    AVFrame *av = av_frame_alloc();
    ck_assert_ptr_nonnull(av);
    av->format = av_format;
    av->width = WIDTH;
    av->height = HEIGHT;
    ck_assert_int_eq(av_frame_get_buffer(av, 0), 0);
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            for (int plane = 0; plane < 4; plane++) {
                /* Below nothing and above everything is where the wave turns. */
                float value = plane < 3 ? 0.5f : ((float)alpha_at(x, y, number) * 1.2f - 25.5f) / 255;
                uint32_t bits = av_float2int(value);
                uint8_t *at = av->data[plane] + (ptrdiff_t)y * av->linesize[plane] + 4 * x;
                for (int i = 0; i < 4; i++)
                    at[av_format == AV_PIX_FMT_GBRAPF32LE ? i : 3 - i] = (uint8_t)(bits >> 8 * i);
            }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.timestamp = (int64_t)number * FRAME_US;
    webc_frame *frame = NULL;
    ck_assert_ok(webc_frame_create_from_avframe(&frame, av, &params));
    av_frame_free(&av);
    return frame;
}

/* EN-02, EN-08: floating-point alpha counts from 0 to 1; what is outside is cut off. */
START_TEST(floating_point_alpha_is_kept)
{
    static const int formats[] = {AV_PIX_FMT_GBRAPF32LE, AV_PIX_FMT_GBRAPF32BE};
    for (size_t c = 0; c < COUNT(keeping); c++)
        for (size_t f = 0; f < COUNT(formats); f++) {
            webc_video_encoder_config config =
                config_of(keeping[c].string, WEBC_LATENCY_MODE_QUALITY, WEBC_ALPHA_KEEP);
            video_encoder_session *s = video_encoder_open(&config);
            video_encoder_put(s, make_float_frame(formats[f], 3), false, 3);
            video_encoder_flush(s, 1);
            ck_assert_uint_eq(s->log.count, 1);
            AVFrame *pictures[MOST_FRAMES];
            decode_alpha(keeping[c].decoders[0], &s->log, 2, pictures);
            const AVFrame *picture = pictures[0];
            double most = picture->format == AV_PIX_FMT_YUV420P ? 255 : 1023;
            for (unsigned y = 0; y < HEIGHT; y += 9)
                for (unsigned x = 0; x < WIDTH; x += 7) {
                    double wanted = fmin(fmax(alpha_at(x, y, 3) * 1.2 - 25.5, 0), 255);
                    double got = sample(picture, 0, x, y) * 255 / most;
                    ck_assert_msg(fabs(got - wanted) < 16, "%s: %g at %u,%u, not %g", config.codec, got, x, y,
                                  wanted);
                }
            av_frame_free(&pictures[0]);
            video_encoder_close(s);
        }
}
END_TEST

/* EN-02, EN-08: in half precision too, which FFmpeg reads since 6.0. */
START_TEST(half_precision_alpha_is_kept)
{
    static const struct {
        uint16_t bits;
        uint8_t alpha;
    } columns[] = {{0x0000, 0},  {0x0001, 0},   {0x8000, 0},   {0xbc00, 0},   {0x7e00, 0},   {0x2c00, 16},
                   {0x3400, 64}, {0x3800, 128}, {0x3a00, 191}, {0x3c00, 255}, {0x4000, 255}, {0x7c00, 255}};
    const int format = av_get_pix_fmt("rgbaf16le");
    for (size_t c = 0; format != AV_PIX_FMT_NONE && c < COUNT(keeping); c++) {
        AVFrame *av = av_frame_alloc(), *pictures[MOST_FRAMES];
        ck_assert_ptr_nonnull(av);
        av->format = format;
        av->width = 16 * COUNT(columns);
        av->height = 32;
        ck_assert_int_eq(av_frame_get_buffer(av, 0), 0);
        for (int y = 0; y < av->height; y++)
            for (int x = 0; x < av->width; x++)
                for (int i = 0; i < 8; i++) {
                    unsigned bits = i < 6 ? 0x3800 : columns[x / 16].bits;
                    av->data[0][(ptrdiff_t)y * av->linesize[0] + 8 * x + i] = (uint8_t)(bits >> 8 * (i & 1));
                }
        webc_video_encoder_config config =
            config_of(keeping[c].string, WEBC_LATENCY_MODE_QUALITY, WEBC_ALPHA_KEEP);
        config.width = (uint32_t)av->width;
        config.height = (uint32_t)av->height;
        video_encoder_session *s = video_encoder_open(&config);
        webc_frame *frame = NULL;
        ck_assert_ok(webc_frame_create_from_avframe(&frame, av, NULL));
        video_encoder_put(s, frame, false, 0);
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(s->log.count, 1);
        decode_alpha(keeping[c].decoders[0], &s->log, 2, pictures);
        double most = pictures[0]->format == AV_PIX_FMT_YUV420P ? 255 : 1023;
        for (unsigned i = 0; i < COUNT(columns); i++)
            ck_assert_double_lt(fabs(sample(pictures[0], 0, 16 * i + 8, 16) * 255 / most - columns[i].alpha),
                                8);
        av_frame_free(&pictures[0]);
        av_frame_free(&av);
        video_encoder_close(s);
    }
}
END_TEST

/* Bytes of the alpha of six seconds at `framerate`, which the encoder was opened with or follows. */
static double alpha_bytes(const char *codec, double opened_with, double framerate)
{
    webc_video_encoder_config config = config_of(codec, WEBC_LATENCY_MODE_REALTIME, WEBC_ALPHA_KEEP);
    config.framerate = opened_with;
    config.bitrate = 60000;
    config.key_interval = 100000;
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_put(s, make_frame(&rgba, false, WIDTH, HEIGHT, 0), false, 0);
    config.framerate = framerate;
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &config));
    unsigned frames = (unsigned)(6 * framerate);
    for (unsigned i = 1; i <= frames; i++) {
        webc_frame *whole = make_frame(&rgba, true, WIDTH, HEIGHT, 7 * i), *frame = NULL;
        webc_frame_view_params view;
        webc_frame_view_params_init(&view, sizeof view);
        view.has_timestamp = 1;
        view.timestamp = (int64_t)(i * 1e6 / framerate);
        ck_assert_ok(webc_frame_create_view(&frame, whole, &view));
        webc_frame_unref(&whole);
        video_encoder_put(s, frame, false, i);
    }
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, frames + 1);
    double bytes = 0;
    for (size_t i = 1; i <= frames; i++)
        bytes += (double)s->log.outputs[i].alpha_size;
    video_encoder_close(s);
    return bytes;
}

/* EN-08, EN-18: alpha that begins after a change of framerate has the time of the main stream. */
START_TEST(alpha_has_the_framerate_that_the_main_encoder_follows)
{
    for (size_t c = 0; c < COUNT(keeping); c++) {
        double opened = alpha_bytes(keeping[c].string, 8, 8);
        double followed = alpha_bytes(keeping[c].string, 30, 8);
        ck_assert_msg(followed > 0.8 * opened && followed < 1.25 * opened, "%s: %.0f bytes, not %.0f",
                      keeping[c].string, followed, opened);
    }
}
END_TEST

/* EN-08: for the encoders that cannot, by name; and those that can say so after coding a frame with alpha. */
START_TEST(other_codecs_refuse_to_keep_alpha)
{
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t c = 0; c < COUNT(codecs); c++) {
        webc_video_encoder_config config = config_of(codecs[c], WEBC_LATENCY_MODE_QUALITY, WEBC_ALPHA_KEEP);
        bool keeps = strncmp(codecs[c], "vp", 2) == 0;
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert_msg(support.supported == keeps && (keeps || strstr(support.reason, "alpha")), "%s: \"%s\"",
                      codecs[c], support.reason);
        webc_events *events = NULL;
        webc_event event;
        webc_event_init(&event, sizeof event);
        ck_assert_ok(webc_events_create(&events, NULL));
        ck_assert_ok(webc_video_encoder_query_support(events, &config, 3));
        ck_assert_int_eq(webc_events_next(events, -1, &event), 1);
        ck_assert_int_eq(event.support->verified, keeps);
        webc_event_clear(&event);
        webc_events_destroy(&events);
        if (keeps)
            continue;
        video_encoder_session *s = video_encoder_open(&config);
        video_log_until_error(&s->log, s->events);
        ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(s->log.message, "alpha"));
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        discarded_alpha_leaves_no_trace,     kept_alpha_is_a_stream_of_its_own,
        key_frames_of_both_streams_coincide, alpha_may_end_and_begin_again,
        alpha_is_scaled_with_its_picture,    alpha_has_the_layers_of_the_main_stream,
        alpha_of_odd_pictures_is_kept,       alpha_is_kept_in_bitrate_mode_quantizer,
        other_codecs_refuse_to_keep_alpha,   floating_point_alpha_is_kept,
        half_precision_alpha_is_kept,        alpha_has_the_framerate_that_the_main_encoder_follows,
    };
    return video_test_main("api_encoder_alpha", TIMEOUT, NULL, 0, once, COUNT(once));
}
