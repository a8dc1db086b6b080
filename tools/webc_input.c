/* SPDX-License-Identifier: MIT */
/*
 * Demuxing: opens a file or standard input with libavformat and reads its packets. Of libavformat only the
 * demuxers below are used, which read one file; and where it decodes pictures to find out about a track, only
 * the decoders that the engine opens, at the sizes that the engine takes.
 */
#include <stdio.h>
#include <string.h>

#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "webc_input.h"
#include "webc_io.h"

/*
 * Containers of video, and some more whose codec is then named in a message. What names other files (concat,
 * hls, dash, sdp, numbered pictures) is not among them.
 */
#define DEMUXERS \
    "mov,matroska,avi,flv,mpeg,mpegts,ogg,asf,nut,ivf,obu,av1,h264,hevc,mpegvideo,m4v,mjpeg,gif,apng," \
    "yuv4mpegpipe,rawvideo,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,aac,mp3,flac,wav"
/* As in src/codec/codec_table.c. */
#define DECODERS "h264,hevc,vp8,libvpx,vp9,libvpx-vp9,libdav1d,libaom-av1"
#define NO_DECODERS "none"
/* What a muxer has to know of audio, as the samples of a packet, libavformat may learn by decoding only. */
#define AUDIO_DECODERS ",aac,mp3float,opus,vorbis,flac,ac3,eac3"
/* As the engine's default. */
#define MOST_PIXELS "37748736"

static int check_stop(void *opaque)
{
    const webc__input *input = opaque;
    return webc__signal_count() != input->seen;
}

int webc__input_pixel_format(const char *name)
{
    static const struct {
        const char *name;
        enum AVPixelFormat format;
    } names[] = {
        {"I420", AV_PIX_FMT_YUV420P},        {"I422", AV_PIX_FMT_YUV422P},
        {"I444", AV_PIX_FMT_YUV444P},        {"I420P10", AV_PIX_FMT_YUV420P10LE},
        {"I422P10", AV_PIX_FMT_YUV422P10LE}, {"I444P10", AV_PIX_FMT_YUV444P10LE},
        {"I420P12", AV_PIX_FMT_YUV420P12LE}, {"I422P12", AV_PIX_FMT_YUV422P12LE},
        {"I444P12", AV_PIX_FMT_YUV444P12LE}, {"I420A", AV_PIX_FMT_YUVA420P},
        {"I422A", AV_PIX_FMT_YUVA422P},      {"I444A", AV_PIX_FMT_YUVA444P},
        {"NV12", AV_PIX_FMT_NV12},           {"RGBA", AV_PIX_FMT_RGBA},
        {"RGBX", AV_PIX_FMT_RGB0},           {"BGRA", AV_PIX_FMT_BGRA},
        {"BGRX", AV_PIX_FMT_BGR0},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) == 0)
            return names[i].format;
    }
    return av_get_pix_fmt(name);
}

static int set_raw_options(AVDictionary **options, const webc__input_params *params)
{
    char text[64];
    const char *name = params->pixel_format ? params->pixel_format : "I420";
    int format = webc__input_pixel_format(name);
    if (format < 0)
        return webc__report_error(WEBC_EXIT_USAGE, "--pixel-format: '%s' is not a pixel format", name);
    snprintf(text, sizeof text, "%ux%u", (unsigned)params->raw_width, (unsigned)params->raw_height);
    av_dict_set(options, "video_size", text, 0);
    av_dict_set(options, "pixel_format", av_get_pix_fmt_name((enum AVPixelFormat)format), 0);
    AVRational rate = params->framerate.num > 0 ? params->framerate : (AVRational){30, 1};
    snprintf(text, sizeof text, "%d/%d", rate.num, rate.den);
    av_dict_set(options, "framerate", text, 0);
    return WEBC_EXIT_OK;
}

enum { EBML_VOID = 0xec, EBML_CRC = 0xbf };

/* An EBML number: its first bits tell how many bytes it has. -1: unknown, or none. */
static int64_t read_ebml_size(AVIOContext *io)
{
    int64_t first = avio_r8(io), mask = 0x80;
    int bytes = 1;
    for (; bytes <= 8 && !(first & mask); bytes++)
        mask >>= 1;
    int64_t size = first & (mask - 1);
    bool unknown = size == mask - 1;
    for (int i = 1; i < bytes && bytes <= 8; i++) {
        int next = avio_r8(io);
        unknown = unknown && next == 0xff;
        size = size << 8 | next;
    }
    return unknown || bytes > 8 ? -1 : size;
}

