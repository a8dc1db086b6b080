/* SPDX-License-Identifier: MIT */
/* The text behind webc_error_message(): why the last failing call on this thread failed. */
#ifndef WEBC_SHARED_ERROR_H
#define WEBC_SHARED_ERROR_H

/** Record a text for this thread and return `code`, so that a check reads `return webc__fail(...)`. */
int webc__fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The recorded text; "" when nothing failed yet on this thread. */
const char *webc__error_text(void);

#endif
