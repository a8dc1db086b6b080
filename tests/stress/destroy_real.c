/* SPDX-License-Identifier: MIT */
/*
 * H52: every encoder and decoder of the linked FFmpeg is destroyed after each call of a session, whatever it is
 * at then; nothing of it is left, its threads included.
 */
#include <pthread.h>
#include <sched.h>

#include "process.h"
#include "video_support.h"

enum { SIDE = 64, INPUTS = 3, STEPS = 10 };

/* Inputs of a session, made before it. */
typedef struct material {
    webc_video_encoder_config encoder_config;
    video_log log; /* configs and chunks for the decoder */
    webc_frame *frames[INPUTS];
} material;

typedef struct codec {
    const material *from;
    webc_events *events;
    webc_video_encoder *encoder; /* one of both */
    webc_video_decoder *decoder;
} codec;

static webc_result configure(codec *c)
{
    const material *from = c->from;
    return c->decoder ? webc_video_decoder_configure(c->decoder, &from->log.configs[0])
                      : webc_video_encoder_configure(c->encoder, &from->encoder_config);
}

static webc_result put(codec *c, unsigned index)
{
    return c->decoder ? webc_video_decoder_decode(c->decoder, c->from->log.outputs[index].chunk, NULL)
                      : webc_video_encoder_encode(c->encoder, c->from->frames[index], NULL);
}

/* configure, 3 inputs, flush, reset, configure, 2 inputs, close. */
static webc_result make_step(codec *c, unsigned step)
{
    switch (step) {
    case 0:
    case 6:
        return configure(c);
    case 4:
        return c->decoder ? webc_video_decoder_flush(c->decoder, 1) : webc_video_encoder_flush(c->encoder, 1);
    case 5:
        return c->decoder ? webc_video_decoder_reset(c->decoder) : webc_video_encoder_reset(c->encoder);
    case 9:
        return c->decoder ? webc_video_decoder_close(c->decoder) : webc_video_encoder_close(c->encoder);
    default:
        return put(c, step < 4 ? step - 1 : step - 7);
    }
}

static uint32_t queue_size(const codec *c)
{
    return c->decoder ? webc_video_decoder_queue_size(c->decoder) : webc_video_encoder_queue_size(c->encoder);
}

/* Wait until the worker has taken every input, and it is inside the codec or done; after a flush until its end.
 */
static void follow(codec *c, bool flushed)
{
    webc_event event;
    webc_event_init(&event, sizeof event);
    while (queue_size(c) || (flushed && event.type != WEBC_EVENT_FLUSHED)) {
        ck_assert_int_eq(webc_events_next(c->events, -1, &event), 1);
        ck_assert_uint_ne(event.type, WEBC_EVENT_ERROR);
    }
    webc_event_clear(&event);
}

/* How a session ends. */
typedef enum manner {
    MANNER_AT_ONCE,  /* the worker has hardly begun */
    MANNER_FOLLOWED, /* the worker is at what the last call gave it */
    MANNER_EVENTS,   /* the same, and the events object goes first */
    MANNERS
} manner;

static void destroy_after(const material *from, bool decodes, unsigned last, manner how)
{
    unsigned threads = count_threads();
    codec c = {.from = from};
    ck_assert_ok(webc_events_create(&c.events, NULL));
    if (decodes)
        ck_assert_ok(webc_video_decoder_create(&c.decoder, c.events, NULL));
    else
        ck_assert_ok(webc_video_encoder_create(&c.encoder, c.events, NULL));
    for (unsigned step = 0; step <= last; step++) {
        ck_assert_ok(make_step(&c, step));
        if (how != MANNER_AT_ONCE)
            follow(&c, step == 4 && step < last);
    }
    if (how == MANNER_EVENTS)
        webc_events_destroy(&c.events);
    webc_video_decoder_destroy(&c.decoder);
    webc_video_encoder_destroy(&c.encoder);
    webc_events_destroy(&c.events);
    ck_assert_ok(webc_drain_workers(-1));
    webc_stats stats;
    webc_stats_init(&stats, sizeof stats);
    ck_assert_ok(webc_get_stats(&stats));
    ck_assert_uint_eq(stats.contexts + stats.codecs + stats.events + stats.messages, 0);
    /* A worker that was waited for is about to end, and nothing else may be left: then this ends too. */
    while (count_threads() > threads)
        sched_yield();
}

static void destroy_everywhere(const material *from, bool decodes)
{
    for (unsigned last = 0; last < STEPS; last++)
        for (int how = 0; how < MANNERS; how++)
            destroy_after(from, decodes, last, (manner)how);
}

static void *do_nothing(void *unused)
{
    return unused;
}

static void begin_material(material *m, int row)
{
    pthread_t thread;
    /* ThreadSanitizer starts one of its own with the first. */
    ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
    pthread_join(thread, NULL);
    video_case cases[VIDEO_MOST_CASES];
    ck_assert_int_lt(row, (int)video_cases(cases));
    video_case_config(&cases[row], &m->encoder_config, SIDE, SIDE);
    m->encoder_config.thread_count = 2;
    for (unsigned i = 0; i < INPUTS; i++)
        m->frames[i] = video_picture(m->encoder_config.width, m->encoder_config.height, i, i * FRAME_US);
}

static void end_material(material *m)
{
    video_log_clear(&m->log);
    for (unsigned i = 0; i < INPUTS; i++)
        webc_frame_unref(&m->frames[i]);
}

START_TEST(an_encoder_may_be_destroyed_after_every_call)
{
    static material m;
    begin_material(&m, _i);
    destroy_everywhere(&m, false);
    end_material(&m);
}
END_TEST

START_TEST(a_decoder_may_be_destroyed_after_every_call)
{
    static material m;
    begin_material(&m, _i);
    video_encoder_session *s = video_encoder_open(&m.encoder_config);
    for (unsigned i = 0; i < INPUTS; i++)
        video_encoder_put(s, webc_frame_ref(m.frames[i]), false, i);
    video_encoder_flush(s, 1);
    m.log = s->log;
    s->log = (video_log){0};
    video_encoder_close(s);
    ck_assert_ok(webc_drain_workers(-1));
    ck_assert_uint_eq(m.log.count, INPUTS);
    for (uint32_t threads = 1; threads <= 2; threads++) {
        m.log.configs[0].thread_count = threads;
        destroy_everywhere(&m, true);
    }
    end_material(&m);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {an_encoder_may_be_destroyed_after_every_call,
                                 a_decoder_may_be_destroyed_after_every_call};
    return video_test_main("destroy_real", 60, each, COUNT(each), NULL, 0);
}
