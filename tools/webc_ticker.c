/* SPDX-License-Identifier: MIT */
/*
 * webc bench --ticker: does the thread that owns the codecs stay responsive? It ticks every 5 ms while each
 * encoder works on its backlog and flushes; the largest gap between two ticks and the longest call tell.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/mem.h>

#include "webc_bench.h"
#include "webc_json.h"
#include "webc_progress.h"

#define WIDTH 1280u
#define HEIGHT 720u
#define FRAMES 30u
#define TICK_US 5000

typedef struct ticker_row {
    char codec[64];
    char name[64];
    int64_t gap_us;  /* largest, between two ticks */
    int64_t call_us; /* longest call */
    uint64_t chunks;
} ticker_row;

/** A picture with motion and texture: encoders finish flat ones too fast to measure anything. */
static webc_frame *make_frame(uint32_t index)
{
    size_t luma = (size_t)WIDTH * HEIGHT;
    uint8_t *pixels = av_malloc(luma * 3 / 2);
    webc_frame *frame = NULL;
    webc_frame_params params;
    if (!pixels)
        return NULL;
    for (uint32_t y = 0; y < HEIGHT; y++) {
        for (uint32_t x = 0; x < WIDTH; x++)
            pixels[(size_t)y * WIDTH + x] = (uint8_t)(((x + 3 * index) ^ (y + index)) + ((x * y) >> 9));
    }
    for (size_t i = 0; i < luma / 2; i++)
        pixels[luma + i] = (uint8_t)(128 + (i + index) % 31);
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = (int64_t)index * 1000000 / 30;
    webc_frame_create(&frame, &params, pixels, luma * 3 / 2);
    av_free(pixels);
    return frame;
}

static void time_call(ticker_row *row, int64_t before)
{
    int64_t spent = webc__progress_clock() - before;
    if (spent > row->call_us)
        row->call_us = spent;
}

static int queue_frames(ticker_row *row, webc_video_encoder *encoder)
{
    for (uint32_t i = 0; i < FRAMES; i++) {
        webc_frame *frame = make_frame(i);
        int64_t before = webc__progress_clock();
        webc_result result = frame ? webc_video_encoder_encode(encoder, frame, NULL) : WEBC_ERROR_NO_MEMORY;
        time_call(row, before);
        webc_frame_unref(&frame);
        if (result != WEBC_OK)
            return webc__report_error(WEBC_EXIT_CODEC, "ticker: %s: %s", row->codec, webc_error_message());
    }
    int64_t before = webc__progress_clock();
    webc_result result = webc_video_encoder_flush(encoder, 0);
    time_call(row, before);
    return result == WEBC_OK
               ? WEBC_EXIT_OK
               : webc__report_error(WEBC_EXIT_CODEC, "ticker: %s: %s", row->codec, webc_error_message());
}

/** Tick until the flush has ended; events are taken in the ticks. */
static int tick(ticker_row *row, webc_events *events)
{
    webc_event event;
    int code = WEBC_EXIT_OK;
    bool flushed = false;
    int64_t last = webc__progress_clock();
    webc_event_init(&event, sizeof event);
    while (!flushed && code == WEBC_EXIT_OK) {
        int64_t now = webc__progress_clock();
        int64_t left_ms = (last + TICK_US - now + 999) / 1000;
        uint32_t seen = webc__signal_count();
        if (left_ms > 0 && webc__signal_poll(NULL, 0, (int)left_ms, seen) < 0 && webc__signal_count() > 0)
            code = webc__signal_exit_code();
        now = webc__progress_clock();
        if (now - last > row->gap_us)
            row->gap_us = now - last;
        last = now;
        for (;;) {
            int64_t before = webc__progress_clock();
            int32_t got = webc_events_next(events, 0, &event);
            time_call(row, before);
            if (got != 1)
                break;
            row->chunks += event.type == WEBC_EVENT_CHUNK;
            flushed = flushed || event.type == WEBC_EVENT_FLUSHED;
            if (event.type == WEBC_EVENT_ERROR)
                code = webc__report_error(WEBC_EXIT_CODEC, "ticker: %s: %s", row->codec, event.message);
        }
    }
    webc_event_clear(&event);
    return code;
}

