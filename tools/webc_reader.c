/* SPDX-License-Identifier: MIT */
/*
 * Pictures of an input. Container times never pass through the engine's microseconds: each chunk carries a tag,
 * and the frames it gives find the exact ticks under it.
 */
#include <string.h>

#include <libavutil/imgutils.h>

#include "webc_reader.h"
#include "webcodecs/libav.h"

/** Chunks waiting in the decoder; more would only cost memory. */
#define DECODER_QUEUE 6u

void webc__tag_put(webc__tag_table *table, uint64_t tag, int64_t pts, int64_t duration, bool discard)
{
    table->slots[tag % WEBC_TAG_SLOTS] =
        (webc__tag_entry){.tag = tag, .pts = pts, .duration = duration, .discard = discard};
}

const webc__tag_entry *webc__tag_get(const webc__tag_table *table, uint64_t tag)
{
    const webc__tag_entry *entry = &table->slots[tag % WEBC_TAG_SLOTS];
    return entry->tag == tag ? entry : NULL;
}

static int create_decoder(webc__reader *reader, uint32_t threads, uint32_t corruption)
{
    webc_video_decoder_params params;
    webc_video_decoder_params_init(&params, sizeof params);
    params.max_outputs = 4;
    reader->config.config.thread_count = threads;
    reader->config.config.corruption = corruption;
    webc_result result = webc_video_decoder_create(&reader->decoder, reader->events, &params);
    if (result == WEBC_OK)
        result = webc_video_decoder_configure(reader->decoder, &reader->config.config);
    if (result == WEBC_OK)
        return WEBC_EXIT_OK;
    return webc__report_error(result == WEBC_ERROR_TYPE ? WEBC_EXIT_UNSUPPORTED : WEBC_EXIT_INTERNAL,
                              "'%s': the decoder cannot be set up: %s", reader->input->path,
                              webc_error_message());
}

int webc__reader_open(webc__reader **out, webc__input *input, webc_events *events, uint32_t threads,
                      uint32_t corruption)
{
    webc__reader *reader = av_mallocz(sizeof *reader);
    int code = WEBC_EXIT_OK;
    *out = NULL;
    if (reader)
        reader->packet = av_packet_alloc();
    if (!reader || !reader->packet) {
        av_free(reader);
        webc__input_close(&input);
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    }
    reader->input = input;
    reader->events = events;
    reader->time_base = input->video->time_base;
    reader->next_pts = AV_NOPTS_VALUE;
    reader->next_tag = 1;
    webc_event_init(&reader->event, sizeof reader->event);
    AVRational rate = webc__input_framerate(input);
    if (rate.num > 0)
        reader->step = av_rescale_q(1, av_inv_q(rate), reader->time_base);
    if (!input->raw)
        code = webc__input_decoder_config(input, &reader->config);
    if (code == WEBC_EXIT_OK && !events && !input->raw) {
        reader->own_events = true;
        if (webc_events_create(&reader->events, NULL) != WEBC_OK)
            code = webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    }
    if (code == WEBC_EXIT_OK && !input->raw)
        code = create_decoder(reader, threads, corruption);
    if (code != WEBC_EXIT_OK)
        webc__reader_close(&reader);
    *out = reader;
    return code;
}

void webc__reader_close(webc__reader **reader)
{
    if (!*reader)
        return;
    webc_event_clear(&(*reader)->event);
    webc_video_decoder_destroy(&(*reader)->decoder);
    if ((*reader)->own_events)
        webc_events_destroy(&(*reader)->events);
    av_packet_free(&(*reader)->packet);
    webc__input_close(&(*reader)->input);
    av_freep(reader);
}

bool webc__reader_wants_packet(const webc__reader *reader)
{
    return !reader->ended && webc_video_decoder_queue_size(reader->decoder) < DECODER_QUEUE;
}

/** Time of the next picture in presentation order: its own, or what the one before leads to. */
static int64_t settle_pts(webc__reader *reader, int64_t pts, int64_t duration)
{
    if (pts == AV_NOPTS_VALUE)
        pts = reader->next_pts == AV_NOPTS_VALUE ? 0 : reader->next_pts;
    int64_t step = duration > 0 ? duration : reader->step;
    reader->next_pts = pts > INT64_MAX - step ? pts : pts + step;
    return pts;
}

