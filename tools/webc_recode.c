/* SPDX-License-Identifier: MIT */
/*
 * One events object serves decoder and encoder. Packets are fed while both queues are short, so memory stays
 * bounded however slow the encoder is; everything else waits in one place for the next event or a signal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "webc_io.h"
#include "webc_output.h"
#include "webc_progress.h"
#include "webc_reader.h"
#include "webc_recode.h"

/** Frames waiting in the encoder beyond which nothing more is decoded. */
#define ENCODER_QUEUE 4u

typedef struct recode_job {
    const webc__options *options;
    webc_events *events;
    webc__reader *reader;
    webc__output *output;
    webc_video_encoder *encoder;
    uint32_t family;
    char codec[64];
    webc__output_video video;
    webc__progress_state progress;
    int64_t first_pts;
    uint64_t encoded;
    bool configured;
    bool flush_asked;
    bool done;     /* every chunk came, or none will */
    bool stopping; /* a signal asked for the end */
    uint32_t seen;
    int code;
    webc__tag_table tags;
} recode_job;

bool webc__recode_is_family(const char *codec)
{
    return codec[0] != '\0' && strchr(codec, '.') == NULL;
}

uint32_t webc__recode_family(const char *codec)
{
    static const struct {
        const char *text;
        bool whole;
        uint32_t family;
    } names[] = {
        {"h264", true, WEBC_CODEC_H264},   {"avc1.", false, WEBC_CODEC_H264}, {"avc3.", false, WEBC_CODEC_H264},
        {"hevc", true, WEBC_CODEC_HEVC},   {"h265", true, WEBC_CODEC_HEVC},   {"hvc1.", false, WEBC_CODEC_HEVC},
        {"hev1.", false, WEBC_CODEC_HEVC}, {"vp8", true, WEBC_CODEC_VP8},     {"vp9", true, WEBC_CODEC_VP9},
        {"vp09.", false, WEBC_CODEC_VP9},  {"av1", true, WEBC_CODEC_AV1},     {"av01.", false, WEBC_CODEC_AV1},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].whole ? strcmp(codec, names[i].text) == 0
                           : strncmp(codec, names[i].text, strlen(names[i].text)) == 0)
            return names[i].family;
    }
    return 0;
}

static double find_framerate(const recode_job *job)
{
    AVRational rate = job->options->framerate;
    if (rate.num <= 0)
        rate = webc__input_framerate(job->reader->input);
    double value = rate.num > 0 ? av_q2d(rate) : 0;
    return value > 1000 ? 0 : value; /* a time base taken for a rate */
}

/** Size of the output: as asked, else the picture's; H.264 and HEVC have even sides. */
static void choose_size(recode_job *job, const webc_frame_info *info)
{
    const webc__options *options = job->options;
    webc__output_video *video = &job->video;
    uint32_t source_width = info->visible_rect.width;
    uint32_t source_height = info->visible_rect.height;
    uint64_t width = options->width;
    uint64_t height = options->height;
    if (width == 0 && height > 0)
        width = ((uint64_t)source_width * height + source_height / 2) / source_height;
    if (height == 0 && width > 0)
        height = ((uint64_t)source_height * width + source_width / 2) / source_width;
    if (width == 0) {
        width = source_width;
        height = source_height;
    }
    width = width < 1 ? 1 : width > 16384 ? 16384 : width;
    height = height < 1 ? 1 : height > 16384 ? 16384 : height;
    bool scaled = width != source_width || height != source_height;
    bool even = job->family == WEBC_CODEC_H264 || job->family == WEBC_CODEC_HEVC;
    video->width = (uint32_t)width;
    video->height = (uint32_t)height;
    if (even && ((width | height) & 1)) {
        video->width = width > 2 ? (uint32_t)width & ~1u : 2;
        video->height = height > 2 ? (uint32_t)height & ~1u : 2;
        webc__report_notice("%ux%u becomes %ux%u: this codec has even sides only", (unsigned)width,
                            (unsigned)height, (unsigned)video->width, (unsigned)video->height);
    }
    video->source_width = scaled ? source_width : video->width;
    video->source_height = scaled ? source_height : video->height;
}

