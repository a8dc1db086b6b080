/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <dirent.h>

static unsigned count_entries(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return 0;
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

unsigned count_descriptors(void)
{
    unsigned count = count_entries("/proc/self/fd");
    return count ? count - 1 : 0; /* the folder's own */
}

unsigned count_threads(void)
{
    return count_entries("/proc/self/task");
}
