/* SPDX-License-Identifier: MIT */
#include "codec/side_table.h"

#include <stddef.h>
#include <string.h>

void webc__side_put(webc__side_table *table, const webc__side_entry *entry)
{
    webc__side_entry *slot = &table->entries[table->next++ % WEBC__SIDE_ENTRIES];
    table->live += !slot->live;
    *slot = *entry;
    slot->live = true;
}

/* Newest first: what comes out was put in a few inputs ago, while inputs that show nothing pile up behind. */
static uint32_t find_any(const webc__side_table *table, int64_t pts)
{
    uint64_t count = table->next < WEBC__SIDE_ENTRIES ? table->next : WEBC__SIDE_ENTRIES;
    for (uint64_t i = 1; i <= count; i++) {
        uint32_t slot = (uint32_t)((table->next - i) % WEBC__SIDE_ENTRIES);
        const webc__side_entry *entry = &table->entries[slot];
        if (entry->pts == pts)
            return slot;
        if (entry->pts < pts)
            break;
    }
    return WEBC__SIDE_ENTRIES;
}

static uint32_t find(const webc__side_table *table, int64_t pts)
{
    uint32_t slot = find_any(table, pts);
    return slot < WEBC__SIDE_ENTRIES && table->entries[slot].live ? slot : WEBC__SIDE_ENTRIES;
}

bool webc__side_time(const webc__side_table *table, int64_t pts, int64_t *timestamp)
{
    uint32_t slot = find_any(table, pts);
    if (slot < WEBC__SIDE_ENTRIES)
        *timestamp = table->entries[slot].timestamp;
    return slot < WEBC__SIDE_ENTRIES;
}

webc__side_entry *webc__side_find(webc__side_table *table, int64_t pts)
{
    uint32_t slot = find(table, pts);
    return slot < WEBC__SIDE_ENTRIES ? &table->entries[slot] : NULL;
}

bool webc__side_take(webc__side_table *table, int64_t pts, webc__side_entry *out)
{
    uint32_t slot = find(table, pts);
    if (slot == WEBC__SIDE_ENTRIES)
        return false;
    *out = table->entries[slot];
    table->entries[slot].live = false;
    table->live--;
    return true;
}

bool webc__side_owes_key(const webc__side_table *table)
{
    for (uint32_t slot = 0; slot < WEBC__SIDE_ENTRIES; slot++)
        if (table->entries[slot].live && table->entries[slot].key_requested)
            return true;
    return false;
}

void webc__side_clear(webc__side_table *table)
{
    memset(table, 0, sizeof *table);
}
