/* SPDX-License-Identifier: MIT */
/* webc info without a file: which encoders and decoders there are, and with --verify which really work. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "webc_info.h"
#include "webc_json.h"

#define MAX_ROWS 64u
#define PROBE_WIDTH 320u
#define PROBE_HEIGHT 240u
#define MODES 2u

typedef struct info_row {
    webc_implementation implementation;
    bool verified; /* really coded a frame */
    char reason[256];
} info_row;

typedef struct info_list {
    info_row rows[MAX_ROWS];
    uint32_t count;
} info_list;

static void list_rows(info_list *list)
{
    while (list->count < MAX_ROWS) {
        info_row *row = &list->rows[list->count];
        memset(row, 0, sizeof *row);
        webc_implementation_init(&row->implementation, sizeof row->implementation);
        if (webc_implementation_at(list->count, &row->implementation) != WEBC_OK)
            break;
        list->count++;
    }
}

static void mark_row(info_list *list, bool encoder, const webc_support *support)
{
    for (uint32_t i = 0; i < list->count; i++) {
        info_row *row = &list->rows[i];
        if ((row->implementation.encoder != 0) != encoder ||
            strcmp(row->implementation.name, support->implementation) != 0)
            continue;
        row->verified = row->verified || (support->supported && support->verified);
        snprintf(row->reason, sizeof row->reason, "%s", support->reason);
    }
}

/** Ask for each family and latency mode; returns how many answers will come. */
static uint32_t send_queries(webc_events *events)
{
    uint32_t sent = 0;
    for (uint32_t family = WEBC_CODEC_H264; family <= WEBC_CODEC_AV1; family++) {
        char codec[64];
        if (webc_codec_string(family, PROBE_WIDTH, PROBE_HEIGHT, 30, 8, codec, sizeof codec) != WEBC_OK)
            continue;
        webc_video_decoder_config decoder;
        webc_video_decoder_config_init(&decoder, sizeof decoder);
        decoder.codec = codec;
        sent += webc_video_decoder_query_support(events, &decoder, 0) == WEBC_OK;
        for (uint32_t mode = 1; mode <= MODES; mode++) {
            webc_video_encoder_config encoder;
            webc_video_encoder_config_init(&encoder, sizeof encoder);
            encoder.codec = codec;
            encoder.width = PROBE_WIDTH;
            encoder.height = PROBE_HEIGHT;
            encoder.framerate = 30;
            encoder.latency_mode = mode;
            sent += webc_video_encoder_query_support(events, &encoder, 1) == WEBC_OK;
        }
    }
    return sent;
}

static int verify_rows(info_list *list)
{
    webc_events *events = NULL;
    webc_event event;
    if (webc_events_create(&events, NULL) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    webc_event_init(&event, sizeof event);
    uint32_t left = send_queries(events);
    while (left > 0) {
        int got = webc__signal_next_event(events, &event, -1, 0);
        if (got != 1)
            break;
        if (event.type == WEBC_EVENT_SUPPORT && event.support) {
            mark_row(list, event.tag == 1, event.support);
            left--;
        }
    }
    webc_event_clear(&event);
    webc_events_destroy(&events);
    return left > 0 && webc__signal_count() > 0 ? webc__signal_exit_code() : WEBC_EXIT_OK;
}

static const char *describe_state(const info_row *row, bool verify)
{
    if (!row->implementation.available)
        return "not in this FFmpeg";
    if (row->verified)
        return "verified";
    if (verify && row->reason[0])
        return row->reason;
    return "listed";
}

static void print_table(const info_list *list, bool verify)
{
    printf("webc %s\n%s\nFFmpeg licence: %s\n\n", webc_version(), webc_ffmpeg_version(), webc_ffmpeg_license());
    printf("%-7s %-8s %-16s %-10s %-18s %-9s %s\n", "codec", "does", "implementation", "kind", "latency modes",
           "smallest", "state");
    for (uint32_t i = 0; i < list->count; i++) {
        const webc_implementation *row = &list->rows[i].implementation;
        char modes[32] = "-";
        char smallest[24] = "-";
        if (row->encoder) {
            snprintf(modes, sizeof modes, "%s%s%s", row->quality ? "quality" : "",
                     row->quality && row->realtime ? ", " : "", row->realtime ? "realtime" : "");
            snprintf(smallest, sizeof smallest, "%ux%u", (unsigned)row->min_width, (unsigned)row->min_height);
        }
        printf("%-7s %-8s %-16s %-10s %-18s %-9s %s\n", row->codec_name, row->encoder ? "encode" : "decode",
               row->name, row->hardware ? "hardware" : "software", modes, smallest,
               describe_state(&list->rows[i], verify));
    }
}

static int print_json(const info_list *list)
{
    webc__json json;
    webc__json_begin(&json);
    webc__json_open(&json, NULL, '{');
    webc__json_int(&json, "v", 1);
    webc__json_string(&json, "type", "info");
    webc__json_string(&json, "version", webc_version());
    webc__json_int(&json, "api", webc_api_version());
    webc__json_string(&json, "ffmpeg", webc_ffmpeg_version());
    webc__json_string(&json, "ffmpeg_license", webc_ffmpeg_license());
    webc__json_open(&json, "implementations", '[');
    for (uint32_t i = 0; i < list->count; i++) {
        const webc_implementation *row = &list->rows[i].implementation;
        webc__json_open(&json, NULL, '{');
        webc__json_string(&json, "codec", row->codec_name);
        webc__json_string(&json, "direction", row->encoder ? "encode" : "decode");
        webc__json_string(&json, "name", row->name);
        webc__json_bool(&json, "available", row->available != 0);
        webc__json_bool(&json, "hardware", row->hardware != 0);
        webc__json_bool(&json, "verified", list->rows[i].verified);
        if (row->encoder) {
            webc__json_bool(&json, "quality", row->quality != 0);
            webc__json_bool(&json, "realtime", row->realtime != 0);
            webc__json_int(&json, "min_width", row->min_width);
            webc__json_int(&json, "min_height", row->min_height);
        }
        webc__json_close(&json, '}');
    }
    webc__json_close(&json, ']');
    webc__json_close(&json, '}');
    return webc__json_print(&json);
}

int webc__info_main(const webc__options *options)
{
    if (options->arg_count == 1)
        return webc__info_file(options);
    info_list list;
    list.count = 0;
    list_rows(&list);
    int code = options->verify ? verify_rows(&list) : WEBC_EXIT_OK;
    if (code != WEBC_EXIT_OK)
        return code;
    if (options->json_report)
        return print_json(&list);
    print_table(&list, options->verify != 0);
    return WEBC_EXIT_OK;
}