static int run_row(ticker_row *row, uint32_t family)
{
    webc_video_encoder_config config;
    webc_video_encoder_params params;
    webc_support support;
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_config_init(&config, sizeof config);
    webc_video_encoder_params_init(&params, sizeof params);
    webc_support_init(&support, sizeof support);
    config.codec = row->codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    config.latency_mode = WEBC_LATENCY_MODE_QUALITY;
    if (webc_codec_string(family, WIDTH, HEIGHT, 30, 8, row->codec, sizeof row->codec) != WEBC_OK ||
        webc_video_encoder_is_config_supported(&config, &support) != WEBC_OK || !support.supported) {
        row->codec[0] = '\0';
        return WEBC_EXIT_OK; /* not in this FFmpeg */
    }
    snprintf(row->name, sizeof row->name, "%s", support.implementation);
    int64_t before = webc__progress_clock();
    webc_result result = webc_events_create(&events, NULL);
    if (result == WEBC_OK)
        result = webc_video_encoder_create(&encoder, events, &params);
    if (result == WEBC_OK)
        result = webc_video_encoder_configure(encoder, &config);
    time_call(row, before);
    int code = result == WEBC_OK ? queue_frames(row, encoder)
                                 : webc__report_error(WEBC_EXIT_CODEC, "ticker: %s", webc_error_message());
    if (code == WEBC_EXIT_OK)
        code = tick(row, events);
    before = webc__progress_clock();
    webc_video_encoder_destroy(&encoder);
    time_call(row, before);
    webc_events_destroy(&events);
    webc_drain_workers(-1);
    return code;
}

static int print_rows(const ticker_row *rows, size_t count, bool as_json)
{
    webc__json json;
    webc__json_begin(&json);
    webc__json_open(&json, NULL, '[');
    if (!as_json)
        printf("%-20s %-16s %8s %14s %16s\n", "codec", "encoder", "chunks", "largest gap", "longest call");
    for (size_t i = 0; i < count; i++) {
        const ticker_row *row = &rows[i];
        if (!row->codec[0])
            continue;
        if (!as_json)
            printf("%-20s %-16s %8u %11.2f ms %13.3f ms\n", row->codec, row->name, (unsigned)row->chunks,
                   (double)row->gap_us / 1000, (double)row->call_us / 1000);
        webc__json_open(&json, NULL, '{');
        webc__json_string(&json, "codec", row->codec);
        webc__json_string(&json, "implementation", row->name);
        webc__json_int(&json, "chunks", (int64_t)row->chunks);
        webc__json_int(&json, "largest_gap_us", row->gap_us);
        webc__json_int(&json, "longest_call_us", row->call_us);
        webc__json_close(&json, '}');
    }
    webc__json_close(&json, ']');
    if (as_json)
        return webc__json_print(&json);
    av_bprint_finalize(&json.text, NULL);
    return WEBC_EXIT_OK;
}

int webc__ticker_main(const webc__options *options)
{
    static const uint32_t families[] = {WEBC_CODEC_H264, WEBC_CODEC_HEVC, WEBC_CODEC_VP8, WEBC_CODEC_VP9,
                                        WEBC_CODEC_AV1};
    enum { COUNT = sizeof families / sizeof families[0] };
    ticker_row rows[COUNT];
    int code = WEBC_EXIT_OK;
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < COUNT && code == WEBC_EXIT_OK; i++)
        code = run_row(&rows[i], families[i]);
    if (code == WEBC_EXIT_OK)
        code = print_rows(rows, COUNT, options->json_report);
    return code;
}
