/* SPDX-License-Identifier: MIT */
/* The generic codec: control side of WebCodecs 3 to 6. See codec_core.h. */
#include "codec_core.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_bin.h"
#include "media/frame_pool.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"
#include "shared/thread.h"

static _Atomic uint64_t last_id;

uint32_t webc__codec_epoch(const webc__codec *codec)
{
    return atomic_load_explicit(&codec->epoch, memory_order_acquire);
}

static const char *noun(const webc__codec *codec)
{
    return codec->params.media == WEBC_MEDIA_VIDEO_DECODER ? "video decoder" : "video encoder";
}

/* Lists of nodes. A codec's nodes are queued in the order of its list, so that a taken node is always the
 * first. */

void webc__codec_append_locked(webc__codec *codec, webc__node *node, webc__notice *notice)
{
    node->codec = codec;
    node->codec_next = NULL;
    if (codec->last)
        codec->last->codec_next = node;
    else
        codec->first = node;
    codec->last = node;
    node->event.codec_id = codec->id;
    node->event.user = codec->params.user;
    node->event.media = codec->params.media;
    webc__events_append_locked(codec->events, node, notice);
}

/* Leave a node to the worker, which frees it: pixels and bytes take time to free. */
static void discard_locked(webc__codec *codec, webc__node *node)
{
    if (node->embedded)
        return;
    node->next = codec->discarded;
    codec->discarded = node;
}

void webc__codec_queue_dequeue_locked(webc__codec *codec, webc__notice *notice)
{
    webc__codec_append_locked(codec, &codec->dequeue_node, notice);
}

void webc__codec_queue_error_locked(webc__codec *codec, webc_result result, const char *text,
                                    webc__notice *notice)
{
    webc__node *node = codec->error_node;
    if (!node)
        return;
    codec->error_node = NULL;
    node->event.type = WEBC_EVENT_ERROR;
    node->event.result = result;
    snprintf(node->text, WEBC__EVENT_TEXT, "%s", text);
    node->event.message = node->text;
    webc__codec_append_locked(codec, node, notice);
}

void webc__codec_queue_stuck_locked(webc__codec *codec, webc__notice *notice)
{
    char text[256];
    if (codec->destroyed || codec->life.state == WEBC_STATE_CLOSED)
        return;
    snprintf(
        text, sizeof text,
        "the %s is stuck: %s of its implementation did not come back within watchdog_us = %llu; its thread "
        "is left to itself until it does, create a new codec",
        noun(codec), codec->stuck, (unsigned long long)codec->params.watchdog_us);
    webc__codec_queue_error_locked(codec, WEBC_ERROR_ENCODING, text, notice);
}

void webc__codec_note_progress(webc__codec *codec)
{
    atomic_store_explicit(&codec->progress_us, webc__clock_us(), memory_order_relaxed);
}

/* Let a worker that waits for room look again. */
static void wake_parked_locked(webc__codec *codec)
{
    pthread_cond_signal(&codec->room);
}

void webc__codec_settle_locked(webc__codec *codec, webc__node *node, webc_result result, const char *text,
                               webc__notice *notice)
{
    if (result) {
        node->event.result = result;
        snprintf(node->text, WEBC__EVENT_TEXT, "%s", text);
        node->event.message = node->text;
    }
    codec->stats.flushed++;
    webc__codec_append_locked(codec, node, notice);
}

webc__node *webc__codec_pop_pending_locked(webc__codec *codec)
{
    webc__node *node = codec->pending_flushes;
    if (node) {
        codec->pending_flushes = node->codec_next;
        if (!codec->pending_flushes)
            codec->pending_tail = NULL;
    }
    return node;
}

static void settle_all_locked(webc__codec *codec, webc_result result, const char *text, webc__notice *notice)
{
    webc__node *node;
    while ((node = webc__codec_pop_pending_locked(codec)))
        webc__codec_settle_locked(codec, node, result, text, notice);
}

/* Completions that were not delivered, oldest first: their flushes pend again, before the others. */
static void unsettle_locked(webc__codec *codec, webc__node *first, webc__node *last)
{
    if (!first)
        return;
    last->codec_next = codec->pending_flushes;
    if (!codec->pending_flushes)
        codec->pending_tail = last;
    codec->pending_flushes = first;
}

