/* SPDX-License-Identifier: MIT */
/* A fuzzer's bytes as a row of small decisions. Past the end every number is 0. */
#ifndef WEBC_TESTS_FUZZ_INPUT_H
#define WEBC_TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The entry point of every target. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What must hold whatever the input is. */
#define MUST(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

typedef struct fuzz_input {
    const uint8_t *data;
    size_t size;
} fuzz_input;

static inline uint8_t take_byte(fuzz_input *in)
{
    if (!in->size)
        return 0;
    in->size--;
    return *in->data++;
}

static inline uint32_t take_u16(fuzz_input *in)
{
    uint32_t low = take_byte(in);
    return low | (uint32_t)take_byte(in) << 8;
}

static inline uint32_t take_u32(fuzz_input *in)
{
    uint32_t low = take_u16(in);
    return low | take_u16(in) << 16;
}

static inline uint64_t take_u64(fuzz_input *in)
{
    uint64_t low = take_u32(in);
    return low | (uint64_t)take_u32(in) << 32;
}

/** A number below `count`. */
static inline uint32_t take_below(fuzz_input *in, uint32_t count)
{
    return take_byte(in) % count;
}

/** Mostly a number as sizes are, now and then any. */
static inline uint32_t take_size(fuzz_input *in)
{
    uint8_t kind = take_byte(in);
    if (kind < 0xc0)
        return kind;
    return kind < 0xf0 ? take_u16(in) : take_u32(in);
}

/** A heap block of exactly `size` bytes, so that ASan sees what goes past it; filled with input, then zeros. */
static inline uint8_t *take_block(fuzz_input *in, size_t size)
{
    uint8_t *block = malloc(size ? size : 1);
    MUST(block);
    size_t given = size < in->size ? size : in->size;
    if (given)
        memcpy(block, in->data, given);
    memset(block + given, 0, size - given);
    in->data += given;
    in->size -= given;
    return block;
}

/** Up to `most` bytes of what is left, in a block of their own; as long as the input says. */
static inline uint8_t *take_bytes(fuzz_input *in, size_t most, size_t *size)
{
    *size = take_u16(in);
    if (*size > in->size)
        *size = in->size;
    if (*size > most)
        *size = most;
    return take_block(in, *size);
}

#endif
