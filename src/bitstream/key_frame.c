/* SPDX-License-Identifier: MIT */
#include "bitstream/key_frame.h"

#include "bitstream/bits.h"
#include "bitstream/nal.h"
#include "webcodecs/support.h"

/*
 * As far as a chunk is looked at, because decode() does so on the caller's thread. The picture begins far
 * before it, but for data made to take long: messages or empty units without end.
 */
#define WINDOW ((size_t)256 << 10)
/* Above the bytes of a slice header that are read. */
#define SLICE_BEGINNING 64u

/* Units in a row, and whether they ended where the data does. */
typedef struct nal_walk {
    const uint8_t *data;
    size_t size;
    size_t window; /* bytes in which units begin */
    unsigned length_size;
    size_t position;
    bool any;
    bool cut; /* Annex B: the window ends the unit just given */
} nal_walk;

static nal_walk walk_begin(const uint8_t *data, size_t size, unsigned length_size)
{
    return (nal_walk){
        .data = data, .size = size, .window = size < WINDOW ? size : WINDOW, .length_size = length_size};
}

/* A unit that begins in the window and ends behind it needs no look at its end. */
static bool next_crossing(nal_walk *walk, webc__nal *nal)
{
    if (walk->window - walk->position < walk->length_size)
        return false;
    return webc__nal_next_prefixed(walk->data, walk->size, walk->length_size, &walk->position, nal);
}

static bool walk_next(nal_walk *walk, webc__nal *nal)
{
    bool found;
    if (walk->length_size) {
        found = webc__nal_next_prefixed(walk->data, walk->window, walk->length_size, &walk->position, nal) ||
                (walk->position <= walk->window && next_crossing(walk, nal));
    } else {
        found = webc__nal_next_annexb(walk->data, walk->window, &walk->position, nal);
        walk->cut = walk->position == walk->window && walk->window < walk->size;
    }
    walk->any |= found;
    return found;
}

/* No picture came: whole units without one are no key frame, anything else cannot be told. */
static webc__key walk_end(const nal_walk *walk)
{
    return walk->any && walk->position == walk->size ? WEBC__KEY_NO : WEBC__KEY_UNKNOWN;
}

static bool is_forbidden(const webc__nal *nal)
{
    return nal->data[0] & 0x80;
}

/* D.1.8: decoding may start at this picture and is exact from it on. */
static bool has_exact_recovery_point(const webc__nal *sei)
{
    enum { RECOVERY_POINT = 6 };
    webc__bits bits;
    webc__bits_init(&bits, sei->data + 1, sei->size - 1, true);
    while (!bits.overrun) {
        uint32_t field[2] = {0, 0}; /* payloadType, payloadSize */
        for (int i = 0; i < 2; i++) {
            uint32_t byte;
            do {
                byte = webc__bits_read(&bits, 8);
                field[i] += byte;
            } while (byte == 255 && !bits.overrun);
        }
        if (field[0] == RECOVERY_POINT) {
            uint32_t frames = webc__bits_exp_golomb(&bits);
            bool exact = webc__bits_one(&bits);
            return !frames && exact && !bits.overrun;
        }
        for (uint32_t i = 0; i < field[1] && !bits.overrun; i++)
            webc__bits_skip(&bits, 8);
    }
    return false;
}

/* *first: it begins a picture. */
static bool is_i_slice(const webc__nal *slice, bool *first)
{
    webc__bits bits;
    webc__bits_init(&bits, slice->data + 1, slice->size - 1, true);
    *first = webc__bits_exp_golomb(&bits) == 0 && !bits.overrun; /* first_mb_in_slice */
    uint32_t type = webc__bits_exp_golomb(&bits);
    return !bits.overrun && type < 10 && type % 5 == 2;
}

/*
 * The first slice decides whether it is IDR: the second field of an IDR picture is not IDR itself (H.264
 * 7.4.1.2.4). A recovery point counts when every slice of the picture behind its message is an I slice; the
 * second field is a picture of its own and may refer to the first.
 */
static webc__key h264_inspect(const uint8_t *data, size_t size, unsigned length_size, bool recovery_points)
{
    enum { SLICE = 1, IDR_SLICE = 5, SEI = 6 };
    nal_walk walk = walk_begin(data, size, length_size);
    bool recovery = false;
    bool intra = false;
    webc__nal nal;
    while (walk_next(&walk, &nal)) {
        unsigned type = webc__nal_type_h264(&nal);
        if (type == SEI && recovery_points && nal.size > WINDOW)
            return WEBC__KEY_UNKNOWN;
        if (type == SEI && recovery_points)
            recovery |= has_exact_recovery_point(&nal);
        if (type < SLICE || type > IDR_SLICE)
            continue;
        if (is_forbidden(&nal))
            return WEBC__KEY_UNKNOWN;
        if (type == IDR_SLICE && !intra)
            return WEBC__KEY_YES;
        if (walk.cut && nal.size < SLICE_BEGINNING)
            return WEBC__KEY_UNKNOWN;
        bool first = false;
        bool i_slice = is_i_slice(&nal, &first);
        if (type == SLICE && intra && first)
            return WEBC__KEY_YES;
        if (type != SLICE || !recovery || !i_slice)
            return WEBC__KEY_NO;
        intra = true;
    }
    webc__key end = walk_end(&walk);
    return intra && end == WEBC__KEY_NO ? WEBC__KEY_YES : end;
}

