/* SPDX-License-Identifier: MIT */
/*
 * avcC and hvcC: what is built from an encoder's Annex B headers is compared with what libavformat's mp4 muxer
 * writes for the same headers, and parsing is tried on every cut of a record.
 */
#include <check.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"

static const struct {
    const char *encoder;
    const char *profile;
    enum AVPixelFormat format;
    const char *params; /* x264-params or x265-params */
} rows[] = {
    {"libx264", "baseline", AV_PIX_FMT_YUV420P, ""},
    {"libx264", "main", AV_PIX_FMT_YUV420P, ""},
    {"libx264", "high", AV_PIX_FMT_YUV420P, "cqm=jvt"},
    {"libx264", "high10", AV_PIX_FMT_YUV420P10, ""},
    {"libx264", "high422", AV_PIX_FMT_YUV422P, ""},
    {"libx264", "high422", AV_PIX_FMT_YUV422P10, ""},
    {"libx264", "high444", AV_PIX_FMT_YUV444P, ""},
    {"libx264", "high444", AV_PIX_FMT_YUV444P10, ""},
    {"libx264", "high", AV_PIX_FMT_GRAY8, ""},
    {"libx265", "main", AV_PIX_FMT_YUV420P, ""},
    {"libx265", "main", AV_PIX_FMT_YUV420P, "temporal-layers=2:level-idc=4:high-tier=1"},
    {"libx265", "main10", AV_PIX_FMT_YUV420P10, ""},
    {"libx265", "main12", AV_PIX_FMT_YUV420P12, ""},
    {"libx265", "main422-10", AV_PIX_FMT_YUV422P10, ""},
    {"libx265", "main444-8", AV_PIX_FMT_YUV444P, ""},
    {"libx265", "main444-12", AV_PIX_FMT_YUV444P12, ""},
};

static const uint8_t *find_box(const uint8_t *data, size_t size, const char *name, size_t *box_size)
{
    for (size_t i = 4; i + 4 <= size; i++) {
        if (memcmp(data + i, name, 4) != 0)
            continue;
        size_t whole =
            (size_t)data[i - 4] << 24 | (size_t)data[i - 3] << 16 | (size_t)data[i - 2] << 8 | data[i - 1];
        ck_assert_uint_ge(whole, 8);
        ck_assert_uint_le(whole, size - (i - 4));
        *box_size = whole - 8;
        return data + i + 4;
    }
    ck_abort_msg("no %s in the mp4 header", name);
    return NULL;
}

/* The header of a fragmented mp4 holds the whole sample description before any frame. */
static uint8_t *mux_header(const AVCodecContext *encoder, size_t *size)
{
    AVFormatContext *mux = NULL;
    AVDictionary *options = NULL;
    uint8_t *out = NULL;
    ck_assert_int_ge(avformat_alloc_output_context2(&mux, NULL, "mp4", NULL), 0);
    AVStream *stream = avformat_new_stream(mux, NULL);
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_ge(avcodec_parameters_from_context(stream->codecpar, encoder), 0);
    stream->time_base = encoder->time_base;
    if (encoder->codec_id == AV_CODEC_ID_HEVC)
        stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
    av_dict_set(&options, "movflags", "empty_moov+frag_keyframe", 0);
    ck_assert_int_ge(avio_open_dyn_buf(&mux->pb), 0);
    ck_assert_int_ge(avformat_write_header(mux, &options), 0);
    *size = (size_t)avio_close_dyn_buf(mux->pb, &out);
    mux->pb = NULL;
    av_dict_free(&options);
    avformat_free_context(mux);
    return out;
}

