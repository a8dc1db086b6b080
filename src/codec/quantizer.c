/* SPDX-License-Identifier: MIT */
#include "codec/quantizer.h"

#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>

/* libvpx's own scale: steps that stand for the first 61 multiples of 4, 249 and 255. */
#define VP9_STEPS 64
#define VP9_MOST_INDEX 255
/* What an encoder is opened with, whatever the first frame asks: it is in the picture parameter set. */
#define X264_OPEN_QP "23"

static int set_all(AVCodecContext *context, const char *const options[][2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error = av_opt_set(context->priv_data, options[i][0], options[i][1], 0);
        if (error < 0)
            return error;
    }
    return 0;
}

/*
 * The rate factor is the QP itself once nothing bends it: complexity (qcompress), the kind of frame, blocks
 * (aq, mbtree). It takes effect with the next frame coded, so none may wait in the encoder.
 */
int webc__quantizer_open_x264(AVCodecContext *context, unsigned first)
{
    static const char *const options[][2] = {
        {"tune", "zerolatency"},
        {"crf", X264_OPEN_QP},
        {"aq-mode", "0"},
        {"mbtree", "0"},
    };
    (void)first;
    context->qcompress = 1;
    context->i_quant_factor = 1;
    return set_all(context, options, sizeof options / sizeof *options);
}

int webc__quantize_x264(AVCodecContext *context, AVFrame *picture, unsigned quantizer)
{
    (void)picture;
    return av_opt_set_double(context->priv_data, "crf", quantizer, 0);
}

static int vp9_index(int step)
{
    return step < 62 ? 4 * step : step == 62 ? 249 : VP9_MOST_INDEX;
}

/* Base index 0 would make the whole stream lossless. */
static int vp9_step(unsigned quantizer)
{
    int best = 1;
    for (int step = 2; step < VP9_STEPS; step++)
        if (abs(vp9_index(step) - (int)quantizer) < abs(vp9_index(best) - (int)quantizer))
            best = step;
    return best;
}

int webc__quantizer_open_vp9(AVCodecContext *context, unsigned first)
{
    char step[16];
    snprintf(step, sizeof step, "%d", vp9_step(first));
    const char *const options[][2] = {{"crf", step}, {"aq-mode", "0"}};
    context->qmin = context->qmax = vp9_step(first);
    return set_all(context, options, sizeof options / sizeof *options);
}

/* What blocks get that are `delta` steps from the base; the sign is outside the table. */
static int vp9_moved(int base, int delta)
{
    int index = base + (delta < 0 ? -vp9_index(-delta) : vp9_index(delta));
    return index < 0 ? 0 : index > VP9_MOST_INDEX ? VP9_MOST_INDEX : index;
}

static int vp9_delta(int base, int wanted)
{
    int best = 0;
    for (int delta = 1 - VP9_STEPS; delta < VP9_STEPS; delta++)
        if (abs(vp9_moved(base, delta) - wanted) < abs(vp9_moved(base, best) - wanted))
            best = delta;
    return best;
}

/*
 * One region of interest, the whole picture: libvpx puts all blocks into a segment with its own quantizer. It
 * leaves key frames out, which therefore need the base. Sent with every frame, as libvpx goes on with the last.
 */
int webc__quantize_vp9(AVCodecContext *context, AVFrame *picture, unsigned quantizer)
{
    int base = vp9_index(context->qmin);
    int wanted = (int)quantizer < vp9_index(1) ? vp9_index(1) : (int)quantizer;
    int delta = vp9_delta(base, wanted);
    AVFrameSideData *data =
        av_frame_new_side_data(picture, AV_FRAME_DATA_REGIONS_OF_INTEREST, sizeof(AVRegionOfInterest));
    if (!data)
        return AVERROR(ENOMEM);
    *(AVRegionOfInterest *)data->data = (AVRegionOfInterest){
        .self_size = sizeof(AVRegionOfInterest),
        .bottom = picture->height,
        .right = picture->width,
        .qoffset = {delta, VP9_STEPS - 1},
    };
    return 0;
}
