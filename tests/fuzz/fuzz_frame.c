/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: frames of any format, layout and rectangle. Buffers are heap blocks of exactly the size
 * that is said, so that ASan sees a byte read or written beside them.
 */
#include "webcodecs/libav.h"
#include "webcodecs/webcodecs.h"

#include "fuzz_input.h"

#define MOST_BYTES (1u << 18)
#define FORMATS (WEBC_PIXEL_FORMAT_BGRX + 2) /* 0 and one that there is not as well */

static unsigned released;

static void count_release(void *user)
{
    (*(unsigned *)user)++;
}

static webc_rect take_rect(fuzz_input *in)
{
    return (webc_rect){take_byte(in), take_byte(in), take_size(in), take_size(in)};
}

static uint32_t take_layout(fuzz_input *in, webc_plane_layout layout[WEBC_MAX_PLANES])
{
    uint32_t count = take_below(in, 6);
    for (uint32_t i = 0; i < count && i < WEBC_MAX_PLANES; i++) {
        layout[i].offset = take_below(in, 4) ? take_u16(in) : take_u32(in);
        layout[i].stride = take_size(in);
    }
    return count;
}

static void take_params(webc_frame_params *params, fuzz_input *in)
{
    webc_frame_params_init(params, sizeof *params);
    uint8_t kind = take_byte(in);
    params->format = take_below(in, FORMATS);
    params->coded_width = take_size(in);
    params->coded_height = take_size(in);
    if (kind & 1)
        params->visible_rect = take_rect(in);
    if (kind & 2) {
        params->display_width = take_size(in);
        params->display_height = take_size(in);
    }
    if (kind & 4) {
        params->rotation = (int32_t)take_u32(in);
        params->flip = take_below(in, 3);
    }
    if (kind & 8) {
        params->has_color_space = 1;
        params->color_space = (webc_color_space){take_byte(in), take_byte(in), take_u16(in), take_below(in, 4)};
    }
    if (kind & 16)
        params->layout_count = take_layout(in, params->layout);
    params->timestamp = (int64_t)take_u64(in);
}

/* What is read of a plane that is given by itself, by the rules of WebCodecs 9.7. */
static size_t plane_bytes(const webc_frame_params *params, uint32_t plane, uint32_t stride)
{
    uint32_t format = params->format;
    bool chroma = format < WEBC_PIXEL_FORMAT_RGBA && (plane == 1 || plane == 2);
    bool half_rows = chroma && (format <= WEBC_PIXEL_FORMAT_I420AP12 || format == WEBC_PIXEL_FORMAT_NV12);
    bool half_columns = chroma && (format <= WEBC_PIXEL_FORMAT_I422AP12 || format == WEBC_PIXEL_FORMAT_NV12);
    uint64_t rows = half_rows ? ((uint64_t)params->coded_height + 1) / 2 : params->coded_height;
    uint64_t columns = half_columns ? ((uint64_t)params->coded_width + 1) / 2 : params->coded_width;
    uint64_t bytes = columns * (format >= WEBC_PIXEL_FORMAT_RGBA ? 4 : 1);
    if (format < WEBC_PIXEL_FORMAT_NV12 && (format - 1) % 3)
        bytes *= 2;
    if (format == WEBC_PIXEL_FORMAT_NV12 && plane == 1)
        bytes *= 2;
    uint64_t size = rows ? (rows - 1) * stride + bytes : 0;
    return size > MOST_BYTES ? MOST_BYTES : (size_t)size;
}

static webc_result create_from_planes(webc_frame **frame, const webc_frame_params *params, fuzz_input *in)
{
    uint8_t *planes[WEBC_MAX_PLANES];
    uint32_t strides[WEBC_MAX_PLANES];
    webc_result result = WEBC_ERROR_TYPE;
    bool fits = true;
    for (uint32_t i = 0; i < WEBC_MAX_PLANES; i++) {
        strides[i] = take_size(in);
        size_t size = plane_bytes(params, i, strides[i]);
        fits = fits && size < MOST_BYTES;
        planes[i] = take_block(in, size);
    }
    if (fits)
        result = webc_frame_create_from_planes(frame, params, (const void *const *)planes, strides);
    for (uint32_t i = 0; i < WEBC_MAX_PLANES; i++)
        free(planes[i]);
    return result;
}

static volatile uint8_t sum; /* so that reads are not left out */

static void read_planes(const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    MUST(webc_frame_get_info(frame, &info) == WEBC_OK);
    MUST(info.plane_count && info.plane_count <= WEBC_MAX_PLANES && info.display_width && info.display_height);
    for (uint32_t i = 0; i < info.plane_count; i++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        MUST(webc_frame_plane(frame, i, &plane) == WEBC_OK);
        MUST(plane.rows && plane.row_bytes && (plane.rows == 1 || plane.stride >= plane.row_bytes));
        for (uint32_t row = 0; row < plane.rows; row++)
            for (uint32_t at = 0; at < plane.row_bytes; at++)
                sum ^= plane.data[(size_t)row * plane.stride + at];
    }
    webc_plane none;
    webc_plane_init(&none, sizeof none);
    MUST(webc_frame_plane(frame, info.plane_count, &none) == WEBC_ERROR_RANGE);
}

