/* SPDX-License-Identifier: MIT */
/* The event queue of a control domain: posts from any thread, one consumer. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#endif

#include "codec_core.h"
#include "event_bin.h"
#include "media/frame_pool.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "shared/struct.h"
#include "shared/thread.h"
#include "support.h"

/* A size above it is that of storage that was not set up: it must not be cleared. */
#define LARGEST_EVENT 65536u

webc__node *webc__node_create(size_t text_size)
{
    webc__node *node = calloc(1, sizeof *node + text_size);
    if (!node)
        return NULL;
    node->event.struct_size = sizeof node->event;
    node->text = (char *)(node + 1);
    return node;
}

void webc__node_free(webc__node *node)
{
    if (!node || node->embedded)
        return;
    webc_frame_unref(&node->event.frame);
    webc_chunk_unref(&node->event.chunk);
    webc_chunk_unref(&node->alpha);
    free(node->decoder_config);
    webc__event_bin_unref(node->bin);
    free(node);
}

void webc_events_params_init(webc_events_params *params, uint32_t struct_size)
{
    webc__struct_init(params, struct_size);
}

void webc_event_init(webc_event *event, uint32_t struct_size)
{
    webc__struct_init(event, struct_size);
}

/* Programs come with no smaller struct, as this is the first version of it. */
static bool has_good_size(const webc_event *event)
{
    return event->struct_size >= sizeof *event && event->struct_size <= LARGEST_EVENT;
}

void webc_event_clear(webc_event *event)
{
    if (!event || !has_good_size(event))
        return;
    webc_frame_unref(&event->frame);
    webc__node *node = event->storage;
    if (node) {
        node->event.chunk = event->chunk;
        webc__event_bin_put(node);
    } else {
        webc_chunk_unref(&event->chunk);
    }
    webc__struct_init(event, event->struct_size);
}

webc_events *webc__events_ref(webc_events *events)
{
    webc__ref_take(&events->ref);
    return events;
}

static void close_fds(webc_events *events)
{
    if (events->read_fd >= 0)
        close(events->read_fd);
    if (events->write_fd >= 0 && events->write_fd != events->read_fd)
        close(events->write_fd);
}

void webc__events_unref(webc_events *events)
{
    if (!webc__ref_drop(&events->ref))
        return;
    /* Codecs and lent memory hold references, so the queue can only hold what nobody took. */
    while (events->head) {
        webc__node *node = events->head;
        webc__events_unlink_locked(events, node);
        webc__node_free(node);
    }
    close_fds(events);
    pthread_cond_destroy(&events->idle);
    pthread_cond_destroy(&events->ready);
    pthread_mutex_destroy(&events->lock);
    free(events);
    WEBC__LEDGER_SUB(events);
}

static int init_locks(webc_events *events)
{
    int error = webc__mutex_init(&events->lock);
    if (error)
        return error;
    error = webc__cond_init(&events->ready);
    if (error)
        goto no_ready;
    error = webc__cond_init(&events->idle);
    if (!error)
        return 0;
    pthread_cond_destroy(&events->ready);
no_ready:
    pthread_mutex_destroy(&events->lock);
    return error;
}

webc_result webc_events_create(webc_events **out, const webc_events_params *params)
{
    if (!out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_create: out is NULL");
    *out = NULL;
    webc_events_params full = {.struct_size = sizeof full};
    if (params && !webc__struct_read(&full, sizeof full, params))
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_events_create: params.struct_size is %u; set params up with "
                          "webc_events_params_init",
                          params->struct_size);
    if (full.reserved)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_create: params.reserved must be 0");
    webc_events *events = calloc(1, sizeof *events);
    if (!events)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "webc_events_create: no memory for the events object");
    int error = init_locks(events);
    if (error) {
        free(events);
        return webc__fail(WEBC_ERROR_SYSTEM, "webc_events_create: no lock: %s", strerror(error));
    }
    webc__ref_init(&events->ref);
    events->params = full;
    events->read_fd = events->write_fd = -1;
    WEBC__LEDGER_ADD(events);
    *out = events;
    return WEBC_OK;
}

