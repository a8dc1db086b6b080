/* SPDX-License-Identifier: MIT */
/* The event queue: how outputs, errors, flush completions and dequeue notices come back. */
#ifndef WEBCODECS_EVENTS_H
#define WEBCODECS_EVENTS_H

#include "chunk.h"
#include "common.h"
#include "frame.h"
#include "result.h"
#include "support.h"

#ifdef __cplusplus
extern "C" {
#endif

struct webc_video_decoder_config;

/* Event types. Types that a program does not know must be ignored. */
#define WEBC_EVENT_FRAME 1u           /**< event.frame: a decoded picture */
#define WEBC_EVENT_CHUNK 2u           /**< event.chunk and event.metadata: coded video */
#define WEBC_EVENT_FLUSHED 3u         /**< event.tag and event.result: a flush has ended */
#define WEBC_EVENT_DEQUEUE 4u         /**< event.queue_size: the queue has become shorter */
#define WEBC_EVENT_ERROR 5u           /**< event.result and event.message: the codec is closed now */
#define WEBC_EVENT_SUPPORT 6u         /**< event.tag and event.support: answer to a query_support call */
#define WEBC_EVENT_BUFFER_RELEASED 7u /**< event.tag: lent memory is the caller's again */
/**
 * The codec has nothing left to do: every configure, decode, encode and flush accepted so far is worked off,
 * and all that there is to say about them was queued before. Only with `report_idle` of the codec's params.
 *
 * One that is queued and not taken is taken back when another message is accepted, so it is true when it is
 * delivered (but for calls on other threads meanwhile), and several pauses may give one. It is also the last
 * event that reset, close and the delivery of an ERROR queue; what they dropped the worker may still be
 * freeing. A codec that was destroyed gives none.
 */
#define WEBC_EVENT_IDLE 8u

/** EncodedVideoChunkMetadata, WebCodecs 6.7. */
typedef struct webc_chunk_metadata {
    uint32_t struct_size;
    uint32_t has_svc; /**< 1 with more than one temporal layer; else temporal_layer_id means nothing */
    uint32_t temporal_layer_id; /**< SvcOutputMetadata; 0 is the base, and a key frame is always in it */
    uint32_t has_dts;           /**< extension; 1 where b_frames are asked for, else dts means nothing */
    /**
     * Extension, for muxers: decoding time in microseconds. With rising timestamps it rises from chunk to chunk
     * and is never behind the chunk's timestamp; the first may lie before that of the first frame.
     */
    int64_t dts;
    /** VideoDecoderConfig for this chunk and the following; NULL when it is the same as before. */
    const struct webc_video_decoder_config *decoder_config;
    /**
     * alphaSideData: with alpha "keep", the chunk of the frame's alpha in a stream of its own, as the luma of
     * grey pictures of full range, for a decoder with the same codec string. It is a key frame whenever the
     * chunk is one, or the frame before had no alpha. NULL where the frame had no alpha.
     */
    const void *alpha_side_data;
    uint64_t alpha_side_data_size; /**< bytes */
} webc_chunk_metadata;

/** One notification. Set up once with webc_event_init(), drop payloads with webc_event_clear(). */
typedef struct webc_event {
    uint32_t struct_size;
    uint32_t type;     /**< WEBC_EVENT_*; 0 when empty */
    uint64_t codec_id; /**< of the codec; 0 for SUPPORT and BUFFER_RELEASED */
    void *user;        /**< `user` of the codec's params */
    uint32_t media;    /**< WEBC_MEDIA_* of the codec; 0 for SUPPORT and BUFFER_RELEASED */
    int32_t result;    /**< webc_result: FLUSHED and ERROR */
    uint64_t tag;      /**< of the input, flush, query or lent memory */
    /** Of the codec when the event was delivered; of an ERROR, which empties the queue, what it was before. */
    uint32_t queue_size;
    uint32_t generation;                 /**< rises with each reset, close and ERROR of the codec */
    webc_frame *frame;                   /**< FRAME: one reference, owned by the event */
    webc_chunk *chunk;                   /**< CHUNK: one reference, owned by the event */
    const webc_chunk_metadata *metadata; /**< CHUNK: owned by the event */
    const char *message;                 /**< ERROR, FLUSHED that failed: text owned by the event; else NULL */
    const webc_support *support;         /**< SUPPORT: owned by the event */
    void *storage;                       /**< private */
} webc_event;

/**
 * Receives an event in webc_events_dispatch(); a codec's callbacks get the codec's events only.
 *
 * Threads: the thread that called dispatch. Any call is legal inside but next and dispatch on the same events
 * object; the codec may be closed or destroyed.
 * Owns: the event and its payloads are borrowed; take a reference to keep a frame or chunk.
 */
typedef void (*webc_event_fn)(void *user, const webc_event *event);

/**
 * Told that the queue has become not empty.
 *
 * Threads: any, workers and the watchdog of the process included; it must return at once, as all deadlines
 * of `watchdog_us` wait for it there, and must not call the library.
 */
typedef void (*webc_wakeup_fn)(void *user);

/** What an events object is made with. Set up with webc_events_params_init(). */
typedef struct webc_events_params {
    uint32_t struct_size;
    uint32_t reserved;             /**< must be 0 */
    void *user;                    /**< given to the callbacks below */
    webc_event_fn support;         /**< SUPPORT events in dispatch; default none */
    webc_event_fn buffer_released; /**< BUFFER_RELEASED events in dispatch; default none */
} webc_events_params;

/**
 * Clear a struct to its defaults and record its size.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_events_params_init(webc_events_params *params, uint32_t struct_size);
WEBC_API void webc_event_init(webc_event *event, uint32_t struct_size);

/**
 * Drop what an event owns and make it empty; an empty event is left as it is.
 *
 * To keep event->frame or event->chunk, take it out and set the member to NULL before this call. A chunk that
 * stays is freed by the worker that made it, when that next has something to do: at most 4 MiB wait for that.
 *
 * Threads: any.
 * Owns: the payloads end here.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_event_clear(webc_event *event);

/**
 * Make an events object: an empty queue for any number of codecs, and the lock of their control side.
 *
 * `params` may be NULL for the defaults.
 *
 * Threads: any.
 * Owns: the caller gets *out, to be given to webc_events_destroy().
 * Errors: TypeError for bad params; SystemError; OutOfMemoryError.
 */
WEBC_API webc_result webc_events_create(webc_events **out, const webc_events_params *params);

/**
 * Give the events object up and set the pointer to NULL. Its codecs are closed silently; their handles stay
 * the caller's to destroy. A registered wakeup callback is cleared as by webc_events_set_wakeup(NULL).
 *
 * Threads: any but its own callbacks, and not while another thread is in next or dispatch on it.
 * Owns: the handle ends here. NULL and a pointer to NULL are accepted.
 * Errors: none.
 */
WEBC_API void webc_events_destroy(webc_events **events);

/**
 * Take the next event into the caller's storage; what the storage held is cleared first.
 *
 * `timeout_us` in microseconds: 0 only looks, negative waits without limit.
 *
 * Threads: one consumer at a time; waits up to the timeout.
 * Owns: the event's payloads are the caller's until webc_event_clear() or the next call with the same storage.
 * Errors: returns 1 with an event, 0 at the timeout or after webc_events_interrupt(); TypeError for NULL or a
 * wrong struct_size; InvalidStateError when another next or dispatch is under way.
 */
WEBC_API int32_t webc_events_next(webc_events *events, int64_t timeout_us, webc_event *event);

/**
 * Run the callbacks for the events that are queued at entry and return their number. Does not wait.
 *
 * Threads: one consumer at a time; callbacks run on the calling thread.
 * Owns: events without a callback are dropped.
 * Errors: InvalidStateError when another next or dispatch is under way; TypeError for NULL.
 */
WEBC_API int32_t webc_events_dispatch(webc_events *events);

/**
 * A descriptor that polls as readable exactly while the queue is not empty (eventfd on Linux, pipe elsewhere).
 *
 * Wait on it with poll, epoll or any event loop, then call next or dispatch until empty. Never read it. It is
 * made at the first call.
 *
 * Threads: any.
 * Owns: the events object closes it.
 * Errors: SystemError, with the reason, when no descriptor can be had; TypeError for NULL.
 */
WEBC_API int64_t webc_events_native_handle(webc_events *events);

/**
 * Register a callback for the moment the queue becomes not empty; NULL clears it. It is called at once when
 * events are queued already.
 *
 * Threads: any but the callback itself. Clearing or replacing waits for a call of the old callback that is
 * running, so that its state may be freed afterwards.
 * Owns: `user` must live until the callback is cleared.
 * Errors: TypeError for NULL events.
 */
WEBC_API webc_result webc_events_set_wakeup(webc_events *events, webc_wakeup_fn wakeup, void *user);

/**
 * Make a webc_events_next() that waits, or the next one that would, return 0.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_events_interrupt(webc_events *events);

#ifdef __cplusplus
}
#endif

#endif
