/* SPDX-License-Identifier: MIT */
/*
 * No byte outside the rows of a caller's planes is touched: every source and destination plane lies between two
 * pages that fault, once against the page before it and once against the page behind it. Widths 1 to 130, all
 * formats, through create, create_from_planes, wrap, plane access, convert, scale and copy_to. Public API only.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support_check.h"
#include "webcodecs/frame.h"

#define WIDTHS 130u
#define HEIGHTS 5u
/* Room for a plane of the largest picture, in pages of the smallest size. */
#define PLANE_BYTES 4096u

typedef struct shape {
    uint32_t format;
    unsigned planes;
    uint32_t row_bytes[4];
    uint32_t rows[4];
} shape;

/* Slots of readable memory with faulting pages between, before and behind them. */
typedef struct arena {
    uint8_t *base;
    size_t page;
    size_t slot; /* bytes a plane may have */
} arena;

static arena map_arena(void)
{
    arena made;
    made.page = (size_t)sysconf(_SC_PAGESIZE);
    made.slot = (PLANE_BYTES + made.page - 1) / made.page * made.page;
    size_t size = made.page + WEBC_MAX_PLANES * (made.slot + made.page);
    made.base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(made.base, MAP_FAILED);
    for (size_t i = 0; i < WEBC_MAX_PLANES; i++)
        ck_assert_int_eq(
            mprotect(made.base + made.page + i * (made.slot + made.page), made.slot, PROT_READ | PROT_WRITE),
            0);
    return made;
}

/* Where plane `index` of `bytes` bytes goes: against the page before it, or against the page behind it. */
static uint8_t *place(const arena *in, unsigned index, size_t bytes, int behind)
{
    ck_assert_uint_le(bytes, in->slot);
    uint8_t *slot = in->base + in->page + index * (in->slot + in->page);
    return behind ? slot + in->slot - bytes : slot;
}

/* Independent of the library's own table. */
static shape shape_of(uint32_t format, uint32_t width, uint32_t height)
{
    const char *name = webc_pixel_format_name(format);
    shape made = {.format = format, .planes = 1, .row_bytes = {width * 4}, .rows = {height}};
    uint32_t bytes = strchr(name, 'P') ? 2 : 1;
    uint32_t half_w = (width + 1) / 2;
    uint32_t half_h = (height + 1) / 2;
    if (!strcmp(name, "NV12"))
        return (shape){format, 2, {width, 2 * half_w}, {height, half_h}};
    if (name[0] != 'I')
        return made;
    uint32_t chroma_w = strncmp(name, "I444", 4) ? half_w : width;
    uint32_t chroma_h = strncmp(name, "I420", 4) ? height : half_h;
    made.planes = strchr(name, 'A') ? 4 : 3;
    for (unsigned p = 0; p < made.planes; p++) {
        int chroma = p == 1 || p == 2;
        made.row_bytes[p] = (chroma ? chroma_w : width) * bytes;
        made.rows[p] = chroma ? chroma_h : height;
    }
    return made;
}

static webc_frame_params params_of(const shape *of, uint32_t width, uint32_t height)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = of->format;
    params.coded_width = width;
    params.coded_height = height;
    return params;
}

/* One buffer whose planes are the arena's slots. */
static void lay_out(const arena *in, const shape *of, int behind, webc_plane_layout *layout)
{
    const uint8_t *start = in->base;
    for (unsigned p = 0; p < of->planes; p++) {
        layout[p].offset = (uint32_t)(place(in, p, (size_t)of->row_bytes[p] * of->rows[p], behind) - start);
        layout[p].stride = of->row_bytes[p];
    }
}

static void check_planes(const webc_frame *frame, const arena *source, const shape *of, int behind)
{
    for (uint32_t p = 0; p < of->planes; p++) {
        const uint8_t *expected = place(source, p, (size_t)of->row_bytes[p] * of->rows[p], behind);
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_int_eq(webc_frame_plane(frame, p, &plane), WEBC_OK);
        ck_assert_uint_eq(plane.row_bytes, of->row_bytes[p]);
        ck_assert_uint_eq(plane.rows, of->rows[p]);
        for (uint32_t y = 0; y < plane.rows; y++)
            ck_assert_mem_eq(plane.data + (size_t)y * plane.stride, expected + (size_t)y * plane.row_bytes,
                             plane.row_bytes);
    }
}

