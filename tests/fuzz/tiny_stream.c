/* SPDX-License-Identifier: MIT */
#include "tiny_stream.h"

void tiny_config(webc_video_encoder_config *config, uint32_t codec, uint32_t width, uint32_t height)
{
    static const char *const codecs[] = {
        [WEBC_CODEC_H264] = "avc1.64001e",  [WEBC_CODEC_HEVC] = "hvc1.1.6.L93.B0", [WEBC_CODEC_VP8] = "vp8",
        [WEBC_CODEC_VP9] = "vp09.00.30.08", [WEBC_CODEC_AV1] = "av01.0.05M.08",
    };
    webc_video_encoder_config_init(config, sizeof *config);
    config->codec = codecs[codec];
    config->width = width;
    config->height = height;
    config->latency_mode = WEBC_LATENCY_MODE_REALTIME;
    config->bitrate = 200000;
    config->thread_count = 1;
}

size_t tiny_picture_size(uint32_t format, uint32_t width, uint32_t height)
{
    static const unsigned shifts[][2] = {{1, 1}, {1, 0}, {0, 0}}; /* of chroma: 4:2:0, 4:2:2, 4:4:4 */
    size_t luma = (size_t)width * height;
    if (format >= WEBC_PIXEL_FORMAT_RGBA)
        return 4 * luma;
    if (format == WEBC_PIXEL_FORMAT_NV12)
        format = WEBC_PIXEL_FORMAT_I420; /* as many bytes */
    const unsigned *shift = shifts[(format - 1) / 6];
    size_t columns = (width + (1u << shift[0]) - 1) >> shift[0];
    size_t rows = (height + (1u << shift[1]) - 1) >> shift[1];
    size_t samples = luma * ((format - 1) % 6 < 3 ? 1 : 2) + 2 * columns * rows;
    return samples * ((format - 1) % 3 ? 2 : 1);
}

/* Blocks that move over a slope: every frame differs, and motion is found. */
static webc_frame *make_picture(const webc_video_encoder_config *config, uint32_t format, unsigned number)
{
    size_t size = tiny_picture_size(format, config->width, config->height);
    bool wide = format < WEBC_PIXEL_FORMAT_NV12 && (format - 1) % 3;
    uint8_t *pixels = malloc(size);
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    MUST(pixels);
    for (size_t i = 0; i < size; i++)
        pixels[i] = wide && i % 2 ? 1 : (uint8_t)((i + 3 * number) / 8 % 2 ? 40 + i % 64 : 200 - i % 32);
    params.format = format;
    params.coded_width = config->width;
    params.coded_height = config->height;
    params.timestamp = number * 33333;
    MUST(webc_frame_create(&frame, &params, pixels, size) == WEBC_OK);
    free(pixels);
    return frame;
}

static void keep_chunk(tiny_stream *out, const webc_event *event)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    MUST(webc_chunk_get_info(event->chunk, &info) == WEBC_OK && out->count < TINY_CHUNKS);
    tiny_chunk *chunk = &out->chunks[out->count++];
    *chunk = (tiny_chunk){malloc(info.size), info.size, info.type == WEBC_CHUNK_KEY};
    MUST(chunk->data);
    memcpy(chunk->data, info.data, info.size);
    const webc_video_decoder_config *config = event->metadata->decoder_config;
    if (config && !out->codec[0]) {
        snprintf(out->codec, sizeof out->codec, "%s", config->codec);
        MUST(config->description_size <= sizeof out->description);
        out->description_size = (size_t)config->description_size;
        if (out->description_size)
            memcpy(out->description, config->description, out->description_size);
    }
}

bool tiny_stream_make(tiny_stream *out, const webc_video_encoder_config *config, uint32_t format)
{
    webc_events *events = NULL;
    webc_video_encoder *encoder = NULL;
    webc_event event;
    webc_event_init(&event, sizeof event);
    *out = (tiny_stream){0};
    MUST(webc_events_create(&events, NULL) == WEBC_OK);
    MUST(webc_video_encoder_create(&encoder, events, NULL) == WEBC_OK);
    MUST(webc_video_encoder_configure(encoder, config) == WEBC_OK);
    for (unsigned i = 0; i < TINY_CHUNKS / 2; i++) {
        webc_video_encode_options options;
        webc_video_encode_options_init(&options, sizeof options);
        options.key_frame = i == 3;
        webc_frame *frame = make_picture(config, format, i);
        MUST(webc_video_encoder_encode(encoder, frame, &options) == WEBC_OK);
        webc_frame_unref(&frame);
    }
    MUST(webc_video_encoder_flush(encoder, 0) == WEBC_OK);
    while (webc_events_next(events, -1, &event) >= 0 && event.type != WEBC_EVENT_FLUSHED)
        if (event.chunk)
            keep_chunk(out, &event);
    bool made = event.result == WEBC_OK && out->count > 0;
    if (!made)
        fprintf(stderr, "no stream of %s: %s\n", config->codec, event.message ? event.message : "no output");
    webc_event_clear(&event);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    MUST(webc_drain_workers(-1) == WEBC_OK);
    return made;
}
