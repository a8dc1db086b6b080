/* SPDX-License-Identifier: MIT */
/* is_config_supported, query_support, the table of implementations, the ledger. See support.h. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec_table.h"
#include "codec/support_probe.h"
#include "media/frame_pool.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"
#include "shared/thread.h"

void webc_support_init(webc_support *support, uint32_t struct_size)
{
    webc__struct_init(support, struct_size);
}

void webc_codec_stats_init(webc_codec_stats *stats, uint32_t struct_size)
{
    webc__struct_init(stats, struct_size);
}

void webc_stats_init(webc_stats *stats, uint32_t struct_size)
{
    webc__struct_init(stats, struct_size);
}

void webc_implementation_init(webc_implementation *out, uint32_t struct_size)
{
    webc__struct_init(out, struct_size);
}

static void answer_from(webc_support *answer, webc_result result, const webc__choice *choice)
{
    answer->supported = result == WEBC_OK;
    if (answer->supported)
        snprintf(answer->implementation, sizeof answer->implementation, "%s", choice->row->name);
}

void webc__support_of_decoder(const webc_video_decoder_config *config, webc_support *answer)
{
    webc__choice choice;
    *answer = (webc_support){.struct_size = sizeof *answer};
    answer_from(answer, webc__choose_decoder(config, &choice, answer->reason, sizeof answer->reason), &choice);
}

void webc__support_of_encoder(const webc_video_encoder_config *config, webc_support *answer)
{
    webc__choice choice;
    *answer = (webc_support){.struct_size = sizeof *answer};
    answer_from(
        answer,
        webc__choose_encoder(config, WEBC__DEFAULT_MAX_PIXELS, &choice, answer->reason, sizeof answer->reason),
        &choice);
}

webc_result webc__support_write(webc_support *support, const webc_support *answer)
{
    if (!webc__struct_write(support, answer, sizeof *answer))
        return webc__fail(WEBC_ERROR_TYPE,
                          "is_config_supported: support is NULL or was not set up with webc_support_init");
    return WEBC_OK;
}

/* A trial on its way. */
typedef struct query {
    webc__item item;        /* first */
    webc__message *message; /* holds the config */
    webc__node *node;       /* reserved for the answer */
} query;

struct webc__support_worker {
    webc__ref ref;       /* atomic: the events object, the thread, a query being posted */
    webc_events *events; /* one reference; set at creation */
    webc__worker worker;
};

static void free_query(query *q)
{
    webc__message_free(q->message);
    webc__node_free(q->node);
    free(q);
}

static void run_query(void *ctx, webc__item *item)
{
    webc__support_worker *support = ctx;
    query *q = (query *)item;
    webc_support *answer = &q->node->support;
    if (q->message->kind == WEBC__MESSAGE_CONFIGURE_DECODER) {
        webc__support_of_decoder(q->message->decoder_config, answer);
        if (answer->supported)
            webc__probe_decoder(q->message->decoder_config, answer);
    } else {
        webc__support_of_encoder(q->message->encoder_config, answer);
        if (answer->supported)
            webc__probe_encoder(q->message->encoder_config, answer);
    }
    q->node->event.support = answer;
    webc__events_post(support->events, q->node);
    q->node = NULL;
    free_query(q);
}

static void drop_query(void *ctx, webc__item *item)
{
    (void)ctx;
    free_query((query *)item);
}

static void ignore_discard(void *ctx)
{
    (void)ctx;
}

static void unref_worker(webc__support_worker *support)
{
    if (!webc__ref_drop(&support->ref))
        return;
    webc__worker_deinit(&support->worker);
    webc__events_unref(support->events);
    free(support);
}

static void worker_stopped(void *ctx)
{
    unref_worker(ctx);
}

static const webc__worker_ops query_ops = {
    .run = run_query,
    .drop = drop_query,
    .discarded = ignore_discard,
    .stopped = worker_stopped,
};

void webc__support_worker_close(webc__support_worker *support)
{
    if (webc__worker_close(&support->worker))
        webc__worker_wake(&support->worker);
    unref_worker(support);
}

/* Make a worker that holds two references: one for the events object, one for the thread. */
static webc_result start_worker(webc_events *events, webc__support_worker **out)
{
    webc__support_worker *support = calloc(1, sizeof *support);
    if (!support)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "query_support: no memory for a worker");
    webc__ref_init(&support->ref);
    webc__ref_take(&support->ref);
    support->events = webc__events_ref(events);
    int error = webc__worker_start(&support->worker, "webc-support", &query_ops, support);
    if (error) {
        webc__events_unref(events);
        free(support);
        return webc__fail(WEBC_ERROR_SYSTEM, "query_support: no thread: %s", strerror(error));
    }
    *out = support;
    return WEBC_OK;
}