static int choose_codec(recode_job *job, const webc_frame_info *info, double framerate)
{
    const char *asked = job->options->codec;
    if (!webc__recode_is_family(asked) || strcmp(asked, "vp8") == 0) {
        snprintf(job->codec, sizeof job->codec, "%s", asked);
        return WEBC_EXIT_OK;
    }
    bool deep = job->family != WEBC_CODEC_H264 && info->bit_depth > 8;
    const double rates[] = {framerate, 60, 30, 1};
    for (size_t i = 0; i < 4; i++) {
        /* A guessed frame rate may be out of all proportion; the size alone decides then. */
        if (webc_codec_string(job->family, job->video.width, job->video.height, rates[i], deep ? 10 : 8,
                              job->codec, sizeof job->codec) == WEBC_OK)
            return WEBC_EXIT_OK;
    }
    return webc__report_error(WEBC_EXIT_UNSUPPORTED, "--codec %s: %s", asked, webc_error_message());
}

static void fill_config(const recode_job *job, webc_video_encoder_config *config, double framerate)
{
    const webc__options *options = job->options;
    uint32_t format = webc__output_wants_annexb(job->output) ? WEBC_BITSTREAM_FORMAT_ANNEXB : 0;
    webc_video_encoder_config_init(config, sizeof *config);
    config->codec = job->codec;
    config->width = job->video.width;
    config->height = job->video.height;
    config->bitrate = options->bitrate;
    config->framerate = framerate;
    config->hardware_acceleration = options->hardware;
    config->latency_mode = options->latency_mode;
    config->bitrate_mode = options->bitrate_mode;
    config->scalability_mode = options->scalability_mode;
    config->content_hint = options->content_hint;
    config->preset = options->preset;
    config->key_interval = options->key_interval;
    config->thread_count = options->threads;
    if (job->family == WEBC_CODEC_H264)
        config->avc_format = format;
    if (job->family == WEBC_CODEC_HEVC)
        config->hevc_format = format;
}

