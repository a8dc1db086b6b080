/* SPDX-License-Identifier: MIT */
/* libFuzzer target: a session of the linked FFmpeg's encoders. FUZZ_CODEC chooses the codec. */
#include <libavutil/log.h>

#include "tiny_stream.h"
#include "watch.h"

#define MOST_CALLS 24u
#define MOST_FRAMES 10u
#define MOST_SIDE 96u

/* Tags are the number of the frame; this bit is set where a key frame was asked for. */
#define KEY_ASKED (UINT64_C(1) << 32)

static struct {
    uint32_t sent; /* bit by number */
    uint32_t seen;
    bool any_dts; /* since the last reset */
    int64_t last_dts;
    bool may_drop; /* a config of this session lets frames be left out, or some were cut off */
} frames;

static void check_output(watched *codec, const webc_event *event)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    MUST(webc_chunk_get_info(event->chunk, &info) == WEBC_OK);
    uint32_t bit = 1u << (event->tag & 31);
    MUST(frames.sent & bit && !(frames.seen & bit));
    frames.seen |= bit;
    MUST(info.timestamp == (int64_t)(event->tag & 31) * 1000);
    MUST(!(event->tag & KEY_ASKED) || info.type == WEBC_CHUNK_KEY);
    if (event->metadata->has_dts) {
        MUST(event->metadata->dts <= info.timestamp);
        MUST(!frames.any_dts || event->metadata->dts > frames.last_dts);
        frames.any_dts = true;
        frames.last_dts = event->metadata->dts;
    }
    (void)codec;
}

static uint32_t take_side(fuzz_input *in)
{
    return 1 + take_byte(in) % MOST_SIDE;
}

static const char *take_codec(fuzz_input *in, char *text, uint32_t size,
                              const webc_video_encoder_config *config)
{
    static const uint32_t depths[] = {8, 10, 12};
    static const char *const others[][4] = {
        [WEBC_CODEC_H264] = {"avc1.42001e", "avc1.f4001e", "avc1.7a0028", "avc1.4d400a"},
        [WEBC_CODEC_HEVC] = {"hvc1.1.6.L30.B0", "hev1.2.4.L120.B0", "hvc1.1.6.H120.B0", "hvc1.4.10.L93.B0"},
        [WEBC_CODEC_VP8] = {"vp8", "vp8", "vp8", "vp8"},
        [WEBC_CODEC_VP9] = {"vp09.01.10.08", "vp09.03.10.10.01.09.16.09.01", "vp09.01.10.08.03",
                            "vp09.02.10.12"},
        [WEBC_CODEC_AV1] = {"av01.1.04M.08", "av01.0.04M.10.0.112.09.16.09.0", "av01.2.04M.12",
                            "av01.0.00M.08"},
    };
    uint8_t kind = take_byte(in);
    if (kind & 1)
        return others[FUZZ_CODEC][kind >> 1 & 3];
    webc_result result = webc_codec_string(FUZZ_CODEC, config->width, config->height, config->framerate,
                                           depths[(kind >> 1 & 3) % 3], text, size);
    return result ? others[FUZZ_CODEC][0] : text;
}

static void configure(watched *codec, fuzz_input *in)
{
    static const char *const modes[] = {NULL, "", "L1T1", "L1T2", "L1T3", "L1T2", "L1T3", "L2T1"};
    static const char *const hints[] = {NULL, "detail", "text", "motion"};
    static const char *const presets[] = {NULL, NULL, "superfast", "ultrafast", "veryfast", "8", "7", "5"};
    char text[32];
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.width = take_side(in);
    config.height = take_side(in);
    uint8_t kind = take_byte(in);
    if (!(kind & 1)) { /* most encoders take even sizes only */
        config.width += config.width & 1;
        config.height += config.height & 1;
    }
    config.framerate = kind & 2 ? take_byte(in) / 4.0 : 0;
    config.bitrate = kind & 4 ? (uint64_t)take_u16(in) * 64 : 0;
    config.latency_mode = kind & 8 ? WEBC_LATENCY_MODE_REALTIME : WEBC_LATENCY_MODE_QUALITY;
    config.bitrate_mode = kind >> 4 & 3;
    config.alpha = kind >> 6 & 1;
    if (kind & 128) {
        uint8_t more = take_byte(in);
        config.scalability_mode = modes[more & 7];
        config.content_hint = hints[more >> 3 & 3];
        config.avc_format = more >> 5 & 1;
        config.hevc_format = more >> 5 & 1;
        config.exact_size = more >> 6 & 1;
        config.key_interval = take_below(in, 6);
        config.preset = presets[take_below(in, 8)];
        config.b_frames = more & 128 ? take_below(in, 5) : 0;
    }
    config.codec = take_codec(in, text, sizeof text, &config);
    config.thread_count = 1;
    frames.may_drop |= config.latency_mode == WEBC_LATENCY_MODE_REALTIME;
    watch_configure(codec, &config);
}

