/* SPDX-License-Identifier: MIT */
/*
 * Timestamps and durations come back bit for bit, with the picture they belong to, through every encoder and
 * its decoder (VE-06, VE-08, VD-07, VD-08, EN-17, T7, T10, H27, H28, H33). The picture is told by the number
 * drawn in it.
 */
#include <string.h>
#ifdef __GLIBC__ /* known behind another header */
#include <malloc.h>
#endif

#include "video_support.h"

#define TIMEOUT 120
#define FRAMES 24

typedef struct time_row {
    const char *name;
    int64_t (*timestamp)(unsigned number);
} time_row;

static int64_t rising_from_below_zero(unsigned n)
{
    return -400000 + (int64_t)n * FRAME_US;
}

static int64_t all_equal(unsigned n)
{
    (void)n;
    return 77;
}

static int64_t falling(unsigned n)
{
    return 1000000000 - (int64_t)n * 50000;
}

static int64_t beyond_2_to_53(unsigned n)
{
    return ((int64_t)1 << 53) + 1 + (int64_t)n * 33367;
}

static int64_t on_the_ntsc_grid(unsigned n)
{
    return ((int64_t)n * 1001 * 1000000 + 15000) / 30000;
}

static int64_t from_end_to_end(unsigned n)
{
    static const int64_t values[] = {INT64_MAX, INT64_MIN, 0, -1,          INT64_MAX - 1,   100000,
                                     50000,     0,         0, -1000000000, (int64_t)1 << 62};
    return values[n % COUNT(values)];
}

static const time_row rows[] = {
    {"rising from below zero", rising_from_below_zero},
    {"all equal", all_equal},
    {"falling", falling},
    {"beyond 2^53", beyond_2_to_53},
    {"on the 1001/30000 grid", on_the_ntsc_grid},
    {"from end to end of int64", from_end_to_end},
};

/* Every third frame has none; the others have their own, one of them the largest there is. */
static bool duration_of(unsigned n, uint64_t *duration)
{
    *duration = n == 4 ? UINT64_MAX : 33366 + n % 2;
    return n % 3 != 2;
}

static webc_frame *stamped(const webc_video_encoder_config *config, const time_row *row, unsigned n)
{
    webc_frame *plain = video_picture(config->width, config->height, n, row->timestamp(n));
    webc_frame_view_params view;
    webc_frame_view_params_init(&view, sizeof view);
    view.has_duration = duration_of(n, &view.duration);
    webc_frame *frame;
    ck_assert_ok(webc_frame_create_view(&frame, plain, &view));
    webc_frame_unref(&plain);
    return frame;
}

static void check_times(const char *where, const time_row *row, uint64_t tag, int64_t timestamp,
                        bool has_duration, uint64_t duration)
{
    uint64_t expected;
    ck_assert_uint_lt(tag, FRAMES);
    ck_assert_msg(timestamp == row->timestamp((unsigned)tag), "%s, %s: frame %d has timestamp %lld", where,
                  row->name, (int)tag, (long long)timestamp);
    bool has = duration_of((unsigned)tag, &expected);
    ck_assert_msg(has_duration == has && (!has || duration == expected), "%s, %s: frame %d has duration %llu",
                  where, row->name, (int)tag, (unsigned long long)duration);
}

static void check_frames(const video_case *c, const time_row *row, const video_log *log)
{
    ck_assert_msg(log->count == FRAMES, "%s, %s: %zu frames", video_case_name(c), row->name, log->count);
    for (unsigned i = 0; i < FRAMES; i++) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        ck_assert_ok(webc_frame_get_info(log->outputs[i].frame, &info));
        /* In presentation order, whatever the timestamps say. */
        ck_assert_msg(video_picture_number(log->outputs[i].frame) == (int)i, "%s, %s: output %u shows %d",
                      video_case_name(c), row->name, i, video_picture_number(log->outputs[i].frame));
        ck_assert_uint_eq(log->outputs[i].tag, i);
        check_times(video_case_name(c), row, i, info.timestamp, info.has_duration, info.duration);
    }
}

