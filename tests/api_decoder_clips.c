/* SPDX-License-Identifier: MIT */
/* Clips of other encoders, from the folder that WEBC_TEST_MEDIA names: latency, interlace, aspect, recovery
 * points. */
#include <dirent.h>
#include <libavformat/avformat.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_support.h"

#define TIMEOUT 120

typedef struct clip {
    AVFormatContext *demux;
    AVPacket *packet;
    int track;
    webc_video_decoder_config config;
} clip;

/* The first track that moves: from FFmpeg 7 on the still picture of an AVIF sequence is one of its own. */
static int find_video(const AVFormatContext *demux)
{
    int still = -1;
    for (int i = 0; i < (int)demux->nb_streams; i++) {
        if (demux->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
            continue;
        if (demux->streams[i]->nb_frames != 1)
            return i;
        still = still < 0 ? i : still;
    }
    return still;
}

/* False when there is no such clip; says so. */
static bool open_clip(clip *c, const char *name, const char *string)
{
    const char *media = getenv("WEBC_TEST_MEDIA");
    char path[4096];
    *c = (clip){.config = stream_config(string)};
    av_log_set_level(AV_LOG_FATAL);
    snprintf(path, sizeof path, "%s/%s", media ? media : "", name);
    AVDictionary *options = NULL;
    av_dict_set(&options, "ignore_editlist", "1", 0); /* every packet counts */
    int error = media ? avformat_open_input(&c->demux, path, NULL, &options) : AVERROR(ENOENT);
    av_dict_free(&options);
    if (error < 0) {
        printf("# skipped: %s\n", media ? name : "WEBC_TEST_MEDIA is not set");
        return false;
    }
    c->packet = av_packet_alloc();
    ck_assert_ptr_nonnull(c->packet);
    c->track = find_video(c->demux);
    ck_assert_int_ge(c->track, 0);
    const AVCodecParameters *codec = c->demux->streams[c->track]->codecpar;
    bool record = codec->codec_id == AV_CODEC_ID_H264 || codec->codec_id == AV_CODEC_ID_HEVC;
    if (record && codec->extradata_size && codec->extradata[0] == 1) {
        c->config.description = codec->extradata;
        c->config.description_size = (uint64_t)codec->extradata_size;
    }
    return true;
}

/* The next packet of the video track; false at the end. */
static bool read_clip(clip *c)
{
    do {
        av_packet_unref(c->packet);
        if (av_read_frame(c->demux, c->packet) < 0)
            return false;
    } while (c->packet->stream_index != c->track);
    return true;
}

static void close_clip(clip *c)
{
    av_packet_free(&c->packet);
    avformat_close_input(&c->demux);
}

/* VD-10: in every codec, of streams that do not reorder, each chunk gives its frame before the next is given.
 */
START_TEST(clips_that_do_not_reorder_give_each_frame_at_once)
{
    static const char *const clips[][2] = {
        {"wpt/h264.mp4", "avc1.64000b"},
        {"wpt/h264.annexb", "avc1.64000b"},
        {"h264/sample_no_bframes.mp4", "avc1.640034"},
        {"h264/jvt/BA_MW_D.264", "avc1.42e00a"},
        {"wpt/h265.mp4", "hvc1.1.6.L60.90"},
        {"wpt/h265.annexb", "hvc1.1.6.L60.90"},
        {"vp8/vp80-00-comprehensive-001.ivf", "vp8"},
        {"vp9/vp90-2-02-size-66x66.webm", "vp09.00.10.08"},
        {"vp9/bear-vp9.webm", "vp09.00.10.08"},
        {"wpt/av1.mp4", "av01.0.00M.08"},
        {"av1/av1-1-b8-22-svc-L1T2.ivf", "av01.0.01M.08"},
    };
    for (size_t i = 0; i < COUNT(clips); i++) {
        clip c;
        if (!open_clip(&c, clips[i][0], clips[i][1]))
            continue;
        c.config.optimize_for_latency = 1;
        video_decoder_session *d = video_decoder_open(&c.config);
        size_t count = 0;
        while (read_clip(&c)) {
            stream_decode_bytes(d, count ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, (int64_t)count, c.packet->data,
                                (size_t)c.packet->size);
            video_log_until_outputs(&d->log, d->events, ++count);
            ck_assert_int_eq(stream_info(d, count - 1).timestamp, (int64_t)count - 1);
        }
        ck_assert_uint_ge(count, 8);
        video_decoder_close(d);
        close_clip(&c);
    }
}
END_TEST

static video_decoder_session *decode_clip(clip *c, int first)
{
    video_decoder_session *d = video_decoder_open(&c->config);
    for (int i = 0; read_clip(c); i++) {
        if (i >= first)
            stream_decode_bytes(d, i == first ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA, c->packet->pts,
                                c->packet->data, (size_t)c->packet->size);
        av_packet_unref(c->packet);
    }
    video_decoder_flush(d, 1);
    return d;
}

/* T46: a frame a chunk, in order, and no error. */
START_TEST(an_interlaced_clip_gives_every_frame)
{
    clip c;
    if (!open_clip(&c, "wpt/h264_interlaced.mp4", "avc1.640015"))
        return;
    video_decoder_session *d = decode_clip(&c, 0);
    ck_assert_uint_eq(d->log.count, 10);
    for (size_t i = 1; i < 10; i++)
        ck_assert_int_gt(stream_info(d, i).timestamp, stream_info(d, i - 1).timestamp);
    video_decoder_close(d);
    close_clip(&c);
}
END_TEST

/* T12: web-platform-tests begin at the recovery point of this clip, its sixth chunk; five frames come from
 * there. */
START_TEST(a_clip_is_decoded_from_its_recovery_point)
{
    static const char *const clips[] = {"wpt/h264_sei.mp4", "wpt/h264_sei.annexb"};
    for (size_t i = 0; i < COUNT(clips); i++)
        for (int first = 0; first <= 5; first += 5) {
            clip c;
            if (!open_clip(&c, clips[i], "avc1.64000c"))
                continue;
            if (first && !c.config.description) {
                close_clip(&c); /* its parameter sets are before the first picture only */
                continue;
            }
            video_decoder_session *d = decode_clip(&c, first);
            ck_assert_uint_eq(d->log.count, first ? 5 : 10);
            ck_assert_uint_eq(stream_stats(d).damaged, 0);
            video_decoder_close(d);
            close_clip(&c);
        }
}
END_TEST

/* T29: the sample aspect ratio of the stream gives the display size. */
START_TEST(the_sample_aspect_of_a_clip_is_applied)
{
    clip c;
    if (!open_clip(&c, "h264/h264_white_frame_sar_16_9.mp4", "avc1.64001e"))
        return;
    video_decoder_session *d = decode_clip(&c, 0);
    webc_frame_info info = stream_info(d, 0);
    ck_assert_uint_eq(info.visible_rect.width, 640);
    ck_assert_uint_eq(info.display_width, 1138);
    ck_assert_uint_eq(info.display_height, 480);
    video_decoder_close(d);
    close_clip(&c);
}
END_TEST

/* A string of the family; the decoder goes by the stream. NULL where it is not one of ours. */
static const char *string_of(enum AVCodecID id)
{
    switch (id) {
    case AV_CODEC_ID_H264:
        return "avc1.640034";
    case AV_CODEC_ID_HEVC:
        return "hvc1.1.6.L153.B0";
    case AV_CODEC_ID_VP8:
        return "vp8";
    case AV_CODEC_ID_VP9:
        return "vp09.00.10.08";
    case AV_CODEC_ID_AV1:
        return "av01.0.05M.08";
    default:
        return NULL;
    }
}

static void hash_frame(const webc_frame *frame, struct AVMD5 *md5, char text[33])
{
    uint8_t digest[16];
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    av_md5_init(md5);
    for (uint32_t i = 0; i < info.plane_count; i++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_ok(webc_frame_plane(frame, i, &plane));
        for (uint32_t row = 0; row < plane.rows; row++)
            av_md5_update(md5, plane.data + (size_t)row * plane.stride, plane.row_bytes);
    }
    av_md5_final(md5, digest);
    for (int i = 0; i < 16; i++)
        snprintf(text + (ptrdiff_t)2 * i, 3, "%02x", digest[i]);
}

/* Pictures that have come, against the lines of the reference. */
static size_t compare_frames(video_decoder_session *d, size_t done, FILE *reference, const char *name)
{
    struct AVMD5 *md5 = av_md5_alloc();
    ck_assert_ptr_nonnull(md5);
    for (size_t i = 0; i < d->log.count; i++, done++) {
        char line[256], text[33];
        do {
            ck_assert_msg(fgets(line, sizeof line, reference) != NULL, "%s: more than %zu frames", name, done);
        } while (line[0] == '#');
        hash_frame(d->log.outputs[i].frame, md5, text);
        ck_assert_msg(strstr(line, text) != NULL, "%s: frame %zu is %s and not %s", name, done, text, line);
    }
    av_free(md5);
    video_log_clear(&d->log);
    return done;
}

/* Frames that equalled their reference; 0 when the clip is not one of ours. */
static size_t compare_clip(const char *media, const char *reference_name, uint32_t threads)
{
    char path[4096], name[256];
    clip c;
    size_t length = 0;
    for (const char *at = reference_name; *at && length + 1 < sizeof name; at++) {
        bool slash = at[0] == '_' && at[1] == '_';
        name[length++] = slash ? '/' : *at;
        at += slash;
    }
    ck_assert_uint_gt(length, 9);
    name[length - strlen(".framemd5")] = 0;
    if (strncmp(name, "raw/", 4) == 0 || strncmp(name, "robust/", 7) == 0 || !open_clip(&c, name, NULL))
        return 0;
    c.config.codec = string_of(c.demux->streams[c.track]->codecpar->codec_id);
    c.config.thread_count = threads;
    if (!c.config.codec) {
        close_clip(&c);
        return 0;
    }
    snprintf(path, sizeof path, "%s/framemd5/%s", media, reference_name);
    FILE *reference = fopen(path, "r");
    ck_assert_ptr_nonnull(reference);
    video_decoder_session *d = video_decoder_open(&c.config);
    size_t done = 0;
    for (size_t i = 0; read_clip(&c); i++) {
        stream_decode_bytes(d, i ? WEBC_CHUNK_DELTA : WEBC_CHUNK_KEY, c.packet->pts, c.packet->data,
                            (size_t)c.packet->size);
        video_log_take(&d->log, d->events);
        done = compare_frames(d, done, reference, name);
    }
    video_decoder_flush(d, 1);
    done = compare_frames(d, done, reference, name);
    char line[256];
    ck_assert_msg(fgets(line, sizeof line, reference) == NULL, "%s: only %zu frames", name, done);
    fclose(reference);
    video_decoder_close(d);
    close_clip(&c);
    return done;
}

static const uint32_t thread_counts[] = {0, 8, 16};

/*
 * VD-07, VD-18, T3: every frame of every clip equals the reference, so nothing is lost, concealed or converted;
 * with the default of threads, with more than most machines have CPUs, and with so many that what H.264 must
 * hold back for them leaves no room for all.
 */
START_TEST(frames_equal_the_reference)
{
    const char *media = getenv("WEBC_TEST_MEDIA");
    char folder[4096];
    size_t clips = 0, frames = 0;
    snprintf(folder, sizeof folder, "%s/framemd5", media ? media : "");
    DIR *entries = media ? opendir(folder) : NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        size_t count =
            strstr(entry->d_name, ".framemd5") ? compare_clip(media, entry->d_name, thread_counts[_i]) : 0;
        clips += count > 0;
        frames += count;
    }
    if (entries)
        closedir(entries);
    if (clips)
        printf("# %zu frames of %zu clips compared\n", frames, clips);
    else
        printf("# skipped: no references in WEBC_TEST_MEDIA\n");
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        clips_that_do_not_reorder_give_each_frame_at_once,
        an_interlaced_clip_gives_every_frame,
        a_clip_is_decoded_from_its_recovery_point,
        the_sample_aspect_of_a_clip_is_applied,
    };
    const TTest *const each[] = {frames_equal_the_reference};
    return video_row_main("api_decoder_clips", TIMEOUT, each, COUNT(each), COUNT(thread_counts), once,
                          COUNT(once));
}
