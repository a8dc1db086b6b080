/* SPDX-License-Identifier: MIT */
/*
 * H65: of libavcodec's codecs only those of the lists below are ever opened, whatever a program, or a page
 * behind it, names. This program stands between the library and avcodec_open2(), so it sees every codec that is
 * opened.
 */
#include <dlfcn.h>
#include <libavcodec/avcodec.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "video_support.h"

#define TIMEOUT 60
#define MOST_OPENED 64

static const char *const allowed[] = {"h264", "hevc",       "vp8",      "libvpx",
                                      "vp9",  "libvpx-vp9", "libdav1d", "libaom-av1"};

static const char *const allowed_encoders[] = {"libx264",    "libopenh264", "libx265",  "libvpx",
                                               "libvpx-vp9", "libaom-av1",  "libsvtav1"};

/* Names of codecs that were opened, each once. */
typedef struct name_set {
    const char *names[MOST_OPENED];
    size_t count;
} name_set;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static name_set opened, opened_encoders;

static void note_opened(name_set *set, const char *name)
{
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < set->count && strcmp(set->names[i], name) != 0)
        i++;
    if (i == set->count && i < MOST_OPENED)
        set->names[set->count++] = name;
    pthread_mutex_unlock(&lock);
}

int avcodec_open2(AVCodecContext *context, const AVCodec *codec, AVDictionary **options)
{
    int (*real)(AVCodecContext *, const AVCodec *, AVDictionary **);
    void *symbol = dlsym(RTLD_NEXT, "avcodec_open2");
    memcpy(&real, &symbol, sizeof real);
    const AVCodec *used = codec ? codec : context->codec;
    if (used)
        note_opened(av_codec_is_decoder(used) ? &opened : &opened_encoders, used->name);
    return real(context, codec, options);
}

static bool is_allowed(const char *name)
{
    for (size_t i = 0; i < COUNT(allowed); i++)
        if (strcmp(allowed[i], name) == 0)
            return true;
    return false;
}

static bool is_allowed_encoder(const char *name)
{
    for (size_t i = 0; i < COUNT(allowed_encoders); i++)
        if (strcmp(allowed_encoders[i], name) == 0)
            return true;
    return false;
}

static void check_opened(void)
{
    for (size_t i = 0; i < opened_encoders.count; i++)
        ck_assert_msg(is_allowed_encoder(opened_encoders.names[i]), "the encoder %s was opened",
                      opened_encoders.names[i]);
    for (size_t i = 0; i < opened.count; i++)
        ck_assert_msg(is_allowed(opened.names[i]), "the decoder %s was opened", opened.names[i]);
}

/* What becomes of a chunk under a config with this codec string. */
static void try_decoder(webc_events *events, const char *codec, webc_chunk *chunk)
{
    webc_video_decoder *decoder = NULL;
    webc_video_decoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.thread_count = 1;
    ck_assert_ok(webc_video_decoder_is_config_supported(&config, &support));
    ck_assert_msg(!support.supported || is_allowed(support.implementation), "%s: %s", codec,
                  support.implementation);
    ck_assert_ok(webc_video_decoder_create(&decoder, events, NULL));
    ck_assert_ok(webc_video_decoder_configure(decoder, &config));
    webc_result result = webc_video_decoder_decode(decoder, chunk, NULL);
    ck_assert(result == WEBC_OK || result == WEBC_ERROR_DATA);
    ck_assert_ok(webc_video_decoder_flush(decoder, 1));
    video_log log = {0};
    video_log_until_flushed(&log, events, 1);
    ck_assert_msg(support.supported || log.error == WEBC_ERROR_NOT_SUPPORTED, "%s: %s", codec,
                  webc_result_name(log.error));
    video_log_clear(&log);
    webc_video_decoder_destroy(&decoder);
}

