/* SPDX-License-Identifier: MIT */
/* libFuzzer target: the first byte chooses codec and framing, the rest is the chunk. */
#include "bitstream/key_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned framings[] = {0, 1, 2, 3, 4, 5, 8, 0};
    if (!size)
        return 0;
    webc__is_key_frame(data[0] & 7, data + 1, size - 1, framings[data[0] >> 3 & 7]);
    return 0;
}
