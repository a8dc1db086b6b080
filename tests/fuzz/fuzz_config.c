/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: configs of any size and content. What isConfigSupported says and what configure and a flush
 * then do must agree, on a backend that opens everything.
 */
#include "scripted_backend.h"
#include "watch.h"

static scripted script;

/* The scripted backend takes one pixel format, and configs ask for others. */
static int open_encoder(void *user, const webc__encoder_setup *setup, void **out)
{
    webc__encoder_setup any = *setup;
    any.pix_fmt = AV_PIX_FMT_YUV420P;
    return scripted_backend(&script).ops->open_encoder(user, &any, out);
}

static void seek_truth(const void *config, uint32_t media, webc_result asked, bool supported)
{
    static watch w;
    webc__backend_ops ops = *scripted_backend(&script).ops;
    ops.open_encoder = open_encoder;
    webc__backend backend = {.ops = &ops, .user = &script};
    scripted_init(&script);
    watch_begin(&w);
    watched *codec = &w.codecs[0];
    watch_create(codec, media, &backend, &(watch_limits){0});
    MUST(watch_configure(codec, config) == asked);
    if (!asked) {
        watch_flush(codec);
        watch_settle(&w);
        MUST(codec->failed == !supported);
    }
    watch_end(&w);
    MUST(scripted_live(&script) == 0);
    pthread_cond_destroy(&script.changed);
    pthread_mutex_destroy(&script.lock);
}

/* Most texts are one of those that mean something, some are any bytes. */
static char *take_text(fuzz_input *in, const char *const *known, uint32_t count)
{
    uint8_t kind = take_byte(in);
    if (kind == 255)
        return NULL;
    if (kind < 160)
        return strdup(known[kind % count]);
    size_t size = take_below(in, 64);
    char *text = (char *)take_block(in, size + 1);
    text[size] = '\0';
    return text;
}

static char *take_codec(fuzz_input *in)
{
    static const char *const known[] = {
        "avc1.42001e",
        "avc1.640028",
        "avc3.6e0028",
        "avc1.f40034",
        "avc1.42e00a",
        "hvc1.1.6.L93.B0",
        "hev1.2.4.L120.90",
        "hvc1.4.10.H156",
        "vp8",
        "vp09.00.10.08",
        "vp09.02.41.10.01.09.16.09.01",
        "vp09.03.62.12",
        "av01.0.04M.08",
        "av01.0.13H.10.0.112.09.16.09.0",
        "av01.2.23M.12",
        "vp08",
        "mp4a.40.2",
    };
    return take_text(in, known, sizeof known / sizeof *known);
}

/* The config in a block of as many bytes as it says it has: a member more would be read past its end. */
static void *take_sized(fuzz_input *in, const void *config, uint32_t size)
{
    uint8_t kind = take_byte(in);
    uint32_t given = size;
    if (kind >= 250)
        given = take_below(in, 12);
    else if (kind >= 160)
        given = 8 + take_below(in, 2 * size);
    uint8_t *block = calloc(1, given < 4 ? 4 : given);
    MUST(block);
    memcpy(block, config, given < size ? (given < 4 ? 4 : given) : size);
    memcpy(block, &given, sizeof given);
    if (given > size && kind & 1)
        block[size + kind % (given - size)] = kind;
    return block;
}

static void try_decoder(fuzz_input *in)
{
    webc_video_decoder_config config;
    webc_video_decoder_config_init(&config, sizeof config);
    char *codec = take_codec(in);
    uint8_t kind = take_byte(in);
    size_t size = 0;
    uint8_t *description = kind & 1 ? take_bytes(in, 4096, &size) : NULL;
    config.codec = codec;
    config.description = description;
    config.description_size = kind & 2 ? take_u64(in) >> take_below(in, 64) : size;
    if (config.description && config.description_size > size && config.description_size <= 1 << 24)
        config.description_size = size; /* to lie about one's own memory is no input */
    if (kind & 4) {
        config.coded_width = take_size(in);
        config.coded_height = take_size(in);
        config.display_aspect_width = take_size(in);
        config.display_aspect_height = take_size(in);
    }
    if (kind & 8)
        config.color_space = (webc_color_space){take_u16(in), take_size(in), take_u16(in), take_below(in, 4)};
    if (kind & 16) {
        config.hardware_acceleration = take_below(in, 4);
        config.optimize_for_latency = take_below(in, 3);
        config.rotation = (int32_t)take_u32(in);
        config.flip = take_below(in, 3);
        config.thread_count = take_size(in);
        config.corruption = take_below(in, 4);
    }
    webc_video_decoder_config echo;
    webc_video_decoder_config_init(&echo, sizeof echo);
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_decoder_config *sized = take_sized(in, &config, sizeof config);
    webc_result asked = webc_video_decoder_is_config_supported(sized, &support);
    MUST(asked == WEBC_OK || asked == WEBC_ERROR_TYPE);
    MUST(webc_video_decoder_config_echo(sized, &echo) == asked);
    MUST(asked || !support.supported == !!*support.reason);
    seek_truth(sized, WEBC_MEDIA_VIDEO_DECODER, asked, support.supported);
    free(sized);
    free(description);
    free(codec);
}