/* And of a frame. */
static void try_encoder(webc_events *events, const char *codec)
{
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_config config;
    webc_support support;
    webc_support_init(&support, sizeof support);
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = codec;
    config.width = config.height = 64;
    config.thread_count = 1;
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    ck_assert_msg(!support.supported || is_allowed_encoder(support.implementation), "%s: %s", codec,
                  support.implementation);
    webc_frame *frame = video_picture(64, 64, 1, 0);
    ck_assert_ok(webc_video_encoder_create(&encoder, events, NULL));
    ck_assert_ok(webc_video_encoder_configure(encoder, &config));
    ck_assert_ok(webc_video_encoder_encode(encoder, frame, NULL));
    ck_assert_ok(webc_video_encoder_flush(encoder, 1));
    video_log log = {0};
    video_log_until_flushed(&log, events, 1);
    ck_assert_msg(support.supported ? !log.error : log.error == WEBC_ERROR_NOT_SUPPORTED, "%s: %s", codec,
                  webc_result_name(log.error));
    video_log_clear(&log);
    webc_frame_unref(&frame);
    webc_video_encoder_destroy(&encoder);
}

static webc_chunk *key_chunk(const void *data, size_t size)
{
    webc_chunk_params params;
    webc_chunk *chunk = NULL;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    ck_assert_ok(webc_chunk_create(&chunk, &params, data, size));
    return chunk;
}

/* Its own name, and that in the shapes that codec strings have. */
START_TEST(no_decoder_is_opened_by_its_name)
{
    static const char *const shapes[] = {"%s", "%s.64001f", "%s.00.10.08", "%s.0.04M.08", "avc1.%s", "lib%s"};
    static const uint8_t data[] = {0, 0, 0, 1, 0x65, 0x88, 0x84, 0, 0x33, 0xff};
    webc_events *events = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    webc_chunk *chunk = key_chunk(data, sizeof data);
    unsigned decoders = 0;
    void *at = NULL;
    for (const AVCodec *codec; (codec = av_codec_iterate(&at));) {
        if (!av_codec_is_decoder(codec))
            continue;
        char text[128];
        snprintf(text, sizeof text, shapes[decoders++ % COUNT(shapes)], codec->name);
        try_decoder(events, codec->name, chunk);
        try_decoder(events, text, chunk);
    }
    ck_assert_uint_gt(decoders, 100);
    check_opened();
    webc_chunk_unref(&chunk);
    webc_events_destroy(&events);
}
END_TEST

START_TEST(no_encoder_is_opened_by_its_name)
{
    webc_events *events = NULL;
    ck_assert_ok(webc_events_create(&events, NULL));
    unsigned encoders = 0;
    void *at = NULL;
    for (const AVCodec *codec; (codec = av_codec_iterate(&at));) {
        if (av_codec_is_decoder(codec))
            continue;
        try_encoder(events, codec->name);
        encoders++;
    }
    ck_assert_uint_gt(encoders, 50);
    try_encoder(events, "vp8");
    ck_assert_uint_eq(opened_encoders.count, 1);
    check_opened();
    webc_events_destroy(&events);
}
END_TEST

/* And what is opened for real streams is seen, and is on the list. */
START_TEST(what_real_streams_open_is_on_the_list)
{
    video_case c;
    video_case cases[VIDEO_MOST_CASES];
    webc_video_encoder_config config;
    video_cases(cases);
    c = cases[_i];
    video_case_config(&c, &config, 64, 64);
    config.thread_count = 1;
    video_encoder_session *s = video_encoder_open(&config);
    video_encoder_put(s, video_picture(config.width, config.height, 5, 0), true, 0);
    video_encoder_flush(s, 1);
    ck_assert_uint_eq(opened.count, 0);
    video_decoder_session *d = video_decode_log(&s->log);
    ck_assert_uint_eq(d->log.count, 1);
    ck_assert_uint_eq(opened.count, 1);
    check_opened();
    video_decoder_close(d);
    video_encoder_close(s);
}
END_TEST

/* The list that programs are told is the same. */
START_TEST(the_implementations_told_are_on_the_list)
{
    webc_implementation row;
    unsigned decoders = 0;
    webc_implementation_init(&row, sizeof row);
    for (uint32_t i = 0; webc_implementation_at(i, &row) == WEBC_OK; i++) {
        decoders += !row.encoder;
        ck_assert_msg(row.encoder ? is_allowed_encoder(row.name) : is_allowed(row.name), "%s", row.name);
    }
    ck_assert_uint_gt(decoders, 0);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {what_real_streams_open_is_on_the_list};
    const TTest *const once[] = {no_decoder_is_opened_by_its_name, no_encoder_is_opened_by_its_name,
                                 the_implementations_told_are_on_the_list};
    return video_test_main("allow_list", TIMEOUT, each, COUNT(each), once, COUNT(once));
}
