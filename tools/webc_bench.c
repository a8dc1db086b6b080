/* SPDX-License-Identifier: MIT */
/*
 * webc bench: engine and plain loop alternate, and the loop runs twice per round, so that every run also says
 * how far apart two equal things were on this machine. A run in which they were too far apart is void and
 * repeated.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "webc_bench.h"
#include "webc_json.h"
#include "webc_reader.h"
#include "webc_recode.h"

#define MAX_ATTEMPTS 3u
#define VOID_SPREAD 0.06
#define MAX_FRAMES 600u
/** Pictures held for encoding are limited by memory as well. */
#define MAX_FRAME_BYTES (UINT64_C(512) << 20)

enum { ENGINE, LOOP_A, LOOP_B, RUNNERS };

typedef struct spread {
    double p10;
    double median;
    double p90;
} spread;

typedef struct bench_result {
    spread engine_cpu; /* loop time / engine time: above 1 the engine is faster */
    spread engine_wall;
    spread loop_cpu; /* loop B time / loop A time */
    spread loop_wall;
    spread fps[2];     /* engine, loop; wall */
    spread first_s[2]; /* engine, loop */
    uint64_t outputs;
    uint64_t bytes[2]; /* engine, loop; encode */
    bool is_void;
    uint32_t attempts;
} bench_result;

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static spread measure_spread(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    size_t low = (count - 1) / 10;
    double middle = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    return (spread){.p10 = values[low], .median = middle, .p90 = values[count - 1 - low]};
}

static double divide(double a, double b)
{
    return b > 0 ? a / b : 1;
}

static void summarise(bench_result *result, const webc__bench_sample (*samples)[RUNNERS], size_t rounds,
                      double *values)
{
    struct {
        spread *out;
        int kind;
    } rows[] = {{&result->engine_cpu, 0}, {&result->engine_wall, 1}, {&result->loop_cpu, 2},
                {&result->loop_wall, 3},  {&result->fps[0], 4},      {&result->fps[1], 5},
                {&result->first_s[0], 6}, {&result->first_s[1], 7}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t r = 0; r < rounds; r++) {
            const webc__bench_sample *engine = &samples[r][ENGINE];
            const webc__bench_sample *a = &samples[r][LOOP_A];
            const webc__bench_sample *b = &samples[r][LOOP_B];
            const double figures[] = {
                divide((a->cpu_s + b->cpu_s) / 2, engine->cpu_s),
                divide((a->wall_s + b->wall_s) / 2, engine->wall_s),
                divide(b->cpu_s, a->cpu_s),
                divide(b->wall_s, a->wall_s),
                divide((double)engine->outputs, engine->wall_s),
                divide((double)a->outputs, a->wall_s),
                engine->first_s,
                a->first_s,
            };
            values[r] = figures[rows[i].kind];
        }
        *rows[i].out = measure_spread(values, rounds);
    }
    result->outputs = samples[0][ENGINE].outputs;
    result->bytes[0] = samples[0][ENGINE].bytes;
    result->bytes[1] = samples[0][LOOP_A].bytes;
    result->is_void = result->loop_cpu.p90 - result->loop_cpu.p10 > VOID_SPREAD;
}

static int run_rounds(const webc__bench_work *work, size_t rounds, webc__bench_sample (*samples)[RUNNERS])
{
    webc__bench_sample warm_up;
    int code = webc__bench_run_engine(work, &warm_up);
    if (code == WEBC_EXIT_OK)
        code = webc__bench_run_loop(work, &warm_up);
    for (size_t r = 0; r < rounds && code == WEBC_EXIT_OK; r++) {
        /* Who comes first changes from round to round: heat and frequency steps hit all three alike. */
        for (size_t k = 0; k < RUNNERS && code == WEBC_EXIT_OK; k++) {
            size_t who = (r + k) % RUNNERS;
            code = who == ENGINE ? webc__bench_run_engine(work, &samples[r][who])
                                 : webc__bench_run_loop(work, &samples[r][who]);
        }
        if (code == WEBC_EXIT_OK && webc__signal_count() > 0)
            code = webc__signal_exit_code();
        if (code == WEBC_EXIT_OK && samples[r][ENGINE].outputs != samples[r][LOOP_A].outputs)
            code = webc__report_error(WEBC_EXIT_VERIFY,
                                      "bench: the engine gave %" PRIu64 " outputs, the loop %" PRIu64,
                                      samples[r][ENGINE].outputs, samples[r][LOOP_A].outputs);
    }
    return code;
}

