/* SPDX-License-Identifier: MIT */
/*
 * A host that locks itself in. Once the codecs are made, and before the first of them is opened, a filter of
 * the kernel ends the process at calls that open files or sockets, start programs or processes, or reach for
 * other processes. What is left, memory, threads and waiting, is enough to encode and decode with every codec.
 */
#include <errno.h>
#include <libavutil/log.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "codec_rig.h"
#include "video_support.h"

enum { SIDE = 128, INPUTS = 5, TRAPPED = 41, REFUSED = 42, UNSUPPORTED = 43 };

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#define FOREIGN_CALLS 0x40000000u /* of the x32 interface: the same calls under other numbers */
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#define FOREIGN_CALLS 0x80000000u
#else
#define ARCH 0u /* not known here: skipped */
#define FOREIGN_CALLS 0u
#endif

typedef struct call {
    const char *name;
    int number;
} call;

#define CALL(word) \
    { \
        .name = #word, .number = SYS_##word \
    }

static const call forbidden[] = {
#ifdef SYS_open /* the older calls, which newer machines do not have */
    CALL(open), CALL(creat), CALL(unlink), CALL(rename), CALL(mkdir), CALL(chmod), CALL(chown), CALL(fork),
    CALL(vfork),
#endif
    CALL(openat), CALL(openat2), CALL(open_by_handle_at), CALL(unlinkat), CALL(renameat2), CALL(mkdirat),
    CALL(linkat), CALL(symlinkat), CALL(fchmodat), CALL(fchownat), CALL(truncate), CALL(mount), CALL(chroot),
    CALL(unshare), CALL(setns), CALL(socket), CALL(socketpair), CALL(connect), CALL(bind), CALL(listen),
    CALL(accept), CALL(accept4), CALL(sendto), CALL(sendmsg), CALL(io_uring_setup), CALL(bpf),
    CALL(perf_event_open), CALL(execve), CALL(execveat), CALL(ptrace), CALL(process_vm_readv),
    CALL(process_vm_writev), CALL(kill), CALL(tkill), CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo),
    CALL(pidfd_open), CALL(pidfd_send_signal),
    /* With these arguments only: a thread that is no thread of the process, and a signal to another process. */
    CALL(clone), CALL(tgkill)};

/*
 * What is asked for by those who count CPUs or trim memory, and who do without: get_nprocs() and free() of
 * libc, libnuma under x265, SVT-AV1. They are told that it may not be opened.
 */
static const char *const curiosities[] = {"/sys/devices/system/cpu/", "/sys/devices/system/node/",
                                          "/proc/sys/vm/overcommit_memory", "/proc/stat", "/proc/cpuinfo"};

/* What a child tells of its end. */
typedef struct verdict {
    int call;
    char path[120];   /* of an openat that ended the process */
    unsigned refused; /* of the above; by bit */
    unsigned encoded;
    unsigned decoded;
} verdict;

static verdict *told;

static void add(struct sock_fprog *program, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    program->filter[program->len++] = (struct sock_filter){code, if_true, if_false, k};
}

static void load(struct sock_fprog *program, size_t offset)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct sock_fprog *program, uint32_t result)
{
    add(program, BPF_RET | BPF_K, result, 0, 0);
}

/* Unless the test of the first argument holds, which is `compare` with `k`, the call is not allowed. */
static void allow_if(struct sock_fprog *program, uint32_t number, uint16_t compare, uint32_t k)
{
    add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
    load(program, offsetof(struct seccomp_data, args)); /* the lower half */
    add(program, BPF_JMP | compare | BPF_K, k, 0, 1);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_TRAP);
}

