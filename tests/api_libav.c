/* SPDX-License-Identifier: MIT */
/* The bridge of libav.h in both directions, through the public headers. */
#include <libavcodec/avcodec.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support_check.h"
#include "webcodecs/libav.h"

static AVFrame *picture_of(int format, int width, int height)
{
    AVFrame *av = av_frame_alloc();
    av->format = format;
    av->width = width;
    av->height = height;
    ck_assert_int_ge(av_frame_get_buffer(av, 0), 0);
    for (int i = 0; i < AV_NUM_DATA_POINTERS && av->buf[i]; i++)
        memset(av->buf[i]->data, 40 + i, av->buf[i]->size);
    return av;
}

static webc_frame_info info_of(const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
    return info;
}

START_TEST(a_picture_goes_through_without_a_copy_and_with_its_properties)
{
    AVFrame *av = picture_of(AV_PIX_FMT_YUV420P10LE, 32, 16);
    av->crop_left = 2;
    av->crop_bottom = 4;
    av->sample_aspect_ratio = (AVRational){4, 3};
    av->colorspace = AVCOL_SPC_BT2020_NCL;
    av->color_trc = AVCOL_TRC_SMPTE2084;
    av->pts = 5;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.timestamp = INT64_MIN + 1;
    params.duration = 33;
    params.has_duration = 1;
    params.rotation = 90;
    webc_frame *frame;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, &params), WEBC_OK);
    webc_frame_info info = info_of(frame);
    ck_assert_uint_eq(info.format, WEBC_PIXEL_FORMAT_I420P10);
    ck_assert_uint_eq(info.coded_width, 32);
    ck_assert_uint_eq(info.visible_rect.x, 2);
    ck_assert_uint_eq(info.visible_rect.width, 30);
    ck_assert_uint_eq(info.visible_rect.height, 12);
    ck_assert_uint_eq(info.display_width, 12);
    ck_assert_uint_eq(info.display_height, 40);
    ck_assert_uint_eq(info.color_space.transfer, WEBC_COLOR_TRANSFER_PQ);
    ck_assert_int_eq(info.timestamp, INT64_MIN + 1);
    AVFrame *back = av_frame_alloc();
    ck_assert_int_eq(webc_frame_to_avframe(frame, back), WEBC_OK);
    ck_assert_int_eq(webc_frame_to_avframe(frame, back), WEBC_OK);
    webc_frame_unref(&frame);
    ck_assert_ptr_eq(back->data[1], av->data[1]);
    ck_assert_int_eq(back->width, 32);
    ck_assert_uint_eq(back->crop_left, 2);
    ck_assert_uint_eq(back->crop_top, 0);
    ck_assert_uint_eq(back->crop_right, 0);
    ck_assert_uint_eq(back->crop_bottom, 4);
    ck_assert_int_eq(back->pts, INT64_MIN + 1);
    ck_assert_int_eq(back->sample_aspect_ratio.num, 4);
    ck_assert_int_eq(back->sample_aspect_ratio.den, 3);
    ck_assert_int_eq(back->colorspace, AVCOL_SPC_BT2020_NCL);
    ck_assert_int_eq(av->pts, 5);
    ck_assert_uint_eq(av->crop_left, 2);
    av_frame_free(&back);
    ck_assert_int_eq(av_buffer_get_ref_count(av->buf[0]), 1);
    av_frame_free(&av);
}
END_TEST

