/* SPDX-License-Identifier: MIT */
/* allocationSize and copyTo of VideoFrame; conversions run on the pool of the host. */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

static webc_frame_copy_params params_in(const double *in)
{
    webc_frame_copy_params params = {.struct_size = sizeof params};
    params.format = (uint32_t)in[SLOT_FORMAT];
    params.rect = (webc_rect){(uint32_t)in[SLOT_RECT], (uint32_t)in[SLOT_RECT + 1], (uint32_t)in[SLOT_RECT + 2],
                              (uint32_t)in[SLOT_RECT + 3]};
    params.color_space = (uint32_t)in[SLOT_COLOR_SPACE];
    params.layout_count = (uint32_t)in[SLOT_LAYOUT_COUNT];
    for (uint32_t i = 0; i < WEBC_MAX_PLANES; i++)
        params.layout[i] =
            (webc_plane_layout){(uint32_t)in[SLOT_LAYOUT + 2 * i], (uint32_t)in[SLOT_LAYOUT + 2 * i + 1]};
    return params;
}

/* Planes of what is written: those of the frame, or the one of RGB. */
static uint32_t plane_count(const webc_frame *frame, uint32_t format)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    if (format)
        return 1;
    return webc_frame_get_info(frame, &info) ? 0 : info.plane_count;
}

static napi_value frame_allocation_size(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    const webc_frame *frame = frame_of(&call, 0);
    uint64_t size = 0;
    if (!frame)
        return NULL;
    webc_frame_copy_params params = params_in(call.addon->exchange);
    webc_result result = webc_frame_allocation_size(frame, &params, &size);
    return result ? throw_result(&call, result) : make_number(env, (double)size);
}

/* frameCopyTo(frame, destination): in the call, for copies that cost no more than moving the bytes */
static napi_value frame_copy_to(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    double *exchange = call.addon->exchange;
    const webc_frame *frame = frame_of(&call, 0);
    webc_plane_layout layouts[WEBC_MAX_PLANES] = {{0}};
    void *data;
    size_t size;
    if (!frame)
        return NULL;
    if (!bytes_of(env, call.arguments[1], &data, &size))
        return throw_named(&call, "TypeError", "the destination is not bytes");
    webc_frame_copy_params params = params_in(exchange);
    webc_result result = webc_frame_copy_to(frame, &params, data, size, layouts);
    if (result)
        return throw_result(&call, result);
    exchange[SLOT_LAYOUT_COUNT] = plane_count(frame, params.format);
    for (uint32_t i = 0; i < WEBC_MAX_PLANES; i++) {
        exchange[SLOT_LAYOUT + 2 * i] = layouts[i].offset;
        exchange[SLOT_LAYOUT + 2 * i + 1] = layouts[i].stride;
    }
    return NULL;
}

/* How much of a finished copy is written in one turn of the loop: a picture of 4K takes eight. */
#define SLICE_BYTES (4u << 20)

/* A copy that waits or is under way. The pool's thread uses `frame` to `message`, and only while `work` is
 * queued. */
struct copy_work {
    binding *addon;
    copy_work *next;
    napi_async_work work;
    napi_deferred promise;
    napi_ref destination;
    webc_frame *frame; /* one reference */
    webc_frame_copy_params params;
    uint64_t size;
    uint8_t *memory; /* what is copied goes here first: the destination may be detached at any moment */
    webc_plane_layout layouts[WEBC_MAX_PLANES];
    webc_result result;
    char message[256];
    bool converted;
    uint32_t rows; /* written to the destination so far */
};

static void free_copy(copy_work *copy)
{
    if (copy->work)
        napi_delete_async_work(copy->addon->env, copy->work);
    if (copy->destination)
        napi_delete_reference(copy->addon->env, copy->destination);
    webc_frame_unref(&copy->frame);
    free(copy->memory);
    addon_release(copy->addon);
    free(copy);
}

void copies_abandon(binding *addon)
{
    while (addon->copies) {
        copy_work *copy = addon->copies;
        addon->copies = copy->next;
        free_copy(copy);
    }
}

/* A thread of the host's pool. */
static void run_copy(napi_env env, void *data)
{
    copy_work *copy = data;
    (void)env;
    if (copy->converted)
        return; /* only a turn of the loop between two slices */
    copy->result = webc_frame_copy_to(copy->frame, &copy->params, copy->memory, copy->size, copy->layouts);
    if (copy->result) {
        strncpy(copy->message, webc_error_message(), sizeof copy->message - 1);
        copy->message[sizeof copy->message - 1] = '\0';
    }
    copy->converted = true;
}

/* False when JavaScript cannot run any more. */
static bool reject(const copy_work *copy, const char *name, const char *message)
{
    js_call call = {.env = copy->addon->env, .addon = copy->addon};
    napi_value error = NULL;
    throw_named(&call, name, message);
    return !napi_get_and_clear_last_exception(call.env, &error) &&
           !napi_reject_deferred(call.env, copy->promise, error);
}

