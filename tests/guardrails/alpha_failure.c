/* SPDX-License-Identifier: MIT */
/* The second encoder of alpha "keep": whatever fails in it closes the codec, and nothing is kept for it. */
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
#include <stdlib.h>
#include <string.h>

#include "codec_rig.h"
#include "webcodecs/libav.h"

/* Samples that tell when they are free; the condition is only ever waited for. */
typedef struct samples {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool freed;
} samples;

static void free_samples(void *user, uint8_t *data)
{
    samples *s = user;
    free(data);
    pthread_mutex_lock(&s->lock);
    s->freed = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void wait_freed(samples *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->freed)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

/* A frame with alpha that an encoder reads where it is: each plane with room behind. */
static webc_frame *make_alpha_frame(samples *s)
{
    const int stride = 64;
    const size_t plane = (size_t)stride * (SCRIPTED_SIDE + 4);
    AVFrame *av = av_frame_alloc();
    uint8_t *data = calloc(4, plane);
    ck_assert(av && data);
    *s = (samples){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    av->buf[0] = av_buffer_create(data, 4 * plane, free_samples, s, 0);
    ck_assert_ptr_nonnull(av->buf[0]);
    av->format = AV_PIX_FMT_YUVA420P;
    av->width = av->height = SCRIPTED_SIDE;
    for (int i = 0; i < 4; i++) {
        av->data[i] = data + plane * (size_t)i;
        av->linesize[i] = stride;
    }
    webc_frame *frame = NULL;
    ck_ok(webc_frame_create_from_avframe(&frame, av, NULL));
    av_frame_free(&av);
    return frame;
}

static void configure(rig *r)
{
    webc_video_encoder_config config;
    webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "vp8";
    config.width = config.height = SCRIPTED_SIDE;
    config.alpha = WEBC_ALPHA_KEEP;
    ck_ok(webc_video_encoder_configure(r->encoder, &config));
}

/* The backend fails at call `call` of `point`, which is one of the second encoder, at the first frame. */
static void check_failure(scripted_point point, uint32_t call)
{
    rig r;
    samples pixels;
    rig_begin(&r, WEBC_MEDIA_VIDEO_ENCODER);
    r.script.fail_at[point] = call;
    rig_create(&r, NULL);
    configure(&r);
    webc_frame *frame = make_alpha_frame(&pixels);
    ck_ok(webc_video_encoder_encode(r.encoder, frame, NULL));
    webc_frame_unref(&frame);
    ck_ok(rig_flush(&r, 1));
    journal_until(&r.log, r.events, WEBC_EVENT_FLUSHED, 1);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_ERROR), 1);
    ck_assert_uint_eq(journal_count(&r.log, WEBC_EVENT_CHUNK), 0);
    const seen *error = journal_at(&r.log, WEBC_EVENT_ERROR, 0);
    ck_assert_int_eq(error->result, WEBC_ERROR_ENCODING);
    ck_assert_msg(strstr(error->message, "alpha"), "%s", error->message);
    ck_assert_int_eq(journal_at(&r.log, WEBC_EVENT_FLUSHED, 0)->result, WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(rig_state(&r), WEBC_STATE_CLOSED);
    /* Without destroy: a closed codec holds no pixels. */
    wait_freed(&pixels);
    rig_end(&r);
}

/* EN-08, P-15, H46: an alpha encoder that cannot be opened leaves neither the main one nor its frame behind. */
START_TEST(a_failing_open_of_the_second_encoder_closes_the_codec)
{
    check_failure(SCRIPTED_OPEN, 2);
}
END_TEST

/* EN-08, VE-05, H46: alpha is sent before the picture. */
START_TEST(a_failing_send_of_alpha_closes_the_codec)
{
    check_failure(SCRIPTED_SEND, 1);
}
END_TEST

/* EN-08, VE-05, H46 */
START_TEST(a_failing_receive_of_alpha_closes_the_codec)
{
    check_failure(SCRIPTED_RECEIVE, 1);
}
END_TEST

LEAK_CHECKED_MAIN("alpha_failure", 20, a_failing_open_of_the_second_encoder_closes_the_codec,
                  a_failing_send_of_alpha_closes_the_codec, a_failing_receive_of_alpha_closes_the_codec)
