/* SPDX-License-Identifier: MIT */
/* Writes a corpus to begin with for each target into DIR/TARGET: streams of the library's own encoders, cut as
 * the targets read them, and a few rows of choices. */
#include <libavutil/log.h>
#include <sys/stat.h>

#include "calls.h"
#include "tiny_stream.h"

static const char *root;

/* A row of bytes that is put together. */
static uint8_t row[1 << 16];
static size_t row_size;

static void add(const void *bytes, size_t size)
{
    MUST(row_size + size <= sizeof row);
    if (size)
        memcpy(row + row_size, bytes, size);
    row_size += size;
}

static void add_byte(unsigned value)
{
    uint8_t byte = (uint8_t)value;
    add(&byte, 1);
}

static void add_block(const uint8_t *bytes, size_t size)
{
    add_byte(size & 255);
    add_byte((unsigned)(size >> 8));
    add(bytes, size);
}

/* The row becomes a file, and the next one begins. */
static void write_row(const char *target, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(row, 1, row_size, file) != row_size || fclose(file)) {
        fprintf(stderr, "seeds: cannot write %s\n", path);
        exit(EXIT_FAILURE);
    }
    row_size = 0;
}

/* Streams. */

static const struct family {
    uint32_t codec;
    const char *name;
    uint32_t first_byte; /* of the target of key frames: codec, and framing by the description */
} families[] = {
    {WEBC_CODEC_H264, "h264", 1}, {WEBC_CODEC_HEVC, "hevc", 2}, {WEBC_CODEC_VP8, "vp8", 3},
    {WEBC_CODEC_VP9, "vp9", 4},   {WEBC_CODEC_AV1, "av1", 5},
};

static void write_decode(const struct family *family, const tiny_stream *stream, const char *name,
                         unsigned choices)
{
    char target[32];
    snprintf(target, sizeof target, "decode_%s", family->name);
    add_byte(choices | (stream->description_size ? 8 : 0));
    if (stream->description_size)
        add_block(stream->description, stream->description_size);
    for (unsigned i = 0; i < stream->count; i++) {
        add_byte(stream->chunks[i].key ? 0 : 1);
        add_block(stream->chunks[i].data, stream->chunks[i].size);
    }
    write_row(target, name);
}

static void write_parts(const struct family *family, const tiny_stream *stream, const char *name)
{
    unsigned framing = stream->description_size ? 4 : 0;
    for (unsigned i = 0; i < 2 && i < stream->count; i++) {
        char chunk_name[64];
        snprintf(chunk_name, sizeof chunk_name, "%s_%u", name, i);
        add_byte(family->first_byte | framing << 3);
        add(stream->chunks[i].data, stream->chunks[i].size);
        write_row("key_frame", chunk_name);
        if (family->codec <= WEBC_CODEC_HEVC) {
            add(stream->chunks[i].data, stream->chunks[i].size);
            write_row("nal", chunk_name);
        }
    }
    if (family->codec > WEBC_CODEC_HEVC)
        return;
    if (stream->description_size)
        add(stream->description, stream->description_size);
    else
        add(stream->chunks[0].data, stream->chunks[0].size < 512 ? stream->chunks[0].size : 512);
    write_row("records", name);
    add_byte(0);
    add_byte(family->codec == WEBC_CODEC_H264 ? 0 : 5);
    add_byte(1);
    add_block(stream->description, stream->description_size);
    write_row("config", name);
}

static void write_stream(const struct family *family, const char *kind, const webc_video_encoder_config *config,
                         uint32_t format, unsigned choices)
{
    static tiny_stream stream;
    char name[48];
    snprintf(name, sizeof name, "%s_%s", family->name, kind);
    if (!tiny_stream_make(&stream, config, format))
        return;
    write_decode(family, &stream, name, choices);
    write_parts(family, &stream, name);
    for (unsigned i = 0; i < stream.count; i++)
        free(stream.chunks[i].data);
}

static void write_streams(const struct family *family)
{
    static const char *const deep[] = {
        [WEBC_CODEC_H264] = "avc1.6e001e",
        [WEBC_CODEC_HEVC] = "hvc1.2.4.L93.B0",
        [WEBC_CODEC_VP9] = "vp09.02.10.10",
        [WEBC_CODEC_AV1] = "av01.0.04M.10",
    };
    webc_video_encoder_config config;
    tiny_config(&config, family->codec, 64, 48);
    write_stream(family, "plain", &config, WEBC_PIXEL_FORMAT_I420, 0);
    tiny_config(&config, family->codec, 18, 34);
    write_stream(family, "small", &config, WEBC_PIXEL_FORMAT_I420, 1);
    if (family->codec <= WEBC_CODEC_HEVC) {
        config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
        if (family->codec == WEBC_CODEC_H264)
            config.hevc_format = 0;
        else
            config.avc_format = 0;
        write_stream(family, "annexb", &config, WEBC_PIXEL_FORMAT_I420, 2);
        tiny_config(&config, family->codec, 64, 48);
        config.latency_mode = WEBC_LATENCY_MODE_QUALITY;
        config.b_frames = 2;
        write_stream(family, "reordered", &config, WEBC_PIXEL_FORMAT_I420, 0);
    } else if (family->codec < WEBC_CODEC_AV1) {
        config.scalability_mode = "L1T2";
        write_stream(family, "layers", &config, WEBC_PIXEL_FORMAT_I420, 0);
    }
    if (family->codec != WEBC_CODEC_VP8) {
        tiny_config(&config, family->codec, 32, 32);
        config.codec = deep[family->codec];
        write_stream(family, "deep", &config, WEBC_PIXEL_FORMAT_I420P10, 2 << 6);
    }
}

