/* SPDX-License-Identifier: MIT */
#include "codec/set_history.h"

#include <stdlib.h>
#include <string.h>

#include "bitstream/bits.h"

#define NAL_SLICE 1u
#define NAL_IDR 5u
#define NAL_SPS 7u
#define NAL_PPS 8u
/* More than libavcodec reads of a set of either kind: what is behind it is none of it. */
#define LONGEST_SPS 8192u
#define LONGEST_PPS 2048u
#define HEAD 4u
/* Twice what the last sets of all ids can take: when it is full, half of it or more is worth nothing any more.
 */
#define MOST_BYTES ((size_t)2 * (WEBC__MOST_SPS * (LONGEST_SPS + HEAD) + WEBC__MOST_PPS * (LONGEST_PPS + HEAD)))
#define FIRST_BYTES 1024u

void webc__set_history_end(webc__set_history *history)
{
    free(history->bytes);
    *history = (webc__set_history){0};
}

/* The place for a set of its kind and id; NULL where there is none. */
static webc__set_place *find_place(webc__set_history *history, const webc__nal *set)
{
    webc__bits bits;
    unsigned type = webc__nal_type_h264(set);
    webc__bits_init(&bits, set->data, set->size, true);
    webc__bits_skip(&bits, type == NAL_SPS ? 32 : 8);
    uint32_t id = webc__bits_exp_golomb(&bits);
    if (bits.overrun || (type != NAL_SPS && type != NAL_PPS) || set->data[0] & 0x80)
        return NULL;
    if (type == NAL_SPS)
        return webc__sps_id(id) < WEBC__MOST_SPS ? &history->sps[webc__sps_id(id)] : NULL;
    return id < WEBC__MOST_PPS ? &history->pps[id] : NULL;
}

static void append(webc__set_history *history, const webc__nal *set, webc__set_place *place)
{
    unsigned head = history->length_size ? history->length_size : HEAD;
    uint32_t value = history->length_size ? (uint32_t)set->size : 1; /* 1: a start code of four bytes */
    for (unsigned byte = head; byte--;)
        history->bytes[history->size++] = (uint8_t)(value >> 8 * byte);
    *place = (webc__set_place){(uint32_t)history->size, (uint32_t)set->size};
    memcpy(history->bytes + history->size, set->data, set->size);
    history->size += set->size;
}

/* Leave only the last of each id, SPS first, as a PPS that is older than its SPS would come too early for it.
 */
static bool compact(webc__set_history *history)
{
    uint8_t *old = malloc(history->size);
    if (!old)
        return false;
    memcpy(old, history->bytes, history->size);
    history->size = 0;
    for (unsigned i = 0; i < WEBC__MOST_SPS + WEBC__MOST_PPS; i++) {
        webc__set_place *place = i < WEBC__MOST_SPS ? &history->sps[i] : &history->pps[i - WEBC__MOST_SPS];
        const webc__nal set = {old + place->at, place->size};
        if (place->size)
            append(history, &set, place);
    }
    free(old);
    return true;
}

static bool make_room(webc__set_history *history)
{
    if (history->room - history->size >= LONGEST_SPS + HEAD)
        return true;
    if (history->room == MOST_BYTES)
        return compact(history);
    size_t room = history->room ? 2 * history->room : FIRST_BYTES + LONGEST_SPS;
    room = room < MOST_BYTES ? room : MOST_BYTES;
    uint8_t *bytes = realloc(history->bytes, room);
    if (!bytes)
        return false;
    history->bytes = bytes;
    history->room = room;
    return true;
}

/* The last SPS that a PPS speaks of; NULL where there is none. */
static const webc__set_place *find_sequence(const webc__set_history *history, const uint8_t *pps, size_t size)
{
    webc__bits bits;
    webc__bits_init(&bits, pps, size, true);
    webc__bits_skip(&bits, 8);
    webc__bits_exp_golomb(&bits);
    uint32_t id = webc__sps_id(webc__bits_exp_golomb(&bits));
    return !bits.overrun && id < WEBC__MOST_SPS && history->sps[id].size ? &history->sps[id] : NULL;
}

/* Is it there already? libavcodec ties a PPS to the SPS that it knows then: behind a new one it counts again.
 */
static bool changes_nothing(const webc__set_history *history, const webc__nal *set,
                            const webc__set_place *place)
{
    if (place->size != set->size || memcmp(history->bytes + place->at, set->data, set->size) != 0)
        return false;
    if (webc__nal_type_h264(set) == NAL_SPS)
        return true;
    const webc__set_place *sps = find_sequence(history, set->data, set->size);
    return !sps || sps->at < place->at;
}

bool webc__set_history_add(webc__set_history *history, const webc__nal *set)
{
    size_t longest = webc__nal_type_h264(set) == NAL_SPS ? LONGEST_SPS : LONGEST_PPS;
    const webc__nal kept = {set->data, set->size < longest ? set->size : longest};
    webc__set_place *place = find_place(history, &kept);
    if (!place || changes_nothing(history, &kept, place))
        return true;
    if (!make_room(history))
        return false;
    append(history, &kept, place);
    return true;
}

webc__sets webc__set_history_active(const webc__set_history *history, const uint8_t *chunk, size_t size)
{
    webc__nal nal;
    webc__bits bits;
    size_t position = 0;
    while (webc__nal_next(chunk, size, history->length_size, &position, &nal)) {
        unsigned type = webc__nal_type_h264(&nal);
        if (type != NAL_SLICE && type != NAL_IDR)
            continue;
        webc__bits_init(&bits, nal.data, nal.size, true);
        webc__bits_skip(&bits, 8);
        webc__bits_exp_golomb(&bits); /* first_mb_in_slice */
        webc__bits_exp_golomb(&bits); /* slice_type */
        uint32_t id = webc__bits_exp_golomb(&bits);
        const webc__set_place *pps = id < WEBC__MOST_PPS ? &history->pps[id] : NULL;
        if (bits.overrun || !pps || !pps->size)
            continue;
        const webc__set_place *sps = find_sequence(history, history->bytes + pps->at, pps->size);
        if (!sps)
            continue;
        nal = (webc__nal){history->bytes + sps->at, sps->size};
        return webc__read_set(false, &nal);
    }
    return (webc__sets){0};
}