START_TEST(a_native_format_has_no_name_but_planes_and_a_conversion)
{
    AVFrame *av = picture_of(AV_PIX_FMT_GBRP, 16, 8);
    memset(av->data[0], 100, (size_t)av->linesize[0] * 8);
    memset(av->data[1], 50, (size_t)av->linesize[1] * 8);
    memset(av->data[2], 200, (size_t)av->linesize[2] * 8);
    webc_frame *frame, *rgba;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
    ck_assert_uint_eq(info_of(frame).format, WEBC_PIXEL_FORMAT_NONE);
    ck_assert_uint_eq(info_of(frame).plane_count, 3);
    uint64_t size;
    ck_assert_int_eq(webc_frame_allocation_size(frame, NULL, &size), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "gbrp"));
    ck_assert_int_eq(webc_frame_convert(&rgba, frame, WEBC_PIXEL_FORMAT_RGBA, 0, 0, NULL), WEBC_OK);
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(rgba, 0, &plane), WEBC_OK);
    ck_assert_mem_eq(plane.data + 4, ((uint8_t[]){200, 100, 50, 255}), 4);
    webc_frame_unref(&rgba);
    webc_frame_unref(&frame);
    av_frame_free(&av);
}
END_TEST

static void keep(void *opaque, uint8_t *data)
{
    (void)opaque;
    (void)data;
}

static void convert_tight(uint8_t *end, int width, int height)
{
    ptrdiff_t plane = (ptrdiff_t)width * height;
    uint8_t *bytes = end - 3 * plane;
    for (ptrdiff_t i = 0; i < 3 * plane; i++)
        bytes[i] = (uint8_t)(i * 11);
    AVFrame *av = av_frame_alloc();
    av->format = AV_PIX_FMT_YUV444P;
    av->width = width;
    av->height = height;
    av->buf[0] = av_buffer_create(bytes, (size_t)(3 * plane), keep, NULL, 0);
    AVFrame *roomy = picture_of(AV_PIX_FMT_YUV444P, width, height);
    for (int p = 0; p < 3; p++) {
        av->data[p] = bytes + p * plane;
        av->linesize[p] = width;
        for (ptrdiff_t y = 0; y < height; y++)
            memcpy(roomy->data[p] + y * roomy->linesize[p], av->data[p] + y * width, (size_t)width);
    }
    webc_frame *a, *b;
    ck_assert_int_eq(webc_frame_create_from_avframe(&a, av, NULL), WEBC_OK);
    ck_assert_int_eq(webc_frame_create_from_avframe(&b, roomy, NULL), WEBC_OK);
    webc_frame_copy_params params;
    webc_frame_copy_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_RGBA;
    uint8_t first[64 * 7 * 4], second[64 * 7 * 4];
    ck_assert_int_eq(webc_frame_copy_to(a, &params, first, sizeof first, NULL), WEBC_OK);
    ck_assert_int_eq(webc_frame_copy_to(b, &params, second, sizeof second, NULL), WEBC_OK);
    ck_assert_mem_eq(first, second, (size_t)(4 * plane));
    webc_frame_unref(&a);
    webc_frame_unref(&b);
    av_frame_free(&av);
    av_frame_free(&roomy);
}

/* libswscale reads past planes that end with their buffer, here into a page that faults. */
START_TEST(planes_without_room_behind_are_copied_before_libswscale_sees_them)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(base, MAP_FAILED);
    ck_assert_int_eq(mprotect(base + page, page, PROT_NONE), 0);
    for (int width = 1; width <= 64; width++)
        convert_tight(base + page, width, 7);
    munmap(base, 2 * page);
}
END_TEST

START_TEST(bad_pictures_are_refused)
{
    AVFrame *av = picture_of(AV_PIX_FMT_YUV420P, 16, 8);
    webc_frame_params params;
    webc_frame *frame;
    for (int i = 0; i < 6; i++) {
        webc_frame_params_init(&params, sizeof params);
        uint32_t *const members[] = {&params.format,        &params.coded_width,  &params.coded_height,
                                     &params.display_width, &params.layout_count, &params.visible_rect.width};
        *members[i] = 1;
        ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, &params), WEBC_ERROR_TYPE);
    }
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_create_from_avframe(NULL, av, NULL), WEBC_ERROR_TYPE);
    uint8_t *data = av->data[1];
    av->data[1] = NULL;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_ERROR_TYPE);
    av->data[1] = data;
    int linesize = av->linesize[0];
    av->linesize[0] = 15;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_ERROR_TYPE);
    av->linesize[0] = -linesize;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_ERROR_NOT_SUPPORTED);
    av->linesize[0] = linesize;
    av->crop_top = 8;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_ERROR_TYPE);
    av->crop_top = 0;
    av->format = AV_PIX_FMT_CUDA;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_null(frame);
    av->format = AV_PIX_FMT_YUV420P;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
    ck_assert_int_eq(webc_frame_to_avframe(frame, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_frame_to_avframe(NULL, av), WEBC_ERROR_TYPE);
    webc_frame_unref(&frame);
    av_frame_free(&av);
}
END_TEST

