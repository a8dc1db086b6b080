/* SPDX-License-Identifier: MIT */
/*
 * Pictures through libswscale. swscale reads and writes whole vectors past tight planes, so it is only given
 * planes of this library or of libavcodec. Used by one thread at a time: a worker, or a call that converts.
 */
#include "codec/scaler.h"

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

#include "codec/unused_bits.h"
#include "media/color_map.h"
#include "media/frame_layout.h"
#include "media/pixel_format.h"
#include "media/rgb_math.h"
#include "shared/error.h"

#define FLAGS (SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP)

/* All an swscale context depends on. Compared bytewise: ints only, no gaps. */
typedef struct conversion {
    int src_format;
    int src_width;
    int src_height;
    int src_table; /* SWS_CS_* */
    int src_full;
    int dst_format;
    int dst_width;
    int dst_height;
    int dst_table;
    int dst_full;
} conversion;

/* One thread at a time; buffers of the pool may be freed on any. */
struct webc__scaler {
    struct SwsContext *sws;
    conversion current; /* what `sws` does */
    AVBufferPool *pool;
    size_t pool_size; /* bytes of each buffer */
};

webc__scaler *webc__scaler_create(void)
{
    return calloc(1, sizeof(webc__scaler));
}

void webc__scaler_free(webc__scaler **scaler)
{
    if (!scaler || !*scaler)
        return;
    sws_freeContext((*scaler)->sws);
    av_buffer_pool_uninit(&(*scaler)->pool);
    free(*scaler);
    *scaler = NULL;
}

