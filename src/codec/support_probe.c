/* SPDX-License-Identifier: MIT */
#include "codec/support_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/nal.h"
#include "codec/av_result.h"
#include "codec/message.h"
#include "codec/probe_picture.h"
#include "codec/work.h"
#include "media/frame.h"

/* A sink without a codec behind it: keeps the outcome of the trial. */
typedef struct trial {
    webc_support *answer;
    uint32_t outputs;
    bool failed;
} trial;

static bool trial_output(void *owner, uint32_t epoch, webc__output *output)
{
    trial *t = owner;
    (void)epoch;
    t->outputs++;
    webc_frame_unref(&output->frame);
    webc_chunk_unref(&output->chunk);
    webc_chunk_unref(&output->alpha);
    free(output->decoder_config);
    *output = (webc__output){0};
    return true;
}

static void trial_error(void *owner, uint32_t epoch, webc_result result, const char *message)
{
    trial *t = owner;
    (void)epoch;
    (void)result;
    t->failed = true;
    snprintf(t->answer->reason, sizeof t->answer->reason, "%s", message);
}

static void trial_flushed(void *owner, uint32_t epoch, uint64_t flush_id)
{
    (void)owner;
    (void)epoch;
    (void)flush_id;
}

/* Damage that the config tolerates leaves the trial without an output. */
static void trial_damage(void *owner, uint32_t epoch, uint32_t chunks, uint32_t frames)
{
    (void)owner;
    (void)epoch;
    (void)chunks;
    (void)frames;
}

static bool trial_current(void *owner, uint32_t epoch)
{
    (void)owner;
    (void)epoch;
    return true;
}

/* The frame of a trial follows at once. */
static bool trial_last(void *owner)
{
    (void)owner;
    return false;
}

/* Run a message made for the trial; one that could not be made counts as a failure. */
static void step(const webc__work_ops *ops, void *work, trial *t, webc__message *message)
{
    if (!message)
        trial_error(t, 0, WEBC_ERROR_NO_MEMORY, "no memory for the trial");
    else if (!t->failed)
        ops->run(work, message);
    webc__message_free(message);
}

static void conclude(const trial *t, bool coded)
{
    webc_support *answer = t->answer;
    answer->verified = coded && !t->failed;
    if (answer->verified)
        return;
    answer->supported = 0;
    answer->implementation[0] = '\0';
    if (!answer->reason[0])
        snprintf(answer->reason, sizeof answer->reason, "the trial gave no output");
}

static webc__work_setup trial_setup(trial *t)
{
    return (webc__work_setup){
        .sink = {t, trial_output, trial_error, trial_flushed, trial_damage, trial_current, trial_last},
        .backend = webc__backend_ffmpeg,
        .max_pixels = WEBC__DEFAULT_MAX_PIXELS,
    };
}

/* NAL length size that the config's description asks for; 0: chunks are Annex B, or not made of NAL units. */
static unsigned length_size_of(const webc_video_decoder_config *config, uint32_t codec)
{
    unsigned length_size = 0;
    const char *why;
    size_t size = (size_t)config->description_size;
    if (size && codec == WEBC_CODEC_H264)
        webc__avcc_parse(config->description, size, &length_size, &why);
    if (size && codec == WEBC_CODEC_HEVC)
        webc__hvcc_parse(config->description, size, &length_size, &why);
    return length_size;
}

/* A key chunk in the format of the config; NULL when there is no picture of its kind to try, or no memory. */
static webc_chunk *key_chunk(const webc_video_decoder_config *config, const webc__codec_string *codec)
{
    uint8_t prefixed[256];
    size_t size = 0;
    webc_chunk *chunk = NULL;
    webc_chunk_params params;
    const uint8_t *data = webc__probe_picture(codec, &size);
    unsigned length_size = length_size_of(config, codec->codec);
    if (data && length_size) {
        if (!webc__nal_reframe(data, size, 0, length_size, prefixed, sizeof prefixed, &size))
            size = 0;
        data = prefixed;
    }
    webc_chunk_params_init(&params, sizeof params);
    params.type = WEBC_CHUNK_KEY;
    if (data && size)
        webc_chunk_create(&chunk, &params, data, size);
    return chunk;
}

