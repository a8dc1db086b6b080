/* SPDX-License-Identifier: MIT */
/*
 * Every member of the public structs of the codecs that can be invalid: TypeError from every call that takes
 * it, with the member's name in the text, in every state, before the state is looked at.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "support_check.h"
#include "webcodecs/webcodecs.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ck_ok(call) ck_assert_msg((call) == WEBC_OK, "%s: %s", #call, webc_error_message())

static void ck_type_error(webc_result result, const char *where, const char *member)
{
    const char *text = webc_error_message();
    ck_assert_msg(result == WEBC_ERROR_TYPE, "%s with a bad %s: %s", where, member, webc_result_name(result));
    ck_assert_msg(strstr(text, member), "%s with a bad %s says \"%s\"", where, member, text);
}

/* How a member is made invalid. */
typedef struct bad_value {
    const char *member; /* that the text names */
    size_t offset;
    enum { U32, U64, DOUBLE, TEXT } kind;
    uint64_t number; /* U32, U64 */
    double real;
    const char *text;
} bad_value;

static void apply(void *sized, const bad_value *bad)
{
    uint8_t *at = (uint8_t *)sized + bad->offset;
    uint32_t number = (uint32_t)bad->number;
    switch (bad->kind) {
    case U32:
        memcpy(at, &number, sizeof number);
        break;
    case U64:
        memcpy(at, &bad->number, sizeof bad->number);
        break;
    case DOUBLE:
        memcpy(at, &bad->real, sizeof bad->real);
        break;
    default:
        memcpy(at, &bad->text, sizeof bad->text);
        break;
    }
}

#define AT(type, member) #member, offsetof(type, member)
#define D(member) AT(webc_video_decoder_config, member)
#define E(member) AT(webc_video_encoder_config, member)

static const bad_value bad_decoder[] = {
    {D(codec), TEXT, 0, 0, NULL},
    {D(codec), TEXT, 0, 0, ""},
    {D(codec), TEXT, 0, 0, " \t\n\f\r"},
    {D(coded_width), U32, 1, 0, NULL},
    {D(coded_height), U32, 1, 0, NULL},
    {D(coded_height), U32, UINT32_MAX, 0, NULL},
    {D(display_aspect_width), U32, 1, 0, NULL},
    {D(display_aspect_height), U32, 1, 0, NULL},
    {D(hardware_acceleration), U32, 3, 0, NULL},
    {D(hardware_acceleration), U32, UINT32_MAX, 0, NULL},
    {D(optimize_for_latency), U32, 2, 0, NULL},
    {D(optimize_for_latency), U32, UINT32_MAX, 0, NULL},
    {D(flip), U32, 2, 0, NULL},
    {D(flip), U32, UINT32_MAX, 0, NULL},
    {D(color_space.primaries), U32, 256, 0, NULL},
    {D(color_space.transfer), U32, 256, 0, NULL},
    {D(color_space.matrix), U32, 257, 0, NULL},
    {D(color_space.range), U32, 3, 0, NULL},
    {D(description_size), U64, 1, 0, NULL},
    {D(description_size), U64, UINT64_MAX, 0, NULL},
    {D(struct_size), U32, 0, 0, NULL},
    {D(struct_size), U32, 4, 0, NULL},
    {D(struct_size), U32, offsetof(webc_video_decoder_config, codec) + 4, 0, NULL},
    {D(struct_size), U32, UINT32_MAX, 0, NULL},
};

static const bad_value bad_encoder[] = {
    {E(codec), TEXT, 0, 0, NULL},
    {E(codec), TEXT, 0, 0, ""},
    {E(codec), TEXT, 0, 0, " \t\n\f\r"},
    {E(width), U32, 0, 0, NULL},
    {E(height), U32, 0, 0, NULL},
    {E(framerate), DOUBLE, 0, -1, NULL},
    {E(framerate), DOUBLE, 0, -0x1p-1074, NULL},
    {E(framerate), DOUBLE, 0, NAN, NULL},
    {E(framerate), DOUBLE, 0, INFINITY, NULL},
    {E(framerate), DOUBLE, 0, -INFINITY, NULL},
    {E(hardware_acceleration), U32, 3, 0, NULL},
    {E(alpha), U32, 2, 0, NULL},
    {E(alpha), U32, UINT32_MAX, 0, NULL},
    {E(bitrate_mode), U32, 4, 0, NULL},
    {E(bitrate_mode), U32, UINT32_MAX, 0, NULL},
    {E(latency_mode), U32, 3, 0, NULL},
    {E(latency_mode), U32, UINT32_MAX, 0, NULL},
    {E(avc_format), U32, 3, 0, NULL},
    {E(avc_format), U32, UINT32_MAX, 0, NULL},
    {E(hevc_format), U32, 3, 0, NULL},
    {E(hevc_format), U32, UINT32_MAX, 0, NULL},
    {E(exact_size), U32, 2, 0, NULL},
    {E(struct_size), U32, 0, 0, NULL},
    {E(struct_size), U32, 4, 0, NULL},
    {E(struct_size), U32, offsetof(webc_video_encoder_config, codec) + 4, 0, NULL},
    {E(struct_size), U32, UINT32_MAX, 0, NULL},
};

