/* SPDX-License-Identifier: MIT */
/* A small JSON writer for NDJSON progress and the --json reports. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/error.h>

#include "webc_io.h"
#include "webc_json.h"

/** Bytes of the valid UTF-8 sequence at `text`; 0 when there is none. */
static unsigned measure_sequence(const unsigned char *text)
{
    unsigned length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (text[0] > 0xf4)
        return 0;
    for (unsigned i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Overlong forms, surrogates and what lies past U+10FFFF. */
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

static void append_string(AVBPrint *out, const char *value)
{
    const unsigned char *at = (const unsigned char *)value;
    av_bprint_chars(out, '"', 1);
    while (*at) {
        unsigned length = measure_sequence(at);
        if (length == 0) {
            av_bprintf(out, "\\ufffd");
            length = 1;
        } else if (length > 1) {
            av_bprintf(out, "%.*s", (int)length, (const char *)at);
        } else if (*at == '"' || *at == '\\') {
            av_bprintf(out, "\\%c", *at);
        } else if (*at < 0x20 || *at == 0x7f) {
            av_bprintf(out, "\\u%04x", *at);
        } else {
            av_bprint_chars(out, (char)*at, 1);
        }
        at += length;
    }
    av_bprint_chars(out, '"', 1);
}

static void append_key(webc__json *json, const char *key)
{
    if (json->comma)
        av_bprint_chars(&json->text, ',', 1);
    json->comma = true;
    if (key) {
        append_string(&json->text, key);
        av_bprint_chars(&json->text, ':', 1);
    }
}

void webc__json_begin(webc__json *json)
{
    av_bprint_init(&json->text, 256, AV_BPRINT_SIZE_UNLIMITED);
    json->comma = false;
}

void webc__json_open(webc__json *json, const char *key, char bracket)
{
    append_key(json, key);
    av_bprint_chars(&json->text, bracket, 1);
    json->comma = false;
}

void webc__json_close(webc__json *json, char bracket)
{
    av_bprint_chars(&json->text, bracket, 1);
    json->comma = true;
}

void webc__json_string(webc__json *json, const char *key, const char *value)
{
    append_key(json, key);
    if (value)
        append_string(&json->text, value);
    else
        av_bprintf(&json->text, "null");
}

void webc__json_int(webc__json *json, const char *key, int64_t value)
{
    append_key(json, key);
    av_bprintf(&json->text, "%" PRId64, value);
}

void webc__json_bool(webc__json *json, const char *key, bool value)
{
    append_key(json, key);
    av_bprintf(&json->text, "%s", value ? "true" : "false");
}

void webc__json_number(webc__json *json, const char *key, double value)
{
    append_key(json, key);
    if (isfinite(value))
        av_bprintf(&json->text, "%.6g", value);
    else
        av_bprintf(&json->text, "null");
}

bool webc__json_write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        size -= (size_t)written;
    }
    return true;
}

bool webc__json_end(webc__json *json, int fd)
{
    av_bprint_chars(&json->text, '\n', 1);
    bool complete = av_bprint_is_complete(&json->text);
    bool written = complete && webc__json_write_all(fd, json->text.str, json->text.len);
    int error = complete ? errno : ENOMEM;
    av_bprint_finalize(&json->text, NULL);
    if (!written)
        errno = error;
    return written;
}

int webc__json_print(webc__json *json)
{
    return webc__json_end(json, STDOUT_FILENO) ? WEBC_EXIT_OK : webc__io_write_failure("-", AVERROR(errno));
}