void webc__events_lock(webc_events *events)
{
    webc__mutex_lock(&events->lock);
}

/* Call a wakeup that was counted as running under the lock. */
static void run_wakeup(webc_events *events, webc_wakeup_fn wakeup, void *user)
{
    wakeup(user);
    webc__mutex_lock(&events->lock);
    if (--events->wakeup_running == 0)
        pthread_cond_broadcast(&events->idle);
    pthread_mutex_unlock(&events->lock);
}

void webc__events_unlock(webc_events *events, const webc__notice *notice)
{
    pthread_mutex_unlock(&events->lock);
    if (!notice)
        return;
    if (notice->worker)
        webc__worker_wake(notice->worker);
    if (notice->signal)
        pthread_cond_signal(&events->ready);
    if (notice->trim)
        webc__frame_pool_trim();
    if (notice->wakeup)
        run_wakeup(events, notice->wakeup, notice->user);
}

/* The descriptor is written and read under the lock, so that it is readable exactly while the queue is not
 * empty. */
static void arm_locked(webc_events *events)
{
    uint64_t one = 1;
    if (events->write_fd < 0)
        return;
    size_t size = events->write_fd == events->read_fd ? sizeof one : 1;
    while (write(events->write_fd, &one, size) < 0 && errno == EINTR) {
    }
}

static void disarm_locked(webc_events *events)
{
    uint64_t count;
    if (events->read_fd < 0)
        return;
    size_t size = events->write_fd == events->read_fd ? sizeof count : 1;
    while (read(events->read_fd, &count, size) < 0 && errno == EINTR) {
    }
}

void webc__events_append_locked(webc_events *events, webc__node *node, webc__notice *notice)
{
    node->queued = true;
    node->sequence = ++events->sequence;
    node->next = NULL;
    node->prev = events->tail;
    if (events->tail)
        events->tail->next = node;
    else
        events->head = node;
    events->tail = node;
    WEBC__LEDGER_ADD(queued_events);
    if (events->waiting) {
        events->waiting = false;
        notice->signal = true;
    }
    if (node->prev)
        return;
    arm_locked(events);
    if (events->wakeup && !notice->wakeup) {
        events->wakeup_running++;
        notice->wakeup = events->wakeup;
        notice->user = events->wakeup_user;
    }
}

void webc__events_unlink_locked(webc_events *events, webc__node *node)
{
    if (node->prev)
        node->prev->next = node->next;
    else
        events->head = node->next;
    if (node->next)
        node->next->prev = node->prev;
    else
        events->tail = node->prev;
    node->next = node->prev = NULL;
    node->queued = false;
    WEBC__LEDGER_SUB(queued_events);
    if (!events->head)
        disarm_locked(events);
}

void webc__events_post(webc_events *events, webc__node *node)
{
    webc__notice notice = {0};
    webc__events_lock(events);
    bool retired = events->retired;
    if (!retired)
        webc__events_append_locked(events, node, &notice);
    webc__events_unlock(events, &notice);
    if (retired)
        webc__node_free(node);
}

/* Close all codecs silently, one at a time, as each may have a worker to wake. */
static void retire_codecs(webc_events *events)
{
    webc__codec *codec;
    do {
        webc__notice notice = {0};
        webc__events_lock(events);
        codec = events->codecs;
        if (codec) {
            webc__ref_take(&codec->ref);
            webc__codec_retire_locked(codec, &notice);
        }
        webc__events_unlock(events, &notice);
        if (codec)
            webc__codec_unref(codec);
    } while (codec);
}

void webc_events_destroy(webc_events **handle)
{
    if (!handle || !*handle)
        return;
    webc_events *events = *handle;
    *handle = NULL;
    webc_events_set_wakeup(events, NULL, NULL);
    webc__events_lock(events);
    events->retired = true;
    struct webc__support_worker *support = events->support_worker;
    events->support_worker = NULL;
    webc__events_unlock(events, NULL);
    if (support)
        webc__support_worker_close(support);
    retire_codecs(events);
    webc__events_unref(events);
}

