/* SPDX-License-Identifier: MIT */
/*
 * What must be encoded, whatever else is refused: each codec string below in both latency modes at constant and
 * variable bitrate. What libavcodec reads in the stream is what was asked for, and looks like what went in. One
 * that is missing here fails.
 */
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "av_stream.h"

#define TIMEOUT 120
#define WIDTH 320u
#define HEIGHT 240u
#define FRAMES 24
#define BITRATE 500000
/* dB: by what it sees ahead, libx264 takes bits from where everything moves, which here is everywhere. */
#define LOOK_AHEAD_COST 2

typedef struct must_row {
    const char *codec;
    uint32_t family;
    int profile; /* as libavcodec numbers them; -1: the codec has none */
    int format;  /* AVPixelFormat of what comes out */
    int level;   /* highest that may be written; -1: none is */
    double psnr; /* floor of the mean luma PSNR at 500 kbit/s in any mode, dB; but see LOOK_AHEAD_COST */
} must_row;

/* FFmpeg renamed its profile constants; these are the numbers in the standards. */
#define H264_BASELINE (66 | 1 << 9)
#define H264_MAIN 77
#define H264_HIGH 100

static const must_row rows[] = {
    {"avc1.42c01e", WEBC_CODEC_H264, H264_BASELINE, AV_PIX_FMT_YUV420P, 30, 36.5},
    {"avc1.42e01f", WEBC_CODEC_H264, H264_BASELINE, AV_PIX_FMT_YUV420P, 31, 36.5},
    {"avc1.4d001e", WEBC_CODEC_H264, H264_MAIN, AV_PIX_FMT_YUV420P, 30, 39},
    {"avc1.640020", WEBC_CODEC_H264, H264_HIGH, AV_PIX_FMT_YUV420P, 32, 39.5},
    {"hvc1.1.6.L93.B0", WEBC_CODEC_HEVC, 1, AV_PIX_FMT_YUV420P, 93, 40},
    {"hvc1.2.4.L93.B0", WEBC_CODEC_HEVC, 2, AV_PIX_FMT_YUV420P10LE, 93, 41},
    {"vp8", WEBC_CODEC_VP8, -1, AV_PIX_FMT_YUV420P, -1, 36.5},
    {"vp09.00.30.08", WEBC_CODEC_VP9, 0, AV_PIX_FMT_YUV420P, -1, 37.5},
    {"vp09.01.30.08.02", WEBC_CODEC_VP9, 1, AV_PIX_FMT_YUV422P, -1, 37.5},
    {"vp09.01.30.08.03", WEBC_CODEC_VP9, 1, AV_PIX_FMT_YUV444P, -1, 37.5},
    {"vp09.02.30.10", WEBC_CODEC_VP9, 2, AV_PIX_FMT_YUV420P10LE, -1, 39.5},
    {"av01.0.04M.08", WEBC_CODEC_AV1, 0, AV_PIX_FMT_YUV420P, 4, 41.5},
    {"av01.0.04M.10", WEBC_CODEC_AV1, 0, AV_PIX_FMT_YUV420P10LE, 4, 32.5},
};

static const uint32_t latencies[] = {WEBC_LATENCY_MODE_REALTIME, WEBC_LATENCY_MODE_QUALITY};
static const uint32_t bitrate_modes[] = {WEBC_BITRATE_MODE_CONSTANT, WEBC_BITRATE_MODE_VARIABLE};

static webc_video_encoder_config config_of(const must_row *row, uint32_t latency, uint32_t bitrate_mode)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = row->codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    config.bitrate = BITRATE;
    config.latency_mode = latency;
    config.bitrate_mode = bitrate_mode;
    return config;
}

/* Moving rings and a checked ground: edges, slopes and motion that every encoder can follow. */
static uint8_t luma_of(unsigned number, unsigned x, unsigned y)
{
    double dx = (double)x - 100 - 3 * number, dy = (double)y - 120 + number;
    double rings = 40 * sin(sqrt(dx * dx + dy * dy) / 7);
    return (uint8_t)(128 + rings + ((x / 20 + y / 20) % 2 ? 25 : -25));
}

static webc_frame *picture(unsigned number)
{
    static uint8_t data[WIDTH * HEIGHT * 3 / 2];
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++)
            data[y * WIDTH + x] = luma_of(number, x, y);
    memset(data + WIDTH * HEIGHT, 110, WIDTH * HEIGHT / 4);
    memset(data + WIDTH * HEIGHT * 5 / 4, 150, WIDTH * HEIGHT / 4);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = (int64_t)number * FRAME_US;
    return video_frame(&params, data, sizeof data);
}

