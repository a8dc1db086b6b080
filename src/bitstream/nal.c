/* SPDX-License-Identifier: MIT */
#include "bitstream/nal.h"

#include <string.h>

/* Index of the next 00 00 01 at or after `from`; `size` when there is none. */
static size_t find_start_code(const uint8_t *data, size_t size, size_t from)
{
    size_t i = from;
    while (size >= 3 && i <= size - 3) {
        if (data[i + 2] > 1)
            i += 3;
        else if (data[i + 1])
            i += 2;
        else if (data[i] || data[i + 2] != 1)
            i += 1;
        else
            return i;
    }
    return size;
}

bool webc__nal_next_annexb(const uint8_t *data, size_t size, size_t *position, webc__nal *out)
{
    while (*position < size) {
        size_t start = find_start_code(data, size, *position);
        if (size - start < 3)
            break;
        start += 3;
        size_t next = find_start_code(data, size, start);
        size_t end = next;
        /* The zero byte of a 4-byte start code and trailing_zero_8bits; a NAL unit never ends in zero. */
        while (end > start && data[end - 1] == 0)
            end--;
        *position = next;
        if (end > start) {
            *out = (webc__nal){.data = data + start, .size = end - start};
            return true;
        }
    }
    *position = size;
    return false;
}

bool webc__nal_next_prefixed(const uint8_t *data, size_t size, unsigned length_size, size_t *position,
                             webc__nal *out)
{
    if (length_size != 1 && length_size != 2 && length_size != 4)
        return false;
    while (*position < size) {
        size_t left = size - *position;
        if (left < length_size)
            return false;
        const uint8_t *at = data + *position;
        size_t length = 0;
        for (unsigned i = 0; i < length_size; i++)
            length = length << 8 | at[i];
        if (length > left - length_size)
            return false;
        *position += length_size + length;
        if (length) {
            *out = (webc__nal){.data = at + length_size, .size = length};
            return true;
        }
    }
    return false;
}

bool webc__nal_next(const uint8_t *data, size_t size, unsigned framing, size_t *position, webc__nal *out)
{
    return framing ? webc__nal_next_prefixed(data, size, framing, position, out)
                   : webc__nal_next_annexb(data, size, position, out);
}

static bool is_prefixed(const uint8_t *data, size_t size, unsigned length_size)
{
    size_t position = 0;
    webc__nal nal;
    bool any = false;
    while (webc__nal_next_prefixed(data, size, length_size, &position, &nal))
        any = true;
    return any && position == size;
}

bool webc__nal_has_start_code(const uint8_t *data, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && !data[zeros])
        zeros++;
    return zeros >= 2 && zeros < size && data[zeros] == 1;
}

bool webc__nal_is_framed(const uint8_t *data, size_t size, unsigned length_size)
{
    if (length_size)
        return is_prefixed(data, size, length_size);
    return webc__nal_has_start_code(data, size) && (!data[2] || !is_prefixed(data, size, 4));
}

bool webc__nal_is_parameter_set(unsigned type, bool hevc)
{
    if (hevc)
        return type >= 32 && type <= 34;
    return type == 7 || type == 8 || type == 13 || type == 15;
}

/* Where a converted chunk goes: counts without a place, and goes on counting when the place is too small. */
typedef struct output {
    uint8_t *dst;
    size_t size;
    size_t total;
    bool fits;
} output;

static bool put_unit(output *out, unsigned framing, const webc__nal *nal)
{
    static const uint8_t start_code[] = {0, 0, 0, 1};
    unsigned head = framing ? framing : (unsigned)sizeof start_code;
    if (nal->size > UINT32_MAX || (framing && framing < 4 && nal->size >> (8 * framing)) ||
        out->total > SIZE_MAX - head - nal->size)
        return false;
    if (out->dst && out->fits && out->size - out->total >= head && out->size - out->total - head >= nal->size) {
        uint8_t *at = out->dst + out->total;
        if (framing) {
            for (unsigned i = 0; i < framing; i++)
                at[i] = (uint8_t)(nal->size >> (8 * (framing - 1 - i)));
        } else {
            memcpy(at, start_code, sizeof start_code);
        }
        memcpy(at + head, nal->data, nal->size);
    } else {
        out->fits = false;
    }
    out->total += head + nal->size;
    return true;
}

static bool is_framing(unsigned framing)
{
    return framing <= 2 || framing == 4;
}

bool webc__nal_reframe(const uint8_t *data, size_t size, unsigned from, unsigned to, uint8_t *dst,
                       size_t dst_size, size_t *needed)
{
    output out = {.dst = dst, .size = dst_size, .fits = true};
    size_t position = 0;
    webc__nal nal;
    *needed = 0;
    if (!is_framing(from) || !is_framing(to))
        return false;
    while (webc__nal_next(data, size, from, &position, &nal)) {
        if (!put_unit(&out, to, &nal))
            return false;
    }
    *needed = out.total;
    return position == size && out.total && (out.fits || !dst);
}

bool webc__nal_to_prefixed(const uint8_t *data, size_t size, bool hevc, uint8_t *dst, size_t dst_size,
                           size_t *needed)
{
    output out = {.dst = dst, .size = dst_size, .fits = true};
    size_t position = 0;
    bool found = false;
    webc__nal nal;
    while (webc__nal_next_annexb(data, size, &position, &nal)) {
        found = true;
        unsigned type = hevc ? webc__nal_type_hevc(&nal) : webc__nal_type_h264(&nal);
        if (!webc__nal_is_parameter_set(type, hevc) && !put_unit(&out, 4, &nal))
            return false;
    }
    *needed = out.total;
    return found && (out.fits || !dst);
}
