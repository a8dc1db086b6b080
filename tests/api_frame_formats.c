/* SPDX-License-Identifier: MIT */
/*
 * Every pixel format of the spec through construction, layouts, wrapping, plane access, copies, libav.h and
 * conversion, against a table of its own (checklist 4.1 and 4.3). Public API only.
 */
#include <stdio.h>
#include <string.h>

#include <libavutil/pixdesc.h>

#include "support_check.h"
#include "webcodecs/frame.h"
#include "webcodecs/libav.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SENTINEL 0xA5

/* From the text of the spec: planes, bytes of a sample of plane 0, chroma subsampling as a shift. */
typedef struct format_row {
    const char *name;
    const char *av_name;
    uint32_t planes, bytes, shift_x, shift_y, depth;
} format_row;

static const format_row rows[] = {
    {"I420", "yuv420p", 3, 1, 1, 1, 8},
    {"I420P10", "yuv420p10le", 3, 2, 1, 1, 10},
    {"I420P12", "yuv420p12le", 3, 2, 1, 1, 12},
    {"I420A", "yuva420p", 4, 1, 1, 1, 8},
    {"I420AP10", "yuva420p10le", 4, 2, 1, 1, 10},
    {"I422", "yuv422p", 3, 1, 1, 0, 8},
    {"I422P10", "yuv422p10le", 3, 2, 1, 0, 10},
    {"I422P12", "yuv422p12le", 3, 2, 1, 0, 12},
    {"I422A", "yuva422p", 4, 1, 1, 0, 8},
    {"I422AP10", "yuva422p10le", 4, 2, 1, 0, 10},
    {"I422AP12", "yuva422p12le", 4, 2, 1, 0, 12},
    {"I444", "yuv444p", 3, 1, 0, 0, 8},
    {"I444P10", "yuv444p10le", 3, 2, 0, 0, 10},
    {"I444P12", "yuv444p12le", 3, 2, 0, 0, 12},
    {"I444A", "yuva444p", 4, 1, 0, 0, 8},
    {"I444AP10", "yuva444p10le", 4, 2, 0, 0, 10},
    {"I444AP12", "yuva444p12le", 4, 2, 0, 0, 12},
    {"NV12", "nv12", 2, 1, 1, 1, 8},
    {"RGBA", "rgba", 1, 4, 0, 0, 8},
    {"RGBX", "rgb0", 1, 4, 0, 0, 8},
    {"BGRA", "bgra", 1, 4, 0, 0, 8},
    {"BGRX", "bgr0", 1, 4, 0, 0, 8},
};

/* Bytes of a row and rows of a plane; subsampled ones round up. */
static void plane_size(const format_row *row, uint32_t plane, uint32_t width, uint32_t height, uint32_t size[2])
{
    const int chroma = plane == 1 || plane == 2;
    size[0] = chroma ? (width + row->shift_x) >> row->shift_x : width;
    size[0] *= row->bytes * (row->planes == 2 && plane == 1 ? 2 : 1);
    size[1] = chroma ? (height + row->shift_y) >> row->shift_y : height;
}

static uint64_t tight_size(const format_row *row, uint32_t width, uint32_t height)
{
    uint64_t total = 0;
    for (uint32_t p = 0; p < row->planes; p++) {
        uint32_t size[2];
        plane_size(row, p, width, height, size);
        total += (uint64_t)size[0] * size[1];
    }
    return total;
}

static webc_frame_params params_of(const format_row *row, uint32_t width, uint32_t height)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = webc_pixel_format_from_name(row->name);
    params.coded_width = width;
    params.coded_height = height;
    return params;
}

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 131 + (i >> 8) + 7);
}

/* VF-08, VF-10, CT-04, T26, T34: the bytes are copied, the coded size is kept, and come out again; sizes round
 * up. */