static int configure_encoder(recode_job *job, const webc__picture *picture)
{
    webc_frame_info info;
    webc_video_encoder_config config;
    webc_support support;
    double framerate = find_framerate(job);
    webc_frame_info_init(&info, sizeof info);
    webc_support_init(&support, sizeof support);
    if (webc_frame_get_info(picture->frame, &info) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    choose_size(job, &info);
    int code = choose_codec(job, &info, framerate);
    if (code != WEBC_EXIT_OK)
        return code;
    fill_config(job, &config, framerate);
    if (webc_video_encoder_is_config_supported(&config, &support) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "--codec %s: %s", job->options->codec,
                                  webc_error_message());
    if (!support.supported)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s at %ux%u cannot be encoded: %s", job->codec,
                                  (unsigned)config.width, (unsigned)config.height, support.reason);
    if (webc_video_encoder_configure(job->encoder, &config) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s: %s", job->codec, webc_error_message());
    job->video.family = job->family;
    job->video.time_base = job->reader->time_base;
    job->video.framerate = webc__input_framerate(job->reader->input);
    job->first_pts = picture->pts;
    job->configured = true;
    webc__progress_start(job->options->input, job->options->output, job->codec, config.width, config.height);
    return WEBC_EXIT_OK;
}

/** The picture's reference ends here. */
static int encode_picture(recode_job *job, webc__picture *picture)
{
    webc_video_encode_options options;
    int code = WEBC_EXIT_OK;
    if (!job->configured)
        code = configure_encoder(job, picture);
    if (code == WEBC_EXIT_OK) {
        webc_video_encode_options_init(&options, sizeof options);
        options.tag = ++job->encoded;
        webc__tag_put(&job->tags, options.tag, picture->pts, picture->duration, false);
        webc_result result = webc_video_encoder_encode(job->encoder, picture->frame, &options);
        /* A closed encoder has an ERROR event under way, which says more. */
        if (result != WEBC_OK && result != WEBC_ERROR_INVALID_STATE)
            code =
                webc__report_error(WEBC_EXIT_INTERNAL, "a frame cannot be encoded: %s", webc_error_message());
    }
    webc_frame_unref(&picture->frame);
    return code;
}

static int write_chunk(recode_job *job, const webc_event *event)
{
    const webc__tag_entry *entry = webc__tag_get(&job->tags, event->tag);
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    if (webc_chunk_get_info(event->chunk, &info) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    int64_t pts = entry ? entry->pts : av_rescale_q(info.timestamp, AV_TIME_BASE_Q, job->reader->time_base);
    int64_t duration = entry && entry->duration > 0 ? entry->duration : job->reader->step;
    if (!webc__output_started(job->output)) {
        job->video.config = event->metadata ? event->metadata->decoder_config : NULL;
        int code = webc__output_start(job->output, &job->video, event->chunk, pts);
        job->video.config = NULL;
        if (code != WEBC_EXIT_OK)
            return code;
    }
    job->progress.frames++;
    job->progress.position_us =
        av_rescale_q(pts - job->first_pts + duration, job->reader->time_base, AV_TIME_BASE_Q);
    int code = webc__output_write_chunk(job->output, event->chunk, pts, duration);
    job->progress.bytes = webc__output_bytes(job->output);
    return code;
}

static int handle_encoder(recode_job *job, const webc_event *event)
{
    if (event->type == WEBC_EVENT_CHUNK)
        return write_chunk(job, event);
    if (event->type == WEBC_EVENT_ERROR) {
        job->done = true;
        return webc__report_error(event->result == WEBC_ERROR_NOT_SUPPORTED ? WEBC_EXIT_UNSUPPORTED
                                                                            : WEBC_EXIT_CODEC,
                                  "encoding %s stopped after %" PRIu64 " frames: %s", job->codec,
                                  job->progress.frames, event->message ? event->message : "");
    }
    if (event->type == WEBC_EVENT_FLUSHED)
        job->done = true;
    return WEBC_EXIT_OK;
}

static int handle_event(recode_job *job, webc_event *event)
{
    webc__picture picture;
    if (event->codec_id == webc_video_encoder_id(job->encoder))
        return handle_encoder(job, event);
    if (job->stopping || webc__reader_accept(job->reader, event, &picture) == 0)
        return WEBC_EXIT_OK;
    return encode_picture(job, &picture);
}

/** May another packet be read now? */
static bool wants_input(const recode_job *job)
{
    return !job->stopping && webc__reader_wants_packet(job->reader) &&
           webc_video_encoder_queue_size(job->encoder) < ENCODER_QUEUE;
}

/** Begin the end of the encoder once all pictures are with it. */
static void flush_encoder(recode_job *job)
{
    if (job->flush_asked)
        return;
    job->flush_asked = true;
    if (!job->configured)
        job->done = true;
    else if (webc_video_encoder_flush(job->encoder, 0) != WEBC_OK)
        job->done = webc_video_encoder_state(job->encoder) != WEBC_STATE_CLOSED;
}

/** True to go on: the first stop ends the input, the second does not wait for the encoder either. */
static bool check_stop(recode_job *job)
{
    uint32_t count = webc__signal_count();
    if (count == job->seen)
        return true;
    if (job->stopping)
        return false;
    job->stopping = true;
    job->seen = count;
    if (job->reader->decoder && webc_video_decoder_state(job->reader->decoder) != WEBC_STATE_CLOSED)
        webc_video_decoder_close(job->reader->decoder);
    return true;
}

static int step(recode_job *job, webc_event *event)
{
    int code = WEBC_EXIT_OK;
    webc__picture picture;
    if (wants_input(job)) {
        int got = webc__reader_feed(job->reader, &picture);
        if (got < 0)
            return job->reader->code;
        if (got > 0)
            code = encode_picture(job, &picture);
        if (code != WEBC_EXIT_OK)
            return code;
    }
    if (job->reader->ended && !job->stopping)
        webc__reader_flush(job->reader);
    if (job->reader->flushed || job->stopping)
        flush_encoder(job);
    if (job->done)
        return code;
    int got = webc__signal_next_event(job->events, event, wants_input(job) ? 0 : -1, job->seen);
    if (got < 0)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    if (got > 0)
        code = handle_event(job, event);
    job->progress.queue =
        webc_video_decoder_queue_size(job->reader->decoder) + webc_video_encoder_queue_size(job->encoder);
    if (job->configured)
        webc__progress_update(&job->progress);
    return code;
}

static int run_loop(recode_job *job)
{
    webc_event event;
    int code = WEBC_EXIT_OK;
    webc_event_init(&event, sizeof event);
    while (code == WEBC_EXIT_OK && !job->done && check_stop(job))
        code = step(job, &event);
    webc_event_clear(&event);
    return code;
}

static int forward_packet(void *user, AVPacket *packet)
{
    recode_job *job = user;
    return webc__output_write_packet(job->output, packet);
}

static int open_job(recode_job *job, const webc__input_params *params, bool copy_tracks)
{
    const webc__options *options = job->options;
    webc__input *input = NULL;
    int code = webc__input_open(&input, options->input, params);
    if (code == WEBC_EXIT_OK && params->raw_width == 0 && copy_tracks == input->raw) {
        code = webc__report_error(input->raw ? WEBC_EXIT_UNSUPPORTED : WEBC_EXIT_USAGE,
                                  input->raw ? "'%s' is rawvideo; use webc encode for it"
                                             : "'%s' is not raw video; use webc transcode for it",
                                  options->input);
        webc__input_close(&input);
    }
    if (code != WEBC_EXIT_OK)
        return code;
    if (webc_events_create(&job->events, NULL) != WEBC_OK) {
        webc__input_close(&input);
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    }
    code = webc__reader_open(&job->reader, input, job->events, options->threads, options->corruption);
    if (code == WEBC_EXIT_OK && webc_video_encoder_create(&job->encoder, job->events, NULL) != WEBC_OK)
        code = webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    if (code == WEBC_EXIT_OK)
        code = webc__output_open(&job->output, options->output, options->container, job->family);
    if (code == WEBC_EXIT_OK && copy_tracks) {
        job->reader->other = forward_packet;
        job->reader->other_user = job;
        code = webc__output_copy_tracks(job->output, job->reader->input, !options->drop_audio,
                                        !options->drop_subtitles);
    }
    if (code == WEBC_EXIT_OK)
        job->progress.duration_us = webc__input_duration_us(job->reader->input);
    return code;
}

static int check_options(const webc__options *options)
{
    const char *name = options->command == WEBC_COMMAND_ENCODE ? "encode" : "transcode";
    if (!options->input || !options->output)
        return webc__report_error(WEBC_EXIT_USAGE, "%s is missing; see webc %s --help",
                                  options->input ? "-o" : "-i", name);
    if (!options->codec)
        return webc__report_error(WEBC_EXIT_USAGE, "--codec is missing; see webc %s --help", name);
    if (webc__io_same_file(options->input, STDIN_FILENO, options->output, STDOUT_FILENO))
        return webc__report_error(WEBC_EXIT_USAGE, "'%s' is the input and the output", options->output);
    if (webc__recode_family(options->codec) == 0)
        return webc__report_error(
            WEBC_EXIT_UNSUPPORTED,
            "--codec %s: not supported; h264, hevc, vp8, vp9, av1 or a full codec string is", options->codec);
    return WEBC_EXIT_OK;
}

int webc__recode_run(const webc__options *options, const webc__input_params *params, bool copy_tracks)
{
    int code = check_options(options);
    if (code != WEBC_EXIT_OK)
        return code;
    recode_job *job = av_mallocz(sizeof *job);
    if (!job)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    job->options = options;
    job->family = webc__recode_family(options->codec);
    job->seen = webc__signal_count();
    code = open_job(job, params, copy_tracks);
    bool opened = code == WEBC_EXIT_OK;
    if (opened)
        code = run_loop(job);
    int finished = webc__output_finish(&job->output);
    if (code == WEBC_EXIT_OK)
        code = finished;
    if (opened) {
        int read = webc__reader_finish(job->reader);
        if (code == WEBC_EXIT_OK)
            code = webc__signal_count() > 0 ? webc__signal_exit_code() : read;
    }
    webc_video_encoder_destroy(&job->encoder);
    webc__reader_close(&job->reader);
    webc_events_destroy(&job->events);
    av_free(job);
    return code;
}

int webc__transcode_main(const webc__options *options)
{
    webc__input_params params = {.copies_audio = !options->drop_audio};
    return webc__recode_run(options, &params, true);
}

int webc__encode_main(const webc__options *options)
{
    webc__input_params params = {
        .raw_width = options->source_width,
        .raw_height = options->source_height,
        .pixel_format = options->pixel_format,
        .framerate = options->framerate,
    };
    if (options->pixel_format && options->source_width == 0)
        return webc__report_error(WEBC_EXIT_USAGE, "--pixel-format: --size is missing");
    return webc__recode_run(options, &params, false);
}
