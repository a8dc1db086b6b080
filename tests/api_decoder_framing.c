/* SPDX-License-Identifier: MIT */
/* Checklist 2.3: what the description means, in every framing, and where decoding may start. */
#include <stdlib.h>
#include <string.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/key_frame.h"
#include "bitstream/nal.h"
#include "stream_support.h"

#define TIMEOUT 60

/* H.264 and HEVC, of small units without SEI, with access unit delimiters. */
typedef struct family {
    uint32_t codec;
    const char *string;
    stream_params params;
} family;

static const family families[] = {
    {WEBC_CODEC_H264,
     "avc1.42001e",
     {.encoder = "libx264",
      .width = 64,
      .height = 64,
      .key_every = 5,
      .options = "preset=ultrafast,profile=baseline,qp=40,aud=1,forced-idr=1",
      .filters = "filter_units=remove_types=6"}},
    {WEBC_CODEC_HEVC,
     "hvc1.1.6.L93.B0",
     {.encoder = "libx265",
      .width = 64,
      .height = 64,
      .key_every = 5,
      .options = "preset=ultrafast,forced-idr=1,x265-params=qp=40:bframes=0:info=0:aud=1:repeat-headers=1:log-"
                 "level=none",
      .filters = "filter_units=remove_types=39|40"}},
};

typedef struct record {
    uint8_t *data;
    size_t size;
} record;

/* From the sets of the first packet; `in_band`: without any, as avc3 and hev1 allow. */
static record make_record(const family *f, const stream *s, unsigned length_size, bool in_band)
{
    record r = {0};
    bool hevc = f->codec == WEBC_CODEC_HEVC;
    const AVPacket *first = s->packets[0];
    bool (*build)(const uint8_t *, size_t, uint8_t *, size_t, size_t *) =
        hevc ? webc__hvcc_build : webc__avcc_build;
    ck_assert(build(first->data, (size_t)first->size, NULL, 0, &r.size));
    r.data = malloc(r.size);
    ck_assert_ptr_nonnull(r.data);
    ck_assert(build(first->data, (size_t)first->size, r.data, r.size, &r.size));
    uint8_t *lengths = &r.data[hevc ? 21 : 4];
    *lengths = (uint8_t)((*lengths & ~3u) | (length_size - 1));
    if (in_band && hevc) {
        r.size = 23;
        r.data[22] = 0;
    } else if (in_band) {
        r.size = 7;
        r.data[5] = 0xe0;
        r.data[6] = 0;
    }
    return r;
}

static void decode_reframed(video_decoder_session *d, const stream *s, unsigned to)
{
    for (size_t i = 0; i < s->count; i++) {
        const AVPacket *packet = s->packets[i];
        size_t size = 0;
        ck_assert(webc__nal_reframe(packet->data, (size_t)packet->size, 0, to, NULL, 0, &size));
        uint8_t *data = malloc(size);
        ck_assert_ptr_nonnull(data);
        ck_assert(webc__nal_reframe(packet->data, (size_t)packet->size, 0, to, data, size, &size));
        stream_decode_bytes(d, packet->flags & AV_PKT_FLAG_KEY ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA, packet->pts,
                            data, size);
        free(data);
    }
}

/* 2.3, T15: lengths of 1, 2 and 4 bytes as the record says, parameter sets in it or in the chunks; the caller's
 * record is copied. */
START_TEST(every_length_size_decodes_with_sets_in_the_record_and_in_the_chunks)
{
    static const unsigned sizes[] = {1, 2, 4};
    for (size_t k = 0; k < COUNT(families); k++) {
        stream s;
        if (!stream_make(&s, &families[k].params))
            continue;
        for (size_t i = 0; i < COUNT(sizes); i++)
            for (int in_band = 0; in_band < 2; in_band++) {
                record r = make_record(&families[k], &s, sizes[i], in_band);
                webc_video_decoder_config config = stream_config(families[k].string);
                config.description = r.data;
                config.description_size = r.size;
                video_decoder_session *d = video_decoder_open(&config);
                memset(r.data, 0xee, r.size);
                free(r.data);
                decode_reframed(d, &s, sizes[i]);
                video_decoder_flush(d, 1);
                stream_check_numbers(d, s.count);
                video_decoder_close(d);
            }
        stream_free(&s);
    }
}
END_TEST

