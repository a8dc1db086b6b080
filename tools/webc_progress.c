/* SPDX-License-Identifier: MIT */
/*
 * Messages and progress. Everything a command says while it runs passes through here, so that the terminal line
 * is cleared before a message and the NDJSON stream has every message too. Main thread only.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libavutil/error.h>

#include "webc_io.h"
#include "webc_json.h"
#include "webc_progress.h"

static struct {
    uint32_t style; /* WEBC_PROGRESS_* */
    int json_fd;    /* -1: none */
    int json_error; /* errno of the write that ended the NDJSON; 0: none */
    const char *json;
    bool json_owned;
    bool line_shown;
    bool started;
    bool color;
    int64_t start_us;
    int64_t first_us; /* from the start to the first output; 0: none yet */
    int64_t next_us;
    webc__progress_state last;
} report = {.style = WEBC_PROGRESS_NONE, .json_fd = -1};

int64_t webc__progress_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

const char *webc__report_averror(int error)
{
    static _Thread_local char text[AV_ERROR_MAX_STRING_SIZE];
    if (av_strerror(error, text, sizeof text) < 0)
        snprintf(text, sizeof text, "error %d", error);
    return text;
}

static void begin_object(webc__json *json, const char *type)
{
    webc__json_begin(json);
    webc__json_open(json, NULL, '{');
    webc__json_int(json, "v", 1);
    webc__json_string(json, "type", type);
}

static void end_object(webc__json *json)
{
    webc__json_close(json, '}');
    if (!webc__json_end(json, report.json_fd)) {
        /* A reader that is gone has seen enough; anything else is told at the end. The work goes on. */
        report.json_error = errno == EPIPE ? 0 : errno;
        if (report.json_owned)
            close(report.json_fd);
        report.json_fd = -1;
    }
}

static void clear_line(void)
{
    if (report.line_shown)
        fputs("\r\033[K", stderr);
    report.line_shown = false;
}

static void say(const char *kind, const char *color, const char *type, const char *format, va_list values)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, values);
    /* File names and codec messages may hold anything; a terminal is not to be steered by them. */
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    }
    clear_line();
    if (report.color)
        fprintf(stderr, "webc: %s%s:\033[0m %s\n", color, kind, text);
    else
        fprintf(stderr, "webc: %s: %s\n", kind, text);
    if (report.json_fd >= 0) {
        webc__json json;
        begin_object(&json, type);
        webc__json_string(&json, "message", text);
        end_object(&json);
    }
}

void webc__report_notice(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say("notice", "\033[36m", "warning", format, values);
    va_end(values);
}

void webc__report_warning(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say("warning", "\033[33m", "warning", format, values);
    va_end(values);
}

int webc__report_error(int code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say("error", "\033[31m", "error", format, values);
    va_end(values);
    return code;
}

/** The NDJSON must not go where something is read from or written to; `fd` is -1 for a path. */
static int check_json(const webc__options *options, int fd)
{
    const char *path = fd >= 0 ? "-" : options->json;
    const char *outputs[] = {options->output, options->framemd5, options->md5};
    bool taken = options->input && webc__io_same_file(options->input, STDIN_FILENO, path, fd);
    for (uint32_t i = 0; i < options->arg_count; i++)
        taken = taken || webc__io_same_file(options->args[i], STDIN_FILENO, path, fd);
    if (taken)
        return webc__report_error(WEBC_EXIT_USAGE, "--json: '%s' is the input", options->json);
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (outputs[i] && webc__io_same_file(outputs[i], STDOUT_FILENO, path, fd))
            return webc__report_error(WEBC_EXIT_USAGE, "--json: '%s' is another output too", options->json);
    }
    return WEBC_EXIT_OK;
}

static int open_json(const webc__options *options)
{
    const char *destination = options->json;
    int fd = strcmp(destination, "-") == 0 ? STDOUT_FILENO : -1;
    if (strncmp(destination, "fd:", 3) == 0) {
        char *end = NULL;
        long number = strtol(destination + 3, &end, 10);
        if (end == destination + 3 || *end || number < 0 || number > 65535 || fcntl((int)number, F_GETFD) < 0)
            return webc__report_error(WEBC_EXIT_USAGE, "--json: '%s' is not an open descriptor", destination);
        fd = (int)number;
    }
    int code = check_json(options, fd);
    if (code != WEBC_EXIT_OK)
        return code;
    report.json = destination;
    report.json_fd = fd;
    if (fd >= 0)
        return WEBC_EXIT_OK;
    report.json_fd = open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (report.json_fd < 0)
        return webc__report_error(WEBC_EXIT_OUTPUT, "--json: cannot write '%s': %m", destination);
    report.json_owned = true;
    return WEBC_EXIT_OK;
}

