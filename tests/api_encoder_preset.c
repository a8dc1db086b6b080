/* SPDX-License-Identifier: MIT */
/* The encoder's own presets: extension of the config, in place of what the engine chooses for speed. */
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <stdio.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 300
#define FRAMES 12u
#define ASKED_KEY 7u

/* Those of each encoder that are used below, fastest first. */
typedef struct presets {
    const char *row;
    const char *names[4];
} presets;

static const presets all_presets[] = {
    {"libx264", {"ultrafast", "superfast", "medium", "slower"}},
    {"libx265", {"ultrafast", "superfast", "medium", "slower"}},
    {"libvpx", {"16", "5", "4", "3"}},
    {"libvpx-vp9", {"8", "7", "5", "2"}},
    {"libaom-av1", {"8", "7", "6", "5"}},
    {"libsvtav1", {"12", "10", "9", "8"}},
};

static video_case case_at(int index)
{
    video_case cases[VIDEO_MOST_CASES];
    video_cases(cases);
    return cases[index];
}

/* NULL for encoders that have none. */
static const presets *presets_of(const video_case *c)
{
    for (size_t i = 0; i < COUNT(all_presets); i++)
        if (strcmp(all_presets[i].row, c->row) == 0)
            return &all_presets[i];
    return NULL;
}

static webc_video_encoder_config config_of(const video_case *c, const char *preset)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, 176, 144);
    config.bitrate = 300000;
    config.thread_count = 1;
    config.preset = preset;
    return config;
}

static void put(video_encoder_session *s, const webc_video_encoder_config *config, unsigned number, bool key)
{
    video_encoder_put(s,
                      video_moving_picture(config->width, config->height, number, (int64_t)number * FRAME_US),
                      key, number);
}

static video_encoder_session *encode(const webc_video_encoder_config *config)
{
    video_encoder_session *s = video_encoder_open(config);
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, config, i, i == ASKED_KEY);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, FRAMES);
    return s;
}

/* Are the chunks of `b` those of `a` from number `from` on? */
static bool same_chunks(const video_log *a, size_t from, const video_log *b)
{
    for (size_t i = 0; i < b->count; i++) {
        webc_chunk_info x = video_log_chunk(a, from + i), y = video_log_chunk(b, i);
        if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0)
            return false;
    }
    return true;
}

/* VE-03, VE-08, EN-13: with every preset each frame comes out in order, key frames where they were asked for.
 */
START_TEST(every_preset_codes_every_frame)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    for (size_t i = 0; p && i < COUNT(p->names); i++) {
        webc_video_encoder_config config = config_of(&c, p->names[i]);
        webc_support support;
        webc_support_init(&support, sizeof support);
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert_msg(strcmp(support.implementation, c.row) == 0, "%s %s: %s", c.row, p->names[i],
                      support.reason);
        video_encoder_session *s = encode(&config);
        for (size_t frame = 0; frame < FRAMES; frame++) {
            webc_chunk_info info = video_log_chunk(&s->log, frame);
            ck_assert_int_eq(info.timestamp, (int64_t)frame * FRAME_US);
            ck_assert_msg((info.type == WEBC_CHUNK_KEY) == (frame == 0 || frame == ASKED_KEY),
                          "%s %s: frame %zu", video_case_name(&c), p->names[i], frame);
        }
        video_decoder_session *d = video_decode_log(&s->log);
        ck_assert_uint_eq(d->log.count, FRAMES);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

/* The preset reaches the encoder: each gives a stream of its own, and the same again. */
START_TEST(every_preset_gives_its_own_stream)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    video_encoder_session *made[COUNT(p->names)];
    for (size_t i = 0; p && i < COUNT(p->names); i++) {
        webc_video_encoder_config config = config_of(&c, p->names[i]);
        made[i] = encode(&config);
        video_encoder_session *again = encode(&config);
        ck_assert_msg(same_chunks(&made[i]->log, 0, &again->log), "%s %s", video_case_name(&c), p->names[i]);
        video_encoder_close(again);
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(!same_chunks(&made[j]->log, 0, &made[i]->log), "%s: %s is %s", video_case_name(&c),
                          p->names[i], p->names[j]);
    }
    for (size_t i = 0; p && i < COUNT(p->names); i++)
        video_encoder_close(made[i]);
}
END_TEST

/* EN-10: slow presets look far ahead, but not in realtime. A chunk that is held back never comes here. */
START_TEST(realtime_gives_each_chunk_at_once_with_every_preset)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (!p || c.latency_mode != WEBC_LATENCY_MODE_REALTIME)
        return;
    for (size_t i = 0; i < COUNT(p->names); i++) {
        webc_video_encoder_config config = config_of(&c, p->names[i]);
        config.thread_count = 3;
        video_encoder_session *s = video_encoder_open(&config);
        for (unsigned frame = 0; frame < FRAMES; frame++) {
            put(s, &config, frame, false);
            video_log_until_outputs(&s->log, s->events, frame + 1);
        }
        video_encoder_close(s);
    }
}
END_TEST

