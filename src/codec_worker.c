/* SPDX-License-Identifier: MIT */
/* The generic codec as its worker sees it: taking messages, and the sink that reports back. See codec_core.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec_core.h"
#include "event_bin.h"
#include "media/chunk.h"
#include "media/frame.h"
#include "media/frame_pool.h"
#include "shared/hooks.h"
#include "shared/ledger.h"
#include "shared/thread.h"

static bool sink_current(void *owner, uint32_t epoch)
{
    return webc__codec_epoch(owner) == epoch;
}

static bool sink_last(void *owner)
{
    webc__codec *codec = owner;
    return !webc__worker_has_more(&codec->worker);
}

static webc__node *output_node(const webc__codec *codec, webc__output *output)
{
    webc__event_bin_empty(codec->bin);
    webc__node *node = webc__node_create(0);
    if (!node)
        return NULL;
    webc__event_bin_attach(codec->bin, node);
    node->event.type = output->frame ? WEBC_EVENT_FRAME : WEBC_EVENT_CHUNK;
    node->event.frame = output->frame;
    node->event.chunk = output->chunk;
    node->event.tag = output->tag;
    node->bytes = output->frame ? webc__frame_byte_size(output->frame)
                                : output->chunk->info.size + (output->alpha ? output->alpha->info.size : 0);
    node->decoder_config = output->decoder_config;
    if (output->chunk) {
        node->metadata.struct_size = sizeof node->metadata;
        node->metadata.has_svc = output->layered;
        node->metadata.temporal_layer_id = output->temporal_layer;
        node->metadata.has_dts = output->has_dts;
        node->metadata.dts = output->dts;
        node->metadata.decoder_config = output->decoder_config;
        node->alpha = output->alpha;
        node->metadata.alpha_side_data = output->alpha ? output->alpha->info.data : NULL;
        node->metadata.alpha_side_data_size = output->alpha ? output->alpha->info.size : 0;
        node->event.metadata = &node->metadata;
    }
    return node;
}

/* One output has room however large it is. */
static bool has_room_locked(const webc__codec *codec, const webc__node *node)
{
    uint64_t most = codec->params.max_output_bytes;
    if (codec->outputs_queued == 0 || !most)
        return codec->outputs_queued < codec->params.max_outputs;
    return codec->outputs_queued < codec->params.max_outputs && node->bytes <= most &&
           codec->output_bytes <= most - node->bytes;
}

static bool must_wait_locked(const webc__codec *codec, uint32_t epoch, const webc__node *node)
{
    return webc__codec_epoch(codec) == epoch && !has_room_locked(codec, node);
}

/* Called with the events lock, which is released meanwhile. */
static void wait_for_room_locked(webc__codec *codec, uint32_t epoch, const webc__node *node)
{
#ifdef WEBC_TEST_HOOKS
    if (webc__hooks.latch) {
        webc__events_unlock(codec->events, NULL);
        webc__latch(codec, WEBC__LATCH_WINDOW_FULL);
        webc__events_lock(codec->events);
    }
    /* Room that was made meanwhile is not told again. */
    if (webc__hooks.pump || !must_wait_locked(codec, epoch, node))
        return;
#else
    (void)epoch, (void)node;
#endif
    pthread_cond_wait(&codec->room, &codec->events->lock);
    WEBC__LEDGER_ADD(worker_wakes);
}

/* Queue an output when there is room for it; false when the epoch passed meanwhile. */
static bool post_output(webc__codec *codec, uint32_t epoch, webc__node *node)
{
    webc__notice notice = {0};
    webc__latch(codec, WEBC__LATCH_BEFORE_POST);
    webc__events_lock(codec->events);
    while (must_wait_locked(codec, epoch, node))
        wait_for_room_locked(codec, epoch, node);
    bool current = webc__codec_epoch(codec) == epoch;
    codec->stats.outputs++;
    if (current) {
        codec->outputs_queued++;
        codec->output_bytes += node->bytes;
        webc__codec_append_locked(codec, node, &notice);
    } else {
        codec->stats.dropped++;
    }
    webc__events_unlock(codec->events, &notice);
    return current;
}

static bool sink_output(void *owner, uint32_t epoch, webc__output *output)
{
    webc__codec *codec = owner;
    webc__node *node = output_node(codec, output);
    bool posted = false;
    if (node) {
        posted = post_output(codec, epoch, node);
        webc__codec_note_progress(codec);
        if (!posted)
            webc__node_free(node);
    } else {
        webc_frame_unref(&output->frame);
        webc_chunk_unref(&output->chunk);
        webc_chunk_unref(&output->alpha);
        free(output->decoder_config);
        codec->ops->fail(codec->work, WEBC_ERROR_NO_MEMORY,
                         "no memory for an output event; free frames or memory");
    }
    *output = (webc__output){0};
    return posted;
}

static void sink_error(void *owner, uint32_t epoch, webc_result result, const char *message)
{
    webc__codec *codec = owner;
    webc__notice notice = {0};
    webc__latch(codec, WEBC__LATCH_BEFORE_ERROR);
    webc__events_lock(codec->events);
    if (webc__codec_epoch(codec) == epoch)
        webc__codec_queue_error_locked(codec, result, message, &notice);
    webc__events_unlock(codec->events, &notice);
}

