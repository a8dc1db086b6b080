/* SPDX-License-Identifier: MIT */
/*
 * H47: a header of some bytes that asks for hundreds of megabytes is refused before memory is taken for it.
 * What counts is the address space, which grows with every large block, used or not.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "bit_writer.h"
#include "video_support.h"

#define TIMEOUT 30
/* Threads and libraries take less than this, and one plane of these pictures more. */
#define MOST_BYTES (64u << 20)

/* 16383x8191, RFC 6386 9.1. */
static size_t write_vp8(bit_writer *w)
{
    static const uint8_t header[] = {0x90, 0x0c, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x1f};
    memcpy(w->data, header, sizeof header);
    return 200;
}

/* 16384x8192: VP9 7.2, profile 0, a key frame that is shown. */
static size_t write_vp9(bit_writer *w)
{
    put_bits(w, 8, 0x82);
    put_bits(w, 24, 0x498342);
    put_bits(w, 4, 2); /* BT.601, limited range */
    put_bits(w, 16, 16383);
    put_bits(w, 16, 8191);
    put_bits(w, 1, 0);  /* shown as it is coded */
    put_bits(w, 8, 64); /* the rest is not read */
    return 200;
}

static void put_start_code(bit_writer *w, unsigned type)
{
    put_align(w);
    put_bits(w, 32, 1);
    put_bits(w, 8, type);
}

/* 16384x8192: a sequence parameter set, a picture parameter set, and a slice that begins. */
static size_t write_h264(bit_writer *w)
{
    put_start_code(w, 0x67);
    put_bits(w, 24, 66 << 16 | 62);
    put_ue(w, 0);
    put_ue(w, 0); /* log2_max_frame_num_minus4 */
    put_ue(w, 2); /* pic_order_cnt_type */
    put_ue(w, 1); /* max_num_ref_frames */
    put_bits(w, 1, 0);
    put_ue(w, 1023); /* macroblocks in a row, and rows of them, less 1 */
    put_ue(w, 511);
    put_bits(w, 4, 12); /* frame_mbs_only, direct_8x8_inference, no cropping, no VUI */
    put_stop(w);
    put_start_code(w, 0x68);
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 2, 0); /* CAVLC */
    put_ue(w, 0);      /* one slice group */
    put_ue(w, 0);
    put_ue(w, 0);
    put_bits(w, 3, 0); /* no weights */
    for (int i = 0; i < 3; i++)
        put_ue(w, 0); /* quantizers */
    put_bits(w, 3, 0);
    put_stop(w);
    put_start_code(w, 0x65);
    put_ue(w, 0);
    put_ue(w, 7); /* an I slice */
    put_ue(w, 0);
    put_bits(w, 4, 0); /* frame_num */
    put_ue(w, 0);      /* idr_pic_id */
    put_bits(w, 2, 0); /* dec_ref_pic_marking */
    put_ue(w, 0);      /* slice_qp_delta */
    put_bits(w, 16, 0xffff);
    put_stop(w);
    return w->bits / 8;
}

static const struct {
    const char *codec;
    size_t (*write)(bit_writer *w);
} bombs[] = {{"vp8", write_vp8}, {"vp09.00.62.08", write_vp9}, {"avc1.42003e", write_h264}};

/* The most address space this process ever had. */
static uint64_t peak_bytes(void)
{
    char line[256];
    unsigned long long kibibytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) && sscanf(line, "VmPeak: %llu", &kibibytes) != 1) {
    }
    fclose(file);
    return kibibytes * 1024;
}

START_TEST(headers_that_ask_too_much_take_no_memory)
{
    /* Otherwise the allocator reserves address space of its own for every thread. */
    mallopt(M_ARENA_MAX, 1);
    static bit_writer w;
    webc_video_decoder_config config;
    size_t size = bombs[_i].write(&w);
    webc_video_decoder_config_init(&config, sizeof config);
    config.codec = bombs[_i].codec;
    config.thread_count = 1;
    video_decoder_session *d = video_decoder_open(&config);
    webc_chunk_params params = {sizeof params, WEBC_CHUNK_KEY, 0, 0, 0};
    webc_chunk *chunk = NULL;
    ck_assert_ok(webc_chunk_create(&chunk, &params, w.data, size));
    uint64_t before = peak_bytes();
    ck_assert_ok(webc_video_decoder_decode(d->decoder, chunk, NULL));
    webc_chunk_unref(&chunk);
    ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
    video_log_until_flushed(&d->log, d->events, 1);
    ck_assert_uint_eq(d->log.errors, 1);
    ck_assert_int_eq(d->log.error, WEBC_ERROR_ENCODING);
    ck_assert_uint_eq(d->log.count, 0);
    ck_assert_uint_lt(peak_bytes() - before, MOST_BYTES);
    video_decoder_close(d);
}
END_TEST

int main(void)
{
    const TTest *const each[] = {headers_that_ask_too_much_take_no_memory};
    return video_row_main("refused_sizes", TIMEOUT, each, COUNT(each), COUNT(bombs), NULL, 0);
}