/* VD-12: parameter sets in length-prefixed chunks change the size without a new config. */
START_TEST(sets_in_length_prefixed_chunks_change_the_size)
{
    for (size_t k = 0; k < COUNT(families); k++) {
        stream small, large;
        stream_params params = families[k].params;
        if (!stream_make(&small, &params))
            continue;
        params.width = 96;
        params.height = 128;
        ck_assert(stream_make(&large, &params));
        for (int in_band = 0; in_band < 2; in_band++) {
            record r = make_record(&families[k], &small, 2, in_band);
            webc_video_decoder_config config = stream_config(families[k].string);
            config.description = r.data;
            config.description_size = r.size;
            video_decoder_session *d = video_decoder_open(&config);
            decode_reframed(d, &small, 2);
            decode_reframed(d, &large, 2);
            decode_reframed(d, &small, 2);
            video_decoder_flush(d, 1);
            ck_assert_uint_eq(d->log.count, 30);
            for (size_t i = 0; i < 30; i++) {
                webc_frame_info info = stream_info(d, i);
                ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)(i % 10));
                ck_assert_uint_eq(info.visible_rect.width, i / 10 == 1 ? 96 : 64);
                ck_assert_uint_eq(info.display_height, i / 10 == 1 ? 128 : 64);
            }
            free(r.data);
            video_decoder_close(d);
        }
        stream_free(&small);
        stream_free(&large);
    }
}
END_TEST

/* 2.3, T14: the description alone selects the framing; chunks in the other are refused or fail, and nothing
 * comes. */
START_TEST(chunks_in_the_other_framing_give_an_error)
{
    for (size_t k = 0; k < COUNT(families); k++) {
        stream s;
        if (!stream_make(&s, &families[k].params))
            continue;
        for (int annexb_chunks = 0; annexb_chunks < 2; annexb_chunks++) {
            record r = make_record(&families[k], &s, 4, false);
            webc_video_decoder_config config = stream_config(families[k].string);
            config.description = annexb_chunks ? r.data : NULL;
            config.description_size = annexb_chunks ? r.size : 0;
            video_decoder_session *d = video_decoder_open(&config);
            const AVPacket *packet = s.packets[0];
            uint8_t data[4096];
            size_t size = 0;
            ck_assert(webc__nal_reframe(packet->data, (size_t)packet->size, 0, annexb_chunks ? 0 : 4, data,
                                        sizeof data, &size));
            webc_chunk *chunk = stream_chunk(WEBC_CHUNK_KEY, 0, data, size);
            webc_result result = webc_video_decoder_decode(d->decoder, chunk, NULL);
            webc_chunk_unref(&chunk);
            ck_assert_ok(webc_video_decoder_flush(d->decoder, 1));
            video_log_until_flushed(&d->log, d->events, 1);
            if (result != WEBC_ERROR_DATA) {
                ck_assert_int_eq(result, WEBC_OK);
                ck_assert_int_eq(d->log.error, WEBC_ERROR_ENCODING);
                ck_assert_int_eq(d->log.flush_results[0], WEBC_ERROR_ENCODING);
            }
            ck_assert_uint_eq(d->log.count, 0);
            free(r.data);
            video_decoder_close(d);
        }
        stream_free(&s);
    }
}
END_TEST

/* The access unit with its delimiter, which comes first, behind the parameter sets. */
static size_t move_delimiter(const family *f, const AVPacket *packet, uint8_t *out)
{
    static const uint8_t start[] = {0, 0, 0, 1};
    bool hevc = f->codec == WEBC_CODEC_HEVC;
    webc__nal nal, delimiter = {0};
    size_t position = 0, size = 0;
    while (webc__nal_next_annexb(packet->data, (size_t)packet->size, &position, &nal)) {
        unsigned type = hevc ? webc__nal_type_hevc(&nal) : webc__nal_type_h264(&nal);
        if (type == (hevc ? 35u : 9u)) {
            delimiter = nal;
            continue;
        }
        if (delimiter.size && !webc__nal_is_parameter_set(type, hevc)) {
            memcpy(out + size, start, 4);
            memcpy(out + size + 4, delimiter.data, delimiter.size);
            size += 4 + delimiter.size;
            delimiter.size = 0;
        }
        memcpy(out + size, start, 4);
        memcpy(out + size + 4, nal.data, nal.size);
        size += 4 + nal.size;
    }
    return size;
}

