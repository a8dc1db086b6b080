/* SPDX-License-Identifier: MIT */
/* VideoDecoder (WebCodecs 5): chunks in, frames out, on a worker thread of its own. */
#ifndef WEBCODECS_VIDEO_DECODER_H
#define WEBCODECS_VIDEO_DECODER_H

#include "chunk.h"
#include "color.h"
#include "common.h"
#include "events.h"
#include "result.h"
#include "support.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What becomes of coded pictures that libavcodec finds damaged. WebCodecs knows the first only; the others
 * count in webc_codec_stats what they pass over.
 */
#define WEBC_CORRUPTION_STRICT 0u /**< the decoder closes with EncodingError */
#define WEBC_CORRUPTION_FLAG \
    1u                          /**< chunks that cannot be decoded are passed over, damaged frames are marked \
                                 */
#define WEBC_CORRUPTION_SKIP 2u /**< damaged frames are left out as well */

/** VideoDecoderConfig, WebCodecs 7.4. Set up with webc_video_decoder_config_init(). */
typedef struct webc_video_decoder_config {
    uint32_t struct_size;
    uint32_t coded_width; /**< samples; a hint, the bitstream decides; both or neither */
    uint32_t coded_height;
    uint32_t hardware_acceleration; /**< WEBC_HARDWARE_*; default 0, no preference */
    const char *codec;              /**< codec string, required, for example "avc1.64001f" */
    const void *description;        /**< avcC or hvcC; ignored by VP8, VP9 and AV1; default none: Annex B */
    uint64_t description_size;      /**< bytes */
    uint32_t display_aspect_width;  /**< aspect ratio of the display size; both or neither */
    uint32_t display_aspect_height;
    webc_color_space color_space; /**< members set here replace those of the bitstream; default none */
    /**
     * 1: give every frame after as few chunks as possible; default 0. An H.264 stream that reorders pictures
     * without saying so (no bitstream_restriction in its VUI) may lose late ones then. H.264 takes one thread.
     */
    uint32_t optimize_for_latency;
    int32_t rotation; /**< degrees clockwise set on the frames; default 0 */
    uint32_t flip;    /**< set on the frames; default 0 */
    /**
     * Codec threads; default 0: by the CPUs allowed, 8 at most, but one for H.264 that reorders pictures, may
     * do so without saying it, or is not decoded strictly; the most is 64. Each beyond the first holds a frame
     * back until one more chunk or a flush comes, unless optimize_for_latency is set. With more than one
     * libavcodec conceals what is missing of H.264 pictures that are reordered and does not tell.
     */
    uint32_t thread_count;
    uint32_t corruption; /**< WEBC_CORRUPTION_*; default 0, strict */
} webc_video_decoder_config;

/** What a decoder is made with. Set up with webc_video_decoder_params_init(). */
typedef struct webc_video_decoder_params {
    uint32_t struct_size;
    uint32_t max_outputs;     /**< frames waiting to be taken before the worker parks; default 0 means 16 */
    uint32_t max_queue_size;  /**< chunks accepted and not yet taken; more is QuotaExceededError; 0: no limit */
    uint32_t report_idle;     /**< 1: IDLE events come; default 0: none */
    uint64_t max_queue_bytes; /**< the same for the bytes of those chunks; 0: no limit */
    uint64_t max_pixels;      /**< most pixels of one picture; default 0 means 37748736 (8192x4608) */
    void *user;               /**< comes back in every event */
    webc_event_fn output;     /**< FRAME events in dispatch; event->frame is borrowed for the call */
    webc_event_fn error;      /**< ERROR events in dispatch */
    webc_event_fn dequeue;    /**< DEQUEUE events in dispatch */
    webc_event_fn flushed;    /**< FLUSHED events in dispatch */
    /** Bytes of frames waiting to be taken before the worker parks; one always may wait; default 0: no limit.
     */
    uint64_t max_output_bytes;
    /**
     * Microseconds that one call into the implementation may take; default 0: no limit. When it is over the
     * codec closes with EncodingError, and its thread is left to itself, counted as quarantined in webc_stats,
     * until the call returns; what it holds is freed then. Draining an encoder in quality mode can take ten
     * seconds in one call.
     */
    uint64_t watchdog_us;
    webc_event_fn idle; /**< IDLE events in dispatch */
} webc_video_decoder_params;

