/* SPDX-License-Identifier: MIT */
/* webc info FILE: the tracks of a file, their codec strings and how far its key frames are apart. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>

#include "webc_info.h"
#include "webc_input.h"
#include "webc_json.h"

typedef struct track_count {
    uint64_t packets;
    uint64_t bytes;
    uint64_t keys;
    uint64_t since_key; /* packets since the last key packet, itself counted */
    uint64_t least_gap;
    uint64_t most_gap;
} track_count;

static void count_packet(track_count *count, const AVPacket *packet)
{
    if (packet->flags & AV_PKT_FLAG_KEY) {
        if (count->keys > 0) {
            count->least_gap = count->least_gap == 0 || count->since_key < count->least_gap ? count->since_key
                                                                                            : count->least_gap;
            count->most_gap = count->since_key > count->most_gap ? count->since_key : count->most_gap;
        }
        count->keys++;
        count->since_key = 0;
    }
    count->packets++;
    count->since_key++;
    count->bytes += (uint64_t)packet->size;
}

static int count_all(webc__input *input, track_count *counts, unsigned tracks)
{
    AVPacket *packet = av_packet_alloc();
    int got = packet ? 1 : 0;
    while (packet && (got = webc__input_read(input, packet)) > 0) {
        if ((unsigned)packet->stream_index < tracks)
            count_packet(&counts[packet->stream_index], packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    return got < 0 ? WEBC_EXIT_INPUT : WEBC_EXIT_OK;
}

/** Degrees clockwise that a player turns the picture by; 0 without a matrix. */
static int find_rotation(const AVStream *stream)
{
    const int32_t *matrix = NULL;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 29, 100)
    const AVPacketSideData *data = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    if (data && data->size >= 9 * sizeof(int32_t))
        matrix = (const int32_t *)(const void *)data->data;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (data && size >= 9 * sizeof(int32_t))
        matrix = (const int32_t *)(const void *)data;
#endif
    if (!matrix)
        return 0;
    double angle = -av_display_rotation_get(matrix);
    int rounded = (int)(angle < 0 ? angle - 0.5 : angle + 0.5) % 360;
    return rounded < 0 ? rounded + 360 : rounded;
}

static void print_track(const webc__input *input, const AVStream *stream, const track_count *count)
{
    const AVCodecParameters *codec = stream->codecpar;
    const char *type = av_get_media_type_string(codec->codec_type);
    char text[64];
    printf("track %d: %s, %s", stream->index, type ? type : "data", avcodec_get_name(codec->codec_id));
    if (webc__input_codec_string(codec, text, sizeof text))
        printf(" (%s)", text);
    if (codec->codec_type == AVMEDIA_TYPE_VIDEO) {
        AVRational rate = av_guess_frame_rate(input->format, (AVStream *)stream, NULL);
        printf(", %dx%d", codec->width, codec->height);
        if (rate.num > 0 && rate.den > 0)
            printf(", %.6g fps", av_q2d(rate));
        if (find_rotation(stream) != 0)
            printf(", rotated by %d", find_rotation(stream));
    }
    if (codec->codec_type == AVMEDIA_TYPE_AUDIO)
        printf(", %d Hz, %d channels", codec->sample_rate, codec->ch_layout.nb_channels);
    printf("\n  %" PRIu64 " packets, %" PRIu64 " bytes", count->packets, count->bytes);
    if (codec->codec_type == AVMEDIA_TYPE_VIDEO && count->keys > 1)
        printf(", %" PRIu64 " key, %" PRIu64 " to %" PRIu64 " packets apart", count->keys, count->least_gap,
               count->most_gap);
    else if (codec->codec_type == AVMEDIA_TYPE_VIDEO)
        printf(", %" PRIu64 " key", count->keys);
    printf("\n");
}

static void add_track(webc__json *json, const webc__input *input, const AVStream *stream,
                      const track_count *count)
{
    const AVCodecParameters *codec = stream->codecpar;
    char text[64];
    webc__json_open(json, NULL, '{');
    webc__json_int(json, "index", stream->index);
    webc__json_string(json, "media", av_get_media_type_string(codec->codec_type));
    webc__json_string(json, "codec", avcodec_get_name(codec->codec_id));
    webc__json_string(json, "codec_string", webc__input_codec_string(codec, text, sizeof text) ? text : NULL);
    if (codec->codec_type == AVMEDIA_TYPE_VIDEO) {
        AVRational rate = av_guess_frame_rate(input->format, (AVStream *)stream, NULL);
        char fraction[32];
        snprintf(fraction, sizeof fraction, "%d/%d", rate.num, rate.den);
        webc__json_int(json, "width", codec->width);
        webc__json_int(json, "height", codec->height);
        webc__json_string(json, "framerate", rate.num > 0 ? fraction : NULL);
        webc__json_int(json, "rotation", find_rotation(stream));
        webc__json_int(json, "key_packets", (int64_t)count->keys);
        webc__json_int(json, "key_spacing_min", (int64_t)count->least_gap);
        webc__json_int(json, "key_spacing_max", (int64_t)count->most_gap);
    }
    if (codec->codec_type == AVMEDIA_TYPE_AUDIO) {
        webc__json_int(json, "sample_rate", codec->sample_rate);
        webc__json_int(json, "channels", codec->ch_layout.nb_channels);
    }
    webc__json_int(json, "packets", (int64_t)count->packets);
    webc__json_int(json, "bytes", (int64_t)count->bytes);
    webc__json_close(json, '}');
}

static int print_report(const webc__options *options, const webc__input *input, const track_count *counts,
                        unsigned tracks)
{
    const AVFormatContext *format = input->format;
    if (!options->json_report) {
        printf("%s: %s, %.3f s\n", input->path, format->iformat->name,
               format->duration > 0 ? (double)format->duration / AV_TIME_BASE : 0.0);
        for (unsigned i = 0; i < tracks; i++)
            print_track(input, format->streams[i], &counts[i]);
        return WEBC_EXIT_OK;
    }
    webc__json json;
    webc__json_begin(&json);
    webc__json_open(&json, NULL, '{');
    webc__json_int(&json, "v", 1);
    webc__json_string(&json, "type", "file");
    webc__json_string(&json, "input", input->path);
    webc__json_string(&json, "container", format->iformat->name);
    webc__json_int(&json, "duration_us", format->duration > 0 ? format->duration : 0);
    webc__json_open(&json, "tracks", '[');
    for (unsigned i = 0; i < tracks; i++)
        add_track(&json, input, format->streams[i], &counts[i]);
    webc__json_close(&json, ']');
    webc__json_close(&json, '}');
    return webc__json_print(&json);
}

int webc__info_file(const webc__options *options)
{
    webc__input_params params = {.every_packet = true};
    webc__input *input = NULL;
    int code = webc__input_open(&input, options->args[0], &params);
    if (code != WEBC_EXIT_OK)
        return code;
    unsigned tracks = input->format->nb_streams;
    track_count *counts = av_calloc(tracks, sizeof *counts);
    if (!counts) {
        webc__input_close(&input);
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    }
    code = count_all(input, counts, tracks);
    int printed = print_report(options, input, counts, tracks);
    if (code == WEBC_EXIT_OK)
        code = printed;
    av_free(counts);
    webc__input_close(&input);
    return webc__signal_count() > 0 ? webc__signal_exit_code() : code;
}
