/* SPDX-License-Identifier: MIT */
#include "calls.h"

#define MOST_CALLS 250
#define MOST_KEPT 8
#define MOST_QUERIES 3

/* One input's run: the callbacks know of no other. */
static struct {
    const calls_player *player;
    fuzz_input *in;
    watch w;
    unsigned calls_left;
    unsigned inputs_left;
    bool inside; /* a callback is running */
    webc_frame *frames[MOST_KEPT];
    webc_chunk *chunks[MOST_KEPT];
    unsigned kept;
} run;

static void put(watched *codec)
{
    if (!run.inputs_left)
        return;
    run.inputs_left--;
    run.player->put(codec, run.in);
}

/* Memory whose release is an event of the events object itself. */
static void lend(void)
{
    if (!run.w.events)
        return;
    webc_frame *frame = watch_lend(&run.w);
    watched *codec = &run.w.codecs[take_below(run.in, WATCH_CODECS)];
    if (codec->encoder && run.inputs_left) {
        run.inputs_left--;
        watch_encode(codec, frame, NULL);
    }
    webc_frame_unref(&frame);
}

/* The next outputs outlive their events, and may outlive all else. */
static void keep_output(watched *codec, const webc_event *event)
{
    (void)codec;
    if (!run.kept)
        return;
    run.kept--;
    webc_frame_unref(&run.frames[run.kept]);
    webc_chunk_unref(&run.chunks[run.kept]);
    run.frames[run.kept] = webc_frame_ref(event->frame);
    run.chunks[run.kept] = webc_chunk_ref(event->chunk);
}

static void drop_kept(void)
{
    for (unsigned i = 0; i < MOST_KEPT; i++) {
        webc_frame_unref(&run.frames[i]);
        webc_chunk_unref(&run.chunks[i]);
    }
}

static void call_codec(calls_kind which, watched *codec)
{
    switch (which) {
    case CALL_CONFIGURE:
        run.player->configure(codec, run.in);
        break;
    case CALL_PUT:
        put(codec);
        break;
    case CALL_PUT_MORE:
        for (uint32_t left = take_below(run.in, 12); left; left--)
            put(codec);
        break;
    case CALL_FLUSH:
        watch_flush(codec);
        break;
    case CALL_RESET:
        watch_reset(codec);
        break;
    case CALL_CLOSE:
        watch_close(codec);
        break;
    case CALL_RECLAIM:
        watch_reclaim(codec);
        break;
    case CALL_DESTROY:
        watch_destroy(codec);
        break;
    case CALL_GATE:
        if (run.player->gate)
            run.player->gate(codec, run.in);
        break;
    default:
        break;
    }
}

static void call_events(calls_kind which)
{
    switch (which) {
    case CALL_LEND:
        lend();
        break;
    case CALL_QUERY:
        if (run.w.events && run.w.queries < MOST_QUERIES)
            watch_query(&run.w, take_byte(run.in) & 1);
        break;
    case CALL_KEEP:
        run.kept = take_below(run.in, MOST_KEPT + 1);
        break;
    case CALL_LET_GO:
        run.player->let_go(&run.w);
        break;
    case CALL_INTERRUPT:
        webc_events_interrupt(run.w.events);
        break;
    case CALL_TAKE:
        watch_take(&run.w, 0);
        break;
    case CALL_TAKE_ALL:
        while (watch_take(&run.w, 0))
            ;
        break;
    case CALL_DISPATCH:
        watch_dispatch(&run.w);
        break;
    case CALL_SETTLE:
        run.player->let_go(&run.w);
        watch_settle(&run.w);
        break;
    case CALL_END_EVENTS:
        watch_end_events(&run.w);
        break;
    default:
        break;
    }
}

static void call_next(void)
{
    uint8_t byte = take_byte(run.in);
    calls_kind which = byte % CALLS_SLOT % (run.inside ? (unsigned)CALL_TAKE : (unsigned)CALLS);
    watched *codec = &run.w.codecs[byte / CALLS_SLOT];
    run.calls_left--;
    if (which == CALL_CREATE && !watch_is_alive(codec) && run.w.events)
        run.player->create(codec, run.in);
    else if (which <= CALL_GATE && watch_is_alive(codec))
        call_codec(which, codec);
    else if (which > CALL_GATE)
        call_events(which);
}

/* A callback makes a call or two of its own. */
static void call_back(watch *w)
{
    (void)w;
    if (run.inside)
        return;
    run.inside = true;
    for (uint32_t left = take_below(run.in, 3); left && run.in->size && run.calls_left; left--)
        call_next();
    run.inside = false;
}

void calls_run(const calls_player *player, fuzz_input *in)
{
    run.player = player;
    run.in = in;
    run.calls_left = MOST_CALLS;
    run.inputs_left = player->most_inputs;
    run.kept = 0;
    watch_begin(&run.w);
    run.w.check_output = keep_output;
    run.w.call_back = call_back;
    for (unsigned i = 0; i < WATCH_CODECS; i++)
        player->create(&run.w.codecs[i], in);
    while (in->size && run.calls_left)
        call_next();
    run.w.call_back = NULL;
    player->let_go(&run.w);
    watch_settle(&run.w);
    for (unsigned i = 0; i < WATCH_CODECS; i++)
        watch_destroy(&run.w.codecs[i]);
    drop_kept();
    watch_end(&run.w);
}
