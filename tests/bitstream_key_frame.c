/* SPDX-License-Identifier: MIT */
/*
 * Key frames read from the bits: hand-made headers, every cut of them, and, where the folder WEBC_TEST_MEDIA
 * holds clips, each packet of those against the key flag of libavformat.
 */
#include <check.h>
#include <dirent.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/key_frame.h"
#include "webcodecs/support.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

/* On the heap without a byte to spare, so that a read past the end is found. */
static bool is_key(uint32_t codec, unsigned length_size, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, data, size);
    bool key = webc__is_key_frame(codec, copy, size, length_size);
    free(copy);
    return key;
}

static webc__key inspect(uint32_t codec, unsigned length_size, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size)
        memcpy(copy, data, size);
    webc__key key = webc__key_inspect(codec, copy, size, length_size);
    free(copy);
    return key;
}

START_TEST(h264_key_is_idr)
{
    ck_assert(is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x65, 0x88)));
    ck_assert(is_key(WEBC_CODEC_H264, 0,
                     BYTES(0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x67, 1, 0, 0, 1, 6, 1, 0, 0, 1, 0x25, 1)));
    ck_assert(is_key(WEBC_CODEC_H264, 4, BYTES(0, 0, 0, 2, 6, 5, 0, 0, 0, 1, 0x65)));
    ck_assert(is_key(WEBC_CODEC_H264, 2, BYTES(0, 1, 0x65)));
    ck_assert(is_key(WEBC_CODEC_H264, 1, BYTES(1, 0x65)));
    /* The second field of an IDR picture has type 1. */
    ck_assert(is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x65, 0x88, 0, 0, 1, 0x61, 0x88)));
    ck_assert(!is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x61, 0x88, 0, 0, 1, 0x65, 0x88)));
    ck_assert(!is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x41, 0x88)));
    ck_assert(!is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1)));
    ck_assert(!is_key(WEBC_CODEC_H264, 4, BYTES(0, 0, 1, 0x65, 0x88)));
    ck_assert(!is_key(WEBC_CODEC_H264, 0, BYTES(0, 0, 0, 2, 0x65, 0x88)));
    ck_assert(!is_key(WEBC_CODEC_H264, 4, BYTES(0, 0, 0, 9, 0x65)));
    ck_assert(!is_key(WEBC_CODEC_H264, 3, BYTES(0, 0, 1, 0x65)));
}
END_TEST

START_TEST(hevc_key_is_irap_of_the_base_layer)
{
    for (uint8_t type = 0; type < 64; type++) {
        bool irap = type >= 16 && type <= 21;
        ck_assert_int_eq(is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, (uint8_t)(type << 1), 1, 0x80)), irap);
        ck_assert_int_eq(is_key(WEBC_CODEC_HEVC, 4, BYTES(0, 0, 0, 3, (uint8_t)(type << 1), 1, 0x80)), irap);
    }
    ck_assert(
        is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x46, 1, 0x50, 0, 0, 1, 0x40, 1, 0, 0, 1, 0x26, 1, 0xaf)));
    ck_assert(!is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x02, 1, 0xd0, 0, 0, 1, 0x26, 1, 0xaf)));
    /* A slice of layer 1 does not decide. */
    ck_assert(is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x02, 9, 0xd0, 0, 0, 1, 0x26, 1, 0xaf)));
    ck_assert(!is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x27, 1, 0xaf)));
    ck_assert(!is_key(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x26)));
}
END_TEST

START_TEST(vp8_key_is_in_the_frame_tag)
{
    const uint8_t key[] = {0x10, 2, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0, 7};
    uint8_t other[sizeof key];
    ck_assert(is_key(WEBC_CODEC_VP8, 0, key, sizeof key));
    memcpy(other, key, sizeof key);
    other[0] |= 1;
    ck_assert(!is_key(WEBC_CODEC_VP8, 0, other, sizeof other));
    for (size_t i = 3; i < 6; i++) {
        memcpy(other, key, sizeof key);
        other[i] ^= 1;
        ck_assert(!is_key(WEBC_CODEC_VP8, 0, other, sizeof other));
    }
    for (size_t cut = 0; cut < 10; cut++)
        ck_assert(!is_key(WEBC_CODEC_VP8, 0, key, cut));
}
END_TEST

