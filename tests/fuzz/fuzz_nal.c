/* SPDX-License-Identifier: MIT */
/* libFuzzer target: both walks stay inside the data, and a conversion holds the same units. */
#include <stdlib.h>
#include <string.h>

#include "bitstream/nal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_prefixed(const uint8_t *data, size_t size, unsigned length_size)
{
    size_t position = 0;
    webc__nal nal;
    while (webc__nal_next_prefixed(data, size, length_size, &position, &nal)) {
        if (!nal.size || nal.data < data || nal.data + nal.size > data + size || position > size)
            abort();
    }
}

static void convert(const uint8_t *data, size_t size, bool hevc)
{
    size_t needed = 0;
    size_t again = 0;
    if (!webc__nal_to_prefixed(data, size, hevc, NULL, 0, &needed))
        return;
    uint8_t *out = malloc(needed ? needed : 1);
    if (!out)
        return;
    if (needed && webc__nal_to_prefixed(data, size, hevc, out, needed - 1, &again))
        abort();
    if (!webc__nal_to_prefixed(data, size, hevc, out, needed, &again) || again != needed)
        abort();

    size_t from = 0;
    size_t to = 0;
    webc__nal a;
    webc__nal b;
    while (webc__nal_next_annexb(data, size, &from, &a)) {
        unsigned type = hevc ? webc__nal_type_hevc(&a) : webc__nal_type_h264(&a);
        if (webc__nal_is_parameter_set(type, hevc))
            continue;
        if (!webc__nal_next_prefixed(out, needed, 4, &to, &b) || a.size != b.size ||
            memcmp(a.data, b.data, a.size) != 0)
            abort();
    }
    if (to != needed)
        abort();
    free(out);
}

static bool next_unit(const uint8_t *data, size_t size, unsigned framing, size_t *position, webc__nal *unit)
{
    return framing ? webc__nal_next_prefixed(data, size, framing, position, unit)
                   : webc__nal_next_annexb(data, size, position, unit);
}

static void compare_units(const uint8_t *data, size_t size, unsigned from, const uint8_t *out, size_t there,
                          unsigned to)
{
    size_t a_position = 0;
    size_t b_position = 0;
    webc__nal a;
    webc__nal b;
    while (next_unit(data, size, from, &a_position, &a))
        if (!next_unit(out, there, to, &b_position, &b) || a.size != b.size ||
            memcmp(a.data, b.data, a.size) != 0)
            abort();
    if (next_unit(out, there, to, &b_position, &b))
        abort();
}

/*
 * To another framing: the same units, which can be read there. What was length-prefixed may hold start codes,
 * so of that only the size is known in Annex B.
 */
static void reframe(const uint8_t *data, size_t size, unsigned from, unsigned to)
{
    size_t there = 0;
    size_t back = 0;
    webc__nal_is_framed(data, size, from);
    if (!webc__nal_reframe(data, size, from, to, NULL, 0, &there))
        return;
    uint8_t *out = malloc(there);
    if (!out)
        return;
    if (webc__nal_reframe(data, size, from, to, out, there - 1, &back) ||
        !webc__nal_reframe(data, size, from, to, out, there, &back) || back != there)
        abort();
    if (to && !webc__nal_is_framed(out, there, to))
        abort();
    if (to || !from)
        compare_units(data, size, from, out, there, to);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned from = 0; from <= 4; from++)
        for (unsigned to = 0; to <= 4; to++)
            reframe(data, size, from, to);
    for (unsigned length_size = 0; length_size < 6; length_size++)
        walk_prefixed(data, size, length_size);
    convert(data, size, false);
    convert(data, size, true);
    return 0;
}
