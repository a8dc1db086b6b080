/* SPDX-License-Identifier: MIT */
/* The command line: one table of options drives getopt_long, the checks of the values and --help. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/parseutils.h>

#include "webc.h"

typedef enum option_kind {
    KIND_FLAG,
    KIND_TEXT,
    KIND_NUMBER,
    KIND_BITRATE,
    KIND_RATE,
    KIND_SIZE,
    KIND_DECIMAL,
    KIND_CHOICE,
} option_kind;

typedef struct option_row {
    const char *name;
    char letter; /* 0: none */
    option_kind kind;
    size_t offset;
    uint32_t commands;
    const char *value; /* how the value is called in --help; for KIND_CHOICE the words, "|" between them */
    uint64_t minimum;  /* KIND_NUMBER; KIND_CHOICE: value of the first word */
    uint64_t maximum;  /* KIND_NUMBER */
    const char *help;
} option_row;

#define AT(member) offsetof(webc__options, member)
#define CODING (WEBC_COMMAND_TRANSCODE | WEBC_COMMAND_ENCODE)
#define REPORTS (WEBC_COMMAND_INFO | WEBC_COMMAND_BENCH | WEBC_COMMAND_COMPARE)
#define EVERY 0xffffffffu

/* clang-format off */
static const option_row table[] = {
    {"input", 'i', KIND_TEXT, AT(input), CODING, "FILE", 0, 0, "what to read; - is standard input"},
    {"output", 'o', KIND_TEXT, AT(output), CODING | WEBC_COMMAND_DECODE | WEBC_COMMAND_SHEET, "FILE", 0, 0,
     "what to write; - is standard output"},
    {"container", 0, KIND_TEXT, AT(container), CODING, "NAME", 0, 0,
     "mp4, mov, mkv, webm, ivf, annexb or obu; default: by the name of the output"},
    {"codec", 0, KIND_TEXT, AT(codec), CODING | WEBC_COMMAND_BENCH, "CODEC", 0, 0,
     "h264, hevc, vp8, vp9, av1 or a full codec string such as avc1.64001f"},
    {"bitrate", 0, KIND_BITRATE, AT(bitrate), CODING | WEBC_COMMAND_BENCH, "RATE", 0, 0,
     "bits per second, for example 800k or 2.5M; default: by size and frame rate"},
    {"framerate", 0, KIND_RATE, AT(framerate), CODING, "RATE", 0, 0,
     "frames per second for rate control, for example 25 or 30000/1001; of raw input: its frame rate"},
    {"width", 0, KIND_NUMBER, AT(width), CODING, "N", 1, 16384, "width of the output"},
    {"height", 0, KIND_NUMBER, AT(height), CODING, "N", 1, 16384, "height of the output"},
    {"size", 0, KIND_SIZE, AT(source_width), WEBC_COMMAND_ENCODE, "WxH", 0, 0,
     "size of raw input; without it the input is Y4M"},
    {"pixel-format", 0, KIND_TEXT, AT(pixel_format), WEBC_COMMAND_ENCODE, "NAME", 0, 0,
     "pixel format of raw input, for example I420 (default), NV12, I420P10 or RGBA"},
    {"latency-mode", 0, KIND_CHOICE, AT(latency_mode), CODING | WEBC_COMMAND_BENCH, "quality|realtime",
     WEBC_LATENCY_MODE_QUALITY, 0, "default: quality"},
    {"bitrate-mode", 0, KIND_CHOICE, AT(bitrate_mode), CODING, "variable|constant",
     WEBC_BITRATE_MODE_VARIABLE, 0, "default: variable"},
    {"scalability-mode", 0, KIND_TEXT, AT(scalability_mode), CODING, "MODE", 0, 0,
     "temporal layers: L1T1 (default), or L1T2 and L1T3 with vp8 and vp9"},
    {"content-hint", 0, KIND_TEXT, AT(content_hint), CODING, "HINT", 0, 0,
     "what the pictures show: motion, detail or text"},
    {"preset", 0, KIND_TEXT, AT(preset), CODING, "NAME", 0, 0,
     "how hard the encoder works, in its own words: ultrafast to placebo for h264 and hevc, else a number"},
    {"key-interval", 0, KIND_NUMBER, AT(key_interval), CODING, "N", 1, 100000,
     "frames from a key frame to the next at most"},
    {"hw", 0, KIND_CHOICE, AT(hardware), CODING, "no-preference|prefer-hardware|prefer-software",
     WEBC_HARDWARE_NO_PREFERENCE, 0, "hardware acceleration, a hint"},
    {"no-audio", 0, KIND_FLAG, AT(drop_audio), WEBC_COMMAND_TRANSCODE, NULL, 0, 0, "leave audio tracks out"},
    {"no-subtitles", 0, KIND_FLAG, AT(drop_subtitles), WEBC_COMMAND_TRANSCODE, NULL, 0, 0,
     "leave subtitle tracks out"},
    {"threads", 0, KIND_NUMBER, AT(threads), CODING | WEBC_COMMAND_DECODE | WEBC_COMMAND_BENCH, "N", 1, 64,
     "threads of each codec; default: by the CPUs allowed (bench: 1)"},
    {"corruption", 0, KIND_CHOICE, AT(corruption), WEBC_COMMAND_TRANSCODE | WEBC_COMMAND_DECODE, "strict|flag|skip",
     WEBC_CORRUPTION_STRICT, 0, "damaged pictures: stop there (default), keep them, or leave them out"},
    {"format", 0, KIND_CHOICE, AT(raw_format), WEBC_COMMAND_DECODE, "y4m|raw", 1, 0,
     "format of the output; default: by its name, y4m for standard output"},
    {"framemd5", 0, KIND_TEXT, AT(framemd5), WEBC_COMMAND_DECODE, "FILE", 0, 0,
     "write one line per frame in FFmpeg's framemd5 format"},
    {"md5", 0, KIND_TEXT, AT(md5), WEBC_COMMAND_DECODE, "FILE", 0, 0,
     "write the MD5 of all frames, 32 hexadecimal digits"},
    {"json", 0, KIND_TEXT, AT(json), CODING | WEBC_COMMAND_DECODE, "DEST", 0, 0,
     "write progress as NDJSON to a file, to fd:N or to standard output (-)"},
    {"json", 0, KIND_FLAG, AT(json_report), REPORTS, NULL, 0, 0, "print JSON instead of text"},
    {"progress", 0, KIND_CHOICE, AT(progress), CODING | WEBC_COMMAND_DECODE, "bar|plain|none",
     WEBC_PROGRESS_BAR, 0, "default: bar on a terminal, else none"},
    {"verify", 0, KIND_FLAG, AT(verify), WEBC_COMMAND_INFO, NULL, 0, 0,
     "really code a frame with each codec instead of listing what FFmpeg declares"},
    {"rounds", 0, KIND_NUMBER, AT(rounds), WEBC_COMMAND_BENCH, "N", 1, 1000, "rounds of a run; default: 15"},
    {"mode", 0, KIND_CHOICE, AT(bench_encode), WEBC_COMMAND_BENCH, "decode|encode", 1, 0, "default: decode"},
    {"frames", 0, KIND_NUMBER, AT(frames), WEBC_COMMAND_BENCH, "N", 1, 1000000,
     "packets or frames to use; default: all (encode: 60)"},
    {"only", 0, KIND_CHOICE, AT(bench_only), WEBC_COMMAND_BENCH, "engine|loop", 1, 0,
     "run one side once and measure nothing: for profilers and instruction counters"},
    {"ticker", 0, KIND_FLAG, AT(ticker), WEBC_COMMAND_BENCH, NULL, 0, 0,
     "instead: the largest gap of a 5 ms ticker while each encoder flushes, and the longest call"},
    {"columns", 0, KIND_NUMBER, AT(columns), WEBC_COMMAND_SHEET, "N", 1, 20, "pictures in a row; default: 4"},
    {"rows", 0, KIND_NUMBER, AT(rows), WEBC_COMMAND_SHEET, "N", 1, 20, "rows; default: 3"},
    {"min-psnr", 0, KIND_DECIMAL, AT(min_psnr), WEBC_COMMAND_COMPARE, "DB", 0, 0,
     "exit 7 when the average is below"},
    {"verbose", 'v', KIND_FLAG, AT(verbose), EVERY, NULL, 0, 0, "show what FFmpeg's libraries say"},
    {"help", 'h', KIND_FLAG, AT(help), EVERY, NULL, 0, 0, "show this help"},
};
/* clang-format on */