/* Marker 10, profile 0, show_existing 0, frame_type, show_frame, error_resilient 0; then the sync code. */
#define VP9_KEY 0x82, 0x49, 0x83, 0x42
#define VP9_HIDDEN_KEY 0x80, 0x49, 0x83, 0x42
#define VP9_INTER 0x86, 0, 0
#define VP9_HIDDEN_INTER 0x84, 0, 0
#define VP9_EXISTING 0x88

START_TEST(vp9_key_is_the_first_shown_frame)
{
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, 0)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_KEY, 0)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_INTER)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_EXISTING)));
    /* Intra-only is an inter frame type with another bit set. */
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(0x84, 0x49, 0x83, 0x42)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(0x82, 0x49, 0x83, 0x43)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(0x42, 0x49, 0x83, 0x42)));
    /* Profile 2 in the low-then-high order, and profile 3 with its reserved bit. */
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(0x92, 0x49, 0x83, 0x42)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(0xb1, 0x24, 0xc1, 0xa1, 0)));
    for (size_t cut = 0; cut < 4; cut++)
        ck_assert(!is_key(WEBC_CODEC_VP9, 0, (const uint8_t[]){VP9_KEY}, cut));
}
END_TEST

START_TEST(vp9_superframes_are_looked_through)
{
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, VP9_INTER, 0xc1, 4, 3, 0xc1)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_INTER, VP9_KEY, 0xc1, 3, 4, 0xc1)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_INTER, VP9_KEY, 0xc9, 3, 0, 4, 0, 0xc9)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, 0xd8, 4, 0, 0, 0, 0xd8)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_KEY, VP9_INTER, 0xc1, 4, 3, 0xc1)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_INTER, VP9_KEY, 0xc1, 3, 4, 0xc1)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_EXISTING, VP9_KEY, 0xc1, 1, 4, 0xc1)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_INTER, VP9_HIDDEN_KEY, 0xc1, 3, 4, 0xc1)));
    /* Sizes that leave the chunk, and a last byte that only looks like an index. */
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_INTER, VP9_KEY, 0xc1, 3, 5, 0xc1)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, 0xd8, 0xff, 0xff, 0xff, 0xff, 0xd8)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, 0xc1)));
    ck_assert(is_key(WEBC_CODEC_VP9, 0, BYTES(VP9_KEY, 0, 0, 0, 0xc1)));
    ck_assert(!is_key(WEBC_CODEC_VP9, 0, BYTES(0xc0)));
}
END_TEST

/* A temporal delimiter, a sequence header of profile 0, and frames whose first byte says what they are. */
#define AV1_DELIMITER 0x12, 0
#define AV1_SEQUENCE 0x0a, 2, 0x00, 0x40
#define AV1_STILL_SEQUENCE 0x0a, 2, 0x18, 0x40
#define AV1_FRAME(byte) 0x32, 2, byte, 0
#define SHOWN_KEY_FRAME 0x10
#define HIDDEN_KEY_FRAME 0x00
#define SHOWN_INTER_FRAME 0x30
#define HIDDEN_INTER_FRAME 0x20
#define SHOWN_INTRA_ONLY 0x50
#define EXISTING_FRAME 0x80

