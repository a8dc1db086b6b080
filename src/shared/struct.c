/* SPDX-License-Identifier: MIT */
#include "shared/struct.h"

#include <string.h>

/* Every public struct has at least its size and one more member. */
#define SMALLEST 8u
/* No public struct comes near this; a size above it is an uninitialised struct. */
#define LARGEST 65536u

static uint32_t size_of(const void *sized)
{
    uint32_t size;
    memcpy(&size, sized, sizeof size);
    return size;
}

bool webc__struct_read(void *dst, uint32_t size, const void *src)
{
    if (!src)
        return false;
    uint32_t given = size_of(src);
    /* A smaller one is an older version, which no size in the middle of a pointer can be. */
    if (given < SMALLEST || given > LARGEST || (given < size && given % sizeof(void *)))
        return false;
    for (uint32_t i = size; i < given; i++)
        if (((const uint8_t *)src)[i])
            return false;
    memset(dst, 0, size);
    memcpy(dst, src, given < size ? given : size);
    memcpy(dst, &size, sizeof size);
    return true;
}

const char *webc__struct_problem(const void *src, uint32_t size)
{
    if (!src)
        return " is NULL";
    uint32_t given = size_of(src);
    return given > size && given <= LARGEST
               ? ".struct_size is that of a newer version, and members that this one does not know are not 0"
               : ".struct_size is wrong";
}

bool webc__struct_write(void *dst, const void *src, uint32_t size)
{
    if (!dst)
        return false;
    uint32_t given = size_of(dst);
    if (given < SMALLEST || given > LARGEST)
        return false;
    uint32_t head = (uint32_t)sizeof given;
    memset((uint8_t *)dst + head, 0, given - head);
    memcpy((uint8_t *)dst + head, (const uint8_t *)src + head, (given < size ? given : size) - head);
    return true;
}

void webc__struct_init(void *dst, uint32_t caller_size)
{
    if (!dst || caller_size < sizeof caller_size)
        return;
    memset(dst, 0, caller_size);
    memcpy(dst, &caller_size, sizeof caller_size);
}
