/* SPDX-License-Identifier: MIT */
#include "video_support.h"

#include <libavcodec/avcodec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DARK 50
#define LIGHT 200
#define TEXTURE 256u

/* Called outside tests as well, where Check cannot assert. */
static bool selects(const video_case *c, uint32_t width, uint32_t height)
{
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    video_case_config(c, &config, width, height);
    return webc_video_encoder_is_config_supported(&config, &support) == WEBC_OK && support.supported &&
           strcmp(support.implementation, c->row) == 0;
}

size_t video_cases(video_case cases[VIDEO_MOST_CASES])
{
    size_t count = 0;
    webc_implementation row;
    webc_implementation_init(&row, sizeof row);
    for (uint32_t i = 0; webc_implementation_at(i, &row) == WEBC_OK; i++)
        for (uint32_t mode = WEBC_LATENCY_MODE_QUALITY; mode <= WEBC_LATENCY_MODE_REALTIME; mode++) {
            video_case c = {.codec = row.codec, .latency_mode = mode};
            bool serves = mode == WEBC_LATENCY_MODE_REALTIME ? row.realtime : row.quality;
            if (!row.encoder || !row.available || !serves)
                continue;
            snprintf(c.row, sizeof c.row, "%s", row.name);
            c.reorders = mode == WEBC_LATENCY_MODE_QUALITY &&
                         (row.codec == WEBC_CODEC_H264 || row.codec == WEBC_CODEC_HEVC) &&
                         strcmp(row.name, "libopenh264") != 0;
            c.odd = !selects(&c, 320, 240);
            if (!selects(&c, 320, 240))
                continue;
            if (count < VIDEO_MOST_CASES)
                cases[count++] = c;
        }
    return count;
}

const char *video_case_name(const video_case *c)
{
    static char name[96];
    snprintf(name, sizeof name, "%s %s", c->row,
             c->latency_mode == WEBC_LATENCY_MODE_REALTIME ? "realtime" : "quality");
    return name;
}

void video_case_config(const video_case *c, webc_video_encoder_config *config, uint32_t width, uint32_t height)
{
    static const char *const strings[] = {
        [WEBC_CODEC_H264] = "avc1.64001e",  [WEBC_CODEC_HEVC] = "hvc1.1.6.L93.B0", [WEBC_CODEC_VP8] = "vp8",
        [WEBC_CODEC_VP9] = "vp09.00.30.08", [WEBC_CODEC_AV1] = "av01.0.05M.08",
    };
    webc_video_encoder_config_init(config, sizeof *config);
    config->codec = strings[c->codec];
    config->width = c->odd ? width | 1 : width;
    config->height = c->odd ? height | 1 : height;
    config->framerate = 30;
    config->bitrate = 1000000;
    config->latency_mode = c->latency_mode;
}

webc_frame *video_frame(const webc_frame_params *params, const void *data, size_t size)
{
    webc_frame *frame = NULL;
    ck_assert_ok(webc_frame_create(&frame, params, data, size));
    return frame;
}

bool video_av1_is_limited(void)
{
    return avcodec_version() >= AV_VERSION_INT(61, 19, 100);
}

/* Bit of the block at column and row of four: the number above, its complement below, so that a reader can
 * tell. */
bool video_block_is_light(unsigned number, unsigned column, unsigned row)
{
    unsigned bit = row % 2 * 4 + column;
    bool set = number >> bit & 1;
    return row < 2 ? set : !set;
}

webc_frame *video_picture(uint32_t width, uint32_t height, unsigned number, int64_t timestamp)
{
    size_t chroma = (size_t)((width + 1) / 2) * ((height + 1) / 2);
    size_t luma = (size_t)width * height;
    uint8_t *data = malloc(luma + 2 * chroma);
    ck_assert_ptr_nonnull(data);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            bool light = video_block_is_light(number, x * 4 / width, y * 4 / height);
            data[(size_t)y * width + x] = (uint8_t)((light ? LIGHT : DARK) + (x * 3 + y * 5 + number * 7) % 16);
        }
    memset(data + luma, 128, 2 * chroma);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = width;
    params.coded_height = height;
    params.timestamp = timestamp;
    webc_frame *frame = video_frame(&params, data, luma + 2 * chroma);
    free(data);
    return frame;
}