/* T3 */
START_TEST(av1_damage_is_what_no_whole_unit_says)
{
    static const uint8_t whole[] = {AV1_DELIMITER, AV1_SEQUENCE, AV1_FRAME(SHOWN_KEY_FRAME)};
    static const uint8_t forbidden[] = {AV1_DELIMITER, 0xb2, 2, SHOWN_KEY_FRAME, 0};
    static const uint8_t rest[] = {0x30, SHOWN_KEY_FRAME, 0}; /* no size: up to the end */
    ck_assert(!webc__av1_is_damaged(whole, sizeof whole));
    ck_assert(webc__av1_is_damaged(whole, sizeof whole - 1));
    ck_assert(webc__av1_is_damaged(forbidden, sizeof forbidden));
    ck_assert(!webc__av1_is_damaged(rest, sizeof rest));
    ck_assert(!webc__av1_is_damaged(NULL, 0));
}
END_TEST

START_TEST(av1_key_is_a_shown_key_frame_after_a_sequence_header)
{
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_DELIMITER, AV1_SEQUENCE, AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x1a, 1, SHOWN_KEY_FRAME, 0x22, 1, 0)));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_STILL_SEQUENCE, AV1_FRAME(0xff))));
    ck_assert(is_key(WEBC_CODEC_AV1, 0,
                     BYTES(AV1_SEQUENCE, AV1_FRAME(HIDDEN_INTER_FRAME), AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_DELIMITER, AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_FRAME(SHOWN_KEY_FRAME), AV1_SEQUENCE)));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(HIDDEN_KEY_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0,
                      BYTES(AV1_SEQUENCE, AV1_FRAME(HIDDEN_KEY_FRAME), AV1_FRAME(SHOWN_INTER_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(SHOWN_INTER_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(SHOWN_INTRA_ONLY))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(EXISTING_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE)));
}
END_TEST

START_TEST(av1_unit_headers_are_read_in_all_their_forms)
{
    /* An extension byte, a size in more bytes than it needs, a last unit without a size, a metadata unit. */
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(0x0e, 0, 2, 0, 0x40, 0x36, 8, 2, SHOWN_KEY_FRAME, 0)));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(0x0a, 0x82, 0x80, 0, 0, 0x40, AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x30, SHOWN_KEY_FRAME, 0)));
    ck_assert(is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x2a, 1, 4, AV1_FRAME(SHOWN_KEY_FRAME))));
    /* The forbidden bit, a size of nine bytes, a size that leaves the data, an empty frame. */
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(0x8a, 2, 0, 0x40, AV1_FRAME(SHOWN_KEY_FRAME))));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0,
                      BYTES(0x0a, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 0x40, 0x32, 1, 0x10)));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x32, 3, SHOWN_KEY_FRAME, 0)));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x32, 0)));
    ck_assert(!is_key(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x36)));
    const uint8_t whole[] = {AV1_DELIMITER, AV1_SEQUENCE, AV1_FRAME(SHOWN_KEY_FRAME)};
    for (size_t cut = 0; cut < sizeof whole; cut++)
        ck_assert(!is_key(WEBC_CODEC_AV1, 0, whole, cut));
}
END_TEST

/* SEI 6 of 1 byte: recovery_frame_cnt 0, exact_match_flag, broken_link_flag 0, changing_slice_group_idc 0. */
#define RECOVERY 0, 0, 1, 6, 6, 1, 0xc4, 0x80
/* first_mb_in_slice 0, of the _1 1, then slice_type 7 (I), 2 (I of any), 5 (P), 0 (P of any), 6 (B). */
#define I_SLICE 0, 0, 1, 0x41, 0x88, 0x80
#define I_SLICE_OF_ANY 0, 0, 1, 0x41, 0xb8, 0x80
#define P_SLICE 0, 0, 1, 0x41, 0x9a, 0x80
#define P_SLICE_OF_ANY 0, 0, 1, 0x41, 0xe0, 0x80
#define P_SLICE_1 0, 0, 1, 0x41, 0x46, 0x80
#define I_SLICE_1 0, 0, 1, 0x41, 0x42, 0x20
#define B_SLICE 0, 0, 1, 0x01, 0x9e, 0x80

/* T12, T13: a recovery point that is exact at once, before I slices only, starts decoding like an IDR picture;
 * an encoder's chunk is called key for IDR alone. */
