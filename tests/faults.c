/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>

/* Written while no worker runs. */
static fault_plan plan;
static _Atomic bool armed;
static _Atomic uint64_t counted[FAULT_SIDES];
static _Atomic bool struck; /* the call of the plan was reached */
static _Atomic bool excusing;
static _Atomic bool excused;

static _Thread_local bool own_thread;
static _Thread_local bool inside;

void faults_own_thread(void)
{
    own_thread = true;
}

void faults_enter(void)
{
    inside = true;
}

int64_t faults_leave(int64_t result)
{
    inside = false;
    return result;
}

void faults_arm(const fault_plan *wanted)
{
    plan = *wanted;
    counted[FAULT_CALLER] = counted[FAULT_WORKER] = 0;
    struck = excusing = excused = false;
    armed = true;
}

bool faults_disarm(void)
{
    armed = false;
    return struck;
}

void faults_excuse(bool on)
{
    excusing = on;
}

bool faults_excused(void)
{
    return excused;
}

/* Is this the call that fails? */
static bool strikes(fault_kind kind)
{
    if (!armed || kind != plan.kind || (own_thread && !inside))
        return false;
    fault_side side = own_thread ? FAULT_CALLER : FAULT_WORKER;
    if (plan.for_ever && struck)
        return true;
    if (side != plan.side || ++counted[side] != plan.number)
        return false;
    excused = (bool)excusing;
    struck = true;
    return true;
}

#define WRAP(kind, type, name, params, args, failure) \
    type __real_##name params; \
    type __wrap_##name params; \
    type __wrap_##name params \
    { \
        return strikes(kind) ? (failure) : __real_##name args; \
    }
#define WRAP_POINTER(type, name, params, args) WRAP(FAULT_MEMORY, type, name, params, args, NULL)
#define WRAP_AV(name, params, args) WRAP(FAULT_MEMORY, int, name, params, args, AVERROR(ENOMEM))
#define WRAP_SYSTEM(name, params, args) WRAP(FAULT_SYSTEM, int, name, params, args, EAGAIN)

WRAP_POINTER(void *, malloc, (size_t size), (size))
WRAP_POINTER(void *, calloc, (size_t count, size_t size), (count, size))

WRAP_POINTER(void *, av_malloc, (size_t size), (size))
WRAP_POINTER(void *, av_mallocz, (size_t size), (size))
WRAP_POINTER(AVBufferRef *, av_buffer_alloc, (size_t size), (size))
WRAP_POINTER(AVBufferRef *, av_buffer_allocz, (size_t size), (size))
WRAP_POINTER(AVBufferRef *, av_buffer_create,
             (uint8_t * data, size_t size, void (*release)(void *, uint8_t *), void *opaque, int flags),
             (data, size, release, opaque, flags))
WRAP_POINTER(AVBufferRef *, av_buffer_ref, (const AVBufferRef *buffer), (buffer))
WRAP_POINTER(AVBufferPool *, av_buffer_pool_init, (size_t size, AVBufferRef *(*alloc)(size_t)), (size, alloc))
WRAP_POINTER(AVBufferRef *, av_buffer_pool_get, (AVBufferPool * pool), (pool))
WRAP_POINTER(AVFrame *, av_frame_alloc, (void), ())
WRAP_POINTER(AVFrame *, av_frame_clone, (const AVFrame *frame), (frame))
WRAP_POINTER(AVFrameSideData *, av_frame_new_side_data,
             (AVFrame * frame, enum AVFrameSideDataType type, size_t size), (frame, type, size))
WRAP_POINTER(AVPacket *, av_packet_alloc, (void), ())
WRAP_POINTER(AVCodecContext *, avcodec_alloc_context3, (const AVCodec *codec), (codec))
WRAP_POINTER(struct SwsContext *, sws_alloc_context, (void), ())

WRAP_AV(av_frame_ref, (AVFrame * to, const AVFrame *from), (to, from))
WRAP_AV(av_frame_get_buffer, (AVFrame * frame, int align), (frame, align))
WRAP_AV(av_new_packet, (AVPacket * packet, int size), (packet, size))
WRAP_AV(av_dict_set, (AVDictionary * *dict, const char *key, const char *value, int flags),
        (dict, key, value, flags))
WRAP_AV(av_dict_copy, (AVDictionary * *to, const AVDictionary *from, int flags), (to, from, flags))
WRAP_AV(av_opt_set, (void *object, const char *name, const char *value, int flags),
        (object, name, value, flags))
WRAP_AV(av_opt_set_int, (void *object, const char *name, int64_t value, int flags),
        (object, name, value, flags))
WRAP_AV(av_opt_set_double, (void *object, const char *name, double value, int flags),
        (object, name, value, flags))
WRAP_AV(avcodec_open2, (AVCodecContext * context, const AVCodec *codec, AVDictionary **options),
        (context, codec, options))
WRAP_AV(avcodec_send_packet, (AVCodecContext * context, const AVPacket *packet), (context, packet))
WRAP_AV(avcodec_receive_frame, (AVCodecContext * context, AVFrame *frame), (context, frame))
WRAP_AV(avcodec_send_frame, (AVCodecContext * context, const AVFrame *frame), (context, frame))
WRAP_AV(avcodec_receive_packet, (AVCodecContext * context, AVPacket *packet), (context, packet))
WRAP_AV(sws_init_context, (struct SwsContext * context, SwsFilter *from, SwsFilter *to), (context, from, to))

WRAP_SYSTEM(pthread_create, (pthread_t * thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg),
            (thread, attr, run, arg))
WRAP_SYSTEM(pthread_attr_init, (pthread_attr_t * attr), (attr))
WRAP_SYSTEM(pthread_mutex_init, (pthread_mutex_t * mutex, const pthread_mutexattr_t *attr), (mutex, attr))
WRAP_SYSTEM(pthread_mutexattr_init, (pthread_mutexattr_t * attr), (attr))
WRAP_SYSTEM(pthread_cond_init, (pthread_cond_t * cond, const pthread_condattr_t *attr), (cond, attr))
WRAP_SYSTEM(pthread_condattr_init, (pthread_condattr_t * attr), (attr))
WRAP_SYSTEM(pthread_condattr_setclock, (pthread_condattr_t * attr, clockid_t clock), (attr, clock))

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
    if (!strikes(FAULT_SYSTEM))
        return __real_eventfd(count, flags);
    errno = EMFILE;
    return -1;
}