static int wrap_raw(webc__reader *reader, webc__picture *picture)
{
    const AVCodecParameters *codec = reader->input->video->codecpar;
    AVPacket *packet = reader->packet;
    webc_frame_params params;
    int size = av_image_get_buffer_size((enum AVPixelFormat)codec->format, codec->width, codec->height, 1);
    if (size <= 0 || packet->size < size) {
        reader->input->damaged = true;
        webc__report_warning("'%s' ends inside a picture", reader->input->path);
        return 0;
    }
    AVFrame *frame = av_frame_alloc();
    int error = frame ? av_packet_make_refcounted(packet) : AVERROR(ENOMEM);
    if (error >= 0)
        frame->buf[0] = av_buffer_ref(packet->buf);
    if (error < 0 || !frame->buf[0]) {
        av_frame_free(&frame);
        reader->code = webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
        return -1;
    }
    av_image_fill_arrays(frame->data, frame->linesize, packet->data, (enum AVPixelFormat)codec->format,
                         codec->width, codec->height, 1);
    frame->format = codec->format;
    frame->width = codec->width;
    frame->height = codec->height;
    frame->color_range = codec->color_range;
    frame->color_primaries = codec->color_primaries;
    frame->color_trc = codec->color_trc;
    frame->colorspace = codec->color_space;
    frame->chroma_location = codec->chroma_location;
    frame->sample_aspect_ratio = codec->sample_aspect_ratio;
    picture->duration = packet->duration > 0 ? packet->duration : reader->step;
    picture->pts = settle_pts(reader, packet->pts, picture->duration);
    webc_frame_params_init(&params, sizeof params);
    params.timestamp = av_rescale_q(picture->pts, reader->time_base, AV_TIME_BASE_Q);
    webc_result result = webc_frame_create_from_avframe(&picture->frame, frame, &params);
    av_frame_free(&frame);
    if (result != WEBC_OK) {
        reader->code =
            webc__report_error(WEBC_EXIT_UNSUPPORTED, "'%s': %s", reader->input->path, webc_error_message());
        return -1;
    }
    reader->frames++;
    return 1;
}

