/* SPDX-License-Identifier: MIT */
/*
 * What happened in which order: calls, what became of messages, calls into the backend, and events, one
 * numbered line each. For statements about the order of things, and for the text of a failure. One thread at a
 * time, as under the pump.
 */
#ifndef WEBC_TESTS_HISTORY_H
#define WEBC_TESTS_HISTORY_H

#include <stddef.h>

void history_clear(void);
void history_add(const char *what);
/** How often `what` happened. */
size_t history_count(const char *what);
/** Place where `what` happens next, at or behind `from`; SIZE_MAX: it does not. */
size_t history_next(const char *what, size_t from);
/** All of it, a line each; valid until the next call on the history. */
const char *history_text(void);

#endif
