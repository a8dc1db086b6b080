/* SPDX-License-Identifier: MIT */
/*
 * Temporal layers are real: without the upper layers the rest decodes to the very pictures of the whole stream,
 * in FFmpeg's own decoders and in libvpx. Layers that were only counted would come out different.
 */
#include <libavcodec/avcodec.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 180
#define WIDTH 176
#define HEIGHT 144
#define MOST_FRAMES 330
#define BIT(number) (UINT64_C(1) << (number))

static const char *const codecs[] = {"vp8", "vp09.00.30.08", "vp09.02.30.10", "vp09.01.30.08.02",
                                     "vp09.01.30.08.03"};
/* Two decoders that share no code for each of them. */
static const char *const decoders[][2] = {{"vp8", "libvpx"},
                                          {"vp9", "libvpx-vp9"},
                                          {"vp9", "libvpx-vp9"},
                                          {"vp9", "libvpx-vp9"},
                                          {"vp9", "libvpx-vp9"}};

typedef struct run {
    unsigned codec; /* index above */
    unsigned layers;
    uint32_t latency_mode;
    uint32_t bitrate_mode;
    unsigned frames;
    uint64_t keys;    /* requested, bit by frame; the first 64 */
    uint64_t flushes; /* before the frame of the bit */
    uint64_t bitrate;
    const char *hint;
    uint32_t width; /* 0: WIDTH */
    uint32_t height;
    uint32_t threads;
} run;

static webc_video_encoder_config config_of(const run *r)
{
    static const char *const modes[] = {NULL, "L1T1", "L1T2", "L1T3"};
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codecs[r->codec];
    config.width = r->width ? r->width : WIDTH;
    config.height = r->height ? r->height : HEIGHT;
    config.thread_count = r->threads;
    config.framerate = 30;
    config.bitrate = r->bitrate ? r->bitrate : 300000;
    config.scalability_mode = modes[r->layers];
    config.latency_mode = r->latency_mode;
    config.bitrate_mode = r->bitrate_mode;
    config.content_hint = r->hint;
    return config;
}

/* A flat picture now and then: a scene cut, which moves every probability and reference of the encoder. */
static webc_frame *picture(const webc_video_encoder_config *config, unsigned number)
{
    int64_t timestamp = (int64_t)number * FRAME_US;
    return number / 10 % 3 == 2 ? video_picture(config->width, config->height, number % 256, timestamp)
                                : video_moving_picture(config->width, config->height, number, timestamp);
}

static video_encoder_session *encode(const run *r)
{
    webc_video_encoder_config config = config_of(r);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < r->frames; i++) {
        if (i < 64 && r->flushes & BIT(i))
            video_encoder_flush(s, i);
        video_encoder_put(s, picture(&config, i), i < 64 && r->keys & BIT(i), i);
    }
    video_encoder_flush(s, 1000);
    ck_assert_msg(s->log.count == r->frames, "%s: %zu chunks", codecs[r->codec], s->log.count);
    return s;
}

/* The pattern restarts at each key frame, and key frames are where they were due. */
static void check_ids(const run *r, const video_log *log)
{
    static const int patterns[][4] = {[2] = {0, 1, 0, 1}, [3] = {0, 2, 1, 2}};
    unsigned position = 0;
    for (unsigned i = 0; i < log->count; i++) {
        bool due = !i || (i < 64 && (r->keys | r->flushes) & BIT(i));
        position = due ? 0 : position + 1;
        ck_assert_uint_eq(log->outputs[i].tag, i);
        ck_assert_int_eq(video_log_chunk(log, i).type == WEBC_CHUNK_KEY, due);
        ck_assert_msg(log->outputs[i].layer == patterns[r->layers][position % 4], "%s: frame %u in layer %d",
                      codecs[r->codec], i, log->outputs[i].layer);
    }
}