#define ROWS (sizeof table / sizeof table[0])

static int refuse_value(const option_row *row, const char *value, const char *wanted)
{
    return webc__report_error(WEBC_EXIT_USAGE, "--%s: '%s' is not %s", row->name, value, wanted);
}

/** Digits only: strtoull would take a sign and leading space. */
static bool read_number(const char *text, uint64_t maximum, uint64_t *out, const char **end)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
        if (value > maximum)
            return false;
    }
    *end = at;
    *out = value;
    return at != text;
}

static bool read_decimal(const char *text, double *out, const char **end)
{
    char *stop = NULL;
    if (text[0] < '0' || text[0] > '9')
        return false;
    *out = strtod(text, &stop);
    *end = stop;
    return stop != text && isfinite(*out);
}

static int store_bitrate(const option_row *row, uint64_t *out, const char *value)
{
    double number = 0;
    const char *end = value;
    if (!read_decimal(value, &number, &end))
        return refuse_value(row, value, "a bitrate such as 800k or 2.5M");
    if (*end == 'k' || *end == 'K') {
        number *= 1e3;
        end++;
    } else if (*end == 'm' || *end == 'M') {
        number *= 1e6;
        end++;
    }
    if (*end || number < 1 || number > 1e12)
        return refuse_value(row, value, "a bitrate such as 800k or 2.5M");
    *out = (uint64_t)(number + 0.5);
    return WEBC_EXIT_OK;
}