/* End the present epoch: nothing queued for it will be shown, and all flushes not told are pending. */
static void end_epoch_locked(webc__codec *codec, webc__notice *notice)
{
    webc__node *flushed = NULL;
    webc__node *last_flushed = NULL;
    webc__node *node = codec->first;
    codec->first = codec->last = NULL;
    while (node) {
        webc__node *next = node->codec_next;
        webc__events_unlink_locked(codec->events, node);
        if (node->event.type == WEBC_EVENT_FLUSHED) {
            codec->stats.flushed--;
            if (last_flushed)
                last_flushed->codec_next = node;
            else
                flushed = node;
            last_flushed = node;
        } else if (node->event.type == WEBC_EVENT_ERROR) {
            codec->error_node = node; /* reserved again */
        } else {
            codec->stats.dropped += node->event.frame || node->event.chunk;
            discard_locked(codec, node);
        }
        node = next;
    }
    unsettle_locked(codec, flushed, last_flushed);
    atomic_fetch_add_explicit(&codec->epoch, 1, memory_order_acq_rel);
    codec->outputs_queued = 0;
    codec->output_bytes = 0;
    codec->stats.cancelled = codec->stats.accepted - codec->stats.taken;
    /* Here and not later: what is accepted after the lock is released belongs to the next epoch. */
    if (webc__worker_discard(&codec->worker))
        notice->worker = &codec->worker;
    webc__codec_forget_idle_locked(codec);
    wake_parked_locked(codec);
}

/* Life. */

static void free_codec(webc__codec *codec)
{
    assert(!codec->first && !codec->pending_flushes);
    webc__node_free(codec->error_node);
    webc__event_bin_unref(codec->bin);
    if (codec->params.watchdog_us)
        webc__watchdog_leave();
    pthread_cond_destroy(&codec->room);
    webc_events *events = codec->events;
    free(codec);
    webc__events_unref(events);
    WEBC__LEDGER_SUB(codecs);
}

void webc__codec_unref(webc__codec *codec)
{
    if (!webc__ref_drop(&codec->ref))
        return;
    webc__worker_deinit(&codec->worker);
    free_codec(codec);
}

/* Become visible to the domain; false when its events object was destroyed. */
static bool join_domain(webc__codec *codec)
{
    webc_events *events = codec->events;
    webc__events_lock(events);
    bool open = !events->retired;
    if (open) {
        webc__frame_pool_enter();
        codec->domain_next = events->codecs;
        if (events->codecs)
            events->codecs->domain_prev = codec;
        events->codecs = codec;
    }
    webc__events_unlock(events, NULL);
    return open;
}

/* The codec is closed. What that leaves of the pool the worker frees, in discarded(), unless that never comes.
 */
static void leave_pool_locked(const webc__codec *codec, webc__notice *notice)
{
    webc__frame_pool_leave();
    notice->trim = codec->stuck;
}

static void leave_domain_locked(webc__codec *codec)
{
    if (codec->domain_prev)
        codec->domain_prev->domain_next = codec->domain_next;
    else
        codec->events->codecs = codec->domain_next;
    if (codec->domain_next)
        codec->domain_next->domain_prev = codec->domain_prev;
    codec->domain_next = codec->domain_prev = NULL;
}

static webc__backend begin_watch(webc__codec *codec, const webc__backend *backend)
{
    uint64_t limit = codec->params.watchdog_us;
    webc__watchdog_enter();
    codec->watch = (webc__watch){
        .inner = *backend,
        .limit_us = limit > INT64_MAX ? INT64_MAX : (int64_t)limit,
        .owner = codec,
        .stuck = webc__codec_stuck,
        .back = webc__codec_back,
    };
    return webc__watch_backend(&codec->watch);
}