/* A picture for each chunk up to layer `highest`, at the chunk's index; no error of any kind is let pass. */
static size_t decode(const char *name, const video_log *log, int highest, AVFrame *pictures[MOST_FRAMES])
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    ck_assert_msg(codec != NULL, "no decoder %s", name);
    AVCodecContext *context = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    ck_assert(context && packet && frame);
    context->thread_count = 1;
    context->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    ck_assert_int_eq(avcodec_open2(context, codec, NULL), 0);
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++) {
        if (log->outputs[i].layer > highest)
            continue;
        webc_chunk_info info = video_log_chunk(log, i);
        ck_assert_int_eq(av_new_packet(packet, (int)info.size), 0);
        memcpy(packet->data, info.data, info.size);
        packet->pts = (int64_t)i;
        ck_assert_msg(avcodec_send_packet(context, packet) == 0, "%s: chunk %zu of layer %d is refused", name,
                      i, log->outputs[i].layer);
        av_packet_unref(packet);
        ck_assert_msg(avcodec_receive_frame(context, frame) == 0, "%s: chunk %zu shows nothing", name, i);
        ck_assert_int_eq(frame->decode_error_flags, 0);
        ck_assert_int_eq(frame->pts, (int64_t)i);
        pictures[i] = av_frame_clone(frame);
        ck_assert_ptr_nonnull(pictures[i]);
        av_frame_unref(frame);
        count++;
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&context);
    return count;
}

static bool same_picture(const AVFrame *a, const AVFrame *b)
{
    size_t bytes = a->format == AV_PIX_FMT_YUV420P ? 1 : 2;
    if (a->format != b->format || a->width != b->width || a->height != b->height)
        return false;
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? (a->height + 1) / 2 : a->height); y++)
            if (memcmp(a->data[plane] + (ptrdiff_t)y * a->linesize[plane],
                       b->data[plane] + (ptrdiff_t)y * b->linesize[plane],
                       (size_t)(plane ? (a->width + 1) / 2 : a->width) * bytes) != 0)
                return false;
    return true;
}

static void free_pictures(AVFrame *pictures[MOST_FRAMES])
{
    for (size_t i = 0; i < MOST_FRAMES; i++)
        av_frame_free(&pictures[i]);
}

static size_t count_layers(const video_log *log, int highest)
{
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++)
        count += log->outputs[i].layer <= highest;
    return count;
}

/* What is left without the layers above each one equals the same pictures of the whole. */
static void check_drops(const run *r, const video_log *log)
{
    for (unsigned d = 0; d < 2; d++) {
        AVFrame *whole[MOST_FRAMES] = {NULL};
        const char *name = decoders[r->codec][d];
        ck_assert_uint_eq(decode(name, log, 2, whole), log->count);
        for (int highest = 0; highest < (int)r->layers - 1; highest++) {
            AVFrame *part[MOST_FRAMES] = {NULL};
            ck_assert_uint_eq(decode(name, log, highest, part), count_layers(log, highest));
            for (size_t i = 0; i < log->count; i++)
                ck_assert_msg(!part[i] || same_picture(part[i], whole[i]),
                              "%s, %u layers, latency %u, bitrate %u: picture %zu differs without layers > %d",
                              name, r->layers, r->latency_mode, r->bitrate_mode, i, highest);
            free_pictures(part);
        }
        free_pictures(whole);
    }
}

static void check_run(const run *r)
{
    video_encoder_session *s = encode(r);
    check_ids(r, &s->log);
    check_drops(r, &s->log);
    video_encoder_close(s);
}

static void each_mode(const run *base, void (*check)(const run *))
{
    for (unsigned codec = 0; codec < COUNT(codecs); codec++)
        for (uint32_t latency = WEBC_LATENCY_MODE_QUALITY; latency <= WEBC_LATENCY_MODE_REALTIME; latency++)
            for (uint32_t mode = WEBC_BITRATE_MODE_VARIABLE; mode <= WEBC_BITRATE_MODE_CONSTANT; mode++)
                for (unsigned layers = 2; layers <= 3; layers++) {
                    run r = *base;
                    r.codec = codec;
                    r.layers = layers;
                    r.latency_mode = latency;
                    r.bitrate_mode = mode;
                    check(&r);
                }
}

/* EN-13, EN-14, T38: 70 frames, so that no pattern is a whole number of periods. */
START_TEST(what_is_left_without_the_upper_layers_is_the_same_bit_for_bit)
{
    each_mode(&(run){.frames = 70}, check_run);
}
END_TEST