static uint8_t texture[TEXTURE * TEXTURE];

uint32_t video_random(uint32_t *seed)
{
    return (*seed = *seed * 1664525u + 1013904223u) >> 8;
}

/* Noise, softened so that motion search has something to find. */
static void make_texture(void)
{
    static uint8_t noise[TEXTURE * TEXTURE];
    if (texture[0])
        return;
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(video_random(&seed) >> 16);
    for (unsigned y = 0; y < TEXTURE; y++)
        for (unsigned x = 0; x < TEXTURE; x++) {
            unsigned right = (x + 1) % TEXTURE, below = (y + 1) % TEXTURE;
            unsigned sum = noise[y * TEXTURE + x] + noise[y * TEXTURE + right] + noise[below * TEXTURE + x] +
                           noise[below * TEXTURE + right];
            texture[y * TEXTURE + x] = (uint8_t)(64 + sum / 8);
        }
}

webc_frame *video_moving_picture(uint32_t width, uint32_t height, unsigned number, int64_t timestamp)
{
    size_t luma = (size_t)width * height, chroma = (size_t)((width + 1) / 2) * ((height + 1) / 2);
    uint8_t *data = malloc(luma + 2 * chroma);
    ck_assert_ptr_nonnull(data);
    make_texture();
    uint32_t seed = number * 77777 + 5;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            unsigned base = texture[(y + 2 * number) % TEXTURE * TEXTURE + (x + 3 * number) % TEXTURE];
            data[(size_t)y * width + x] = (uint8_t)(base + video_random(&seed) % 24 - 12);
        }
    memset(data + luma, 128, 2 * chroma);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = width;
    params.coded_height = height;
    params.timestamp = timestamp;
    webc_frame *frame = video_frame(&params, data, luma + 2 * chroma);
    free(data);
    return frame;
}

/* Mean of the middle of a block, as 8-bit luma. */
static unsigned block_mean(const webc_plane *plane, uint32_t width, unsigned depth, unsigned column,
                           unsigned row)
{
    unsigned bytes = depth > 8 ? 2 : 1;
    uint64_t sum = 0, samples = 0;
    for (uint32_t y = plane->rows * (row * 4 + 1) / 16; y < plane->rows * (row * 4 + 3) / 16; y++)
        for (uint32_t x = width * (column * 4 + 1) / 16; x < width * (column * 4 + 3) / 16; x++) {
            const uint8_t *at = plane->data + (size_t)y * plane->stride + (size_t)x * bytes;
            sum += bytes == 2 ? (unsigned)(at[0] | at[1] << 8) >> (depth - 8) : at[0];
            samples++;
        }
    return samples ? (unsigned)(sum / samples) : 0;
}

int video_picture_number(const webc_frame *frame)
{
    webc_frame_info info;
    webc_plane plane;
    webc_frame_info_init(&info, sizeof info);
    webc_plane_init(&plane, sizeof plane);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    ck_assert_ok(webc_frame_plane(frame, 0, &plane));
    unsigned bits[2] = {0, 0};
    for (unsigned row = 0; row < 4; row++)
        for (unsigned column = 0; column < 4; column++)
            if (block_mean(&plane, info.visible_rect.width, info.bit_depth, column, row) > 128)
                bits[row / 2] |= 1u << (row % 2 * 4 + column);
    return bits[0] == (~bits[1] & 255) ? (int)bits[0] : -1;
}

static void *copy_bytes(const void *bytes, size_t size)
{
    void *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    return copy;
}

static int keep_config(video_log *log, const webc_video_decoder_config *config)
{
    if (!config)
        return -1;
    ck_assert_uint_lt(log->config_count, COUNT(log->configs));
    webc_video_decoder_config *kept = &log->configs[log->config_count];
    *kept = *config;
    kept->codec = copy_bytes(config->codec, strlen(config->codec) + 1);
    if (config->description)
        kept->description = copy_bytes(config->description, (size_t)config->description_size);
    return (int)log->config_count++;
}