START_TEST(h264_recovery_point_with_i_slices_is_a_key_chunk)
{
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE)), WEBC__KEY_YES);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE, I_SLICE_1)), WEBC__KEY_YES);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE_OF_ANY)), WEBC__KEY_YES);
    /* The second field of the picture may be P. */
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE, I_SLICE_1, P_SLICE)), WEBC__KEY_YES);
    ck_assert(!is_key(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE)));
    /* 2.3, issue 942: the delimiter and other messages may stand anywhere before the slices. */
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0,
                             BYTES(0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 9, 0xf0, RECOVERY, 0, 0, 1,
                                   6, 5, 1, 7, 0x80, I_SLICE)),
                     WEBC__KEY_YES);
    /* Behind another message in the same unit, of 255 + 1 bytes in the second case. */
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 6, 5, 2, 7, 7, 6, 1, 0xc4, 0x80, I_SLICE)),
                     WEBC__KEY_YES);
    uint8_t large[4 + 3 + 256 + 4 + 6] = {0, 0, 1, 6, 5, 255, 1};
    memset(large + 7, 0x55, 256);
    memcpy(large + 7 + 256, (const uint8_t[]){6, 1, 0xc4, 0x80, I_SLICE}, 10);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, large, 7 + 256 + 10), WEBC__KEY_YES);
    /* Length-prefixed as well. */
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 2, BYTES(0, 5, 6, 6, 1, 0xc4, 0x80, 0, 3, 0x41, 0x88, 0x80)),
                     WEBC__KEY_YES);

    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(I_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(I_SLICE, RECOVERY)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, P_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, P_SLICE_OF_ANY)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, B_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE, P_SLICE_1)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(RECOVERY, I_SLICE, 0, 0, 1, 0x65, 0x88)), WEBC__KEY_NO);
    /* recovery_frame_cnt 1; not exact; cut off; another message. */
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 6, 6, 1, 0x51, 0x80, I_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 6, 6, 1, 0x84, 0x80, I_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 6, 6, 1, I_SLICE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 6, 5, 1, 0xc4, 0x80, I_SLICE)), WEBC__KEY_NO);
    /* A length that leaves the data behind the slices: not told. */
    ck_assert_int_eq(
        inspect(WEBC_CODEC_H264, 2, BYTES(0, 5, 6, 6, 1, 0xc4, 0x80, 0, 3, 0x41, 0x88, 0x80, 0, 9)),
        WEBC__KEY_UNKNOWN);
}
END_TEST

/* VD-02, T13: whole data without a key frame says no; damaged data says nothing and is left to the decoder. */
START_TEST(only_whole_data_says_that_it_is_no_key_chunk)
{
    for (uint32_t codec = WEBC_CODEC_H264; codec <= WEBC_CODEC_AV1; codec++) {
        ck_assert_int_eq(inspect(codec, 0, NULL, 0), WEBC__KEY_UNKNOWN);
        ck_assert_int_eq(inspect(codec, 0, BYTES(0xff, 0xff, 0xff, 0xff)),
                         codec == WEBC_CODEC_VP8 ? WEBC__KEY_NO : WEBC__KEY_UNKNOWN);
    }
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x41, 0x88)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0xc1, 0x88)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, BYTES(0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 4, BYTES(0, 0, 0, 1, 0x67)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 4, BYTES(0, 0, 0, 1, 0x67, 0)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 2, 1, 0xd0)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_HEVC, 0, BYTES(0, 0, 1, 0x82, 1, 0xd0)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_HEVC, 4, BYTES(0, 0, 0, 9, 2, 1)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP8, 0, BYTES(0x11, 0, 0)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP8, 0, BYTES(0x10, 0, 0, 1, 2, 3, 4, 5, 6, 7)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP9, 0, BYTES(VP9_INTER)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP9, 0, BYTES(VP9_EXISTING)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP9, 0, BYTES(VP9_HIDDEN_KEY, VP9_INTER, 0xc1, 4, 3, 0xc1)),
                     WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_VP9, 0, BYTES(0x82, 0x49, 0x83, 0x43)), WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, AV1_FRAME(SHOWN_INTER_FRAME))),
                     WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_AV1, 0, BYTES(AV1_FRAME(SHOWN_KEY_FRAME))), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE)), WEBC__KEY_NO);
    ck_assert_int_eq(inspect(WEBC_CODEC_AV1, 0, BYTES(AV1_SEQUENCE, 0x32, 3, SHOWN_KEY_FRAME, 0)),
                     WEBC__KEY_UNKNOWN);
    ck_assert_int_eq(inspect(0, 0, BYTES(0, 0, 1, 0x65)), WEBC__KEY_UNKNOWN);
}
END_TEST