/* For all threads that there are. A call that is not allowed is not made; SIGSYS comes instead. */
static bool lock_in(void)
{
    static struct sock_filter instructions[2 * COUNT(forbidden) + 20];
    struct sock_fprog program = {.filter = instructions};
    load(&program, offsetof(struct seccomp_data, arch));
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    load(&program, offsetof(struct seccomp_data, nr));
    add(&program, BPF_JMP | BPF_JGE | BPF_K, FOREIGN_CALLS, 0, 1);
    answer(&program, SECCOMP_RET_KILL_PROCESS);
    allow_if(&program, SYS_clone, BPF_JSET, CLONE_THREAD);
    allow_if(&program, SYS_tgkill, BPF_JEQ, (uint32_t)getpid());
    for (size_t i = 0; i < COUNT(forbidden); i++) {
        if (forbidden[i].number == SYS_clone || forbidden[i].number == SYS_tgkill)
            continue;
        add(&program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)forbidden[i].number, 0, 1);
        answer(&program, SECCOMP_RET_TRAP);
    }
    /* Its flags are in memory, where no filter can look; libc takes clone then. */
    add(&program, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    answer(&program, SECCOMP_RET_ERRNO | ENOSYS);
    answer(&program, SECCOMP_RET_ALLOW);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

/* The argument and the result of a call that was not made. */
#if defined(__x86_64__)
#define PATH_OF(context) ((const char *)(context)->uc_mcontext.gregs[REG_RSI])
#define RESULT_OF(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__aarch64__)
#define PATH_OF(context) ((const char *)(context)->uc_mcontext.regs[1])
#define RESULT_OF(context) (context)->uc_mcontext.regs[0]
#endif

static void judge(int number, siginfo_t *info, void *context)
{
    (void)number;
#ifdef PATH_OF
    const char *path = info->si_syscall == SYS_openat ? PATH_OF((ucontext_t *)context) : NULL;
    for (size_t i = 0; path && i < COUNT(curiosities); i++)
        if (strncmp(path, curiosities[i], strlen(curiosities[i])) == 0) {
            __atomic_fetch_or(&told->refused, 1u << i, __ATOMIC_RELAXED);
            RESULT_OF((ucontext_t *)context) = -EACCES;
            return;
        }
    for (size_t i = 0; path && path[i] && i + 1 < sizeof told->path; i++)
        told->path[i] = path[i];
#else
    (void)context;
#endif
    told->call = info->si_syscall;
    _exit(TRAPPED);
}

static void enter_sandbox(void)
{
    struct sigaction action = {.sa_sigaction = judge, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGSYS, &action, NULL), 0);
    if (!lock_in())
        _exit(REFUSED);
}

static const char *name_of(int number)
{
    for (size_t i = 0; i < COUNT(forbidden); i++)
        if (forbidden[i].number == number)
            return forbidden[i].name;
    return "no call";
}