/* 2.3, issue 942: such streams are met in the wild. */
START_TEST(a_delimiter_behind_the_parameter_sets_is_accepted)
{
    for (size_t k = 0; k < COUNT(families); k++) {
        stream s;
        if (!stream_make(&s, &families[k].params))
            continue;
        webc_video_decoder_config config = stream_config(families[k].string);
        video_decoder_session *d = video_decoder_open(&config);
        for (size_t i = 0; i < s.count; i++) {
            uint8_t data[8192];
            ck_assert_int_lt(s.packets[i]->size, (int)sizeof data / 2);
            size_t size = move_delimiter(&families[k], s.packets[i], data);
            bool key = s.packets[i]->flags & AV_PKT_FLAG_KEY;
            ck_assert_int_eq(memcmp(data, s.packets[i]->data, 6) != 0, key);
            stream_decode_bytes(d, key ? WEBC_CHUNK_KEY : WEBC_CHUNK_DELTA, s.packets[i]->pts, data, size);
        }
        video_decoder_flush(d, 1);
        stream_check_numbers(d, s.count);
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* T14: an Annex B chunk that by chance ends where its start code, read as a length, says is still Annex B. */
START_TEST(a_start_code_that_could_be_a_length_is_none)
{
    for (size_t k = 0; k < COUNT(families); k++) {
        stream s;
        if (!stream_make(&s, &families[k].params))
            continue;
        webc_video_decoder_config config = stream_config(families[k].string);
        video_decoder_session *d = video_decoder_open(&config);
        stream_decode(d, &s, 0, 1);
        for (size_t i = 1; i < s.count; i++) {
            /* The last unit of the packet behind a start code of three bytes, then trailing zeros. */
            const uint8_t *unit = s.packets[i]->data + s.packets[i]->size - 4;
            while (memcmp(unit, (const uint8_t[]){0, 0, 1}, 3) != 0)
                unit--;
            size_t size = (size_t)(s.packets[i]->data + s.packets[i]->size - unit);
            uint8_t data[4 + 0x1ff] = {0};
            ck_assert_uint_lt(size, 4 + 0x100);
            memcpy(data, unit, size);
            stream_decode_bytes(d, WEBC_CHUNK_DELTA, s.packets[i]->pts, data, 4 + 0x100u + data[3]);
        }
        video_decoder_flush(d, 1);
        stream_check_numbers(d, s.count);
        video_decoder_close(d);
        stream_free(&s);
    }
}
END_TEST

/* Open groups: a recovery point and an I picture in H.264, a CRA picture in HEVC. */
static const family open_groups[] = {
    {WEBC_CODEC_H264,
     "avc1.64001e",
     {.encoder = "libx264",
      .pictures = 16,
      .b_frames = 2,
      .options =
          "preset=slow,refs=4,b-pyramid=none,x264-params=open-gop=1:keyint=6:scenecut=0:b-adapt=0:repeat-"
          "headers=1"}},
    {WEBC_CODEC_HEVC,
     "hvc1.1.6.L93.B0",
     {.encoder = "libx265",
      .pictures = 16,
      .b_frames = 2,
      .options =
          "preset=fast,x265-params=open-gop=1:keyint=6:min-keyint=6:scenecut=0:b-adapt=0:repeat-headers=1:log-"
          "level=none"}},
};

/*
 * T12, VD-02: decoding starts there, and gives every picture from there on; those shown before refer to what is
 * missing and do not come, nor are they damage. At every other chunk it does not start.
 */
static void start_at(const family *f, const stream *s, size_t index, bool starts)
{
    webc_video_decoder_config config = stream_config(f->string);
    video_decoder_session *d = video_decoder_open(&config);
    const AVPacket *packet = s->packets[index];
    webc_chunk *chunk = stream_chunk(WEBC_CHUNK_KEY, packet->pts, packet->data, (size_t)packet->size);
    ck_assert_int_eq(webc_video_decoder_decode(d->decoder, chunk, NULL), starts ? WEBC_OK : WEBC_ERROR_DATA);
    webc_chunk_unref(&chunk);
    if (starts) {
        for (size_t i = index + 1; i < s->count; i++)
            stream_decode_bytes(d, WEBC_CHUNK_DELTA, s->packets[i]->pts, s->packets[i]->data,
                                (size_t)s->packets[i]->size);
        video_decoder_flush(d, 1);
        ck_assert_uint_eq(d->log.count, s->count - (size_t)packet->pts);
        for (size_t i = 0; i < d->log.count; i++)
            ck_assert_int_eq(video_picture_number(d->log.outputs[i].frame), (int)((size_t)packet->pts + i));
        ck_assert_uint_eq(stream_stats(d).damaged, 0);
    }
    video_decoder_close(d);
}

START_TEST(decoding_starts_at_recovery_points_and_cra_pictures)
{
    for (size_t k = 0; k < COUNT(open_groups); k++) {
        const family *f = &open_groups[k];
        unsigned starts = 0;
        stream s;
        if (!stream_make(&s, &f->params))
            continue;
        for (size_t i = 1; i < s.count; i++) {
            const AVPacket *packet = s.packets[i];
            bool key = webc__key_inspect(f->codec, packet->data, (size_t)packet->size, 0) == WEBC__KEY_YES;
            starts += key;
            start_at(f, &s, i, key);
        }
        ck_assert_uint_eq(starts, 2);
        stream_free(&s);
    }
}
END_TEST

/* VD-01, VD-13, T5: the same after a flush in the middle, where the leading pictures' references were dropped.
 */
START_TEST(leading_pictures_after_a_flush_are_left_out_or_marked)
{
    const family *f = &open_groups[0];
    stream s;
    if (!stream_make(&s, &f->params))
        return;
    for (uint32_t corruption = WEBC_CORRUPTION_STRICT; corruption <= WEBC_CORRUPTION_SKIP; corruption++) {
        webc_video_decoder_config config = stream_config(f->string);
        config.corruption = corruption;
        video_decoder_session *d = video_decoder_open(&config);
        size_t at = 1;
        while (webc__key_inspect(f->codec, s.packets[at]->data, (size_t)s.packets[at]->size, 0) !=
               WEBC__KEY_YES)
            at++;
        stream_decode(d, &s, 0, at);
        video_decoder_flush(d, 1);
        size_t before = d->log.count;
        stream_decode_bytes(d, WEBC_CHUNK_KEY, s.packets[at]->pts, s.packets[at]->data,
                            (size_t)s.packets[at]->size);
        stream_decode(d, &s, at + 1, s.count);
        video_decoder_flush(d, 2);
        size_t leading = d->log.count - before - (s.count - (size_t)s.packets[at]->pts);
        ck_assert_uint_eq(leading, corruption == WEBC_CORRUPTION_FLAG ? 2 : 0);
        ck_assert_uint_eq(stream_stats(d).damaged, leading);
        for (size_t i = before; i < d->log.count; i++)
            ck_assert_uint_eq(stream_info(d, i).corrupt, i < before + leading);
        video_decoder_close(d);
    }
    stream_free(&s);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        every_length_size_decodes_with_sets_in_the_record_and_in_the_chunks,
        sets_in_length_prefixed_chunks_change_the_size,
        chunks_in_the_other_framing_give_an_error,
        a_delimiter_behind_the_parameter_sets_is_accepted,
        a_start_code_that_could_be_a_length_is_none,
        decoding_starts_at_recovery_points_and_cra_pictures,
        leading_pictures_after_a_flush_are_left_out_or_marked,
    };
    return video_test_main("api_decoder_framing", TIMEOUT, NULL, 0, once, COUNT(once));
}
