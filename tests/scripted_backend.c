/* SPDX-License-Identifier: MIT */
#include "scripted_backend.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Where the number stands in a packet: behind what a VP8 key frame begins with. */
#define NUMBER_AT 10

typedef struct held {
    int64_t pts;
    uint64_t number;
    bool key;
    bool gone; /* given out before its turn */
    uint32_t copies;
} held;

/* All fields: worker only. */
typedef struct instance {
    scripted *script;
    held inputs[SCRIPTED_HELD];
    uint64_t first; /* number of the oldest input that is held */
    uint64_t count; /* inputs taken so far */
    bool draining;
    AVPacket **packets; /* references held */
    AVFrame **frames;
    size_t packet_count;
    size_t frame_count;
} instance;

/* Check's own assertions take a lock, which a worker must not share with the test. */
static void must(bool good)
{
    if (!good)
        abort();
}

void scripted_init(scripted *script)
{
    *script = (scripted){0};
    pthread_mutex_init(&script->lock, NULL);
    pthread_cond_init(&script->changed, NULL);
}

void scripted_deinit(scripted *script)
{
    ck_assert_uint_eq(script->live, 0);
    pthread_cond_destroy(&script->changed);
    pthread_mutex_destroy(&script->lock);
}

/* Count the call, stop there when the test wants it; true when the script says that the call fails. */
static bool reach(scripted *script, scripted_point point)
{
    if (script->at_point)
        script->at_point(script->user, point);
    pthread_mutex_lock(&script->lock);
    uint64_t call = ++script->calls[point];
    if (call == script->wanted[point] || script->armed[point])
        pthread_cond_broadcast(&script->changed);
    if (script->armed[point]) {
        uint64_t release = script->releases[point];
        script->parked[point]++;
        while (script->releases[point] == release)
            pthread_cond_wait(&script->changed, &script->lock);
    }
    pthread_mutex_unlock(&script->lock);
    return script->fail_at[point] && call == script->fail_at[point];
}

void scripted_park(scripted *script, scripted_point point)
{
    pthread_mutex_lock(&script->lock);
    script->armed[point] = true;
    pthread_mutex_unlock(&script->lock);
}

void scripted_wait_parked(scripted *script, scripted_point point)
{
    pthread_mutex_lock(&script->lock);
    while (!script->parked[point])
        pthread_cond_wait(&script->changed, &script->lock);
    pthread_mutex_unlock(&script->lock);
}

void scripted_release(scripted *script, scripted_point point)
{
    pthread_mutex_lock(&script->lock);
    script->armed[point] = false;
    script->parked[point] = 0;
    script->releases[point]++;
    pthread_cond_broadcast(&script->changed);
    pthread_mutex_unlock(&script->lock);
}

void scripted_wait_calls(scripted *script, scripted_point point, uint64_t count)
{
    pthread_mutex_lock(&script->lock);
    script->wanted[point] = count;
    while (script->calls[point] < count)
        pthread_cond_wait(&script->changed, &script->lock);
    pthread_mutex_unlock(&script->lock);
}

uint64_t scripted_calls(scripted *script, scripted_point point)
{
    pthread_mutex_lock(&script->lock);
    uint64_t calls = script->calls[point];
    pthread_mutex_unlock(&script->lock);
    return calls;
}

uint64_t scripted_live(scripted *script)
{
    pthread_mutex_lock(&script->lock);
    uint64_t live = script->live;
    pthread_mutex_unlock(&script->lock);
    return live;
}

static int open_instance(scripted *script, void **out)
{
    if (reach(script, SCRIPTED_OPEN))
        return AVERROR(EIO);
    instance *self = calloc(1, sizeof *self);
    if (!self)
        return AVERROR(ENOMEM);
    self->script = script;
    pthread_mutex_lock(&script->lock);
    if (++script->live > script->most_live)
        script->most_live = script->live;
    pthread_mutex_unlock(&script->lock);
    *out = self;
    return 0;
}

static int open_decoder(void *user, const webc__decoder_setup *setup, void **out)
{
    must(setup->config && setup->row);
    return open_instance(user, out);
}