/* Take the head and apply what it means to its codec. NULL when the queue is empty or past `last`. */
static webc__node *pop_locked(webc_events *events, uint64_t last, webc__notice *notice)
{
    webc__node *node = events->head;
    if (!node || node->sequence > last)
        return NULL;
    webc__events_unlink_locked(events, node);
    if (node->codec)
        webc__codec_delivered_locked(node->codec, node, notice);
    return node;
}

/* Hand a node's payload to a full event. An embedded node stays its codec's: it may be queued again at once. */
static void take_event_locked(webc__node *node, webc_event *out)
{
    *out = node->event;
    out->storage = node->embedded ? NULL : node;
    node->event.frame = NULL;
    node->event.chunk = NULL;
}

static webc_result begin_consuming_locked(webc_events *events, const char *where)
{
    if (events->consuming)
        return webc__fail(WEBC_ERROR_INVALID_STATE,
                          "%s: another next or dispatch on this events object is under "
                          "way; take events on one thread and not inside callbacks",
                          where);
    events->consuming = true;
    return WEBC_OK;
}

/* Wait until there is an event, the time is over or somebody interrupts; true with an event. */
static bool wait_locked(webc_events *events, int64_t timeout_us)
{
    int64_t deadline = timeout_us ? webc__deadline_us(timeout_us) : 0;
    bool in_time = timeout_us != 0;
    while (!events->head && !events->interrupted && in_time) {
        events->waiting = true;
        in_time = webc__cond_wait_until(&events->ready, &events->lock, deadline);
        events->waiting = false;
    }
    if (events->head)
        return true;
    /* A look does not wait: the interrupt is for the call that does. */
    if (timeout_us != 0)
        events->interrupted = false;
    return false;
}

int32_t webc_events_next(webc_events *events, int64_t timeout_us, webc_event *out)
{
    if (!events || !out)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_next: %s is NULL", events ? "event" : "events");
    if (!has_good_size(out))
        return webc__fail(WEBC_ERROR_TYPE,
                          "webc_events_next: event.struct_size is %u; set the event up with "
                          "webc_event_init",
                          out->struct_size);
    webc_event_clear(out);
    webc__events_lock(events);
    webc_result result = begin_consuming_locked(events, "webc_events_next");
    if (result) {
        webc__events_unlock(events, NULL);
        return result;
    }
    webc__notice notice = {0};
    webc_event event;
    webc__codec *codec = NULL;
    bool got = wait_locked(events, timeout_us);
    if (got) {
        webc__node *node = pop_locked(events, UINT64_MAX, &notice);
        codec = node->codec;
        if (codec)
            webc__ref_take(&codec->ref);
        take_event_locked(node, &event);
    }
    events->consuming = false;
    webc__events_unlock(events, &notice);
    if (!got)
        return 0;
    if (codec)
        webc__codec_unref(codec);
    webc__struct_write(out, &event, sizeof event);
    return 1;
}

/* Run one callback; the codec is pinned, so that it may be destroyed inside. */
static void call_back(webc_events *events, webc__codec *codec, const webc_event *event)
{
    if (codec) {
        webc_event_fn callback = webc__codec_callback(codec, event->type);
        if (callback)
            callback(event->user, event);
    } else if (event->type == WEBC_EVENT_SUPPORT && events->params.support) {
        events->params.support(events->params.user, event);
    } else if (event->type == WEBC_EVENT_BUFFER_RELEASED && events->params.buffer_released) {
        events->params.buffer_released(events->params.user, event);
    }
}

/* Deliver one event; false when none is left of those queued at entry. */
static bool dispatch_one(webc_events *events, uint64_t last)
{
    webc__notice notice = {0};
    webc__events_lock(events);
    webc__node *node = pop_locked(events, last, &notice);
    if (!node) {
        webc__events_unlock(events, NULL);
        return false;
    }
    webc_event event;
    webc__codec *codec = node->codec;
    if (codec)
        webc__ref_take(&codec->ref);
    take_event_locked(node, &event);
    webc__events_unlock(events, &notice);
    call_back(events, codec, &event);
    webc_event_clear(&event);
    if (codec)
        webc__codec_unref(codec);
    return true;
}

