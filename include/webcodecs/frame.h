/* SPDX-License-Identifier: MIT */
/* VideoFrame (WebCodecs 9.4): immutable counted pictures. */
#ifndef WEBCODECS_FRAME_H
#define WEBCODECS_FRAME_H

#include "color.h"
#include "common.h"
#include "result.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * VideoPixelFormat (WebCodecs 9.7). P10 and P12 samples are little-endian 16-bit words, low bits used.
 * Format 0 is a native format of a decoder that WebCodecs has no name for: such frames can be read with
 * webc_frame_plane() and libav.h. I420AP12 exists in the spec but not in FFmpeg and is refused.
 */
#define WEBC_PIXEL_FORMAT_NONE 0u
#define WEBC_PIXEL_FORMAT_I420 1u
#define WEBC_PIXEL_FORMAT_I420P10 2u
#define WEBC_PIXEL_FORMAT_I420P12 3u
#define WEBC_PIXEL_FORMAT_I420A 4u
#define WEBC_PIXEL_FORMAT_I420AP10 5u
#define WEBC_PIXEL_FORMAT_I420AP12 6u
#define WEBC_PIXEL_FORMAT_I422 7u
#define WEBC_PIXEL_FORMAT_I422P10 8u
#define WEBC_PIXEL_FORMAT_I422P12 9u
#define WEBC_PIXEL_FORMAT_I422A 10u
#define WEBC_PIXEL_FORMAT_I422AP10 11u
#define WEBC_PIXEL_FORMAT_I422AP12 12u
#define WEBC_PIXEL_FORMAT_I444 13u
#define WEBC_PIXEL_FORMAT_I444P10 14u
#define WEBC_PIXEL_FORMAT_I444P12 15u
#define WEBC_PIXEL_FORMAT_I444A 16u
#define WEBC_PIXEL_FORMAT_I444AP10 17u
#define WEBC_PIXEL_FORMAT_I444AP12 18u
#define WEBC_PIXEL_FORMAT_NV12 19u
#define WEBC_PIXEL_FORMAT_RGBA 20u
#define WEBC_PIXEL_FORMAT_RGBX 21u
#define WEBC_PIXEL_FORMAT_BGRA 22u
#define WEBC_PIXEL_FORMAT_BGRX 23u

/** Most planes a frame can have. */
#define WEBC_MAX_PLANES 4u

/** Where the pixels live; webc_frame_plane() answers NotSupportedError for what is not host memory. */
#define WEBC_STORAGE_HOST 1u

/** PlaneLayout, WebCodecs 9.5: where a plane begins in a buffer and how far its rows are apart, in bytes. */
typedef struct webc_plane_layout {
    uint32_t offset;
    uint32_t stride;
} webc_plane_layout;

/** VideoFrameBufferInit, WebCodecs 9.4.1. Set up with webc_frame_params_init(). */
typedef struct webc_frame_params {
    uint32_t struct_size;
    uint32_t format;          /**< WEBC_PIXEL_FORMAT_*, required */
    uint32_t coded_width;     /**< samples, required, at least 1 */
    uint32_t coded_height;    /**< samples, required, at least 1 */
    webc_rect visible_rect;   /**< default: the whole coded size; x and y aligned to the chroma grid */
    uint32_t display_width;   /**< default: visible width (height when rotated by 90 or 270) */
    uint32_t display_height;  /**< both display sizes or neither */
    int64_t timestamp;        /**< microseconds, any value; default 0 */
    uint64_t duration;        /**< microseconds; read only when has_duration is set */
    uint32_t has_duration;    /**< 0 (default) means a null duration */
    int32_t rotation;         /**< degrees clockwise; taken to the nearest multiple of 90; default 0 */
    uint32_t flip;            /**< 1: mirrored horizontally, after the rotation; default 0 */
    uint32_t has_color_space; /**< 0 (default): sRGB for RGB formats, REC709 for the others */
    webc_color_space color_space;
    uint32_t layout_count;                     /**< 0 (default): planes tightly packed one after another */
    webc_plane_layout layout[WEBC_MAX_PLANES]; /**< of the coded planes, in any order, not overlapping */
} webc_frame_params;