static int open_encoder(void *user, const webc__encoder_setup *setup, void **out)
{
    must(setup->config && setup->row);
    must(setup->pix_fmt == AV_PIX_FMT_YUV420P);
    scripted *script = user;
    pthread_mutex_lock(&script->lock);
    script->color = setup->color;
    pthread_mutex_unlock(&script->lock);
    return open_instance(user, out);
}

static void hold_packet(instance *self, const AVPacket *packet)
{
    if (!self->script->holds_references)
        return;
    self->packets = realloc(self->packets, (self->packet_count + 1) * sizeof *self->packets);
    must(self->packets && (self->packets[self->packet_count++] = av_packet_clone(packet)));
}

static void hold_frame(instance *self, const AVFrame *frame)
{
    if (!self->script->holds_references)
        return;
    self->frames = realloc(self->frames, (self->frame_count + 1) * sizeof *self->frames);
    must(self->frames && (self->frames[self->frame_count++] = av_frame_clone(frame)));
}

/* What a send answers before it looks at the input. */
static int begin_send(instance *self)
{
    scripted *script = self->script;
    bool failed = reach(script, SCRIPTED_SEND);
    uint64_t call = scripted_calls(script, SCRIPTED_SEND);
    if (failed)
        return AVERROR_INVALIDDATA;
    if (self->draining)
        return AVERROR_EOF;
    if (script->always_eagain || (call < 64 && script->eagain_sends >> call & 1))
        return AVERROR(EAGAIN);
    return 0;
}

static int begin_drain(instance *self)
{
    if (reach(self->script, SCRIPTED_DRAIN))
        return AVERROR(EIO);
    self->draining = true;
    return 0;
}

static void take(instance *self, int64_t pts, uint64_t number, bool key)
{
    const scripted *script = self->script;
    if (script->shows_nothing && !key)
        return;
    must(self->count - self->first < SCRIPTED_HELD);
    held *input = &self->inputs[self->count++ % SCRIPTED_HELD];
    *input = (held){.pts = pts, .number = number, .key = key, .copies = 1};
    if (self->count == script->drop_input)
        input->gone = true;
    if (self->count == script->double_input)
        input->copies = 2;
}

static void skip_gone(instance *self)
{
    while (self->first < self->count && self->inputs[self->first % SCRIPTED_HELD].gone)
        self->first++;
}

/* The input whose turn it is; NULL when it is not there yet. */
static held *next_output(instance *self)
{
    const scripted *script = self->script;
    skip_gone(self);
    uint64_t waiting = self->count - self->first;
    if (!waiting || (!self->draining && waiting <= script->delay))
        return NULL;
    if (!script->order_size)
        return &self->inputs[self->first % SCRIPTED_HELD];
    uint64_t group = self->first - self->first % script->order_size;
    if (!self->draining && self->count < group + script->order_size)
        return NULL;
    for (uint32_t i = 0; i < script->order_size; i++) {
        uint64_t at = group + script->order[i];
        if (at >= self->first && at < self->count && !self->inputs[at % SCRIPTED_HELD].gone)
            return &self->inputs[at % SCRIPTED_HELD];
    }
    return NULL;
}

/* Give *out or an error; `reach` has counted an output that is there. */
static int begin_receive(instance *self, held *out)
{
    scripted *script = self->script;
    pthread_mutex_lock(&script->lock);
    script->receives++;
    pthread_mutex_unlock(&script->lock);
    if (script->always_invalid)
        return AVERROR_INVALIDDATA;
    held *input = next_output(self);
    if (!input)
        return self->draining ? AVERROR_EOF : AVERROR(EAGAIN);
    if (reach(script, SCRIPTED_RECEIVE))
        return AVERROR_INVALIDDATA;
    *out = *input;
    if (--input->copies == 0)
        input->gone = true;
    return 0;
}

