/* SPDX-License-Identifier: MIT */
/* What the kernel says of this process. */
#ifndef WEBC_TESTS_PROCESS_H
#define WEBC_TESTS_PROCESS_H

/** Open descriptors; 0 where there is no way to count them. */
unsigned count_descriptors(void);
/** Threads, those of sanitizers included; 0 where there is no way to count them. */
unsigned count_threads(void);

#endif
