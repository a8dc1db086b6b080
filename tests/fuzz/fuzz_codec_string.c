/* SPDX-License-Identifier: MIT */
/* libFuzzer target: any text is parsed; what is accepted is written, read back the same, and put to its level.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/codec_string.h"
#include "spec/level.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    webc__level_need need = {0};
    if (size < sizeof need)
        return 0;
    memcpy(&need, data, sizeof need);
    data += sizeof need;
    size -= sizeof need;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';

    char reason[64];
    char canonical[40];
    char again[40];
    webc__codec_string first;
    webc__codec_string second;
    if (webc__codec_string_parse(text, &first, reason, sizeof reason)) {
        if (!webc__codec_string_format(&first, canonical, sizeof canonical) ||
            !webc__codec_string_parse(canonical, &second, reason, sizeof reason) ||
            !webc__codec_string_format(&second, again, sizeof again) || strcmp(canonical, again) != 0 ||
            first.bit_depth != second.bit_depth || first.chroma != second.chroma ||
            first.level_1b != second.level_1b)
            abort();
        webc__level_holds(&first, &need, reason, sizeof reason);
        if (webc__level_choose(&first, &need) &&
            (!webc__level_holds(&first, &need, reason, sizeof reason) ||
             !webc__codec_string_format(&first, canonical, sizeof canonical)))
            abort();
    } else if (strlen(reason) >= sizeof reason) {
        abort();
    }
    free(text);
    return 0;
}