START_TEST(every_format_is_copied_in_and_out)
{
    static const uint32_t sizes[][2] = {{1, 1}, {3, 3}, {5, 4}, {16, 7}};
    for (size_t f = 0; f < COUNT(rows); f++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            const format_row *row = &rows[f];
            const uint32_t width = sizes[s][0], height = sizes[s][1];
            const uint64_t size = tight_size(row, width, height);
            uint8_t in[2048], kept[2048], out[2048];
            fill(in, sizeof in);
            memcpy(kept, in, sizeof in);
            memset(out, SENTINEL, sizeof out);
            webc_frame_params params = params_of(row, width, height);
            ck_assert_uint_ne(params.format, 0);
            webc_frame *frame;
            ck_assert_int_eq(webc_frame_create(&frame, &params, in, size), WEBC_OK);
            memset(in, 0, sizeof in);
            webc_frame_info info;
            webc_frame_info_init(&info, sizeof info);
            ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
            ck_assert_uint_eq(info.format, params.format);
            ck_assert_uint_eq(info.plane_count, row->planes);
            ck_assert_uint_eq(info.bit_depth, row->depth);
            ck_assert_uint_eq(info.coded_width, width);
            ck_assert_uint_eq(info.coded_height, height);
            ck_assert_uint_eq(info.visible_rect.height, height);
            uint64_t asked = 0;
            ck_assert_int_eq(webc_frame_allocation_size(frame, NULL, &asked), WEBC_OK);
            ck_assert_uint_eq(asked, size);
            ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, size, NULL), WEBC_OK);
            ck_assert_mem_eq(out, kept, size);
            ck_assert_uint_eq(out[size], SENTINEL);
            webc_frame_unref(&frame);
        }
}
END_TEST

/* VF-05, VF-06: planes in any order with gaps between them; one byte of overlap, a short row or a short buffer
 * is a TypeError that names the plane's entry. */
START_TEST(every_format_takes_planes_in_any_order_with_gaps)
{
    for (size_t f = 0; f < COUNT(rows); f++) {
        const format_row *row = &rows[f];
        uint8_t in[2048], out[2048];
        fill(in, sizeof in);
        webc_frame_params params = params_of(row, 7, 5);
        params.layout_count = row->planes;
        uint32_t next = 3;
        for (uint32_t p = row->planes; p-- > 0;) {
            uint32_t size[2];
            plane_size(row, p, 7, 5, size);
            params.layout[p] = (webc_plane_layout){next, size[0] + p + 1};
            next += (size[0] + p + 1) * size[1] + 5;
        }
        const uint32_t needed = next - 5;
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, needed), WEBC_OK);
        ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, sizeof out, NULL), WEBC_OK);
        uint64_t at = 0;
        for (uint32_t p = 0; p < row->planes; p++) {
            uint32_t size[2];
            plane_size(row, p, 7, 5, size);
            for (uint32_t y = 0; y < size[1]; y++, at += size[0])
                ck_assert_mem_eq(out + at, in + params.layout[p].offset + y * params.layout[p].stride, size[0]);
        }
        webc_frame_unref(&frame);
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, needed - 1), WEBC_ERROR_TYPE);
        webc_frame_params bad = params;
        uint32_t size[2];
        plane_size(row, row->planes - 1, 7, 5, size);
        bad.layout[row->planes - 1].stride = size[0] - 1;
        ck_assert_int_eq(webc_frame_create(&frame, &bad, in, sizeof in), WEBC_ERROR_TYPE);
        char member[32];
        snprintf(member, sizeof member, "layout[%u].stride", row->planes - 1);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), member));
        bad = params;
        bad.layout_count = row->planes + 1;
        ck_assert_int_eq(webc_frame_create(&frame, &bad, in, sizeof in), WEBC_ERROR_TYPE);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), "layout_count"));
        if (row->planes == 1)
            continue;
        bad = params;
        bad.layout[1].offset = params.layout[0].offset - 1;
        ck_assert_int_eq(webc_frame_create(&frame, &bad, in, sizeof in), WEBC_ERROR_TYPE);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), "layout[0] and layout[1] overlap"));
        ck_assert_ptr_null(frame);
    }
}
END_TEST

/* VF-02, VF-03, CT-02: positions lie on the chroma grid of the format, sizes need not, also for copies to RGB;
 * the refusal names the member. */