START_TEST(packets_and_chunks_share_their_bytes)
{
    AVPacket *packet = av_packet_alloc();
    webc_chunk *chunk;
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, packet, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_ge(av_new_packet(packet, 100), 0);
    memset(packet->data, 9, 100);
    packet->pts = -3;
    packet->duration = 8;
    packet->flags = AV_PKT_FLAG_KEY;
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, packet, NULL), WEBC_OK);
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_chunk_get_info(chunk, &info), WEBC_OK);
    ck_assert_ptr_eq(info.data, packet->data);
    ck_assert_uint_eq(info.type, WEBC_CHUNK_KEY);
    ck_assert_int_eq(info.timestamp, -3);
    ck_assert_uint_eq(info.duration, 8);
    AVPacket *back = av_packet_alloc();
    ck_assert_int_eq(webc_chunk_to_avpacket(chunk, back), WEBC_OK);
    ck_assert_int_eq(webc_chunk_to_avpacket(chunk, back), WEBC_OK);
    ck_assert_ptr_eq(back->data, packet->data);
    ck_assert_int_eq(back->size, 100);
    ck_assert_int_eq(back->pts, -3);
    ck_assert_int_eq(back->dts, AV_NOPTS_VALUE);
    ck_assert_int_eq(back->flags, AV_PKT_FLAG_KEY);
    webc_chunk_unref(&chunk);
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.timestamp = 77;
    packet->flags = 0;
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, packet, &params), WEBC_OK);
    ck_assert_int_eq(webc_chunk_get_info(chunk, &info), WEBC_OK);
    ck_assert_int_eq(info.timestamp, 77);
    ck_assert_uint_eq(info.has_duration, 0);
    ck_assert_uint_eq(info.type, WEBC_CHUNK_DELTA);
    webc_chunk_unref(&chunk);
    params.type = WEBC_CHUNK_KEY;
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, packet, &params), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_to_avpacket(NULL, back), WEBC_ERROR_TYPE);
    av_packet_free(&packet);
    av_packet_free(&back);
}
END_TEST

START_TEST(bytes_without_padding_are_copied_for_a_packet)
{
    uint8_t *bytes = malloc(5);
    memcpy(bytes, "abcde", 5);
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_DELTA;
    AVPacket *packet = av_packet_alloc();
    for (uint64_t size = 0; size <= 5; size += 5) {
        webc_chunk *chunk;
        ck_assert_int_eq(webc_chunk_wrap(&chunk, &params, bytes, size, NULL, NULL), WEBC_OK);
        ck_assert_int_eq(webc_chunk_to_avpacket(chunk, packet), WEBC_OK);
        webc_chunk_unref(&chunk);
        ck_assert_int_eq(packet->size, (int)size);
        ck_assert_ptr_ne(packet->data, bytes);
        ck_assert_mem_eq(packet->data, "abcde", size);
        for (int i = 0; i < AV_INPUT_BUFFER_PADDING_SIZE; i++)
            ck_assert_uint_eq(packet->data[packet->size + i], 0);
    }
    /* A packet that is a part of a larger buffer is followed by other bytes. */
    webc_chunk *chunk;
    AVPacket *part = av_packet_alloc();
    ck_assert_int_ge(av_new_packet(part, 100), 0);
    memset(part->data, 9, 100);
    part->size = 10;
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, part, NULL), WEBC_OK);
    ck_assert_int_eq(webc_chunk_to_avpacket(chunk, packet), WEBC_OK);
    ck_assert_ptr_ne(packet->data, part->data);
    ck_assert_uint_eq(packet->data[10], 0);
    webc_chunk_unref(&chunk);
    av_packet_free(&part);
    av_packet_free(&packet);
    free(bytes);
}
END_TEST