#define WINDOW (256u << 10)

/* Two bytes of filling over and over, then `tail`; WEBC__KEY_* of it all. */
static webc__key inspect_behind(uint32_t codec, unsigned length_size, const uint8_t fill[4], size_t filled,
                                const uint8_t *tail, size_t tail_size)
{
    uint8_t *data = malloc(filled + tail_size);
    ck_assert_ptr_nonnull(data);
    for (size_t i = 0; i < filled; i++)
        data[i] = fill[i % 4];
    memcpy(data + filled, tail, tail_size);
    webc__key key = inspect(codec, length_size, data, filled + tail_size);
    free(data);
    return key;
}

/* D1, H48: decode() does this on the caller's thread: data without a picture is not read to its end. */
START_TEST(what_is_far_behind_is_not_looked_for)
{
    static const uint8_t units[] = {0, 0, 1, 9};
    static const uint8_t prefixed[] = {0, 1, 0, 0}; /* a unit of one byte, an empty one of length size 1 */
    static const uint8_t delimiters[] = {0x12, 0, 0x12, 0};
    for (size_t filled = WINDOW - 64; filled <= WINDOW + 64; filled += 128) {
        bool near = filled < WINDOW;
        webc__key no = near ? WEBC__KEY_NO : WEBC__KEY_UNKNOWN, yes = near ? WEBC__KEY_YES : WEBC__KEY_UNKNOWN;
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 0, units, filled, BYTES(P_SLICE)), no);
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 0, units, filled, BYTES(0, 0, 1, 0x65, 0x88)), yes);
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 0, units, filled, BYTES(RECOVERY, I_SLICE)), yes);
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_HEVC, 0, units, filled, BYTES(0, 0, 1, 2, 1, 9)), no);
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 1, prefixed, filled, BYTES(2, 0x41, 0x9a)), no);
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 1, prefixed, filled, BYTES(2, 0x65, 0x88)), yes);
        ck_assert_int_eq(
            inspect_behind(WEBC_CODEC_AV1, 0, delimiters, filled, BYTES(AV1_FRAME(SHOWN_INTER_FRAME))), no);
    }
    /* A slice header that the window cuts, or all of it, says nothing. */
    for (size_t filled = WINDOW - 12; filled < WINDOW; filled += 4)
        ck_assert_int_eq(inspect_behind(WEBC_CODEC_H264, 0, units, filled, BYTES(RECOVERY, I_SLICE)),
                         WEBC__KEY_UNKNOWN);
}
END_TEST