static double luma_psnr(const AVFrame *out, unsigned number)
{
    double scale = 1 << (av_pix_fmt_desc_get(out->format)->comp[0].depth - 8), sum = 0;
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            double difference = av_stream_sample(out, 0, x, y) / scale - luma_of(number, x, y);
            sum += difference * difference;
        }
    return 10 * log10(255.0 * 255.0 * WIDTH * HEIGHT / (sum + 1e-9));
}

/* Section 2.3: the record says what was asked for, and the stream's real compatibility flags. */
static void check_record(const must_row *row, const webc_video_decoder_config *config)
{
    const uint8_t *at = config->description;
    bool described = row->family == WEBC_CODEC_H264 || row->family == WEBC_CODEC_HEVC;
    ck_assert_int_eq(config->description_size > 0, described);
    if (row->family == WEBC_CODEC_H264) {
        unsigned asked = (unsigned)strtoul(row->codec + 5, NULL, 16);
        ck_assert_uint_eq(at[0], 1);
        ck_assert_uint_eq(at[1], asked >> 16);
        ck_assert_msg((at[2] & (asked >> 8 & 0xc0)) == (asked >> 8 & 0xc0), "%s: constraints %02x", row->codec,
                      at[2]);
        ck_assert_uint_le(at[3], asked & 0xff);
        ck_assert_uint_eq(at[4] & 3, 3);
    } else if (row->family == WEBC_CODEC_HEVC) {
        ck_assert_uint_eq(at[0], 1);
        ck_assert_int_eq(at[1] & 31, row->profile);
        ck_assert_int_eq(at[1] & 32, 0); /* main tier */
        ck_assert_uint_le(at[12], (unsigned)row->level);
        ck_assert_uint_eq(at[21] & 3, 3);
    }
}

static void check_stream(const must_row *row, const av_stream *stream, const char *what, double floor)
{
    const AVCodecContext *context = stream->context;
    ck_assert_msg(stream->count == FRAMES, "%s: %zu pictures", what, stream->count);
    ck_assert_int_eq(context->width, (int)WIDTH);
    ck_assert_int_eq(context->height, (int)HEIGHT);
    if (row->profile >= 0)
        ck_assert_msg(context->profile == row->profile, "%s: profile %d", what, context->profile);
    if (row->level >= 0)
        ck_assert_msg(context->level >= 0 && context->level <= row->level, "%s: level %d", what,
                      context->level);
    double sum = 0;
    for (unsigned i = 0; i < FRAMES; i++) {
        ck_assert_msg(stream->pictures[i]->format == row->format, "%s: format %s", what,
                      av_get_pix_fmt_name(stream->pictures[i]->format));
        sum += luma_psnr(stream->pictures[i], i);
    }
    ck_assert_msg(sum / FRAMES >= floor, "%s: %.1f dB", what, sum / FRAMES);
}

static double floor_of(const must_row *row, uint32_t latency, const webc_support *support)
{
    bool ahead = latency == WEBC_LATENCY_MODE_QUALITY && strcmp(support->implementation, "libx264") == 0;
    return row->psnr - (ahead ? LOOK_AHEAD_COST : 0);
}

static void check_mode(const must_row *row, uint32_t latency, uint32_t bitrate_mode)
{
    char what[128];
    webc_video_encoder_config config = config_of(row, latency, bitrate_mode);
    webc_support support;
    webc_support_init(&support, sizeof support);
    snprintf(what, sizeof what, "%s %s %s", row->codec,
             latency == WEBC_LATENCY_MODE_REALTIME ? "realtime" : "quality",
             bitrate_mode == WEBC_BITRATE_MODE_CONSTANT ? "constant" : "variable");
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    ck_assert_msg(support.supported, "%s: %s", what, support.reason);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < FRAMES; i++)
        video_encoder_put(s, picture(i), false, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    ck_assert_uint_eq(s->log.config_count, 1);
    ck_assert_str_eq(s->log.configs[0].codec, row->codec);
    check_record(row, &s->log.configs[0]);
    av_stream *stream = av_stream_decode(row->family, &s->log, 0, FRAMES);
    check_stream(row, stream, what, floor_of(row, latency, &support));
    av_stream_close(stream);
    video_encoder_close(s);
}