START_TEST(every_format_has_its_alignment)
{
    uint8_t in[2048], out[2048];
    fill(in, sizeof in);
    for (size_t f = 0; f < COUNT(rows); f++)
        for (uint32_t x = 0; x < 4; x++)
            for (uint32_t y = 0; y < 4; y++) {
                const format_row *row = &rows[f];
                const int good_x = !(x & row->shift_x), good_y = !(y & row->shift_y);
                const char *axis = good_x ? ".y" : ".x";
                webc_frame_params params = params_of(row, 8, 7);
                webc_frame *frame;
                params.visible_rect = (webc_rect){x, y, 3, 3};
                webc_result result = webc_frame_create(&frame, &params, in, sizeof in);
                ck_assert_int_eq(result, good_x && good_y ? WEBC_OK : WEBC_ERROR_TYPE);
                if (result) {
                    ck_assert_ptr_nonnull(strstr(webc_error_message(), "visible_rect"));
                    ck_assert_ptr_nonnull(strstr(webc_error_message(), axis));
                }
                webc_frame_unref(&frame);
                params.visible_rect = (webc_rect){0};
                ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), WEBC_OK);
                for (uint32_t format = 0; format <= WEBC_PIXEL_FORMAT_RGBX; format += WEBC_PIXEL_FORMAT_RGBX) {
                    webc_frame_copy_params copy;
                    webc_frame_copy_params_init(&copy, sizeof copy);
                    copy.format = format;
                    copy.rect = (webc_rect){x, y, 3, 3};
                    result = webc_frame_copy_to(frame, &copy, out, sizeof out, NULL);
                    ck_assert_int_eq(result, good_x && good_y ? WEBC_OK : WEBC_ERROR_TYPE);
                    if (result)
                        ck_assert_ptr_nonnull(strstr(webc_error_message(), good_x ? "rect.y" : "rect.x"));
                }
                webc_frame_unref(&frame);
            }
}
END_TEST

static void count_release(void *user)
{
    ++*(int *)user;
}

/* VF-10, 4.1: wrapped memory is the frame's planes themselves, and is given back once. */
START_TEST(every_format_can_be_wrapped)
{
    for (size_t f = 0; f < COUNT(rows); f++) {
        uint8_t in[2048];
        fill(in, sizeof in);
        webc_frame_params params = params_of(&rows[f], 9, 5);
        int released = 0;
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_wrap(&frame, &params, in, sizeof in, count_release, &released), WEBC_OK);
        const uint8_t *at = in;
        for (uint32_t p = 0; p < rows[f].planes; p++) {
            uint32_t size[2];
            plane_size(&rows[f], p, 9, 5, size);
            webc_plane plane;
            webc_plane_init(&plane, sizeof plane);
            ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
            ck_assert_ptr_eq(plane.data, at);
            ck_assert_uint_eq(plane.stride, size[0]);
            ck_assert_uint_eq(plane.row_bytes, size[0]);
            ck_assert_uint_eq(plane.rows, size[1]);
            at += (size_t)size[0] * size[1];
        }
        webc_frame *clone = webc_frame_ref(frame);
        webc_frame_unref(&frame);
        ck_assert_int_eq(released, 0);
        webc_frame_unref(&clone);
        ck_assert_int_eq(released, 1);
    }
}
END_TEST

/* 4.1: each format is one AVPixelFormat, both ways, on the same bytes; yuvj is the plain format in full range.
 */