/* What is given beside a picture or packet, and where to, is checked like in every other call. */
START_TEST(params_of_another_size_and_missing_places_are_refused)
{
    AVFrame *av = picture_of(AV_PIX_FMT_YUV420P, 16, 16);
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_ge(av_new_packet(packet, 10), 0);
    webc_frame_params params = {0};
    webc_chunk_params chunk_params = {0};
    webc_frame *frame = NULL;
    webc_chunk *chunk = NULL;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, &params), WEBC_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "struct_size"));
    ck_assert_int_eq(webc_chunk_create_from_avpacket(&chunk, packet, &chunk_params), WEBC_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "struct_size"));
    ck_assert_int_eq(webc_chunk_create_from_avpacket(NULL, packet, NULL), WEBC_ERROR_TYPE);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "out"));
    ck_assert(!frame && !chunk);
    av_packet_free(&packet);
    av_frame_free(&av);
}
END_TEST

/* libavutil's formats of full range are the plain ones, with the range said. */
START_TEST(formats_of_full_range_become_plain_ones)
{
    static const int formats[][2] = {
        {AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P}, {AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
        {AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P}, {AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
        {AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        AVFrame *av = picture_of(formats[i][0], 16, 16), *back = av_frame_alloc();
        webc_frame *frame = NULL;
        ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, NULL), WEBC_OK);
        ck_assert_uint_eq(info_of(frame).color_space.range, WEBC_COLOR_RANGE_FULL);
        ck_assert_int_eq(webc_frame_to_avframe(frame, back), WEBC_OK);
        ck_assert_int_eq(back->format, formats[i][1]);
        ck_assert_int_eq(back->color_range, AVCOL_RANGE_JPEG);
        webc_frame_unref(&frame);
        av_frame_free(&av);
        av_frame_free(&back);
    }
}
END_TEST

/* Alpha can be left out of formats that the specification names only. */
START_TEST(alpha_of_a_native_format_is_not_discarded_in_silence)
{
    AVFrame *av = picture_of(AV_PIX_FMT_GBRAP, 16, 16);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.has_color_space = 1;
    params.color_space = (webc_color_space){9, 16, 0, WEBC_COLOR_RANGE_FULL};
    webc_frame *frame = NULL, *view = NULL;
    ck_assert_int_eq(webc_frame_create_from_avframe(&frame, av, &params), WEBC_OK);
    ck_assert_uint_eq(info_of(frame).color_space.primaries, 9);
    ck_assert_uint_eq(info_of(frame).color_space.transfer, 16);
    webc_frame_view_params change;
    webc_frame_view_params_init(&change, sizeof change);
    change.discard_alpha = 1;
    ck_assert_int_eq(webc_frame_create_view(&view, frame, &change), WEBC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(webc_error_message(), "gbrap"));
    change.struct_size = 0;
    ck_assert_int_eq(webc_frame_create_view(&view, frame, &change), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(view);
    webc_frame_unref(&frame);
    av_frame_free(&av);
}
END_TEST

CHECK_MAIN("api_libav", 60, a_picture_goes_through_without_a_copy_and_with_its_properties,
           a_native_format_has_no_name_but_planes_and_a_conversion,
           planes_without_room_behind_are_copied_before_libswscale_sees_them, bad_pictures_are_refused,
           packets_and_chunks_share_their_bytes, bytes_without_padding_are_copied_for_a_packet,
           params_of_another_size_and_missing_places_are_refused, formats_of_full_range_become_plain_ones,
           alpha_of_a_native_format_is_not_discarded_in_silence)