/* NULL when the linked FFmpeg lacks the encoder or the encoder the format. */
static AVCodecContext *open_encoder(int row)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(rows[row].encoder);
    if (!codec)
        return NULL;
    AVCodecContext *context = avcodec_alloc_context3(codec);
    ck_assert_ptr_nonnull(context);
    context->width = 352;
    context->height = 288;
    context->pix_fmt = rows[row].format;
    context->time_base = (AVRational){1, 25};
    context->framerate = (AVRational){25, 1};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    bool hevc = codec->id == AV_CODEC_ID_HEVC;
    char params[128];
    snprintf(params, sizeof params, "%s%s%s", hevc ? "log-level=none:pools=1" : "",
             hevc && *rows[row].params ? ":" : "", rows[row].params);
    av_opt_set(context->priv_data, "profile", rows[row].profile, 0);
    av_opt_set(context->priv_data, hevc ? "x265-params" : "x264-params", params, 0);
    av_opt_set(context->priv_data, "preset", "ultrafast", 0);
    if (avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

typedef bool (*build_fn)(const uint8_t *annexb, size_t size, uint8_t *dst, size_t dst_size, size_t *needed);
typedef bool (*parse_fn)(const uint8_t *data, size_t size, unsigned *length_size, const char **reason);

static uint8_t *build(build_fn make, const uint8_t *annexb, size_t size, size_t *out_size)
{
    size_t needed = 0;
    ck_assert(make(annexb, size, NULL, 0, &needed));
    uint8_t *record = malloc(needed);
    ck_assert_ptr_nonnull(record);
    ck_assert(!make(annexb, size, record, needed - 1, out_size));
    ck_assert_uint_eq(*out_size, needed);
    ck_assert(make(annexb, size, record, needed, out_size));
    ck_assert_uint_eq(*out_size, needed);
    return record;
}

/* The array of one NAL type in an hvcC record, from its count to its end. */
static const uint8_t *find_array(const uint8_t *record, size_t size, unsigned type, size_t *array_size)
{
    size_t at = 23;
    for (unsigned i = 0; i < record[22]; i++) {
        ck_assert_uint_le(at + 3, size);
        size_t start = at + 1;
        unsigned count = (unsigned)record[at + 1] << 8 | record[at + 2];
        bool wanted = (record[at] & 0x3f) == type;
        if (wanted)
            ck_assert_uint_eq(record[at], 0x80 | type);
        for (at += 3; count; count--)
            at += 2 + ((size_t)record[at] << 8 | record[at + 1]);
        *array_size = at - start;
        if (wanted)
            return record + start;
    }
    ck_abort_msg("no array of type %u", type);
    return NULL;
}

static void compare_hvcc(const uint8_t *mine, size_t mine_size, const uint8_t *theirs, size_t theirs_size)
{
    ck_assert_mem_eq(mine, theirs, 22);
    for (unsigned type = 32; type <= 34; type++) {
        size_t a_size;
        size_t b_size;
        const uint8_t *a = find_array(mine, mine_size, type, &a_size);
        const uint8_t *b = find_array(theirs, theirs_size, type, &b_size);
        ck_assert_uint_eq(a_size, b_size);
        ck_assert_mem_eq(a, b, a_size);
    }
    ck_assert_uint_eq(mine[22], 3);
}

START_TEST(records_equal_those_of_the_mp4_muxer)
{
    AVCodecContext *encoder = open_encoder(_i);
    if (!encoder) {
        printf("# skipped: %s does not do %s here\n", rows[_i].encoder, rows[_i].profile);
        return;
    }
    bool hevc = encoder->codec_id == AV_CODEC_ID_HEVC;
    size_t mp4_size;
    size_t box_size;
    size_t record_size;
    unsigned length_size = 0;
    const char *reason = NULL;
    uint8_t *mp4 = mux_header(encoder, &mp4_size);
    const uint8_t *box = find_box(mp4, mp4_size, hevc ? "hvcC" : "avcC", &box_size);
    uint8_t *record = build(hevc ? webc__hvcc_build : webc__avcc_build, encoder->extradata,
                            (size_t)encoder->extradata_size, &record_size);
    if (hevc) {
        compare_hvcc(record, record_size, box, box_size);
        ck_assert_msg(webc__hvcc_parse(box, box_size, &length_size, &reason), "%s", reason);
    } else {
        ck_assert_uint_eq(record_size, box_size);
        ck_assert_mem_eq(record, box, box_size);
        ck_assert_msg(webc__avcc_parse(box, box_size, &length_size, &reason), "%s", reason);
    }
    ck_assert_uint_eq(length_size, 4);
    free(record);
    av_free(mp4);
    avcodec_free_context(&encoder);
}
END_TEST

/*
 * A made-up SPS of High 4:2:2 with an emulation prevention byte after the level, two PPS and an SPS extension.
 * The bits after the level: ue(127) is the id, then three times 011, ue(2): 4:2:2, 10 bits, 10 bits.
 */
static const uint8_t h264_headers[] = {0, 0,    0,    1,    0x67, 0x7a, 0, 0,    3,    1,
                                       0, 0xdb, 0x80, 0,    0,    0,    1, 0x68, 0xee, 0x3c,
                                       0, 0,    1,    0x68, 0x5a, 0,    0, 1,    0x6d, 0x11};

START_TEST(avcc_reads_through_emulation_prevention_and_keeps_every_set)
{
    const uint8_t expected[] = {1, 0x7a, 0,    0,    0xff, 0xe1, 0, 9, 0x67, 0x7a, 0,    0,
                                3, 1,    0,    0xdb, 0x80, 2,    0, 3, 0x68, 0xee, 0x3c, 0,
                                2, 0x68, 0x5a, 0xfe, 0xfa, 0xfa, 1, 0, 2,    0x6d, 0x11};
    size_t size;
    uint8_t *record = build(webc__avcc_build, h264_headers, sizeof h264_headers, &size);
    ck_assert_uint_eq(size, sizeof expected);
    ck_assert_mem_eq(record, expected, size);
    free(record);
}
END_TEST

START_TEST(avcc_needs_both_kinds_of_sets_and_a_whole_sps)
{
    size_t needed;
    const uint8_t only_sps[] = {0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xda};
    const uint8_t only_pps[] = {0, 0, 1, 0x68, 0xce, 0x3c, 0x80};
    const uint8_t short_sps[] = {0, 0, 1, 0x67, 0x42, 0xc0, 0, 0, 1, 0x68, 0xce};
    const uint8_t no_depths[] = {0, 0, 1, 0x67, 0x64, 0xc0, 0x1e, 0xc0, 0, 0, 1, 0x68, 0xce};
    ck_assert(!webc__avcc_build(only_sps, sizeof only_sps, NULL, 0, &needed));
    ck_assert(!webc__avcc_build(only_pps, sizeof only_pps, NULL, 0, &needed));
    ck_assert(!webc__avcc_build(short_sps, sizeof short_sps, NULL, 0, &needed));
    ck_assert(!webc__avcc_build(no_depths, sizeof no_depths, NULL, 0, &needed));
    ck_assert(!webc__avcc_build(NULL, 0, NULL, 0, &needed));
    ck_assert_uint_eq(needed, 0);
}
END_TEST

START_TEST(a_set_longer_than_its_length_field_is_refused)
{
    size_t size = 70000;
    uint8_t *headers = malloc(size);
    ck_assert_ptr_nonnull(headers);
    memset(headers, 0x55, size);
    memcpy(headers, (const uint8_t[]){0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0, 0, 1, 0x68}, 12);
    size_t needed;
    ck_assert(!webc__avcc_build(headers, size, NULL, 0, &needed));
    memcpy(headers + 11, (const uint8_t[]){0x44, 1}, 2);
    ck_assert(!webc__hvcc_build(headers, size, NULL, 0, &needed));
    free(headers);
}
END_TEST

/* Every shorter record is refused with a reason, and nothing is read behind it. */
static void refuse_cuts(parse_fn parse, const uint8_t *record, size_t size, size_t valid_from)
{
    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, record, cut);
        unsigned length_size = 9;
        const char *reason = NULL;
        bool valid = parse(copy, cut, &length_size, &reason);
        ck_assert_msg(valid == (cut >= valid_from), "%zu of %zu bytes", cut, size);
        ck_assert(valid == (reason == NULL));
        ck_assert_uint_eq(length_size, valid ? 4 : 0);
        free(copy);
    }
}

