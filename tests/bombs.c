/* SPDX-License-Identifier: MIT */
#include "bombs.h"

#include <string.h>

#include "bit_writer.h"

void bomb_put(bomb *out, const void *data, size_t size)
{
    ck_assert_uint_le(out->size + size, sizeof out->data);
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

/* A NAL unit without what goes before it: emulation prevention is the only thing to see to. */
static void put_nal(bomb *out, const bit_writer *w)
{
    unsigned zeros = 0;
    for (size_t i = 0; i < w->bits / 8; i++) {
        if (zeros >= 2 && w->data[i] <= 3) {
            bomb_put(out, "\3", 1);
            zeros = 0;
        }
        bomb_put(out, &w->data[i], 1);
        zeros = w->data[i] ? 0 : zeros + 1;
    }
}

static void put_start(bomb *out, const bit_writer *w)
{
    bomb_put(out, "\0\0\0\1", 4);
    put_nal(out, w);
}

static void put_length(bomb *out, const bit_writer *w, size_t bytes)
{
    bomb nal = {.size = 0};
    put_nal(&nal, w);
    uint8_t length[4] = {0, 0, (uint8_t)(nal.size >> 8), (uint8_t)nal.size};
    bomb_put(out, length + 4 - bytes, bytes);
    bomb_put(out, nal.data, nal.size);
}

/* The rest of a slice: data that decodes to something, but not to a picture of that size. */
static void put_noise(bit_writer *w)
{
    for (unsigned i = 0; i < 16; i++)
        put_bits(w, 8, 0x5a + i);
    put_stop(w);
}

/* Baseline, five reference pictures, gaps in frame_num allowed. */
static void write_h264_sps(bit_writer *w, unsigned width, unsigned height)
{
    *w = (bit_writer){0};
    put_bits(w, 32, 0x67420033);
    put_ue(w, 0);
    put_ue(w, 0);  /* log2_max_frame_num_minus4 */
    put_ue(w, 2);  /* pic_order_cnt_type */
    put_ue(w, 16); /* max_num_ref_frames */
    put_bits(w, 1, 1);
    put_ue(w, (width + 15) / 16 - 1);
    put_ue(w, (height + 15) / 16 - 1);
    put_bits(w, 4, 0xc); /* frame_mbs_only_flag, direct_8x8_inference_flag, cropping, VUI */
    put_stop(w);
}

static void write_h264_pps(bit_writer *w)
{
    *w = (bit_writer){0};
    put_bits(w, 8, 0x68);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 2, 0); /* CAVLC */
    put_ue(w, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 3, 0); /* weights */
    put_ue(w, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 3, 0);
    put_stop(w);
}

static void write_h264_idr(bit_writer *w)
{
    *w = (bit_writer){0};
    put_bits(w, 8, 0x65);
    put_ue(w, 0);
    put_ue(w, 7); /* I */
    put_ue(w, 0);
    put_bits(w, 4, 0); /* frame_num */
    put_ue(w, 0);
    put_bits(w, 2, 0); /* marking */
    put_ue(w, 0);
    put_noise(w);
}

void bomb_h264(bomb *out, unsigned width, unsigned height)
{
    bit_writer w;
    write_h264_sps(&w, width, height);
    put_start(out, &w);
    write_h264_pps(&w);
    put_start(out, &w);
    write_h264_idr(&w);
    put_start(out, &w);
}

void bomb_h264_slice(bomb *out)
{
    bit_writer w;
    write_h264_idr(&w);
    put_length(out, &w, 4);
}

void bomb_h264_gap(bomb *out)
{
    bit_writer w = {0};
    put_bits(&w, 8, 0x61);
    put_ue(&w, 0);
    put_ue(&w, 5); /* P */
    put_ue(&w, 0);
    put_bits(&w, 4, 15); /* frame_num: 1 to 14 are missing */
    put_bits(&w, 3, 0);  /* override, modification, marking */
    put_ue(&w, 0);
    put_noise(&w);
    put_start(out, &w);
}

