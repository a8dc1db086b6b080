/* SPDX-License-Identifier: MIT */
/*
 * The Node binding: thin code between Node-API and the public headers of libwebcodecs. WebIDL is in the lib
 * folder; what is here moves numbers, bytes and events across.
 *
 * Threads. Everything runs on the JavaScript thread of its environment (the main thread or a worker_threads
 * worker) and is guarded by that, but for `wakeup` in pump.c, which any thread may run. Environments share
 * nothing.
 */
#ifndef WEBC_NODE_ADDON_H
#define WEBC_NODE_ADDON_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAPI_VERSION 8
#include <node_api.h>
#include <webcodecs/webcodecs.h>

/** Slots of the Float64Array by which numbers cross; lib/words.js has the same. */
enum {
    SLOT_FORMAT = 0,
    SLOT_CODED_WIDTH = 1,
    SLOT_CODED_HEIGHT = 2,
    SLOT_RECT = 3, /* x, y, width, height */
    SLOT_DISPLAY_WIDTH = 7,
    SLOT_DISPLAY_HEIGHT = 8,
    SLOT_TIMESTAMP = 9,
    SLOT_HAS_DURATION = 10,
    SLOT_DURATION = 11,
    SLOT_ROTATION = 12,
    SLOT_FLIP = 13,
    SLOT_HAS_COLOR_SPACE = 14,
    SLOT_COLOR_SPACE = 15, /* primaries, transfer, matrix, range; of a copy: the predefined colour space */
    SLOT_LAYOUT_COUNT = 19,
    SLOT_LAYOUT = 20, /* offset and stride of each plane */
    SLOT_HAS_TIMESTAMP = 28,
    SLOT_DISCARD_ALPHA = 29,
    SLOT_BYTES = 30,
    SLOT_BIT_DEPTH = 31,
    SLOT_COUNT = 64
};

/** A codec as JavaScript holds it. */
typedef struct codec_handle codec_handle;

/** A copyTo() that converts; see copy.c. */
typedef struct copy_work copy_work;

/** One per environment. */
typedef struct binding {
    uint32_t references; /* the environment, and each handle that JavaScript may still hold */
    napi_env env;
    pthread_t thread;
    struct binding *next; /* see end_process() */
    bool closing;         /* the environment is on its way down: no JavaScript, no accounting */
    webc_events *events;
    _Atomic bool scheduled;        /* a call of the pump's function is on its way; any thread sets it */
    napi_threadsafe_function pump; /* referenced while a codec is busy, so that the process does not exit */
    uint32_t busy;                 /* codecs with work */
    bool deferred;                 /* the pump waits for later() */
    uint64_t turn_began;           /* when the present run of events began, in ns; 0: there is none */
    copy_work *copies;             /* that wait for the one under way */
    copy_work *copies_last;
    bool copying;
    codec_handle *codecs; /* those with an engine object */
    napi_ref dispatch;    /* JavaScript functions, see lib/native.js */
    napi_ref make_error;
    napi_ref later;
    napi_ref exchange_array; /* keeps `exchange` alive */
    double *exchange;
} binding;

/** The arguments of a call from JavaScript. */
typedef struct js_call {
    napi_env env;
    binding *addon;
    napi_value arguments[4];
} js_call;

/** A function of the module, by its JavaScript name. */
typedef struct js_function {
    const char *name;
    napi_callback callback;
} js_function;

/* Tables of functions, ended by a NULL name. */
extern const js_function codec_functions[];
extern const js_function frame_functions[];
extern const js_function copy_functions[];
extern const js_function chunk_functions[];
extern const js_function pump_functions[];

/* addon.c */

/** Read the arguments; missing ones are undefined. */
js_call begin_call(napi_env env, napi_callback_info info);
/** Throw what a browser would for `result`, with the engine's message. Returns NULL, for `return`. */
napi_value throw_result(const js_call *call, webc_result result);
/** Throw the error of that WebIDL name. */
napi_value throw_named(const js_call *call, const char *name, const char *message);
/** Hand a pending exception to the process, as one that nobody caught. */
void report_exception(napi_env env);
void addon_release(binding *addon);
/** Tell the collector of memory outside its heap. */
void addon_account(binding *addon, int64_t bytes);

napi_value make_number(napi_env env, double value);
napi_value make_text(napi_env env, const char *text);
napi_value make_bytes(napi_env env, const void *data, size_t size);
void set_value(napi_env env, napi_value object, const char *name, napi_value value);
void set_number(napi_env env, napi_value object, const char *name, double value);
double number_of(const js_call *call, int index);
/** The bytes under a Uint8Array; false when it is something else. Those of a detached one are none. */
bool bytes_of(napi_env env, napi_value value, void **data, size_t *size);

/* pump.c */

bool pump_start(binding *addon);
/** No wakeup runs when it has returned. */
void pump_stop(binding *addon);
/** Count a codec as busy or idle. */
void pump_hold(binding *addon, bool busy);

/* codec.c */

/** Run the JavaScript side of an event. */
void codec_event(binding *addon, webc_event *event);
/** Give up the engine objects of all codecs; the second also what JavaScript knows of them. */
void codecs_destroy(binding *addon);
void codecs_abandon(binding *addon);

/* copy.c */

/** Give up the copies that wait. */
void copies_abandon(binding *addon);

/* config.c */

/** What the pointers of a config point at. */
typedef struct config_memory {
    char *texts[4];
} config_memory;

/** Read the members of a plain object; false with an exception pending. */
bool read_decoder_config(const js_call *call, napi_value object, webc_video_decoder_config *config,
                         config_memory *memory);
bool read_encoder_config(const js_call *call, napi_value object, webc_video_encoder_config *config,
                         config_memory *memory);
void config_memory_free(config_memory *memory);
napi_value make_decoder_config(napi_env env, const webc_video_decoder_config *config);

/* frame.c and chunk.c */

/** A handle that owns the reference; NULL, and the reference dropped, when JavaScript cannot run. */
napi_value make_frame(binding *addon, webc_frame *frame);
napi_value make_chunk(binding *addon, webc_chunk *chunk);
/** The frame of a handle; NULL with an exception pending when it is closed. */
webc_frame *frame_of(const js_call *call, int index);
webc_chunk *chunk_of(const js_call *call, int index);

#endif