static int store_choice(const option_row *row, uint32_t *out, const char *value)
{
    size_t length = strlen(value);
    uint32_t number = (uint32_t)row->minimum;
    for (const char *word = row->value; word; number++) {
        const char *bar = strchr(word, '|');
        size_t size = bar ? (size_t)(bar - word) : strlen(word);
        if (size == length && memcmp(word, value, size) == 0) {
            *out = number;
            return WEBC_EXIT_OK;
        }
        word = bar ? bar + 1 : NULL;
    }
    return webc__report_error(WEBC_EXIT_USAGE, "--%s: '%s' is not one of %s", row->name, value, row->value);
}

static int store_size(const option_row *row, uint32_t *out, const char *value)
{
    uint64_t width = 0;
    uint64_t height = 0;
    const char *end = value;
    if (!read_number(value, 16384, &width, &end) || (*end != 'x' && *end != 'X') ||
        !read_number(end + 1, 16384, &height, &end) || *end || width == 0 || height == 0)
        return refuse_value(row, value, "a size such as 640x480, at most 16384x16384");
    out[0] = (uint32_t)width;
    out[1] = (uint32_t)height;
    return WEBC_EXIT_OK;
}

static int store_value(webc__options *options, const option_row *row, const char *value)
{
    void *member = (char *)options + row->offset;
    uint64_t number = 0;
    const char *end = value;
    switch (row->kind) {
    case KIND_FLAG:
        *(uint32_t *)member = 1;
        return WEBC_EXIT_OK;
    case KIND_TEXT:
        if (!*value)
            return webc__report_error(WEBC_EXIT_USAGE, "--%s: the value is empty", row->name);
        *(const char **)member = value;
        return WEBC_EXIT_OK;
    case KIND_NUMBER:
        if (!read_number(value, row->maximum, &number, &end) || *end || number < row->minimum)
            return webc__report_error(WEBC_EXIT_USAGE,
                                      "--%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, row->name,
                                      value, row->minimum, row->maximum);
        *(uint32_t *)member = (uint32_t)number;
        return WEBC_EXIT_OK;
    case KIND_BITRATE:
        return store_bitrate(row, member, value);
    case KIND_RATE: {
        AVRational rate = {0, 0};
        if (av_parse_video_rate(&rate, value) < 0 || rate.num <= 0 || rate.den <= 0 || av_q2d(rate) > 1e6)
            return refuse_value(row, value, "a frame rate such as 25 or 30000/1001");
        *(AVRational *)member = rate;
        return WEBC_EXIT_OK;
    }
    case KIND_SIZE:
        return store_size(row, member, value);
    case KIND_DECIMAL:
        if (!read_decimal(value, member, &end) || *end)
            return refuse_value(row, value, "a number");
        return WEBC_EXIT_OK;
    case KIND_CHOICE:
        return store_choice(row, member, value);
    }
    return WEBC_EXIT_INTERNAL;
}