webc_result webc__codec_create(webc__codec **out, size_t size, webc_events *events,
                               const webc__codec_params *params, const webc__work_ops *ops,
                               const webc__work_setup *setup)
{
    webc__codec *codec = calloc(1, size);
    if (!codec)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a codec");
    webc__ref_init(&codec->ref);
    codec->params = *params;
    codec->ops = ops;
    codec->life = webc__lifecycle_begin();
    webc__codec_note_progress(codec);
    codec->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
    codec->stats.struct_size = sizeof codec->stats;
    codec->dequeue_node.embedded = true;
    codec->dequeue_node.event = (webc_event){.struct_size = sizeof(webc_event), .type = WEBC_EVENT_DEQUEUE};
    codec->idle_node.embedded = true;
    codec->idle_node.event = (webc_event){.struct_size = sizeof(webc_event), .type = WEBC_EVENT_IDLE};
    int error = webc__cond_init(&codec->room);
    if (error) {
        free(codec);
        return webc__fail(WEBC_ERROR_SYSTEM, "no condition variable for a codec: %s", strerror(error));
    }
    codec->events = webc__events_ref(events);
    WEBC__LEDGER_ADD(codecs);

    webc__work_setup full = *setup;
    full.sink = webc__codec_sink(codec);
    if (params->watchdog_us)
        full.backend = begin_watch(codec, &setup->backend);
    codec->error_node = webc__node_create(WEBC__EVENT_TEXT);
    codec->bin = webc__event_bin_create();
    codec->work = codec->error_node && codec->bin ? ops->create(&full) : NULL;
    if (!codec->work) {
        free_codec(codec);
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a codec");
    }
    webc__ref_take(&codec->ref); /* the worker's, dropped when it has stopped */
    error = webc__worker_start(&codec->worker, ops->thread_name, &webc__codec_worker_ops, codec);
    if (error) {
        webc_result result =
            webc__fail(WEBC_ERROR_SYSTEM, "no thread for a %s: %s; destroy codecs that are not needed",
                       noun(codec), strerror(error));
        ops->free(codec->work);
        free_codec(codec);
        return result;
    }
    if (!join_domain(codec)) {
        if (webc__worker_close(&codec->worker))
            webc__worker_wake(&codec->worker);
        webc__codec_unref(codec);
        return webc__fail(WEBC_ERROR_INVALID_STATE, "the events object of the new codec was destroyed");
    }
    *out = codec;
    return WEBC_OK;
}

/* Calls. */

static webc_result refuse_memory(const webc__codec *codec, const char *verb)
{
    return webc__fail(WEBC_ERROR_NO_MEMORY, "%s: no memory for the message to the %s", verb, noun(codec));
}

/* The state table, for a call named `verb`. */
static webc_result check_state(const webc__codec *codec, webc__call call, const char *verb)
{
    return webc__lifecycle_check(&codec->life, call, verb, noun(codec));
}

/*
 * Hand an accepted message to the worker, under the lock, so that messages run in the order in which they were
 * accepted whatever thread they come from.
 */
static void post_locked(webc__codec *codec, webc__message *message, webc__notice *notice)
{
    message->epoch = webc__codec_epoch(codec);
    webc__codec_accepted_locked(codec);
    if (webc__worker_post(&codec->worker, &message->item))
        notice->worker = &codec->worker;
}

/* The end of a call: the message was posted, or is refused with `result`. */
static webc_result end_call(webc__codec *codec, webc__message *message, webc_result result,
                            const webc__notice *notice)
{
    webc__events_unlock(codec->events, notice);
    if (result)
        webc__message_free(message);
    return result;
}

webc_result webc__codec_configure(webc__codec *codec, webc__message *message, webc__accept_fn accept,
                                  const void *arg)
{
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    webc_result result = check_state(codec, WEBC__CALL_CONFIGURE, "configure");
    if (!result && !message)
        result = refuse_memory(codec, "configure");
    if (!result && accept)
        result = accept(codec, arg);
    if (!result) {
        webc__lifecycle_configure(&codec->life);
        post_locked(codec, message, &notice);
    }
    return end_call(codec, message, result, &notice);
}