int32_t webc_events_dispatch(webc_events *events)
{
    if (!events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_dispatch: events is NULL");
    webc__events_lock(events);
    webc_result result = begin_consuming_locked(events, "webc_events_dispatch");
    uint64_t last = events->sequence;
    webc__events_unlock(events, NULL);
    if (result)
        return result;
    int32_t count = 0;
    while (dispatch_one(events, last))
        count++;
    webc__notice notice = {0};
    webc__events_lock(events);
    events->consuming = false;
    if (events->head && events->wakeup) {
        /* Queued meanwhile, without an edge: a consumer that only waits for wakeups must hear of it. */
        events->wakeup_running++;
        notice = (webc__notice){.wakeup = events->wakeup, .user = events->wakeup_user};
    }
    webc__events_unlock(events, &notice);
    return count;
}

static int open_fds(int *read_fd, int *write_fd)
{
#ifdef __linux__
    *read_fd = *write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return *read_fd < 0 ? errno : 0;
#else
    int ends[2];
    if (pipe(ends) < 0)
        return errno;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    *read_fd = ends[0];
    *write_fd = ends[1];
    return 0;
#endif
}

int64_t webc_events_native_handle(webc_events *events)
{
    if (!events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_native_handle: events is NULL");
    int error = 0;
    webc__events_lock(events);
    if (events->read_fd < 0) {
        error = open_fds(&events->read_fd, &events->write_fd);
        if (!error && events->head)
            arm_locked(events);
    }
    int fd = events->read_fd;
    webc__events_unlock(events, NULL);
    if (error)
        return webc__fail(WEBC_ERROR_SYSTEM,
                          "webc_events_native_handle: no descriptor: %s; raise the limit of open "
                          "files, or use webc_events_set_wakeup or webc_events_next",
                          strerror(error));
    return fd;
}

webc_result webc_events_set_wakeup(webc_events *events, webc_wakeup_fn wakeup, void *user)
{
    if (!events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_events_set_wakeup: events is NULL");
    webc__notice notice = {0};
    webc__events_lock(events);
    events->wakeup = NULL;
    while (events->wakeup_running)
        pthread_cond_wait(&events->idle, &events->lock);
    events->wakeup = wakeup;
    events->wakeup_user = user;
    if (wakeup && events->head) {
        events->wakeup_running++;
        notice = (webc__notice){.wakeup = wakeup, .user = user};
    }
    webc__events_unlock(events, &notice);
    return WEBC_OK;
}

void webc_events_interrupt(webc_events *events)
{
    if (!events)
        return;
    webc__events_lock(events);
    events->interrupted = true;
    bool wake = events->waiting;
    events->waiting = false;
    webc__events_unlock(events, &(webc__notice){.signal = wake});
}

/* State of memory that was lent with an events object. */
typedef struct lent {
    webc_events *events; /* one reference */
    webc__node *node;    /* reserved when the memory was lent */
} lent;

static void give_back(void *user)
{
    lent *memory = user;
    webc__events_post(memory->events, memory->node);
    webc__events_unref(memory->events);
    free(memory);
}

webc_result webc_frame_wrap_with_event(webc_frame **out, const webc_frame_params *params, const void *data,
                                       uint64_t size, webc_events *events, uint64_t tag)
{
    if (!out || !events)
        return webc__fail(WEBC_ERROR_TYPE, "webc_frame_wrap_with_event: %s is NULL", out ? "events" : "out");
    *out = NULL;
    lent *memory = malloc(sizeof *memory);
    webc__node *node = webc__node_create(0);
    if (!memory || !node) {
        free(memory);
        free(node);
        return webc__fail(WEBC_ERROR_NO_MEMORY, "webc_frame_wrap_with_event: no memory for the event");
    }
    node->event.type = WEBC_EVENT_BUFFER_RELEASED;
    node->event.tag = tag;
    *memory = (lent){.events = webc__events_ref(events), .node = node};
    webc_result result = webc_frame_wrap(out, params, data, size, give_back, memory);
    if (result) {
        webc__events_unref(events);
        free(node);
        free(memory);
    }
    return result;
}
