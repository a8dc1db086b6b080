/* SPDX-License-Identifier: MIT */
#include "spec/lifecycle.h"

#include "shared/error.h"

webc__lifecycle webc__lifecycle_begin(void)
{
    return (webc__lifecycle){.state = WEBC_STATE_UNCONFIGURED, .key_required = true};
}

webc_result webc__lifecycle_check(const webc__lifecycle *life, webc__call call, const char *verb,
                                  const char *noun)
{
    if (life->state == WEBC_STATE_CLOSED)
        return webc__fail(WEBC_ERROR_INVALID_STATE, "%s: the %s is closed; create a new one", verb, noun);
    bool needs_config = call == WEBC__CALL_INPUT || call == WEBC__CALL_FLUSH;
    if (needs_config && life->state != WEBC_STATE_CONFIGURED)
        return webc__fail(WEBC_ERROR_INVALID_STATE, "%s: the %s is not configured; call configure first", verb,
                          noun);
    return WEBC_OK;
}

webc_result webc__lifecycle_check_label(const webc__lifecycle *life, bool is_key, int64_t timestamp)
{
    if (is_key || !life->key_required)
        return WEBC_OK;
    return webc__fail(WEBC_ERROR_DATA,
                      "decode: a key chunk is required after configure and flush, and the chunk "
                      "at timestamp %lld is a delta; skip to the next key chunk",
                      (long long)timestamp);
}

void webc__lifecycle_configure(webc__lifecycle *life)
{
    life->state = WEBC_STATE_CONFIGURED;
    life->key_required = true;
}

void webc__lifecycle_input(webc__lifecycle *life, uint64_t bytes)
{
    life->queue_size++;
    life->queue_bytes += bytes;
    life->key_required = false;
}

uint64_t webc__lifecycle_flush(webc__lifecycle *life)
{
    life->pending_flushes++;
    life->key_required = true;
    return ++life->last_flush_id;
}

static void empty_queue(webc__lifecycle *life)
{
    life->queue_size = 0;
    life->queue_bytes = 0;
    life->taken = 0;
    life->taken_bytes = 0;
}

/* A notice that was on its way still comes, though the queue may have been empty when it was cut off again. */
static bool cut_off(webc__lifecycle *life, uint32_t state)
{
    life->dequeue_scheduled = life->dequeue_scheduled || life->queue_size > 0;
    empty_queue(life);
    life->state = state;
    return life->dequeue_scheduled;
}

bool webc__lifecycle_reset(webc__lifecycle *life)
{
    return cut_off(life, WEBC_STATE_UNCONFIGURED);
}

bool webc__lifecycle_close(webc__lifecycle *life)
{
    return cut_off(life, WEBC_STATE_CLOSED);
}

bool webc__lifecycle_take(webc__lifecycle *life, uint64_t bytes)
{
    bool first = !life->dequeue_scheduled;
    life->taken++;
    life->taken_bytes += bytes;
    life->dequeue_scheduled = true;
    return first;
}

void webc__lifecycle_tell(webc__lifecycle *life)
{
    life->queue_size -= life->taken;
    life->queue_bytes -= life->taken_bytes;
    life->taken = 0;
    life->taken_bytes = 0;
    life->dequeue_scheduled = false;
}

void webc__lifecycle_complete(webc__lifecycle *life)
{
    life->pending_flushes--;
}

/* No notice: the error itself tells that the queue is empty. */
void webc__lifecycle_fail(webc__lifecycle *life)
{
    empty_queue(life);
    life->dequeue_scheduled = false;
    life->state = WEBC_STATE_CLOSED;
}

uint64_t webc__lifecycle_abandon(webc__lifecycle *life)
{
    uint64_t pending = life->pending_flushes;
    webc__lifecycle_fail(life);
    life->pending_flushes = 0;
    return pending;
}