/* Where a file of Matroska ends by what its header says; 0: it does not say. */
static int64_t find_segment_end(AVIOContext *io)
{
    const int64_t most = 1024; /* of what precedes the segment */
    int64_t size = avio_rb32(io) == 0x1a45dfa3 ? read_ebml_size(io) : -1;
    int id = EBML_VOID;
    while ((id == EBML_VOID || id == EBML_CRC) && size >= 0 && size < most - avio_tell(io)) {
        avio_skip(io, size);
        id = avio_r8(io);
        if (id == 0x18)
            return avio_rb24(io) == 0x538067 && (size = read_ebml_size(io)) > 0 ? avio_tell(io) + size : 0;
        size = read_ebml_size(io);
    }
    return 0;
}

/** As avformat_open_input() does, but the name is known when it is one of those that are not read. */
static int find_demuxer(webc__input *input, const AVInputFormat **demuxer)
{
    const char *name = webc__io_is_pipe(input->path) ? "" : input->path;
    int error = av_probe_input_buffer2(input->io, demuxer, name, NULL, 0, 0);
    if (error >= 0 && !av_match_list((*demuxer)->name, DEMUXERS, ','))
        return AVERROR_DEMUXER_NOT_FOUND;
    if (error >= 0 && av_match_name("matroska", (*demuxer)->name)) {
        input->segment_end = find_segment_end(input->io);
        int64_t at = avio_seek(input->io, 0, SEEK_SET); /* within what was probed */
        error = at < 0 ? (int)at : error;
    }
    return error;
}

/**
 * Streams that come up later would be decoded without the limit: where there are some already, there will be no
 * more; where there are none yet, nothing is decoded.
 */
static int find_streams(AVFormatContext *format, bool copies_audio)
{
    static const char *const decoders[2][2] = {{NO_DECODERS, NO_DECODERS AUDIO_DECODERS},
                                               {DECODERS, DECODERS AUDIO_DECODERS}};
    unsigned known = format->nb_streams;
    int most = format->max_streams;
    AVDictionary **options = av_calloc(known + 1, sizeof *options);
    int error = options ? 0 : AVERROR(ENOMEM);
    for (unsigned i = 0; options && i < known; i++)
        av_dict_set(&options[i], "max_pixels", MOST_PIXELS, 0);
    if (!error && known > 0)
        format->max_streams = (int)known;
    if (!error)
        error = av_opt_set(format, "codec_whitelist", decoders[known > 0][copies_audio], 0);
    if (error >= 0)
        error = avformat_find_stream_info(format, options);
    format->max_streams = most;
    for (unsigned i = 0; options && i < known; i++)
        av_dict_free(&options[i]);
    av_free(options);
    return error;
}

static int open_format(webc__input *input, const webc__input_params *params)
{
    AVDictionary *options = NULL;
    const AVInputFormat *demuxer = NULL;
    bool is_file = !webc__io_is_pipe(input->path);
    if (params->raw_width > 0) {
        demuxer = av_find_input_format("rawvideo");
        int code = set_raw_options(&options, params);
        if (code != WEBC_EXIT_OK || !demuxer) {
            av_dict_free(&options);
            return code != WEBC_EXIT_OK
                       ? code
                       : webc__report_error(WEBC_EXIT_UNSUPPORTED, "this FFmpeg has no raw video demuxer");
        }
    }
    if (params->every_packet)
        av_dict_set(&options, "ignore_editlist", "1", 0);
    input->format = avformat_alloc_context();
    int error = input->format ? webc__io_open_input(&input->io, input->path) : AVERROR(ENOMEM);
    if (error >= 0 && !demuxer)
        error = find_demuxer(input, &demuxer);
    if (error >= 0) {
        input->format->pb = input->io;
        input->format->interrupt_callback.callback = check_stop;
        input->format->interrupt_callback.opaque = input;
        /* On failure it frees the context, but not our byte stream. */
        error = avformat_open_input(&input->format, is_file ? input->path : NULL, demuxer, &options);
    }
    av_dict_free(&options);
    if (error >= 0)
        error = find_streams(input->format, params->copies_audio);
    if (error < 0 && webc__signal_count() > 0)
        return webc__signal_exit_code();
    if (error == AVERROR_EOF || (error < 0 && input->io && avio_size(input->io) == 0))
        return webc__report_error(WEBC_EXIT_INPUT, "'%s' is empty or ends before its headers do", input->path);
    if (error == AVERROR_DEMUXER_NOT_FOUND)
        return webc__report_error(WEBC_EXIT_INPUT,
                                  "'%s' is not a video file that is read here: it looks like '%s'", input->path,
                                  demuxer->name);
    if (error == AVERROR_INVALIDDATA)
        return webc__report_error(WEBC_EXIT_INPUT, "'%s' is not a video file or its headers are damaged",
                                  input->path);
    if (error < 0)
        return webc__report_error(WEBC_EXIT_INPUT, "cannot read '%s': %s", input->path,
                                  webc__report_averror(error));
    return WEBC_EXIT_OK;
}

