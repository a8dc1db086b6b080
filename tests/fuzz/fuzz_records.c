/* SPDX-License-Identifier: MIT */
/* libFuzzer target: records are built from any headers, and what is built parses; and an SPS in either. */
#include <stdlib.h>

#include "bitstream/avcc.h"
#include "bitstream/hvcc.h"
#include "bitstream/sps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef bool (*build_fn)(const uint8_t *annexb, size_t size, uint8_t *dst, size_t dst_size, size_t *needed);
typedef bool (*parse_fn)(const uint8_t *data, size_t size, unsigned *length_size, const char **reason);

static void try_record(build_fn build, parse_fn parse, const uint8_t *data, size_t size)
{
    unsigned length_size;
    const char *reason;
    if (parse(data, size, &length_size, &reason) == (reason != NULL))
        abort();
    size_t needed = 0;
    size_t again = 0;
    if (!build(data, size, NULL, 0, &needed))
        return;
    uint8_t *record = malloc(needed);
    if (!record)
        return;
    if (build(data, size, record, needed - 1, &again) || !build(data, size, record, needed, &again) ||
        again != needed || !parse(record, needed, &length_size, &reason) || length_size != 4)
        abort();
    free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_record(webc__avcc_build, webc__avcc_parse, data, size);
    try_record(webc__hvcc_build, webc__hvcc_parse, data, size);
    size_t record = size ? data[size - 1] % size : 0;
    for (int hevc = 0; hevc < 2; hevc++) {
        webc__sets all = webc__record_sets(hevc, data, record);
        for (unsigned length_size = 0; length_size <= 4; length_size += length_size + !length_size) {
            size_t position = 0;
            webc__nal set;
            while (webc__next_set(hevc, data, size, length_size, &position, &set))
                all = webc__sets_join(all, webc__read_set(hevc, &set));
        }
        if (all.reorder > 16 || (!all.pixels && all.reorder) || (hevc && all.silent))
            abort();
    }
    return 0;
}