static void keep_output(video_log *log, webc_event *event)
{
    ck_assert_uint_lt(log->count, VIDEO_MOST_OUTPUTS);
    video_output *out = &log->outputs[log->count++];
    *out = (video_output){
        .frame = event->frame,
        .chunk = event->chunk,
        .tag = event->tag,
        .config = keep_config(log, event->metadata ? event->metadata->decoder_config : NULL),
        .layer = event->metadata && event->metadata->has_svc ? (int)event->metadata->temporal_layer_id : -1,
        .flushes = (int)log->flushes,
        .has_dts = event->metadata && event->metadata->has_dts,
        .dts = event->metadata ? event->metadata->dts : 0,
    };
    if (event->metadata && event->metadata->alpha_side_data) {
        out->alpha_size = (size_t)event->metadata->alpha_side_data_size;
        out->alpha = copy_bytes(event->metadata->alpha_side_data, out->alpha_size);
    }
    event->frame = NULL;
    event->chunk = NULL;
}

static bool take_event(video_log *log, webc_events *events, int64_t timeout_us)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    int32_t got = webc_events_next(events, timeout_us, &event);
    ck_assert_int_ge(got, 0);
    if (!got)
        return false;
    switch (event.type) {
    case WEBC_EVENT_FRAME:
    case WEBC_EVENT_CHUNK:
        keep_output(log, &event);
        break;
    case WEBC_EVENT_FLUSHED:
        ck_assert_uint_lt(log->flushes, VIDEO_MOST_FLUSHES);
        log->flush_tags[log->flushes] = event.tag;
        log->flush_results[log->flushes++] = event.result;
        break;
    case WEBC_EVENT_DEQUEUE:
        log->dequeues++;
        break;
    case WEBC_EVENT_ERROR:
        log->errors++;
        log->error = event.result;
        snprintf(log->message, sizeof log->message, "%s", event.message ? event.message : "");
        break;
    default:
        break;
    }
    webc_event_clear(&event);
    return true;
}

/* Waits without limit: the test's own timeout is the watchdog. */
void video_log_until_flushed(video_log *log, webc_events *events, uint64_t tag)
{
    size_t seen = log->flushes;
    for (;;) {
        for (; seen < log->flushes; seen++)
            if (log->flush_tags[seen] == tag)
                return;
        take_event(log, events, -1);
    }
}

void video_log_until_outputs(video_log *log, webc_events *events, size_t count)
{
    while (log->count < count && !log->errors)
        take_event(log, events, -1);
    ck_assert_msg(!log->errors, "%s", log->message);
}

void video_log_until_error(video_log *log, webc_events *events)
{
    while (!log->errors)
        take_event(log, events, -1);
}

void video_log_take(video_log *log, webc_events *events)
{
    while (take_event(log, events, 0))
        ;
}

void video_log_clear(video_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        webc_frame_unref(&log->outputs[i].frame);
        webc_chunk_unref(&log->outputs[i].chunk);
        free(log->outputs[i].alpha);
    }
    for (size_t i = 0; i < log->config_count; i++) {
        free((char *)log->configs[i].codec);
        free((void *)log->configs[i].description);
    }
    memset(log, 0, sizeof *log);
}

webc_chunk_info video_log_chunk(const video_log *log, size_t index)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_assert_uint_lt(index, log->count);
    ck_assert_ok(webc_chunk_get_info(log->outputs[index].chunk, &info));
    return info;
}

video_encoder_session *video_encoder_open(const webc_video_encoder_config *config)
{
    video_encoder_session *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    ck_assert_ok(webc_events_create(&s->events, NULL));
    ck_assert_ok(webc_video_encoder_create(&s->encoder, s->events, NULL));
    ck_assert_ok(webc_video_encoder_configure(s->encoder, config));
    return s;
}

