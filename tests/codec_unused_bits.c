/* SPDX-License-Identifier: MIT */
/*
 * Bits above the samples of deep pictures: cleared in a copy, and what lies behind the rows is set. Links
 * codec.
 */
#include <libavutil/frame.h>
#include <malloc.h>
#include <string.h>

#include "codec/unused_bits.h"
#include "media/frame.h"
#include "support_check.h"

#define WIDTH 33u
#define HEIGHT 17u
#define FORMAT AV_PIX_FMT_YUV420P10LE

/* A picture whose samples are all `sample`. */
static AVFrame *make_picture(uint16_t sample)
{
    AVFrame *picture = av_frame_alloc();
    ck_assert_ptr_nonnull(picture);
    ck_assert_int_eq(webc__frame_alloc_planes(picture, FORMAT, WIDTH, HEIGHT), WEBC_OK);
    for (int plane = 0; plane < 3; plane++)
        for (unsigned row = 0; row < (plane ? (HEIGHT + 1) / 2 : HEIGHT); row++)
            for (unsigned i = 0; i < (plane ? (WIDTH + 1) / 2 : WIDTH); i++) {
                uint8_t *at = picture->data[plane] + (ptrdiff_t)row * picture->linesize[plane] + 2 * i;
                at[0] = (uint8_t)sample;
                at[1] = (uint8_t)(sample >> 8);
            }
    return picture;
}

START_TEST(bits_above_the_samples_are_cleared_in_a_copy)
{
    AVFrame *picture = make_picture(0xfd23);
    AVFrame *given = av_frame_clone(picture);
    ck_assert_ptr_nonnull(given);
    ck_assert_int_eq(webc__unused_bits_clear(picture), 0);
    ck_assert_ptr_ne(picture->data[0], given->data[0]);
    for (int plane = 0; plane < 3; plane++) {
        ck_assert_uint_eq(picture->data[plane][0], 0x23);
        ck_assert_uint_eq(picture->data[plane][1], 0x01);
        ck_assert_uint_eq(given->data[plane][1], 0xfd);
    }
    av_frame_free(&given);
    av_frame_free(&picture);
}
END_TEST

START_TEST(pictures_without_such_bits_are_left_as_they_are)
{
    AVFrame *picture = make_picture(0x03ff);
    const uint8_t *planes = picture->data[0];
    ck_assert_int_eq(webc__unused_bits_clear(picture), 0);
    ck_assert_ptr_eq(picture->data[0], planes);
    av_frame_free(&picture);
}
END_TEST

/* What reads whole vectors reads there. Memory that nobody has set is not zero in this test. */
START_TEST(what_lies_behind_the_rows_of_a_copy_is_set)
{
    AVFrame *picture = make_picture(0x8000);
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0x5a);
#endif
    ck_assert_int_eq(webc__unused_bits_clear(picture), 0);
    const AVBufferRef *buffer = picture->buf[0];
    for (size_t i = 0; i < buffer->size; i++)
        ck_assert_uint_eq(buffer->data[i], 0);
    av_frame_free(&picture);
}
END_TEST

CHECK_MAIN("codec_unused_bits", 10, bits_above_the_samples_are_cleared_in_a_copy,
           pictures_without_such_bits_are_left_as_they_are, what_lies_behind_the_rows_of_a_copy_is_set)
