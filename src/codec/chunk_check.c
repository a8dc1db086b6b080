/* SPDX-License-Identifier: MIT */
#include "codec/chunk_check.h"

#include "bitstream/key_frame.h"
#include "bitstream/nal.h"
#include "bitstream/vp8.h"

void webc__chunk_check_begin(webc__chunk_check *check, const webc_video_decoder_config *config,
                             const webc__choice *choice, uint64_t max_pixels)
{
    *check = (webc__chunk_check){
        .codec = choice->codec.codec,
        .length_size = choice->length_size,
        .max_pixels = max_pixels,
    };
    if (webc__chunk_check_has_sets(check))
        check->record = webc__record_sets(check->codec == WEBC_CODEC_HEVC, config->description,
                                          (size_t)config->description_size);
    check->sets = check->record;
    check->history.length_size = check->length_size;
}

void webc__chunk_check_end(webc__chunk_check *check)
{
    webc__set_history_end(&check->history);
    *check = (webc__chunk_check){0};
}

bool webc__chunk_check_has_sets(const webc__chunk_check *check)
{
    return check->codec == WEBC_CODEC_H264 || check->codec == WEBC_CODEC_HEVC;
}

/*
 * M14: libavcodec takes memory in proportion to the size that a parameter set speaks of before it looks at
 * max_pixels, 100 MiB and more in each of its threads. So it does not get to see such sets, nor what follows.
 */
static bool is_large(webc__chunk_check *check, const webc_chunk_info *info, bool opened)
{
    webc__sets sets = {0};
    bool hevc = check->codec == WEBC_CODEC_HEVC;
    size_t position = 0;
    webc__nal set;
    while (webc__next_set(hevc, info->data, info->size, check->length_size, &position, &set))
        sets = webc__sets_join(sets, webc__read_set(hevc, &set));
    if (!opened && check->record.pixels > check->max_pixels)
        return true;
    if (sets.pixels)
        check->large = sets.pixels > check->max_pixels;
    return check->large;
}

const char *webc__chunk_check_fault(webc__chunk_check *check, const webc_chunk_info *info, bool opened)
{
    uint32_t codec = check->codec;
    /* T1: libavcodec would take it for the end of the stream. */
    if (!info->size)
        return "is empty; leave such chunks out";
    if (codec == WEBC_CODEC_VP8 && webc__vp8_is_damaged(info->data, info->size))
        return "is damaged: its header contradicts itself";
    if (codec == WEBC_CODEC_AV1 && webc__av1_is_damaged(info->data, info->size))
        return "is damaged: it is not made of whole open bitstream units";
    if (!webc__chunk_check_has_sets(check))
        return NULL;
    /* T14: the H.264 decoder would take either framing for the other. What opened it was Annex B for certain.
     */
    if (opened && !check->length_size ? webc__nal_has_start_code(info->data, info->size)
                                      : webc__nal_is_framed(info->data, info->size, check->length_size))
        return is_large(check, info, opened) ? "is of pictures larger than max_pixels" : NULL;
    return check->length_size ? "is damaged or not length-prefixed, as it must be with a description; "
                                "leave out the description where chunks are Annex B"
                              : "is damaged or not Annex B, as it must be without a description; give "
                                "the avcC or hvcC record as description where units are length-prefixed";
}

/* Where the first slice of a chunk of H.264 is; the chunk's end where there is none. */
static const uint8_t *find_slice(const webc__chunk_check *check, const webc_chunk_info *info)
{
    size_t position = 0;
    webc__nal nal;
    while (webc__nal_next(info->data, info->size, check->length_size, &position, &nal))
        if (webc__nal_type_h264(&nal) >= 1 && webc__nal_type_h264(&nal) <= 5)
            return nal.data;
    return (const uint8_t *)info->data + info->size;
}

bool webc__chunk_check_keep_sets(webc__chunk_check *check, const webc_chunk_info *info, bool behind)
{
    const uint8_t *slice = NULL;
    size_t position = 0;
    webc__nal set;
    while (check->codec == WEBC_CODEC_H264 &&
           webc__next_set(false, info->data, info->size, check->length_size, &position, &set)) {
        slice = slice ? slice : find_slice(check, info);
        if ((set.data > slice) != behind)
            continue;
        while (set.size > 1 && !set.data[set.size - 1]) /* zeros behind a unit are none of it */
            set.size--;
        check->sets = webc__sets_join(check->sets, webc__read_set(false, &set));
        if (!webc__set_history_add(&check->history, &set))
            return false;
    }
    return true;
}
