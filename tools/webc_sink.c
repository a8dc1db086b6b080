/* SPDX-License-Identifier: MIT */
/* Decoded pictures on their way out: the visible planes, tightly packed, in the native pixel format. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libavformat/avformat.h>
#include <libavutil/common.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>

#include "webc_io.h"
#include "webc_sink.h"
#include "webcodecs/libav.h"

struct webc__sink {
    webc__sink_kind kind;
    const char *path;
    const webc__reader *reader;
    AVIOContext *io;
    AVFormatContext *format; /* framemd5 */
    AVPacket *packet;        /* framemd5 */
    struct AVMD5 *md5;
    int64_t offset; /* framemd5: FFmpeg counts from the start of the file */
    int64_t last;   /* framemd5: time of the last picture */
    uint64_t moved; /* framemd5: pictures with a time before that */
    bool started;
    bool failed;    /* and told */
    uint32_t width; /* y4m: of the first picture */
    uint32_t height;
    uint32_t pixel_format;
    bool scaled; /* y4m: the notice was given */
};

static int fail_write(webc__sink *sink, int error)
{
    if (sink->failed)
        return WEBC_EXIT_OUTPUT;
    sink->failed = true;
    return webc__io_write_failure(sink->path, error);
}

static int fail_memory(void)
{
    return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
}

int webc__sink_open(webc__sink **out, webc__sink_kind kind, const char *path, const webc__reader *reader)
{
    webc__sink *sink = av_mallocz(sizeof *sink);
    *out = NULL;
    if (!sink)
        return fail_memory();
    sink->kind = kind;
    sink->path = path;
    sink->reader = reader;
    sink->last = INT64_MIN;
    int error = webc__io_open_output(&sink->io, path);
    if (error >= 0 && kind == WEBC_SINK_MD5) {
        sink->md5 = av_md5_alloc();
        if (sink->md5)
            av_md5_init(sink->md5);
        else
            error = AVERROR(ENOMEM);
    }
    if (error >= 0 && kind == WEBC_SINK_FRAMEMD5) {
        sink->packet = av_packet_alloc();
        if (!sink->packet)
            error = AVERROR(ENOMEM);
    }
    if (error < 0) {
        int code = webc__io_write_failure(path, error);
        webc__sink_close(&sink);
        return code;
    }
    *out = sink;
    return WEBC_EXIT_OK;
}

static AVRational find_aspect(const webc__sink *sink)
{
    const webc__input *input = sink->reader->input;
    return av_guess_sample_aspect_ratio(input->format, input->video, NULL);
}

static int start_framemd5(webc__sink *sink, const webc_frame_info *info)
{
    int error = avformat_alloc_output_context2(&sink->format, NULL, "framemd5", NULL);
    AVStream *stream = error >= 0 ? avformat_new_stream(sink->format, NULL) : NULL;
    if (!stream)
        return webc__report_error(WEBC_EXIT_INTERNAL, "this FFmpeg cannot write framemd5");
    sink->format->pb = sink->io;
    sink->format->flags |= AVFMT_FLAG_BITEXACT;
    stream->time_base = sink->reader->time_base;
    stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    stream->codecpar->codec_id = AV_CODEC_ID_RAWVIDEO;
    stream->codecpar->width = (int)info->visible_rect.width;
    stream->codecpar->height = (int)info->visible_rect.height;
    stream->codecpar->sample_aspect_ratio = find_aspect(sink);
    stream->sample_aspect_ratio = stream->codecpar->sample_aspect_ratio;
    const AVFormatContext *input = sink->reader->input->format;
    if (input->start_time != AV_NOPTS_VALUE)
        sink->offset = av_rescale_q(input->start_time, AV_TIME_BASE_Q, sink->reader->time_base);
    error = avformat_write_header(sink->format, NULL);
    return error < 0 ? fail_write(sink, error) : WEBC_EXIT_OK;
}

/** What Y4M calls a pixel format; NULL when it has no name for it. */
static const char *name_y4m(uint32_t format, enum AVChromaLocation location)
{
    switch (format) {
    case WEBC_PIXEL_FORMAT_I420:
        return location == AVCHROMA_LOC_TOPLEFT  ? "420paldv XYSCSS=420PALDV"
               : location == AVCHROMA_LOC_CENTER ? "420jpeg XYSCSS=420JPEG"
                                                 : "420mpeg2 XYSCSS=420MPEG2";
    case WEBC_PIXEL_FORMAT_I422:
        return "422 XYSCSS=422";
    case WEBC_PIXEL_FORMAT_I444:
        return "444 XYSCSS=444";
    case WEBC_PIXEL_FORMAT_I420P10:
        return "420p10 XYSCSS=420P10";
    case WEBC_PIXEL_FORMAT_I422P10:
        return "422p10 XYSCSS=422P10";
    case WEBC_PIXEL_FORMAT_I444P10:
        return "444p10 XYSCSS=444P10";
    case WEBC_PIXEL_FORMAT_I420P12:
        return "420p12 XYSCSS=420P12";
    case WEBC_PIXEL_FORMAT_I422P12:
        return "422p12 XYSCSS=422P12";
    case WEBC_PIXEL_FORMAT_I444P12:
        return "444p12 XYSCSS=444P12";
    default:
        return NULL;
    }
}