/* Run `body` in a child; returns its wait status. */
static int run_child(void (*body)(int), int arg)
{
    int status = 0;
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(told, MAP_FAILED);
    told->call = -1;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        body(arg);
        _exit(EXIT_SUCCESS);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "a signal ended the child: %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static bool is_skipped(void)
{
    const char *why = !ARCH         ? "no filter for this machine"
                      : is_slowed() ? "sanitizers open files of their own"
                                    : NULL;
    if (why)
        printf("# skipped: %s\n", why);
    return why;
}

static webc_video_encoder_config config_of(int row)
{
    webc_video_encoder_config config;
    video_case c = {.codec = WEBC_CODEC_H264 + (uint32_t)row / 2,
                    .latency_mode = row % 2 ? WEBC_LATENCY_MODE_REALTIME : WEBC_LATENCY_MODE_QUALITY};
    video_case_config(&c, &config, SIDE, SIDE);
    return config;
}

static void code(int row)
{
    static video_log log;
    webc_video_encoder_config config = config_of(row);
    webc_events *events = make_events();
    webc_video_encoder *encoder = NULL;
    webc_video_decoder *decoder = NULL;
    ck_assert_ok(webc_video_encoder_create(&encoder, events, NULL));
    ck_assert_ok(webc_video_decoder_create(&decoder, events, NULL));
    enter_sandbox();

    ck_assert_ok(webc_video_encoder_configure(encoder, &config));
    for (unsigned i = 0; i < INPUTS; i++) {
        webc_frame *frame = video_picture(SIDE, SIDE, i, i * FRAME_US);
        ck_assert_ok(webc_video_encoder_encode(encoder, frame, NULL));
        webc_frame_unref(&frame);
    }
    ck_assert_ok(webc_video_encoder_flush(encoder, 1));
    video_log_until_flushed(&log, events, 1);
    if (log.error == WEBC_ERROR_NOT_SUPPORTED)
        _exit(UNSUPPORTED);
    ck_assert_msg(!log.errors, "%s", log.message);
    told->encoded = (unsigned)log.count;

    ck_assert_ok(webc_video_decoder_configure(decoder, &log.configs[0]));
    for (unsigned i = 0; i < told->encoded; i++)
        ck_assert_ok(webc_video_decoder_decode(decoder, log.outputs[i].chunk, NULL));
    ck_assert_ok(webc_video_decoder_flush(decoder, 2));
    video_log_until_flushed(&log, events, 2);
    ck_assert_msg(!log.errors, "%s", log.message);
    for (size_t i = told->encoded; i < log.count; i++)
        told->decoded += video_picture_number(log.outputs[i].frame) == (int)(i - told->encoded);

    video_log_clear(&log);
    webc_video_encoder_destroy(&encoder);
    webc_video_decoder_destroy(&decoder);
    webc_events_destroy(&events);
    ck_assert_ok(webc_drain_workers(-1));
}

static bool is_supported(int row)
{
    webc_video_encoder_config config = config_of(row);
    webc_support support;
    webc_support_init(&support, sizeof support);
    ck_assert_ok(webc_video_encoder_is_config_supported(&config, &support));
    return support.supported;
}

/* Nothing of the library or a codec has run in the process before the child does. */
START_TEST(every_codec_works_in_a_sandbox)
{
    if (is_skipped())
        return;
    int end = run_child(code, _i);
    if (end == REFUSED || (end == UNSUPPORTED && !is_supported(_i))) {
        printf("# skipped: %s\n", end == REFUSED ? "the kernel takes no filter" : "no such encoder");
        return;
    }
    ck_assert_msg(end != TRAPPED, "the library called %s %s", name_of(told->call), told->path);
    ck_assert_int_eq(end, EXIT_SUCCESS);
    ck_assert_uint_eq(told->encoded, INPUTS);
    ck_assert_uint_eq(told->decoded, INPUTS);
    for (size_t i = 0; i < COUNT(curiosities); i++)
        if (told->refused >> i & 1)
            printf("# %s, %s: refused %s\n", config_of(_i).codec, _i % 2 ? "realtime" : "quality",
                   curiosities[i]);
}
END_TEST

static pthread_barrier_t locked;

static void *make_call(void *arg)
{
    pthread_barrier_wait(&locked);
    syscall(*(int *)arg, 0, 0, 0, 0, 0, 0);
    return NULL;
}

/* From a thread that was there before the filter, as a worker is. */
static void be_caught(int index)
{
    pthread_t thread;
    int number = forbidden[index].number;
    ck_assert_int_eq(pthread_barrier_init(&locked, NULL, 2), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, make_call, &number), 0);
    enter_sandbox();
    pthread_barrier_wait(&locked);
    pthread_join(thread, NULL);
}

/* The filter bites, so that a test that passes means something. */
START_TEST(forbidden_calls_end_the_process)
{
    if (is_skipped())
        return;
    int end = run_child(be_caught, _i);
    if (end == REFUSED) {
        printf("# skipped: the kernel takes no filter\n");
        return;
    }
    ck_assert_msg(end == TRAPPED, "%s went through", forbidden[_i].name);
    ck_assert_int_eq(told->call, forbidden[_i].number);
}
END_TEST

int main(void)
{
    av_log_set_level(AV_LOG_FATAL);
    Suite *suite = suite_create("sandbox");
    TCase *tcase = leak_checked_case("sandbox", 120);
    tcase_add_loop_test(tcase, every_codec_works_in_a_sandbox, 0, 10);
    tcase_add_loop_test(tcase, forbidden_calls_end_the_process, 0, (int)COUNT(forbidden));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
