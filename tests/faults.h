/* SPDX-License-Identifier: MIT */
/*
 * Calls that fail on command: allocations, and what the system gives. Programs that use it are linked with
 * --wrap for each of them, so that calls of the engine's own objects are caught and those inside of libraries
 * are not.
 */
#ifndef WEBC_TESTS_FAULTS_H
#define WEBC_TESTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum fault_kind {
    FAULT_MEMORY, /* malloc and its like, and every call of libav that may answer ENOMEM */
    FAULT_SYSTEM, /* threads, locks, condition variables, descriptors */
} fault_kind;

typedef enum fault_side {
    FAULT_CALLER, /* between faults_enter() and faults_leave() */
    FAULT_WORKER, /* every other thread */
    FAULT_SIDES
} fault_side;

/** Call number `number` of a kind on a side fails, from 1, and with `for_ever` all of that kind after it. */
typedef struct fault_plan {
    fault_kind kind;
    fault_side side;
    uint64_t number;
    bool for_ever;
} fault_plan;

void faults_arm(const fault_plan *plan);
/** Nothing fails from now on; true when something did. */
bool faults_disarm(void);
/** While it is on, what fails may stay untold: the work that needed it is given up, or done again. */
void faults_excuse(bool on);
bool faults_excused(void);

/** What this thread calls in between counts as the caller's; outside of it nothing of this thread counts. */
void faults_enter(void);
int64_t faults_leave(int64_t result);
/** A call of the library under the plan: result = TRY(call). */
#define TRY(call) (faults_enter(), faults_leave(call))
/** The same for a call without a result. */
#define TRY_VOID(call) (faults_enter(), (call), (void)faults_leave(0))

/** The thread that calls it is the test's, not a worker. */
void faults_own_thread(void);

#endif
