/* SPDX-License-Identifier: MIT */
/* Pictures that are held while codecs go on, for every encoder and its decoder (traps T26 and T27). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 120
#define WIDTH 96u
#define HEIGHT 64u
#define PICTURES 60u
#define HELD 50u

/* FNV-1a of the visible pixels of all planes. */
static uint64_t hash_of(const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    uint64_t hash = 14695981039346656037u;
    for (uint32_t p = 0; p < info.plane_count; p++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_ok(webc_frame_plane(frame, p, &plane));
        for (uint32_t y = 0; y < plane.rows; y++)
            for (uint32_t x = 0; x < plane.row_bytes; x++)
                hash = (hash ^ plane.data[(size_t)y * plane.stride + x]) * 1099511628211u;
    }
    return hash;
}

/* A frame made of `memory`, which is then overwritten. */
static webc_frame *frame_of_lost_memory(uint8_t *memory, size_t size, unsigned number)
{
    webc_frame *drawn = video_picture(WIDTH, HEIGHT, number, (int64_t)number * FRAME_US);
    uint64_t needed;
    ck_assert_ok(webc_frame_allocation_size(drawn, NULL, &needed));
    ck_assert_uint_le(needed, size);
    ck_assert_ok(webc_frame_copy_to(drawn, NULL, memory, size, NULL));
    webc_frame_unref(&drawn);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = (int64_t)number * FRAME_US;
    webc_frame *frame;
    ck_assert_ok(webc_frame_create(&frame, &params, memory, size));
    memset(memory, 0xEE, size);
    return frame;
}

/* VE-03, T26, T27: frames are closed and their memory overwritten right after encode, and each chunk still
 * shows its own picture; frames that stay open are not written by the encoder, nor 50 decoded ones by the
 * decoder, whether it goes on, ends, or is gone. */
START_TEST(pictures_in_hand_do_not_change_while_codecs_go_on)
{
    video_case cases[VIDEO_MOST_CASES];
    ck_assert_uint_lt((size_t)_i, video_cases(cases));
    static uint8_t memory[WIDTH * HEIGHT * 3 / 2];
    webc_video_encoder_config config;
    video_case_config(&cases[_i], &config, WIDTH, HEIGHT);
    video_encoder_session *e = video_encoder_open(&config);
    webc_frame *sources[PICTURES] = {NULL};
    uint64_t hashes[PICTURES];
    for (unsigned i = 0; i < PICTURES; i++) {
        webc_frame *frame = frame_of_lost_memory(memory, sizeof memory, i);
        hashes[i] = hash_of(frame);
        if (i % 2)
            sources[i] = webc_frame_ref(frame);
        video_encoder_put(e, frame, false, i);
    }
    video_encoder_flush(e, 1);
    ck_assert_uint_eq(e->log.count, PICTURES);
    for (unsigned i = 0; i < PICTURES; i++) {
        ck_assert(!sources[i] || hash_of(sources[i]) == hashes[i]);
        webc_frame_unref(&sources[i]);
    }

    video_decoder_session *d = video_decode_log(&e->log);
    ck_assert_uint_eq(d->log.count, PICTURES);
    webc_frame *held[HELD];
    for (unsigned i = 0; i < HELD; i++) {
        held[i] = webc_frame_ref(d->log.outputs[i].frame);
        hashes[i] = hash_of(held[i]);
        ck_assert_msg(video_picture_number(held[i]) == (int)i, "%s: picture %u shows %d",
                      video_case_name(&cases[_i]), i, video_picture_number(held[i]));
    }
    for (size_t i = 0; i < e->log.count; i++)
        ck_assert_ok(webc_video_decoder_decode(d->decoder, e->log.outputs[i].chunk, NULL));
    video_decoder_flush(d, 2);
    ck_assert_uint_eq(d->log.count, 2 * PICTURES);
    for (unsigned i = 0; i < HELD; i++)
        ck_assert_msg(hash_of(held[i]) == hashes[i], "%s: picture %u changed", video_case_name(&cases[_i]), i);
    video_encoder_close(e);
    video_decoder_close(d);
    ck_assert_ok(webc_drain_workers(-1));
    for (unsigned i = 0; i < HELD; i++) {
        ck_assert_msg(hash_of(held[i]) == hashes[i], "%s: picture %u changed when the decoder went",
                      video_case_name(&cases[_i]), i);
        webc_frame_unref(&held[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {pictures_in_hand_do_not_change_while_codecs_go_on};
    return video_test_main("api_frame_hold", TIMEOUT, each, COUNT(each), NULL, 0);
}