void bomb_avcc(bomb *out, unsigned width, unsigned height)
{
    bit_writer w;
    bomb_put(out, "\1\x42\0\x33\xff\xe1", 6);
    write_h264_sps(&w, width, height);
    put_length(out, &w, 2);
    bomb_put(out, "\1", 1);
    write_h264_pps(&w);
    put_length(out, &w, 2);
}

/* Main, high enough a level. */
static void put_hevc_profile(bit_writer *w)
{
    put_bits(w, 8, 1);
    put_bits(w, 32, 0x60000000);
    put_bits(w, 4, 9);
    put_bits(w, 22, 0);
    put_bits(w, 22, 0);
    put_bits(w, 8, 186);
}

/* The buffer holds what it can at most. */
static void put_hevc_buffering(bit_writer *w)
{
    put_bits(w, 1, 1);
    put_ue(w, 15);
    put_ue(w, 0);
    put_ue(w, 0);
}

static void write_hevc_vps(bit_writer *w)
{
    *w = (bit_writer){0};
    put_bits(w, 16, 0x4001);
    put_bits(w, 16, 0x0c01); /* one layer, one sub-layer */
    put_bits(w, 16, 0xffff);
    put_hevc_profile(w);
    put_hevc_buffering(w);
    put_bits(w, 6, 0);
    put_ue(w, 0);
    put_bits(w, 2, 0);
    put_stop(w);
}

static void write_hevc_sps(bit_writer *w, unsigned width, unsigned height)
{
    *w = (bit_writer){0};
    put_bits(w, 16, 0x4201);
    put_bits(w, 8, 1);
    put_hevc_profile(w);
    put_ue(w, 0);
    put_ue(w, 1); /* 4:2:0 */
    put_ue(w, (width + 7) / 8 * 8);
    put_ue(w, (height + 7) / 8 * 8);
    put_bits(w, 1, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_ue(w, 4); /* eight bits of picture order count */
    put_hevc_buffering(w);
    put_ue(w, 0); /* coding blocks of 8 to 64 */
    put_ue(w, 3);
    put_ue(w, 0); /* transform blocks of 4 to 32 */
    put_ue(w, 3);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 4, 0);
    put_ue(w, 0);
    put_bits(w, 5, 0);
    put_stop(w);
}

static void write_hevc_pps(bit_writer *w)
{
    *w = (bit_writer){0};
    put_bits(w, 16, 0x4401);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 7, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 3, 0);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 10, 0);
    put_ue(w, 0);
    put_bits(w, 2, 0);
    put_stop(w);
}

static void write_hevc_idr(bit_writer *w)
{
    *w = (bit_writer){0};
    put_bits(w, 16, 0x2601);
    put_bits(w, 2, 2); /* first slice; earlier pictures are put out */
    put_ue(w, 0);
    put_ue(w, 2); /* I */
    put_ue(w, 0);
    put_stop(w);
    put_noise(w);
}

void bomb_hevc(bomb *out, unsigned width, unsigned height)
{
    bit_writer w;
    write_hevc_vps(&w);
    put_start(out, &w);
    write_hevc_sps(&w, width, height);
    put_start(out, &w);
    write_hevc_pps(&w);
    put_start(out, &w);
    write_hevc_idr(&w);
    put_start(out, &w);
}

void bomb_hevc_slice(bomb *out)
{
    bit_writer w;
    write_hevc_idr(&w);
    put_length(out, &w, 4);
}

void bomb_hevc_missing(bomb *out)
{
    bit_writer w = {0};
    put_bits(&w, 16, 0x0201);
    put_bits(&w, 1, 1);
    put_ue(&w, 0);
    put_ue(&w, 1);        /* P */
    put_bits(&w, 8, 100); /* picture order count */
    put_bits(&w, 1, 0);   /* a reference picture set of its own: 15 before it */
    put_ue(&w, 15);
    put_ue(&w, 0);
    for (int i = 0; i < 15; i++) {
        put_ue(&w, 0);
        put_bits(&w, 1, 1);
    }
    put_bits(&w, 1, 0);
    put_ue(&w, 0);
    put_ue(&w, 0);
    put_stop(&w);
    put_noise(&w);
    put_start(out, &w);
}

