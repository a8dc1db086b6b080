/* SPDX-License-Identifier: MIT */
/* What can be coded here, and what the library holds right now. */
#ifndef WEBCODECS_SUPPORT_H
#define WEBCODECS_SUPPORT_H

#include "common.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Codec families, for webc_codec_string() and webc_implementation_at(). */
#define WEBC_CODEC_H264 1u
#define WEBC_CODEC_HEVC 2u
#define WEBC_CODEC_VP8 3u
#define WEBC_CODEC_VP9 4u
#define WEBC_CODEC_AV1 5u

/** VideoDecoderSupport and VideoEncoderSupport, WebCodecs 7.2 and 7.3. Set up with webc_support_init(). */
typedef struct webc_support {
    uint32_t struct_size;
    uint32_t supported;      /**< 1 or 0 */
    uint32_t verified;       /**< 1 only in a SUPPORT event: a frame was really coded or decoded */
    uint32_t hardware;       /**< 1 when the implementation is hardware */
    char implementation[64]; /**< FFmpeg's name of the codec that would be used; "" when none */
    char reason[256];        /**< why not, naming the member; "" when supported */
} webc_support;

/** What became of a codec's inputs. accepted = waiting + taken + cancelled; set up with its init. */
typedef struct webc_codec_stats {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t accepted;  /**< inputs that decode or encode took */
    uint64_t taken;     /**< of those: dequeued by the worker */
    uint64_t cancelled; /**< of those: dropped by reset, close, destroy or an error before they were taken */
    uint64_t outputs;   /**< frames or chunks posted */
    uint64_t dropped;   /**< outputs freed because reset, close or destroy made them stale */
    uint64_t flushes;   /**< flushes accepted */
    uint64_t flushed;   /**< flushes settled: their FLUSHED event was queued */
    uint64_t abandoned; /**< flushes given up by destroy */
    uint64_t skipped;   /**< chunks that could not be decoded and were passed over (corruption flag and skip) */
    uint64_t damaged;   /**< frames known to be damaged: marked (corruption flag) or left out (skip) */
} webc_codec_stats;

/** What the library holds in this process; set up with webc_stats_init(). All zero after a clean end. */
typedef struct webc_stats {
    uint32_t struct_size;
    uint32_t threads;       /**< threads of the library not yet ended, workers and the watchdog */
    uint64_t codecs;        /**< codec objects, those on their way out included */
    uint64_t events;        /**< webc_events objects kept alive */
    uint64_t frames;        /**< frame objects */
    uint64_t chunks;        /**< chunk objects */
    uint64_t queued_events; /**< events posted and not yet taken */
    uint64_t messages;      /**< control messages alive */
    uint64_t contexts;      /**< codec backends opened and not yet freed */
    uint64_t worker_wakes;  /**< times a worker came out of its wait; only grows */
    uint64_t lock_waits;    /**< times a call found the queue lock taken; only grows */
    uint64_t frame_bytes;   /**< bytes of the buffers of those frames; shared ones count for each frame */
    uint64_t chunk_bytes;   /**< bytes of those chunks */
    uint64_t quarantined;   /**< of the threads, those whose codec did not come back within watchdog_us */
    /**
     * Memory of freed frames that is kept for the next frames of the same size, at most 8 buffers and 64 MiB.
     * The last codec that is closed gives it back to the system, on its worker.
     */
    uint64_t pooled_buffers;
    uint64_t pooled_bytes; /**< of those; not in frame_bytes */
} webc_stats;

/** One encoder or decoder the linked FFmpeg has; filled by webc_implementation_at(). */
typedef struct webc_implementation {
    uint32_t struct_size;
    uint32_t codec;     /**< WEBC_CODEC_* */
    uint32_t encoder;   /**< 1: encoder, 0: decoder */
    uint32_t available; /**< 1: the linked FFmpeg has it */
    uint32_t hardware;
    uint32_t min_width; /**< smallest picture; encoders only */
    uint32_t min_height;
    uint32_t realtime;   /**< 1: used for latency mode realtime */
    uint32_t quality;    /**< 1: used for latency mode quality */
    char name[64];       /**< FFmpeg's name */
    char codec_name[16]; /**< "H.264", "HEVC", "VP8", "VP9" or "AV1" */
} webc_implementation;

/**
 * Clear a struct to its defaults and record its size.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_support_init(webc_support *support, uint32_t struct_size);
WEBC_API void webc_codec_stats_init(webc_codec_stats *stats, uint32_t struct_size);
WEBC_API void webc_stats_init(webc_stats *stats, uint32_t struct_size);
WEBC_API void webc_implementation_init(webc_implementation *out, uint32_t struct_size);

/**
 * Describe implementation number `index` of this library's table, in order of preference.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: RangeError past the end of the table; TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_implementation_at(uint32_t index, webc_implementation *out);

/**
 * Write the smallest codec string of a family that fits a size, frame rate and bit depth into `out`.
 *
 * `codec` is WEBC_CODEC_*; `framerate` in frames per second, 0 for 30; `bit_depth` 8, 10 or 12. H.264 gets High
 * profile, the others their main profile. `out` holds `out_size` bytes, 32 are enough.
 *
 * Threads: any.
 * Owns: `out` is written during the call only.
 * Errors: TypeError for an unknown family or NULL; RangeError when `out` is too small; NotSupportedError for a
 * size beyond the highest level or a bit depth the family has no profile for.
 */
WEBC_API webc_result webc_codec_string(uint32_t codec, uint32_t width, uint32_t height, double framerate,
                                       uint32_t bit_depth, char *out, uint32_t out_size);

/**
 * Fill `stats` with what this library holds in the process.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_get_stats(webc_stats *stats);

/**
 * Wait until every worker of destroyed codecs has ended: before exit, dlclose or a leak check.
 *
 * `timeout_us` in microseconds; negative waits without limit, 0 only looks. Workers of codecs and of events
 * objects still alive count: destroy those first. Quarantined threads (see watchdog_us of the codecs' params)
 * are not waited for.
 *
 * Threads: any but callbacks; waits.
 * Owns: nothing.
 * Errors: QuotaExceededError when workers are left at the end of the time.
 */
WEBC_API webc_result webc_drain_workers(int64_t timeout_us);

#ifdef __cplusplus
}
#endif

#endif