/* VD-02: a picture larger than that is known by its beginning. */
START_TEST(large_pictures_are_known_by_their_beginning)
{
    static const uint8_t fill[] = {0x55, 0x55, 0x55, 0x55};
    enum { SIZE = 2 * WINDOW };
    uint8_t *data = malloc(SIZE);
    ck_assert_ptr_nonnull(data);
    memset(data, fill[0], SIZE);
    for (int key = 0; key < 2; key++) {
        webc__key expected = key ? WEBC__KEY_YES : WEBC__KEY_NO;
        memcpy(data, (const uint8_t[]){0, 0, 1, key ? 0x65 : 0x41, 0x9a}, 5);
        ck_assert_int_eq(inspect(WEBC_CODEC_H264, 0, data, SIZE), expected);
        memcpy(data, (const uint8_t[]){0, 0x07, 0xff, 0xfc, key ? 0x65 : 0x41, 0x9a}, 6);
        ck_assert_int_eq(inspect(WEBC_CODEC_H264, 4, data, SIZE), expected);
        memcpy(data, (const uint8_t[]){0, 0x07, 0xff, 0xfc, key ? 0x26 : 0x02, 1}, 6);
        ck_assert_int_eq(inspect(WEBC_CODEC_HEVC, 4, data, SIZE), expected);
        memcpy(data, (const uint8_t[]){AV1_SEQUENCE, 0x30, key ? 0x10 : 0x30}, 5 + 1);
        ck_assert_int_eq(inspect(WEBC_CODEC_AV1, 0, data, SIZE), expected);
    }
    /* Empty units up to a length that the window cuts. */
    memset(data, 0, WINDOW);
    memcpy(data, (const uint8_t[]){0, 1, 9}, 3);
    memcpy(data + WINDOW, (const uint8_t[]){2, 0x41, 0x9a}, 3);
    ck_assert_int_eq(inspect(WEBC_CODEC_H264, 2, data, WINDOW + 3), WEBC__KEY_UNKNOWN);
    free(data);
}
END_TEST

/* VD-09: how many pictures a superframe shows; what cannot be read counts as one. */
START_TEST(shown_frames_of_a_superframe_are_counted)
{
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_KEY)), 1);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_HIDDEN_KEY)), 0);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_EXISTING)), 1);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_KEY, VP9_INTER, 0xc1, 4, 3, 0xc1)), 2);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_HIDDEN_INTER, VP9_KEY, 0xc1, 3, 4, 0xc1)),
                      1);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, BYTES(VP9_KEY, VP9_INTER, 0xc1, 4, 9, 0xc1)), 1);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP8, BYTES(0x11, 0, 0)), 1);
    ck_assert_uint_eq(webc__shown_frames(WEBC_CODEC_VP9, NULL, 0), 1);
}
END_TEST

START_TEST(unknown_families_have_no_key_frames)
{
    ck_assert(!is_key(0, 0, BYTES(0, 0, 1, 0x65)));
    ck_assert(!is_key(6, 0, BYTES(0, 0, 1, 0x65)));
}
END_TEST

/* H.264 clips of I slices only: libavformat calls every packet key, the stream only its IDR pictures. */
static bool flags_every_i_picture(const char *name)
{
    static const char *const clips[] = {"BA1_Sony_D.jsv", "BASQP1_Sony_C.jsv", "NL1_Sony_D.jsv"};
    for (size_t i = 0; i < sizeof clips / sizeof *clips; i++) {
        if (strcmp(clips[i], name) == 0)
            return true;
    }
    return false;
}

static uint32_t family_of(enum AVCodecID id)
{
    switch (id) {
    case AV_CODEC_ID_H264:
        return WEBC_CODEC_H264;
    case AV_CODEC_ID_HEVC:
        return WEBC_CODEC_HEVC;
    case AV_CODEC_ID_VP8:
        return WEBC_CODEC_VP8;
    case AV_CODEC_ID_VP9:
        return WEBC_CODEC_VP9;
    case AV_CODEC_ID_AV1:
        return WEBC_CODEC_AV1;
    default:
        return 0;
    }
}

static unsigned framing_of(uint32_t family, const AVCodecParameters *par)
{
    unsigned length_size = 0;
    const char *reason;
    if (!par->extradata || par->extradata_size < 1 || par->extradata[0] != 1)
        return 0;
    if (family == WEBC_CODEC_H264)
        webc__avcc_parse(par->extradata, (size_t)par->extradata_size, &length_size, &reason);
    if (family == WEBC_CODEC_HEVC)
        webc__hvcc_parse(par->extradata, (size_t)par->extradata_size, &length_size, &reason);
    return length_size;
}

