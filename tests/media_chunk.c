/* SPDX-License-Identifier: MIT */
/* Chunks: construction, lent bytes, padding, copies. Links media and shared. */
#include <string.h>

#include "media/chunk.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "support_check.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};

static webc_chunk_params params_of(uint32_t type)
{
    webc_chunk_params params;
    webc_chunk_params_init(&params, sizeof params);
    params.type = type;
    return params;
}

static webc_chunk_info info_of(const webc_chunk *chunk)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_chunk_get_info(chunk, &info), WEBC_OK);
    return info;
}

/* EC-01, EC-02, EC-03, EC-04, T15: a copy that nothing changes; copying out checks the size. */
START_TEST(a_chunk_holds_a_padded_copy)
{
    uint8_t mine[sizeof bytes];
    memcpy(mine, bytes, sizeof mine);
    webc_chunk_params params = params_of(WEBC_CHUNK_DELTA);
    params.timestamp = INT64_MIN;
    params.duration = UINT64_MAX;
    params.has_duration = 1;
    webc_chunk *chunk;
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, mine, sizeof mine), WEBC_OK);
    memset(mine, 0, sizeof mine);
    webc_chunk_info info = info_of(chunk);
    ck_assert_uint_eq(info.type, WEBC_CHUNK_DELTA);
    ck_assert_int_eq(info.timestamp, INT64_MIN);
    ck_assert_uint_eq(info.duration, UINT64_MAX);
    ck_assert_uint_eq(info.has_duration, 1);
    ck_assert_uint_eq(info.size, sizeof bytes);
    ck_assert_mem_eq(info.data, bytes, sizeof bytes);
    ck_assert(chunk->padded);
    for (int i = 0; i < WEBC__CHUNK_PADDING; i++)
        ck_assert_uint_eq(info.data[info.size + i], 0);
    uint8_t copy[9] = {0};
    ck_assert_int_eq(webc_chunk_copy_to(chunk, copy, 6), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_copy_to(chunk, NULL, 7), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_copy_to(NULL, copy, 7), WEBC_ERROR_TYPE);
    ck_assert_uint_eq(copy[0], 0);
    ck_assert_int_eq(webc_chunk_copy_to(chunk, copy, sizeof copy), WEBC_OK);
    ck_assert_mem_eq(copy, bytes, sizeof bytes);
    ck_assert_uint_eq(copy[7] | copy[8], 0);
    ck_assert_uint_eq(WEBC__LEDGER_GET(chunks), 1);
    webc_chunk *second = webc_chunk_ref(chunk);
    webc_chunk_unref(&chunk);
    ck_assert_ptr_null(chunk);
    ck_assert_uint_eq(info_of(second).size, sizeof bytes);
    webc_chunk_unref(&second);
    webc_chunk_unref(&second);
    webc_chunk_unref(NULL);
    ck_assert_ptr_null(webc_chunk_ref(NULL));
    ck_assert_uint_eq(WEBC__LEDGER_GET(chunks), 0);
}
END_TEST

/* EC-01, EC-03: no data is data; a duration that is not given is null and not 0. */
START_TEST(an_empty_chunk_is_allowed)
{
    webc_chunk_params params = params_of(WEBC_CHUNK_KEY);
    params.duration = 7;
    webc_chunk *chunk;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(webc_chunk_create(&chunk, &params, i ? bytes : NULL, 0), WEBC_OK);
        webc_chunk_info info = info_of(chunk);
        ck_assert_uint_eq(info.size, 0);
        ck_assert_ptr_null(info.data);
        ck_assert_uint_eq(info.has_duration, 0);
        ck_assert_uint_eq(info.duration, 0);
        ck_assert_int_eq(webc_chunk_copy_to(chunk, NULL, 0), WEBC_OK);
        webc_chunk_unref(&chunk);
    }
}
END_TEST

