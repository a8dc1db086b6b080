/* SPDX-License-Identifier: MIT */
/*
 * Muxing. The header waits for the first chunk, because only then the parameter sets are known; packets of
 * copied tracks that come earlier wait in a bounded queue.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>

#include "webc_container.h"
#include "webc_io.h"
#include "webc_output.h"
#include "webc_track.h"
#include "webcodecs/libav.h"

/** Bytes of copied tracks that may wait for the first chunk of video. */
#define MAX_WAITING (UINT64_C(256) << 20)

/**
 * Chunks that wait so that their dts can be chosen: it must rise, and lie at or before every pts to come. That
 * way equal presentation times stay equal.
 */
#define HELD 8u

typedef struct waiting_packet {
    struct waiting_packet *next;
    AVPacket *packet;
} waiting_packet;

struct webc__output {
    const char *path;
    const webc__container *container;
    AVFormatContext *format;
    AVIOContext *io;
    AVStream *video;
    webc__input *input; /* of the copied tracks; NULL without */
    int *map;           /* input stream -> output stream, or -1 */
    AVRational time_base;
    AVPacket *held[HELD]; /* chunks whose dts is still open */
    size_t held_count;
    waiting_packet *first;
    waiting_packet **last;
    uint64_t waiting_bytes;
    uint64_t bytes;
    uint64_t moved; /* chunks whose time had to be moved to keep the order */
    int64_t last_dts;
    bool started;
    bool failed;
};

static const char *name_family(uint32_t family)
{
    static const char *const names[] = {"", "H.264", "HEVC", "VP8", "VP9", "AV1"};
    return family < sizeof names / sizeof names[0] ? names[family] : "";
}

static enum AVCodecID find_id(uint32_t family)
{
    static const enum AVCodecID ids[] = {AV_CODEC_ID_NONE, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,
                                         AV_CODEC_ID_VP8,  AV_CODEC_ID_VP9,  AV_CODEC_ID_AV1};
    return family < sizeof ids / sizeof ids[0] ? ids[family] : AV_CODEC_ID_NONE;
}

static int check_container(const webc__container *row, const char *path, const char *name, uint32_t family)
{
    if (!row && name)
        return webc__report_error(WEBC_EXIT_USAGE,
                                  "--container: '%s' cannot be written%s; mp4, mov, mkv, webm, ivf, "
                                  "annexb (H.264, HEVC) and obu (AV1) can",
                                  name, strcmp(name, "annexb") == 0 ? " with this codec" : "");
    if (!row && webc__io_is_pipe(path))
        return webc__report_error(WEBC_EXIT_USAGE, "-o -: say which format with --container");
    if (!row)
        return webc__report_error(
            WEBC_EXIT_USAGE,
            "'%s' does not end in the name of a container that can be written (.mp4, .mov, "
            ".mkv, .webm, .ivf, .264, .265, .obu); give --container",
            path);
    const AVOutputFormat *muxer = av_guess_format(row->muxer, NULL, NULL);
    if (!muxer)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "this FFmpeg cannot write %s", row->name);
    if ((row->family && row->family != family) ||
        avformat_query_codec(muxer, find_id(family), FF_COMPLIANCE_NORMAL) == 0)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s cannot hold %s; .mkv can", row->name,
                                  name_family(family));
    return WEBC_EXIT_OK;
}

int webc__output_open(webc__output **out, const char *path, const char *container, uint32_t family)
{
    const webc__container *row = webc__container_find(container, path, family);
    *out = NULL;
    int code = check_container(row, path, container, family);
    if (code != WEBC_EXIT_OK)
        return code;
    webc__output *output = av_mallocz(sizeof *output);
    if (!output)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    output->path = path;
    output->container = row;
    output->last = &output->first;
    output->last_dts = AV_NOPTS_VALUE;
    int error = avformat_alloc_output_context2(&output->format, NULL, row->muxer, NULL);
    if (error >= 0)
        output->video = avformat_new_stream(output->format, NULL);
    if (!output->video) {
        webc__output_finish(&output);
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    }
    error = webc__io_open_output(&output->io, path);
    if (error < 0) {
        webc__output_finish(&output);
        return webc__io_write_failure(path, error);
    }
    output->format->pb = output->io;
    *out = output;
    return WEBC_EXIT_OK;
}