/** Per-chunk options. Set up with webc_video_decode_options_init(). */
typedef struct webc_video_decode_options {
    uint32_t struct_size;
    uint32_t reserved; /**< must be 0 */
    uint64_t tag;      /**< comes back in the FRAME events made from this chunk */
} webc_video_decode_options;

/**
 * Clear a struct to its defaults and record its size.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_video_decoder_config_init(webc_video_decoder_config *config, uint32_t struct_size);
WEBC_API void webc_video_decoder_params_init(webc_video_decoder_params *params, uint32_t struct_size);
WEBC_API void webc_video_decode_options_init(webc_video_decode_options *options, uint32_t struct_size);

/**
 * Make a decoder in state unconfigured whose events arrive on `events` (constructor, WebCodecs 5.3).
 *
 * `params` may be NULL for the defaults.
 *
 * Threads: any.
 * Owns: the caller gets *out, to be given to webc_video_decoder_destroy(); it keeps `events` alive.
 * Errors: TypeError for bad params; SystemError when no thread can be started; OutOfMemoryError.
 */
WEBC_API webc_result webc_video_decoder_create(webc_video_decoder **out, webc_events *events,
                                               const webc_video_decoder_params *params);

/**
 * Set or change what is decoded (configure, WebCodecs 5.5). Work queued before ends under the old config.
 *
 * A config that is valid but cannot be decoded is accepted here and reported by an ERROR event with
 * NotSupportedError. The next chunk must be a key chunk.
 *
 * Threads: any; does not wait.
 * Owns: everything in `config` is copied.
 * Errors: TypeError for a config that is not valid (state unchanged); InvalidStateError when closed;
 * OutOfMemoryError (state unchanged).
 */
WEBC_API webc_result webc_video_decoder_configure(webc_video_decoder *decoder,
                                                  const webc_video_decoder_config *config);

/**
 * Queue a chunk (decode, WebCodecs 5.5).
 *
 * `options` may be NULL.
 *
 * Threads: any; does not wait.
 * Owns: a reference is taken; the caller's chunk stays the caller's.
 * Errors: TypeError for NULL or bad options; InvalidStateError unless configured; DataError when a key chunk is
 * required and the chunk is a delta or, by its bits, no key frame; QuotaExceededError at the limits of the
 * params; OutOfMemoryError. Nothing is queued on failure.
 */
WEBC_API webc_result webc_video_decoder_decode(webc_video_decoder *decoder, webc_chunk *chunk,
                                               const webc_video_decode_options *options);

/**
 * Ask for all frames of the chunks queued so far, then one FLUSHED event with `tag` (flush, WebCodecs 5.5).
 * The next chunk must be a key chunk.
 *
 * Threads: any; does not wait.
 * Owns: nothing.
 * Errors: InvalidStateError unless configured; OutOfMemoryError. On failure no FLUSHED event comes.
 */
WEBC_API webc_result webc_video_decoder_flush(webc_video_decoder *decoder, uint64_t tag);

/**
 * Drop all queued work and outputs not yet delivered; pending flushes end with AbortError (reset). What is
 * dropped is freed on the worker, as soon as it comes out of the codec.
 *
 * Threads: any; does not wait.
 * Owns: nothing.
 * Errors: InvalidStateError when closed.
 */
WEBC_API webc_result webc_video_decoder_reset(webc_video_decoder *decoder);

/**
 * As reset, and for good (close). The FLUSHED events of pending flushes still come, and a DEQUEUE as by reset.
 *
 * Threads: any; does not wait.
 * Owns: nothing; the handle stays the caller's until destroyed.
 * Errors: InvalidStateError when closed already.
 */
WEBC_API webc_result webc_video_decoder_close(webc_video_decoder *decoder);

