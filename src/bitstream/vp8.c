/* SPDX-License-Identifier: MIT */
#include "bitstream/vp8.h"

#define HIGHEST_VERSION 3u

bool webc__vp8_is_damaged(const uint8_t *data, size_t size)
{
    if (size < 3)
        return true;
    uint32_t tag = data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16;
    bool key = !(tag & 1);
    size_t header = key ? 10 : 3;
    if ((tag >> 1 & 7) > HIGHEST_VERSION || size < header || tag >> 5 > size - header)
        return true;
    return key && (data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a);
}