/** Parameter sets that change on the way: the chunks from here on belong to another description. */
static void take_new_description(webc__reader *reader)
{
    size_t size = 0;
    const uint8_t *data = av_packet_get_side_data(reader->packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (!data || size < 7 || data[0] != 1 || !reader->config.config.description)
        return;
    webc_video_decoder_config config = reader->config.config;
    config.description = data;
    config.description_size = size;
    if (webc_video_decoder_configure(reader->decoder, &config) != WEBC_OK)
        webc__report_warning("'%s': new parameter sets are not valid and were left out: %s",
                             reader->input->path, webc_error_message());
}

static int queue_chunk(webc__reader *reader)
{
    AVPacket *packet = reader->packet;
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_video_decode_options options;
    webc_chunk_params_init(&params, sizeof params);
    webc_video_decode_options_init(&options, sizeof options);
    options.tag = reader->next_tag++;
    if (reader->next_pts == AV_NOPTS_VALUE && packet->pts == AV_NOPTS_VALUE && packet->dts != AV_NOPTS_VALUE)
        reader->next_pts = packet->dts;
    int64_t pts = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (pts != AV_NOPTS_VALUE)
        params.timestamp = av_rescale_q(pts, reader->time_base, AV_TIME_BASE_Q);
    if (packet->duration > 0) {
        params.duration = (uint64_t)av_rescale_q(packet->duration, reader->time_base, AV_TIME_BASE_Q);
        params.has_duration = 1;
    }
    take_new_description(reader);
    webc_result result = av_packet_make_refcounted(packet) < 0
                             ? WEBC_ERROR_NO_MEMORY
                             : webc_chunk_create_from_avpacket(&chunk, packet, &params);
    if (result == WEBC_OK) {
        webc__tag_put(&reader->tags, options.tag, packet->pts, packet->duration,
                      packet->flags & AV_PKT_FLAG_DISCARD);
        result = webc_video_decoder_decode(reader->decoder, chunk, &options);
        webc_chunk_unref(&chunk);
    }
    if (result == WEBC_ERROR_DATA) {
        reader->leading++;
        return 0;
    }
    if (result == WEBC_ERROR_INVALID_STATE)
        return 0; /* closed by an error whose event is still to come */
    if (result != WEBC_OK) {
        reader->code =
            webc__report_error(WEBC_EXIT_INTERNAL, "'%s': %s", reader->input->path, webc_error_message());
        return -1;
    }
    reader->started = true;
    return 0;
}

int webc__reader_feed(webc__reader *reader, webc__picture *picture)
{
    AVPacket *packet = reader->packet;
    int got = webc__input_read(reader->input, packet);
    int taken = 0;
    if (got <= 0) {
        reader->ended = true;
        if (got < 0)
            reader->code = reader->frames == 0 && !reader->started ? WEBC_EXIT_INPUT : WEBC_EXIT_CODEC;
        return 0;
    }
    if (packet->stream_index != reader->input->video->index) {
        int code = reader->other ? reader->other(reader->other_user, packet) : WEBC_EXIT_OK;
        if (code != WEBC_EXIT_OK) {
            reader->code = code;
            taken = -1;
        }
    } else if (packet->size == 0) {
        reader->empty++;
    } else if (reader->input->raw) {
        taken = wrap_raw(reader, picture);
    } else {
        taken = queue_chunk(reader);
    }
    av_packet_unref(packet);
    return taken;
}

static void note_failure(webc__reader *reader, const webc_event *event)
{
    reader->ended = true;
    reader->flushed = true;
    reader->code = event->result == WEBC_ERROR_NOT_SUPPORTED ? WEBC_EXIT_UNSUPPORTED : WEBC_EXIT_CODEC;
    webc__report_error(reader->code, "'%s': decoding stopped after %llu frames: %s", reader->input->path,
                       (unsigned long long)reader->frames, event->message ? event->message : "");
}

int webc__reader_accept(webc__reader *reader, webc_event *event, webc__picture *picture)
{
    if (event->type == WEBC_EVENT_ERROR)
        note_failure(reader, event);
    if (event->type == WEBC_EVENT_FLUSHED)
        reader->flushed = true;
    if (event->type != WEBC_EVENT_FRAME)
        return 0;
    const webc__tag_entry *entry = webc__tag_get(&reader->tags, event->tag);
    if (entry && entry->discard) {
        reader->discarded++;
        return 0;
    }
    picture->frame = event->frame;
    event->frame = NULL;
    picture->duration = entry && entry->duration > 0 ? entry->duration : 0;
    picture->pts = settle_pts(reader, entry ? entry->pts : AV_NOPTS_VALUE, picture->duration);
    reader->frames++;
    return 1;
}

void webc__reader_flush(webc__reader *reader)
{
    if (reader->flushed || reader->flush_asked)
        return;
    reader->flush_asked = true;
    if (!reader->decoder || !reader->started || webc_video_decoder_flush(reader->decoder, 0) != WEBC_OK) {
        /* Nothing to wait for, unless the error that closed the decoder is on its way. */
        reader->flushed = !reader->decoder || !reader->started;
    }
}

int webc__reader_next(webc__reader *reader, webc__picture *picture)
{
    uint32_t seen = reader->input->seen;
    for (;;) {
        if (webc__signal_count() != seen)
            return 0;
        if (webc__reader_wants_packet(reader)) {
            int got = webc__reader_feed(reader, picture);
            if (got > 0)
                return 1;
            if (got < 0)
                return 0;
        }
        if (reader->ended)
            webc__reader_flush(reader);
        if (reader->flushed)
            return 0;
        if (!reader->events)
            continue;
        /* Wait only when there is nothing to feed. */
        int got = webc__signal_next_event(reader->events, &reader->event,
                                          webc__reader_wants_packet(reader) ? 0 : -1, seen);
        if (got < 0) {
            reader->code = webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
            return 0;
        }
        if (got > 0 && webc__reader_accept(reader, &reader->event, picture) > 0)
            return 1;
    }
}

/* --corruption flag and skip go on, but do not hide what they went over. */
static void tell_damage(const webc__reader *reader)
{
    webc_codec_stats stats;
    webc_codec_stats_init(&stats, sizeof stats);
    if (!reader->decoder || webc_video_decoder_get_stats(reader->decoder, &stats) != WEBC_OK)
        return;
    if (stats.skipped > 0)
        webc__report_notice("'%s': %llu packets could not be decoded and were passed over", reader->input->path,
                            (unsigned long long)stats.skipped);
    if (stats.damaged > 0)
        webc__report_notice("'%s': %llu pictures are damaged", reader->input->path,
                            (unsigned long long)stats.damaged);
}

int webc__reader_finish(webc__reader *reader)
{
    const char *path = reader->input->path;
    tell_damage(reader);
    if (reader->leading > 0 && reader->frames > 0)
        webc__report_notice("'%s': %llu packets before the first key frame were left out", path,
                            (unsigned long long)reader->leading);
    if (reader->empty > 0)
        webc__report_notice("'%s': %llu empty packets were left out", path, (unsigned long long)reader->empty);
    if (webc__signal_count() > 0)
        return reader->code;
    if (reader->code == WEBC_EXIT_OK && reader->input->damaged)
        reader->code = WEBC_EXIT_CODEC;
    if (reader->frames == 0 && reader->discarded == 0 && reader->code == WEBC_EXIT_OK)
        reader->code = reader->leading > 0
                           ? webc__report_error(WEBC_EXIT_CODEC, "'%s' has no key frame to begin with", path)
                           : webc__report_error(WEBC_EXIT_INPUT, "'%s' has no pictures", path);
    return reader->code;
}