/* VE-01, EN-18: another preset is another encoder: it begins with a key frame, as a new session would. */
START_TEST(another_preset_takes_effect_at_the_next_configure)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (!p)
        return;
    webc_video_encoder_config fast = config_of(&c, p->names[0]), slow = config_of(&c, p->names[2]);
    video_encoder_session *s = video_encoder_open(&fast);
    put(s, &fast, 100, false);
    ck_assert_ok(webc_video_encoder_configure(s->encoder, &slow));
    for (unsigned i = 0; i < FRAMES; i++)
        put(s, &slow, i, i == ASKED_KEY);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.count, 1 + FRAMES);
    video_encoder_session *fresh = encode(&slow);
    ck_assert_msg(same_chunks(&s->log, 1, &fresh->log), "%s", video_case_name(&c));
    video_encoder_close(fresh);
    video_encoder_close(s);
}
END_TEST

/* P-19: the text belongs to the caller, who may do with it what he likes after configure(). */
START_TEST(the_preset_is_copied)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (!p)
        return;
    char text[16];
    snprintf(text, sizeof text, "%s", p->names[1]);
    webc_video_encoder_config config = config_of(&c, text);
    video_encoder_session *s = video_encoder_open(&config);
    memset(text, 'x', sizeof text - 1);
    put(s, &config, 0, false);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(s->log.errors, 0);
    ck_assert_uint_eq(s->log.count, 1);
    video_encoder_close(s);
}
END_TEST

/* P-24: what an encoder does not have is not supported, and the reason says what it has. */
START_TEST(other_presets_are_not_supported)
{
    static const char *const others[] = {"",   "super", "superfaster", "Superfast", "superfast ", "fast medium",
                                         "-1", "17",    "4x",          " ",         "5 6",        "05"};
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    for (size_t i = 0; i < COUNT(others); i++) {
        webc_video_encoder_config config = config_of(&c, others[i]);
        webc_support support;
        webc_support_init(&support, sizeof support);
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        ck_assert_msg(!support.supported, "%s \"%s\"", video_case_name(&c), others[i]);
        char quoted[32];
        snprintf(quoted, sizeof quoted, "preset \"%s\"", others[i]);
        ck_assert_msg(strstr(support.reason, quoted), "%s", support.reason);
        ck_assert_msg(strstr(support.reason, c.row), "%s", support.reason);
        ck_assert_msg(strstr(support.reason, p ? p->names[1] : "has none"), "%s", support.reason);
    }
}
END_TEST

/* P-24: presets that split blocks often are for pictures of few blocks too, and of odd shapes. */
START_TEST(the_slowest_preset_codes_the_smallest_pictures)
{
    static const uint32_t sizes[][2] = {{16, 16}, {30, 30}, {32, 16}, {16, 66}, {128, 30}, {32, 32}};
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    bool named = p && strcmp(p->names[1], "superfast") == 0;
    for (size_t i = 0; p && i < COUNT(sizes) && !c.odd; i++) {
        webc_video_encoder_config config = config_of(&c, named ? "placebo" : p->names[3]);
        config.width = sizes[i][0];
        config.height = sizes[i][1];
        webc_support support;
        webc_support_init(&support, sizeof support);
        ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
        if (strcmp(c.row, "libsvtav1") == 0 && !support.supported)
            continue;
        ck_assert_msg(support.supported, "%s", support.reason);
        video_encoder_close(encode(&config));
    }
}
END_TEST

#define SECONDS 10u
#define FRAMERATE 5u

/* EN-11: at five frames per second rate control errs most. */
START_TEST(the_bitrate_holds_with_every_preset)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    for (size_t i = 0; p && i < COUNT(p->names); i++) {
        webc_video_encoder_config config = config_of(&c, p->names[i]);
        config.framerate = FRAMERATE;
        config.bitrate = (uint64_t)config.width * config.height * FRAMERATE / 5;
        video_encoder_session *s = video_encoder_open(&config);
        double bits = 0;
        for (unsigned frame = 0; frame < SECONDS * FRAMERATE; frame++)
            video_encoder_put(
                s,
                video_moving_picture(config.width, config.height, frame, (int64_t)frame * 1000000 / FRAMERATE),
                false, frame);
        video_encoder_flush(s, 1);
        for (size_t frame = 0; frame < s->log.count; frame++)
            bits += 8.0 * video_log_chunk(&s->log, frame).size;
        double ratio = bits / SECONDS / (double)config.bitrate;
        ck_assert_msg(ratio > 0.85 && ratio < 1.15, "%s %s: %+.1f %%", video_case_name(&c), p->names[i],
                      100 * (ratio - 1));
        video_encoder_close(s);
    }
}
END_TEST