bool webc__output_wants_annexb(const webc__output *output)
{
    return output->container->annexb;
}

bool webc__output_started(const webc__output *output)
{
    return output->started;
}

uint64_t webc__output_bytes(const webc__output *output)
{
    return output->bytes;
}

int webc__output_copy_tracks(webc__output *output, webc__input *input, bool with_audio, bool with_subtitles)
{
    unsigned count = input->format->nb_streams;
    output->input = input;
    output->map = av_malloc_array(count, sizeof *output->map);
    if (!output->map)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    for (unsigned i = 0; i < count; i++)
        output->map[i] = -1;
    output->map[input->video->index] = output->video->index;
    for (unsigned i = 0; i < count; i++) {
        AVStream *source = input->format->streams[i];
        enum AVMediaType type = source->codecpar->codec_type;
        bool unwanted =
            (type == AVMEDIA_TYPE_AUDIO && !with_audio) || (type == AVMEDIA_TYPE_SUBTITLE && !with_subtitles);
        if (source == input->video)
            continue;
        AVStream *copy = NULL;
        int code = unwanted ? WEBC_EXIT_OK
                            : webc__track_copy(&copy, output->format, source, output->container, input->path);
        if (code != WEBC_EXIT_OK)
            return code;
        if (copy)
            output->map[i] = copy->index;
        else
            source->discard = AVDISCARD_ALL;
    }
    if (webc__track_copy_metadata(output->format, input->format) < 0)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    return WEBC_EXIT_OK;
}

/** The sequence header of AV1 is not part of the decoder config, but mp4 and Matroska want it in their header.
 */
static int extract_headers(AVCodecParameters *codec, const webc_chunk *chunk)
{
    const AVBitStreamFilter *filter = av_bsf_get_by_name("extract_extradata");
    AVBSFContext *context = NULL;
    AVPacket *packet = av_packet_alloc();
    int error = filter && packet ? av_bsf_alloc(filter, &context) : AVERROR_BSF_NOT_FOUND;
    if (error >= 0)
        error = avcodec_parameters_copy(context->par_in, codec);
    if (error >= 0)
        error = av_bsf_init(context);
    if (error >= 0 && webc_chunk_to_avpacket(chunk, packet) != WEBC_OK)
        error = AVERROR(ENOMEM);
    if (error >= 0)
        error = av_bsf_send_packet(context, packet);
    if (error >= 0)
        error = av_bsf_receive_packet(context, packet);
    if (error >= 0) {
        size_t size = 0;
        const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
        if (data)
            error = webc__track_set_extradata(codec, data, size);
    }
    av_packet_free(&packet);
    av_bsf_free(&context);
    return error;
}

static int describe_video(webc__output *output, const webc__output_video *video, const webc_chunk *first)
{
    AVCodecParameters *codec = output->video->codecpar;
    codec->codec_type = AVMEDIA_TYPE_VIDEO;
    codec->codec_id = find_id(video->family);
    codec->width = (int)video->width;
    codec->height = (int)video->height;
    if (video->config)
        webc__track_describe(codec, video->config);
    const char *name = output->container->name;
    if (video->family == WEBC_CODEC_HEVC && (strcmp(name, "mp4") == 0 || strcmp(name, "mov") == 0))
        codec->codec_tag = MKTAG('h', 'v', 'c', '1'); /* parameter sets are out of band */
    int error = 0;
    if (video->config && video->config->description && !output->container->annexb)
        error = webc__track_set_extradata(codec, video->config->description,
                                          (size_t)video->config->description_size);
    else if (video->family == WEBC_CODEC_AV1 && !output->container->video_only)
        error = extract_headers(codec, first);
    output->time_base = video->time_base;
    output->video->time_base = video->time_base;
    if (video->framerate.num > 0)
        output->video->avg_frame_rate = video->framerate;
    if (error >= 0 && output->input)
        error = webc__track_copy_video(output->video, output->input, video, output->container);
    return error;
}