START_TEST(avcc_cut_anywhere_is_refused)
{
    size_t size;
    uint8_t *record = build(webc__avcc_build, h264_headers, sizeof h264_headers, &size);
    refuse_cuts(webc__avcc_parse, record, size, size - 8); /* the High tail may be missing */
    free(record);
}
END_TEST

/* VPS, SPS and PPS of libx265 for 64x64, Main. */
static const uint8_t hevc_headers[] = {
    0x00, 0x00, 0x00, 0x01, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90,
    0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0x95, 0x98, 0x09, 0x00, 0x00, 0x00, 0x01, 0x42, 0x01,
    0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0xa0,
    0x20, 0x81, 0x05, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0, 0x16, 0x80, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80,
    0x00, 0x00, 0x0c, 0x84, 0x00, 0x00, 0x00, 0x01, 0x44, 0x01, 0xc1, 0x72, 0xb4, 0x22, 0x40};

START_TEST(hvcc_says_what_the_sps_says_and_is_refused_cut_anywhere)
{
    size_t size;
    uint8_t *record = build(webc__hvcc_build, hevc_headers, sizeof hevc_headers, &size);
    const uint8_t header[] = {1,    1,    0x60, 0,    0, 0, 0x90, 0, 0,    0, 0, 0, 30, 0xf0, 0,
                              0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 3, 0xa0, 0, 1, 0, 24, 0x40, 1};
    ck_assert_uint_eq(size, 23 + 3 * 5 + 24 + 40 + 7);
    ck_assert_mem_eq(record, header, sizeof header);
    refuse_cuts(webc__hvcc_parse, record, size, size);
    free(record);
}
END_TEST