static bool is_rgb(int av_format)
{
    return (av_pix_fmt_desc_get(av_format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

static bool has_alpha(int av_format)
{
    return (av_pix_fmt_desc_get(av_format)->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

/* swscale's table for an H.273 matrix; -1 where it has none. */
static int table_of(uint32_t matrix)
{
    switch (matrix) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
        return SWS_CS_BT2020;
    default:
        return -1;
    }
}

/* Transfers that sRGB and REC709 pictures are shown alike with; HDR and linear ones are not. */
static bool is_common_transfer(uint32_t transfer)
{
    switch (transfer) {
    case 0:
    case AVCOL_TRC_BT709:
    case AVCOL_TRC_SMPTE170M:
    case AVCOL_TRC_IEC61966_2_1:
    case AVCOL_TRC_BT2020_10:
    case AVCOL_TRC_BT2020_12:
        return true;
    default:
        return false;
    }
}

/*
 * The colour the output is said to have. Between YUV formats, and between RGB ones, absent members stay the
 * source's. When the family changes they are those of REC709 or sRGB, but what is not converted keeps its name:
 * other primaries, HDR and linear transfers.
 */
static webc_color_space resolve_color(const webc_color_space *source, const webc_color_space *wanted,
                                      bool from_rgb, bool to_rgb)
{
    webc_color_space base = *source;
    if (from_rgb != to_rgb) {
        base = webc__color_complete((webc_color_space){0}, to_rgb);
        if (source->primaries)
            base.primaries = source->primaries;
        if (!is_common_transfer(source->transfer))
            base.transfer = source->transfer;
    }
    webc_color_space color = webc__color_override(base, wanted);
    if (to_rgb && color.matrix)
        color.matrix = WEBC_COLOR_MATRIX_RGB;
    return color;
}

static webc_result check_rgb_range(bool from_rgb, bool src_full, bool to_rgb, bool dst_full)
{
    if ((from_rgb && !src_full) == (to_rgb && !dst_full))
        return WEBC_OK;
    return webc__fail(
        WEBC_ERROR_NOT_SUPPORTED,
        "color_space.range: RGB is converted in full range only; limited-range RGB cannot change");
}

/* Tables and ranges of a conversion; RGB has no table of its own and takes part in the other side's. */
static webc_result resolve_tables(conversion *job, const webc_color_space *from, const webc_color_space *to)
{
    bool from_rgb = is_rgb(job->src_format);
    bool to_rgb = is_rgb(job->dst_format);
    webc_color_space src = webc__color_complete(*from, from_rgb);
    webc_color_space dst = webc__color_complete(*to, to_rgb);
    job->src_full = src.range == WEBC_COLOR_RANGE_FULL;
    job->dst_full = dst.range == WEBC_COLOR_RANGE_FULL;
    webc_result result = check_rgb_range(from_rgb, job->src_full, to_rgb, job->dst_full);
    if (result)
        return result;
    if (from_rgb && to_rgb) {
        job->src_table = job->dst_table = SWS_CS_ITU709;
        job->src_full = job->dst_full = 1;
        return WEBC_OK;
    }
    job->src_table = table_of(src.matrix);
    job->dst_table = table_of(dst.matrix);
    if (!from_rgb && !to_rgb && src.matrix == dst.matrix)
        job->src_table = job->dst_table = SWS_CS_ITU709;
    if (from_rgb)
        job->src_table = job->dst_table;
    if (to_rgb)
        job->dst_table = job->src_table;
    if (job->src_table < 0 || job->dst_table < 0)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED,
                          "libswscale has no matrix for H.273 code %u; give 1, 4, 5, 6, 7 or 9",
                          job->src_table < 0 ? src.matrix : dst.matrix);
    return WEBC_OK;
}

static webc_result check_conversion(const conversion *job)
{
    if (!sws_isSupportedInput(job->src_format))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "libswscale cannot read %s",
                          av_get_pix_fmt_name(job->src_format));
    if (!sws_isSupportedOutput(job->dst_format))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "libswscale cannot write %s",
                          av_get_pix_fmt_name(job->dst_format));
    return WEBC_OK;
}

/* Ranges go in before the context is initialised: later, 5.1 ignores them for more than 8 bits. */
static int open_context(const conversion *job, struct SwsContext **out)
{
    const struct {
        const char *name;
        int value;
    } options[] = {
        {"srcw", job->src_width},        {"srch", job->src_height},    {"src_format", job->src_format},
        {"src_range", job->src_full},    {"dstw", job->dst_width},     {"dsth", job->dst_height},
        {"dst_format", job->dst_format}, {"dst_range", job->dst_full}, {"sws_flags", FLAGS},
    };
    struct SwsContext *sws = sws_alloc_context();
    int error = sws ? 0 : AVERROR(ENOMEM);
    for (size_t i = 0; error >= 0 && i < sizeof options / sizeof options[0]; i++)
        error = av_opt_set_int(sws, options[i].name, options[i].value, 0);
    if (error >= 0)
        error = sws_init_context(sws, NULL, NULL);
    if (error < 0) {
        sws_freeContext(sws);
        return error;
    }
    /* Fails only for formats without a matrix, RGB to RGB among them. */
    sws_setColorspaceDetails(sws, sws_getCoefficients(job->src_table), job->src_full,
                             sws_getCoefficients(job->dst_table), job->dst_full, 0, 1 << 16, 1 << 16);
    *out = sws;
    return 0;
}

static webc_result prepare_context(webc__scaler *scaler, const conversion *job)
{
    if (scaler->sws && !memcmp(&scaler->current, job, sizeof *job))
        return WEBC_OK;
    webc_result result = check_conversion(job);
    if (result)
        return result;
    sws_freeContext(scaler->sws);
    scaler->sws = NULL;
    int error = open_context(job, &scaler->sws);
    if (error < 0)
        return webc__fail(error == AVERROR(ENOMEM) ? WEBC_ERROR_NO_MEMORY : WEBC_ERROR_NOT_SUPPORTED,
                          "libswscale cannot convert %s %dx%d to %s %dx%d",
                          av_get_pix_fmt_name(job->src_format), job->src_width, job->src_height,
                          av_get_pix_fmt_name(job->dst_format), job->dst_width, job->dst_height);
    scaler->current = *job;
    return WEBC_OK;
}

static webc_result take_planes(webc__scaler *scaler, AVFrame *out, int av_format, int width, int height)
{
    size_t size = webc__frame_planes_size(av_format, (uint32_t)width, (uint32_t)height);
    if (!size)
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "a %dx%d %s picture is more than libavutil can hold", width,
                          height, av_get_pix_fmt_name(av_format));
    if (!scaler->pool || scaler->pool_size != size) {
        av_buffer_pool_uninit(&scaler->pool);
        scaler->pool = av_buffer_pool_init(size, av_buffer_allocz);
        scaler->pool_size = size;
    }
    AVBufferRef *buffer = scaler->pool ? av_buffer_pool_get(scaler->pool) : NULL;
    if (!buffer)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a %dx%d picture (%zu bytes)", width, height,
                          size);
    webc__frame_set_planes(out, av_format, (uint32_t)width, (uint32_t)height, buffer);
    return WEBC_OK;
}

