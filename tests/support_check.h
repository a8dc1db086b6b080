/* SPDX-License-Identifier: MIT */
/* One Check suite per program: every test in a process of its own, with a timeout. */
#ifndef WEBC_TESTS_SUPPORT_CHECK_H
#define WEBC_TESTS_SUPPORT_CHECK_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** WEBC_STRESS=short: a sample is enough, as this run is one of many or a slow one. */
static inline bool is_short(void)
{
    const char *stress = getenv("WEBC_STRESS");
    return stress && strcmp(stress, "short") == 0;
}

static inline int run_tests(const char *name, double timeout_s, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, timeout_s);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** The main() of a test program: suite name, seconds each test may take, then the tests. */
#define CHECK_MAIN(name, timeout_s, ...) \
    int main(void) \
    { \
        const TTest *const tests[] = {__VA_ARGS__}; \
        return run_tests(name, timeout_s, tests, sizeof tests / sizeof tests[0]); \
    }

#endif
