/* SPDX-License-Identifier: MIT */
/* encode OUT.h264: two seconds of a moving gradient as H.264 in Annex B, which any player opens. */
#include <stdio.h>
#include <webcodecs/webcodecs.h>

int main(int argc, char **argv)
{
    static uint8_t pixels[320 * 240 * 4];
    FILE *out = fopen(argc > 1 ? argv[1] : "out.h264", "wb");
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "avc1.42001f", config.width = 320, config.height = 240, config.bitrate = 500000;
    config.avc_format = WEBC_BITSTREAM_FORMAT_ANNEXB;
    if (!out || webc_events_create(&events, NULL) || webc_video_encoder_create(&encoder, events, NULL) ||
        webc_video_encoder_configure(encoder, &config))
        return fprintf(stderr, "encode: %s\n", out ? webc_error_message() : "cannot write"), 1;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_RGBX, params.coded_width = 320, params.coded_height = 240;
    for (int i = 0; i < 60; i++, params.timestamp = i * 1000000LL / 30) {
        webc_frame *frame = NULL;
        for (int at = 0; at < 320 * 240 * 4; at++)
            pixels[at] = (uint8_t)(at / 8 + 4 * i * (at & 3));
        if (webc_frame_create(&frame, &params, pixels, sizeof pixels) ||
            webc_video_encoder_encode(encoder, frame, NULL))
            return fprintf(stderr, "encode: %s\n", webc_error_message()), 1;
        webc_frame_unref(&frame);
    }
    webc_video_encoder_flush(encoder, 0); /* like encode, it never waits */
    webc_event event = {.struct_size = sizeof event};
    while (webc_events_next(events, -1, &event) == 1 && event.type != WEBC_EVENT_FLUSHED)
        if (event.chunk)
            fwrite(webc_chunk_data(event.chunk), 1, webc_chunk_size(event.chunk), out);
    if (event.result)
        return fprintf(stderr, "encode: %s\n", event.message), 1;
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    webc_event_clear(&event);
    return fclose(out);
}