/* True when some chunk came before one that is shown earlier. */
static bool check_chunks(const video_case *c, const time_row *row, const video_log *log)
{
    bool reordered = false, seen[FRAMES] = {false};
    ck_assert_msg(log->count == FRAMES, "%s, %s: %zu chunks", video_case_name(c), row->name, log->count);
    for (unsigned i = 0; i < FRAMES; i++) {
        webc_chunk_info info = video_log_chunk(log, i);
        uint64_t tag = log->outputs[i].tag;
        check_times(video_case_name(c), row, tag, info.timestamp, info.has_duration, info.duration);
        ck_assert_msg(!seen[tag], "%s, %s: two chunks of frame %d", video_case_name(c), row->name, (int)tag);
        seen[tag] = true;
        reordered |= tag != i;
    }
    return reordered;
}

/* Where timestamps rise a muxer can use the dts as they are; without B-frames there are none. */
static void check_dts(const video_case *c, const time_row *row, const video_log *log, bool expected)
{
    bool rises = row->timestamp(1) > row->timestamp(0) && row->timestamp != from_end_to_end;
    for (unsigned i = 0; i < FRAMES; i++) {
        const video_output *out = &log->outputs[i];
        ck_assert_msg(out->has_dts == expected || !rises, "%s, %s: chunk %u: has_dts %d", video_case_name(c),
                      row->name, i, out->has_dts);
        if (!expected || !rises)
            continue;
        ck_assert_msg(out->dts <= video_log_chunk(log, i).timestamp && (!i || out->dts > out[-1].dts),
                      "%s, %s: chunk %u of %lld has dts %lld", video_case_name(c), row->name, i,
                      (long long)video_log_chunk(log, i).timestamp, (long long)out->dts);
        /* It is no invention: a frame was put in at that time, but for the first. */
        bool is_frame = false;
        for (unsigned n = 0; n < FRAMES; n++)
            is_frame |= row->timestamp(n) == out->dts;
        ck_assert_msg(is_frame || out->dts < row->timestamp(0), "%s, %s: dts %lld", video_case_name(c),
                      row->name, (long long)out->dts);
    }
}

static void check_case(const video_case *c, uint32_t b_frames)
{
    for (size_t r = 0; r < COUNT(rows); r++) {
        webc_video_encoder_config config;
        video_case_config(c, &config, 96, 80);
        config.framerate = 30000.0 / 1001;
        config.b_frames = b_frames;
        video_encoder_session *s = video_encoder_open(&config);
        for (unsigned i = 0; i < FRAMES; i++)
            video_encoder_put(s, stamped(&config, &rows[r], i), false, i);
        video_encoder_flush(s, 1);
        bool reordered = check_chunks(c, &rows[r], &s->log);
        ck_assert_msg(reordered == (b_frames > 0), "%s, b_frames %u: reordered %d", video_case_name(c),
                      b_frames, reordered);
        check_dts(c, &rows[r], &s->log, b_frames > 0);
        video_decoder_session *d = video_decode_log(&s->log);
        check_frames(c, &rows[r], &d->log);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}

/* EN-17, VE-06, T7. */
START_TEST(times_return_bit_for_bit_in_coding_order)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    check_case(&cases[_i], 0);
}
END_TEST

/* EN-17, VE-08, T9: and B-frames bring a dts, an extension. */
START_TEST(times_return_bit_for_bit_with_reordering)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    if (cases[_i].reorders)
        check_case(&cases[_i], 2);
}
END_TEST