static void init_decoder_config(webc_video_decoder_config *config)
{
    webc_video_decoder_config_init(config, sizeof *config);
    config->codec = "vp8";
}

static void init_encoder_config(webc_video_encoder_config *config)
{
    webc_video_encoder_config_init(config, sizeof *config);
    config->codec = "vp8";
    config->width = config->height = 16;
}

/* P-17, P-24, T19: invalid comes before closed, changes no state, and is never "not supported". */
START_TEST(bad_members_of_a_decoder_config_are_named_by_every_call_in_every_state)
{
    webc_events *events = NULL;
    webc_support support;
    webc_video_decoder *decoders[3] = {NULL, NULL, NULL};
    webc_video_decoder_config good;
    init_decoder_config(&good);
    webc_support_init(&support, sizeof support);
    ck_ok(webc_events_create(&events, NULL));
    for (int i = 0; i < 3; i++)
        ck_ok(webc_video_decoder_create(&decoders[i], events, NULL));
    ck_ok(webc_video_decoder_configure(decoders[1], &good));
    ck_ok(webc_video_decoder_close(decoders[2]));
    for (size_t i = 0; i < COUNT(bad_decoder); i++) {
        webc_video_decoder_config config = good;
        webc_video_decoder_config echo = good;
        const char *member = bad_decoder[i].member;
        apply(&config, &bad_decoder[i]);
        for (uint32_t state = 0; state < 3; state++) {
            ck_type_error(webc_video_decoder_configure(decoders[state], &config), "configure", member);
            ck_assert_uint_eq(webc_video_decoder_state(decoders[state]), WEBC_STATE_UNCONFIGURED + state);
        }
        ck_type_error(webc_video_decoder_is_config_supported(&config, &support), "is_config_supported", member);
        ck_type_error(webc_video_decoder_query_support(events, &config, 0), "query_support", member);
        ck_type_error(webc_video_decoder_config_echo(&config, &echo), "config_echo", member);
    }
    ck_assert_int_eq(webc_video_decoder_configure(decoders[2], &good), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(webc_events_dispatch(events), 0);
    for (int i = 0; i < 3; i++)
        webc_video_decoder_destroy(&decoders[i]);
    webc_events_destroy(&events);
}
END_TEST

/* P-17, P-24, T19: the same for encoders. */
START_TEST(bad_members_of_an_encoder_config_are_named_by_every_call_in_every_state)
{
    webc_events *events = NULL;
    webc_support support;
    webc_video_encoder *encoders[3] = {NULL, NULL, NULL};
    webc_video_encoder_config good;
    init_encoder_config(&good);
    webc_support_init(&support, sizeof support);
    ck_ok(webc_events_create(&events, NULL));
    for (int i = 0; i < 3; i++)
        ck_ok(webc_video_encoder_create(&encoders[i], events, NULL));
    ck_ok(webc_video_encoder_configure(encoders[1], &good));
    ck_ok(webc_video_encoder_close(encoders[2]));
    for (size_t i = 0; i < COUNT(bad_encoder); i++) {
        webc_video_encoder_config config = good;
        webc_video_encoder_config echo = good;
        const char *member = bad_encoder[i].member;
        apply(&config, &bad_encoder[i]);
        for (uint32_t state = 0; state < 3; state++) {
            ck_type_error(webc_video_encoder_configure(encoders[state], &config), "configure", member);
            ck_assert_uint_eq(webc_video_encoder_state(encoders[state]), WEBC_STATE_UNCONFIGURED + state);
        }
        ck_type_error(webc_video_encoder_is_config_supported(&config, &support), "is_config_supported", member);
        ck_type_error(webc_video_encoder_query_support(events, &config, 0), "query_support", member);
        ck_type_error(webc_video_encoder_config_echo(&config, &echo), "config_echo", member);
    }
    ck_assert_int_eq(webc_video_encoder_configure(encoders[2], &good), WEBC_ERROR_INVALID_STATE);
    ck_assert_int_eq(webc_events_dispatch(events), 0);
    for (int i = 0; i < 3; i++)
        webc_video_encoder_destroy(&encoders[i]);
    webc_events_destroy(&events);
}
END_TEST

/* P-24: what this version does not know in a struct may be there while it is 0, and is never passed over else.
 */
START_TEST(unknown_members_are_refused_unless_they_are_zero)
{
    struct {
        webc_video_decoder_config config;
        uint64_t more[8];
    } decoder;
    struct {
        webc_video_encoder_config config;
        uint64_t more[8];
    } encoder;
    webc_support support;
    webc_support_init(&support, sizeof support);
    init_decoder_config(&decoder.config);
    init_encoder_config(&encoder.config);
    memset(decoder.more, 0, sizeof decoder.more);
    memset(encoder.more, 0, sizeof encoder.more);
    decoder.config.struct_size = sizeof decoder;
    encoder.config.struct_size = sizeof encoder;
    ck_ok(webc_video_decoder_is_config_supported(&decoder.config, &support));
    ck_ok(webc_video_encoder_is_config_supported(&encoder.config, &support));
    for (size_t byte = 0; byte < sizeof decoder.more; byte++) {
        ((uint8_t *)decoder.more)[byte] = ((uint8_t *)encoder.more)[byte] = 1;
        ck_type_error(webc_video_decoder_is_config_supported(&decoder.config, &support), "decoder",
                      "newer version");
        ck_type_error(webc_video_encoder_is_config_supported(&encoder.config, &support), "encoder",
                      "newer version");
        ((uint8_t *)decoder.more)[byte] = ((uint8_t *)encoder.more)[byte] = 0;
    }
}
END_TEST

/* P-23: params of a codec. */
START_TEST(bad_params_are_named)
{
    static const uint32_t sizes[] = {0, 4, 65537, UINT32_MAX};
    webc_events *events = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_decoder_params decoded;
    webc_video_encoder_params encoded;
    ck_ok(webc_events_create(&events, NULL));
    webc_video_decoder_params_init(&decoded, sizeof decoded);
    webc_video_encoder_params_init(&encoded, sizeof encoded);
    decoded.report_idle = encoded.report_idle = 2;
    ck_type_error(webc_video_decoder_create(&decoder, events, &decoded), "create", "params.report_idle");
    ck_type_error(webc_video_encoder_create(&encoder, events, &encoded), "create", "params.report_idle");
    for (size_t i = 0; i < COUNT(sizes); i++) {
        decoded.struct_size = encoded.struct_size = sizes[i];
        ck_type_error(webc_video_decoder_create(&decoder, events, &decoded), "create", "params.struct_size");
        ck_type_error(webc_video_encoder_create(&encoder, events, &encoded), "create", "params.struct_size");
    }
    ck_assert_ptr_null(decoder);
    ck_assert_ptr_null(encoder);
    webc_events_destroy(&events);
}
END_TEST

static webc_chunk *make_chunk(void)
{
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    ck_ok(webc_chunk_create(&chunk, &params, "x", 1));
    return chunk;
}

static webc_frame *make_frame(void)
{
    static const uint8_t data[16 * 16 * 3 / 2];
    webc_frame *frame = NULL;
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = 16;
    ck_ok(webc_frame_create(&frame, &params, data, sizeof data));
    return frame;
}

/* VE-02: options are looked at before the state, and a refused call queues nothing. */
START_TEST(bad_options_are_named_and_queue_nothing)
{
    webc_events *events = NULL;
    webc_video_decoder *decoder = NULL;
    webc_video_encoder *encoder = NULL;
    webc_video_encoder_config encoded;
    webc_video_decoder_config decoded;
    webc_video_decode_options decode;
    webc_video_encode_options encode;
    webc_chunk *chunk = make_chunk();
    webc_frame *frame = make_frame();
    ck_ok(webc_events_create(&events, NULL));
    ck_ok(webc_video_decoder_create(&decoder, events, NULL));
    ck_ok(webc_video_encoder_create(&encoder, events, NULL));
    init_decoder_config(&decoded);
    init_encoder_config(&encoded);
    for (int configured = 0; configured < 2; configured++) {
        webc_video_decode_options_init(&decode, sizeof decode);
        webc_video_encode_options_init(&encode, sizeof encode);
        decode.reserved = 1;
        ck_type_error(webc_video_decoder_decode(decoder, chunk, &decode), "decode", "options.reserved");
        encode.key_frame = 2;
        ck_type_error(webc_video_encoder_encode(encoder, frame, &encode), "encode", "options.key_frame");
        decode.struct_size = encode.struct_size = 7;
        ck_type_error(webc_video_decoder_decode(decoder, chunk, &decode), "decode", "options.struct_size");
        ck_type_error(webc_video_encoder_encode(encoder, frame, &encode), "encode", "options.struct_size");
        ck_type_error(webc_video_decoder_decode(decoder, NULL, NULL), "decode", "chunk");
        ck_type_error(webc_video_encoder_encode(encoder, NULL, NULL), "encode", "frame");
        ck_assert_uint_eq(webc_video_decoder_queue_size(decoder), 0);
        ck_assert_uint_eq(webc_video_encoder_queue_size(encoder), 0);
        ck_ok(webc_video_decoder_configure(decoder, &decoded));
        ck_ok(webc_video_encoder_configure(encoder, &encoded));
    }
    webc_video_decoder_destroy(&decoder);
    webc_video_encoder_destroy(&encoder);
    webc_events_destroy(&events);
    webc_chunk_unref(&chunk);
    webc_frame_unref(&frame);
}
END_TEST

CHECK_MAIN("api_validity", 30, bad_members_of_a_decoder_config_are_named_by_every_call_in_every_state,
           bad_members_of_an_encoder_config_are_named_by_every_call_in_every_state,
           unknown_members_are_refused_unless_they_are_zero, bad_params_are_named,
           bad_options_are_named_and_queue_nothing)