/* EN-13, VE-04: a requested key frame is in the base layer wherever the pattern was. */
START_TEST(a_key_frame_restarts_the_pattern_in_the_base_layer)
{
    each_mode(&(run){.frames = 40, .keys = BIT(5) | BIT(10) | BIT(19) | BIT(20)}, check_run);
}
END_TEST

/* EN-19, VE-09: after a flush the pattern goes on from a key frame, whatever number of frames came before. */
START_TEST(after_a_flush_the_pattern_begins_with_a_key_frame)
{
    each_mode(&(run){.frames = 30, .flushes = BIT(3) | BIT(10)}, check_run);
}
END_TEST

/* EN-13: with the threads and tiles of larger pictures. */
START_TEST(layers_hold_at_a_size_that_takes_several_threads)
{
    for (unsigned codec = 0; codec < COUNT(codecs); codec++) {
        run r = {.codec = codec, .layers = 3, .frames = 26, .keys = BIT(6), .bitrate = 2000000, .threads = 4};
        r.width = 800;
        r.height = 450;
        check_run(&r);
        r.frames = 10;
        r.width = 801;
        r.height = 451;
        check_run(&r);
    }
}
END_TEST

/* EN-15: tuning for text does not break the layers. */
START_TEST(layers_hold_for_screen_content)
{
    for (unsigned codec = 0; codec < COUNT(codecs); codec++)
        check_run(&(run){.codec = codec, .layers = 3, .frames = 40, .hint = "text"});
}
END_TEST

/* Pictures that can be told apart only. */
static void check_numbered(const run *r)
{
    webc_video_encoder_config config = config_of(r);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < r->frames; i++)
        video_encoder_put(s, video_picture(WIDTH, HEIGHT, i, (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    for (int highest = 0; highest < (int)r->layers; highest++) {
        video_decoder_session *d = video_decoder_open(&s->log.configs[0]);
        for (size_t i = 0; i < s->log.count; i++)
            if (s->log.outputs[i].layer <= highest)
                ck_assert_ok(webc_video_decoder_decode(d->decoder, s->log.outputs[i].chunk, NULL));
        video_decoder_flush(d, 1);
        unsigned step = 1u << (r->layers - 1 - (unsigned)highest);
        ck_assert_uint_eq(d->log.count, r->frames / step);
        for (unsigned i = 0; i < d->log.count; i++)
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i * step));
        video_decoder_close(d);
    }
    video_encoder_close(s);
}

/* EN-13: N/2 of L1T2; N/4 and N/2 of L1T3; each the picture that was put in. */
START_TEST(the_engine_decodes_a_half_and_a_quarter_of_the_frames)
{
    each_mode(&(run){.frames = 40}, check_numbered);
}
END_TEST

static void check_rate(const run *r)
{
    const unsigned seconds = MOST_FRAMES / 30;
    video_encoder_session *s = encode(r);
    double bits = 0, base = 0;
    for (size_t i = 0; i < s->log.count; i++) {
        bits += 8.0 * video_log_chunk(&s->log, i).size;
        base += s->log.outputs[i].layer ? 0 : 8.0 * video_log_chunk(&s->log, i).size;
    }
    double ratio = bits / seconds / (double)r->bitrate;
    ck_assert_msg(ratio > 0.85 && ratio < 1.15, "%s, %u layers, latency %u, bitrate %u: %+.1f %%",
                  codecs[r->codec], r->layers, r->latency_mode, r->bitrate_mode, 100 * (ratio - 1));
    /* A frame of the base may cost more than another, or nobody would be helped by it alone. */
    ck_assert_msg(r->width || base / bits > 1.0 / (r->layers == 2 ? 2 : 4),
                  "%s, %u layers: %.0f %% in the base", codecs[r->codec], r->layers, 100 * base / bits);
    video_encoder_close(s);
}

/* EN-11, EN-13: eleven seconds at 30 frames per second. */
START_TEST(the_bitrate_holds_with_layers)
{
    each_mode(&(run){.frames = MOST_FRAMES, .bitrate = 152064}, check_rate);
}
END_TEST