static void sink_flushed(void *owner, uint32_t epoch, uint64_t flush_id)
{
    webc__codec *codec = owner;
    webc__notice notice = {0};
    webc__latch(codec, WEBC__LATCH_BEFORE_SETTLE);
    webc__events_lock(codec->events);
    if (webc__codec_epoch(codec) == epoch) {
        /* Flushes are run in the order in which they were accepted, so it is the oldest. */
        assert(codec->pending_flushes && codec->pending_flushes->flush_id == flush_id);
        (void)flush_id;
        webc__codec_settle_locked(codec, webc__codec_pop_pending_locked(codec), WEBC_OK, NULL, &notice);
    }
    webc__events_unlock(codec->events, &notice);
}

static void sink_damage(void *owner, uint32_t epoch, uint32_t chunks, uint32_t frames)
{
    webc__codec *codec = owner;
    webc__events_lock(codec->events);
    if (webc__codec_epoch(codec) == epoch) {
        codec->stats.skipped += chunks;
        codec->stats.damaged += frames;
    }
    webc__events_unlock(codec->events, NULL);
}

webc__sink webc__codec_sink(webc__codec *codec)
{
    return (webc__sink){codec, sink_output, sink_error, sink_flushed, sink_damage, sink_current, sink_last};
}

/*
 * The watchdog's thread. The thread of the worker is out of our hands until the call comes back: it is counted,
 * and nobody waits for it.
 */
void webc__codec_stuck(void *owner, const char *call)
{
    webc__codec *codec = owner;
    webc__notice notice = {0};
    webc__thread_quarantine(true);
    webc__events_lock(codec->events);
    codec->stuck = call;
    webc__codec_queue_stuck_locked(codec, &notice);
    webc__events_unlock(codec->events, &notice);
}

void webc__codec_back(void *owner)
{
    webc__codec *codec = owner;
    webc__events_lock(codec->events);
    codec->stuck = NULL;
    webc__events_unlock(codec->events, NULL);
    webc__thread_quarantine(false);
}

/* Count an input as taken; false when its epoch passed, and then it was counted as cancelled with the epoch. */
static bool take_input(webc__codec *codec, const webc__message *message)
{
    webc__notice notice = {0};
    webc__events_lock(codec->events);
    bool current = webc__codec_epoch(codec) == message->epoch;
    if (current) {
        codec->stats.taken++;
        if (webc__lifecycle_take(&codec->life, message->bytes))
            webc__codec_queue_dequeue_locked(codec, &notice);
    }
    webc__events_unlock(codec->events, &notice);
    return current;
}

/* A message was run or refused, and is freed: memory that it lent went back before an IDLE tells of the end. */
static void finish_message(webc__codec *codec, uint32_t epoch)
{
    webc__notice notice = {0};
    if (!codec->params.report_idle)
        return;
    webc__latch(codec, WEBC__LATCH_BEFORE_IDLE);
    webc__events_lock(codec->events);
    webc__codec_finished_locked(codec, epoch, &notice);
    webc__events_unlock(codec->events, &notice);
}

static void run_item(void *ctx, webc__item *item)
{
    webc__codec *codec = ctx;
    webc__message *message = (webc__message *)item;
    uint32_t epoch = message->epoch;
    webc__worker_assert_on(&codec->worker);
    webc__latch(codec, WEBC__LATCH_DEQUEUED);
    webc__event_bin_empty(codec->bin);
    webc__codec_note_progress(codec);
    bool current =
        webc__message_is_input(message) ? take_input(codec, message) : webc__codec_epoch(codec) == epoch;
    if (current) {
        codec->ops->run(codec->work, message);
        webc__codec_note_progress(codec);
    }
    webc__message_free(message);
    finish_message(codec, epoch);
}

static void drop_item(void *ctx, webc__item *item)
{
    webc__latch(ctx, WEBC__LATCH_DROPPED);
    webc__message_free((webc__message *)item);
}

/* An epoch ended: free its events that nobody took, and what the work holds for it. */
static void discarded(void *ctx)
{
    webc__codec *codec = ctx;
    webc__latch(codec, WEBC__LATCH_BEFORE_DISCARD);
    webc__events_lock(codec->events);
    webc__node *node = codec->discarded;
    codec->discarded = NULL;
    webc__events_unlock(codec->events, NULL);
    while (node) {
        webc__node *next = node->next;
        webc__node_free(node);
        node = next;
    }
    webc__frame_pool_trim();
    webc__event_bin_empty(codec->bin);
    codec->ops->abandon(codec->work, webc__codec_epoch(codec));
}

static void stopped(void *ctx)
{
    webc__codec *codec = ctx;
    webc__latch(codec, WEBC__LATCH_BEFORE_FREE);
    codec->ops->free(codec->work);
    codec->work = NULL;
    webc__codec_unref(codec);
}

const webc__worker_ops webc__codec_worker_ops = {
    .run = run_item,
    .drop = drop_item,
    .discarded = discarded,
    .stopped = stopped,
};