START_TEST(every_format_crosses_to_libav_and_back)
{
    uint8_t in[4096], out[4096], again[4096];
    fill(in, sizeof in);
    for (size_t f = 0; f < COUNT(rows); f++) {
        webc_frame_params params = params_of(&rows[f], 13, 7);
        params.visible_rect = (webc_rect){2, 2, 9, 3};
        webc_frame *frame, *back;
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), WEBC_OK);
        AVFrame *av = av_frame_alloc();
        ck_assert_int_eq(webc_frame_to_avframe(frame, av), WEBC_OK);
        ck_assert_str_eq(av_get_pix_fmt_name(av->format), rows[f].av_name);
        ck_assert_int_eq(webc_frame_create_from_avframe(&back, av, NULL), WEBC_OK);
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_int_eq(webc_frame_get_info(back, &info), WEBC_OK);
        ck_assert_uint_eq(info.format, params.format);
        ck_assert_mem_eq(&info.visible_rect, &params.visible_rect, sizeof info.visible_rect);
        uint64_t size;
        ck_assert_int_eq(webc_frame_allocation_size(back, NULL, &size), WEBC_OK);
        ck_assert_uint_eq(size, tight_size(&rows[f], 9, 3));
        ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, sizeof out, NULL), WEBC_OK);
        ck_assert_int_eq(webc_frame_copy_to(back, NULL, again, sizeof again, NULL), WEBC_OK);
        ck_assert_mem_eq(out, again, size);
        webc_plane one, two;
        webc_plane_init(&one, sizeof one);
        webc_plane_init(&two, sizeof two);
        ck_assert_int_eq(webc_frame_plane(frame, 0, &one), WEBC_OK);
        ck_assert_int_eq(webc_frame_plane(back, 0, &two), WEBC_OK);
        ck_assert_ptr_eq(one.data, two.data);
        webc_frame_unref(&back);
        webc_frame_unref(&frame);
        av_frame_free(&av);
    }
    static const char *const full_range[][2] = {
        {"yuvj420p", "I420"}, {"yuvj422p", "I422"}, {"yuvj444p", "I444"}};
    for (size_t i = 0; i < COUNT(full_range); i++) {
        AVFrame *av = av_frame_alloc();
        av->format = av_get_pix_fmt(full_range[i][0]);
        av->width = av->height = 8;
        ck_assert_int_eq(av_frame_get_buffer(av, 0), 0);
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
        ck_assert_str_eq(webc_pixel_format_name(info.format), full_range[i][1]);
        ck_assert_uint_eq(info.color_space.range, WEBC_COLOR_RANGE_FULL);
        webc_frame_unref(&frame);
        av_frame_free(&av);
    }
}
END_TEST

/* EN-07, T47: every format becomes an encoder's I420; alpha is dropped, not blended: what was under it stays.
 */
START_TEST(every_format_becomes_i420_without_blending)
{
    for (size_t f = 0; f < COUNT(rows); f++) {
        uint8_t in[2048];
        const int packed = rows[f].planes == 1;
        webc_frame_params params = params_of(&rows[f], 8, 6);
        params.has_color_space = 1;
        params.color_space = (webc_color_space){1, 1, packed ? WEBC_COLOR_MATRIX_RGB : 1, packed ? 2 : 1};
        /* Luma 126 of limited range, a grey of 128; alpha 0. */
        uint64_t size = tight_size(&rows[f], 8, 6), at = 0;
        for (uint32_t p = 0; p < rows[f].planes; p++) {
            uint32_t plane[2];
            plane_size(&rows[f], p, 8, 6, plane);
            const unsigned sample = (p == 3 ? 0u : p ? 128u : 126u) << (rows[f].depth - 8);
            for (uint64_t i = 0; i < (uint64_t)plane[0] * plane[1]; i++, at++)
                in[at] = packed ? (i % 4 == 3 ? 0 : 128)
                                : (uint8_t)(rows[f].bytes == 2 && i & 1 ? sample >> 8 : sample);
        }
        webc_frame *frame, *out;
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, size), WEBC_OK);
        const webc_color_space rec709 = {1, 1, 1, 1};
        ck_assert_int_eq(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_I420, 0, 0, &rec709), WEBC_OK);
        uint8_t yuv[72];
        ck_assert_int_eq(webc_frame_copy_to(out, NULL, yuv, sizeof yuv, NULL), WEBC_OK);
        for (int i = 0; i < 72; i++)
            ck_assert_msg(abs(yuv[i] - (i < 48 ? 126 : 128)) <= (packed ? 1 : 0), "%s: byte %d is %u",
                          rows[f].name, i, yuv[i]);
        webc_frame_unref(&out);
        webc_frame_unref(&frame);
    }
}
END_TEST

/* VF-01, 4.1: other numbers are TypeErrors that name the member, and the one format FFmpeg lacks is not
 * supported. */