/** A movie time scale that fits the video's and the copied audio tracks', as far as one is small enough. */
static int64_t find_movie_scale(const webc__output *output, int64_t scale)
{
    for (unsigned i = 0; i < output->format->nb_streams; i++) {
        const AVCodecParameters *codec = output->format->streams[i]->codecpar;
        if (codec->codec_type != AVMEDIA_TYPE_AUDIO || codec->sample_rate <= 0)
            continue;
        int64_t both = scale / av_gcd(scale, codec->sample_rate) * codec->sample_rate;
        if (both <= INT32_MAX)
            scale = both;
    }
    return scale;
}

/** Keep times as they are: exact time scales in mp4, and no shift of the video where one can be avoided. */
static void set_mux_options(webc__output *output, AVDictionary **options, int64_t pts)
{
    const char *name = output->container->name;
    if (output->container->fragments) {
        /* Ticks of the input, made finer where they are coarse. Edit lists count in the movie's time scale: its
         * default of 1/1000 s would round the start of the track. */
        int64_t scale = output->time_base.den;
        while (scale < 10000)
            scale *= 2;
        if (scale <= INT32_MAX) {
            av_dict_set_int(options, "video_track_timescale", scale, 0);
            av_dict_set_int(options, "movie_timescale", find_movie_scale(output, scale), 0);
        }
        if (!(output->io->seekable & AVIO_SEEKABLE_NORMAL))
            av_dict_set(options, "movflags", "frag_keyframe+delay_moov+default_base_moof", 0);
    }
    if (pts < 0)
        output->format->avoid_negative_ts = AVFMT_AVOID_NEG_TS_MAKE_NON_NEGATIVE;
    else if (strcmp(name, "mkv") == 0 || strcmp(name, "webm") == 0)
        output->format->avoid_negative_ts = 0; /* the lead-in of audio may lie before 0 */
}

static int send_packet(webc__output *output, AVPacket *packet)
{
    int error = av_interleaved_write_frame(output->format, packet);
    if (error >= 0 && output->io->error < 0)
        error = output->io->error;
    if (error >= 0)
        return WEBC_EXIT_OK;
    output->failed = true;
    return webc__io_write_failure(output->path, error);
}

static int send_copied(webc__output *output, AVPacket *packet)
{
    const AVStream *from = output->input->format->streams[packet->stream_index];
    const AVStream *to = output->format->streams[output->map[packet->stream_index]];
    packet->stream_index = to->index;
    packet->pos = -1;
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    av_packet_rescale_ts(packet, from->time_base, to->time_base);
    return send_packet(output, packet);
}

int webc__output_write_packet(webc__output *output, AVPacket *packet)
{
    if (!output->map || output->map[packet->stream_index] < 0 ||
        packet->stream_index == output->input->video->index)
        return WEBC_EXIT_OK;
    if (output->started)
        return send_copied(output, packet);
    waiting_packet *entry = av_mallocz(sizeof *entry);
    if (entry)
        entry->packet = av_packet_alloc();
    if (!entry || !entry->packet || av_packet_make_refcounted(packet) < 0) {
        if (entry)
            av_packet_free(&entry->packet);
        av_free(entry);
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    }
    output->waiting_bytes += (uint64_t)packet->size;
    av_packet_move_ref(entry->packet, packet);
    *output->last = entry;
    output->last = &entry->next;
    if (output->waiting_bytes > MAX_WAITING)
        return webc__report_error(WEBC_EXIT_INPUT, "'%s': the tracks lie too far apart to be written together",
                                  output->input->path);
    return WEBC_EXIT_OK;
}

