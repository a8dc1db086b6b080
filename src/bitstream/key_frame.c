/* SPDX-License-Identifier: MIT */
#include "bitstream/key_frame.h"

#include "bitstream/bits.h"
#include "bitstream/nal.h"
#include "webcodecs/support.h"

static bool next_nal(const uint8_t *data, size_t size, unsigned length_size, size_t *position, webc__nal *nal)
{
    if (length_size)
        return webc__nal_next_prefixed(data, size, length_size, position, nal);
    return webc__nal_next_annexb(data, size, position, nal);
}

/* The first slice decides: the second field of an IDR picture is not IDR itself (H.264 7.4.1.2.4). */
static bool h264_is_key(const uint8_t *data, size_t size, unsigned length_size)
{
    size_t position = 0;
    webc__nal nal;
    while (next_nal(data, size, length_size, &position, &nal)) {
        unsigned type = webc__nal_type_h264(&nal);
        if (type >= 1 && type <= 5)
            return type == 5;
    }
    return false;
}

static bool hevc_is_key(const uint8_t *data, size_t size, unsigned length_size)
{
    size_t position = 0;
    webc__nal nal;
    while (next_nal(data, size, length_size, &position, &nal)) {
        unsigned type = webc__nal_type_hevc(&nal);
        bool base_layer = nal.size >= 2 && !(nal.data[0] & 1) && nal.data[1] >> 3 == 0;
        if (base_layer && type <= 31)
            return type >= 16 && type <= 21;
    }
    return false;
}

/* RFC 6386 9.1: frame tag, then the start code that only key frames have. */
static bool vp8_is_key(const uint8_t *data, size_t size)
{
    return size >= 10 && !(data[0] & 1) && data[3] == 0x9d && data[4] == 0x01 && data[5] == 0x2a;
}

typedef enum shown { SHOWN_NOTHING, SHOWN_KEY, SHOWN_OTHER } shown;

/* The beginning of uncompressed_header, VP9 7.2. */
static shown vp9_frame_shows(const uint8_t *data, size_t size)
{
    webc__bits bits;
    webc__bits_init(&bits, data, size, false);
    if (webc__bits_read(&bits, 2) != 2)
        return SHOWN_OTHER;
    uint32_t profile = webc__bits_one(&bits);
    profile |= webc__bits_one(&bits) << 1;
    if (profile == 3)
        webc__bits_skip(&bits, 1);
    if (webc__bits_one(&bits)) /* show_existing_frame */
        return SHOWN_OTHER;
    bool key = !webc__bits_one(&bits);
    bool show = webc__bits_one(&bits);
    webc__bits_skip(&bits, 1); /* error_resilient_mode */
    if (!show && !bits.overrun)
        return SHOWN_NOTHING;
    bool sync = key && webc__bits_read(&bits, 24) == 0x498342;
    return sync && !bits.overrun ? SHOWN_KEY : SHOWN_OTHER;
}

/* VP9 annex B: an index after the last frame gives the sizes of all frames of the chunk. */
static bool vp9_is_key(const uint8_t *data, size_t size)
{
    if (!size)
        return false;
    uint8_t marker = data[size - 1];
    if ((marker & 0xe0) == 0xc0) {
        unsigned frames = (marker & 7u) + 1;
        unsigned width = ((marker >> 3) & 3u) + 1;
        size_t index_size = 2 + (size_t)width * frames;
        if (size >= index_size && data[size - index_size] == marker) {
            const uint8_t *index = data + size - index_size + 1;
            size_t left = size - index_size;
            for (unsigned i = 0; i < frames; i++) {
                size_t length = 0;
                for (unsigned byte = 0; byte < width; byte++)
                    length |= (size_t)*index++ << (8 * byte);
                if (length > left)
                    return false;
                shown what = length ? vp9_frame_shows(data, length) : SHOWN_NOTHING;
                if (what != SHOWN_NOTHING)
                    return what == SHOWN_KEY;
                data += length;
                left -= length;
            }
            return false;
        }
    }
    return vp9_frame_shows(data, size) == SHOWN_KEY;
}

typedef struct obu {
    unsigned type;
    const uint8_t *data;
    size_t size;
} obu;

/* One unit of the low-overhead format, AV1 5.3; false at the end or when it does not fit. */
static bool next_obu(const uint8_t *data, size_t size, size_t *position, obu *out)
{
    if (*position >= size)
        return false;
    uint8_t header = data[(*position)++];
    if (header & 0x80)
        return false;
    if (header & 4) /* obu_extension_flag */
        ++*position;
    if (*position > size)
        return false;
    uint64_t length = size - *position;
    if (header & 2) { /* obu_has_size_field; leb128 of 8 bytes at most, 32 bits at most */
        length = 0;
        bool more = true;
        for (unsigned i = 0; more; i++) {
            if (i == 8 || *position >= size)
                return false;
            uint8_t byte = data[(*position)++];
            length |= (uint64_t)(byte & 0x7f) << (7 * i);
            more = byte & 0x80;
        }
    }
    if (length > size - *position)
        return false;
    *out = (obu){.type = (header >> 3) & 15u, .data = data + *position, .size = (size_t)length};
    *position += (size_t)length;
    return true;
}

static bool av1_is_key(const uint8_t *data, size_t size)
{
    enum { SEQUENCE_HEADER = 1, FRAME_HEADER = 3, FRAME = 6 };
    bool sequence = false;
    bool reduced_still = false;
    size_t position = 0;
    obu unit;
    while (next_obu(data, size, &position, &unit)) {
        webc__bits bits;
        webc__bits_init(&bits, unit.data, unit.size, false);
        if (unit.type == SEQUENCE_HEADER) {
            webc__bits_skip(&bits, 3 + 1); /* seq_profile, still_picture */
            reduced_still = webc__bits_one(&bits);
            sequence = !bits.overrun;
        } else if (unit.type == FRAME_HEADER || unit.type == FRAME) {
            if (!unit.size)
                return false;
            if (reduced_still)
                return sequence;
            if (webc__bits_one(&bits)) /* show_existing_frame */
                return false;
            bool key = webc__bits_read(&bits, 2) == 0;
            if (webc__bits_one(&bits)) /* show_frame */
                return key && sequence;
        }
    }
    return false;
}

bool webc__is_key_frame(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size)
{
    switch (codec) {
    case WEBC_CODEC_H264:
        return h264_is_key(data, size, length_size);
    case WEBC_CODEC_HEVC:
        return hevc_is_key(data, size, length_size);
    case WEBC_CODEC_VP8:
        return vp8_is_key(data, size);
    case WEBC_CODEC_VP9:
        return vp9_is_key(data, size);
    case WEBC_CODEC_AV1:
        return av1_is_key(data, size);
    default:
        return false;
    }
}