/** The first track that moves: from FFmpeg 7 on the still picture of an AVIF sequence is one of its own. */
static AVStream *find_video(const AVFormatContext *format)
{
    AVStream *still = NULL;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
            !(stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS))) {
            if (stream->nb_frames != 1)
                return stream;
            still = still ? still : stream;
        }
    }
    return still;
}

int webc__input_open(webc__input **out, const char *path, const webc__input_params *params)
{
    webc__input *input = av_mallocz(sizeof *input);
    *out = NULL;
    if (!input)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    input->path = path;
    input->seen = webc__signal_count();
    int code = open_format(input, params);
    if (code == WEBC_EXIT_OK) {
        input->video = find_video(input->format);
        if (!input->video)
            code = webc__report_error(WEBC_EXIT_INPUT, "'%s' has no video track", path);
    }
    if (code != WEBC_EXIT_OK) {
        webc__input_close(&input);
        return code;
    }
    enum AVCodecID id = input->video->codecpar->codec_id;
    input->raw = id == AV_CODEC_ID_RAWVIDEO || id == AV_CODEC_ID_WRAPPED_AVFRAME;
    *out = input;
    return WEBC_EXIT_OK;
}

void webc__input_close(webc__input **input)
{
    if (!*input)
        return;
    avformat_close_input(&(*input)->format);
    webc__io_close(&(*input)->io);
    av_freep(input);
}

/** libavformat drops the last picture of a Y4M file without a word when it is not whole. */
static void check_last_picture(webc__input *input)
{
    if (input->damaged || input->end <= 0 || strcmp(input->format->iformat->name, "yuv4mpegpipe") != 0 ||
        avio_tell(input->io) <= input->end)
        return;
    input->damaged = true;
    webc__report_warning("'%s' ends inside a picture", input->path);
}

/* libavformat drops a cut packet at the end of Matroska without a word. */
static void check_segment(webc__input *input)
{
    int64_t size = avio_size(input->io);
    int64_t missing = input->segment_end - (size > 0 ? size : avio_tell(input->io));
    if (input->damaged || input->segment_end == 0 || missing <= 0)
        return;
    input->damaged = true;
    webc__report_warning("'%s' is cut: by its header %lld of its %lld bytes are missing", input->path,
                         (long long)missing, (long long)input->segment_end);
}

int webc__input_read(webc__input *input, AVPacket *packet)
{
    int error;
    do {
        error = av_read_frame(input->format, packet);
    } while (error == AVERROR(EAGAIN) && webc__signal_count() == input->seen);
    if (webc__signal_count() != input->seen) {
        av_packet_unref(packet);
        return 0;
    }
    if (error == AVERROR_EOF) {
        /* libavformat ends quietly on a stream whose bytes could not be read. */
        int failed = input->io ? input->io->error : 0;
        if (failed >= 0 || failed == AVERROR_EOF) {
            check_last_picture(input);
            check_segment(input);
            return 0;
        }
        error = failed;
    }
    if (error < 0) {
        input->damaged = true;
        webc__report_warning("reading '%s' failed after %llu video packets: %s", input->path,
                             (unsigned long long)input->packets, webc__report_averror(error));
        return -1;
    }
    if (packet->stream_index != input->video->index)
        return 1;
    input->packets++;
    input->end = packet->pos >= 0 ? packet->pos + packet->size : 0;
    if ((packet->flags & AV_PKT_FLAG_CORRUPT) && !input->damaged) {
        input->damaged = true;
        webc__report_warning("'%s': the container says that video packet %llu is damaged", input->path,
                             (unsigned long long)input->packets);
    }
    return 1;
}

AVRational webc__input_framerate(const webc__input *input)
{
    AVRational rate = av_guess_frame_rate(input->format, input->video, NULL);
    if (rate.num <= 0 || rate.den <= 0)
        rate = (AVRational){0, 1};
    return rate;
}

int64_t webc__input_duration_us(const webc__input *input)
{
    if (input->video->duration != AV_NOPTS_VALUE && input->video->duration > 0)
        return av_rescale_q(input->video->duration, input->video->time_base, AV_TIME_BASE_Q);
    return input->format->duration > 0 ? input->format->duration : 0;
}
