/* SPDX-License-Identifier: MIT */
#include "fault_session.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

static char place[160];

const char *fault_place(void)
{
    return place;
}

void check_ledger(void)
{
    webc_stats left = get_stats();
    ck_assert_msg(!left.threads && !left.codecs && !left.events && !left.queued_events && !left.messages &&
                      !left.contexts,
                  "%s: left %u threads, %" PRIu64 " codecs, %" PRIu64 " events, %" PRIu64 " queued, %" PRIu64
                  " messages, %" PRIu64 " contexts",
                  place, left.threads, (uint64_t)left.codecs, (uint64_t)left.events,
                  (uint64_t)left.queued_events, (uint64_t)left.messages, (uint64_t)left.contexts);
}

/* One of the results that a fault may have, or the state that another left behind. */
static bool note(session *s, webc_result result, webc_result documented)
{
    bool known = result == WEBC_OK || result == documented || result == WEBC_ERROR_NO_MEMORY ||
                 (result == WEBC_ERROR_INVALID_STATE && s->reports);
    ck_assert_msg(known, "%s: %s: %s", place, webc_result_name(result), webc_error_message());
    s->reports += result != WEBC_OK;
    return result == WEBC_OK;
}

static bool is_decoder(const session *s)
{
    return s->of->media == WEBC_MEDIA_VIDEO_DECODER;
}

/* The worker has done all it was given, so that what it makes of the next call does not depend on time. */
static void wait_until_idle(void)
{
    while (get_stats().messages)
        sched_yield();
}

/* An encoder that could not be opened ahead of its first frame is opened with it: nobody has to be told. */
static void configure(session *s)
{
    bool ahead = !is_decoder(s) && s->of->backend.opens_ahead;
    faults_excuse(ahead);
    note(s,
         is_decoder(s) ? TRY(webc_video_decoder_configure(s->decoder, &s->of->decoder))
                       : TRY(webc_video_encoder_configure(s->codec, &s->of->encoder)),
         WEBC_OK);
    if (ahead)
        wait_until_idle();
    faults_excuse(false);
}

static void put(session *s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        webc_result result = is_decoder(s) ? TRY(webc_video_decoder_decode(s->decoder, s->of->chunks[i], NULL))
                                           : TRY(webc_video_encoder_encode(s->codec, s->of->frames[i], NULL));
        /* Where the key chunk was refused, so are those behind it. */
        s->accepted += note(s, result, s->reports ? WEBC_ERROR_DATA : WEBC_OK);
    }
}

static void flush(session *s)
{
    uint64_t tag = s->flushes + 1;
    webc_result result = is_decoder(s) ? TRY(webc_video_decoder_flush(s->decoder, tag))
                                       : TRY(webc_video_encoder_flush(s->codec, tag));
    if (note(s, result, WEBC_OK))
        s->due[++s->flushes] = s->accepted;
}

static void take_completion(session *s, const webc_event *event)
{
    s->settled++;
    ck_assert_msg(event->tag == s->settled, "%s: flush %" PRIu64 " came as number %u", place, event->tag,
                  s->settled);
    bool known = event->result == WEBC_OK || (event->result == WEBC_ERROR_NO_MEMORY && s->failed) ||
                 (event->result == WEBC_ERROR_ABORT && s->aborts);
    ck_assert_msg(known, "%s: flush ended with %s", place, webc_result_name(event->result));
    ck_assert_msg(event->result || s->outputs == s->due[s->settled],
                  "%s: %u outputs of %u inputs before completion %u", place, s->outputs, s->due[s->settled],
                  s->settled);
}

/* Take events until every accepted flush is settled. */
static void take(session *s)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (s->settled < s->flushes) {
        int32_t got = (int32_t)TRY(webc_events_next(s->events, -1, &event));
        ck_assert_msg(got == 1, "%s: next gave %d", place, got);
        s->outputs += event.type == WEBC_EVENT_FRAME || event.type == WEBC_EVENT_CHUNK;
        if (event.type == WEBC_EVENT_FLUSHED)
            take_completion(s, &event);
        if (event.type != WEBC_EVENT_ERROR)
            continue;
        ck_assert_msg(event.result == WEBC_ERROR_NO_MEMORY, "%s: ERROR with %s: %s", place,
                      webc_result_name(event.result), event.message);
        s->failed = true;
        s->reports++;
    }
    webc_event_clear(&event);
}

static void cut_off(session *s, webc_result (*decoder)(webc_video_decoder *),
                    webc_result (*encoder)(webc_video_encoder *))
{
    note(s, is_decoder(s) ? TRY(decoder(s->decoder)) : TRY(encoder(s->codec)), WEBC_OK);
    take(s);
}

static void use_codec(session *s)
{
    /* Twice, with nothing taken in between: the error of the first must not let the second go on. */
    configure(s);
    put(s, 2);
    flush(s);
    configure(s);
    put(s, 1);
    flush(s);
    wait_until_idle();
    take(s);
    cut_off(s, webc_video_decoder_reset, webc_video_encoder_reset);
    s->accepted = s->outputs; /* of a flush that was refused nothing comes any more */
    configure(s);
    put(s, SESSION_INPUTS);
    flush(s);
    take(s);
    faults_excuse(true);
    put(s, 1);
    flush(s);
    s->aborts = true;
    cut_off(s, webc_video_decoder_close, webc_video_encoder_close);
}

void run_session(session *s, const subject *of, webc_result documented)
{
    *s = (session){.of = of};
    if (note(s, TRY(webc_events_create(&s->events, NULL)), documented)) {
        webc_video_decoder_params decoder;
        webc_video_encoder_params encoder;
        webc_video_decoder_params_init(&decoder, sizeof decoder);
        webc_video_encoder_params_init(&encoder, sizeof encoder);
        decoder.watchdog_us = encoder.watchdog_us = of->watchdog_us;
        webc_result result =
            of->media == WEBC_MEDIA_VIDEO_DECODER
                ? TRY(webc__video_decoder_create_on(&s->decoder, s->events, &decoder, &of->backend))
                : TRY(webc__video_encoder_create_on(&s->codec, s->events, &encoder, &of->backend));
        if (note(s, result, WEBC_ERROR_SYSTEM))
            use_codec(s);
    }
    TRY_VOID(webc_video_decoder_destroy(&s->decoder));
    TRY_VOID(webc_video_encoder_destroy(&s->codec));
    TRY_VOID(webc_events_destroy(&s->events));
    ck_ok(webc_drain_workers(-1));
    check_ledger();
}

/* With every number of one side; returns how many there were. */
static uint64_t fail_side(const char *name, fault_plan plan, fault_run run, const void *what, bool takes_long)
{
    for (plan.number = 1;; plan.number++) {
        snprintf(place, sizeof place, "%s, call %" PRIu64 " of the %s fails %s", name, plan.number,
                 plan.side == FAULT_CALLER ? "caller" : "worker", plan.for_ever ? "for ever" : "once");
        faults_arm(&plan);
        bool told = run(what);
        bool struck = faults_disarm();
        if (struck)
            ck_assert_msg(told || faults_excused(), "%s: nobody was told", place);
        if (struck && takes_long && plan.number % 16)
            continue;
        snprintf(place, sizeof place, "%s, after number %" PRIu64, name, plan.number);
        ck_assert_msg(!run(what), "%s: a fault without one", place);
        if (!struck)
            return plan.number - 1;
    }
}

uint64_t fail_each(const char *name, fault_kind kind, fault_run run, const void *what, bool takes_long)
{
    uint64_t counts[FAULT_SIDES];
    int modes = takes_long && repeats(1, 2) == 1 ? 1 : 2;
    faults_own_thread();
    for (int for_ever = 0; for_ever < modes; for_ever++)
        for (int side = 0; side < FAULT_SIDES; side++) {
            fault_plan plan = {.kind = kind, .side = (fault_side)side, .for_ever = for_ever};
            counts[side] = fail_side(name, plan, run, what, takes_long);
        }
    printf("# %s: %" PRIu64 " faults of the caller, %" PRIu64 " of the worker, once%s\n", name,
           counts[FAULT_CALLER], counts[FAULT_WORKER], modes == 2 ? " and for ever" : "");
    return counts[FAULT_CALLER] + counts[FAULT_WORKER];
}

uint64_t fail_each_scripted(uint32_t media, fault_kind kind, fault_run run)
{
    scripted script;
    scripted_init(&script);
    script.delay = 1;
    subject of = {
        .name = media == WEBC_MEDIA_VIDEO_DECODER ? "scripted decoder" : "scripted encoder",
        .backend = scripted_backend(&script),
        .media = media,
    };
    webc_video_decoder_config_init(&of.decoder, sizeof of.decoder);
    of.decoder.codec = "vp8";
    webc_video_encoder_config_init(&of.encoder, sizeof of.encoder);
    of.encoder.codec = "vp8";
    of.encoder.width = of.encoder.height = SCRIPTED_SIDE;
    for (unsigned i = 0; i < SESSION_INPUTS; i++) {
        of.frames[i] = make_frame(i, i);
        of.chunks[i] = make_chunk(i, i);
    }
    uint64_t plain = fail_each(of.name, kind, run, &of, false);
    of.watchdog_us = 3600 * UINT64_C(1000000);
    uint64_t watched = fail_each("the same under a watchdog", kind, run, &of, false);
    for (unsigned i = 0; i < SESSION_INPUTS; i++) {
        webc_frame_unref(&of.frames[i]);
        webc_chunk_unref(&of.chunks[i]);
    }
    scripted_deinit(&script);
    ck_assert_uint_gt(watched, plain);
    return plain;
}