static webc__key hevc_inspect(const uint8_t *data, size_t size, unsigned length_size)
{
    nal_walk walk = walk_begin(data, size, length_size);
    webc__nal nal;
    while (walk_next(&walk, &nal)) {
        unsigned type = webc__nal_type_hevc(&nal);
        bool base_layer = nal.size >= 2 && !(nal.data[0] & 1) && nal.data[1] >> 3 == 0;
        if (!base_layer || type > 31)
            continue;
        if (is_forbidden(&nal))
            return WEBC__KEY_UNKNOWN;
        return type >= 16 && type <= 21 ? WEBC__KEY_YES : WEBC__KEY_NO;
    }
    return walk_end(&walk);
}

/* RFC 6386 9.1: frame tag, then the start code that only key frames have. */
static webc__key vp8_inspect(const uint8_t *data, size_t size)
{
    if (size < 3)
        return WEBC__KEY_UNKNOWN;
    if (data[0] & 1)
        return WEBC__KEY_NO;
    bool start_code = size >= 10 && data[3] == 0x9d && data[4] == 0x01 && data[5] == 0x2a;
    return start_code ? WEBC__KEY_YES : WEBC__KEY_UNKNOWN;
}

typedef enum shown { SHOWN_NOTHING, SHOWN_KEY, SHOWN_OTHER, SHOWN_DAMAGE } shown;

/* The beginning of uncompressed_header, VP9 7.2. */
static shown vp9_frame_shows(const uint8_t *data, size_t size)
{
    webc__bits bits;
    webc__bits_init(&bits, data, size, false);
    if (webc__bits_read(&bits, 2) != 2)
        return SHOWN_DAMAGE;
    uint32_t profile = webc__bits_one(&bits);
    profile |= webc__bits_one(&bits) << 1;
    if (profile == 3)
        webc__bits_skip(&bits, 1);
    if (webc__bits_one(&bits)) /* show_existing_frame */
        return SHOWN_OTHER;
    bool key = !webc__bits_one(&bits);
    bool show = webc__bits_one(&bits);
    webc__bits_skip(&bits, 1); /* error_resilient_mode */
    if (bits.overrun)
        return SHOWN_DAMAGE;
    if (!show)
        return SHOWN_NOTHING;
    if (!key)
        return SHOWN_OTHER;
    bool sync = webc__bits_read(&bits, 24) == 0x498342;
    return sync && !bits.overrun ? SHOWN_KEY : SHOWN_DAMAGE;
}

typedef struct vp9_frames {
    const uint8_t *data;
    size_t left;          /* bytes of the frames not yet given */
    const uint8_t *index; /* NULL: one frame */
    unsigned count;       /* frames not yet given */
    unsigned width;       /* bytes of a size in the index */
} vp9_frames;

/* VP9 annex B: an index after the last frame gives the sizes of all frames of the chunk. */
static vp9_frames vp9_open(const uint8_t *data, size_t size)
{
    vp9_frames frames = {.data = data, .left = size, .count = 1};
    uint8_t marker = size ? data[size - 1] : 0;
    if ((marker & 0xe0) != 0xc0)
        return frames;
    unsigned count = (marker & 7u) + 1;
    unsigned width = ((marker >> 3) & 3u) + 1;
    size_t index_size = 2 + (size_t)width * count;
    if (size < index_size || data[size - index_size] != marker)
        return frames;
    frames.index = data + size - index_size + 1;
    frames.left = size - index_size;
    frames.count = count;
    frames.width = width;
    return frames;
}

/* What the next frame shows; false at the end. */
static bool vp9_next(vp9_frames *frames, shown *out)
{
    if (!frames->count)
        return false;
    frames->count--;
    size_t length = frames->left;
    if (frames->index) {
        length = 0;
        for (unsigned byte = 0; byte < frames->width; byte++)
            length |= (size_t)*frames->index++ << (8 * byte);
        if (length > frames->left) {
            *out = SHOWN_DAMAGE;
            frames->count = 0;
            return true;
        }
        if (!length) {
            *out = SHOWN_NOTHING;
            return true;
        }
    }
    *out = vp9_frame_shows(frames->data, length);
    if (length) /* an empty chunk may have NULL */
        frames->data += length;
    frames->left -= length;
    return true;
}

