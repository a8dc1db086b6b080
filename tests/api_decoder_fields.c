/* SPDX-License-Identifier: MIT */
/* Interlaced H.264: fields in one chunk or two, and frames of interlaced macroblocks (T46, VD-10). */
#include <string.h>

#include "bit_writer.h"
#include "stream_support.h"

#define TIMEOUT 60
#define WIDTH 16u
#define HEIGHT 32u
#define PAIRS 5u

typedef struct bytes {
    uint8_t data[2048];
    size_t size;
} bytes;

static void add_unit(bytes *out, bit_writer *w)
{
    static const uint8_t start[] = {0, 0, 0, 1};
    size_t size = put_stop(w);
    ck_assert_uint_le(out->size + 4 + size, sizeof out->data);
    memcpy(out->data + out->size, start, 4);
    memcpy(out->data + out->size + 4, w->data, size);
    out->size += 4 + size;
}

/* One macroblock wide, two high, in fields; pictures are shown in coding order. */
static void add_sets(bytes *out)
{
    bit_writer sps = {0};
    put_bits(&sps, 32, 0x674d0015); /* Main, level 2.1 */
    put_ue(&sps, 0);
    put_ue(&sps, 0); /* frame_num has 4 bits */
    put_ue(&sps, 2); /* pic_order_cnt_type */
    put_ue(&sps, 1); /* max_num_ref_frames */
    put_bits(&sps, 1, 0);
    put_ue(&sps, 0);
    put_ue(&sps, 0);
    put_bits(&sps, 5, 4); /* fields, not adaptive, direct_8x8_inference, no crop, no VUI */
    add_unit(out, &sps);
    bit_writer pps = {0};
    put_bits(&pps, 8, 0x68);
    put_ue(&pps, 0);
    put_ue(&pps, 0);
    put_bits(&pps, 2, 0); /* CAVLC */
    for (int i = 0; i < 3; i++)
        put_ue(&pps, 0);
    put_bits(&pps, 3, 0);
    for (int i = 0; i < 3; i++)
        put_ue(&pps, 0);
    put_bits(&pps, 3, 4); /* deblocking_filter_control_present_flag */
    add_unit(out, &pps);
}

/* A field of picture `number` in one PCM macroblock: its samples as they are. */
static void add_field(bytes *out, unsigned number, bool bottom)
{
    bit_writer w = {0};
    put_bits(&w, 8, bottom ? 0x61 : 0x65);
    put_ue(&w, 0);
    put_ue(&w, 7); /* I */
    put_ue(&w, 0);
    put_bits(&w, 4, 0); /* frame_num */
    put_bits(&w, 2, bottom ? 3 : 2);
    if (!bottom)
        put_ue(&w, number % 2); /* idr_pic_id */
    put_bits(&w, bottom ? 1 : 2, 0);
    put_ue(&w, 0); /* slice_qp_delta */
    put_ue(&w, 1); /* no deblocking */
    put_ue(&w, 25);
    put_align(&w);
    for (unsigned y = 0; y < 16; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            unsigned line = 2 * y + bottom;
            bool light = video_block_is_light(number, x * 4 / WIDTH, line * 4 / HEIGHT);
            put_bits(&w, 8, light ? 200 : 50);
        }
    for (unsigned i = 0; i < 128; i++)
        put_bits(&w, 8, 128);
    add_unit(out, &w);
}

static void check_pairs(const video_decoder_session *d, int64_t step)
{
    ck_assert_uint_eq(d->log.errors, 0);
    ck_assert_uint_eq(d->log.count, PAIRS);
    for (size_t i = 0; i < PAIRS; i++) {
        webc_frame_info info = stream_info(d, i);
        ck_assert_uint_eq(info.visible_rect.width, WIDTH);
        ck_assert_uint_eq(info.visible_rect.height, HEIGHT);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
        ck_assert_int_eq(info.timestamp, (int64_t)i * step);
        ck_assert_uint_eq(info.corrupt, 0);
    }
}

/* T46: the fields of a picture in a chunk each give one frame with the time of the first, and no error. */
START_TEST(two_chunks_of_a_field_each_give_one_frame)
{
    for (uint32_t latency = 0; latency < 2; latency++) {
        webc_video_decoder_config config = stream_config("avc1.4d0015");
        config.optimize_for_latency = latency;
        video_decoder_session *d = video_decoder_open(&config);
        for (unsigned i = 0; i < PAIRS; i++) {
            bytes top = {.size = 0}, bottom = {.size = 0};
            add_sets(&top);
            add_field(&top, i, false);
            add_field(&bottom, i, true);
            stream_decode_bytes(d, WEBC_CHUNK_KEY, 2 * (int64_t)i, top.data, top.size);
            stream_decode_bytes(d, WEBC_CHUNK_DELTA, 2 * (int64_t)i + 1, bottom.data, bottom.size);
        }
        video_decoder_flush(d, 1);
        check_pairs(d, 2);
        video_decoder_close(d);
    }
}
END_TEST

/* T46, VD-10: both fields in one chunk, and the frame at once. */
START_TEST(a_chunk_of_two_fields_gives_its_frame_at_once)
{
    webc_video_decoder_config config = stream_config("avc1.4d0015");
    config.optimize_for_latency = 1;
    video_decoder_session *d = video_decoder_open(&config);
    for (unsigned i = 0; i < PAIRS; i++) {
        bytes both = {.size = 0};
        add_sets(&both);
        add_field(&both, i, false);
        add_field(&both, i, true);
        stream_decode_bytes(d, WEBC_CHUNK_KEY, i, both.data, both.size);
        video_log_until_outputs(&d->log, d->events, i + 1);
    }
    check_pairs(d, 1);
    video_decoder_close(d);
}
END_TEST

/* T46: frames with interlaced macroblocks are frames like any other. */
START_TEST(interlaced_macroblocks_give_whole_frames)
{
    stream s;
    if (!stream_make(&s, &(stream_params){.encoder = "libx264",
                                          .flags = AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME,
                                          .b_frames = 2,
                                          .options = "preset=fast"}))
        return;
    webc_video_decoder_config config = stream_config("avc1.64001e");
    video_decoder_session *d = video_decoder_open(&config);
    stream_decode(d, &s, 0, s.count);
    video_decoder_flush(d, 1);
    stream_check_numbers(d, s.count);
    video_decoder_close(d);
    stream_free(&s);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        two_chunks_of_a_field_each_give_one_frame,
        a_chunk_of_two_fields_gives_its_frame_at_once,
        interlaced_macroblocks_give_whole_frames,
    };
    return video_test_main("api_decoder_fields", TIMEOUT, NULL, 0, once, COUNT(once));
}
