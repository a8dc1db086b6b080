/* SPDX-License-Identifier: MIT */
/* An encoder under a libuv loop: the loop polls the handle of the events object and runs the callbacks. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <uv.h>
#include <webcodecs/webcodecs.h>

enum { WIDTH = 320, HEIGHT = 240, FRAMES = 30, SIZE = WIDTH * HEIGHT * 3 / 2 };

typedef struct job {
    uv_loop_t *loop;
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
    uv_stop(work->loop);
}

static void run_callbacks(uv_poll_t *poll, int status, int readable)
{
    (void)status;
    (void)readable;
    webc_events_dispatch(((job *)poll->data)->events);
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
    webc_result result = webc_codec_string(WEBC_CODEC_H264, WIDTH, HEIGHT, 30, 8, codec, sizeof codec);
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
    uv_loop_t loop;
    uv_poll_t poll;
    job work = {.loop = &loop};
    if (uv_loop_init(&loop) != 0)
        return 1;
    if (webc_events_create(&work.events, NULL) < 0 || start_encoder(&work) < 0) {
        fprintf(stderr, "%s\n", webc_error_message());
        return 1;
    }
    poll.data = &work;
    if (uv_poll_init(&loop, &poll, (int)webc_events_native_handle(work.events)) != 0 ||
        uv_poll_start(&poll, UV_READABLE, run_callbacks) != 0)
        return 1;
    uv_run(&loop, UV_RUN_DEFAULT);

    /* The loop lets go of the handle before the events object closes it. */
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    webc_video_encoder_destroy(&work.encoder);
    webc_events_destroy(&work.events);
    webc_drain_workers(-1);
    printf("%d chunks\n", work.chunks);
    return work.failed || work.chunks != FRAMES;
}
