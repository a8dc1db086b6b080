/* SPDX-License-Identifier: MIT */
/* What is carried from an input track to an output track. */
#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>

#include "webc_track.h"

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 29, 100)
#define SIDE_DATA_IN_PARAMETERS 1
#else
#define SIDE_DATA_IN_PARAMETERS 0
#endif

int webc__track_set_extradata(AVCodecParameters *codec, const void *data, size_t size)
{
    if (size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE)
        return AVERROR(EINVAL);
    uint8_t *copy = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!copy)
        return AVERROR(ENOMEM);
    memcpy(copy, data, size);
    av_free(codec->extradata);
    codec->extradata = copy;
    codec->extradata_size = (int)size;
    return 0;
}

/** Tags that describe the old file, not the video. */
static void drop_stale_tags(AVDictionary **tags)
{
    static const char *const stale[] = {
        "major_brand",
        "minor_version",
        "compatible_brands",
        "encoder",
        "DURATION",
        "duration",
        "vendor_id",
        "rotate",
        "BPS",
        "NUMBER_OF_FRAMES",
        "NUMBER_OF_BYTES",
        "_STATISTICS_TAGS",
        "_STATISTICS_WRITING_APP",
        "_STATISTICS_WRITING_DATE_UTC",
    };
    for (size_t i = 0; i < sizeof stale / sizeof stale[0]; i++)
        av_dict_set(tags, stale[i], NULL, 0);
}

/** A container's own tag for the codec is kept when the output understands it the same way. */
static uint32_t choose_tag(const AVOutputFormat *muxer, const AVCodecParameters *codec)
{
    unsigned int tag = 0;
    if (!muxer->codec_tag || av_codec_get_id(muxer->codec_tag, codec->codec_tag) == codec->codec_id ||
        !av_codec_get_tag2(muxer->codec_tag, codec->codec_id, &tag))
        return codec->codec_tag;
    return 0;
}

static bool can_hold(const AVFormatContext *output, const AVCodecParameters *codec,
                     const webc__container *container)
{
    if (container->video_only || codec->codec_id == AV_CODEC_ID_NONE)
        return false;
    return avformat_query_codec(output->oformat, codec->codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

static int refuse_track(const AVStream *source, const webc__container *container, const char *path)
{
    enum AVMediaType type = source->codecpar->codec_type;
    const char *name = avcodec_get_name(source->codecpar->codec_id);
    if (type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE) {
        bool audio = type == AVMEDIA_TYPE_AUDIO;
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s cannot hold the %s track (%s) of '%s'; %sgive %s",
                                  container->name, audio ? "audio" : "subtitle", name, path,
                                  strcmp(container->name, "mkv") == 0 ? "" : "write .mkv or ",
                                  audio ? "--no-audio" : "--no-subtitles");
    }
    const char *kind = av_get_media_type_string(type);
    webc__report_notice("track %d (%s, %s) cannot be in %s and is left out", source->index,
                        kind ? kind : "data", name, container->name);
    return WEBC_EXIT_OK;
}

static int copy_side_data(AVStream *out, const AVStream *in, bool video)
{
#if SIDE_DATA_IN_PARAMETERS
    const AVPacketSideData *list = in->codecpar->coded_side_data;
    int count = in->codecpar->nb_coded_side_data;
#else
    const AVPacketSideData *list = in->side_data;
    int count = in->nb_side_data;
#endif
    for (int i = 0; i < count; i++) {
        enum AVPacketSideDataType type = list[i].type;
        /* What describes the picture outlives a new encoding; what describes the old bitstream does not. */
        bool picture = type == AV_PKT_DATA_DISPLAYMATRIX || type == AV_PKT_DATA_STEREO3D ||
                       type == AV_PKT_DATA_SPHERICAL || type == AV_PKT_DATA_MASTERING_DISPLAY_METADATA ||
                       type == AV_PKT_DATA_CONTENT_LIGHT_LEVEL;
        if (video && !picture)
            continue;
#if SIDE_DATA_IN_PARAMETERS
        if (!video)
            continue; /* avcodec_parameters_copy() took them along */
        AVPacketSideData *copy = av_packet_side_data_new(
            &out->codecpar->coded_side_data, &out->codecpar->nb_coded_side_data, type, list[i].size, 0);
        uint8_t *data = copy ? copy->data : NULL;
#else
        uint8_t *data = av_stream_new_side_data(out, type, list[i].size);
#endif
        if (!data)
            return AVERROR(ENOMEM);
        memcpy(data, list[i].data, list[i].size);
    }
    return 0;
}

int webc__track_copy(AVStream **out, AVFormatContext *output, const AVStream *source,
                     const webc__container *container, const char *path)
{
    const AVCodecParameters *codec = source->codecpar;
    *out = NULL;
    if (!can_hold(output, codec, container))
        return refuse_track(source, container, path);
    AVStream *stream = avformat_new_stream(output, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, codec) < 0 ||
        copy_side_data(stream, source, false) < 0 || av_dict_copy(&stream->metadata, source->metadata, 0) < 0)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    drop_stale_tags(&stream->metadata);
    stream->codecpar->codec_tag = choose_tag(output->oformat, codec);
    stream->time_base = source->time_base;
    stream->disposition = source->disposition;
    stream->avg_frame_rate = source->avg_frame_rate;
    stream->sample_aspect_ratio = source->sample_aspect_ratio;
    stream->id = source->id;
    *out = stream;
    return WEBC_EXIT_OK;
}