START_TEST(hvcc_needs_all_three_kinds_of_the_base_layer)
{
    size_t needed;
    uint8_t copy[sizeof hevc_headers];
    const size_t kinds[] = {4, 32, sizeof hevc_headers - 7};
    for (size_t i = 0; i < 3; i++) {
        memcpy(copy, hevc_headers, sizeof copy);
        copy[kinds[i]] = 39 << 1; /* SEI */
        ck_assert(!webc__hvcc_build(copy, sizeof copy, NULL, 0, &needed));
        memcpy(copy, hevc_headers, sizeof copy);
        copy[kinds[i] + 1] = 1 << 3 | 1; /* layer 1 */
        ck_assert(!webc__hvcc_build(copy, sizeof copy, NULL, 0, &needed));
    }
    memcpy(copy, hevc_headers, sizeof copy);
    copy[34] |= 7 << 1; /* eight temporal sub-layers do not exist */
    ck_assert(!webc__hvcc_build(copy, sizeof copy, NULL, 0, &needed));
    ck_assert(webc__hvcc_build(hevc_headers, sizeof hevc_headers, NULL, 0, &needed));
}
END_TEST

typedef struct writer {
    uint8_t bytes[128];
    size_t bits;
} writer;

static void put(writer *to, unsigned count, uint32_t value)
{
    for (; count; count--, to->bits++)
        to->bytes[to->bits / 8] |= (uint8_t)((value >> (count - 1) & 1) << (7 - to->bits % 8));
}

