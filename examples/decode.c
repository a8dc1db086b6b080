/* SPDX-License-Identifier: MIT */
/* decode IN.ivf: prints a line per picture of a VP8, VP9 or AV1 stream. */
#include <stdio.h>
#include <webcodecs/webcodecs.h>

int main(int argc, char **argv)
{
    static uint8_t head[32], at[12], data[1 << 22];
    FILE *in = fopen(argc > 1 ? argv[1] : "in.ivf", "rb");
    webc_events *events = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    if (!in || !fread(head, sizeof head, 1, in))
        return fprintf(stderr, "decode: no IVF file to read\n"), 1;
    config.codec = head[10] == '8' ? "vp8" : head[10] == '9' ? "vp09.00.10.08" : "av01.0.04M.08";
    if (webc_events_create(&events, NULL) || webc_video_decoder_create(&decoder, events, NULL) ||
        webc_video_decoder_configure(decoder, &config))
        return fprintf(stderr, "decode: %s\n", webc_error_message()), 1;
    webc_chunk_params params = {sizeof params, WEBC_CHUNK_KEY, 0, 0, 0};
    for (; fread(at, sizeof at, 1, in); params.timestamp++, params.type = WEBC_CHUNK_DELTA) {
        webc_chunk *chunk = NULL;
        size_t size = at[0] | at[1] << 8 | at[2] << 16 | (size_t)at[3] << 24;
        if (size > sizeof data || fread(data, 1, size, in) != size)
            return fprintf(stderr, "decode: the file is cut or damaged\n"), 1;
        if (webc_chunk_create(&chunk, &params, data, size) || webc_video_decoder_decode(decoder, chunk, NULL))
            return fprintf(stderr, "decode: %s\n", webc_error_message()), 1;
        webc_chunk_unref(&chunk);
    }
    webc_video_decoder_flush(decoder, 0); /* like decode, it never waits */
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (webc_events_next(events, -1, &event) == 1 && event.type != WEBC_EVENT_FLUSHED)
        if (event.frame)
            printf("frame at %lld\n", (long long)webc_frame_timestamp(event.frame));
    if (event.result)
        return fprintf(stderr, "decode: %s\n", event.message), 1;
    webc_video_decoder_destroy(&decoder);
    webc_events_destroy(&events);
    webc_event_clear(&event);
    return fclose(in);
}
