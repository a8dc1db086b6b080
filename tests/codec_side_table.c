/* SPDX-License-Identifier: MIT */
/* The side table of inputs in flight: found by pts, taken once, bounded. Links codec. */
#include <string.h>

#include "codec/side_table.h"
#include "support_check.h"

static webc__side_table table;

static void put(int64_t pts)
{
    webc__side_entry entry = {
        .pts = pts, .timestamp = -pts, .duration = (uint64_t)pts * 3, .tag = (uint64_t)pts + 7};
    webc__side_put(&table, &entry);
}

static void take(int64_t pts)
{
    webc__side_entry entry;
    ck_assert(webc__side_take(&table, pts, &entry));
    ck_assert_int_eq(entry.timestamp, -pts);
    ck_assert_uint_eq(entry.duration, (uint64_t)pts * 3);
    ck_assert_uint_eq(entry.tag, (uint64_t)pts + 7);
}

/* T8, T9. */
START_TEST(entries_are_taken_in_any_order_and_once)
{
    static const int64_t order[] = {0, 64, 32, 16, 48, 80};
    webc__side_entry entry;
    for (int64_t pts = 0; pts <= 80; pts += 16)
        put(pts);
    ck_assert_uint_eq(table.live, 6);
    for (unsigned i = 0; i < 6; i++) {
        take(order[i]);
        ck_assert(!webc__side_take(&table, order[i], &entry));
        ck_assert_ptr_null(webc__side_find(&table, order[i]));
    }
    ck_assert_uint_eq(table.live, 0);
}
END_TEST

START_TEST(finding_leaves_the_entry)
{
    put(5);
    ck_assert_int_eq(webc__side_find(&table, 5)->timestamp, -5);
    ck_assert_int_eq(webc__side_find(&table, 5)->timestamp, -5);
    ck_assert_uint_eq(table.live, 1);
}
END_TEST

START_TEST(what_was_never_put_is_not_found)
{
    webc__side_entry entry;
    ck_assert_ptr_null(webc__side_find(&table, 0));
    ck_assert(!webc__side_take(&table, 0, &entry));
    put(10);
    put(30);
    ck_assert_ptr_null(webc__side_find(&table, 9));
    ck_assert_ptr_null(webc__side_find(&table, 20));
    ck_assert_ptr_null(webc__side_find(&table, 31));
    ck_assert_ptr_null(webc__side_find(&table, INT64_MIN));
    ck_assert_ptr_null(webc__side_find(&table, INT64_MAX));
}
END_TEST

/* Chunks that show nothing pile up and are forgotten; the newest are there all the time. */
START_TEST(a_million_entries_never_taken_leave_the_newest)
{
    for (int64_t pts = 1; pts <= 1000000; pts++)
        put(pts);
    ck_assert_uint_eq(table.live, WEBC__SIDE_ENTRIES);
    ck_assert_ptr_null(webc__side_find(&table, 1000000 - WEBC__SIDE_ENTRIES));
    for (int64_t pts = 1000000 - WEBC__SIDE_ENTRIES + 1; pts <= 1000000; pts++)
        take(pts);
    ck_assert_uint_eq(table.live, 0);
}
END_TEST

START_TEST(live_entries_are_counted_through_wrap_around)
{
    for (int64_t pts = 1; pts <= 10 * WEBC__SIDE_ENTRIES; pts++) {
        put(pts);
        if (pts % 2)
            take(pts);
        uint32_t half = (uint32_t)(pts / 2);
        ck_assert_uint_eq(table.live, half < WEBC__SIDE_ENTRIES / 2 ? half : WEBC__SIDE_ENTRIES / 2);
    }
}
END_TEST

START_TEST(clearing_forgets_everything)
{
    put(1);
    put(2);
    webc__side_clear(&table);
    ck_assert_uint_eq(table.live, 0);
    ck_assert_ptr_null(webc__side_find(&table, 1));
    ck_assert_ptr_null(webc__side_find(&table, 2));
}
END_TEST

CHECK_MAIN("codec_side_table", 10, entries_are_taken_in_any_order_and_once, finding_leaves_the_entry,
           what_was_never_put_is_not_found, a_million_entries_never_taken_leave_the_newest,
           live_entries_are_counted_through_wrap_around, clearing_forgets_everything)
