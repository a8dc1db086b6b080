/* SPDX-License-Identifier: MIT */
/* A small JSON writer: one line of text, strings escaped and made valid UTF-8. */
#ifndef WEBC_TOOLS_WEBC_JSON_H
#define WEBC_TOOLS_WEBC_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/bprint.h>

/** Text being built. `key` is NULL for the elements of an array and for the outermost value. */
typedef struct webc__json {
    AVBPrint text;
    bool comma; /* the next value needs one */
} webc__json;

void webc__json_begin(webc__json *json);
void webc__json_open(webc__json *json, const char *key, char bracket);        /* '{' or '[' */
void webc__json_close(webc__json *json, char bracket);                        /* '}' or ']' */
void webc__json_string(webc__json *json, const char *key, const char *value); /* NULL writes null */
void webc__json_int(webc__json *json, const char *key, int64_t value);
void webc__json_bool(webc__json *json, const char *key, bool value);
void webc__json_number(webc__json *json, const char *key, double value); /* not finite writes null */
/** Write the text and a line feed to a descriptor and free it; false with errno set when it could not be
 * written. */
bool webc__json_end(webc__json *json, int fd);
/** The same to standard output; an exit code, after a message. */
int webc__json_print(webc__json *json);

/** Write all bytes to a descriptor; false with errno set. */
bool webc__json_write_all(int fd, const void *data, size_t size);

#endif
