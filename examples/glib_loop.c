/* SPDX-License-Identifier: MIT */
/* An encoder under a GLib main loop: the wakeup callback posts to the loop, which runs the callbacks. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <webcodecs/webcodecs.h>

enum { WIDTH = 320, HEIGHT = 240, FRAMES = 30, SIZE = WIDTH * HEIGHT * 3 / 2 };

typedef struct job {
    GMainLoop *loop;
    webc_events *events;
    webc_video_encoder *encoder;
    int chunks;
    int failed;
} job;

static void count_chunk(void *user, const webc_event *event)
{
    (void)event;
    ((job *)user)->chunks++;
}

static void end_loop(void *user, const webc_event *event)
{
    job *work = user;
    if (event->result < 0) {
        fprintf(stderr, "%s: %s\n", webc_result_name(event->result), event->message);
        work->failed = 1;
    }
    g_main_loop_quit(work->loop);
}

static gboolean run_callbacks(gpointer user)
{
    webc_events_dispatch(((job *)user)->events);
    return G_SOURCE_REMOVE;
}

/* On a thread of the library: it may only post. g_idle_add() is safe from any thread. */
static void wake_loop(void *user)
{
    g_idle_add(run_callbacks, user);
}

/* A diagonal ramp that moves by four samples a frame. */
static webc_frame *draw_frame(int number)
{
    static uint8_t pixels[SIZE];
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            pixels[y * WIDTH + x] = (uint8_t)(16 + (x + y + 4 * number) % 220);
    memset(pixels + WIDTH * HEIGHT, 128, SIZE - WIDTH * HEIGHT);
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    params.timestamp = number * 1000000LL / 30;
    webc_frame *frame = NULL;
    webc_frame_create(&frame, &params, pixels, SIZE);
    return frame;
}

static webc_result start_encoder(job *work)
{
    char codec[32];
    webc_video_encoder_params params;
    webc_video_encoder_config config;
    webc_video_encoder_params_init(&params, sizeof params);
    params.user = work;
    params.output = count_chunk;
    params.error = end_loop;
    params.flushed = end_loop;
    webc_video_encoder_config_init(&config, sizeof config);
    webc_result result = webc_codec_string(WEBC_CODEC_VP9, WIDTH, HEIGHT, 30, 8, codec, sizeof codec);
    config.codec = codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    if (result == WEBC_OK)
        result = webc_video_encoder_create(&work->encoder, work->events, &params);
    if (result == WEBC_OK)
        result = webc_video_encoder_configure(work->encoder, &config);
    for (int i = 0; i < FRAMES && result == WEBC_OK; i++) {
        webc_frame *frame = draw_frame(i);
        result = webc_video_encoder_encode(work->encoder, frame, NULL);
        webc_frame_unref(&frame);
    }
    return result == WEBC_OK ? webc_video_encoder_flush(work->encoder, 0) : result;
}

int main(void)
{
    job work = {.loop = g_main_loop_new(NULL, FALSE)};
    if (webc_events_create(&work.events, NULL) < 0 ||
        webc_events_set_wakeup(work.events, wake_loop, &work) < 0 || start_encoder(&work) < 0) {
        fprintf(stderr, "%s\n", webc_error_message());
        return 1;
    }
    g_main_loop_run(work.loop);

    /* No wakeup comes after this; what it posted before is taken off the loop. */
    webc_events_set_wakeup(work.events, NULL, NULL);
    while (g_idle_remove_by_data(&work))
        continue;
    webc_video_encoder_destroy(&work.encoder);
    webc_events_destroy(&work.events);
    webc_drain_workers(-1);
    g_main_loop_unref(work.loop);
    printf("%d chunks\n", work.chunks);
    return work.failed || work.chunks != FRAMES;
}
