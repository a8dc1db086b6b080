/* SPDX-License-Identifier: MIT */
/* poll_loop: an encoder beside other descriptors in a poll loop; epoll and select are the same. */
#include <poll.h>
#include <stdio.h>
#include <webcodecs/webcodecs.h>

static int done; /* this program has one thread */

static void count(void *user, const webc_event *event)
{
    (void)event;
    ++*(int *)user;
}

static void finish(void *user, const webc_event *event)
{
    (void)user;
    if (event->result)
        fprintf(stderr, "poll_loop: %s\n", event->message);
    done = event->result ? -1 : 1;
}

static webc_result queue_frames(webc_video_encoder *encoder)
{
    static const uint8_t grey[64 * 64 * 4];
    webc_result result = WEBC_OK;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_BGRX, params.coded_width = 64, params.coded_height = 64;
    for (int i = 0; i < 30 && !result; i++, params.timestamp += 33333) {
        webc_frame *frame = NULL;
        result = webc_frame_create(&frame, &params, grey, sizeof grey);
        if (!result)
            result = webc_video_encoder_encode(encoder, frame, NULL);
        webc_frame_unref(&frame);
    }
    return result ? result : webc_video_encoder_flush(encoder, 0);
}

/* Wait for the handle, then run the callbacks of what is queued. The handle is never read. */
static void run_loop(webc_events *events)
{
    struct pollfd fds = {.fd = (int)webc_events_native_handle(events), .events = POLLIN};
    while (!done && poll(&fds, 1, -1) >= 0)
        if (fds.revents & POLLIN)
            webc_events_dispatch(events);
}

int main(void)
{
    int chunks = 0;
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_params params;
    webc_video_encoder_params_init(&params, sizeof params);
    params.user = &chunks, params.output = count, params.error = finish, params.flushed = finish;
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "vp8", config.width = 64, config.height = 64;
    if (webc_events_create(&events, NULL) || webc_video_encoder_create(&encoder, events, &params) ||
        webc_video_encoder_configure(encoder, &config) || queue_frames(encoder))
        return fprintf(stderr, "poll_loop: %s\n", webc_error_message()), 1;
    run_loop(events);
    printf("%d chunks\n", chunks);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    return done == 1 && chunks == 30 ? 0 : 1;
}
