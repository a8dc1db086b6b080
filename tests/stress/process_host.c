/* SPDX-License-Identifier: MIT */
/*
 * A program that loads the library at run time: process_host LIBRARY dlclose|exit. Its worker stands in the
 * release callback of a lent picture, called from the library's code, while the library is closed.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webcodecs/webcodecs.h"

enum { EXIT_CODE = 42, SIDE = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool arrived, released;

static void stand_still(void *user)
{
    (void)user;
    pthread_mutex_lock(&lock);
    arrived = true;
    pthread_cond_broadcast(&changed);
    while (!released)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "process_host: %s\n", what);
    exit(EXIT_FAILURE);
}

/* Static, so that the memory of a codec that is never destroyed is still pointed at when the process ends. */
static webc_events *events;
static webc_video_encoder *encoder;
static uint8_t picture[SIDE * SIDE * 3 / 2];

#define LOAD(name) \
    __typeof__(&name) load_##name = (__typeof__(&name))(uintptr_t)dlsym(library, #name); \
    must(load_##name != NULL, #name)

int main(int argc, char **argv)
{
    must(argc == 3, "usage: process_host LIBRARY dlclose|exit");
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    must(library != NULL, "dlopen");
    LOAD(webc_events_create);
    LOAD(webc_events_destroy);
    LOAD(webc_video_encoder_create);
    LOAD(webc_video_encoder_config_init);
    LOAD(webc_video_encoder_configure);
    LOAD(webc_video_encoder_encode);
    LOAD(webc_video_encoder_destroy);
    LOAD(webc_frame_params_init);
    LOAD(webc_frame_wrap);
    LOAD(webc_frame_unref);
    LOAD(webc_drain_workers);

    webc_video_encoder_config config;
    load_webc_video_encoder_config_init(&config, sizeof config);
    config.codec = "vp8";
    config.width = config.height = SIDE;
    must(!load_webc_events_create(&events, NULL), "events");
    must(!load_webc_video_encoder_create(&encoder, events, NULL), "encoder");
    must(!load_webc_video_encoder_configure(encoder, &config), "configure");
    webc_frame_params params;
    webc_frame *frame = NULL;
    load_webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = params.coded_height = SIDE;
    must(!load_webc_frame_wrap(&frame, &params, picture, sizeof picture, stand_still, NULL), "wrap");
    must(!load_webc_video_encoder_encode(encoder, frame, NULL), "encode");
    load_webc_frame_unref(&frame);
    pthread_mutex_lock(&lock);
    while (!arrived)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);

    if (strcmp(argv[2], "exit") == 0)
        exit(EXIT_CODE);
    load_webc_video_encoder_destroy(&encoder);
    load_webc_events_destroy(&events);
    must(dlclose(library) == 0, "dlclose");
    pthread_mutex_lock(&lock);
    released = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    /* The worker returns into the library, ends there, and is waited for there. */
    must(!load_webc_drain_workers(-1), "drain");
    return EXIT_CODE;
}