/* EN-11, EN-13: libvpx is not told how to share the bitrate of odd VP9 pictures. */
START_TEST(the_bitrate_holds_with_layers_of_odd_pictures)
{
    each_mode(&(run){.frames = MOST_FRAMES, .bitrate = 152064, .width = 177, .height = 143}, check_rate);
}
END_TEST

/* EN-13: even where the layers can hardly share the bitrate. */
START_TEST(the_smallest_bitrate_has_layers_too)
{
    for (unsigned codec = 0; codec < COUNT(codecs); codec++)
        check_run(&(run){.codec = codec, .layers = 3, .frames = 12, .bitrate = 1000});
}
END_TEST

/* EN-11, EN-13: layers are as real where each frame has a quantizer of its own. */
START_TEST(layers_hold_in_bitrate_mode_quantizer)
{
    for (unsigned layers = 2; layers <= 3; layers++)
        check_run(&(run){.codec = 1,
                         .layers = layers,
                         .bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER,
                         .frames = 24,
                         .keys = BIT(9)});
}
END_TEST

/* VE-13: the member is there with more than one layer only. */
START_TEST(a_single_layer_has_no_layer_id)
{
    static const char *const modes[] = {NULL, "", "L1T1"};
    for (unsigned codec = 0; codec < COUNT(codecs); codec++)
        for (size_t m = 0; m < COUNT(modes); m++) {
            webc_video_encoder_config config = config_of(&(run){.codec = codec, .layers = 1});
            config.scalability_mode = modes[m];
            video_encoder_session *s = video_encoder_open(&config);
            for (unsigned i = 0; i < 3; i++)
                video_encoder_put(s, picture(&config, i), false, i);
            video_encoder_flush(s, 1);
            for (size_t i = 0; i < s->log.count; i++)
                ck_assert_int_eq(s->log.outputs[i].layer, -1);
            video_encoder_close(s);
        }
}
END_TEST

/* EN-13, EN-14: what the encoders cannot do, and spatial layers, are refused by name. */
START_TEST(other_modes_and_codecs_are_not_supported)
{
    static const struct {
        const char *codec;
        const char *mode;
    } rows[] = {
        {"vp8", "L1T4"},           {"vp8", "L2T1"},           {"vp09.00.30.08", "L3T3_KEY"},
        {"vp09.00.30.08", "S2T1"}, {"vp8", "l1t2"},           {"vp8", " L1T2"},
        {"vp8", "bogus"},          {"avc1.42001e", "L1T2"},   {"hvc1.1.6.L93.B0", "L1T2"},
        {"av01.0.05M.08", "L1T3"}, {"av01.0.05M.08", "L1T2"}, {"avc1.64001e", "L1T3"},
    };
    webc_support support;
    webc_support_init(&support, sizeof support);
    for (size_t i = 0; i < COUNT(rows); i++) {
        webc_video_encoder_config config = config_of(&(run){.layers = 1});
        config.codec = rows[i].codec;
        config.scalability_mode = rows[i].mode;
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert_msg(!support.supported && strstr(support.reason, "scalability_mode"), "%s %s: \"%s\"",
                      rows[i].codec, rows[i].mode, support.reason);
        video_encoder_session *s = video_encoder_open(&config);
        video_log_until_error(&s->log, s->events);
        ck_assert_int_eq(s->log.error, WEBC_ERROR_NOT_SUPPORTED);
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        what_is_left_without_the_upper_layers_is_the_same_bit_for_bit,
        a_key_frame_restarts_the_pattern_in_the_base_layer,
        after_a_flush_the_pattern_begins_with_a_key_frame,
        layers_hold_at_a_size_that_takes_several_threads,
        layers_hold_for_screen_content,
        the_engine_decodes_a_half_and_a_quarter_of_the_frames,
        the_bitrate_holds_with_layers,
        the_bitrate_holds_with_layers_of_odd_pictures,
        the_smallest_bitrate_has_layers_too,
        layers_hold_in_bitrate_mode_quantizer,
        a_single_layer_has_no_layer_id,
        other_modes_and_codecs_are_not_supported,
    };
    return video_test_main("api_encoder_layers", TIMEOUT, NULL, 0, once, COUNT(once));
}
