/* SPDX-License-Identifier: MIT */
#include "webcodecs/result.h"

#include "shared/error.h"

const char *webc_result_name(webc_result result)
{
    switch (result) {
#define NAME_CASE(name, value, idl, text) \
    case WEBC_##name: \
        return idl;
        WEBC_RESULT_LIST(NAME_CASE)
#undef NAME_CASE
    default:
        return "UnknownError";
    }
}

const char *webc_result_text(webc_result result)
{
    switch (result) {
#define TEXT_CASE(name, value, idl, text) \
    case WEBC_##name: \
        return text;
        WEBC_RESULT_LIST(TEXT_CASE)
#undef TEXT_CASE
    default:
        return "The value is not a result of this library.";
    }
}

const char *webc_error_message(void)
{
    return webc__error_text();
}