/* Section 2.3, EN-09, EN-10, EN-11: supported, coded, and what libavcodec reads is what was asked for. */
START_TEST(what_must_be_encoded_is_in_every_mode)
{
    bool limited = rows[_i].family == WEBC_CODEC_AV1 && video_av1_is_limited();
    for (size_t l = 0; l < COUNT(latencies); l++)
        for (size_t b = 0; b < COUNT(bitrate_modes); b++)
            if (!limited || latencies[l] == WEBC_LATENCY_MODE_QUALITY)
                check_mode(&rows[_i], latencies[l], bitrate_modes[b]);
}
END_TEST

/* One NAL unit of a chunk. */
typedef struct unit {
    unsigned type;
    bool parameters;
    bool vcl;
    bool random_access;
} unit;

static unit read_unit(const must_row *row, const uint8_t *at)
{
    unit u;
    if (row->family == WEBC_CODEC_H264) {
        u.type = at[0] & 31;
        u.parameters = u.type == 7 || u.type == 8;
        u.vcl = u.type >= 1 && u.type <= 5;
        u.random_access = u.type == 5;
    } else {
        u.type = at[0] >> 1 & 63;
        u.parameters = u.type >= 32 && u.type <= 34;
        u.vcl = u.type < 32;
        u.random_access = u.type >= 16 && u.type <= 21;
    }
    return u;
}

/* T16: no parameter set is in the chunk, and the lengths add up. */
static void check_prefixed(const must_row *row, const webc_chunk_info *chunk)
{
    const uint8_t *at = chunk->data, *end = at + chunk->size;
    unsigned pictures = 0;
    while (at < end) {
        ck_assert_int_gt(end - at, 4);
        uint32_t size = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        ck_assert_int_ge(end - at - 4, (ptrdiff_t)size);
        unit u = read_unit(row, at + 4);
        ck_assert_msg(!u.parameters, "%s: unit of type %u in a chunk", row->codec, u.type);
        if (u.vcl && chunk->type == WEBC_CHUNK_KEY)
            ck_assert_msg(u.random_access, "%s: type %u in a key chunk", row->codec, u.type);
        pictures += u.vcl;
        at += 4 + size;
    }
    ck_assert_uint_gt(pictures, 0);
}

/* T16, and the order of units: an access unit delimiter first, parameter sets and SEI, slices, nothing behind.
 */
static void check_annexb(const must_row *row, const webc_chunk_info *chunk)
{
    const uint8_t *data = chunk->data;
    bool slices = false, sets[64] = {false};
    unsigned position = 0, delimiter = row->family == WEBC_CODEC_H264 ? 9 : 35;
    ck_assert(chunk->size > 4 && data[0] == 0 && data[1] == 0);
    for (uint32_t i = 0; i + 3 < chunk->size; i++) {
        if (data[i] || data[i + 1] || data[i + 2] != 1)
            continue;
        unit u = read_unit(row, data + i + 3);
        ck_assert_msg(u.vcl || !slices, "%s: type %u behind a slice", row->codec, u.type);
        ck_assert_msg(u.type != delimiter || !position, "%s: delimiter at %u", row->codec, position);
        if (u.vcl && chunk->type == WEBC_CHUNK_KEY)
            ck_assert_msg(u.random_access, "%s: type %u in a key chunk", row->codec, u.type);
        slices |= u.vcl;
        sets[u.type] = true;
        position++;
    }
    ck_assert(slices);
    if (chunk->type != WEBC_CHUNK_KEY)
        return;
    bool all = row->family == WEBC_CODEC_H264 ? sets[7] && sets[8] : sets[32] && sets[33] && sets[34];
    ck_assert_msg(all, "%s: a key chunk without its parameter sets", row->codec);
}