/* Without a picture of its kind the decoder is opened only, which verifies nothing. */
static void try_opening(const webc_video_decoder_config *config, const webc__choice *choice,
                        webc_support *answer)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    void *instance = NULL;
    webc__decoder_setup setup = {
        .config = config,
        .codec = &choice->codec,
        .row = choice->row,
        .max_pixels = WEBC__DEFAULT_MAX_PIXELS,
        .silent = true,
    };
    int error = webc__backend_ffmpeg.ops->open_decoder(NULL, &setup, &instance);
    if (error >= 0) {
        webc__backend_ffmpeg.ops->free(instance);
        return;
    }
    answer->supported = 0;
    answer->implementation[0] = '\0';
    snprintf(answer->reason, sizeof answer->reason, "opening %s failed: %s", choice->row->name,
             webc__av_text(error, text, sizeof text));
}

void webc__probe_decoder(const webc_video_decoder_config *config, webc_support *answer)
{
    trial t = {.answer = answer};
    const webc__work_ops *ops = &webc__video_decoder_work;
    webc__work_setup setup = trial_setup(&t);
    webc__choice choice;
    if (webc__choose_decoder(config, &choice, answer->reason, sizeof answer->reason))
        return;
    webc_chunk *chunk = key_chunk(config, &choice.codec);
    if (!chunk) {
        try_opening(config, &choice, answer);
        return;
    }
    void *work = ops->create(&setup);
    if (work) {
        step(ops, work, &t, webc__message_configure_decoder(config));
        step(ops, work, &t, webc__message_decode(chunk, 0));
        step(ops, work, &t, webc__message_flush(1));
        ops->free(work);
    } else {
        trial_error(&t, 0, WEBC_ERROR_NO_MEMORY, "no memory for the trial");
    }
    webc_chunk_unref(&chunk);
    conclude(&t, t.outputs == 1);
}

/* A grey picture of the configured size, with alpha where that is to be kept. */
static webc_frame *grey_frame(const webc_video_encoder_config *config)
{
    AVFrame *av = av_frame_alloc();
    webc_frame *frame = NULL;
    webc__frame_tags tags = {0};
    bool alpha = config->alpha == WEBC_ALPHA_KEEP;
    int format = alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
    if (av && webc__frame_alloc_planes(av, format, config->width, config->height) == WEBC_OK) {
        for (int plane = 0; plane < (alpha ? 4 : 3); plane++)
            for (uint32_t row = 0; row < (plane % 3 ? (config->height + 1) / 2 : config->height); row++)
                for (uint32_t x = 0; x < (plane % 3 ? (config->width + 1) / 2 : config->width); x++)
                    av->data[plane][(size_t)row * (size_t)av->linesize[plane] + x] = 128;
        webc__frame_adopt(&frame, av, &tags);
    }
    av_frame_free(&av);
    return frame;
}

void webc__probe_encoder(const webc_video_encoder_config *config, webc_support *answer)
{
    trial t = {.answer = answer};
    const webc__work_ops *ops = &webc__video_encoder_work;
    webc__work_setup setup = trial_setup(&t);
    webc_frame *frame = grey_frame(config);
    void *work = frame ? ops->create(&setup) : NULL;
    if (work) {
        step(ops, work, &t, webc__message_configure_encoder(config));
        step(ops, work, &t, webc__message_encode(frame, 0, true));
        step(ops, work, &t, webc__message_flush(1));
        ops->free(work);
    } else {
        trial_error(&t, 0, WEBC_ERROR_NO_MEMORY, "no memory for the trial");
    }
    webc_frame_unref(&frame);
    conclude(&t, t.outputs == 1);
}
