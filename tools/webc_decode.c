/* SPDX-License-Identifier: MIT */
/* webc decode: every packet of the first video track through the engine, pictures out in presentation order. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "webc_io.h"
#include "webc_progress.h"
#include "webc_reader.h"
#include "webc_sink.h"

#define MAX_SINKS 3

typedef struct sink_set {
    webc__sink *sinks[MAX_SINKS];
    size_t count;
} sink_set;

static webc__sink_kind choose_kind(const webc__options *options)
{
    if (options->raw_format)
        return options->raw_format == 1 ? WEBC_SINK_Y4M : WEBC_SINK_RAW;
    const char *dot = strrchr(options->output, '.');
    if (dot && (strcmp(dot, ".yuv") == 0 || strcmp(dot, ".raw") == 0))
        return WEBC_SINK_RAW;
    if (webc__io_is_pipe(options->output) || (dot && strcmp(dot, ".y4m") == 0))
        return WEBC_SINK_Y4M;
    return 0;
}

static int check_outputs(const webc__options *options)
{
    const char *paths[] = {options->output, options->framemd5, options->md5};
    unsigned given = 0;
    for (size_t i = 0; i < 3; i++) {
        given += paths[i] != NULL;
        if (!paths[i])
            continue;
        if (webc__io_same_file(options->args[0], STDIN_FILENO, paths[i], STDOUT_FILENO))
            return webc__report_error(WEBC_EXIT_USAGE, "'%s' is the input", paths[i]);
        for (size_t k = 0; k < i; k++) {
            if (paths[k] && webc__io_same_file(paths[k], STDOUT_FILENO, paths[i], STDOUT_FILENO))
                return webc__report_error(WEBC_EXIT_USAGE, "'%s' and '%s' are the same output", paths[k],
                                          paths[i]);
        }
    }
    if (given == 0)
        return webc__report_error(WEBC_EXIT_USAGE, "nothing to write: give -o, --framemd5 or --md5");
    if (options->output && choose_kind(options) == 0)
        return webc__report_error(WEBC_EXIT_USAGE, "'%s' ends in none of .y4m, .yuv and .raw; give --format",
                                  options->output);
    return WEBC_EXIT_OK;
}

static int open_sinks(sink_set *set, const webc__options *options, const webc__reader *reader)
{
    struct {
        const char *path;
        webc__sink_kind kind;
    } wanted[MAX_SINKS] = {
        {options->output, options->output ? choose_kind(options) : 0},
        {options->framemd5, WEBC_SINK_FRAMEMD5},
        {options->md5, WEBC_SINK_MD5},
    };
    for (size_t i = 0; i < MAX_SINKS; i++) {
        if (!wanted[i].path)
            continue;
        int code = webc__sink_open(&set->sinks[set->count], wanted[i].kind, wanted[i].path, reader);
        if (code != WEBC_EXIT_OK)
            return code;
        set->count++;
    }
    return WEBC_EXIT_OK;
}

static int decode_all(const sink_set *set, webc__reader *reader)
{
    webc__progress_state state = {.duration_us = webc__input_duration_us(reader->input)};
    webc__picture picture;
    int64_t first = AV_NOPTS_VALUE;
    int code = WEBC_EXIT_OK;
    while (code == WEBC_EXIT_OK && webc__reader_next(reader, &picture) > 0) {
        for (size_t i = 0; i < set->count && code == WEBC_EXIT_OK; i++)
            code = webc__sink_write(set->sinks[i], &picture);
        webc_frame_unref(&picture.frame);
        if (first == AV_NOPTS_VALUE)
            first = picture.pts;
        state.frames++;
        state.position_us =
            av_rescale_q(picture.pts - first + picture.duration, reader->time_base, AV_TIME_BASE_Q);
        state.queue = webc_video_decoder_queue_size(reader->decoder);
        webc__progress_update(&state);
    }
    return code;
}

int webc__decode_main(const webc__options *options)
{
    webc__input *input = NULL;
    webc__reader *reader = NULL;
    sink_set set = {.count = 0};
    webc__input_params params = {.every_packet = true};
    int code = check_outputs(options);
    if (code == WEBC_EXIT_OK)
        code = webc__input_open(&input, options->args[0], &params);
    if (code == WEBC_EXIT_OK && input->raw) {
        webc__input_config unused;
        code = webc__input_decoder_config(input, &unused);
        webc__input_close(&input);
    }
    if (code == WEBC_EXIT_OK)
        code = webc__reader_open(&reader, input, NULL, options->threads, options->corruption);
    if (code != WEBC_EXIT_OK)
        return code;
    for (unsigned i = 0; i < reader->input->format->nb_streams; i++) {
        if ((int)i != reader->input->video->index)
            reader->input->format->streams[i]->discard = AVDISCARD_ALL;
    }
    const AVCodecParameters *codec = reader->input->video->codecpar;
    webc__progress_start(options->args[0], options->output, reader->config.codec, (uint32_t)codec->width,
                         (uint32_t)codec->height);
    code = open_sinks(&set, options, reader);
    if (code == WEBC_EXIT_OK)
        code = decode_all(&set, reader);
    for (size_t i = 0; i < set.count; i++) {
        int closed = webc__sink_close(&set.sinks[i]);
        if (code == WEBC_EXIT_OK)
            code = closed;
    }
    int finished = webc__reader_finish(reader);
    if (code == WEBC_EXIT_OK)
        code = webc__signal_count() > 0 ? webc__signal_exit_code() : finished;
    webc__reader_close(&reader);
    return code;
}
