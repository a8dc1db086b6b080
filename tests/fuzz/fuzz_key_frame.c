/* SPDX-License-Identifier: MIT */
/* libFuzzer target: the first byte chooses codec and framing, the rest is the chunk, read by every reader of
 * chunks. */
#include <stdlib.h>

#include "bitstream/key_frame.h"
#include "bitstream/vp8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned framings[] = {0, 1, 2, 3, 4, 5, 8, 0};
    if (!size)
        return 0;
    uint32_t codec = data[0] & 7;
    unsigned framing = framings[data[0] >> 3 & 7];
    const uint8_t *chunk = size > 1 ? data + 1 : NULL; /* as empty chunks have it */
    size--;
    webc__key key = webc__key_inspect(codec, chunk, size, framing);
    if (webc__is_key_frame(codec, chunk, size, framing) && key != WEBC__KEY_YES)
        abort();
    if (webc__shown_frames(codec, chunk, size) > 8)
        abort();
    webc__vp8_is_damaged(chunk, size);
    webc__av1_is_damaged(chunk, size);
    return 0;
}
