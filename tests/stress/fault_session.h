/* SPDX-License-Identifier: MIT */
/*
 * A session of a codec under a plan of faults, and what must hold of it whatever fails: calls give results that
 * the headers document, every accepted flush is settled once and in order, a flush that succeeds has all
 * outputs before it, and a fault is told of.
 */
#ifndef WEBC_TESTS_FAULT_SESSION_H
#define WEBC_TESTS_FAULT_SESSION_H

#include "codec_rig.h"
#include "faults.h"

enum { SESSION_INPUTS = 3 };

/** What a session is made of; set up before faults are armed. */
typedef struct subject {
    const char *name;
    webc__backend backend;
    uint32_t media;
    uint64_t watchdog_us;
    webc_video_decoder_config decoder;
    webc_video_encoder_config encoder;
    webc_frame *frames[SESSION_INPUTS];
    webc_chunk *chunks[SESSION_INPUTS]; /* the first one is a key chunk */
} subject;

/** What a session came to. */
typedef struct session {
    const subject *of;
    webc_events *events;
    webc_video_decoder *decoder;
    webc_video_encoder *codec;
    unsigned reports;  /* calls that failed, and ERROR events */
    unsigned accepted; /* inputs */
    unsigned outputs;
    unsigned flushes; /* accepted */
    unsigned due[8];  /* outputs when each of them completes, from 1 */
    unsigned settled;
    bool aborts; /* close was called: a completion may be an abort */
    bool failed; /* the codec told of an error */
} session;

/** Run the session and leave nothing behind; creating may also fail with `documented`. */
void run_session(session *s, const subject *of, webc_result documented);

/** Fails the test unless the ledger is empty. */
void check_ledger(void);

/**
 * Run `run` with call number 1, 2, ... of each side failing, once and for ever, until none is left to fail, and
 * after each one without faults. `run` returns true when it was told of a fault. Returns how many there were.
 * A run that `takes_long` goes without faults after every 16th, and never loses calls for ever by default.
 */
typedef bool (*fault_run)(const void *what);
uint64_t fail_each(const char *name, fault_kind kind, fault_run run, const void *what, bool takes_long);

/**
 * The same for a session on the scripted backend, which `run` is given, and for one under a watchdog, where
 * there is more to fail. Returns how many there were without one.
 */
uint64_t fail_each_scripted(uint32_t media, fault_kind kind, fault_run run);

/** Where a check of a run fails: name, side and number of the fault. */
const char *fault_place(void);

#endif