START_TEST(other_formats_and_sizes_are_refused_by_name)
{
    static const struct {
        uint32_t format, width, height;
        webc_result result;
        const char *named;
    } cases[] = {
        {0, 4, 4, WEBC_ERROR_TYPE, "format"},
        {24, 4, 4, WEBC_ERROR_TYPE, "format"},
        {UINT32_MAX, 4, 4, WEBC_ERROR_TYPE, "format"},
        {WEBC_PIXEL_FORMAT_I420AP12, 4, 4, WEBC_ERROR_NOT_SUPPORTED, "I420AP12"},
        {WEBC_PIXEL_FORMAT_I420, 0, 4, WEBC_ERROR_TYPE, "coded_width"},
        {WEBC_PIXEL_FORMAT_I420, 4, 0, WEBC_ERROR_TYPE, "coded_height"},
    };
    static const uint8_t in[256];
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_params params;
        webc_frame_params_init(&params, sizeof params);
        params.format = cases[i].format;
        params.coded_width = cases[i].width;
        params.coded_height = cases[i].height;
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), cases[i].result);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), cases[i].named));
        ck_assert_int_eq(webc_frame_wrap(&frame, &params, in, sizeof in, NULL, NULL), cases[i].result);
        ck_assert_ptr_null(frame);
    }
    static const char *const unknown[] = {"NV21", "NV12A", "P010", "GRAY8", "i420", "I420 ", "RGB", ""};
    for (size_t i = 0; i < COUNT(unknown); i++)
        ck_assert_uint_eq(webc_pixel_format_from_name(unknown[i]), 0);
    for (int side = 0; side < 2; side++) {
        webc_frame_params params = params_of(&rows[0], 4, 4);
        *(side ? &params.display_width : &params.display_height) = 1;
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), WEBC_ERROR_TYPE);
        ck_assert_ptr_nonnull(strstr(webc_error_message(), "display_width"));
    }
}
END_TEST

/* VF-05, VF-06, T36: sizes are counted in 64 bits: nothing wraps around to something that fits. */
START_TEST(sizes_never_wrap_around)
{
    static const uint8_t in[256];
    static const uint32_t extremes[] = {65536, 65537, 2147483647u, 2147483648u, 4294967294u, 4294967295u};
    webc_frame *frame;
    for (size_t f = 0; f < COUNT(rows); f++)
        for (size_t w = 0; w < COUNT(extremes); w++)
            for (size_t h = 0; h < COUNT(extremes); h++) {
                webc_frame_params params = params_of(&rows[f], extremes[w], extremes[h]);
                ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), WEBC_ERROR_TYPE);
                ck_assert_int_eq(webc_frame_create(&frame, &params, in, UINT64_MAX), WEBC_ERROR_TYPE);
            }
    for (size_t f = 0; f < COUNT(rows); f++)
        for (uint32_t p = 0; p < rows[f].planes; p++)
            for (uint32_t back = 0; back < 3; back++) {
                webc_frame_params params = params_of(&rows[f], 2, 2);
                params.layout_count = rows[f].planes;
                for (uint32_t i = 0; i < rows[f].planes; i++)
                    params.layout[i] = (webc_plane_layout){i * 16, 8};
                params.layout[p].offset = 4294967295u - back;
                ck_assert_int_eq(webc_frame_create(&frame, &params, in, UINT64_MAX), WEBC_ERROR_TYPE);
                ck_assert_int_eq(webc_frame_wrap(&frame, &params, in, UINT64_MAX, NULL, NULL), WEBC_ERROR_TYPE);
            }
    webc_frame_params params = params_of(&rows[0], 4, 4);
    ck_assert_int_eq(webc_frame_create(&frame, &params, in, sizeof in), WEBC_OK);
    webc_frame_copy_params copy;
    webc_frame_copy_params_init(&copy, sizeof copy);
    copy.layout_count = 3;
    copy.layout[0] = (webc_plane_layout){0, 4294967295u};
    copy.layout[1] = (webc_plane_layout){100, 2};
    copy.layout[2] = (webc_plane_layout){200, 2};
    uint64_t size = 1;
    ck_assert_int_eq(webc_frame_allocation_size(frame, &copy, &size), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(size, 0);
    webc_frame_unref(&frame);
}
END_TEST

/* CT-01, 4.1: a frame in a format without a name, and no frame at all, cannot be copied; its planes can be
 * read. */