int webc__progress_open(const webc__options *options)
{
    const char *plain = getenv("NO_COLOR");
    bool terminal = isatty(STDERR_FILENO) == 1;
    report.style = options->progress;
    if (report.style == WEBC_PROGRESS_AUTO)
        report.style = terminal ? WEBC_PROGRESS_BAR : WEBC_PROGRESS_NONE;
    if (report.style == WEBC_PROGRESS_BAR && !terminal)
        report.style = WEBC_PROGRESS_NONE;
    report.color = terminal && !(plain && *plain);
    report.start_us = webc__progress_clock();
    return options->json ? open_json(options) : WEBC_EXIT_OK;
}

void webc__progress_start(const char *input, const char *output, const char *codec, uint32_t width,
                          uint32_t height)
{
    report.started = true;
    if (report.json_fd < 0)
        return;
    webc__json json;
    begin_object(&json, "start");
    webc__json_string(&json, "input", input);
    webc__json_string(&json, "output", output);
    webc__json_string(&json, "codec", codec);
    webc__json_int(&json, "width", width);
    webc__json_int(&json, "height", height);
    end_object(&json);
}

static void format_time(char *out, size_t size, int64_t seconds)
{
    if (seconds >= 3600)
        snprintf(out, size, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                 (int)(seconds % 60));
    else
        snprintf(out, size, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void print_line(const webc__progress_state *state, int64_t now, bool last)
{
    double elapsed = (double)(now - report.start_us) / 1e6;
    double media = (double)state->position_us / 1e6;
    char percent[16] = "";
    char rate[32] = "";
    char eta[32] = "";
    if (elapsed <= 0)
        elapsed = 1e-6;
    if (state->duration_us > 0) {
        double part = (double)state->position_us / (double)state->duration_us;
        part = part > 1 ? 1 : part < 0 ? 0 : part;
        snprintf(percent, sizeof percent, "  %3.0f%%", 100 * part);
        if (!last && part > 0.001) {
            char left[24];
            format_time(left, sizeof left, (int64_t)(elapsed / part * (1 - part) + 0.5));
            snprintf(eta, sizeof eta, "  ETA %s", left);
        }
    }
    if (state->bytes > 0 && media > 0)
        snprintf(rate, sizeof rate, "  %.0f kb/s", (double)state->bytes * 8 / media / 1000);
    fprintf(stderr, "%s%" PRIu64 " frames%s  %.1f fps  %.2fx%s%s  q=%u%s",
            report.style == WEBC_PROGRESS_BAR ? "\r\033[K" : "", state->frames, percent,
            (double)state->frames / elapsed, media / elapsed, rate, eta, (unsigned)state->queue,
            report.style == WEBC_PROGRESS_BAR && !last ? "" : "\n");
    fflush(stderr);
    report.line_shown = report.style == WEBC_PROGRESS_BAR && !last;
}

static void write_state(const char *type, const webc__progress_state *state, int64_t now, int exit_code)
{
    webc__json json;
    begin_object(&json, type);
    if (exit_code >= 0)
        webc__json_int(&json, "exit", exit_code);
    webc__json_int(&json, "frames", (int64_t)state->frames);
    webc__json_int(&json, "bytes", (int64_t)state->bytes);
    webc__json_int(&json, "position_us", state->position_us);
    webc__json_int(&json, "duration_us", state->duration_us);
    webc__json_int(&json, "elapsed_us", now - report.start_us);
    if (exit_code >= 0 && report.first_us > 0)
        webc__json_int(&json, "first_output_us", report.first_us);
    if (exit_code < 0)
        webc__json_int(&json, "queue", state->queue);
    end_object(&json);
}

void webc__progress_update(const webc__progress_state *state)
{
    report.last = *state;
    if (report.style == WEBC_PROGRESS_NONE && report.json_fd < 0)
        return;
    int64_t now = webc__progress_clock();
    if (report.first_us == 0 && state->frames > 0)
        report.first_us = now - report.start_us;
    if (now < report.next_us)
        return;
    report.next_us = now + (report.style == WEBC_PROGRESS_PLAIN ? 1000000 : 100000);
    if (report.style != WEBC_PROGRESS_NONE)
        print_line(state, now, false);
    if (report.json_fd >= 0)
        write_state("progress", state, now, -1);
}

int webc__progress_close(int exit_code)
{
    int64_t now = webc__progress_clock();
    if (report.started && report.style != WEBC_PROGRESS_NONE)
        print_line(&report.last, now, true);
    if (report.json_fd >= 0)
        write_state("end", &report.last, now, exit_code);
    if (report.json_fd >= 0 && report.json_owned && close(report.json_fd) != 0)
        report.json_error = errno;
    report.json_fd = -1;
    if (report.json_error == 0)
        return exit_code;
    int code = webc__report_error(WEBC_EXIT_OUTPUT, "--json: cannot write '%s': %s", report.json,
                                  webc__report_averror(AVERROR(report.json_error)));
    return exit_code == WEBC_EXIT_OK ? code : exit_code;
}