/* T14, T16, T17, section 2.3: where parameter sets are, in both formats, at each key frame and between. */
START_TEST(parameter_sets_are_where_the_format_says)
{
    const must_row *row = &rows[_i];
    if (row->family != WEBC_CODEC_H264 && row->family != WEBC_CODEC_HEVC)
        return;
    for (size_t l = 0; l < COUNT(latencies); l++)
        for (uint32_t format = 1; format <= WEBC_BITSTREAM_FORMAT_ANNEXB; format++) {
            bool annexb = format == WEBC_BITSTREAM_FORMAT_ANNEXB;
            webc_video_encoder_config config = config_of(row, latencies[l], WEBC_BITRATE_MODE_VARIABLE);
            config.avc_format = row->family == WEBC_CODEC_H264 ? format : 0;
            config.hevc_format = row->family == WEBC_CODEC_HEVC ? format : 0;
            config.key_interval = 6;
            video_encoder_session *s = video_encoder_open(&config);
            for (unsigned i = 0; i < FRAMES; i++)
                video_encoder_put(s, picture(i), i == 8 || i == 9, i);
            video_encoder_flush(s, 1);
            ck_assert_uint_eq(s->log.count, FRAMES);
            ck_assert_int_eq(s->log.configs[0].description_size > 0, !annexb);
            unsigned keys = 0;
            for (size_t i = 0; i < FRAMES; i++) {
                webc_chunk_info chunk = video_log_chunk(&s->log, i);
                keys += chunk.type == WEBC_CHUNK_KEY;
                if (annexb)
                    check_annexb(row, &chunk);
                else
                    check_prefixed(row, &chunk);
            }
            ck_assert_uint_eq(keys, 6); /* 0, 6, 8, 9, 15, 21 */
            av_stream *stream = av_stream_decode(row->family, &s->log, 0, FRAMES);
            check_stream(row, stream, row->codec, row->psnr - 3);
            av_stream_close(stream);
            video_encoder_close(s);
        }
}
END_TEST

/* A frame of one grey, as 8 or 10 bits. */
static webc_frame *grey(uint32_t format, unsigned value, int64_t timestamp)
{
    static uint8_t data[WIDTH * HEIGHT * 3];
    bool deep = format == WEBC_PIXEL_FORMAT_I420P10;
    for (size_t i = 0; i < WIDTH * HEIGHT * 3 / 2; i++) {
        unsigned sample = i < WIDTH * HEIGHT ? value : deep ? 512 : 128;
        data[deep ? 2 * i : i] = (uint8_t)sample;
        if (deep)
            data[2 * i + 1] = (uint8_t)(sample >> 8);
    }
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = format;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = timestamp;
    return video_frame(&params, data, WIDTH * HEIGHT * 3 / (deep ? 1 : 2));
}

/* EN-03: 8-bit samples become four times as much, and ten bits are more than eight and zeros. */
START_TEST(ten_bit_rows_code_samples_of_ten_bits)
{
    const must_row *row = &rows[_i];
    if (row->format != AV_PIX_FMT_YUV420P10LE)
        return;
    static const struct {
        uint32_t format;
        unsigned value;
        unsigned expected;
    } greys[] = {
        {WEBC_PIXEL_FORMAT_I420, 100, 400},    {WEBC_PIXEL_FORMAT_I420P10, 402, 402},
        {WEBC_PIXEL_FORMAT_I420, 200, 800},    {WEBC_PIXEL_FORMAT_I420P10, 798, 798},
        {WEBC_PIXEL_FORMAT_I420P10, 401, 401}, {WEBC_PIXEL_FORMAT_I420P10, 403, 403},
    };
    webc_video_encoder_config config = config_of(row, WEBC_LATENCY_MODE_QUALITY, WEBC_BITRATE_MODE_VARIABLE);
    config.bitrate = 4 * BITRATE;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < COUNT(greys); i++)
        video_encoder_put(s, grey(greys[i].format, greys[i].value, i), true, i);
    video_encoder_flush(s, 1);
    av_stream *stream = av_stream_decode(row->family, &s->log, 0, s->log.count);
    ck_assert_uint_eq(stream->count, COUNT(greys));
    for (size_t i = 0; i < COUNT(greys); i++) {
        unsigned got = av_stream_sample(stream->pictures[i], 0, WIDTH / 2, HEIGHT / 2);
        ck_assert_msg(got == greys[i].expected, "%s: grey %zu is %u instead of %u", row->codec, i, got,
                      greys[i].expected);
    }
    av_stream_close(stream);
    video_encoder_close(s);
}
END_TEST

/* One OBU of a low-overhead temporal unit; its type, and `at` moves behind it. */
static unsigned next_obu(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *p = *at;
    ck_assert_int_ge(end - p, 2);
    unsigned type = p[0] >> 3 & 15;
    ck_assert_msg(!(p[0] & 0x80) && p[0] & 2, "OBU of type %u without a size", type);
    p += p[0] & 4 ? 2 : 1;
    uint64_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
        ck_assert(p < end && shift < 56);
        size |= (uint64_t)(*p & 0x7f) << shift;
        if (!(*p++ & 0x80))
            break;
    }
    ck_assert_uint_le(size, (uint64_t)(end - p));
    *at = p + size;
    return type;
}