START_TEST(hvcc_steps_over_temporal_sub_layers)
{
    writer sps = {.bytes = {0, 0, 1, 0x42, 1}, .bits = 40};
    put(&sps, 4, 0);
    put(&sps, 3, 2); /* three sub-layers */
    put(&sps, 1, 1);
    put(&sps, 8, 0x22); /* high tier, profile 2 */
    put(&sps, 32, 0x20000004);
    put(&sps, 24, 0xb01122);
    put(&sps, 24, 0x334455);
    put(&sps, 8, 120);
    put(&sps, 4, 0xd); /* the first has profile and level, the second level only */
    put(&sps, 12, 0);
    for (unsigned i = 0; i < 11 + 1 + 1; i++)
        put(&sps, 8, 0xff);
    put(&sps, 1, 1); /* id 0 */
    put(&sps, 3, 3); /* ue(2), 4:2:2 */
    put(&sps, 2, 3); /* sizes, ue(0) twice */
    put(&sps, 1, 1); /* conformance window */
    put(&sps, 4, 0xf);
    put(&sps, 3, 3); /* ue(2), 10 bits */
    put(&sps, 5, 5); /* ue(4), 12 bits */
    put(&sps, 1, 1);
    uint8_t headers[256];
    size_t sps_size = (sps.bits + 7) / 8;
    memcpy(headers, (const uint8_t[]){0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x44, 1, 9}, 12);
    memcpy(headers + 12, sps.bytes, sps_size);
    size_t size;
    uint8_t *record = build(webc__hvcc_build, headers, 12 + sps_size, &size);
    const uint8_t expected[] = {1,    0x22, 0x20, 0, 0,    4,    0xb0, 0x11, 0x22, 0x33, 0x44,
                                0x55, 120,  0xf0, 0, 0xfc, 0xfe, 0xfa, 0xfc, 0,    0,    3 << 3 | 1 << 2 | 3};
    ck_assert_mem_eq(record, expected, sizeof expected);
    free(record);
}
END_TEST

START_TEST(length_sizes_are_1_2_and_4)
{
    uint8_t avcc[7] = {1, 0x42, 0, 30, 0xfc, 0xe0, 0};
    uint8_t hvcc[23] = {1};
    for (unsigned bits = 0; bits < 4; bits++) {
        unsigned length_size;
        const char *reason;
        avcc[4] = (uint8_t)(0xfc | bits);
        hvcc[21] = (uint8_t)(0x0c | bits);
        ck_assert_int_eq(webc__avcc_parse(avcc, sizeof avcc, &length_size, &reason), bits != 2);
        ck_assert_uint_eq(length_size, bits == 2 ? 0 : bits + 1);
        ck_assert_int_eq(webc__hvcc_parse(hvcc, sizeof hvcc, &length_size, &reason), bits != 2);
        ck_assert_uint_eq(length_size, bits == 2 ? 0 : bits + 1);
    }
}
END_TEST

START_TEST(annexb_is_not_a_record)
{
    unsigned length_size;
    const char *reason;
    ck_assert(!webc__avcc_parse(h264_headers, sizeof h264_headers, &length_size, &reason));
    ck_assert_ptr_nonnull(strstr(reason, "Annex B"));
    ck_assert(!webc__hvcc_parse(hevc_headers, sizeof hevc_headers, &length_size, &reason));
    ck_assert_ptr_nonnull(strstr(reason, "Annex B"));
}
END_TEST

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    Suite *suite = suite_create("bitstream_records");
    TCase *test = tcase_create("records");
    tcase_set_timeout(test, 60);
    tcase_add_loop_test(test, records_equal_those_of_the_mp4_muxer, 0, sizeof rows / sizeof *rows);
    tcase_add_test(test, avcc_reads_through_emulation_prevention_and_keeps_every_set);
    tcase_add_test(test, avcc_needs_both_kinds_of_sets_and_a_whole_sps);
    tcase_add_test(test, a_set_longer_than_its_length_field_is_refused);
    tcase_add_test(test, avcc_cut_anywhere_is_refused);
    tcase_add_test(test, hvcc_says_what_the_sps_says_and_is_refused_cut_anywhere);
    tcase_add_test(test, hvcc_needs_all_three_kinds_of_the_base_layer);
    tcase_add_test(test, hvcc_steps_over_temporal_sub_layers);
    tcase_add_test(test, length_sizes_are_1_2_and_4);
    tcase_add_test(test, annexb_is_not_a_record);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
