/* SPDX-License-Identifier: MIT */
/*
 * Inside of webc_events: the queue, and the lock of the control domain. Used by events.c, codec_core.c and
 * support.c. The queue never holds an event that must not be shown: reset, close and destroy take theirs out
 * under the lock, and posts of a passed epoch are refused under it.
 */
#ifndef WEBC_EVENTS_H
#define WEBC_EVENTS_H

#include <pthread.h>
#include <stdbool.h>

#include "shared/ref.h"
#include "shared/worker.h"
#include "webcodecs/events.h"
#include "webcodecs/video_decoder.h"

typedef struct webc__codec webc__codec;

/** An event in the queue or reserved for it. */
typedef struct webc__node {
    /* guarded by the events lock while queued */
    struct webc__node *next;
    struct webc__node *prev;
    struct webc__node *codec_next; /* next of the same codec, in the same order */
    webc__codec *codec;            /* NULL for events of the domain itself */
    uint64_t sequence;             /* order of queueing, for dispatch */
    bool queued;
    bool embedded; /* storage belongs to the codec: nothing to free */
    /* the payload; goes to the consumer with the node as its storage */
    webc_event event;
    webc_chunk_metadata metadata;
    webc_video_decoder_config *decoder_config; /* owned block behind metadata.decoder_config */
    webc_chunk *alpha;                         /* behind metadata.alpha_side_data */
    webc_support support;
    uint64_t flush_id;
    uint64_t bytes; /* of an output, for the codec's limit */
    char *text;     /* in the same block; for webc_event.message */
    /* where the node goes when the consumer is done with it; one reference, NULL: it is freed */
    struct webc__event_bin *bin;
} webc__node;

struct webc_events {
    webc__ref ref; /* atomic: the handle, each codec, lent memory, the support worker */
    /* set at creation */
    webc_events_params params;
    pthread_mutex_t lock; /* never held across FFmpeg, callbacks, free or wakeup */
    pthread_cond_t ready; /* for the consumer */
    pthread_cond_t idle;  /* for set_wakeup: calls_running fell to zero */
    /* guarded by lock */
    webc__node *head;
    webc__node *tail;
    uint64_t sequence;
    webc__codec *codecs; /* alive ones, linked by domain_next */
    bool consuming;      /* a next or dispatch is under way */
    bool waiting;        /* it waits for `ready` */
    bool interrupted;
    bool retired; /* the handle was destroyed */
    int read_fd;  /* -1 until asked for */
    int write_fd; /* the same as read_fd for an eventfd */
    webc_wakeup_fn wakeup;
    void *wakeup_user;
    uint32_t wakeup_running;
    struct webc__support_worker *support_worker; /* NULL until the first query */
};

/** What is left to do after the lock is released; collected under it. */
typedef struct webc__notice {
    webc__worker *worker; /* to wake */
    bool signal;          /* the consumer */
    bool trim;            /* the pool of pictures, as no worker will */
    webc_wakeup_fn wakeup;
    void *user;
} webc__notice;

/** A node with `text_size` bytes of text; NULL without memory. */
webc__node *webc__node_create(size_t text_size);
/** Free a node that is not queued, payload included. Takes no lock. */
void webc__node_free(webc__node *node);

webc_events *webc__events_ref(webc_events *events);
void webc__events_unref(webc_events *events);

void webc__events_lock(webc_events *events);
/** Release the lock and do what the posts under it left to do. */
void webc__events_unlock(webc_events *events, const webc__notice *notice);

/** Append a node; `notice` collects what webc__events_unlock() must do. */
void webc__events_append_locked(webc_events *events, webc__node *node, webc__notice *notice);
/** Take a node out, wherever it stands in the queue. Does not touch the codec's list. */
void webc__events_unlink_locked(webc_events *events, webc__node *node);

/** Queue a node of the domain itself; freed instead when the events object was destroyed. */
void webc__events_post(webc_events *events, webc__node *node);

#endif