/* Rows of choices. */

static void write_text(const char *name, const char *text)
{
    static const uint8_t need[24]; /* a level_need of nothing */
    add(need, sizeof need);
    add(text, strlen(text));
    write_row("codec_string", name);
}

static void write_texts(void)
{
    write_text("avc", "avc1.64001e");
    write_text("hevc", "hvc1.1.6.L93.B0");
    write_text("hevc_long", "hev1.B123.6A.H186.90.80.70.60.50.40");
    write_text("vp8", "vp8");
    write_text("vp9", "vp09.02.41.10.01.09.16.09.01");
    write_text("av1", "av01.0.13H.10.0.112.09.16.09.0");
}

static void write_frames(void)
{
    for (unsigned format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        char name[32];
        snprintf(name, sizeof name, "format_%u", format);
        add_byte(format % 4);
        add_byte(0);
        add_byte(format);
        add_byte(17);
        add_byte(9);
        for (unsigned i = 0; i < 8; i++)
            add_byte(0); /* timestamp */
        add_block(NULL, 0);
        row[row_size - 1] = 16; /* bytes of the buffer: plenty */
        for (unsigned i = 0; i < 4 && format % 4 == 3; i++)
            add_byte(80);
        /* copy, copy as RGBA, a view of a part, through libav, convert */
        static const uint8_t uses[] = {0, 0, 0, 1, 0, 2, 1, 2, 2, 4, 4, 3, 1, 20, 33, 7, 0, 0, 0, 0, 0, 0, 0};
        add(uses, sizeof uses);
        write_row("frame", name);
    }
}

/* Encoder sessions: a config, frames of other sizes and formats, a flush, another config, more. */
static void write_sessions(const struct family *family)
{
    char target[32];
    snprintf(target, sizeof target, "encode_%s", family->name);
    for (unsigned kind = 0; kind < 64; kind += 8) {
        char name[32];
        const uint8_t session[] = {31, 31, (uint8_t)kind,
                                   0,  0,  4,
                                   1,  31, 31,
                                   0,  4,  20,
                                   15, 15, 5,
                                   0,  4,  1,
                                   31, 31, 13,
                                   4,  63, 63,
                                   0,  0,  1,
                                   4,  1,  40,
                                   50, 7};
        snprintf(name, sizeof name, "mode_%u", kind);
        add(session, sizeof session);
        write_row(target, name);
    }
}

/* Sequences of calls. */

static void add_both(unsigned call, unsigned choice)
{
    add_byte(call);
    add_byte(choice);
    add_byte(call + CALLS_SLOT);
    add_byte(choice);
}

static void add_ends(void)
{
    add_byte(CALL_FLUSH);
    add_byte(CALL_FLUSH + CALLS_SLOT);
}

/* The codecs are configured; with `family` as the real ones read it. */
static void add_config(bool real, unsigned family)
{
    for (unsigned slot = 0; slot < 2; slot++) {
        add_byte(CALL_CONFIGURE + slot * CALLS_SLOT);
        if (real)
            add_byte(family);
        add_byte(0);
    }
}

static void add_inputs(bool real, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned slot = 0; slot < 2; slot++) {
            add_byte(CALL_PUT + slot * CALLS_SLOT);
            add_byte(real ? i % 4 : i ? 3 : 0); /* chunk number, or key and then delta */
            if (real)
                add_byte(i);
        }
}

/* A decoder and an encoder; scripted ones with faults, each with its figure. */
static void add_codecs(bool real, unsigned family)
{
    static const uint8_t faults[][3] = {{0}, {1, 3}, {8, 1}, {4, 1, 2}, {2, 7, 0}};
    static const uint8_t sizes[] = {1, 2, 2, 3, 3};
    for (unsigned slot = 0; slot < 2; slot++) {
        add_byte(slot);
        if (!real)
            add(faults[family], sizes[family]);
    }
}

static void write_calls(bool real, unsigned family, const char *target)
{
    char name[32];
    add_codecs(real, family);
    add_config(real, family);
    add_inputs(real, 4);
    add_ends();
    add_byte(CALL_SETTLE);
    add_config(real, family + 1);
    add_inputs(real, 2);
    add_ends();
    add_byte(CALL_RESET);
    add_byte(CALL_RESET + CALLS_SLOT);
    add_byte(CALL_TAKE_ALL);
    add_byte(CALL_DISPATCH);
    snprintf(name, sizeof name, "whole_%u", family);
    write_row(target, name);

    add_codecs(real, family);
    add_config(real, family);
    add_byte(CALL_KEEP);
    add_byte(3);
    if (!real)
        add_both(CALL_GATE, (family % 5) << 1);
    add_inputs(real, 3);
    add_ends();
    add_byte(CALL_LEND);
    add_byte(1);
    add_byte(CALL_DISPATCH);
    add_byte(CALL_CLOSE);
    add_byte(CALL_RECLAIM + CALLS_SLOT);
    add_byte(CALL_DESTROY);
    add_byte(CALL_CREATE);
    add_byte(1);
    add_byte(CALL_QUERY);
    add_byte(family);
    add_byte(CALL_LET_GO);
    add_byte(CALL_TAKE_ALL);
    snprintf(name, sizeof name, "cut_off_%u", family);
    write_row(target, name);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIR\n", argv[0]);
        return 2;
    }
    root = argv[1];
    mkdir(root, 0777);
    av_log_set_level(AV_LOG_QUIET);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        write_streams(&families[i]);
        write_sessions(&families[i]);
    }
    write_texts();
    write_frames();
    for (unsigned family = 0; family < 5; family++) {
        write_calls(true, family, "calls_real");
        write_calls(false, family, "calls_scripted");
    }
    return 0;
}