static webc_result check_quota(const webc__codec *codec, const webc__message *message)
{
    const webc__codec_params *params = &codec->params;
    if (params->max_queue_size && codec->life.queue_size >= params->max_queue_size)
        return webc__fail(
            WEBC_ERROR_QUOTA_EXCEEDED,
            "the queue of the %s holds max_queue_size = %u inputs; take events until it is shorter",
            noun(codec), params->max_queue_size);
    if (params->max_queue_bytes && message->bytes > params->max_queue_bytes)
        return webc__fail(
            WEBC_ERROR_QUOTA_EXCEEDED,
            "the input of %llu bytes is larger than max_queue_bytes = %llu of the %s; raise the limit",
            (unsigned long long)message->bytes, (unsigned long long)params->max_queue_bytes, noun(codec));
    if (params->max_queue_bytes && message->bytes > params->max_queue_bytes - codec->life.queue_bytes)
        return webc__fail(
            WEBC_ERROR_QUOTA_EXCEEDED,
            "the queue of the %s holds %llu bytes and %llu more would pass max_queue_bytes = %llu; take "
            "events until it is shorter",
            noun(codec), (unsigned long long)codec->life.queue_bytes, (unsigned long long)message->bytes,
            (unsigned long long)params->max_queue_bytes);
    return WEBC_OK;
}

webc_result webc__codec_submit(webc__codec *codec, webc__message *message, webc__accept_fn accept,
                               const void *arg)
{
    const char *verb = codec->params.media == WEBC_MEDIA_VIDEO_DECODER ? "decode" : "encode";
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    webc_result result = check_state(codec, WEBC__CALL_INPUT, verb);
    if (!result && !message)
        result = refuse_memory(codec, verb);
    if (!result)
        result = check_quota(codec, message);
    if (!result && accept)
        result = accept(codec, arg);
    if (!result) {
        webc__lifecycle_input(&codec->life, message->bytes);
        codec->stats.accepted++;
        post_locked(codec, message, &notice);
    }
    return end_call(codec, message, result, &notice);
}

webc_result webc__codec_flush(webc__codec *codec, uint64_t tag, webc__accept_fn accept)
{
    webc__node *node = webc__node_create(WEBC__EVENT_TEXT);
    webc__message *message = webc__message_flush(0);
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    webc_result result = check_state(codec, WEBC__CALL_FLUSH, "flush");
    if (!result && (!node || !message))
        result = refuse_memory(codec, "flush");
    if (!result && accept)
        result = accept(codec, NULL);
    if (!result) {
        node->event.type = WEBC_EVENT_FLUSHED;
        node->event.tag = tag;
        node->flush_id = message->flush_id = webc__lifecycle_flush(&codec->life);
        if (codec->pending_tail)
            codec->pending_tail->codec_next = node;
        else
            codec->pending_flushes = node;
        codec->pending_tail = node;
        codec->stats.flushes++;
        post_locked(codec, message, &notice);
        node = NULL;
    }
    result = end_call(codec, message, result, &notice);
    webc__node_free(node);
    return result;
}

/* reset and close: they differ in the state they leave. */
static webc_result cut_off(webc__codec *codec, webc__call call)
{
    bool closes = call == WEBC__CALL_CLOSE;
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    webc_result result = check_state(codec, call, closes ? "close" : "reset");
    if (!result) {
        const char *text = closes ? "flush: cut off by close" : "flush: cut off by reset";
        end_epoch_locked(codec, &notice);
        if (closes ? webc__lifecycle_close(&codec->life) : webc__lifecycle_reset(&codec->life))
            webc__codec_queue_dequeue_locked(codec, &notice);
        settle_all_locked(codec, WEBC_ERROR_ABORT, text, &notice);
        if (codec->stuck)
            webc__codec_queue_stuck_locked(codec, &notice);
        webc__codec_queue_idle_locked(codec, &notice);
        if (closes)
            leave_pool_locked(codec, &notice);
    }
    webc__events_unlock(codec->events, &notice);
    return result;
}

webc_result webc__codec_reset(webc__codec *codec)
{
    return cut_off(codec, WEBC__CALL_RESET);
}

webc_result webc__codec_close(webc__codec *codec)
{
    return cut_off(codec, WEBC__CALL_CLOSE);
}

/* P-22. The worker goes on until the ERROR is taken: state changes where the control side can see it. */
webc_result webc__codec_reclaim(webc__codec *codec)
{
    char text[128];
    webc__notice notice = {0};
    snprintf(text, sizeof text, "the host has reclaimed the %s; create a new one when it is needed",
             noun(codec));
    webc__events_lock(codec->events);
    webc_result result = check_state(codec, WEBC__CALL_RECLAIM, "reclaim");
    if (!result)
        webc__codec_queue_error_locked(codec, WEBC_ERROR_QUOTA_EXCEEDED, text, &notice);
    webc__events_unlock(codec->events, &notice);
    return result;
}