/** What a frame is; filled by webc_frame_get_info(). */
typedef struct webc_frame_info {
    uint32_t struct_size;
    uint32_t format;      /**< WEBC_PIXEL_FORMAT_*; 0 where WebCodecs has no name */
    uint32_t storage;     /**< WEBC_STORAGE_* */
    uint32_t plane_count; /**< planes webc_frame_plane() can give */
    uint32_t coded_width;
    uint32_t coded_height;
    webc_rect visible_rect;
    uint32_t display_width;
    uint32_t display_height;
    int64_t timestamp; /**< microseconds */
    uint64_t duration; /**< microseconds; meaningful when has_duration is 1 */
    uint32_t has_duration;
    int32_t rotation; /**< 0, 90, 180 or 270 degrees clockwise */
    uint32_t flip;
    uint32_t bit_depth; /**< bits of a luma sample */
    webc_color_space color_space;
    uint32_t corrupt; /**< 1: decoded from damaged data, under WEBC_CORRUPTION_FLAG */
} webc_frame_info;

/** The visible part of one plane. */
typedef struct webc_plane {
    uint32_t struct_size;
    uint32_t stride;     /**< bytes from a row to the next */
    uint32_t row_bytes;  /**< bytes of a row that belong to the picture */
    uint32_t rows;       /**< rows of the picture */
    const uint8_t *data; /**< first byte of the first row; read only, valid while the frame is held */
} webc_plane;

/** What webc_frame_create_view() changes; unset members are taken from the source frame. */
typedef struct webc_frame_view_params {
    uint32_t struct_size;
    uint32_t has_timestamp;
    int64_t timestamp; /**< microseconds */
    uint64_t duration; /**< microseconds */
    uint32_t has_duration;
    uint32_t discard_alpha; /**< 1: I420A reads as I420, RGBA as RGBX and so on */
    webc_rect visible_rect; /**< default: the source's; in coded samples, aligned to the chroma grid */
    uint32_t display_width; /**< both or neither; default: the source's scale, and the resulting rotation */
    uint32_t display_height;
    int32_t rotation; /**< degrees clockwise, as of webc_frame_params, of the source as it is displayed */
    uint32_t flip;    /**< 1: mirrored once more, after that rotation */
} webc_frame_view_params;

/** VideoFrameCopyToOptions, WebCodecs 9.4.7. Without `format` the bytes are the frame's own. */
typedef struct webc_frame_copy_params {
    uint32_t struct_size;
    uint32_t format; /**< 0 (default): the frame's own; else RGBA, RGBX, BGRA or BGRX */
    webc_rect rect;  /**< default: the visible rectangle; coded samples, aligned to the chroma grid */
    uint32_t
        color_space; /**< WEBC_PREDEFINED_COLOR_SPACE_SRGB (default) or _DISPLAY_P3, of RGB made for `format` */
    uint32_t layout_count; /**< 0 (default): tightly packed */
    webc_plane_layout layout[WEBC_MAX_PLANES];
} webc_frame_copy_params;

/**
 * Clear a params struct to its defaults and record its size. The same for every *_init below.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none; NULL is ignored.
 */
WEBC_API void webc_frame_params_init(webc_frame_params *params, uint32_t struct_size);
WEBC_API void webc_frame_info_init(webc_frame_info *info, uint32_t struct_size);
WEBC_API void webc_plane_init(webc_plane *plane, uint32_t struct_size);
WEBC_API void webc_frame_view_params_init(webc_frame_view_params *params, uint32_t struct_size);
WEBC_API void webc_frame_copy_params_init(webc_frame_copy_params *params, uint32_t struct_size);