static void try_encoder(fuzz_input *in)
{
    static const char *const modes[] = {"", "L1T1", "L1T2", "L1T3", "L2T1", "S2T1"};
    static const char *const hints[] = {"", "detail", "text", "motion"};
    static const char *const presets[] = {"superfast", "8", "5", "ultrafast"};
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    char *codec = take_codec(in);
    uint8_t kind = take_byte(in);
    char *mode = kind & 1 ? take_text(in, modes, 6) : NULL;
    char *hint = kind & 2 ? take_text(in, hints, 4) : NULL;
    uint64_t framerate = kind & 4 ? take_u64(in) : 0;
    char *preset = take_below(in, 4) ? NULL : take_text(in, presets, 4);
    config.codec = codec;
    config.preset = preset;
    config.scalability_mode = mode;
    config.content_hint = hint;
    config.width = take_size(in);
    config.height = take_size(in);
    memcpy(&config.framerate, &framerate, sizeof framerate);
    if (kind & 8)
        config.bitrate = take_u64(in) >> take_below(in, 64);
    if (kind & 16) {
        config.display_width = take_size(in);
        config.display_height = take_size(in);
        config.hardware_acceleration = take_below(in, 4);
        config.exact_size = take_below(in, 3);
        config.reserved = take_byte(in) == 255;
    }
    if (kind & 32) {
        config.key_interval = take_size(in);
        config.b_frames = take_size(in);
        config.thread_count = take_size(in);
    }
    if (kind & 64) {
        config.alpha = take_below(in, 3);
        config.avc_format = take_below(in, 4);
        config.hevc_format = take_below(in, 4);
    }
    config.bitrate_mode = take_below(in, 5);
    config.latency_mode = take_below(in, 4);
    webc_video_encoder_config echo;
    webc_video_encoder_config_init(&echo, sizeof echo);
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_encoder_config *sized = take_sized(in, &config, sizeof config);
    webc_result asked = webc_video_encoder_is_config_supported(sized, &support);
    MUST(asked == WEBC_OK || asked == WEBC_ERROR_TYPE);
    MUST(webc_video_encoder_config_echo(sized, &echo) == asked);
    MUST(asked || !support.supported == !!*support.reason);
    seek_truth(sized, WEBC_MEDIA_VIDEO_ENCODER, asked, support.supported);
    free(sized);
    free(mode);
    free(hint);
    free(preset);
    free(codec);
}

/* What is chosen for a size must hold that size. */
static void try_choice(fuzz_input *in)
{
    char text[33];
    uint64_t framerate = take_u64(in);
    uint32_t codec = take_below(in, 7);
    uint32_t size = take_below(in, sizeof text);
    webc_video_decoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_decoder_config_init(&config, sizeof config);
    config.coded_width = take_size(in);
    config.coded_height = take_size(in);
    double rate;
    memcpy(&rate, &framerate, sizeof rate);
    memset(text, 'x', sizeof text);
    webc_result result =
        webc_codec_string(codec, config.coded_width, config.coded_height, rate, take_below(in, 16), text, size);
    MUST(text[size] == 'x');
    if (result)
        return;
    config.codec = text;
    MUST(webc_video_decoder_is_config_supported(&config, &support) == WEBC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    switch (take_below(&in, 5)) {
    case 0:
    case 1:
        try_decoder(&in);
        break;
    case 2:
    case 3:
        try_encoder(&in);
        break;
    default:
        try_choice(&in);
        break;
    }
    return 0;
}