static int start_y4m(webc__sink *sink, const webc_frame_info *info)
{
    const webc__input *input = sink->reader->input;
    const char *name = name_y4m(info->format, input->video->codecpar->chroma_location);
    AVRational rate = webc__input_framerate(input);
    AVRational aspect = find_aspect(sink);
    if (!name)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED,
                                  "Y4M cannot hold the pixel format of '%s'; --format raw can", input->path);
    if (rate.num <= 0)
        rate = (AVRational){25, 1};
    sink->width = info->visible_rect.width;
    sink->height = info->visible_rect.height;
    sink->pixel_format = info->format;
    avio_printf(sink->io, "YUV4MPEG2 W%u H%u F%d:%d Ip A%d:%d C%s%s\n", (unsigned)sink->width,
                (unsigned)sink->height, rate.num, rate.den, aspect.num, aspect.num ? aspect.den : 0, name,
                info->color_space.range == WEBC_COLOR_RANGE_FULL ? " XCOLORRANGE=FULL" : "");
    return WEBC_EXIT_OK;
}

static int copy_planes(webc__sink *sink, const webc_frame *frame, uint32_t plane_count)
{
    webc_plane planes[WEBC_MAX_PLANES];
    uint64_t size = 0;
    for (uint32_t i = 0; i < plane_count; i++) {
        webc_plane_init(&planes[i], sizeof planes[i]);
        if (webc_frame_plane(frame, i, &planes[i]) != WEBC_OK)
            return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
        size += (uint64_t)planes[i].row_bytes * planes[i].rows;
    }
    uint8_t *out = NULL;
    if (sink->kind == WEBC_SINK_FRAMEMD5) {
        if (size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE || av_new_packet(sink->packet, (int)size) < 0)
            return fail_memory();
        out = sink->packet->data;
    }
    for (uint32_t i = 0; i < plane_count; i++) {
        const uint8_t *row = planes[i].data;
        for (uint32_t y = 0; y < planes[i].rows; y++, row += planes[i].stride) {
            if (sink->kind == WEBC_SINK_MD5) {
                av_md5_update(sink->md5, row, planes[i].row_bytes);
            } else if (out) {
                memcpy(out, row, planes[i].row_bytes);
                out += planes[i].row_bytes;
            } else {
                avio_write(sink->io, row, (int)planes[i].row_bytes);
            }
        }
    }
    return WEBC_EXIT_OK;
}

/** The muxer takes no time before the last one. Such a picture is moved, as the ffmpeg command does. */
static int write_packet(webc__sink *sink, const webc__picture *picture)
{
    int64_t pts = av_sat_sub64(picture->pts, sink->offset);
    sink->moved += pts < sink->last;
    sink->last = FFMAX(sink->last, pts);
    sink->packet->pts = sink->packet->dts = sink->last;
    sink->packet->duration = picture->duration > 0 ? picture->duration : sink->reader->step;
    int error = av_write_frame(sink->format, sink->packet);
    av_packet_unref(sink->packet);
    return error < 0 ? fail_write(sink, error) : WEBC_EXIT_OK;
}

/** A Y4M file has one size and one format: later pictures of another are converted. */
static int write_converted(webc__sink *sink, const webc__picture *picture)
{
    webc_frame *scaled = NULL;
    if (!sink->scaled)
        webc__report_notice("the size or format of the picture changes; Y4M keeps that of the first, %ux%u",
                            (unsigned)sink->width, (unsigned)sink->height);
    sink->scaled = true;
    if (webc_frame_convert(&scaled, picture->frame, sink->pixel_format, sink->width, sink->height, NULL) !=
        WEBC_OK)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s", webc_error_message());
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    int code = webc_frame_get_info(scaled, &info) == WEBC_OK ? copy_planes(sink, scaled, info.plane_count)
                                                             : WEBC_EXIT_INTERNAL;
    webc_frame_unref(&scaled);
    return code;
}

int webc__sink_write(webc__sink *sink, const webc__picture *picture)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    int code = WEBC_EXIT_OK;
    if (webc_frame_get_info(picture->frame, &info) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    if (!sink->started && sink->kind == WEBC_SINK_FRAMEMD5)
        code = start_framemd5(sink, &info);
    if (!sink->started && sink->kind == WEBC_SINK_Y4M)
        code = start_y4m(sink, &info);
    if (code != WEBC_EXIT_OK)
        return code;
    sink->started = true;
    if (sink->kind == WEBC_SINK_Y4M)
        avio_write(sink->io, (const unsigned char *)"FRAME\n", 6);
    if (sink->kind == WEBC_SINK_Y4M &&
        (info.visible_rect.width != sink->width || info.visible_rect.height != sink->height ||
         info.format != sink->pixel_format))
        code = write_converted(sink, picture);
    else
        code = copy_planes(sink, picture->frame, info.plane_count);
    if (code == WEBC_EXIT_OK && sink->kind == WEBC_SINK_FRAMEMD5)
        code = write_packet(sink, picture);
    if (code == WEBC_EXIT_OK && sink->io->error < 0)
        code = fail_write(sink, sink->io->error);
    return code;
}

int webc__sink_close(webc__sink **sink)
{
    webc__sink *self = *sink;
    int error = 0;
    if (!self)
        return WEBC_EXIT_OK;
    if (self->moved > 0)
        webc__report_warning("the times of %" PRIu64 " frames do not rise; they were moved to keep the order",
                             self->moved);
    if (self->format && self->started)
        error = av_write_trailer(self->format);
    if (self->format)
        self->format->pb = NULL;
    if (self->md5 && self->io && self->started) {
        uint8_t digest[16];
        av_md5_final(self->md5, digest);
        for (size_t i = 0; i < sizeof digest; i++)
            avio_printf(self->io, "%02x", digest[i]);
        avio_printf(self->io, "\n");
    }
    int closed = webc__io_close(&self->io);
    int code = error < 0 ? fail_write(self, error) : closed < 0 ? fail_write(self, closed) : WEBC_EXIT_OK;
    avformat_free_context(self->format);
    av_packet_free(&self->packet);
    av_free(self->md5);
    av_freep(sink);
    return code;
}