static int send_waiting(webc__output *output)
{
    int code = WEBC_EXIT_OK;
    while (output->first) {
        waiting_packet *entry = output->first;
        output->first = entry->next;
        if (code == WEBC_EXIT_OK && output->started)
            code = send_copied(output, entry->packet);
        av_packet_free(&entry->packet);
        av_free(entry);
    }
    output->last = &output->first;
    return code;
}

int webc__output_start(webc__output *output, const webc__output_video *video, const webc_chunk *first,
                       int64_t pts)
{
    AVDictionary *options = NULL;
    int error = describe_video(output, video, first);
    if (error >= 0) {
        set_mux_options(output, &options, pts);
        error = avformat_write_header(output->format, &options);
    }
    av_dict_free(&options);
    if (error < 0) {
        output->failed = true;
        return webc__io_write_failure(output->path, error);
    }
    output->started = true;
    return send_waiting(output);
}

/** Write the first of the held chunks. */
static int release_held(webc__output *output)
{
    AVPacket *packet = output->held[0];
    int64_t rise = output->format->oformat->flags & AVFMT_TS_NONSTRICT ? 0 : 1;
    int64_t dts = packet->pts;
    for (size_t i = 1; i < output->held_count; i++) {
        int64_t latest = output->held[i]->pts - (int64_t)i * rise;
        dts = latest < dts ? latest : dts;
    }
    if (output->last_dts != AV_NOPTS_VALUE && dts < output->last_dts + rise)
        dts = output->last_dts + rise;
    if (packet->pts < dts) {
        packet->pts = dts;
        output->moved++;
    }
    packet->dts = dts;
    output->last_dts = dts;
    output->held_count--;
    memmove(output->held, output->held + 1, output->held_count * sizeof *output->held);
    int code = output->failed ? WEBC_EXIT_OUTPUT : send_packet(output, packet);
    av_packet_free(&packet);
    return code;
}

int webc__output_write_chunk(webc__output *output, const webc_chunk *chunk, int64_t pts, int64_t duration)
{
    AVPacket *packet = av_packet_alloc();
    AVRational to = output->video->time_base;
    if (!packet || webc_chunk_to_avpacket(chunk, packet) != WEBC_OK) {
        av_packet_free(&packet);
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    }
    output->bytes += (uint64_t)packet->size;
    packet->stream_index = output->video->index;
    packet->pts = av_rescale_q(pts, output->time_base, to);
    /* End minus start, so that the rounding of one frame is not added to the next. */
    packet->duration = duration > 0 ? av_rescale_q(pts + duration, output->time_base, to) - packet->pts : 0;
    output->held[output->held_count++] = packet;
    return output->held_count == HELD ? release_held(output) : WEBC_EXIT_OK;
}

int webc__output_finish(webc__output **output)
{
    webc__output *self = *output;
    int code = WEBC_EXIT_OK;
    int error = 0;
    if (!self)
        return WEBC_EXIT_OK;
    bool told = self->failed;
    while (self->held_count > 0) {
        int released = release_held(self);
        code = code == WEBC_EXIT_OK ? released : code;
    }
    if (self->moved > 0)
        webc__report_warning("the times of %" PRIu64 " frames do not rise; they were moved to keep the order",
                             self->moved);
    if (self->started)
        error = av_write_trailer(self->format);
    send_waiting(self); /* without a header: only frees them */
    bool unused = self->io && !self->started && webc__io_is_unused(self->io);
    int closed = webc__io_close(&self->io);
    if (error >= 0)
        error = closed;
    if (error < 0 && !self->failed)
        code = webc__io_write_failure(self->path, error);
    if (unused)
        unlink(self->path);
    if (self->format)
        self->format->pb = NULL;
    avformat_free_context(self->format);
    av_free(self->map);
    av_freep(output);
    return told ? WEBC_EXIT_OK : code;
}