static bool resolve(const copy_work *copy)
{
    napi_env env = copy->addon->env;
    napi_value layouts;
    return !napi_create_array_with_length(env, 2, &layouts) &&
           !napi_set_element(env, layouts, 0, make_number(env, copy->layouts[0].offset)) &&
           !napi_set_element(env, layouts, 1, make_number(env, copy->layouts[0].stride)) &&
           !napi_resolve_deferred(env, copy->promise, layouts);
}

/* Write some rows, and only rows: the bytes between them stay the program's. True when the last is written. */
static bool write_slice(copy_work *copy, uint8_t *to)
{
    size_t row = (size_t)4 * copy->params.rect.width;
    uint64_t stride = copy->layouts[0].stride, at = copy->layouts[0].offset + copy->rows * stride;
    uint64_t written = 0;
    for (; copy->rows < copy->params.rect.height && written < SLICE_BYTES; copy->rows++) {
        memcpy(to + at, copy->memory + at, row);
        at += stride;
        written += row;
    }
    return copy->rows == copy->params.rect.height;
}

static void finish_copy(napi_env env, napi_status status, void *data);

/* Have the pool run the copy, or what is left of it. */
static bool queue_copy(copy_work *copy)
{
    napi_env env = copy->addon->env;
    if (copy->work)
        napi_delete_async_work(env, copy->work);
    copy->work = NULL;
    return !napi_create_async_work(env, NULL, make_text(env, "VideoFrame.copyTo"), run_copy, finish_copy, copy,
                                   &copy->work) &&
           !napi_queue_async_work(env, copy->work);
}

/*
 * Begin the next copy, when none is under way: the pool has four threads for everything that the program does,
 * and the end of an environment waits for what is under way.
 */
static void start_next(binding *addon)
{
    while (addon->copies && !addon->copying) {
        copy_work *copy = addon->copies;
        addon->copies = copy->next;
        if (!addon->copies)
            addon->copies_last = NULL;
        copy->memory = malloc((size_t)copy->size);
        addon->copying = copy->memory && queue_copy(copy);
        if (!addon->copying) {
            reject(copy, "OutOfMemoryError", "copyTo: no memory for the conversion");
            free_copy(copy);
        }
    }
}

/* The JavaScript thread. */
static void finish_copy(napi_env env, napi_status status, void *data)
{
    copy_work *copy = data;
    binding *addon = copy->addon;
    napi_value destination;
    void *to = NULL;
    size_t size = 0;
    bool alive = status != napi_cancelled && !addon->closing;
    if (alive && !napi_get_reference_value(env, copy->destination, &destination))
        bytes_of(env, destination, &to, &size);
    if (alive && copy->result) {
        alive = reject(copy, webc_result_name(copy->result), copy->message);
    } else if (alive && (size < copy->size || !to)) {
        alive = reject(copy, "TypeError", "copyTo: the destination was detached or shrank meanwhile");
    } else if (alive) {
        if (!write_slice(copy, to) && queue_copy(copy))
            return;
        alive = resolve(copy);
    }
    addon->copying = false;
    addon->references++; /* it may be the copy that keeps it */
    free_copy(copy);
    if (alive)
        start_next(addon);
    else
        copies_abandon(addon); /* the environment ends, and waits for each that would be begun */
    addon_release(addon);
}

/* The rectangle is written out, as write_slice() needs it. */
static webc_result begin_copy(copy_work *copy, const double *in)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    copy->params = params_in(in);
    webc_result result = webc_frame_allocation_size(copy->frame, &copy->params, &copy->size);
    if (!result)
        result = webc_frame_get_info(copy->frame, &info);
    if (!result && !copy->params.rect.width)
        copy->params.rect = info.visible_rect;
    return result;
}

/* frameCopyToAsync(frame, destination): conversions to RGB, which take milliseconds */
static napi_value frame_copy_to_async(napi_env env, napi_callback_info info)
{
    js_call call = begin_call(env, info);
    binding *addon = call.addon;
    webc_frame *frame = frame_of(&call, 0);
    napi_value promise = NULL;
    void *data;
    size_t size;
    if (!frame)
        return NULL;
    if (!bytes_of(env, call.arguments[1], &data, &size))
        return throw_named(&call, "TypeError", "the destination is not bytes");
    copy_work *copy = calloc(1, sizeof *copy);
    if (!copy)
        return throw_named(&call, "OutOfMemoryError", "copyTo: no memory");
    copy->addon = addon;
    addon->references++;
    copy->frame = webc_frame_ref(frame);
    webc_result result = begin_copy(copy, addon->exchange);
    if (result)
        throw_result(&call, result);
    else if (size < copy->size)
        throw_named(&call, "TypeError", "copyTo: the destination is smaller than allocationSize()");
    if (result || size < copy->size || napi_create_reference(env, call.arguments[1], 1, &copy->destination) ||
        napi_create_promise(env, &copy->promise, &promise)) {
        free_copy(copy);
        return NULL;
    }
    if (addon->copies_last)
        addon->copies_last->next = copy;
    else
        addon->copies = copy;
    addon->copies_last = copy;
    start_next(addon);
    return promise;
}

const js_function copy_functions[] = {{"frameAllocationSize", frame_allocation_size},
                                      {"frameCopyTo", frame_copy_to},
                                      {"frameCopyToAsync", frame_copy_to_async},
                                      {0}};
