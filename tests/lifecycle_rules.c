/* SPDX-License-Identifier: MIT */
#include "lifecycle_rules.h"

#include <string.h>

void model_begin(model *m, bool decoder)
{
    memset(m, 0, sizeof *m);
    m->decoder = decoder;
    m->state = WEBC_STATE_UNCONFIGURED;
    m->key_required = true;
}

static void expect(model *m, expected event)
{
    ck_assert_uint_lt(m->count, MOST_EXPECTED);
    m->list[m->count++] = event;
}

/* P-17, T19: validity first, then closed; support is found out later. */
webc_result model_configure(model *m, bool valid, bool supported)
{
    if (!valid)
        return WEBC_ERROR_TYPE;
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->state = WEBC_STATE_CONFIGURED;
    m->key_required = true;
    if (!supported && !m->failing) {
        m->failing = true;
        expect(m, (expected){.kind = FAILURE, .result = WEBC_ERROR_NOT_SUPPORTED});
    }
    return WEBC_OK;
}

/* P-18, VD-02: state, then the key rule; what is refused is not queued. */
webc_result model_input(model *m, bool key, uint64_t number)
{
    if (m->state != WEBC_STATE_CONFIGURED)
        return WEBC_ERROR_INVALID_STATE;
    if (m->decoder && m->key_required && !key)
        return WEBC_ERROR_DATA;
    m->key_required = false;
    m->size++;
    m->accepted++;
    if (!m->failing)
        expect(m, (expected){.kind = OUTPUT, .number = number});
    return WEBC_OK;
}

/* P-09, P-15: what pends when an error is told ends with its cause. */
webc_result model_flush(model *m, uint64_t tag)
{
    if (m->state != WEBC_STATE_CONFIGURED)
        return WEBC_ERROR_INVALID_STATE;
    m->key_required = true;
    expect(m, (expected){.kind = COMPLETION,
                         .number = tag,
                         .result = m->failing ? WEBC_ERROR_NOT_SUPPORTED : WEBC_OK,
                         .accepted = m->accepted});
    return WEBC_OK;
}

/* Outputs and errors not told are gone; completions not told have `result`, unless they were cut off before. */
static void model_end(model *m, webc_result result)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->count; i++) {
        expected event = m->list[i];
        if (event.kind != COMPLETION)
            continue;
        if (event.result != WEBC_ERROR_ABORT)
            event.result = result;
        m->list[kept++] = event;
    }
    m->count = kept;
    m->size = 0;
    m->failing = m->reclaimed = false;
}

/* P-11, P-12, P-14. */
webc_result model_cut(model *m, uint32_t state)
{
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->notice = m->notice || m->size > 0;
    model_end(m, WEBC_ERROR_ABORT);
    m->state = state;
    return WEBC_OK;
}

/* P-22. */
webc_result model_reclaim(model *m)
{
    if (m->state == WEBC_STATE_CLOSED)
        return WEBC_ERROR_INVALID_STATE;
    m->reclaimed = true;
    return WEBC_OK;
}

static void model_pop(model *m)
{
    memmove(m->list, m->list + 1, --m->count * sizeof *m->list);
}

/* P-10, T25: sizes told fall strictly; only what reset and close owe may find a queue that has grown again. */
static void model_dequeue(model *m, uint32_t size)
{
    ck_assert_msg(m->notice ? size <= m->size : size < m->size, "DEQUEUE tells %u after %u", size, m->size);
    m->size = size;
    m->notice = false;
}

/* P-15, P-16: the state is closed when the error is told, and only completions follow. */
static void model_error(model *m, webc_result result)
{
    bool foreseen = m->count > 0 && m->list[0].kind == FAILURE && m->list[0].result == result;
    ck_assert_msg(foreseen || (m->reclaimed && result == WEBC_ERROR_QUOTA_EXCEEDED), "ERROR %d", result);
    model_end(m, result);
    m->state = WEBC_STATE_CLOSED;
    m->notice = false;
}

/* P-08, P-10: in order, with its own result, and what was queued before a flush was told as taken. */
static void model_event(model *m, const seen *event)
{
    ck_assert_msg(m->count > 0, "event of type %u, and none is due", event->type);
    const expected *next = &m->list[0];
    bool completion = event->type == WEBC_EVENT_FLUSHED;
    ck_assert_int_eq(next->kind, completion ? COMPLETION : OUTPUT);
    ck_assert_uint_eq(completion ? event->tag : event->number, next->number);
    ck_assert_int_eq(event->result, next->result);
    if (completion && next->result == WEBC_OK)
        ck_assert_uint_le(m->size, m->accepted - next->accepted);
    model_pop(m);
}

void model_take(model *m, const seen *event)
{
    uint32_t before = m->size;
    if (event->type == WEBC_EVENT_DEQUEUE)
        model_dequeue(m, event->queue_size);
    else if (event->type == WEBC_EVENT_ERROR)
        model_error(m, event->result);
    else
        model_event(m, event);
    ck_assert_uint_eq(event->queue_size, event->type == WEBC_EVENT_ERROR ? before : m->size);
}

bool model_is_idle(const model *m)
{
    return !m->count && !m->size && !m->notice && !m->reclaimed;
}