/** Fill getopt's table from ours; val is the row's index + 256. */
static void build_getopt(uint32_t command, struct option *longs, char *shorts)
{
    size_t count = 0;
    *shorts++ = ':';
    for (size_t i = 0; i < ROWS; i++) {
        if (!(table[i].commands & command))
            continue;
        bool takes_value = table[i].kind != KIND_FLAG;
        longs[count].name = table[i].name;
        longs[count].has_arg = takes_value ? required_argument : no_argument;
        longs[count].flag = NULL;
        longs[count].val = (int)i + 256;
        count++;
        if (table[i].letter) {
            *shorts++ = table[i].letter;
            if (takes_value)
                *shorts++ = ':';
        }
    }
    memset(&longs[count], 0, sizeof longs[count]);
    *shorts = '\0';
}

static const option_row *find_row(uint32_t command, int value)
{
    if (value >= 256)
        return &table[value - 256];
    for (size_t i = 0; i < ROWS; i++) {
        if ((table[i].commands & command) && table[i].letter == value)
            return &table[i];
    }
    return NULL;
}

int webc__options_parse(webc__options *options, const webc__command *command, int argc, char **argv)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    build_getopt(command->bit, longs, shorts);
    options->command = command->bit;
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind;
        int value = getopt_long(argc, argv, shorts, longs, NULL);
        if (value == -1)
            break;
        const char *given = argv[at < argc ? at : argc - 1];
        if (value == '?')
            return webc__report_error(WEBC_EXIT_USAGE, "unknown option '%s'; see webc %s --help", given,
                                      command->name);
        if (value == ':')
            return webc__report_error(WEBC_EXIT_USAGE, "option '%s' needs a value; see webc %s --help", given,
                                      command->name);
        const option_row *row = find_row(command->bit, value);
        int code = row ? store_value(options, row, optarg) : WEBC_EXIT_INTERNAL;
        if (code != WEBC_EXIT_OK)
            return code;
    }
    options->args = argv + optind;
    options->arg_count = (uint32_t)(argc - optind);
    if (options->help)
        return WEBC_EXIT_OK;
    if (options->arg_count < command->min_args || options->arg_count > command->max_args)
        return webc__report_error(WEBC_EXIT_USAGE, "usage: webc %s %s", command->name, command->usage);
    return WEBC_EXIT_OK;
}

void webc__options_help(const webc__command *command)
{
    printf("usage: webc %s %s\n\n%s.\n\n", command->name, command->usage, command->summary);
    for (size_t i = 0; i < ROWS; i++) {
        char left[96];
        if (!(table[i].commands & command->bit))
            continue;
        char letter[8] = "    ";
        if (table[i].letter)
            snprintf(letter, sizeof letter, "-%c, ", table[i].letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, table[i].name, table[i].value ? " " : "",
                 table[i].value ? table[i].value : "");
        printf("  %-28s%s%s\n", left, strlen(left) > 27 ? "\n                              " : "",
               table[i].help);
    }
}