/* Packets looked at in one clip; 0 when it is not one of ours. */
static int compare_clip(const char *path, const char *name)
{
    AVFormatContext *demux = NULL;
    int packets = 0;
    int keys = 0;
    if (avformat_open_input(&demux, path, NULL, NULL) < 0)
        return 0;
    int video = av_find_best_stream(demux, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    const AVCodecParameters *par = video < 0 ? NULL : demux->streams[video]->codecpar;
    uint32_t family = par ? family_of(par->codec_id) : 0;
    unsigned framing = par ? framing_of(family, par) : 0;
    AVPacket *packet = av_packet_alloc();
    ck_assert_ptr_nonnull(packet);
    while (family && av_read_frame(demux, packet) >= 0) {
        if (packet->stream_index == video) {
            bool key = inspect(family, framing, packet->data, (size_t)packet->size) == WEBC__KEY_YES;
            bool flag = packet->flags & AV_PKT_FLAG_KEY;
            if (key || !flags_every_i_picture(name))
                ck_assert_msg(key == flag, "%s: packet %d is %skey, the container says %skey", path, packets,
                              key ? "" : "not ", flag ? "" : "not ");
            keys += key;
            packets++;
        }
        av_packet_unref(packet);
    }
    if (family)
        ck_assert_msg(keys > 0, "%s: no key frame at all", path);
    av_packet_free(&packet);
    avformat_close_input(&demux);
    return packets;
}

/* T12: every packet of every clip, labelled by the parser alone. */
START_TEST(real_clips_have_key_frames_where_the_container_says)
{
    static const char *const folders[] = {"h264", "h264/jvt", "h264/openh264", "hevc",
                                          "vp8",  "vp9",      "av1",           "wpt"};
    const char *media = getenv("WEBC_TEST_MEDIA");
    int clips = 0;
    int packets = 0;
    if (!media) {
        printf("# skipped: WEBC_TEST_MEDIA is not set\n");
        return;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char folder[2048];
        snprintf(folder, sizeof folder, "%s/%s", media, folders[i]);
        DIR *entries = opendir(folder);
        for (struct dirent *entry; entries && (entry = readdir(entries));) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            int count = entry->d_name[0] == '.' ? 0 : compare_clip(path, entry->d_name);
            clips += count > 0;
            packets += count;
        }
        if (entries)
            closedir(entries);
    }
    if (clips)
        printf("# %d packets of %d clips compared\n", packets, clips);
    else
        printf("# skipped: no clips under %s\n", media);
}
END_TEST

int main(void)
{
    av_log_set_level(AV_LOG_QUIET);
    Suite *suite = suite_create("bitstream_key_frame");
    TCase *test = tcase_create("key_frame");
    tcase_set_timeout(test, 120);
    tcase_add_test(test, h264_key_is_idr);
    tcase_add_test(test, hevc_key_is_irap_of_the_base_layer);
    tcase_add_test(test, vp8_key_is_in_the_frame_tag);
    tcase_add_test(test, vp9_key_is_the_first_shown_frame);
    tcase_add_test(test, vp9_superframes_are_looked_through);
    tcase_add_test(test, av1_damage_is_what_no_whole_unit_says);
    tcase_add_test(test, av1_key_is_a_shown_key_frame_after_a_sequence_header);
    tcase_add_test(test, av1_unit_headers_are_read_in_all_their_forms);
    tcase_add_test(test, h264_recovery_point_with_i_slices_is_a_key_chunk);
    tcase_add_test(test, only_whole_data_says_that_it_is_no_key_chunk);
    tcase_add_test(test, what_is_far_behind_is_not_looked_for);
    tcase_add_test(test, large_pictures_are_known_by_their_beginning);
    tcase_add_test(test, shown_frames_of_a_superframe_are_counted);
    tcase_add_test(test, unknown_families_have_no_key_frames);
    tcase_add_test(test, real_clips_have_key_frames_where_the_container_says);
    suite_add_tcase(suite, test);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
