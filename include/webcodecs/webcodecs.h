/* SPDX-License-Identifier: MIT */
/*
 * libwebcodecs: the processing model of W3C WebCodecs on FFmpeg, for C programs.
 *
 * A program makes a webc_events object, creates codecs on it, configures them and queues inputs; none of these
 * calls waits for codec work. Outputs, errors, flush completions and dequeue notices come back, in order, as
 * events that the program takes in one of three ways:
 *
 *   blocking       while (webc_events_next(events, -1, &event) == 1) { ... }
 *   poll or epoll  wait for webc_events_native_handle(events), then next(events, 0, &event) until it gives 0
 *   foreign loop   webc_events_set_wakeup() posts to the loop, the loop calls webc_events_dispatch()
 *
 * Threads. An events object and all codecs made on it form one control domain. Every function may be called
 * from any thread; calls from several threads on one domain are memory-safe, their order is the caller's
 * business. One thread at a time takes events. State and queue size change only inside calls on the codec and
 * while events are taken, never behind the caller's back. Only three calls wait: webc_events_next() with a
 * timeout, webc_drain_workers(), and clearing a wakeup callback that is running.
 *
 * Ownership. Inputs are borrowed for the call: what the library keeps it references or copies, and the caller's
 * frame or chunk stays the caller's on success and on failure. Out parameters give one reference. destroy and
 * unref take the address of the pointer, set it to NULL and accept NULL.
 *
 * Structs. Every params, config and info struct begins with its size, set by its own *_init function, and zero
 * is the default of every member. Smaller structs of older programs are accepted; a larger one is refused when
 * the part this library does not know is not zero.
 *
 * Errors. The return value of a call is what a browser would throw at once, webc_error_message() says why.
 * Everything later is an ERROR event; then the codec is closed, and after it come only the FLUSHED events of
 * pending flushes with the same result, and an IDLE where that is asked for. Every accepted flush gets exactly
 * one FLUSHED.
 *
 * Time is in microseconds and never enters FFmpeg: any int64 comes back bit for bit.
 *
 * The process. The library installs no signal handler, exit handler or log hook and changes no environment
 * variable. Its workers block all signals but those of their own faults. After fork() the child must not use
 * objects made before; it can make its own, and what webc_get_stats() counts goes on from where it was.
 */
#ifndef WEBCODECS_WEBCODECS_H
#define WEBCODECS_WEBCODECS_H

#include "chunk.h"
#include "color.h"
#include "common.h"
#include "events.h"
#include "frame.h"
#include "result.h"
#include "support.h"
#include "version.h"
#include "video_decoder.h"
#include "video_encoder.h"

#endif