START_TEST(a_frame_without_a_format_cannot_be_copied)
{
    static const char *const native[] = {"gbrp", "p010le", "gray", "yuv440p", "yuyv422", "rgb24"};
    for (size_t i = 0; i < COUNT(native); i++) {
        AVFrame *av = av_frame_alloc();
        av->format = av_get_pix_fmt(native[i]);
        av->width = av->height = 8;
        ck_assert_int_eq(av_frame_get_buffer(av, 0), 0);
        webc_frame *frame;
        ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
        av_frame_free(&av);
        uint8_t out[1024];
        uint64_t size = 1;
        for (uint32_t format = 0; format <= WEBC_PIXEL_FORMAT_RGBA; format += WEBC_PIXEL_FORMAT_RGBA) {
            webc_frame_copy_params copy;
            webc_frame_copy_params_init(&copy, sizeof copy);
            copy.format = format;
            ck_assert_int_eq(webc_frame_allocation_size(frame, &copy, &size), WEBC_ERROR_NOT_SUPPORTED);
            ck_assert_uint_eq(size, 0);
            ck_assert_int_eq(webc_frame_copy_to(frame, &copy, out, sizeof out, NULL), WEBC_ERROR_NOT_SUPPORTED);
            ck_assert_ptr_nonnull(strstr(webc_error_message(), native[i]));
        }
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_int_eq(webc_frame_plane(frame, 0, &plane), WEBC_OK);
        webc_frame_unref(&frame);
        ck_assert_int_eq(webc_frame_copy_to(frame, NULL, out, sizeof out, NULL), WEBC_ERROR_TYPE);
    }
}
END_TEST

/* 4.1, CT-12: formats without a name become RGB by the same formulas: a grey of 235, of limited range, is
 * white. */
START_TEST(a_frame_without_a_format_can_be_converted)
{
    static const struct {
        const char *name;
        uint8_t bytes[4]; /* of every sample, in turn */
    } cases[] = {
        {"gray", {235, 235, 235, 235}},    {"p010le", {0, 235, 0, 235}},
        {"yuyv422", {235, 128, 235, 128}}, {"gray10le", {0xAC, 0x03, 0xAC, 0x03}},
        {"grayf32le", {0, 0, 0x80, 0x3F}}, {"ya8", {235, 255, 235, 255}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AVFrame *av = av_frame_alloc();
        av->format = av_get_pix_fmt(cases[i].name);
        av->width = 8;
        av->height = 4;
        ck_assert_int_eq(av_frame_get_buffer(av, 0), 0);
        for (int p = 0; p < 2 && av->data[p]; p++)
            for (size_t at = 0; at < (size_t)av->linesize[p] * (p ? 2 : 4); at++)
                av->data[p][at] = p ? (uint8_t)(at & 1 ? 128 : 0) : cases[i].bytes[at % 4];
        webc_frame *frame, *out;
        ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
        av_frame_free(&av);
        ck_assert_msg(webc_frame_convert(&out, frame, WEBC_PIXEL_FORMAT_RGBA, 0, 0, NULL) == WEBC_OK, "%s: %s",
                      cases[i].name, webc_error_message());
        uint8_t rgba[8 * 4 * 4];
        ck_assert_int_eq(webc_frame_copy_to(out, NULL, rgba, sizeof rgba, NULL), WEBC_OK);
        for (size_t at = 0; at < sizeof rgba; at++)
            ck_assert_msg(rgba[at] == 255, "%s: byte %zu is %u", cases[i].name, at, rgba[at]);
        webc_frame_unref(&out);
        webc_frame_unref(&frame);
    }
}
END_TEST

CHECK_MAIN("api_frame_formats", 60, every_format_is_copied_in_and_out,
           every_format_takes_planes_in_any_order_with_gaps, every_format_has_its_alignment,
           every_format_can_be_wrapped, every_format_crosses_to_libav_and_back,
           every_format_becomes_i420_without_blending, other_formats_and_sizes_are_refused_by_name,
           sizes_never_wrap_around, a_frame_without_a_format_cannot_be_copied,
           a_frame_without_a_format_can_be_converted)