/*
 * Post under the events lock, where the worker cannot be closed. Without a worker yet one is started unlocked,
 * and given up again when somebody was quicker.
 */
static webc_result post_query(webc_events *events, query *q)
{
    webc__support_worker *fresh = NULL;
    webc__support_worker *support = NULL;
    webc_result result = WEBC_OK;
    while (!support && !result) {
        webc__notice notice = {0};
        webc__events_lock(events);
        if (events->retired) {
            result = webc__fail(WEBC_ERROR_INVALID_STATE, "query_support: the events object was destroyed");
        } else {
            if (!events->support_worker) {
                events->support_worker = fresh;
                fresh = NULL;
            }
            support = events->support_worker;
            if (support && webc__worker_post(&support->worker, &q->item))
                notice.worker = &support->worker;
        }
        webc__events_unlock(events, &notice);
        if (!support && !result)
            result = start_worker(events, &fresh);
    }
    if (fresh)
        webc__support_worker_close(fresh);
    return result;
}

webc_result webc__support_query(webc_events *events, webc__message *message, uint64_t tag)
{
    if (!events) {
        webc__message_free(message);
        return webc__fail(WEBC_ERROR_TYPE, "query_support: events is NULL");
    }
    query *q = calloc(1, sizeof *q);
    webc__node *node = webc__node_create(0);
    if (!message || !q || !node) {
        webc__message_free(message);
        webc__node_free(node);
        free(q);
        return webc__fail(WEBC_ERROR_NO_MEMORY, "query_support: no memory for the query");
    }
    node->event.type = WEBC_EVENT_SUPPORT;
    node->event.tag = tag;
    q->message = message;
    q->node = node;
    webc_result result = post_query(events, q);
    if (result)
        free_query(q);
    return result;
}

static const char *codec_name(uint32_t codec)
{
    static const char *const names[] = {"", "H.264", "HEVC", "VP8", "VP9", "AV1"};
    return codec < sizeof names / sizeof names[0] ? names[codec] : "";
}

webc_result webc_implementation_at(uint32_t index, webc_implementation *out)
{
    const webc__codec_row *row = webc__codec_row_at(index);
    if (!row)
        return webc__fail(WEBC_ERROR_RANGE, "webc_implementation_at: there is no implementation number %u",
                          index);
    webc_implementation full = {
        .struct_size = sizeof full,
        .codec = row->codec,
        .encoder = row->encoder,
        .available = webc__codec_row_available(row),
        .min_width = row->min_width,
        .min_height = row->min_height,
        .realtime = row->realtime,
        .quality = row->quality,
    };
    snprintf(full.name, sizeof full.name, "%s", row->name);
    snprintf(full.codec_name, sizeof full.codec_name, "%s", codec_name(row->codec));
    if (!webc__struct_write(out, &full, sizeof full))
        return webc__fail(
            WEBC_ERROR_TYPE,
            "webc_implementation_at: out is NULL or was not set up with webc_implementation_init");
    return WEBC_OK;
}

webc_result webc_get_stats(webc_stats *stats)
{
    webc_stats full = {
        .struct_size = sizeof full,
        .threads = webc__thread_live(),
        .codecs = WEBC__LEDGER_GET(codecs),
        .events = WEBC__LEDGER_GET(events),
        .frames = WEBC__LEDGER_GET(frames),
        .chunks = WEBC__LEDGER_GET(chunks),
        .queued_events = WEBC__LEDGER_GET(queued_events),
        .messages = WEBC__LEDGER_GET(messages),
        .contexts = WEBC__LEDGER_GET(contexts),
        .worker_wakes = WEBC__LEDGER_GET(worker_wakes),
        .lock_waits = WEBC__LEDGER_GET(lock_waits),
        .frame_bytes = WEBC__LEDGER_GET(frame_bytes),
        .chunk_bytes = WEBC__LEDGER_GET(chunk_bytes),
        .quarantined = webc__thread_quarantined(),
    };
    webc__frame_pool_figures(&full.pooled_buffers, &full.pooled_bytes);
    if (!webc__struct_write(stats, &full, sizeof full))
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_get_stats: stats is NULL or was not set up with webc_stats_init");
    return WEBC_OK;
}

webc_result webc_drain_workers(int64_t timeout_us)
{
    if (webc__thread_drain(timeout_us))
        return WEBC_OK;
    return webc__fail(WEBC_ERROR_QUOTA_EXCEEDED,
                      "webc_drain_workers: workers are left, of %u threads; destroy codecs and events objects "
                      "first, or wait longer",
                      webc__thread_live());
}