static int copy_chapters(AVFormatContext *output, const AVFormatContext *input)
{
    if (input->nb_chapters == 0)
        return 0;
    output->chapters = av_calloc(input->nb_chapters, sizeof(AVChapter *));
    if (!output->chapters)
        return AVERROR(ENOMEM);
    for (unsigned i = 0; i < input->nb_chapters; i++) {
        const AVChapter *from = input->chapters[i];
        AVChapter *chapter = av_mallocz(sizeof *chapter);
        if (!chapter)
            return AVERROR(ENOMEM);
        output->chapters[output->nb_chapters++] = chapter;
        chapter->id = from->id;
        chapter->time_base = from->time_base;
        chapter->start = from->start;
        chapter->end = from->end;
        if (av_dict_copy(&chapter->metadata, from->metadata, 0) < 0)
            return AVERROR(ENOMEM);
    }
    return 0;
}

int webc__track_copy_metadata(AVFormatContext *output, const AVFormatContext *input)
{
    int error = av_dict_copy(&output->metadata, input->metadata, 0);
    drop_stale_tags(&output->metadata);
    return error < 0 ? error : copy_chapters(output, input);
}

/** Matroska learned to hold a rotation with libavformat 61. */
static void warn_rotation(const AVStream *out, const webc__container *container)
{
    if (strcmp(container->name, "mkv") != 0 && strcmp(container->name, "webm") != 0 && !container->video_only)
        return;
    if (!container->video_only && avformat_version() >= AV_VERSION_INT(61, 0, 0))
        return;
#if SIDE_DATA_IN_PARAMETERS
    const AVPacketSideData *data = av_packet_side_data_get(
        out->codecpar->coded_side_data, out->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    bool rotated = data != NULL;
#else
    bool rotated = av_stream_get_side_data(out, AV_PKT_DATA_DISPLAYMATRIX, NULL) != NULL;
#endif
    if (rotated)
        webc__report_notice("the rotation of the video cannot be written to %s here; .mp4 and .mov keep it",
                            container->name);
}

int webc__track_copy_video(AVStream *out, const webc__input *input, const webc__output_video *video,
                           const webc__container *container)
{
    const AVStream *in = input->video;
    int error = copy_side_data(out, in, true);
    if (error >= 0)
        error = av_dict_copy(&out->metadata, in->metadata, 0);
    drop_stale_tags(&out->metadata);
    out->disposition = in->disposition;
    warn_rotation(out, container);
    AVRational aspect = av_guess_sample_aspect_ratio(input->format, input->video, NULL);
    if (aspect.num > 0 && aspect.den > 0) {
        /* The picture keeps its shape when it is scaled to other proportions. */
        int64_t num = (int64_t)video->source_width * video->height;
        int64_t den = (int64_t)video->source_height * video->width;
        if (num != den && num > 0 && den > 0) {
            AVRational scale;
            av_reduce(&scale.num, &scale.den, num, den, INT32_MAX);
            aspect = av_mul_q(aspect, scale);
        }
        out->sample_aspect_ratio = aspect;
        out->codecpar->sample_aspect_ratio = aspect;
    }
    AVCodecParameters *codec = out->codecpar;
    const AVCodecParameters *source = in->codecpar;
    if (source->color_space != AVCOL_SPC_RGB) {
        if (codec->color_primaries == AVCOL_PRI_UNSPECIFIED)
            codec->color_primaries = source->color_primaries;
        if (codec->color_trc == AVCOL_TRC_UNSPECIFIED)
            codec->color_trc = source->color_trc;
        if (codec->color_space == AVCOL_SPC_UNSPECIFIED)
            codec->color_space = source->color_space;
        if (codec->color_range == AVCOL_RANGE_UNSPECIFIED)
            codec->color_range = source->color_range;
    }
    return error;
}

/** Of a VP9 string: the chroma field, or what the profile leads to. 0 4:2:0, 1 4:2:2, 2 4:4:4. */
static size_t find_vp9_chroma(unsigned profile, int fields, unsigned chroma)
{
    if (fields < 4)
        return profile == 1 || profile == 3 ? 2 : 0;
    return chroma == 3 ? 2 : chroma == 2 ? 1 : 0;
}

/** As above for AV1, whose chroma field has a digit each for subsampling across and down. */
static size_t find_av1_chroma(unsigned profile, unsigned depth, int fields, unsigned chroma)
{
    if (fields < 4)
        return profile == 1 ? 2 : profile == 2 && depth < 12 ? 1 : 0;
    return chroma < 100 ? 2 : chroma < 110 ? 1 : 0;
}

static void describe_profile(AVCodecParameters *codec, const char *text)
{
    static const enum AVPixelFormat formats[3][3] = {
        {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12},
        {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12},
        {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12},
    };
    unsigned profile = 0;
    unsigned level = 0;
    unsigned depth = 8;
    unsigned field = 0;
    size_t chroma = 0;
    int fields = 0;
    if (codec->codec_id == AV_CODEC_ID_VP9) {
        fields = sscanf(text, "vp09.%2u.%2u.%2u.%2u", &profile, &level, &depth, &field);
        chroma = find_vp9_chroma(profile, fields, field);
    } else if (codec->codec_id == AV_CODEC_ID_AV1) {
        fields = sscanf(text, "av01.%1u.%2u%*c.%2u.%*1u.%3u", &profile, &level, &depth, &field);
        chroma = find_av1_chroma(profile, depth, fields, field);
    } else if (codec->codec_id == AV_CODEC_ID_HEVC && strncmp(text + 4, ".2.", 3) == 0) {
        depth = 10;
    }
    if (fields >= 3) {
        codec->profile = (int)profile;
        codec->level = (int)level;
    }
    codec->format = formats[chroma][depth == 12 ? 2 : depth == 10 ? 1 : 0];
}

void webc__track_describe(AVCodecParameters *codec, const webc_video_decoder_config *config)
{
    const webc_color_space *color = &config->color_space;
    if (config->codec)
        describe_profile(codec, config->codec);
    codec->color_primaries = color->primaries ? (enum AVColorPrimaries)color->primaries : AVCOL_PRI_UNSPECIFIED;
    codec->color_trc =
        color->transfer ? (enum AVColorTransferCharacteristic)color->transfer : AVCOL_TRC_UNSPECIFIED;
    codec->color_space = color->matrix == WEBC_COLOR_MATRIX_RGB ? AVCOL_SPC_RGB
                         : color->matrix                        ? (enum AVColorSpace)color->matrix
                                                                : AVCOL_SPC_UNSPECIFIED;
    codec->color_range = color->range == WEBC_COLOR_RANGE_FULL      ? AVCOL_RANGE_JPEG
                         : color->range == WEBC_COLOR_RANGE_LIMITED ? AVCOL_RANGE_MPEG
                                                                    : AVCOL_RANGE_UNSPECIFIED;
}