static void check_temporal_units(const must_row *row)
{
    enum { DELIMITER = 2, SEQUENCE = 1, FRAME_HEADER = 3, FRAME = 6 };
    webc_video_encoder_config config = config_of(row, WEBC_LATENCY_MODE_QUALITY, WEBC_BITRATE_MODE_VARIABLE);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 8; i++)
        video_encoder_put(s, video_picture(config.width, config.height, i, i * 1000), i == 5, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 8);
    for (size_t i = 0; i < s->log.count; i++) {
        webc_chunk_info chunk = video_log_chunk(&s->log, i);
        const uint8_t *at = chunk.data, *end = at + chunk.size;
        unsigned delimiters = 0, sequences = 0, pictures = 0;
        while (at < end) {
            bool first = at == (const uint8_t *)chunk.data;
            unsigned type = next_obu(&at, end);
            ck_assert_msg(type != DELIMITER || first, "a second temporal unit in chunk %zu", i);
            delimiters += type == DELIMITER;
            sequences += type == SEQUENCE;
            pictures += type == FRAME || type == FRAME_HEADER;
        }
        ck_assert_uint_le(delimiters, 1);
        ck_assert_uint_ge(pictures, 1);
        ck_assert_msg((chunk.type == WEBC_CHUNK_KEY) == (i == 0 || i == 5), "chunk %zu", i);
        ck_assert_msg(sequences == (chunk.type == WEBC_CHUNK_KEY ? 1 : 0), "chunk %zu: %u sequence headers", i,
                      sequences);
    }
    video_encoder_close(s);
}

/* T40, T39: a chunk is one temporal unit, each OBU with its size; a key chunk has the sequence header. */
START_TEST(av1_chunks_are_temporal_units)
{
    unsigned checked = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].family == WEBC_CODEC_AV1) {
            check_temporal_units(&rows[i]);
            checked++;
        }
    }
    ck_assert_uint_eq(checked, 2);
}
END_TEST

/* EN-20: the formats of H.264 and HEVC mean nothing to other codecs, and not to each other. */
START_TEST(formats_of_other_codecs_are_ignored)
{
    const must_row *row = &rows[_i];
    webc_video_encoder_config config = config_of(row, WEBC_LATENCY_MODE_QUALITY, WEBC_BITRATE_MODE_VARIABLE);
    bool h264 = row->family == WEBC_CODEC_H264, hevc = row->family == WEBC_CODEC_HEVC;
    config.avc_format = h264 ? 0 : WEBC_BITSTREAM_FORMAT_ANNEXB;
    config.hevc_format = hevc ? 0 : WEBC_BITSTREAM_FORMAT_ANNEXB;
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_put(s, video_picture(config.width, config.height, 1, 0), false, 0);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 1);
    ck_assert_int_eq(video_log_config_at(&s->log, 0)->description_size > 0, h264 || hevc);
    video_encoder_close(s);
}
END_TEST

/* The encoder behind each row, as TAP comments. */
static void print_table(void)
{
    printf("# what must be encoded, and by what:\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        webc_support answers[2];
        for (size_t l = 0; l < 2; l++) {
            webc_video_encoder_config config = config_of(&rows[i], latencies[l], WEBC_BITRATE_MODE_VARIABLE);
            webc_support_init(&answers[l], sizeof answers[l]);
            webc_video_encoder_is_config_supported(&config, &answers[l]);
        }
        printf("# %-18s", rows[i].codec);
        for (size_t l = 0; l < 2; l++)
            printf(" %s: %-12s at least %.1f dB",
                   latencies[l] == WEBC_LATENCY_MODE_REALTIME ? "realtime" : "quality",
                   answers[l].supported ? answers[l].implementation : "MISSING",
                   floor_of(&rows[i], latencies[l], &answers[l]));
        printf("\n");
    }
    fflush(stdout);
}

int main(void)
{
    print_table();
    const TTest *const each[] = {
        what_must_be_encoded_is_in_every_mode, parameter_sets_are_where_the_format_says,
        ten_bit_rows_code_samples_of_ten_bits, av1_chunks_are_temporal_units,
        formats_of_other_codecs_are_ignored,
    };
    const TTest *const once[] = {av1_chunks_are_temporal_units};
    return video_row_main("api_encoder_table", TIMEOUT, each, COUNT(each), COUNT(rows), once, COUNT(once));
}