/* EC-01, EC-03: type, data and size. */
START_TEST(bad_arguments_are_type_errors)
{
    webc_chunk *chunk = (webc_chunk *)(uintptr_t)bytes;
    webc_chunk_params params = params_of(0);
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, bytes, 1), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(chunk);
    params.type = 3;
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, bytes, 1), WEBC_ERROR_TYPE);
    params.type = WEBC_CHUNK_KEY;
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, NULL, 1), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_create(&chunk, NULL, bytes, 1), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_create(NULL, &params, bytes, 1), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, bytes, (1ull << 31) - 64), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_wrap(&chunk, &params, bytes, UINT64_MAX, NULL, NULL), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_wrap(NULL, &params, bytes, 1, NULL, NULL), WEBC_ERROR_TYPE);
    params.struct_size = 4;
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, bytes, 1), WEBC_ERROR_TYPE);
    webc_chunk_info info = {0};
    params = params_of(WEBC_CHUNK_KEY);
    ck_assert_int_eq(webc_chunk_create(&chunk, &params, bytes, 1), WEBC_OK);
    ck_assert_int_eq(webc_chunk_get_info(chunk, &info), WEBC_ERROR_TYPE);
    ck_assert_int_eq(webc_chunk_get_info(chunk, NULL), WEBC_ERROR_TYPE);
    webc_chunk_unref(&chunk);
    ck_assert_int_eq(webc_chunk_get_info(NULL, &info), WEBC_ERROR_TYPE);
    ck_assert_ptr_null(webc__chunk_alloc(UINT32_MAX));
    ck_assert_uint_eq(WEBC__LEDGER_GET(chunks), 0);
}
END_TEST

static void count_release(void *user)
{
    ++*(int *)user;
}

/* EC-02: adopted bytes are not copied. */
START_TEST(lent_bytes_are_given_back_once_after_the_last_reference)
{
    for (uint64_t size = 0; size <= sizeof bytes; size += sizeof bytes) {
        int released = 0;
        webc_chunk_params params = params_of(0);
        webc_chunk *chunk;
        ck_assert_int_eq(webc_chunk_wrap(&chunk, &params, bytes, size, count_release, &released),
                         WEBC_ERROR_TYPE);
        ck_assert_int_eq(released, 0);
        params.type = WEBC_CHUNK_KEY;
        ck_assert_int_eq(webc_chunk_wrap(&chunk, &params, bytes, size, count_release, &released), WEBC_OK);
        ck_assert_ptr_eq(info_of(chunk).data, size ? bytes : NULL);
        ck_assert(!chunk->padded);
        webc_chunk *second = webc_chunk_ref(chunk);
        webc_chunk_unref(&chunk);
        ck_assert_int_eq(released, 0);
        webc_chunk_unref(&second);
        ck_assert_int_eq(released, 1);
    }
    ck_assert_uint_eq(WEBC__LEDGER_GET(chunks), 0);
}
END_TEST

START_TEST(adopting_takes_the_buffer_over_only_on_success)
{
    AVBufferRef *buffer = webc__chunk_alloc(16);
    webc_chunk_params params = params_of(0);
    webc_chunk *chunk;
    ck_assert_int_eq(webc__chunk_adopt(&chunk, &params, buffer, buffer->data + 4, 12, true), WEBC_ERROR_TYPE);
    ck_assert_int_eq(av_buffer_get_ref_count(buffer), 1);
    params.type = WEBC_CHUNK_KEY;
    AVBufferRef *mine = av_buffer_ref(buffer);
    const uint8_t *data = buffer->data + 4;
    ck_assert_int_eq(webc__chunk_adopt(&chunk, &params, buffer, data, 12, true), WEBC_OK);
    ck_assert_int_eq(av_buffer_get_ref_count(mine), 2);
    ck_assert_ptr_eq(info_of(chunk).data, data);
    webc_chunk_unref(&chunk);
    ck_assert_int_eq(av_buffer_get_ref_count(mine), 1);
    av_buffer_unref(&mine);
}
END_TEST

CHECK_MAIN("media_chunk", 60, a_chunk_holds_a_padded_copy, an_empty_chunk_is_allowed,
           bad_arguments_are_type_errors, lent_bytes_are_given_back_once_after_the_last_reference,
           adopting_takes_the_buffer_over_only_on_success)