/* VE-08, VE-09: a slower pace after a flush does not bring the dts behind those before. */
START_TEST(dts_rise_over_a_flush)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    if (!cases[_i].reorders || cases[_i].latency_mode == WEBC_LATENCY_MODE_REALTIME)
        return;
    webc_video_encoder_config config;
    video_case_config(&cases[_i], &config, 96, 80);
    config.framerate = 30;
    config.b_frames = 2;
    video_encoder_session *s = video_encoder_open(&config);
    int64_t time = 0;
    for (unsigned i = 0; i < 24; i++) {
        if (i == 12)
            video_encoder_flush(s, 1);
        video_encoder_put(s, video_picture(config.width, config.height, i, time), false, i);
        time += i < 12 ? 16667 : 200000;
    }
    video_encoder_flush(s, 2);
    ck_assert_uint_eq(s->log.count, 24);
    for (unsigned i = 0; i < 24; i++) {
        const video_output *out = &s->log.outputs[i];
        ck_assert_msg(out->has_dts && out->dts <= video_log_chunk(&s->log, i).timestamp &&
                          (!i || out->dts > out[-1].dts),
                      "%s: chunk %u of %lld has dts %lld behind %lld", video_case_name(&cases[_i]), i,
                      (long long)video_log_chunk(&s->log, i).timestamp, (long long)out->dts,
                      (long long)(i ? out[-1].dts : 0));
    }
    video_encoder_close(s);
}
END_TEST

/*
 * VE-08: sessions shorter than what the encoder would reorder. libx265 takes their dts from memory that it did
 * not set: so that there is something to be found, memory is handed out with bytes of 0xaa in it.
 */
START_TEST(shortest_sessions_have_a_dts)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    if (!cases[_i].reorders || cases[_i].latency_mode == WEBC_LATENCY_MODE_REALTIME)
        return;
#ifdef M_PERTURB
    mallopt(M_PERTURB, 0x55);
#endif
    for (unsigned frames = 1; frames <= 4; frames++) {
        webc_video_encoder_config config;
        video_case_config(&cases[_i], &config, 96, 80);
        config.b_frames = 3;
        video_encoder_session *s = video_encoder_open(&config);
        for (unsigned i = 0; i < frames; i++)
            video_encoder_put(s, video_picture(config.width, config.height, i, i * FRAME_US), false, i);
        video_encoder_flush(s, 1);
        ck_assert_uint_eq(s->log.count, frames);
        for (unsigned i = 0; i < frames; i++) {
            const video_output *out = &s->log.outputs[i];
            int64_t timestamp = video_log_chunk(&s->log, i).timestamp;
            ck_assert_msg(out->has_dts && out->dts <= timestamp && out->dts > -4 * FRAME_US &&
                              (!i || out->dts > out[-1].dts),
                          "%s: chunk %u of %u at %lld has dts %lld (%d)", video_case_name(&cases[_i]), i,
                          frames, (long long)timestamp, (long long)out->dts, out->has_dts);
        }
        video_encoder_close(s);
    }
}
END_TEST

/* EN-12, EN-17: a pace that no config may ask for is not followed, wherever timestamps lead. */
START_TEST(steps_of_any_growth_are_encoded)
{
    static const double growths[] = {10, 1 / 2.5};
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    for (size_t g = 0; g < COUNT(growths); g++)
        for (unsigned framerate = 0; framerate <= 30; framerate += 30) {
            webc_video_encoder_config config;
            video_case_config(&cases[_i], &config, 96, 80);
            config.framerate = framerate;
            config.avc_format = config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
            video_encoder_session *s = video_encoder_open(&config);
            double time = 0, step = 1e6 / 30;
            unsigned frames = 0;
            for (; step < 1e15 && step >= 1; frames++) {
                video_encoder_put(s, video_picture(config.width, config.height, frames % 256, (int64_t)time),
                                  false, frames);
                time += step;
                step *= frames % 12 == 11 ? growths[g] : 1;
            }
            video_encoder_flush(s, 1);
            ck_assert_uint_eq(s->log.count, frames);
            video_encoder_close(s);
        }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {times_return_bit_for_bit_in_coding_order,
                                 times_return_bit_for_bit_with_reordering, steps_of_any_growth_are_encoded,
                                 dts_rise_over_a_flush, shortest_sessions_have_a_dts};
    return video_test_main("api_encoder_time", TIMEOUT, each, COUNT(each), NULL, 0);
}