void bomb_hvcc(bomb *out, unsigned width, unsigned height)
{
    static const uint8_t head[23] = {1,   1,    0x60, 0,    0,    0,    0x90, 0, 0, 0,    0, 0,
                                     186, 0xf0, 0,    0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 3};
    bit_writer w;
    bomb_put(out, head, sizeof head);
    bomb_put(out, "\xa0\0\1", 3);
    write_hevc_vps(&w);
    put_length(out, &w, 2);
    bomb_put(out, "\xa1\0\1", 3);
    write_hevc_sps(&w, width, height);
    put_length(out, &w, 2);
    bomb_put(out, "\xa2\0\1", 3);
    write_hevc_pps(&w);
    put_length(out, &w, 2);
}

void bomb_vp8(bomb *out, unsigned width, unsigned height)
{
    const uint8_t head[] = {0x10,
                            4,
                            0,
                            0x9d,
                            1,
                            0x2a,
                            (uint8_t)width,
                            (uint8_t)(width >> 8 & 0x3f),
                            (uint8_t)height,
                            (uint8_t)(height >> 8 & 0x3f)};
    bomb_put(out, head, sizeof head);
    for (uint8_t i = 0; i < 40; i++)
        bomb_put(out, &i, 1);
}

void bomb_vp9(bomb *out, unsigned width, unsigned height)
{
    bit_writer w = {0};
    put_bits(&w, 8, 0x83); /* profile 0, key frame, shown, resilient */
    put_bits(&w, 24, 0x498342);
    put_bits(&w, 4, 2);
    put_bits(&w, 16, width - 1);
    put_bits(&w, 16, height - 1);
    put_bits(&w, 1, 0);
    put_bits(&w, 2, 0);
    put_bits(&w, 10, 0); /* loop filter */
    put_bits(&w, 8, 60);
    put_bits(&w, 4, 0);
    put_bits(&w, 2, 0);
    put_bits(&w, 16, 8); /* bytes of the second header */
    put_align(&w);
    for (unsigned i = 0; i < 24; i++)
        put_bits(&w, 8, i);
    bomb_put(out, w.data, w.bits / 8);
}

static void put_obu(bomb *out, uint8_t type, const bit_writer *w)
{
    const uint8_t head[2] = {(uint8_t)(type << 3 | 2), (uint8_t)(w->bits / 8)};
    ck_assert_uint_lt(w->bits / 8, 128);
    bomb_put(out, head, sizeof head);
    bomb_put(out, w->data, w->bits / 8);
}

void bomb_av1(bomb *out, unsigned width, unsigned height)
{
    bit_writer w = {0};
    bomb_put(out, "\x12", 2); /* temporal delimiter */
    put_bits(&w, 7, 0);       /* main profile, no timing information */
    put_bits(&w, 5, 31);
    for (unsigned i = 0; i < 32; i++) {
        put_bits(&w, 12, 0x101);
        put_bits(&w, 6, 19 << 1);
    }
    put_bits(&w, 8, 0xff);
    put_bits(&w, 16, width - 1);
    put_bits(&w, 16, height - 1);
    put_bits(&w, 9, 0); /* no frame numbers, no tools, no order hints */
    put_bits(&w, 2, 3); /* screen content and integer vectors by the frame */
    put_bits(&w, 3, 0);
    put_bits(&w, 8, 0); /* 4:2:0, eight bits, no film grain */
    put_stop(&w);
    put_obu(out, 1, &w);
    w = (bit_writer){0};
    put_bits(&w, 4, 1); /* key frame, shown */
    put_bits(&w, 5, 0);
    put_bits(&w, 1, 1); /* tiles as large as they may be */
    put_bits(&w, 16, 0);
    for (unsigned i = 0; i < 40; i++)
        put_bits(&w, 8, 0x11);
    put_align(&w);
    put_obu(out, 6, &w);
}