/**
 * Make a frame by copying planes that lie in one buffer (VideoFrame constructor, WebCodecs 9.4.2).
 *
 * `data` holds `size` bytes; params->layout says where the coded planes lie in it.
 *
 * While a codec is open, memory of freed frames is kept for those that are made next: see pooled_buffers of
 * webc_stats.
 *
 * Threads: any.
 * Owns: the caller gets one reference in *out; `data` is read during the call only.
 * Errors: TypeError for a bad format, size, rectangle, layout or a buffer too small; NotSupportedError for
 * I420AP12 and pictures above 2 GiB; OutOfMemoryError. *out is NULL on failure.
 */
WEBC_API webc_result webc_frame_create(webc_frame **out, const webc_frame_params *params, const void *data,
                                       uint64_t size);

/**
 * Make a frame by copying planes given by one pointer and stride each; params->layout must be empty.
 *
 * `planes` and `strides` have as many entries as the format has planes; strides are bytes, at least one row.
 *
 * Threads: any.
 * Owns: as webc_frame_create().
 * Errors: as webc_frame_create().
 */
WEBC_API webc_result webc_frame_create_from_planes(webc_frame **out, const webc_frame_params *params,
                                                   const void *const *planes, const uint32_t *strides);

/**
 * Make a frame around the caller's memory without copying it.
 *
 * The memory must stay unchanged until `release` is called, which happens exactly once, after the last
 * reference and the last use by a codec are gone.
 *
 * Threads: any; `release` runs on whichever thread drops the last reference.
 * Owns: the library reads `data` until it calls release(user). On failure release is not called.
 * Errors: as webc_frame_create().
 */
WEBC_API webc_result webc_frame_wrap(webc_frame **out, const webc_frame_params *params, const void *data,
                                     uint64_t size, webc_release_fn release, void *user);

/**
 * Make a frame around the caller's memory and answer its release with a BUFFER_RELEASED event.
 *
 * Threads: any.
 * Owns: the library reads `data` until the event with `tag` is delivered. If `events` is destroyed first no
 * event comes. On failure the memory is the caller's at once.
 * Errors: as webc_frame_create().
 */
WEBC_API webc_result webc_frame_wrap_with_event(webc_frame **out, const webc_frame_params *params,
                                                const void *data, uint64_t size, webc_events *events,
                                                uint64_t tag);

/**
 * Make a frame on the same pixels with other times, crop, display size, orientation or without alpha.
 *
 * Threads: any.
 * Owns: the caller gets one reference in *out; `source` stays the caller's.
 * Errors: TypeError for a rectangle outside the coded size or off the chroma grid; NotSupportedError for
 * discard_alpha on a format without a name; OutOfMemoryError.
 * Spec: VideoFrame constructor from a frame, WebCodecs 9.4.2.
 */
WEBC_API webc_result webc_frame_create_view(webc_frame **out, const webc_frame *source,
                                            const webc_frame_view_params *params);

/**
 * Convert the visible part to another format and size; matrix and range come from the colour spaces, never from
 * defaults.
 *
 * `width` and `height` are samples, 0 keeps the source's. `color_space` is the wanted one; NULL keeps the
 * source's between YUV formats and means REC709 (YUV) or sRGB (RGB) when the family changes. Only matrix and
 * range are converted: set primaries and HDR or linear transfers stay the source's. The display size is kept
 * when the size is, else it is the new size.
 *
 * Threads: any; the work is done in the call.
 * Owns: the caller gets one reference in *out.
 * Errors: TypeError for an unknown format; RangeError for a size above 16384; NotSupportedError where
 * libswscale cannot, for a matrix without a formula, for paletted and Bayer pictures and for limited-range RGB;
 * OutOfMemoryError.
 */
WEBC_API webc_result webc_frame_convert(webc_frame **out, const webc_frame *frame, uint32_t format,
                                        uint32_t width, uint32_t height, const webc_color_space *color_space);