/* A quantizer for each frame needs that none waits; libvpx codes them at one speed only. */
START_TEST(presets_are_not_for_the_quantizer_mode)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (!p)
        return;
    webc_video_encoder_config config = config_of(&c, p->names[1]);
    config.bitrate_mode = WEBC_BITRATE_MODE_QUANTIZER;
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    ck_assert(!support.supported);
    config.preset = NULL;
    webc_support without;
    webc_support_init(&without, sizeof without);
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &without));
    ck_assert_int_eq(strstr(support.reason, "preset") != NULL, without.supported);
}
END_TEST

/* VE-08: some presets look fewer frames ahead than there may be B-frames. */
START_TEST(presets_take_as_many_b_frames_as_there_may_be)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (!p || !c.reorders)
        return;
    for (uint32_t b_frames = 4; b_frames <= 16; b_frames += 6) {
        webc_video_encoder_config config = config_of(&c, p->names[0]);
        config.b_frames = b_frames;
        video_encoder_session *s = encode(&config);
        bool seen[FRAMES] = {false};
        for (size_t i = 0; i < FRAMES; i++) {
            uint64_t tag = s->log.outputs[i].tag;
            ck_assert_uint_lt(tag, FRAMES);
            ck_assert_int_eq(video_log_chunk(&s->log, i).timestamp, (int64_t)tag * FRAME_US);
            ck_assert(!seen[tag]);
            seen[tag] = true;
        }
        video_decoder_session *d = video_decode_log(&s->log);
        ck_assert_uint_eq(d->log.count, FRAMES);
        video_decoder_close(d);
        video_encoder_close(s);
    }
}
END_TEST

static int sao_flags[2]; /* how often the flag was seen, by its value */

static void look_for_sao(void *context, int level, const char *format, va_list arguments)
{
    char line[256];
    (void)context;
    (void)level;
    vsnprintf(line, sizeof line, format, arguments);
    if (strstr(line, "sample_adaptive_offset_enabled_flag"))
        sao_flags[strstr(line, "= 1") != NULL]++;
}

/* Have libavcodec tell the syntax elements of an Annex B chunk. */
static void trace(const webc_chunk_info *chunk)
{
    AVBSFContext *bsf = NULL;
    AVPacket *packet = av_packet_alloc();
    const AVBitStreamFilter *filter = av_bsf_get_by_name("trace_headers");
    ck_assert_ptr_nonnull(filter);
    ck_assert_int_ge(av_bsf_alloc(filter, &bsf), 0);
    bsf->par_in->codec_type = AVMEDIA_TYPE_VIDEO;
    bsf->par_in->codec_id = AV_CODEC_ID_HEVC;
    ck_assert_int_ge(av_bsf_init(bsf), 0);
    ck_assert_int_ge(av_new_packet(packet, (int)chunk->size), 0);
    memcpy(packet->data, chunk->data, chunk->size);
    av_log_set_callback(look_for_sao);
    ck_assert_int_ge(av_bsf_send_packet(bsf, packet), 0);
    ck_assert_int_ge(av_bsf_receive_packet(bsf, packet), 0);
    av_log_set_callback(av_log_default_callback);
    av_packet_free(&packet);
    av_bsf_free(&bsf);
}

/* Without sample adaptive offset libx265 3.5 leaks the memory for it; nothing else would show that. */
START_TEST(hevc_has_sample_adaptive_offset_with_every_preset)
{
    video_case c = case_at(_i);
    const presets *p = presets_of(&c);
    if (c.codec != WEBC_CODEC_HEVC)
        return;
    for (size_t i = 0; i <= COUNT(p->names); i++) {
        webc_video_encoder_config config = config_of(&c, i < COUNT(p->names) ? p->names[i] : NULL);
        config.hevc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
        video_encoder_session *s = encode(&config);
        webc_chunk_info info = video_log_chunk(&s->log, 0);
        sao_flags[0] = sao_flags[1] = 0;
        trace(&info);
        ck_assert_msg(sao_flags[1] == 1 && !sao_flags[0], "%s %s", video_case_name(&c),
                      config.preset ? config.preset : "without a preset");
        video_encoder_close(s);
    }
}
END_TEST

int main(void)
{
    const TTest *const each[] = {
        every_preset_codes_every_frame,
        every_preset_gives_its_own_stream,
        realtime_gives_each_chunk_at_once_with_every_preset,
        another_preset_takes_effect_at_the_next_configure,
        the_preset_is_copied,
        other_presets_are_not_supported,
        the_slowest_preset_codes_the_smallest_pictures,
        the_bitrate_holds_with_every_preset,
        presets_are_not_for_the_quantizer_mode,
        presets_take_as_many_b_frames_as_there_may_be,
        hevc_has_sample_adaptive_offset_with_every_preset,
    };
    return video_test_main("api_encoder_preset", TIMEOUT, each, COUNT(each), NULL, 0);
}
