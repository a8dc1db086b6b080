/* SPDX-License-Identifier: MIT */
/* libFuzzer target: sequences of calls on decoders and encoders of the linked FFmpeg, all codecs in turn. */
#include <libavutil/log.h>

#include "calls.h"
#include "tiny_stream.h"

#define SIDE 32u
#define FIRST WEBC_CODEC_H264
#define CODECS WEBC_CODEC_AV1

static tiny_stream streams[CODECS + 1];
static uint32_t configured[WATCH_CODECS]; /* codec family of each slot's last config */

static void make_streams(void)
{
    if (streams[WEBC_CODEC_VP8].count)
        return;
    av_log_set_level(AV_LOG_QUIET);
    for (uint32_t codec = FIRST; codec <= CODECS; codec++) {
        webc_video_encoder_config config;
        tiny_config(&config, codec, SIDE, SIDE);
        tiny_stream_make(&streams[codec], &config, WEBC_PIXEL_FORMAT_I420);
    }
}

static uint32_t *slot_of(const watched *codec)
{
    return &configured[codec - codec->watch->codecs];
}

static void create(watched *codec, fuzz_input *in)
{
    uint8_t kind = take_byte(in);
    *slot_of(codec) = WEBC_CODEC_VP8;
    watch_create(codec, kind & 1 ? WEBC_MEDIA_VIDEO_ENCODER : WEBC_MEDIA_VIDEO_DECODER, &webc__backend_ffmpeg,
                 &(watch_limits){.max_outputs = kind >> 1 & 3,
                                 .max_queue_size = kind >> 3 & 7,
                                 .max_output_bytes = kind & 64 ? 1000 : 0,
                                 .max_pixels = 64u * 64});
}

static void configure_decoder(watched *codec, uint32_t family, uint8_t kind)
{
    const tiny_stream *stream = &streams[family];
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = kind & 1 || !stream->count ? "vp08" : stream->codec;
    config.description = stream->description;
    config.description_size = kind & 2 ? 0 : stream->description_size;
    config.corruption = (kind >> 2 & 3) % 3;
    config.optimize_for_latency = kind >> 4 & 1;
    config.thread_count = kind & 32 ? 2 : 1;
    watch_configure(codec, &config);
}

static void configure_encoder(watched *codec, uint32_t family, uint8_t kind, fuzz_input *in)
{
    webc_video_encoder_config config;
    uint32_t side = kind & 1 ? SIDE / 2 : SIDE;
    tiny_config(&config, family, side, side);
    if (kind & 2)
        config.bitrate = 1000u * take_u16(in);
    if (kind & 4)
        config.latency_mode = WEBC_LATENCY_MODE_QUALITY;
    config.bitrate_mode = kind >> 3 & 3;
    if (kind & 32 && (family == WEBC_CODEC_VP8 || family == WEBC_CODEC_VP9))
        config.scalability_mode = "L1T2";
    if (kind & 64)
        config.alpha = WEBC_ALPHA_KEEP;
    config.exact_size = kind >> 7;
    watch_configure(codec, &config);
}

static void configure(watched *codec, fuzz_input *in)
{
    uint32_t family = FIRST + take_below(in, CODECS);
    uint8_t kind = take_byte(in);
    *slot_of(codec) = family;
    if (codec->decoder)
        configure_decoder(codec, family, kind);
    else
        configure_encoder(codec, family, kind, in);
}

/* A chunk of the configured codec or of another, whole, cut off or damaged, with a true label or a false one.
 */
static void put_chunk(watched *codec, uint8_t kind, fuzz_input *in)
{
    uint32_t family = kind & 64 ? FIRST + take_below(in, CODECS) : *slot_of(codec);
    const tiny_stream *stream = &streams[family];
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    if (!stream->count)
        return;
    const tiny_chunk *source = &stream->chunks[(kind & 3) % stream->count];
    size_t size = kind & 8 ? take_u16(in) % (source->size + 1) : source->size;
    uint8_t *data = malloc(size ? size : 1);
    MUST(data);
    memcpy(data, source->data, size);
    if (kind & 16 && size)
        data[take_u16(in) % size] ^= (uint8_t)(1u << take_below(in, 8));
    params.type = source->key != !!(kind & 32) ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA;
    params.timestamp = (int64_t)take_byte(in) * 1000;
    MUST(webc_chunk_create(&chunk, &params, data, size) == WEBC_OK);
    free(data);
    watch_decode(codec, chunk);
    webc_chunk_unref(&chunk);
}

static void put_frame(watched *codec, uint8_t kind, fuzz_input *in)
{
    static const uint32_t formats[] = {WEBC_PIXEL_FORMAT_I420, WEBC_PIXEL_FORMAT_RGBA, WEBC_PIXEL_FORMAT_I420A,
                                       WEBC_PIXEL_FORMAT_I444P10};
    static uint8_t pixels[SIDE * SIDE * 8];
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_video_encode_options options;
    webc_frame_params_init(&params, sizeof params);
    webc_video_encode_options_init(&options, sizeof options);
    params.format = kind & 8 ? formats[kind & 3] : WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = kind & 4 ? SIDE / 2 : SIDE;
    params.timestamp = (int64_t)take_byte(in) * 1000;
    params.rotation = kind & 128 ? 90 : 0;
    options.key_frame = kind >> 4 & 1;
    options.has_quantizer = kind >> 5 & 1;
    options.quantizer = kind;
    memset(pixels, kind & 64 ? 1 : 0, sizeof pixels);
    MUST(webc_frame_create(&frame, &params, pixels, sizeof pixels) == WEBC_OK);
    watch_encode(codec, frame, &options);
    webc_frame_unref(&frame);
}

static void put(watched *codec, fuzz_input *in)
{
    uint8_t kind = take_byte(in);
    if (codec->decoder)
        put_chunk(codec, kind, in);
    else
        put_frame(codec, kind, in);
}

static void let_go(watch *w)
{
    (void)w; /* real codecs cannot be held */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const calls_player player = {create, configure, put, NULL, let_go, 24};
    fuzz_input in = {data, size};
    make_streams();
    calls_run(&player, &in);
    return 0;
}
