/* SPDX-License-Identifier: MIT */
/* Public structs begin with a uint32_t size: reading and writing them across versions. */
#ifndef WEBC_SHARED_STRUCT_H
#define WEBC_SHARED_STRUCT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Copy a caller's sized struct into `dst` of `size` bytes: what the caller's version lacks becomes zero.
 * False when the size cannot be right, or a tail this version does not know is not zero. `dst`'s own size
 * member is set to `size`.
 */
bool webc__struct_read(void *dst, uint32_t size, const void *src);

/** Why webc__struct_read() refused `src`, to be read behind the name of the struct. */
const char *webc__struct_problem(const void *src, uint32_t size);

/** Copy `src` of `size` bytes into a caller's sized struct, as much as it holds; its size member stays. */
bool webc__struct_write(void *dst, const void *src, uint32_t size);

/** Clear a caller's struct of `caller_size` bytes and record that size. */
void webc__struct_init(void *dst, uint32_t caller_size);

#endif