/* Pixels that repeat a few bytes of the input, or a slope. */
static uint8_t *take_picture(fuzz_input *in, size_t size, size_t most)
{
    size_t given = most < in->size ? most : in->size;
    uint8_t *picture = malloc(size);
    MUST(picture);
    for (size_t i = 0; i < size; i++)
        picture[i] = given ? in->data[i % given] : (uint8_t)(i * 7);
    in->data += given;
    in->size -= given;
    return picture;
}

static void encode(watched *codec, fuzz_input *in, unsigned number)
{
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_video_encode_options options;
    webc_frame_params_init(&params, sizeof params);
    webc_video_encode_options_init(&options, sizeof options);
    uint8_t kind = take_byte(in);
    params.format = 1 + take_below(in, WEBC_PIXEL_FORMAT_BGRX);
    params.coded_width = take_side(in);
    params.coded_height = take_side(in);
    params.timestamp = number * 1000;
    params.rotation = kind & 8 ? 90 : 0;
    if (kind & 16) {
        params.has_color_space = 1;
        params.color_space =
            (webc_color_space){take_below(in, 24), take_below(in, 24), take_below(in, 16), kind >> 6 & 1};
    }
    options.key_frame = kind & 1;
    options.has_quantizer = kind >> 1 & 1;
    options.quantizer = options.has_quantizer ? take_byte(in) : 0;
    options.tag = number | (kind & 1 ? KEY_ASKED : 0);
    size_t size = tiny_picture_size(params.format, params.coded_width, params.coded_height);
    uint8_t *picture = take_picture(in, size, kind & 4 ? 0 : 64);
    webc_result made = webc_frame_create(&frame, &params, picture, size);
    free(picture);
    if (made)
        return; /* I420AP12, or a matrix that does not fit */
    frames.sent |= 1u << number;
    if (watch_encode(codec, frame, &options))
        frames.sent &= ~(1u << number);
    webc_frame_unref(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static watch w;
    fuzz_input in = {data, size};
    unsigned sent = 0;
    memset(&frames, 0, sizeof frames);
    av_log_set_level(AV_LOG_QUIET);
    watch_begin(&w);
    w.check_output = check_output;
    watched *codec = &w.codecs[0];
    watch_create(codec, WEBC_MEDIA_VIDEO_ENCODER, &webc__backend_ffmpeg,
                 &(watch_limits){.max_pixels = MOST_SIDE * MOST_SIDE});
    configure(codec, &in);
    for (unsigned i = 0; i < MOST_CALLS && in.size; i++) {
        uint8_t call = take_byte(&in);
        if (call % 8 < 4 && sent < MOST_FRAMES) {
            encode(codec, &in, sent++);
        } else if (call % 8 == 4) {
            configure(codec, &in);
        } else if (call % 8 == 5) {
            watch_flush(codec);
            if (call & 8)
                watch_settle(&w);
        } else if (call % 8 == 6) {
            frames.may_drop = true;
            frames.any_dts = false;
            watch_reset(codec);
            if (codec->state != WEBC_STATE_CLOSED)
                configure(codec, &in);
        } else {
            watch_take(&w, 0);
        }
    }
    watch_flush(codec);
    watch_settle(&w);
    MUST(codec->failed || frames.may_drop || frames.seen == frames.sent);
    watch_end(&w);
    return 0;
}
