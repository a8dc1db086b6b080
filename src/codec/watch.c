/* SPDX-License-Identifier: MIT */
/* Runs on the worker, but for passed(). */
#include "codec/watch.h"

#include <stddef.h>
#include <stdlib.h>

typedef struct instance {
    webc__watch *watch;
    const webc__backend_ops *ops; /* of the backend that is watched */
    void *inner;
} instance;

static void passed(webc__deadline *deadline)
{
    webc__watch *watch = (webc__watch *)((char *)deadline - offsetof(webc__watch, deadline));
    watch->stuck(watch->owner, watch->call);
}

static int begin(webc__watch *watch, const char *call)
{
    watch->call = call;
    /* Its own EAGAIN would read as that of a codec. */
    return webc__watchdog_arm(&watch->deadline, watch->limit_us) ? AVERROR(ENOMEM) : 0;
}

/* What came back too late counts for nothing: the codec is on its way to be closed. */
static int end(webc__watch *watch, int result)
{
    if (!webc__watchdog_disarm(&watch->deadline))
        return result;
    watch->back(watch->owner);
    return AVERROR_EXIT;
}

static instance *wrap(webc__watch *watch)
{
    instance *self = malloc(sizeof *self);
    if (self)
        *self = (instance){.watch = watch, .ops = watch->inner.ops};
    return self;
}

/* Freed under watch too: an encoder may hang in that. */
static void free_inner(instance *self)
{
    int unwatched = begin(self->watch, "free");
    self->ops->free(self->inner);
    if (!unwatched)
        end(self->watch, 0);
}

static int finish_open(instance *self, int error, void **out)
{
    int result = end(self->watch, error);
    if (!result) {
        *out = self;
        return 0;
    }
    if (!error)
        free_inner(self);
    free(self);
    return result;
}

static int open_decoder(void *user, const webc__decoder_setup *setup, void **out)
{
    webc__watch *watch = user;
    instance *self = wrap(watch);
    int error = self ? begin(watch, "open") : AVERROR(ENOMEM);
    if (!error)
        return finish_open(self, self->ops->open_decoder(watch->inner.user, setup, &self->inner), out);
    free(self);
    return error;
}

static int open_encoder(void *user, const webc__encoder_setup *setup, void **out)
{
    webc__watch *watch = user;
    instance *self = wrap(watch);
    int error = self ? begin(watch, "open") : AVERROR(ENOMEM);
    if (!error)
        return finish_open(self, self->ops->open_encoder(watch->inner.user, setup, &self->inner), out);
    free(self);
    return error;
}

static int send_packet(void *opaque, const AVPacket *packet)
{
    instance *self = opaque;
    int error = begin(self->watch, packet ? "send_packet" : "drain");
    return error ? error : end(self->watch, self->ops->send_packet(self->inner, packet));
}

static int receive_frame(void *opaque, AVFrame *frame)
{
    instance *self = opaque;
    int error = begin(self->watch, "receive_frame");
    return error ? error : end(self->watch, self->ops->receive_frame(self->inner, frame));
}

static int send_frame(void *opaque, const AVFrame *frame)
{
    instance *self = opaque;
    int error = begin(self->watch, frame ? "send_frame" : "drain");
    return error ? error : end(self->watch, self->ops->send_frame(self->inner, frame));
}

static int receive_packet(void *opaque, AVPacket *packet)
{
    instance *self = opaque;
    int error = begin(self->watch, "receive_packet");
    return error ? error : end(self->watch, self->ops->receive_packet(self->inner, packet));
}

/* Options and fields only: these do no work that could hang. */

static int quantize(void *opaque, const webc__codec_row *row, AVFrame *frame, unsigned quantizer)
{
    instance *self = opaque;
    return self->ops->quantize(self->inner, row, frame, quantizer);
}

static unsigned lag(void *opaque)
{
    instance *self = opaque;
    return self->ops->lag(self->inner);
}

static void set_bitrate(void *opaque, const webc__encoder_setup *setup)
{
    instance *self = opaque;
    self->ops->set_bitrate(self->inner, setup);
}

static const uint8_t *extradata(void *opaque, int *size)
{
    instance *self = opaque;
    return self->ops->extradata(self->inner, size);
}

static void restart_decoder(void *opaque)
{
    instance *self = opaque;
    int unwatched = begin(self->watch, "restart");
    self->ops->restart_decoder(self->inner);
    if (!unwatched)
        end(self->watch, 0);
}

static void free_instance(void *opaque)
{
    instance *self = opaque;
    free_inner(self);
    free(self);
}

static const webc__backend_ops ops = {
    .open_decoder = open_decoder,
    .open_encoder = open_encoder,
    .send_packet = send_packet,
    .lag = lag,
    .receive_frame = receive_frame,
    .send_frame = send_frame,
    .quantize = quantize,
    .receive_packet = receive_packet,
    .restart_decoder = restart_decoder,
    .set_bitrate = set_bitrate,
    .extradata = extradata,
    .free = free_instance,
};

webc__backend webc__watch_backend(webc__watch *watch)
{
    watch->deadline.passed = passed;
    return (webc__backend){.ops = &ops, .user = watch, .opens_ahead = watch->inner.opens_ahead};
}
