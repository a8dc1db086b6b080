/* SPDX-License-Identifier: MIT */
/* A program outside the tree: encodes ten frames, decodes the chunks, and counts both. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <webcodecs/webcodecs.h>

enum { WIDTH = 64, HEIGHT = 48, FRAMES = 10, SIZE = WIDTH * HEIGHT * 3 / 2 };

static int give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, webc_error_message());
    return 1;
}

static int encode_frames(webc_video_encoder *encoder)
{
    static uint8_t pixels[SIZE];
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = WIDTH;
    params.coded_height = HEIGHT;
    for (int i = 0; i < FRAMES; i++) {
        webc_frame *frame = NULL;
        memset(pixels, 40 + 10 * i, SIZE);
        params.timestamp = i * 33333;
        if (webc_frame_create(&frame, &params, pixels, SIZE) < 0)
            return give_up("frame");
        webc_result result = webc_video_encoder_encode(encoder, frame, NULL);
        webc_frame_unref(&frame);
        if (result < 0)
            return give_up("encode");
    }
    return webc_video_encoder_flush(encoder, 0) < 0 ? give_up("flush") : 0;
}

/* Chunks go straight to the decoder, which is configured with the first one's metadata. */
static int take_events(webc_events *events, webc_video_decoder *decoder, uint64_t encoder_id)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    int chunks = 0;
    int frames = 0;
    int flushes = 0;
    while (flushes < 2 && webc_events_next(events, -1, &event) == 1) {
        if (event.type == WEBC_EVENT_CHUNK) {
            chunks++;
            if (event.metadata->decoder_config &&
                webc_video_decoder_configure(decoder, event.metadata->decoder_config) < 0)
                return give_up("configure decoder");
            if (webc_video_decoder_decode(decoder, event.chunk, NULL) < 0)
                return give_up("decode");
        } else if (event.type == WEBC_EVENT_FRAME) {
            frames++;
        } else if (event.type == WEBC_EVENT_FLUSHED) {
            flushes++;
            if (event.codec_id == encoder_id && webc_video_decoder_flush(decoder, 0) < 0)
                return give_up("flush decoder");
        } else if (event.type == WEBC_EVENT_ERROR) {
            fprintf(stderr, "error: %s\n", event.message);
            return 1;
        }
    }
    webc_event_clear(&event);
    printf("%d chunks, %d frames\n", chunks, frames);
    return chunks == FRAMES && frames == FRAMES ? 0 : 1;
}

int main(void)
{
    char codec[32];
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    if (webc_codec_string(WEBC_CODEC_H264, WIDTH, HEIGHT, 30, 8, codec, sizeof codec) < 0)
        return give_up("codec string");
    config.codec = codec;
    config.width = WIDTH;
    config.height = HEIGHT;
    config.framerate = 30;
    if (webc_events_create(&events, NULL) < 0 || webc_video_encoder_create(&encoder, events, NULL) < 0 ||
        webc_video_decoder_create(&decoder, events, NULL) < 0 ||
        webc_video_encoder_configure(encoder, &config) < 0)
        return give_up("start");
    int status = encode_frames(encoder);
    if (status == 0)
        status = take_events(events, decoder, webc_video_encoder_id(encoder));
    webc_video_encoder_destroy(&encoder);
    webc_video_decoder_destroy(&decoder);
    webc_events_destroy(&events);
    if (webc_drain_workers(-1) < 0)
        return give_up("end");
    return status;
}