static int run_bench(const webc__bench_work *work, size_t rounds, bench_result *result)
{
    webc__bench_sample(*samples)[RUNNERS] = av_calloc(rounds, sizeof *samples);
    double *values = av_calloc(rounds, sizeof *values);
    int code = samples && values ? WEBC_EXIT_OK : webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    while (code == WEBC_EXIT_OK && result->attempts < MAX_ATTEMPTS) {
        result->attempts++;
        code = run_rounds(work, rounds, samples);
        if (code != WEBC_EXIT_OK)
            break;
        summarise(result, (const webc__bench_sample(*)[RUNNERS])samples, rounds, values);
        if (!result->is_void)
            break;
        webc__report_notice("run %u is void: loop/loop CPU time spread %.1f %%, at most %.0f %% is allowed",
                            (unsigned)result->attempts, (result->loop_cpu.p90 - result->loop_cpu.p10) * 100,
                            VOID_SPREAD * 100);
    }
    av_free(values);
    av_free(samples);
    return code;
}

static void print_row(const char *name, const spread *row, double scale, const char *unit)
{
    printf("  %-26s %10.3f %10.3f %10.3f %s\n", name, row->p10 * scale, row->median * scale, row->p90 * scale,
           unit);
}

static void print_text(const webc__bench_work *work, const bench_result *result, size_t rounds,
                       const char *path)
{
    printf("%s %s with %s, %zu %s, %u thread%s, %zu rounds%s\n", work->encode ? "encode" : "decode", path,
           work->name, work->encode ? work->frame_count : work->packet_count,
           work->encode ? "frames" : "packets", (unsigned)work->threads, work->threads == 1 ? "" : "s", rounds,
           result->is_void ? ", VOID" : "");
    printf("  %-26s %10s %10s %10s\n", "speed ratio per round", "p10", "median", "p90");
    print_row("engine/loop, CPU", &result->engine_cpu, 1, "");
    print_row("engine/loop, wall", &result->engine_wall, 1, "");
    print_row("loop/loop, CPU", &result->loop_cpu, 1, "");
    print_row("loop/loop, wall", &result->loop_wall, 1, "");
    print_row("engine", &result->fps[0], 1, "fps");
    print_row("loop", &result->fps[1], 1, "fps");
    print_row("engine, first output", &result->first_s[0], 1000, "ms");
    print_row("loop, first output", &result->first_s[1], 1000, "ms");
    if (work->encode)
        printf("  coded bytes: engine %" PRIu64 ", loop %" PRIu64 "\n", result->bytes[0], result->bytes[1]);
}

static void add_spread(webc__json *json, const char *key, const spread *row)
{
    webc__json_open(json, key, '{');
    webc__json_number(json, "p10", row->p10);
    webc__json_number(json, "median", row->median);
    webc__json_number(json, "p90", row->p90);
    webc__json_close(json, '}');
}

static int print_json(const webc__bench_work *work, const bench_result *result, size_t rounds, const char *path)
{
    webc__json json;
    webc__json_begin(&json);
    webc__json_open(&json, NULL, '{');
    webc__json_int(&json, "v", 1);
    webc__json_string(&json, "type", "bench");
    webc__json_string(&json, "mode", work->encode ? "encode" : "decode");
    webc__json_string(&json, "input", path);
    webc__json_string(&json, "codec", work->encode ? work->encoder->codec : work->decoder->codec);
    webc__json_string(&json, "implementation", work->name);
    webc__json_int(&json, "inputs", (int64_t)(work->encode ? work->frame_count : work->packet_count));
    webc__json_int(&json, "outputs", (int64_t)result->outputs);
    if (work->encode) {
        webc__json_int(&json, "engine_bytes", (int64_t)result->bytes[0]);
        webc__json_int(&json, "loop_bytes", (int64_t)result->bytes[1]);
    }
    webc__json_int(&json, "threads", work->threads);
    webc__json_int(&json, "rounds", (int64_t)rounds);
    webc__json_int(&json, "attempts", result->attempts);
    webc__json_bool(&json, "void", result->is_void);
    add_spread(&json, "engine_loop_cpu", &result->engine_cpu);
    add_spread(&json, "engine_loop_wall", &result->engine_wall);
    add_spread(&json, "loop_loop_cpu", &result->loop_cpu);
    add_spread(&json, "loop_loop_wall", &result->loop_wall);
    add_spread(&json, "engine_fps", &result->fps[0]);
    add_spread(&json, "loop_fps", &result->fps[1]);
    add_spread(&json, "engine_first_output_s", &result->first_s[0]);
    add_spread(&json, "loop_first_output_s", &result->first_s[1]);
    webc__json_close(&json, '}');
    return webc__json_print(&json);
}