/* Replace a picture in foreign memory by a copy in planes of our own. */
static webc_result own_planes(webc__scaler *scaler, AVFrame *picture, bool last)
{
    AVFrame *copy = av_frame_alloc();
    if (!copy)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a picture");
    /* The pool is for outputs; a copy that only feeds swscale would change its size with every frame. */
    webc_result result = last ? take_planes(scaler, copy, picture->format, picture->width, picture->height)
                              : webc__frame_alloc_planes(copy, picture->format, (uint32_t)picture->width,
                                                         (uint32_t)picture->height);
    if (!result) {
        for (unsigned i = 0; i < webc__layout_plane_count(picture->format); i++) {
            webc__layout_grid grid = webc__layout_plane_grid(picture->format, i);
            webc__layout_copy_rows(copy->data[i], (size_t)copy->linesize[i], picture->data[i],
                                   (size_t)picture->linesize[i],
                                   (size_t)webc__layout_row_bytes(&grid, (uint32_t)picture->width),
                                   (size_t)webc__layout_rows(&grid, (uint32_t)picture->height));
        }
        av_frame_unref(picture);
        av_frame_move_ref(picture, copy);
    }
    av_frame_free(&copy);
    return result;
}

/* Read a picture with alpha as its opaque format; no pixel changes. */
static void drop_alpha(AVFrame *picture, int opaque_format)
{
    picture->format = opaque_format;
    for (unsigned i = webc__layout_plane_count(opaque_format); i < WEBC_MAX_PLANES; i++) {
        picture->data[i] = NULL;
        picture->linesize[i] = 0;
    }
}

/* The format that gives a name to the fourth byte of RGBX and BGRX; AV_PIX_FMT_NONE for others. */
static int with_alpha(int av_format)
{
    switch (av_format) {
    case AV_PIX_FMT_RGB0:
        return AV_PIX_FMT_RGBA;
    case AV_PIX_FMT_BGR0:
        return AV_PIX_FMT_BGRA;
    default:
        return AV_PIX_FMT_NONE;
    }
}

/* swscale would do this too, but in scratch memory with less room behind it than it reads. */
static webc_result add_alpha(webc__scaler *scaler, AVFrame *picture)
{
    webc_result result = own_planes(scaler, picture, false);
    if (result)
        return result;
    for (int y = 0; y < picture->height; y++) {
        uint8_t *row = picture->data[0] + (ptrdiff_t)y * picture->linesize[0];
        for (int x = 0; x < picture->width; x++)
            row[4 * (ptrdiff_t)x + 3] = 255;
    }
    picture->format = with_alpha(picture->format);
    return WEBC_OK;
}

static webc_result convert(webc__scaler *scaler, const conversion *job, const AVFrame *source, AVFrame *out)
{
    webc_result result = prepare_context(scaler, job);
    if (!result)
        result = take_planes(scaler, out, job->dst_format, job->dst_width, job->dst_height);
    if (result)
        return result;
    int rows = sws_scale(scaler->sws, (const uint8_t *const *)source->data, source->linesize, 0,
                         job->src_height, out->data, out->linesize);
    if (rows == job->dst_height)
        return WEBC_OK;
    av_frame_unref(out);
    return webc__fail(WEBC_ERROR_ENCODING, "libswscale gave %d of %d rows", rows, job->dst_height);
}

/* The four formats of one byte a sample that rows of RGB are written in. */
static bool is_packed_rgb(int av_format)
{
    const webc__pixel_format *named = webc__pixel_format_from_av(av_format);
    return named && named->rgb;
}

/* True for samples of 8 to 16 bits in planes of the picture's size, which can be read without libswscale. */
static bool is_readable_444(int av_format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(av_format);
    if (is_rgb(av_format) || desc->flags & AV_PIX_FMT_FLAG_BE || desc->nb_components < 3 ||
        desc->log2_chroma_w || desc->log2_chroma_h)
        return false;
    for (int c = 0; c < desc->nb_components; c++)
        if (desc->comp[c].plane != c || desc->comp[c].shift || desc->comp[c].offset)
            return false;
    return true;
}