static webc__key vp9_inspect(const uint8_t *data, size_t size)
{
    vp9_frames frames = vp9_open(data, size);
    shown what;
    while (vp9_next(&frames, &what)) {
        if (what == SHOWN_NOTHING)
            continue;
        if (what == SHOWN_DAMAGE)
            return WEBC__KEY_UNKNOWN;
        return what == SHOWN_KEY ? WEBC__KEY_YES : WEBC__KEY_NO;
    }
    return WEBC__KEY_NO;
}

unsigned webc__shown_frames(uint32_t codec, const uint8_t *data, size_t size)
{
    unsigned count = 0;
    if (codec != WEBC_CODEC_VP9)
        return 1;
    vp9_frames frames = vp9_open(data, size);
    shown what;
    while (vp9_next(&frames, &what)) {
        if (what == SHOWN_DAMAGE)
            return 1;
        count += what != SHOWN_NOTHING;
    }
    return count;
}

typedef struct obu {
    unsigned type;
    const uint8_t *data;
    size_t size;
} obu;

typedef enum obu_step { OBU_ONE, OBU_END, OBU_DAMAGE } obu_step;

/* One unit of the low-overhead format, AV1 5.3. */
static obu_step next_obu(const uint8_t *data, size_t size, size_t *position, obu *out)
{
    if (*position >= size)
        return OBU_END;
    uint8_t header = data[(*position)++];
    if (header & 0x80)
        return OBU_DAMAGE;
    if (header & 4) /* obu_extension_flag */
        ++*position;
    if (*position > size)
        return OBU_DAMAGE;
    uint64_t length = size - *position;
    if (header & 2) { /* obu_has_size_field; leb128 of 8 bytes at most, 32 bits at most */
        length = 0;
        bool more = true;
        for (unsigned i = 0; more; i++) {
            if (i == 8 || *position >= size)
                return OBU_DAMAGE;
            uint8_t byte = data[(*position)++];
            length |= (uint64_t)(byte & 0x7f) << (7 * i);
            more = byte & 0x80;
        }
    }
    if (length > size - *position)
        return OBU_DAMAGE;
    *out = (obu){.type = (header >> 3) & 15u, .data = data + *position, .size = (size_t)length};
    *position += (size_t)length;
    return OBU_ONE;
}

bool webc__av1_is_damaged(const uint8_t *data, size_t size)
{
    size_t position = 0;
    obu_step step;
    obu unit;
    while ((step = next_obu(data, size, &position, &unit)) == OBU_ONE) {
    }
    return step == OBU_DAMAGE;
}

static webc__key av1_inspect(const uint8_t *data, size_t size)
{
    enum { SEQUENCE_HEADER = 1, FRAME_HEADER = 3, FRAME = 6 };
    bool sequence = false;
    bool reduced_still = false;
    size_t position = 0;
    obu_step step = OBU_END;
    obu unit;
    while (position < WINDOW && (step = next_obu(data, size, &position, &unit)) == OBU_ONE) {
        webc__bits bits;
        webc__bits_init(&bits, unit.data, unit.size, false);
        if (unit.type == SEQUENCE_HEADER) {
            webc__bits_skip(&bits, 3 + 1); /* seq_profile, still_picture */
            reduced_still = webc__bits_one(&bits);
            sequence = !bits.overrun;
        } else if (unit.type == FRAME_HEADER || unit.type == FRAME) {
            if (!unit.size)
                return WEBC__KEY_UNKNOWN;
            if (reduced_still)
                return sequence ? WEBC__KEY_YES : WEBC__KEY_UNKNOWN;
            if (webc__bits_one(&bits)) /* show_existing_frame */
                return WEBC__KEY_NO;
            bool key = webc__bits_read(&bits, 2) == 0;
            if (webc__bits_one(&bits)) /* show_frame */
                return key && sequence ? WEBC__KEY_YES : WEBC__KEY_NO;
        }
    }
    return step == OBU_END && size ? WEBC__KEY_NO : WEBC__KEY_UNKNOWN;
}

webc__key webc__key_inspect(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size)
{
    switch (codec) {
    case WEBC_CODEC_H264:
        return h264_inspect(data, size, length_size, true);
    case WEBC_CODEC_HEVC:
        return hevc_inspect(data, size, length_size);
    case WEBC_CODEC_VP8:
        return vp8_inspect(data, size);
    case WEBC_CODEC_VP9:
        return vp9_inspect(data, size);
    case WEBC_CODEC_AV1:
        return av1_inspect(data, size);
    default:
        return WEBC__KEY_UNKNOWN;
    }
}

bool webc__is_key_frame(uint32_t codec, const uint8_t *data, size_t size, unsigned length_size)
{
    webc__key key = codec == WEBC_CODEC_H264 ? h264_inspect(data, size, length_size, false)
                                             : webc__key_inspect(codec, data, size, length_size);
    return key == WEBC__KEY_YES;
}