static void copy_out(const webc_frame *frame, fuzz_input *in)
{
    webc_frame_copy_params params;
    webc_plane_layout layouts[WEBC_MAX_PLANES];
    webc_frame_copy_params_init(&params, sizeof params);
    uint8_t kind = take_byte(in);
    if (kind & 1)
        params.format = WEBC_PIXEL_FORMAT_RGBA + take_below(in, 5);
    if (kind & 2)
        params.rect = take_rect(in);
    if (kind & 4)
        params.layout_count = take_layout(in, params.layout);
    params.color_space = kind >> 6;
    uint64_t size = 0;
    webc_result result = webc_frame_allocation_size(frame, &params, &size);
    if (result || size > 4 * MOST_BYTES)
        return;
    MUST(size > 0);
    uint8_t *exact = malloc((size_t)size);
    uint8_t *shorter = malloc((size_t)size - 1 ? (size_t)size - 1 : 1);
    MUST(exact && shorter);
    result = webc_frame_copy_to(frame, &params, exact, size, layouts);
    MUST(!result || (params.format && result == WEBC_ERROR_NOT_SUPPORTED));
    MUST(webc_frame_copy_to(frame, &params, shorter, size - 1, NULL) == WEBC_ERROR_TYPE);
    free(exact);
    free(shorter);
}

static webc_frame *convert(const webc_frame *frame, fuzz_input *in)
{
    webc_frame *out = NULL;
    uint32_t format = take_below(in, FORMATS);
    uint32_t width = take_size(in);
    uint32_t height = take_size(in);
    uint8_t kind = take_byte(in);
    webc_color_space color = {take_byte(in), take_byte(in), take_u16(in), take_below(in, 4)};
    if (width <= 16384 && height <= 16384 && (uint64_t)width * height > MOST_BYTES)
        height = 1; /* one input must end soon */
    webc_result result = webc_frame_convert(&out, frame, format, width, height, kind & 1 ? &color : NULL);
    MUST(!result == !!out);
    return out;
}

static webc_frame *look_at(const webc_frame *frame, fuzz_input *in)
{
    webc_frame *out = NULL;
    webc_frame_view_params params;
    webc_frame_view_params_init(&params, sizeof params);
    uint8_t kind = take_byte(in);
    if (kind & 1)
        params.visible_rect = take_rect(in);
    if (kind & 2) {
        params.display_width = take_size(in);
        params.display_height = take_size(in);
    }
    params.discard_alpha = kind >> 2 & 1;
    params.flip = kind >> 3 & 1;
    params.rotation = kind & 16 ? (int32_t)take_u32(in) : 0;
    webc_result result = webc_frame_create_view(&out, frame, &params);
    MUST(!result == !!out);
    return out;
}

/* To an AVFrame and back: the same planes. */
static webc_frame *pass_through_av(const webc_frame *frame)
{
    webc_frame *out = NULL;
    AVFrame *av = av_frame_alloc();
    MUST(av && webc_frame_to_avframe(frame, av) == WEBC_OK);
    webc_result result = webc_frame_create_from_avframe(&out, av, NULL);
    MUST(!result == !!out);
    av_frame_free(&av);
    return out;
}

static void use_frame(webc_frame **frame, fuzz_input *in)
{
    for (unsigned i = 0; i < 8 && in->size; i++) {
        webc_frame *next = NULL;
        switch (take_below(in, 4)) {
        case 0:
            copy_out(*frame, in);
            break;
        case 1:
            next = convert(*frame, in);
            break;
        case 2:
            next = look_at(*frame, in);
            break;
        default:
            next = pass_through_av(*frame);
            break;
        }
        if (next) {
            webc_frame_unref(frame);
            *frame = next;
            read_planes(*frame);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    webc_frame_params params;
    webc_frame *frame = NULL;
    webc_events *events = NULL;
    released = 0;
    uint8_t kind = take_byte(&in);
    take_params(&params, &in);
    size_t bytes = take_u16(&in) | (size_t)(kind >> 6) << 16;
    uint8_t *block = malloc(bytes ? bytes : 1);
    MUST(block && webc_events_create(&events, NULL) == WEBC_OK);
    memset(block, kind, bytes);
    if (in.size)
        memcpy(block, in.data, in.size < bytes ? in.size : bytes);
    webc_result result;
    switch (kind % 4) {
    case 0:
        result = webc_frame_create(&frame, &params, block, bytes);
        break;
    case 1:
        result = webc_frame_wrap(&frame, &params, block, bytes, count_release, &released);
        break;
    case 2:
        result = webc_frame_wrap_with_event(&frame, &params, block, bytes, events, 5);
        break;
    default:
        result = create_from_planes(&frame, &params, &in);
        break;
    }
    MUST(!result == !!frame);
    if (frame) {
        read_planes(frame);
        use_frame(&frame, &in);
        webc_frame_unref(&frame);
    }
    MUST(released == (kind % 4 == 1 && !result));
    webc_event event;
    webc_event_init(&event, sizeof event);
    MUST(webc_events_next(events, 0, &event) == (kind % 4 == 2 && !result));
    webc_event_clear(&event);
    webc_events_destroy(&events);
    free(block);
    return 0;
}