/* A row of one plane as samples at the top of 16 bits, little-endian bytes in. */
static void widen_row(uint16_t *dst, const uint8_t *src, uint32_t width, unsigned depth)
{
    for (uint32_t x = 0; depth <= 8 && x < width; x++)
        dst[x] = (uint16_t)(src[x] << 8);
    for (uint32_t x = 0; depth > 8 && x < width; x++)
        dst[x] = (uint16_t)((src[2 * x] | src[2 * x + 1] << 8) << (16 - depth));
}

/* `from` is packed RGB, or YUV with whole chroma planes. */
static webc_result write_rgb_rows(const webc__rgb_math *math, const AVFrame *from, AVFrame *to)
{
    const uint32_t width = (uint32_t)to->width;
    const bool packed = is_packed_rgb(from->format);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(from->format);
    uint16_t *wide = packed ? NULL : malloc(sizeof *wide * WEBC_MAX_PLANES * width);
    if (!packed && !wide)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory to convert %u samples", width);
    for (int y = 0; y < to->height; y++) {
        uint8_t *dst = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        const uint16_t *samples[WEBC_MAX_PLANES] = {NULL};
        if (packed) {
            webc__rgb_math_rgb_row(math, from->data[0] + (ptrdiff_t)y * from->linesize[0], dst, width);
            continue;
        }
        for (unsigned c = 0; c < desc->nb_components; c++) {
            samples[c] = wide + (size_t)c * width;
            widen_row(wide + (size_t)c * width, from->data[c] + (ptrdiff_t)y * from->linesize[c], width,
                      (unsigned)desc->comp[c].depth);
        }
        webc__rgb_math_yuv_row(math, samples, dst, width);
    }
    free(wide);
    return WEBC_OK;
}

/* Give a YUV picture whole chroma planes of the output's size, matrix and range unchanged. */
static webc_result spread_chroma(webc__scaler *scaler, AVFrame *visible, bool foreign, bool alpha,
                                 const conversion *to, AVFrame *out)
{
    conversion job = *to;
    job.dst_format = alpha ? AV_PIX_FMT_YUVA444P16LE : AV_PIX_FMT_YUV444P16LE;
    job.src_table = job.dst_table = SWS_CS_ITU709;
    job.dst_full = job.src_full;
    webc_result result = foreign ? own_planes(scaler, visible, false) : WEBC_OK;
    if (!result)
        result = prepare_context(scaler, &job);
    if (!result)
        result =
            webc__frame_alloc_planes(out, job.dst_format, (uint32_t)job.dst_width, (uint32_t)job.dst_height);
    if (result)
        return result;
    int rows = sws_scale(scaler->sws, (const uint8_t *const *)visible->data, visible->linesize, 0,
                         job.src_height, out->data, out->linesize);
    if (rows == job.dst_height)
        return WEBC_OK;
    return webc__fail(WEBC_ERROR_ENCODING, "libswscale gave %d of %d rows", rows, job.dst_height);
}

/* Packed RGB out of `visible`, by the formulas of media/rgb_math.h. */
static webc_result make_rgb(webc__scaler *scaler, const webc_frame *source, AVFrame *visible,
                            const conversion *job, const webc__scaler_target *target, AVFrame *out)
{
    const bool alpha = has_alpha(job->src_format) && has_alpha(job->dst_format);
    const int depth = av_pix_fmt_desc_get(job->src_format)->comp[0].depth;
    const webc__rgb_setup setup = {
        .color = source->info.color_space,
        .from_rgb = is_rgb(job->src_format),
        .from_bgr = job->src_format == AV_PIX_FMT_BGRA || job->src_format == AV_PIX_FMT_BGR0,
        .alpha = alpha,
        .to_bgr = job->dst_format == AV_PIX_FMT_BGRA || job->dst_format == AV_PIX_FMT_BGR0,
        /* Floating-point samples have 16 bits once libswscale has read them. */
        .depth = depth > 16 ? 16 : (unsigned)depth,
        .managed = target->managed,
        .predefined = target->predefined,
    };
    webc__rgb_math *math;
    webc_result result = webc__rgb_math_create(&math, &setup);
    if (result)
        return result;
    AVFrame *whole = NULL;
    const bool resized = job->src_width != job->dst_width || job->src_height != job->dst_height;
    if (!setup.from_rgb && (resized || !is_readable_444(job->src_format))) {
        whole = av_frame_alloc();
        result = whole ? spread_chroma(scaler, visible, source->foreign, alpha, job, whole)
                       : webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a picture");
    }
    if (!result)
        result = take_planes(scaler, out, job->dst_format, job->dst_width, job->dst_height);
    if (!result)
        result = write_rgb_rows(math, whole ? whole : visible, out);
    av_frame_free(&whole);
    webc__rgb_math_free(&math);
    return result;
}