static uint64_t read_number(const uint8_t *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static int send_packet(void *opaque, const AVPacket *packet)
{
    instance *self = opaque;
    if (!packet)
        return begin_drain(self);
    int error = begin_send(self);
    if (error)
        return error;
    hold_packet(self, packet);
    uint64_t number = packet->size >= (int)SCRIPTED_CHUNK_SIZE ? read_number(packet->data + NUMBER_AT) : 0;
    take(self, packet->pts, number, false);
    return 0;
}

static int receive_frame(void *opaque, AVFrame *frame)
{
    instance *self = opaque;
    held output = {0};
    int error = begin_receive(self, &output);
    if (error)
        return error;
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = frame->height = SCRIPTED_SIDE;
    error = av_frame_get_buffer(frame, 0);
    if (error < 0)
        return error;
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * (SCRIPTED_SIDE >> (plane > 0)));
    memcpy(frame->data[0], &output.number, sizeof output.number);
    frame->pts = frame->best_effort_timestamp = output.pts;
    hold_frame(self, frame);
    return 0;
}

static int send_frame(void *opaque, const AVFrame *frame)
{
    instance *self = opaque;
    if (!frame)
        return begin_drain(self);
    int error = begin_send(self);
    if (error)
        return error;
    hold_frame(self, frame);
    bool asked = frame->pict_type == AV_PICTURE_TYPE_I && !self->script->ignores_key_requests;
    take(self, frame->pts, read_number(frame->data[0]), asked || self->count == 0);
    return 0;
}

static int receive_packet(void *opaque, AVPacket *packet)
{
    instance *self = opaque;
    held output = {0};
    int error = begin_receive(self, &output);
    if (error)
        return error;
    error = av_new_packet(packet, SCRIPTED_CHUNK_SIZE);
    if (error < 0)
        return error;
    scripted_fill_chunk(packet->data, output.number, output.key);
    packet->pts = packet->dts = output.pts;
    hold_packet(self, packet);
    return 0;
}

static void restart_decoder(void *opaque)
{
    instance *self = opaque;
    self->draining = false;
    self->first = self->count = 0;
}

static unsigned lag(void *opaque)
{
    (void)opaque;
    return 0;
}

static void set_bitrate(void *opaque, const webc__encoder_setup *setup)
{
    (void)opaque;
    (void)setup;
}

static const uint8_t *extradata(void *opaque, int *size)
{
    (void)opaque;
    *size = 0;
    return NULL;
}

static void free_instance(void *opaque)
{
    instance *self = opaque;
    scripted *script = self->script;
    reach(script, SCRIPTED_FREE);
    for (size_t i = 0; i < self->packet_count; i++)
        av_packet_free(&self->packets[i]);
    for (size_t i = 0; i < self->frame_count; i++)
        av_frame_free(&self->frames[i]);
    free(self->packets);
    free(self->frames);
    free(self);
    pthread_mutex_lock(&script->lock);
    script->live--;
    pthread_mutex_unlock(&script->lock);
}

static const webc__backend_ops ops = {
    .open_decoder = open_decoder,
    .open_encoder = open_encoder,
    .send_packet = send_packet,
    .lag = lag,
    .receive_frame = receive_frame,
    .send_frame = send_frame,
    .receive_packet = receive_packet,
    .restart_decoder = restart_decoder,
    .set_bitrate = set_bitrate,
    .extradata = extradata,
    .free = free_instance,
};

webc__backend scripted_backend(scripted *script)
{
    return (webc__backend){.ops = &ops, .user = script, .opens_ahead = script->opens_ahead};
}

void scripted_fill_chunk(uint8_t data[SCRIPTED_CHUNK_SIZE], uint64_t number, bool key)
{
    /* RFC 6386 9.1: bit 0 of the frame tag is clear in key frames, which go on with a start code and sizes. */
    static const uint8_t key_start[] = {0x10, 0, 0, 0x9d, 0x01, 0x2a, SCRIPTED_SIDE, 0, SCRIPTED_SIDE, 0};
    memset(data, 0, SCRIPTED_CHUNK_SIZE);
    if (key)
        memcpy(data, key_start, sizeof key_start);
    else
        data[0] = 0x11;
    memcpy(data + NUMBER_AT, &number, sizeof number);
}

uint64_t scripted_chunk_number(const webc_chunk *chunk)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_chunk_get_info(chunk, &info), WEBC_OK);
    ck_assert_uint_eq(info.size, SCRIPTED_CHUNK_SIZE);
    return read_number(info.data + NUMBER_AT);
}

uint64_t scripted_frame_number(const webc_frame *frame)
{
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(frame, 0, &plane), WEBC_OK);
    return read_number(plane.data);
}
