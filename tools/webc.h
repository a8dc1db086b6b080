/* SPDX-License-Identifier: MIT */
/* What the files of the webc command share: exit codes, options, commands, messages and stopping. */
#ifndef WEBC_TOOLS_WEBC_H
#define WEBC_TOOLS_WEBC_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavutil/rational.h>

#include "webcodecs/webcodecs.h"

/* Exit codes, documented in --help. Functions that can end a command return one of these as int. */
#define WEBC_EXIT_OK 0
#define WEBC_EXIT_INTERNAL 1
#define WEBC_EXIT_USAGE 2
#define WEBC_EXIT_INPUT 3
#define WEBC_EXIT_UNSUPPORTED 4
#define WEBC_EXIT_CODEC 5
#define WEBC_EXIT_OUTPUT 6
#define WEBC_EXIT_VERIFY 7
#define WEBC_EXIT_PIPE 141

/* Commands as a set, for the option table. */
#define WEBC_COMMAND_DECODE 1u
#define WEBC_COMMAND_TRANSCODE 2u
#define WEBC_COMMAND_ENCODE 4u
#define WEBC_COMMAND_INFO 8u
#define WEBC_COMMAND_BENCH 16u
#define WEBC_COMMAND_SHEET 32u
#define WEBC_COMMAND_COMPARE 64u

#define WEBC_PROGRESS_AUTO 0u
#define WEBC_PROGRESS_BAR 1u
#define WEBC_PROGRESS_PLAIN 2u
#define WEBC_PROGRESS_NONE 3u

/** Everything the command line can say; zero is "not given". */
typedef struct webc__options {
    uint32_t command; /* one WEBC_COMMAND_* */
    uint32_t help;
    uint32_t verbose;
    char *const *args; /* arguments that are not options */
    uint32_t arg_count;
    const char *input;
    const char *output;
    const char *container;
    const char *codec;
    const char *json; /* where NDJSON goes */
    const char *framemd5;
    const char *md5;
    const char *pixel_format;
    uint32_t progress;
    uint32_t json_report; /* info, bench, compare: print JSON instead of text */
    uint32_t raw_format;  /* decode: 1 y4m, 2 raw */
    uint64_t bitrate;
    AVRational framerate;
    uint32_t width;
    uint32_t height;
    uint32_t source_width; /* --size of raw input */
    uint32_t source_height;
    uint32_t latency_mode;
    uint32_t bitrate_mode;
    const char *scalability_mode;
    const char *content_hint;
    const char *preset;
    uint32_t hardware;
    uint32_t key_interval;
    uint32_t threads;
    uint32_t corruption; /* WEBC_CORRUPTION_* */
    uint32_t drop_audio;
    uint32_t drop_subtitles;
    uint32_t verify;
    uint32_t rounds;
    uint32_t frames;
    uint32_t bench_encode; /* bench --mode: 1 decode, 2 encode */
    uint32_t bench_only;   /* bench --only: 1 engine, 2 loop */
    uint32_t ticker;
    uint32_t columns;
    uint32_t rows;
    double min_psnr;
} webc__options;

/** One `webc NAME`. */
typedef struct webc__command {
    uint32_t bit;
    const char *name;
    const char *summary;
    const char *usage; /* what follows the name */
    uint32_t min_args;
    uint32_t max_args;
    int (*run)(const webc__options *options);
} webc__command;

int webc__decode_main(const webc__options *options);
int webc__transcode_main(const webc__options *options);
int webc__encode_main(const webc__options *options);
int webc__info_main(const webc__options *options);
int webc__bench_main(const webc__options *options);
int webc__sheet_main(const webc__options *options);
int webc__compare_main(const webc__options *options);

/** Read argv[1..] of a command into `options`; an exit code, after a message when it is not 0. */
int webc__options_parse(webc__options *options, const webc__command *command, int argc, char **argv);
/** Print the help of a command to stdout. */
void webc__options_help(const webc__command *command);

/*
 * Messages: one line on stderr, with the progress line cleared first, and one NDJSON object when asked for.
 * A notice and a warning let the command go on; an error is followed by a non-zero exit.
 */
void webc__report_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void webc__report_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Returns `code`, so that `return webc__report_error(...)` reads well. */
int webc__report_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Text of an AVERROR code; static per thread. */
const char *webc__report_averror(int error);

/** Signals: SIGINT and SIGTERM only count, SIGPIPE is ignored. */
void webc__signal_install(void);
/** How often a stop was asked for; 0 at first. */
uint32_t webc__signal_count(void);
/** 128 + the last signal. */
int webc__signal_exit_code(void);
/** poll() that also returns, with -1 and EINTR, when the count is not `seen`; no signal is lost in between. */
int webc__signal_poll(struct pollfd *fds, nfds_t count, int timeout_ms, uint32_t seen);
/**
 * Next event of `events`: 1 with one, 0 when a stop came (the count is not `seen`) or the time is over, or a
 * negative result. `timeout_ms` negative waits without limit.
 */
int webc__signal_next_event(webc_events *events, webc_event *event, int timeout_ms, uint32_t seen);

#endif
