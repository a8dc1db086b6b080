/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: a whole decode by the linked FFmpeg. FUZZ_CODEC chooses the codec.
 *
 * Input: a byte of choices, a description with its length in two bytes when one of them says so, then chunks:
 * a byte of what to do, two bytes of length, the bytes.
 */
#include <libavutil/log.h>

#include "watch.h"

#define MOST_CHUNKS 24u
/* One input must end soon, whatever its headers promise. */
#define MOST_PIXELS (256u * 256)

static const char *const codec_strings[][4] = {
    [WEBC_CODEC_H264] = {"avc1.64001e", "avc3.42001e", "avc1.6e0028", "avc1.f4001e"},
    [WEBC_CODEC_HEVC] = {"hvc1.1.6.L93.B0", "hev1.1.6.L93.B0", "hvc1.2.4.L120.B0", "hev1.4.10.L120.B0"},
    [WEBC_CODEC_VP8] = {"vp8", "vp8", "vp8", "vp8"},
    [WEBC_CODEC_VP9] = {"vp09.00.10.08", "vp09.01.10.08", "vp09.02.10.10", "vp09.03.10.12"},
    [WEBC_CODEC_AV1] = {"av01.0.04M.08", "av01.0.04M.10", "av01.1.04M.08", "av01.2.04M.12"},
};

static void configure(watched *codec, uint8_t choices, const uint8_t *description, size_t size)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec_strings[FUZZ_CODEC][choices >> 6];
    config.description = size ? description : NULL;
    config.description_size = size;
    config.corruption = (choices & 3) % 3;
    config.optimize_for_latency = choices >> 2 & 1;
    config.thread_count = 1;
    watch_configure(codec, &config);
}

static void decode(watched *codec, uint8_t what, fuzz_input *in)
{
    size_t size;
    uint8_t *data = take_bytes(in, 65535, &size);
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = what & 1 ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY;
    params.timestamp = (int64_t)codec->accepted * 1000;
    MUST(webc_chunk_create(&chunk, &params, data, size) == WEBC_OK);
    free(data);
    watch_decode(codec, chunk);
    webc_chunk_unref(&chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static watch w;
    fuzz_input in = {data, size};
    uint8_t choices = take_byte(&in);
    size_t description_size = 0;
    uint8_t *description = choices & 8 ? take_bytes(&in, 4096, &description_size) : NULL;
    av_log_set_level(AV_LOG_QUIET);
    watch_begin(&w);
    watched *codec = &w.codecs[0];
    watch_create(codec, WEBC_MEDIA_VIDEO_DECODER, &webc__backend_ffmpeg,
                 &(watch_limits){.max_pixels = MOST_PIXELS});
    configure(codec, choices, description, description_size);
    for (unsigned i = 0; i < MOST_CHUNKS && in.size; i++) {
        uint8_t what = take_byte(&in);
        decode(codec, what, &in);
        if (what & 16) {
            watch_flush(codec);
            if (what & 32)
                watch_settle(&w);
        }
        if (what & 64)
            watch_take(&w, 0);
        if (what & 128) {
            watch_reset(codec);
            if (codec->state != WEBC_STATE_CLOSED)
                configure(codec, choices, description, description_size);
        }
    }
    watch_flush(codec);
    watch_settle(&w);
    watch_end(&w);
    free(description);
    return 0;
}
