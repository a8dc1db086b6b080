/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: sequences of calls on codecs that follow a script, read from the input as well: they delay,
 * reorder, lose, refuse and fail, and stop their workers at any point.
 */
#include "calls.h"
#include "scripted_backend.h"

/* A codec that was destroyed may still be ending when the next one of its slot is there: they share a script.
 */
static scripted scripts[WATCH_CODECS];
static unsigned started; /* scripts set up for this input */

static scripted *script_of(const watched *codec)
{
    return &scripts[codec - codec->watch->codecs];
}

static void read_script(scripted *script, fuzz_input *in)
{
    static const uint8_t orders[][4] = {{1, 0}, {2, 0, 1}, {3, 1, 0, 2}};
    uint8_t faults = take_byte(in);
    scripted_init(script);
    if (faults & 1)
        script->delay = take_below(in, 20);
    if (faults & 2)
        script->eagain_sends = take_u16(in);
    if (faults & 4)
        script->fail_at[take_below(in, SCRIPTED_POINTS)] = take_below(in, 10);
    if (faults & 8) {
        uint32_t which = take_below(in, 3);
        script->order = orders[which];
        script->order_size = which + 2;
    }
    if (faults & 16)
        script->drop_input = take_below(in, 10);
    if (faults & 32)
        script->double_input = take_below(in, 10);
    uint8_t kind = faults & 64 ? take_byte(in) : 0;
    script->always_eagain = kind % 16 == 1;
    script->always_invalid = kind % 16 == 2;
    script->shows_nothing = kind % 16 == 3;
    script->ignores_key_requests = kind & 16;
    script->holds_references = kind & 32;
}

static void create(watched *codec, fuzz_input *in)
{
    uint32_t slot = (uint32_t)(codec - codec->watch->codecs);
    uint8_t kind = take_byte(in);
    if (!(started & 1u << slot))
        read_script(&scripts[slot], in);
    started |= 1u << slot;
    webc__backend backend = scripted_backend(&scripts[slot]);
    watch_create(codec, kind & 1 ? WEBC_MEDIA_VIDEO_ENCODER : WEBC_MEDIA_VIDEO_DECODER, &backend,
                 &(watch_limits){.max_outputs = kind >> 1 & 3,
                                 .max_queue_size = kind >> 3 & 7,
                                 .max_output_bytes = kind & 64 ? 100 : 0,
                                 .watchdog_us = kind & 128 ? 1 + take_u16(in) % 2000 : 0});
    codec->exact = !scripts[slot].drop_input && !scripts[slot].shows_nothing;
}

static void configure(watched *codec, fuzz_input *in)
{
    static const char *const codecs[] = {"vp8", "vp8", "vp8", "vp8", "vp8", "vp08", "av1", " "};
    uint8_t kind = take_byte(in);
    if (codec->decoder) {
        webc_video_decoder_config config;
        webc_video_decoder_config_init(&config, sizeof config);
        config.codec = codecs[kind & 7];
        config.corruption = kind >> 3 & 3;
        if (config.corruption)
            codec->exact = false; /* what is refused is passed over */
        watch_configure(codec, &config);
        return;
    }
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codecs[kind & 7];
    config.width = config.height = SCRIPTED_SIDE;
    config.latency_mode = kind & 8 ? WEBC_LATENCY_MODE_REALTIME : WEBC_LATENCY_MODE_QUALITY;
    config.bitrate = kind & 16 ? 100000 : 0;
    config.exact_size = kind >> 5 & 1;
    watch_configure(codec, &config);
}

static void put_chunk(watched *codec, uint8_t kind, uint64_t number)
{
    uint8_t data[SCRIPTED_CHUNK_SIZE];
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = kind & 1 ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY;
    params.timestamp = (int64_t)number;
    scripted_fill_chunk(data, number, !(kind & 3));
    MUST(webc_chunk_create(&chunk, &params, data, kind & 4 ? kind % sizeof data : sizeof data) == WEBC_OK);
    watch_decode(codec, chunk);
    webc_chunk_unref(&chunk);
}

static void put_frame(watched *codec, uint8_t kind, uint64_t number)
{
    static const uint8_t pixels[SCRIPTED_SIDE * SCRIPTED_SIDE * 4];
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_video_encode_options options;
    webc_frame_params_init(&params, sizeof params);
    webc_video_encode_options_init(&options, sizeof options);
    params.format = kind & 2 ? WEBC_PIXEL_FORMAT_RGBA : WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = kind & 4 ? 8 : SCRIPTED_SIDE;
    params.timestamp = (int64_t)number;
    params.rotation = kind & 8 ? 90 : 0;
    options.key_frame = kind & 1;
    MUST(webc_frame_create(&frame, &params, pixels, sizeof pixels) == WEBC_OK);
    watch_encode(codec, frame, &options);
    webc_frame_unref(&frame);
}

static void put(watched *codec, fuzz_input *in)
{
    uint8_t kind = take_byte(in);
    if (codec->decoder)
        put_chunk(codec, kind, codec->accepted);
    else
        put_frame(codec, kind, codec->accepted);
}

static void gate(watched *codec, fuzz_input *in)
{
    uint8_t kind = take_byte(in);
    scripted_point point = (kind >> 1) % SCRIPTED_POINTS;
    if (kind & 1)
        scripted_release(script_of(codec), point);
    else
        scripted_park(script_of(codec), point);
}

static void let_go(watch *w)
{
    (void)w;
    for (unsigned i = 0; i < WATCH_CODECS; i++)
        for (int point = 0; started & 1u << i && point < SCRIPTED_POINTS; point++)
            scripted_release(&scripts[i], (scripted_point)point);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const calls_player player = {create, configure, put, gate, let_go, 150};
    fuzz_input in = {data, size};
    started = 0;
    calls_run(&player, &in);
    for (unsigned i = 0; i < WATCH_CODECS; i++) {
        MUST(scripted_live(&scripts[i]) == 0);
        pthread_cond_destroy(&scripts[i].changed);
        pthread_mutex_destroy(&scripts[i].lock);
    }
    return 0;
}
