/* SPDX-License-Identifier: MIT */
/* Results: negative values named after what a browser would throw or report. */
#ifndef WEBCODECS_RESULT_H
#define WEBCODECS_RESULT_H

#include "common.h"

#ifdef __cplusplus
extern "C" {
#endif

/** X(constant suffix, value, WebIDL name, one sentence). The only list of results. */
#define WEBC_RESULT_LIST(X) \
    X(OK, 0, "OK", "The call succeeded.") \
    X(ERROR_TYPE, -1, "TypeError", "An argument or a member of a struct is not valid.") \
    X(ERROR_RANGE, -2, "RangeError", "A number is outside what the call accepts.") \
    X(ERROR_INVALID_STATE, -3, "InvalidStateError", "The object is not in a state that allows the call.") \
    X(ERROR_NOT_SUPPORTED, -4, "NotSupportedError", "The linked FFmpeg or this library cannot do it.") \
    X(ERROR_ENCODING, -5, "EncodingError", "Encoding or decoding failed.") \
    X(ERROR_DATA, -6, "DataError", "The input does not fit what the codec needs next.") \
    X(ERROR_ABORT, -7, "AbortError", "reset or close cut the operation off.") \
    X(ERROR_QUOTA_EXCEEDED, -8, "QuotaExceededError", "A limit set by the caller is reached.") \
    X(ERROR_DATA_CLONE, -9, "DataCloneError", "The object cannot be cloned.") \
    X(ERROR_NO_MEMORY, -10, "OutOfMemoryError", "Memory could not be allocated.") \
    X(ERROR_SYSTEM, -11, "SystemError", "The operating system refused a thread, a descriptor or a lock.")

/** Outcome of a call: WEBC_OK or one of the negative WEBC_ERROR_* values. */
typedef int32_t webc_result;

enum {
#define WEBC_RESULT_ENUM_(name, value, idl, text) WEBC_##name = value,
    WEBC_RESULT_LIST(WEBC_RESULT_ENUM_)
#undef WEBC_RESULT_ENUM_
        WEBC_RESULT_ENUM_END_ = 1
};

/**
 * Name a result as WebIDL does, for example "InvalidStateError"; "UnknownError" for a value not in the list.
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_result_name(webc_result result);

/**
 * Say in one sentence what a result means in general; webc_error_message() says what happened.
 *
 * Threads: any.
 * Owns: static storage.
 * Errors: none.
 */
WEBC_API const char *webc_result_text(webc_result result);

/**
 * Tell why the last call that failed on this thread failed: what, where, and what would help.
 *
 * Successful calls leave the text as it is, so read it only after a call reported a negative result.
 * Failures that come later, as events, carry their own text in webc_event.message.
 *
 * Threads: any; every thread has its own text.
 * Owns: the library; valid until the next failing call on this thread. "" when none has failed.
 * Errors: none.
 */
WEBC_API const char *webc_error_message(void);

#ifdef __cplusplus
}
#endif

#endif
