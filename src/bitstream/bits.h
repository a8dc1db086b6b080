/* SPDX-License-Identifier: MIT */
/* Bit reader of the header parsers: most significant bit first, reads zeros past the end and remembers it. */
#ifndef WEBC_BITSTREAM_BITS_H
#define WEBC_BITSTREAM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct webc__bits {
    const uint8_t *data;
    size_t size;
    size_t position; /* next byte to load */
    unsigned left;   /* bits of `byte` not yet read */
    unsigned zeros;  /* zero bytes just before `position` */
    uint8_t byte;
    bool escaped; /* H.264 and HEVC: 00 00 03 stands for 00 00 */
    bool overrun; /* more was read than there is */
} webc__bits;

static inline void webc__bits_init(webc__bits *bits, const uint8_t *data, size_t size, bool escaped)
{
    *bits = (webc__bits){.data = data, .size = size, .escaped = escaped};
}

static inline uint32_t webc__bits_one(webc__bits *bits)
{
    if (!bits->left) {
        if (bits->escaped && bits->zeros >= 2 && bits->position < bits->size &&
            bits->data[bits->position] == 3) {
            bits->position++;
            bits->zeros = 0;
        }
        if (bits->position >= bits->size) {
            bits->overrun = true;
            return 0;
        }
        bits->byte = bits->data[bits->position++];
        bits->zeros = bits->byte ? 0 : bits->zeros + 1;
        bits->left = 8;
    }
    bits->left--;
    return (bits->byte >> bits->left) & 1u;
}

/** The next `count` bits, 32 at most. */
static inline uint32_t webc__bits_read(webc__bits *bits, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 1 | webc__bits_one(bits);
    return value;
}

static inline void webc__bits_skip(webc__bits *bits, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        webc__bits_one(bits);
}

/** ue(v) of H.264 and HEVC; a code of more than 32 bits, which neither has here, counts as an overrun. */
static inline uint32_t webc__bits_exp_golomb(webc__bits *bits)
{
    unsigned zeros = 0;
    while (!webc__bits_one(bits)) {
        if (bits->overrun || ++zeros > 31) {
            bits->overrun = true;
            return 0;
        }
    }
    return (uint32_t)((UINT64_C(1) << zeros) - 1 + webc__bits_read(bits, zeros));
}

#endif