/**
 * Take one more reference; clone() of the spec. NULL gives NULL.
 *
 * Threads: any.
 * Owns: the caller gets one more reference, to be dropped with webc_frame_unref().
 * Errors: none.
 */
WEBC_API webc_frame *webc_frame_ref(webc_frame *frame);

/**
 * Drop a reference and set the pointer to NULL; close() of the spec when it is the last one.
 *
 * Threads: any.
 * Owns: the caller's reference ends here. NULL and a pointer to NULL are accepted.
 * Errors: none.
 */
WEBC_API void webc_frame_unref(webc_frame **frame);

/**
 * Fill `info` with what the frame is.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: TypeError for NULL or a wrong struct_size.
 */
WEBC_API webc_result webc_frame_get_info(const webc_frame *frame, webc_frame_info *info);

/**
 * The frame's timestamp in microseconds; 0 for NULL.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API int64_t webc_frame_timestamp(const webc_frame *frame);

/**
 * Give access to the visible part of plane `index` in the native format.
 *
 * Threads: any.
 * Owns: plane->data belongs to the frame and is valid while a reference is held.
 * Errors: TypeError for NULL or a wrong struct_size; RangeError for an index without a plane;
 * NotSupportedError when the pixels are not in host memory.
 */
WEBC_API webc_result webc_frame_plane(const webc_frame *frame, uint32_t index, webc_plane *plane);

/**
 * Tell how many bytes webc_frame_copy_to() needs with the same params (allocationSize, WebCodecs 9.4.5).
 *
 * `params` may be NULL for the defaults.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: TypeError for a bad rectangle, layout or colour space; NotSupportedError for a frame of format 0, and
 * for a params->format that is not one of the four RGB ones.
 */
WEBC_API webc_result webc_frame_allocation_size(const webc_frame *frame, const webc_frame_copy_params *params,
                                                uint64_t *size);

/**
 * Copy pixels out, converting to RGB when asked (copyTo, WebCodecs 9.4.5). Gaps in the layout stay untouched.
 *
 * With params->format the result is full-range RGB of params->color_space. Matrix and range of the source are
 * undone by their formulas; null members are those of REC709 (YUV) or sRGB (RGB). Primaries and transfer are
 * converted where they differ, and what leaves the gamut is clipped. The SDR transfers (bt709, smpte170m,
 * iec61966-2-1, and the codes 7, 11, 14 and 15) all count as the sRGB curve, as they do in browsers: REC709
 * video keeps its values in sRGB. White is 203 cd/m2 for PQ (BT.2408) and for HLG, which is shown as on a
 * display of 1000 cd/m2 with system gamma 1.2; brighter light is clipped, not tone mapped. RGBA and BGRA keep
 * the alpha of the source, not premultiplied; the fourth byte is 255 for RGBX, BGRX and sources without alpha.
 * Orientation and display size are not applied.
 *
 * `layouts`, when not NULL, receives as many entries as the written format has planes, with the strides
 * written.
 *
 * Threads: any; the work is done in the call.
 * Owns: `dst` is written during the call only.
 * Errors: as webc_frame_allocation_size(); TypeError when `dst_size` is too small; NotSupportedError for a
 * matrix other than the codes 1, 4, 5, 6, 7, 9 and RGB, primaries other than 1, 5, 6, 7, 9, 12 and 22, or a
 * transfer that is not SDR, 4, 5, linear, PQ or HLG; OutOfMemoryError.
 */
WEBC_API webc_result webc_frame_copy_to(const webc_frame *frame, const webc_frame_copy_params *params,
                                        void *dst, uint64_t dst_size, webc_plane_layout *layouts);

/**
 * Name of a pixel format as the spec writes it, for example "I420P10"; "" for 0 or an unknown value.
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_pixel_format_name(uint32_t format);

/**
 * Pixel format of that exact name; 0 when there is none.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API uint32_t webc_pixel_format_from_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif
