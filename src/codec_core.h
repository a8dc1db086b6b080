/* SPDX-License-Identifier: MIT */
/*
 * The generic codec of WebCodecs: state, queue size, epochs, flushes and events, written once. The typed calls
 * (video_decoder.c, video_encoder.c) validate and build messages; the work is done behind webc__work_ops.
 */
#ifndef WEBC_CODEC_CORE_H
#define WEBC_CODEC_CORE_H

#include "codec/message.h"
#include "codec/sink.h"
#include "codec/watch.h"
#include "codec/work.h"
#include "events.h"
#include "shared/worker.h"
#include "spec/lifecycle.h"

/** Limits and callbacks of a codec, the same for decoders and encoders. */
typedef struct webc__codec_params {
    uint32_t media; /* WEBC_MEDIA_* */
    uint32_t max_outputs;
    uint32_t max_queue_size;
    uint64_t max_queue_bytes;
    uint64_t max_output_bytes;
    uint64_t max_pixels;
    uint64_t watchdog_us;
    void *user;
    webc_event_fn output;
    webc_event_fn error;
    webc_event_fn dequeue;
    webc_event_fn flushed;
    bool report_idle;
    webc_event_fn idle;
} webc__codec_params;

struct webc__codec {
    webc__ref ref; /* atomic: the handle, the worker, a dispatch that runs a callback */
    /* set at creation */
    webc_events *events; /* one reference; its lock guards what is marked so */
    webc__codec_params params;
    uint64_t id;
    const webc__work_ops *ops;
    void *work; /* used by the worker only */
    webc__worker worker;
    webc__watch watch;           /* where params.watchdog_us is not 0 */
    struct webc__event_bin *bin; /* one reference; see event_bin.h */
    pthread_cond_t room;         /* the worker waits here for the consumer to take outputs */
    /* guarded by events->lock */
    webc__codec *domain_next;
    webc__codec *domain_prev;
    webc__node *first; /* queued nodes of this codec, oldest first */
    webc__node *last;
    webc__node *pending_flushes; /* accepted and not settled, oldest first, by codec_next */
    webc__node *pending_tail;
    webc__node dequeue_node; /* embedded */
    webc__node idle_node;    /* embedded */
    webc__node *before_idle; /* in the codec's list, while idle_node is queued; NULL: that is the first */
    webc__node *error_node;  /* reserved until an ERROR is delivered */
    webc__node *discarded;   /* of passed epochs, by next; the worker frees them */
    webc__lifecycle life;
    uint64_t accepted; /* messages of this epoch; counted with params.report_idle only */
    uint64_t finished; /* of those: the worker is done with them */
    uint32_t outputs_queued;
    uint64_t output_bytes; /* of those */
    const char *stuck;     /* the backend call that the worker does not come back from; NULL: none */
    bool destroyed;
    webc_codec_stats stats;
    /* atomic: written under events->lock, read by the worker without it */
    _Atomic uint32_t epoch;
    /* atomic: written by the worker, in webc__clock_us() */
    _Atomic int64_t progress_us;
};

/**
 * Make a codec in `size` zeroed bytes, the webc__codec first, and start its worker. The sink of `setup` is
 * filled in here.
 */
webc_result webc__codec_create(webc__codec **out, size_t size, webc_events *events,
                               const webc__codec_params *params, const webc__work_ops *ops,
                               const webc__work_setup *setup);

/**
 * Under the lock: what a typed call needs to check or change at the moment its message is accepted. Anything
 * but WEBC_OK refuses the message. NULL where there is nothing to do.
 */
typedef webc_result (*webc__accept_fn)(webc__codec *codec, const void *arg);

/** The steps of configure after validation; `accept` latches typed members. Takes the message. */
webc_result webc__codec_configure(webc__codec *codec, webc__message *message, webc__accept_fn accept,
                                  const void *arg);
/** The steps of decode and encode after validation. Takes the message; NULL means that memory ran out. */
webc_result webc__codec_submit(webc__codec *codec, webc__message *message, webc__accept_fn accept,
                               const void *arg);
/** `accept` is called with a NULL argument. */
webc_result webc__codec_flush(webc__codec *codec, uint64_t tag, webc__accept_fn accept);
webc_result webc__codec_reset(webc__codec *codec);
webc_result webc__codec_close(webc__codec *codec);
webc_result webc__codec_reclaim(webc__codec *codec);
void webc__codec_destroy(webc__codec *codec);
uint32_t webc__codec_state(const webc__codec *codec);
uint32_t webc__codec_queue_size(const webc__codec *codec);
int64_t webc__codec_last_progress(const webc__codec *codec);
webc_result webc__codec_get_stats(const webc__codec *codec, webc_codec_stats *stats);

void webc__codec_unref(webc__codec *codec);

/* codec_worker.c: what runs on the worker. */

/** Longest text of an ERROR or FLUSHED event. */
#define WEBC__EVENT_TEXT 512

extern const webc__worker_ops webc__codec_worker_ops;
/** What the watchdog tells. */
void webc__codec_stuck(void *codec, const char *call);
void webc__codec_back(void *codec);
webc__sink webc__codec_sink(webc__codec *codec);

/** Shared by both files; the first needs no lock. */
uint32_t webc__codec_epoch(const webc__codec *codec);
void webc__codec_append_locked(webc__codec *codec, webc__node *node, webc__notice *notice);
void webc__codec_settle_locked(webc__codec *codec, webc__node *node, webc_result result, const char *text,
                               webc__notice *notice);
webc__node *webc__codec_pop_pending_locked(webc__codec *codec);
/** Queue the ERROR that will close the codec; when one is queued already, that one stays. */
void webc__codec_queue_error_locked(webc__codec *codec, webc_result result, const char *text,
                                    webc__notice *notice);
/** Queue the ERROR of a codec whose worker is stuck. */
void webc__codec_queue_stuck_locked(webc__codec *codec, webc__notice *notice);
void webc__codec_note_progress(webc__codec *codec);
void webc__codec_queue_dequeue_locked(webc__codec *codec, webc__notice *notice);

/* codec_idle.c: with params.report_idle; without, these do nothing. */

/** The codec has nothing to do. No IDLE is queued yet. */
void webc__codec_queue_idle_locked(webc__codec *codec, webc__notice *notice);
/** A message is accepted: an IDLE that nobody took is not true any more. */
void webc__codec_accepted_locked(webc__codec *codec);
/** The worker is done with a message of `epoch`. */
void webc__codec_finished_locked(webc__codec *codec, uint32_t epoch, webc__notice *notice);
/** All events were taken out of the queue, and what was accepted will not be worked on. */
void webc__codec_forget_idle_locked(webc__codec *codec);

/** Called when the consumer takes `node`: the control-side effects of the event. */
void webc__codec_delivered_locked(webc__codec *codec, webc__node *node, webc__notice *notice);
/** Called when the events object is destroyed, and by webc__codec_destroy(). */
void webc__codec_retire_locked(webc__codec *codec, webc__notice *notice);
/** The codec's callback for an event type; NULL when there is none. */
webc_event_fn webc__codec_callback(const webc__codec *codec, uint32_t type);

#endif
