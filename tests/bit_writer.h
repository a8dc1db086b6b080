/* SPDX-License-Identifier: MIT */
/* Writes headers bit by bit, for tests that need what no encoder here writes. */
#ifndef WEBC_TESTS_BIT_WRITER_H
#define WEBC_TESTS_BIT_WRITER_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bit_writer {
    uint8_t data[2048];
    size_t bits;
} bit_writer;

static inline void put_bits(bit_writer *w, unsigned count, uint32_t value)
{
    while (count--) {
        ck_assert_uint_lt(w->bits / 8, sizeof w->data);
        if (value >> count & 1)
            w->data[w->bits / 8] |= (uint8_t)(0x80 >> w->bits % 8);
        w->bits++;
    }
}

/** ue(v). */
static inline void put_ue(bit_writer *w, uint32_t value)
{
    unsigned zeros = 0;
    while ((value + 1) >> (zeros + 1))
        zeros++;
    put_bits(w, zeros, 0);
    put_bits(w, zeros + 1, value + 1);
}

/** Zeros up to a whole byte. */
static inline void put_align(bit_writer *w)
{
    w->bits = (w->bits + 7) / 8 * 8;
}

/** rbsp_trailing_bits; gives the size in bytes. */
static inline size_t put_stop(bit_writer *w)
{
    put_bits(w, 1, 1);
    put_align(w);
    return w->bits / 8;
}

#endif