/**
 * Give the decoder up and set the pointer to NULL. No event of it is delivered afterwards, but one that another
 * thread is taking at this moment; pending flushes are abandoned, so a caller that wants them closes and takes
 * the events first.
 *
 * Threads: any, callbacks of this decoder included; does not wait: the worker frees the codec later.
 * Owns: the handle ends here. NULL and a pointer to NULL are accepted.
 * Errors: none.
 */
WEBC_API void webc_video_decoder_destroy(webc_video_decoder **decoder);

/**
 * The state: WEBC_STATE_*. It changes only in calls on this decoder and while events are taken.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; WEBC_STATE_CLOSED for NULL.
 */
WEBC_API uint32_t webc_video_decoder_state(const webc_video_decoder *decoder);

/**
 * Chunks accepted and not yet taken by the worker, as far as the events taken tell (decodeQueueSize).
 *
 * The figure falls only when a DEQUEUE event is taken, so a loop that polls it must take events.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API uint32_t webc_video_decoder_queue_size(const webc_video_decoder *decoder);

/**
 * The id carried by this decoder's events; never used again in this process.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API uint64_t webc_video_decoder_id(const webc_video_decoder *decoder);

/**
 * Fill `stats` with what became of the inputs so far.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_video_decoder_get_stats(const webc_video_decoder *decoder, webc_codec_stats *stats);

/**
 * When the worker last began or finished a message or posted an output, in microseconds of CLOCK_MONOTONIC; at
 * first, when the decoder was made. For a host that reclaims codecs which make no progress (WebCodecs 8).
 *
 * A single call of the codec behind it counts when it ends, so that a long one looks like none.
 *
 * Threads: any; takes no lock.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API int64_t webc_video_decoder_last_progress(const webc_video_decoder *decoder);

/**
 * Close the decoder on behalf of its host: an ERROR event with QuotaExceededError is queued behind what is
 * queued now, and when it is taken the decoder is closed and pending flushes end with the same result.
 *
 * Which codec may be reclaimed, and when, is the host's to decide: WebCodecs 8 asks for ten seconds without
 * progress, or a program in the background. One that fails already keeps its own error, and a reset or close
 * before the event is taken drops it.
 *
 * Threads: any; does not wait.
 * Owns: nothing; the handle stays the caller's until destroyed.
 * Errors: TypeError for NULL; InvalidStateError when closed.
 */
WEBC_API webc_result webc_video_decoder_reclaim(webc_video_decoder *decoder);

/**
 * Answer from tables whether a config can be decoded (isConfigSupported, WebCodecs 5.5); the rule configure
 * uses. Nothing is opened.
 *
 * Threads: any; does not wait.
 * Owns: `support` is the caller's.
 * Errors: TypeError for a config that is not valid.
 */
WEBC_API webc_result webc_video_decoder_is_config_supported(const webc_video_decoder_config *config,
                                                            webc_support *support);

/**
 * Write to `out` the config that isConfigSupported gives back (WebCodecs 5.5): a copy of the members that this
 * library knows, with every default written out. The defaults of this struct are 0, so they are there already.
 *
 * Threads: any.
 * Owns: codec and description in `out` are the caller's own, not copied.
 * Errors: TypeError for a config that is not valid, or `out` not set up with webc_video_decoder_config_init().
 */
WEBC_API webc_result webc_video_decoder_config_echo(const webc_video_decoder_config *config,
                                                    webc_video_decoder_config *out);

/**
 * Decode a small frame with a config on a worker and answer with a SUPPORT event carrying `tag`.
 *
 * The library has a frame of every bit depth and chroma that codec strings stand for, but a few of HEVC's range
 * extensions (8 bits 4:2:2, for instance): there the decoder is opened only, and `verified` stays 0.
 *
 * Threads: any; does not wait.
 * Owns: everything in `config` is copied.
 * Errors: TypeError for a config that is not valid; InvalidStateError when `events` was destroyed;
 * SystemError; OutOfMemoryError. On failure no event comes.
 */
WEBC_API webc_result webc_video_decoder_query_support(webc_events *events,
                                                      const webc_video_decoder_config *config, uint64_t tag);

#ifdef __cplusplus
}
#endif

#endif