static int load_packets(webc__bench_work *work, webc__input *input, size_t limit)
{
    AVPacket *packet = av_packet_alloc();
    int got = packet ? 1 : -1;
    while (got > 0 && work->packet_count < limit && (got = webc__input_read(input, packet)) > 0) {
        if (packet->stream_index == input->video->index && packet->size > 0 &&
            (work->packet_count > 0 || (packet->flags & AV_PKT_FLAG_KEY))) {
            AVPacket **grown = av_realloc_array(work->packets, work->packet_count + 1, sizeof *grown);
            if (grown)
                work->packets = grown;
            AVPacket *copy = grown && av_packet_make_refcounted(packet) >= 0 ? av_packet_clone(packet) : NULL;
            if (!copy) {
                got = -1;
                break;
            }
            work->packets[work->packet_count++] = copy;
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (work->packet_count == 0)
        return webc__report_error(WEBC_EXIT_INPUT, "bench: '%s' gives no packets", input->path);
    return WEBC_EXIT_OK;
}

static int load_frames(webc__bench_work *work, webc__reader *reader, size_t limit)
{
    webc__picture picture;
    uint64_t bytes = 0;
    while (work->frame_count < limit && bytes < MAX_FRAME_BYTES && webc__reader_next(reader, &picture) > 0) {
        webc_frame **grown = av_realloc_array(work->frames, work->frame_count + 1, sizeof *grown);
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        if (!grown || webc_frame_get_info(picture.frame, &info) != WEBC_OK) {
            webc_frame_unref(&picture.frame);
            return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
        }
        work->frames = grown;
        /* Encoders take I420; converting it here keeps that out of both runs. */
        webc_frame *plain = NULL;
        if (webc_frame_convert(&plain, picture.frame, WEBC_PIXEL_FORMAT_I420, info.visible_rect.width & ~1u,
                               info.visible_rect.height & ~1u, NULL) != WEBC_OK) {
            webc_frame_unref(&picture.frame);
            return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
        }
        webc_frame_unref(&picture.frame);
        bytes += (uint64_t)info.visible_rect.width * info.visible_rect.height * 3 / 2;
        work->frames[work->frame_count++] = plain;
    }
    if (work->frame_count == 0)
        return webc__report_error(WEBC_EXIT_INPUT, "bench: '%s' gives no pictures", reader->input->path);
    return WEBC_EXIT_OK;
}

static int report_result(const webc__options *options, const webc__bench_work *work)
{
    bench_result result;
    webc__bench_sample sample;
    if (options->bench_only)
        return options->bench_only == 1 ? webc__bench_run_engine(work, &sample)
                                        : webc__bench_run_loop(work, &sample);
    memset(&result, 0, sizeof result);
    size_t rounds = options->rounds > 0 ? options->rounds : 15;
    int code = run_bench(work, rounds, &result);
    if (code != WEBC_EXIT_OK)
        return code;
    if (options->json_report)
        code = print_json(work, &result, rounds, options->args[0]);
    else
        print_text(work, &result, rounds, options->args[0]);
    return code == WEBC_EXIT_OK && result.is_void ? WEBC_EXIT_VERIFY : code;
}

static int bench_decode(const webc__options *options, webc__input *input, webc__bench_work *work)
{
    webc__input_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    int code = webc__input_decoder_config(input, &config);
    if (code != WEBC_EXIT_OK)
        return code;
    config.config.thread_count = work->threads;
    webc_video_decoder_is_config_supported(&config.config, &support);
    snprintf(work->name, sizeof work->name, "%s", support.implementation);
    work->codec = input->video->codecpar;
    work->decoder = &config.config;
    work->time_base = input->video->time_base;
    code = load_packets(work, input, options->frames > 0 ? options->frames : SIZE_MAX);
    if (code == WEBC_EXIT_OK)
        code = report_result(options, work);
    for (size_t i = 0; i < work->packet_count; i++)
        av_packet_free(&work->packets[i]);
    av_free(work->packets);
    return code;
}

static int bench_encode(const webc__options *options, webc__reader **reader, webc__bench_work *work)
{
    webc_video_encoder_config config;
    webc_frame_info info;
    webc_support support;
    char codec[64];
    uint32_t family = options->codec ? webc__recode_family(options->codec) : 0;
    if (family == 0)
        return webc__report_error(WEBC_EXIT_USAGE,
                                  "bench --mode encode: give --codec h264, hevc, vp8, vp9 or av1");
    size_t limit = options->frames > 0 ? options->frames : 60;
    int code = load_frames(work, *reader, limit < MAX_FRAMES ? limit : MAX_FRAMES);
    /* The runs wait until no worker is left. */
    webc__reader_close(reader);
    webc_frame_info_init(&info, sizeof info);
    webc_support_init(&support, sizeof support);
    webc_video_encoder_config_init(&config, sizeof config);
    if (code == WEBC_EXIT_OK && webc_frame_get_info(work->frames[0], &info) != WEBC_OK)
        code = WEBC_EXIT_INTERNAL;
    config.width = info.visible_rect.width;
    config.height = info.visible_rect.height;
    config.framerate = 30;
    config.bitrate = options->bitrate;
    config.latency_mode = options->latency_mode;
    config.thread_count = work->threads;
    config.codec = codec;
    if (code == WEBC_EXIT_OK && webc__recode_is_family(options->codec) &&
        webc_codec_string(family, config.width, config.height, 30, 8, codec, sizeof codec) != WEBC_OK)
        code = webc__report_error(WEBC_EXIT_UNSUPPORTED, "bench: %s", webc_error_message());
    else if (code == WEBC_EXIT_OK && !webc__recode_is_family(options->codec))
        snprintf(codec, sizeof codec, "%s", options->codec);
    if (code == WEBC_EXIT_OK &&
        (webc_video_encoder_is_config_supported(&config, &support) != WEBC_OK || !support.supported))
        code =
            webc__report_error(WEBC_EXIT_UNSUPPORTED, "bench: %s cannot be encoded: %s", codec, support.reason);
    if (code == WEBC_EXIT_OK) {
        snprintf(work->name, sizeof work->name, "%s", support.implementation);
        work->encoder = &config;
        code = report_result(options, work);
    }
    for (size_t i = 0; i < work->frame_count; i++)
        webc_frame_unref(&work->frames[i]);
    av_free(work->frames);
    return code;
}

int webc__bench_main(const webc__options *options)
{
    webc__input_params params = {.every_packet = true};
    webc__input *input = NULL;
    if (options->ticker)
        return webc__ticker_main(options);
    if (options->arg_count != 1)
        return webc__report_error(WEBC_EXIT_USAGE, "usage: webc bench FILE, or webc bench --ticker");
    webc__bench_work work = {.encode = options->bench_encode == 2,
                             .threads = options->threads > 0 ? options->threads : 1};
    int code = webc__input_open(&input, options->args[0], &params);
    if (code != WEBC_EXIT_OK)
        return code;
    if (!work.encode) {
        code = bench_decode(options, input, &work);
        webc__input_close(&input);
        return code;
    }
    webc__reader *reader = NULL;
    code = webc__reader_open(&reader, input, NULL, 0, WEBC_CORRUPTION_STRICT);
    if (code == WEBC_EXIT_OK)
        code = bench_encode(options, &reader, &work);
    webc__reader_close(&reader);
    return code;
}
