/* SPDX-License-Identifier: MIT */
/*
 * Requested key frames are key frames, and others come at the key interval only (VE-04, VE-06, T3, H32). The
 * proof is libavcodec's parsers on the chunks, not a flag, and a fresh decoder that begins at each key frame.
 */
#include <libavcodec/avcodec.h>
#include <stdio.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 180

typedef struct request_list {
    unsigned frames;
    uint32_t interval; /* key_interval of the config; 0: default, 250 */
    int requests[8];   /* ends with -1 */
    int expected[16];  /* ends with -1 */
} request_list;

static const request_list at_the_default_interval = {30, 0, {0, 10, 20, 29, -1}, {0, 10, 20, 29, -1}};
static const request_list in_the_middle_of_short_groups = {40, 12, {17, -1}, {0, 12, 17, 29, -1}};
static const request_list every_twelve = {30, 12, {0, 10, 20, 29, -1}, {0, 10, 20, 29, -1}};
static const request_list none_asked_for = {260, 0, {-1}, {0, 250, -1}};

static bool listed(const int *list, int number)
{
    for (; *list >= 0; list++)
        if (*list == number)
            return true;
    return false;
}

static AVCodecParserContext *open_parser(uint32_t codec, AVCodecContext **context)
{
    static const enum AVCodecID ids[] = {
        [WEBC_CODEC_H264] = AV_CODEC_ID_H264, [WEBC_CODEC_HEVC] = AV_CODEC_ID_HEVC,
        [WEBC_CODEC_VP8] = AV_CODEC_ID_VP8,   [WEBC_CODEC_VP9] = AV_CODEC_ID_VP9,
        [WEBC_CODEC_AV1] = AV_CODEC_ID_AV1,
    };
    AVCodecParserContext *parser = av_parser_init(ids[codec]);
    ck_assert_ptr_nonnull(parser);
    parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    *context = avcodec_alloc_context3(NULL);
    ck_assert_ptr_nonnull(*context);
    (*context)->codec_id = ids[codec];
    return parser;
}

/* What libavcodec makes of the bytes. */
static bool parses_as_key(AVCodecParserContext *parser, AVCodecContext *context, const webc_chunk_info *chunk)
{
    uint8_t *padded = av_mallocz(chunk->size + AV_INPUT_BUFFER_PADDING_SIZE);
    ck_assert_ptr_nonnull(padded);
    memcpy(padded, chunk->data, chunk->size);
    uint8_t *data;
    int size;
    av_parser_parse2(parser, context, &data, &size, padded, (int)chunk->size, AV_NOPTS_VALUE, AV_NOPTS_VALUE,
                     0);
    av_free(padded);
    return parser->key_frame == 1;
}

static void check_chunks(const video_case *c, const video_log *log, const request_list *list)
{
    AVCodecContext *context;
    AVCodecParserContext *parser = open_parser(c->codec, &context);
    ck_assert_uint_eq(log->count, list->frames);
    for (size_t i = 0; i < log->count; i++) {
        webc_chunk_info info = video_log_chunk(log, i);
        bool key = parses_as_key(parser, context, &info);
        int number = (int)log->outputs[i].tag;
        ck_assert_msg(key == (info.type == WEBC_CHUNK_KEY),
                      "%s: frame %d: the bitstream says key %d, the chunk %u", video_case_name(c), number, key,
                      info.type);
        ck_assert_msg(key == listed(list->expected, number), "%s: frame %d: key %d", video_case_name(c), number,
                      key);
    }
    av_parser_close(parser);
    avcodec_free_context(&context);
}

/* True random access: each key chunk alone gives its own picture to a decoder that has seen nothing else. */
static void check_access(const video_case *c, const video_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        if (video_log_chunk(log, i).type != WEBC_CHUNK_KEY)
            continue;
        video_decoder_session *d = video_decoder_open(&log->configs[0]);
        ck_assert_ok(webc_video_decoder_decode(d->decoder, log->outputs[i].chunk, NULL));
        video_decoder_flush(d, 1);
        ck_assert_msg(d->log.count == 1, "%s: key chunk %zu gave %zu frames", video_case_name(c), i,
                      d->log.count);
        ck_assert_int_eq(video_picture_number(d->log.outputs[0].frame), (int)(log->outputs[i].tag % 256));
        video_decoder_close(d);
    }
}

static void check_keys(int index, const request_list *list, uint32_t width, uint32_t height, uint32_t b_frames)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    const video_case *c = &cases[index];
    if (b_frames && !c->reorders)
        return;
    webc_video_encoder_config config;
    video_case_config(c, &config, width, height);
    config.key_interval = list->interval;
    config.b_frames = b_frames;
    config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < list->frames; i++)
        video_encoder_put(s, video_picture(config.width, config.height, i % 256, (int64_t)i * FRAME_US),
                          listed(list->requests, (int)i), i);
    video_encoder_flush(s, 1);
    check_chunks(c, &s->log, list);
    check_access(c, &s->log);
    video_encoder_close(s);
}

/* VE-04, VE-06, T11, T12. */
START_TEST(requested_frames_and_only_they_are_key_frames)
{
    check_keys(_i, &at_the_default_interval, 176, 144, 0);
}
END_TEST

/* VE-04. */
START_TEST(a_request_in_the_middle_of_a_group_restarts_the_interval)
{
    check_keys(_i, &in_the_middle_of_short_groups, 176, 144, 0);
}
END_TEST

START_TEST(requests_within_a_short_interval_are_the_only_key_frames)
{
    check_keys(_i, &every_twelve, 176, 144, 0);
}
END_TEST

START_TEST(without_requests_key_frames_come_every_250_frames)
{
    check_keys(_i, &none_asked_for, 64, 64, 0);
}
END_TEST

START_TEST(requests_hold_with_b_frames)
{
    check_keys(_i, &at_the_default_interval, 176, 144, 2);
    check_keys(_i, &in_the_middle_of_short_groups, 176, 144, 2);
}
END_TEST

/* A hard cut halfway: no encoder may answer it with a key frame of its own. */
START_TEST(a_scene_cut_makes_no_key_frame)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    webc_video_encoder_config config;
    video_case_config(&cases[_i], &config, 176, 144);
    video_encoder_session *s = video_encoder_open(&config);
    for (unsigned i = 0; i < 30; i++)
        video_encoder_put(
            s, video_picture(config.width, config.height, i < 15 ? 0 : 0xff, (int64_t)i * FRAME_US), false, i);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 30);
    for (size_t i = 0; i < s->log.count; i++)
        ck_assert_msg((video_log_chunk(&s->log, i).type == WEBC_CHUNK_KEY) == (i == 0), "%s: chunk %zu",
                      video_case_name(&cases[_i]), i);
    video_encoder_close(s);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        requested_frames_and_only_they_are_key_frames,
        a_request_in_the_middle_of_a_group_restarts_the_interval,
        requests_within_a_short_interval_are_the_only_key_frames,
        without_requests_key_frames_come_every_250_frames,
        requests_hold_with_b_frames,
        a_scene_cut_makes_no_key_frame,
    };
    return video_test_main("api_encoder_keys", TIMEOUT, each, COUNT(each), NULL, 0);
}
