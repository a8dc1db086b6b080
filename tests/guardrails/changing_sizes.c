/* SPDX-License-Identifier: MIT */
/* H37: a stream whose every frame has another size; each comes out whole, with the size that it was coded with.
 */
#include <string.h>

#include "video_support.h"

#define TIMEOUT 60

/* Up, down, and sideways. */
static const uint32_t sizes[][2] = {{64, 64},  {128, 64}, {64, 128}, {176, 144}, {66, 66},
                                    {160, 80}, {80, 160}, {64, 64},  {192, 192}, {72, 64}};

static void configure(int index, webc_video_encoder_config *config, size_t size)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    video_case_config(&cases[index], config, sizes[size][0], sizes[size][1]);
    /* Parameter sets in the stream, so that a new size needs no new config. */
    config->avc_format = config->hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    config->thread_count = 1;
}

static webc_chunk *code_key_frame(const webc_video_encoder_config *config, unsigned number)
{
    video_encoder_session *s = video_encoder_open(config);
    video_encoder_put(s, video_picture(config->width, config->height, number, number), true, number);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 1);
    webc_chunk *chunk = webc_chunk_ref(s->log.outputs[0].chunk);
    video_encoder_close(s);
    return chunk;
}

START_TEST(every_frame_may_have_a_size_of_its_own)
{
    webc_chunk *chunks[COUNT(sizes)];
    webc_video_encoder_config coded;
    webc_video_decoder_config config;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        configure(_i, &coded, i);
        chunks[i] = code_key_frame(&coded, (unsigned)i);
    }
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = coded.codec;
    config.thread_count = 2;
    video_decoder_session *d = video_decoder_open(&config);
    for (size_t i = 0; i < COUNT(sizes); i++)
        ck_assert_ok(webc_video_decoder_decode(d->decoder, chunks[i], NULL));
    video_decoder_flush(d, 1);
    ck_assert_uint_eq(d->log.count, COUNT(sizes));
    for (size_t i = 0; i < COUNT(sizes); i++) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        configure(_i, &coded, i);
        ck_assert_ok(webc_frame_get_info(d->log.outputs[i].frame, &info));
        ck_assert_uint_eq(info.visible_rect.width, coded.width);
        ck_assert_uint_eq(info.visible_rect.height, coded.height);
        ck_assert_uint_eq(info.display_width, coded.width);
        ck_assert_uint_eq(info.display_height, coded.height);
        ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)i);
        webc_chunk_unref(&chunks[i]);
    }
    video_decoder_close(d);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {every_frame_may_have_a_size_of_its_own};
    return video_test_main("changing_sizes", TIMEOUT, each, COUNT(each), NULL, 0);
}