/* Whether make_rgb() does it: all that is managed, all YUV, and RGB that only changes the order of its bytes.
 */
static bool makes_rgb(const conversion *job, const webc__scaler_target *target)
{
    if (!is_packed_rgb(job->dst_format) || !webc__layout_plane_count(job->src_format))
        return false;
    if (!is_rgb(job->src_format))
        return true;
    return target->managed && is_packed_rgb(job->src_format) && job->src_width == job->dst_width &&
           job->src_height == job->dst_height;
}

static bool changes_nothing(const conversion *job)
{
    return job->src_format == job->dst_format && job->src_width == job->dst_width &&
           job->src_height == job->dst_height && job->src_table == job->dst_table &&
           job->src_full == job->dst_full;
}

static webc_result run_visible(webc__scaler *scaler, AVFrame *visible, bool foreign, conversion *job,
                               AVFrame *out)
{
    /* Alpha is dropped, never blended, and costs nothing to drop. */
    const webc__pixel_format *named = webc__pixel_format_from_av(job->src_format);
    if (named && named->alpha && webc__pixel_format_get(named->opaque)->av_format == job->dst_format) {
        drop_alpha(visible, job->dst_format);
        job->src_format = job->dst_format;
    }
    bool unchanged = changes_nothing(job);
    webc_result result = WEBC_OK;
    if (with_alpha(job->src_format) != AV_PIX_FMT_NONE && has_alpha(job->dst_format)) {
        result = add_alpha(scaler, visible);
        job->src_format = with_alpha(job->src_format);
        unchanged = changes_nothing(job);
    } else if (foreign) {
        result = own_planes(scaler, visible, unchanged);
    }
    if (result)
        return result;
    if (!unchanged)
        return convert(scaler, job, visible, out);
    av_frame_move_ref(out, visible);
    return WEBC_OK;
}

webc_result webc__scaler_run(webc__scaler *scaler, const webc_frame *source, const webc__scaler_target *target,
                             AVFrame *out)
{
    conversion job = {
        .src_format = source->av->format,
        .src_width = (int)source->info.visible_rect.width,
        .src_height = (int)source->info.visible_rect.height,
        .dst_format = webc__pixel_format_plain(target->av_format),
        .dst_width = (int)target->width,
        .dst_height = (int)target->height,
    };
    if (!target->width || !target->height || target->width > INT32_MAX || target->height > INT32_MAX ||
        !webc__layout_plane_count(job.dst_format))
        return webc__fail(WEBC_ERROR_NOT_SUPPORTED, "pictures of %ux%u in format %d cannot be made",
                          target->width, target->height, target->av_format);
    webc_color_space wanted = target->color;
    if (job.dst_format != target->av_format)
        wanted.range = WEBC_COLOR_RANGE_FULL;
    const bool from_rgb = is_rgb(job.src_format);
    webc_color_space color =
        resolve_color(&source->info.color_space, &wanted, from_rgb, is_rgb(job.dst_format));
    if (target->managed)
        webc_color_space_preset(&color, target->predefined);
    const bool by_formula = makes_rgb(&job, target);
    webc_result result = by_formula
                             ? check_rgb_range(false, true, true, color.range != WEBC_COLOR_RANGE_LIMITED)
                             : resolve_tables(&job, &source->info.color_space, &color);
    if (result)
        return result;
    AVFrame *visible = av_frame_alloc();
    if (!visible)
        return webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a picture");
    result = webc__frame_visible(source, visible);
    if (!result && webc__unused_bits_clear(visible) < 0)
        result = webc__fail(WEBC_ERROR_NO_MEMORY, "no memory for a copy of a picture");
    if (!result)
        result = by_formula ? make_rgb(scaler, source, visible, &job, target, out)
                            : run_visible(scaler, visible, source->foreign, &job, out);
    if (!result)
        webc__color_to_av(&color, out);
    av_frame_free(&visible);
    return result;
}