void webc__codec_retire_locked(webc__codec *codec, webc__notice *notice)
{
    if (codec->destroyed)
        return;
    end_epoch_locked(codec, notice);
    if (codec->life.state != WEBC_STATE_CLOSED)
        leave_pool_locked(codec, notice);
    webc__node *node;
    while ((node = webc__codec_pop_pending_locked(codec)))
        discard_locked(codec, node);
    codec->stats.abandoned += webc__lifecycle_abandon(&codec->life);
    codec->destroyed = true;
    leave_domain_locked(codec);
}

void webc__codec_destroy(webc__codec *codec)
{
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    webc__codec_retire_locked(codec, &notice);
    if (webc__worker_close(&codec->worker))
        notice.worker = &codec->worker;
    webc__events_unlock(codec->events, &notice);
    webc__codec_unref(codec);
}

/* Close(exception) of the spec: the ERROR is delivered now, pending flushes follow with the same result. */
static void fail_locked(webc__codec *codec, webc__node *error, webc__notice *notice)
{
    end_epoch_locked(codec, notice);
    webc__lifecycle_fail(&codec->life);
    settle_all_locked(codec, error->event.result, error->text, notice);
    webc__codec_queue_idle_locked(codec, notice);
    leave_pool_locked(codec, notice);
}

void webc__codec_delivered_locked(webc__codec *codec, webc__node *node, webc__notice *notice)
{
    uint32_t before = codec->life.queue_size;
    assert(codec->first == node);
    codec->first = node->codec_next;
    if (!codec->first)
        codec->last = NULL;
    if (codec->before_idle == node)
        codec->before_idle = NULL; /* the consumer frees it */
    node->event.generation = webc__codec_epoch(codec);
    switch (node->event.type) {
    case WEBC_EVENT_FRAME:
    case WEBC_EVENT_CHUNK:
        codec->outputs_queued--;
        codec->output_bytes -= node->bytes;
        wake_parked_locked(codec);
        break;
    case WEBC_EVENT_DEQUEUE:
        webc__lifecycle_tell(&codec->life);
        break;
    case WEBC_EVENT_FLUSHED:
        webc__lifecycle_complete(&codec->life);
        break;
    case WEBC_EVENT_ERROR:
        fail_locked(codec, node, notice);
        break;
    default:
        break;
    }
    node->event.queue_size = node->event.type == WEBC_EVENT_ERROR ? before : codec->life.queue_size;
}

webc_event_fn webc__codec_callback(const webc__codec *codec, uint32_t type)
{
    switch (type) {
    case WEBC_EVENT_FRAME:
    case WEBC_EVENT_CHUNK:
        return codec->params.output;
    case WEBC_EVENT_FLUSHED:
        return codec->params.flushed;
    case WEBC_EVENT_DEQUEUE:
        return codec->params.dequeue;
    case WEBC_EVENT_ERROR:
        return codec->params.error;
    case WEBC_EVENT_IDLE:
        return codec->params.idle;
    default:
        return NULL;
    }
}

/* Reading under the lock: a getter may run beside a call on another thread. */

uint32_t webc__codec_state(const webc__codec *codec)
{
    webc__events_lock(codec->events);
    uint32_t state = codec->life.state;
    webc__events_unlock(codec->events, NULL);
    return state;
}

uint32_t webc__codec_queue_size(const webc__codec *codec)
{
    webc__events_lock(codec->events);
    uint32_t size = codec->life.queue_size;
    webc__events_unlock(codec->events, NULL);
    return size;
}

int64_t webc__codec_last_progress(const webc__codec *codec)
{
    return atomic_load_explicit(&codec->progress_us, memory_order_relaxed);
}

webc_result webc__codec_get_stats(const webc__codec *codec, webc_codec_stats *stats)
{
    webc__events_lock(codec->events);
    webc_codec_stats copy = codec->stats;
    webc__events_unlock(codec->events, NULL);
    if (!webc__struct_write(stats, &copy, sizeof copy))
        return webc__fail(WEBC_ERROR_TYPE,
                          "get_stats: stats is NULL or was not set up with webc_codec_stats_init");
    return WEBC_OK;
}
