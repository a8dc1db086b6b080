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

bool webc__nal_is_parameter_set(unsigned type, bool hevc)
{
    if (hevc)
        return type >= 32 && type <= 34;
    return type == 7 || type == 8 || type == 13 || type == 15;
}

bool webc__nal_to_prefixed(const uint8_t *data, size_t size, bool hevc, uint8_t *dst, size_t dst_size,
                           size_t *needed)
{
    size_t position = 0;
    size_t total = 0;
    bool found = false;
    bool fits = true;
    webc__nal nal;
    while (webc__nal_next_annexb(data, size, &position, &nal)) {
        found = true;
        unsigned type = hevc ? webc__nal_type_hevc(&nal) : webc__nal_type_h264(&nal);
        if (webc__nal_is_parameter_set(type, hevc))
            continue;
        if (nal.size > UINT32_MAX || total > SIZE_MAX - 4 - nal.size)
            return false;
        if (dst && fits && dst_size - total >= 4 && dst_size - total - 4 >= nal.size) {
            uint8_t *at = dst + total;
            at[0] = (uint8_t)(nal.size >> 24);
            at[1] = (uint8_t)(nal.size >> 16);
            at[2] = (uint8_t)(nal.size >> 8);
            at[3] = (uint8_t)nal.size;
            memcpy(at + 4, nal.data, nal.size);
        } else {
            fits = false;
        }
        total += 4 + nal.size;
    }
    *needed = total;
    return found && (fits || !dst);
}
