/* SPDX-License-Identifier: MIT */
/*
 * A layer refers to pictures of lower layers and its own past base only, so that whoever drops the upper ones
 * decodes the rest bit for bit. Pictures go to two of libvpx's three buffers: the base to LAST, the middle
 * layer to GOLDEN; the top layer is kept nowhere. Nothing above the base may change the probabilities that
 * later pictures start from.
 */
#include "codec/layers.h"

#include <libavutil/opt.h>
#include <stdio.h>
#include <string.h>

/* Of vpx/vp8cx.h, which FFmpeg passes on as numbers; VP9 takes the same. */
enum {
    NO_REF_LAST = 1 << 16,
    NO_REF_GOLDEN = 1 << 17,
    NO_UPDATE_LAST = 1 << 18,
    NO_UPDATE_ENTROPY = 1 << 20,
    NO_REF_ALTREF = 1 << 21,
    NO_UPDATE_GOLDEN = 1 << 22,
    NO_UPDATE_ALTREF = 1 << 23,
    BASE = NO_REF_GOLDEN | NO_REF_ALTREF | NO_UPDATE_GOLDEN | NO_UPDATE_ALTREF,
    MIDDLE = NO_REF_GOLDEN | NO_REF_ALTREF | NO_UPDATE_LAST | NO_UPDATE_ALTREF | NO_UPDATE_ENTROPY,
    KEPT_NOWHERE = NO_UPDATE_LAST | NO_UPDATE_GOLDEN | NO_UPDATE_ALTREF | NO_UPDATE_ENTROPY,
    TOP_ON_BASE = NO_REF_GOLDEN | NO_REF_ALTREF | KEPT_NOWHERE,
    TOP_ON_MIDDLE = NO_REF_ALTREF | KEPT_NOWHERE,
};

#define MOST_LAYERS 3u

typedef struct pattern {
    unsigned period;
    unsigned ids[4];
    unsigned flags[4];
    unsigned rate_percent[MOST_LAYERS]; /* of the bitrate, for a layer and those below it */
    const char *options;                /* of the pattern, but for its bitrates */
} pattern;

static const pattern patterns[MOST_LAYERS + 1] = {
    [2] = {2,
           {0, 1},
           {BASE, TOP_ON_BASE},
           {60, 100},
           "ts_number_layers=2:ts_rate_decimator=2,1:ts_periodicity=2:ts_layer_id=0,1"},
    [3] = {4,
           {0, 2, 1, 2},
           {BASE, TOP_ON_BASE, MIDDLE, TOP_ON_MIDDLE},
           {40, 60, 100},
           "ts_number_layers=3:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2"},
};

unsigned webc__layers_of_mode(const char *mode)
{
    if (!mode || !*mode || strcmp(mode, "L1T1") == 0)
        return 1;
    return strcmp(mode, "L1T2") == 0 ? 2 : strcmp(mode, "L1T3") == 0 ? 3 : 0;
}

/*
 * With layers libvpx's VP9 prints a warning for every frame of an odd size to standard output, and writes
 * profile 1 for pictures that it calls 4:2:0, which no decoder takes (1.12); and without a bitrate there is
 * nothing to share. There it is not told of layers, only of references: they are as real.
 */
webc__layers webc__layers_of_config(const webc_video_encoder_config *config, const webc__codec_string *codec)
{
    bool odd = (config->width | config->height) & 1;
    bool untold = codec->codec == WEBC_CODEC_VP9 && (odd || codec->profile == 1);
    return (webc__layers){
        .count = webc__layers_of_mode(config->scalability_mode),
        .share_rates = config->bitrate_mode != WEBC_BITRATE_MODE_QUANTIZER && !untold,
    };
}

unsigned webc__layers_id(webc__layers layers, unsigned position)
{
    return layers.count > 1 ? patterns[layers.count].ids[position % patterns[layers.count].period] : 0;
}

static int share_rates(AVCodecContext *context, unsigned layers)
{
    /* In thousands of bits, and each layer must add to those below it. */
    int64_t rates[MOST_LAYERS] = {0};
    for (unsigned i = 0; i < layers; i++) {
        rates[i] = context->bit_rate / 1000 * patterns[layers].rate_percent[i] / 100;
        if (rates[i] <= (i ? rates[i - 1] : 0))
            rates[i] = (i ? rates[i - 1] : 0) + 1;
    }
    char text[192];
    int used = snprintf(text, sizeof text, "%s:ts_target_bitrate=", patterns[layers].options);
    for (unsigned i = 0; i < layers; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%lld", i ? "," : "", (long long)rates[i]);
    return av_opt_set(context->priv_data, "ts-parameters", text, 0);
}

int webc__layers_setup(AVCodecContext *context, webc__layers layers)
{
    if (layers.count < 2)
        return 0;
    int error = layers.share_rates ? share_rates(context, layers.count) : 0;
    return error < 0 ? error : av_opt_set(context->priv_data, "error-resilient", "default", 0);
}

int webc__layers_mark(AVFrame *picture, webc__layers layers, unsigned position)
{
    if (layers.count < 2)
        return 0;
    const pattern *p = &patterns[layers.count];
    /* A key frame replaces all that can be referred to. */
    unsigned flags = position ? p->flags[position % p->period] : 0;
    char text[16];
    snprintf(text, sizeof text, "%u", flags);
    int error = av_dict_set(&picture->metadata, "vp8-flags", text, 0);
    if (error < 0 || !layers.share_rates)
        return error;
    snprintf(text, sizeof text, "%u", webc__layers_id(layers, position));
    return av_dict_set(&picture->metadata, "temporal_id", text, 0);
}
