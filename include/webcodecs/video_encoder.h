/* SPDX-License-Identifier: MIT */
/* VideoEncoder (WebCodecs 6): frames in, chunks out, on a worker thread of its own. */
#ifndef WEBCODECS_VIDEO_ENCODER_H
#define WEBCODECS_VIDEO_ENCODER_H

#include "common.h"
#include "events.h"
#include "frame.h"
#include "result.h"
#include "support.h"

#ifdef __cplusplus
extern "C" {
#endif

/** AlphaOption; VP8 and VP9 keep alpha, in webc_chunk_metadata.alpha_side_data. */
#define WEBC_ALPHA_DISCARD 0u
#define WEBC_ALPHA_KEEP 1u

/** VideoEncoderBitrateMode; zero is the default, variable. */
#define WEBC_BITRATE_MODE_VARIABLE 1u
#define WEBC_BITRATE_MODE_CONSTANT 2u
#define WEBC_BITRATE_MODE_QUANTIZER 3u

/** LatencyMode; zero is the default, quality. */
#define WEBC_LATENCY_MODE_QUALITY 1u
#define WEBC_LATENCY_MODE_REALTIME 2u

/** AvcBitstreamFormat and HevcBitstreamFormat; zero is the default, length-prefixed with a description. */
#define WEBC_BITSTREAM_FORMAT_LENGTH_PREFIXED 1u
#define WEBC_BITSTREAM_FORMAT_ANNEXB 2u

/** VideoEncoderConfig, WebCodecs 7.5. Set up with webc_video_encoder_config_init(). */
typedef struct webc_video_encoder_config {
    uint32_t struct_size;
    uint32_t width;                 /**< samples, required */
    uint32_t height;                /**< samples, required */
    uint32_t display_width;         /**< default: width */
    uint32_t display_height;        /**< default: height */
    uint32_t hardware_acceleration; /**< WEBC_HARDWARE_*; default 0, no preference */
    const char *codec;              /**< codec string, required, for example "vp09.00.10.08" */
    uint64_t bitrate;               /**< bits per second; default 0: chosen from size and framerate. Alpha that
                                       is kept takes up to half as much on top */
    double framerate;               /**< frames per second for rate control; default 0: 30 is assumed */
    const char *scalability_mode;   /**< NULL (default), "" or "L1T1"; VP8 and VP9: "L1T2", "L1T3" as well */
    const char *content_hint; /**< any text; "detail" and "text" tune VP9 and AV1 for screens; default NULL */
    uint32_t alpha;           /**< WEBC_ALPHA_*; default 0, discard */
    /** WEBC_BITRATE_MODE_*; default 0, variable; quantizer ignores bitrate and is for H.264 and VP9 only */
    uint32_t bitrate_mode;
    uint32_t latency_mode; /**< WEBC_LATENCY_MODE_*; default 0, quality */
    uint32_t avc_format;   /**< WEBC_BITSTREAM_FORMAT_*; H.264 only; default 0, avc */
    uint32_t hevc_format;  /**< WEBC_BITSTREAM_FORMAT_*; HEVC only; default 0, hevc */
    uint32_t exact_size; /**< extension; 1: frames of another visible size are refused, not scaled; default 0 */
    uint32_t key_interval; /**< extension; frames from a key frame to the next at most; default 0: 250 */
    uint32_t b_frames;     /**< extension; H.264 and HEVC B-frames in a row at most; default 0 */
    uint32_t thread_count; /**< extension; codec threads; default 0: by the CPUs allowed, 8 at most; the most is
                              64 */
    uint32_t reserved;     /**< must be 0 */
    /**
     * extension; how hard the encoder works, by its own name or number, in place of what is chosen here for
     * speed and for looking ahead: libx264 and libx265 "ultrafast" to "placebo"; VP8 "3" to "16" and VP9 "0" to
     * "8" (libvpx's cpu-used); AV1 "5" to "8" (libaom's), or "8" to "12" where it is SVT-AV1's. Slow ones may
     * take a hundred times as long, and in quality mode hold back tens of frames. Not for bitrate_mode
     * quantizer. Default NULL
     */
    const char *preset;
} webc_video_encoder_config;

/** What an encoder is made with. Set up with webc_video_encoder_params_init(). */
typedef struct webc_video_encoder_params {
    uint32_t struct_size;
    uint32_t max_outputs;     /**< chunks waiting to be taken before the worker parks; default 0 means 64 */
    uint32_t max_queue_size;  /**< frames accepted and not yet taken; more is QuotaExceededError; 0: no limit */
    uint32_t report_idle;     /**< 1: IDLE events come; default 0: none */
    uint64_t max_queue_bytes; /**< the same for the bytes of those frames; 0: no limit */
    uint64_t max_pixels;      /**< most pixels of a configured size; default 0 means 37748736 (8192x4608) */
    void *user;               /**< comes back in every event */
    webc_event_fn output;     /**< CHUNK events in dispatch; event->chunk is borrowed for the call */
    webc_event_fn error;      /**< ERROR events in dispatch */
    webc_event_fn dequeue;    /**< DEQUEUE events in dispatch */
    webc_event_fn flushed;    /**< FLUSHED events in dispatch */
    /** Bytes of chunks waiting to be taken before the worker parks; one always may wait; default 0: no limit.
     */
    uint64_t max_output_bytes;
    /**
     * Microseconds that one call into the implementation may take; default 0: no limit. When it is over the
     * codec closes with EncodingError, and its thread is left to itself, counted as quarantined in webc_stats,
     * until the call returns; what it holds is freed then. Draining an encoder in quality mode can take ten
     * seconds in one call, with a slow preset many times as long.
     */
    uint64_t watchdog_us;
    webc_event_fn idle; /**< IDLE events in dispatch */
} webc_video_encoder_params;

/** VideoEncoderEncodeOptions, WebCodecs 7.6. Set up with webc_video_encode_options_init(). */
typedef struct webc_video_encode_options {
    uint32_t struct_size;
    uint32_t key_frame;     /**< 1: this frame must become a key frame; default 0: the encoder's choice */
    uint64_t tag;           /**< comes back in the CHUNK event made from this frame */
    uint32_t has_quantizer; /**< 0 (default) means a null quantizer: one of the encoder's choice */
    /**
     * avc, hevc, vp9 or av1 quantizer, read in bitrate_mode quantizer only: H.264 and HEVC 0 to 51, VP9 and AV1
     * 0 to 255; what is above is taken for the highest. VP9 is coded within 4 of it.
     */
    uint32_t quantizer;
} webc_video_encode_options;

/**
 * Clear a struct to its defaults and record its size.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_video_encoder_config_init(webc_video_encoder_config *config, uint32_t struct_size);
WEBC_API void webc_video_encoder_params_init(webc_video_encoder_params *params, uint32_t struct_size);
WEBC_API void webc_video_encode_options_init(webc_video_encode_options *options, uint32_t struct_size);

/**
 * Make an encoder in state unconfigured whose events arrive on `events` (constructor, WebCodecs 6.3).
 *
 * `params` may be NULL for the defaults.
 *
 * Threads: any.
 * Owns: the caller gets *out, to be given to webc_video_encoder_destroy(); it keeps `events` alive.
 * Errors: TypeError for bad params; SystemError when no thread can be started; OutOfMemoryError.
 */
WEBC_API webc_result webc_video_encoder_create(webc_video_encoder **out, webc_events *events,
                                               const webc_video_encoder_params *params);

/**
 * Set or change how frames are encoded (configure, WebCodecs 6.5). Work queued before ends under the old
 * config.
 *
 * Where the encoder is open and can follow, another bitrate or framerate alone makes no key frame; after every
 * other change the next frame is one. H.264 follows a constant bitrate, and all but HEVC and H.264 in realtime
 * mode follow a framerate. The decoder config comes again only where it has changed.
 *
 * Most encoders are opened on the worker at once: the earlier before its first frame an encoder is configured,
 * the sooner the first chunk comes. From then on it has the memory and threads that it works with, until reset,
 * close or a flush.
 *
 * A config that is valid but cannot be encoded is accepted here and reported by an ERROR event with
 * NotSupportedError.
 *
 * Threads: any; does not wait.
 * Owns: everything in `config` is copied.
 * Errors: TypeError for a config that is not valid (state unchanged); InvalidStateError when closed;
 * OutOfMemoryError (state unchanged).
 */
WEBC_API webc_result webc_video_encoder_configure(webc_video_encoder *encoder,
                                                  const webc_video_encoder_config *config);

/**
 * Queue a frame (encode, WebCodecs 6.5). Its visible rectangle is scaled to the configured size.
 *
 * `options` may be NULL.
 *
 * Threads: any; does not wait.
 * Owns: a reference is taken; the caller's frame stays the caller's.
 * Errors: TypeError for NULL or bad options, or with exact_size set for a frame of another visible size;
 * InvalidStateError unless configured; DataError when rotation or flip differ from the first frame's since
 * configure; QuotaExceededError at the limits of the params; OutOfMemoryError. Nothing is queued on failure.
 */
WEBC_API webc_result webc_video_encoder_encode(webc_video_encoder *encoder, webc_frame *frame,
                                               const webc_video_encode_options *options);

/**
 * Ask for all chunks of the frames queued so far, then one FLUSHED event with `tag` (flush, WebCodecs 6.5).
 *
 * Threads: any; does not wait.
 * Owns: nothing.
 * Errors: InvalidStateError unless configured; OutOfMemoryError. On failure no FLUSHED event comes.
 */
WEBC_API webc_result webc_video_encoder_flush(webc_video_encoder *encoder, uint64_t tag);

/**
 * Drop all queued work and outputs not yet delivered; pending flushes end with AbortError (reset). What is
 * dropped is freed on the worker, as soon as it comes out of the codec.
 *
 * Threads: any; does not wait.
 * Owns: nothing.
 * Errors: InvalidStateError when closed.
 */
WEBC_API webc_result webc_video_encoder_reset(webc_video_encoder *encoder);

/**
 * As reset, and for good (close). The FLUSHED events of pending flushes still come, and a DEQUEUE as by reset.
 *
 * Threads: any; does not wait.
 * Owns: nothing; the handle stays the caller's until destroyed.
 * Errors: InvalidStateError when closed already.
 */
WEBC_API webc_result webc_video_encoder_close(webc_video_encoder *encoder);

/**
 * Give the encoder up and set the pointer to NULL. No event of it is delivered afterwards, but one that another
 * thread is taking at this moment; pending flushes are abandoned, so a caller that wants them closes and takes
 * the events first.
 *
 * Threads: any, callbacks of this encoder included; does not wait: the worker frees the codec later.
 * Owns: the handle ends here. NULL and a pointer to NULL are accepted.
 * Errors: none.
 */
WEBC_API void webc_video_encoder_destroy(webc_video_encoder **encoder);

/**
 * The state: WEBC_STATE_*. It changes only in calls on this encoder and while events are taken.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; WEBC_STATE_CLOSED for NULL.
 */
WEBC_API uint32_t webc_video_encoder_state(const webc_video_encoder *encoder);

/**
 * Frames accepted and not yet taken by the worker, as far as the events taken tell (encodeQueueSize).
 *
 * The figure falls only when a DEQUEUE event is taken, so a loop that polls it must take events.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API uint32_t webc_video_encoder_queue_size(const webc_video_encoder *encoder);

/**
 * The id carried by this encoder's events; never used again in this process.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API uint64_t webc_video_encoder_id(const webc_video_encoder *encoder);

/**
 * Fill `stats` with what became of the inputs so far.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_video_encoder_get_stats(const webc_video_encoder *encoder, webc_codec_stats *stats);

/**
 * When the worker last began or finished a message or posted an output, in microseconds of CLOCK_MONOTONIC; at
 * first, when the encoder was made. For a host that reclaims codecs which make no progress (WebCodecs 8).
 *
 * A single call of the codec behind it counts when it ends, so that a long one looks like none.
 *
 * Threads: any; takes no lock.
 * Owns: nothing.
 * Errors: none; 0 for NULL.
 */
WEBC_API int64_t webc_video_encoder_last_progress(const webc_video_encoder *encoder);

/**
 * Close the encoder on behalf of its host: an ERROR event with QuotaExceededError is queued behind what is
 * queued now, and when it is taken the encoder is closed and pending flushes end with the same result.
 *
 * Which codec may be reclaimed, and when, is the host's to decide: WebCodecs 8 asks for ten seconds without
 * progress, or a program in the background. One that fails already keeps its own error, and a reset or close
 * before the event is taken drops it.
 *
 * Threads: any; does not wait.
 * Owns: nothing; the handle stays the caller's until destroyed.
 * Errors: TypeError for NULL; InvalidStateError when closed.
 */
WEBC_API webc_result webc_video_encoder_reclaim(webc_video_encoder *encoder);

/**
 * Answer from tables whether a config can be encoded (isConfigSupported, WebCodecs 6.5); the rule configure
 * uses. Nothing is opened.
 *
 * Threads: any; does not wait.
 * Owns: `support` is the caller's.
 * Errors: TypeError for a config that is not valid.
 */
WEBC_API webc_result webc_video_encoder_is_config_supported(const webc_video_encoder_config *config,
                                                            webc_support *support);

/**
 * Write to `out` the config that isConfigSupported gives back (WebCodecs 6.5): a copy of the members that this
 * library knows, with the defaults of bitrate_mode and latency_mode written out. The formats stay 0 where they
 * were: that is a config without `avc` or `hevc`.
 *
 * Threads: any.
 * Owns: codec, scalability_mode, content_hint and preset in `out` are the caller's own, not copied.
 * Errors: TypeError for a config that is not valid, or `out` not set up with webc_video_encoder_config_init().
 */
WEBC_API webc_result webc_video_encoder_config_echo(const webc_video_encoder_config *config,
                                                    webc_video_encoder_config *out);

/**
 * Encode one frame with a config on a worker and answer with a SUPPORT event carrying `tag`.
 *
 * Threads: any; does not wait.
 * Owns: everything in `config` is copied.
 * Errors: TypeError for a config that is not valid; InvalidStateError when `events` was destroyed;
 * SystemError; OutOfMemoryError. On failure no event comes.
 */
WEBC_API webc_result webc_video_encoder_query_support(webc_events *events,
                                                      const webc_video_encoder_config *config, uint64_t tag);

#ifdef __cplusplus
}
#endif

#endif
