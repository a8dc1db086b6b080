/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST 1024

/* Texts are literals of the tests. */
static const char *items[MOST];
static size_t count;

void history_clear(void)
{
    count = 0;
}

void history_add(const char *what)
{
    ck_assert_uint_lt(count, MOST);
    items[count++] = what;
}

size_t history_count(const char *what)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += strcmp(items[i], what) == 0;
    return found;
}

size_t history_next(const char *what, size_t from)
{
    for (size_t i = from; i < count; i++)
        if (strcmp(items[i], what) == 0)
            return i;
    return SIZE_MAX;
}

const char *history_text(void)
{
    static char text[32 * 1024];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%4zu %s\n", i, items[i]);
    return text;
}
