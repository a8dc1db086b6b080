/* SPDX-License-Identifier: MIT */
#include "shared/error.h"

#include <stdarg.h>
#include <stdio.h>

/* Thread-local rather than per object: constructors have no object yet when they fail. */
static _Thread_local char text[512];

int webc__fail(int code, const char *format, ...)
{
    /* A message may quote the text it replaces. */
    char next[sizeof text];
    va_list args;
    va_start(args, format);
    vsnprintf(next, sizeof next, format, args);
    va_end(args);
    snprintf(text, sizeof text, "%s", next);
    return code;
}

const char *webc__error_text(void)
{
    return text;
}