static void copy_out(const webc_frame *frame, const arena *target, const shape *of, uint32_t format, int behind)
{
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = format;
    params.color_space = behind ? WEBC_PREDEFINED_COLOR_SPACE_DISPLAY_P3 : WEBC_PREDEFINED_COLOR_SPACE_SRGB;
    params.layout_count = of->planes;
    lay_out(target, of, behind, params.layout);
    ck_assert_msg(webc_frame_copy_to(frame, &params, target->base, UINT32_MAX, NULL) == WEBC_OK, "%s",
                  webc_error_message());
}

static void convert_to(const webc_frame *frame, uint32_t format, uint32_t width, uint32_t height)
{
    webc_frame *out;
    ck_assert_msg(webc_frame_convert(&out, frame, format, width, height, NULL) == WEBC_OK, "%s",
                  webc_error_message());
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(out, 0, &plane), WEBC_OK);
    webc_frame_unref(&out);
}

/* `frame` has the pixels of `source`; it is read and converted in every way there is. */
static void use(const webc_frame *frame, const arena *source, const arena *target, const shape *of,
                uint32_t width, uint32_t height, int behind)
{
    static const uint32_t formats[] = {WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_NV12, WEBC_PIXEL_FORMAT_RGBA,
                                       WEBC_PIXEL_FORMAT_I420P10};
    check_planes(frame, source, of, behind);
    copy_out(frame, target, of, 0, behind);
    for (unsigned p = 0; p < of->planes; p++) {
        size_t bytes = (size_t)of->row_bytes[p] * of->rows[p];
        ck_assert_mem_eq(place(target, p, bytes, behind), place(source, p, bytes, behind), bytes);
    }
    shape rgb = shape_of(WEBC_PIXEL_FORMAT_BGRA, width, height);
    copy_out(frame, target, &rgb, WEBC_PIXEL_FORMAT_BGRA, behind);
    convert_to(frame, formats[width % 4], 0, 0);
    convert_to(frame, formats[(width + 1) % 4], (width + 2) / 2, (height + 1) / 2);
    convert_to(frame, of->format, width + 7, height + 3);
}

static void count_release(void *user)
{
    ++*(int *)user;
}

static void check_width(const arena *source, const arena *target, uint32_t format, uint32_t width, int behind)
{
    uint32_t height = 1 + (width + format) % HEIGHTS;
    shape of = shape_of(format, width, height);
    webc_frame_params params = params_of(&of, width, height);
    const void *planes[WEBC_MAX_PLANES] = {NULL};
    for (unsigned p = 0; p < of.planes; p++) {
        size_t bytes = (size_t)of.row_bytes[p] * of.rows[p];
        uint8_t *plane = place(source, p, bytes, behind);
        /* Small bytes: samples of 10 and 12 bits stay in range. */
        for (size_t i = 0; i < bytes; i++)
            plane[i] = (uint8_t)((i * 7 + width) & 3);
        planes[p] = plane;
    }
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create_from_planes(&frame, &params, planes, of.row_bytes), WEBC_OK);
    use(frame, source, target, &of, width, height, behind);
    webc_frame_unref(&frame);

    params.layout_count = of.planes;
    lay_out(source, &of, behind, params.layout);
    uint64_t size = source->page + WEBC_MAX_PLANES * (source->slot + source->page);
    ck_assert_int_eq(webc_frame_create(&frame, &params, source->base, size), WEBC_OK);
    check_planes(frame, source, &of, behind);
    webc_frame_unref(&frame);

    int released = 0;
    ck_assert_int_eq(webc_frame_wrap(&frame, &params, source->base, size, count_release, &released), WEBC_OK);
    use(frame, source, target, &of, width, height, behind);
    webc_frame_unref(&frame);
    ck_assert_int_eq(released, 1);
}

static void check_all(int behind)
{
    arena source = map_arena();
    arena target = map_arena();
    for (uint32_t format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++)
        for (uint32_t width = 1; width <= WIDTHS && format != WEBC_PIXEL_FORMAT_I420AP12;
             width += is_short() ? 11 : 1)
            check_width(&source, &target, format, width, behind);
}

/* CT-05, T26, T30: pages that fault before every plane. */
START_TEST(nothing_before_a_plane_is_touched)
{
    check_all(0);
}
END_TEST

/* CT-05, T26, T30: pages that fault behind every plane. */
START_TEST(nothing_behind_a_plane_is_touched)
{
    check_all(1);
}
END_TEST

CHECK_MAIN("frame_bounds", 300, nothing_before_a_plane_is_touched, nothing_behind_a_plane_is_touched)