void video_encoder_put(video_encoder_session *s, webc_frame *frame, bool key_frame, uint64_t tag)
{
    webc_video_encode_options options;
    webc_video_encode_options_init(&options, sizeof options);
    options.key_frame = key_frame;
    options.tag = tag;
    ck_assert_ok(webc_video_encoder_encode(s->encoder, frame, &options));
    webc_frame_unref(&frame);
}

void video_encoder_flush(video_encoder_session *s, uint64_t tag)
{
    ck_assert_ok(webc_video_encoder_flush(s->encoder, tag));
    video_log_until_flushed(&s->log, s->events, tag);
    ck_assert_msg(s->log.flush_results[s->log.flushes - 1] == WEBC_OK, "flush: %s: %s",
                  webc_result_name(s->log.flush_results[s->log.flushes - 1]), s->log.message);
}

void video_encoder_close(video_encoder_session *s)
{
    video_log_clear(&s->log);
    webc_video_encoder_destroy(&s->encoder);
    webc_events_destroy(&s->events);
    free(s);
}

video_decoder_session *video_decoder_open(const webc_video_decoder_config *config)
{
    video_decoder_session *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    ck_assert_ok(webc_events_create(&s->events, NULL));
    ck_assert_ok(webc_video_decoder_create(&s->decoder, s->events, NULL));
    ck_assert_ok(webc_video_decoder_configure(s->decoder, config));
    return s;
}

void video_decoder_flush(video_decoder_session *s, uint64_t tag)
{
    ck_assert_ok(webc_video_decoder_flush(s->decoder, tag));
    video_log_until_flushed(&s->log, s->events, tag);
    ck_assert_msg(s->log.flush_results[s->log.flushes - 1] == WEBC_OK, "flush: %s: %s",
                  webc_result_name(s->log.flush_results[s->log.flushes - 1]), s->log.message);
}

void video_decoder_close(video_decoder_session *s)
{
    video_log_clear(&s->log);
    webc_video_decoder_destroy(&s->decoder);
    webc_events_destroy(&s->events);
    free(s);
}

video_decoder_session *video_decode_log(const video_log *log)
{
    ck_assert_uint_gt(log->config_count, 0);
    video_decoder_session *s = video_decoder_open(&log->configs[log->config_count - 1]);
    webc_video_decode_options options;
    webc_video_decode_options_init(&options, sizeof options);
    for (size_t i = 0; i < log->count; i++) {
        options.tag = log->outputs[i].tag;
        ck_assert_ok(webc_video_decoder_decode(s->decoder, log->outputs[i].chunk, &options));
    }
    video_decoder_flush(s, 1);
    return s;
}

void video_assert_clean(void)
{
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    ck_assert_ok(webc_drain_workers(-1));
    ck_assert_ok(webc_get_stats(&stats));
    ck_assert_uint_eq(stats.threads, 0);
    ck_assert_uint_eq(stats.codecs, 0);
    ck_assert_uint_eq(stats.events, 0);
    ck_assert_uint_eq(stats.frames, 0);
    ck_assert_uint_eq(stats.chunks, 0);
    ck_assert_uint_eq(stats.queued_events, 0);
    ck_assert_uint_eq(stats.messages, 0);
    ck_assert_uint_eq(stats.contexts, 0);
}

int video_row_main(const char *name, double timeout_s, const TTest *const *each, size_t each_count, size_t rows,
                   const TTest *const *once, size_t once_count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, timeout_s);
    tcase_add_checked_fixture(tcase, NULL, video_assert_clean);
    for (size_t i = 0; i < each_count; i++)
        tcase_add_loop_test(tcase, each[i], 0, (int)rows);
    for (size_t i = 0; i < once_count; i++)
        tcase_add_test(tcase, once[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int video_test_main(const char *name, double timeout_s, const TTest *const *each, size_t each_count,
                    const TTest *const *once, size_t once_count)
{
    video_case cases[VIDEO_MOST_CASES];
    return video_row_main(name, timeout_s, each, each_count, video_cases(cases), once, once_count);
}
