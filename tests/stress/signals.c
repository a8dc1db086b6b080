/* SPDX-License-Identifier: MIT */
/*
 * H56: a host that lives on signals. A session of every encoder and decoder gives what it gives in peace while
 * the process is sent SIGALRM every 50 microseconds and each of its threads, those of codecs too, SIGUSR1 again
 * and again. Their handler does not restart system calls, and runs on the thread of the host only: where calls
 * end with EINTR, they do so in webc_events_next() and in what the host calls.
 */
#include <dirent.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "codec_rig.h"
#include "video_support.h"

enum { SIDE = 128, INPUTS = 8, MOST_ENTRIES = 64, ALARM_US = 50 };

/* What a session gave, in order; of an output its payload as size and hash. */
typedef struct entry {
    uint64_t size;
    uint64_t hash;
    uint64_t tag;
    uint64_t duration;
    int64_t timestamp;
    int64_t dts;
    int config;
    int flushes;
    uint32_t type;
    webc_result result;
} entry;

typedef struct history {
    entry entries[MOST_ENTRIES];
    size_t count;
} history;

static pthread_t host;
static atomic_uint alarms, users, strays, passes;
static atomic_bool over;

static void count_signal(int number)
{
    if (!pthread_equal(pthread_self(), host))
        atomic_fetch_add(&strays, 1);
    atomic_fetch_add(number == SIGALRM ? &alarms : &users, 1);
}

/* Everyone but the sender is sent one, thread after thread, wherever it stands. */
static void *send_to_all(void *arg)
{
    pid_t process = getpid(), self = (pid_t)syscall(SYS_gettid);
    DIR *tasks = opendir("/proc/self/task");
    (void)arg;
    while (tasks && !atomic_load(&over)) {
        rewinddir(tasks);
        for (struct dirent *task; (task = readdir(tasks));) {
            long thread = strtol(task->d_name, NULL, 10);
            if (thread > 0 && thread != self)
                syscall(SYS_tgkill, process, thread, SIGUSR1); /* which may have ended */
        }
        atomic_fetch_add(&passes, 1);
    }
    if (tasks)
        closedir(tasks);
    return NULL;
}

static pthread_t start_signals(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    struct itimerval often = {{.tv_usec = ALARM_US}, {.tv_usec = ALARM_US}};
    sigset_t both, before;
    pthread_t sender;
    host = pthread_self();
    sigemptyset(&action.sa_mask);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    sigemptyset(&both);
    sigaddset(&both, SIGALRM);
    sigaddset(&both, SIGUSR1);
    atomic_store(&over, false);
    pthread_sigmask(SIG_BLOCK, &both, &before);
    ck_assert_int_eq(pthread_create(&sender, NULL, send_to_all, NULL), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    return sender;
}

static void stop_signals(pthread_t sender)
{
    struct itimerval never = {{0}, {0}};
    setitimer(ITIMER_REAL, &never, NULL);
    atomic_store(&over, true);
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
}

/* Both signals have come, and every thread that there is now has been sent one. */
static void await_signals(void)
{
    unsigned alarm = atomic_load(&alarms), user = atomic_load(&users), pass = atomic_load(&passes);
    while (atomic_load(&alarms) == alarm || atomic_load(&users) == user || atomic_load(&passes) - pass < 2)
        sched_yield();
}

static uint64_t hash(uint64_t so_far, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        so_far = (so_far ^ data[i]) * 1099511628211u;
    return so_far;
}

static void read_chunk(entry *e, const webc_chunk *chunk)
{
    webc_chunk_info info;
    webc_chunk_info_init(&info, sizeof info);
    ck_assert_ok(webc_chunk_get_info(chunk, &info));
    e->type = info.type;
    e->timestamp = info.timestamp;
    e->duration = info.duration;
    e->size = info.size;
    e->hash = hash(1, info.data, (size_t)info.size);
}

static void read_frame(entry *e, const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_ok(webc_frame_get_info(frame, &info));
    e->type = info.format;
    e->timestamp = info.timestamp;
    e->duration = info.duration;
    for (uint32_t i = 0; i < info.plane_count; i++) {
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_ok(webc_frame_plane(frame, i, &plane));
        for (uint32_t row = 0; row < plane.rows; row++)
            e->hash = hash(e->hash, plane.data + (size_t)row * plane.stride, plane.row_bytes);
        e->size += (uint64_t)plane.rows * plane.row_bytes;
    }
}

static entry *add_entry(history *h)
{
    ck_assert_uint_lt(h->count, MOST_ENTRIES);
    return &h->entries[h->count++];
}

/* DEQUEUE events are left out: how many there are depends on when they are taken. */
static void add_log(history *h, const video_log *log)
{
    ck_assert_uint_eq(log->errors, 0);
    ck_assert_uint_eq(log->count, INPUTS);
    for (size_t i = 0; i < log->count; i++) {
        const video_output *out = &log->outputs[i];
        entry *e = add_entry(h);
        *e = (entry){.tag = out->tag, .dts = out->dts, .config = out->config, .flushes = out->flushes};
        if (out->chunk)
            read_chunk(e, out->chunk);
        else
            read_frame(e, out->frame);
    }
    for (size_t i = 0; i < log->config_count; i++) {
        const webc_video_decoder_config *config = &log->configs[i];
        *add_entry(h) = (entry){.size = config->description_size,
                                .hash = hash(hash(1, (const uint8_t *)config->codec, strlen(config->codec)),
                                             config->description, (size_t)config->description_size)};
    }
    for (size_t i = 0; i < log->flushes; i++)
        *add_entry(h) = (entry){.tag = log->flush_tags[i], .result = log->flush_results[i]};
}

static void check_same(const history *peace, const history *now, const char *what)
{
    ck_assert_uint_eq(now->count, peace->count);
    for (size_t i = 0; i < now->count; i++)
        ck_assert_msg(memcmp(&now->entries[i], &peace->entries[i], sizeof(entry)) == 0,
                      "%s: entry %zu has timestamp %lld, %llu bytes and hash %llx, in peace %lld, %llu, %llx",
                      what, i, (long long)now->entries[i].timestamp, (unsigned long long)now->entries[i].size,
                      (unsigned long long)now->entries[i].hash, (long long)peace->entries[i].timestamp,
                      (unsigned long long)peace->entries[i].size, (unsigned long long)peace->entries[i].hash);
}

static void run_session(const video_case *c, bool disturbed, history *h)
{
    webc_video_encoder_config config;
    video_case_config(c, &config, SIDE, SIDE);
    /* With more than one, libx264 fits pictures to its rate by how far those beside them have come. */
    config.thread_count = strcmp(c->row, "libx264") == 0 ? 1 : 2;
    memset(h, 0, sizeof *h);
    video_encoder_session *s = video_encoder_open(&config);
    if (disturbed)
        await_signals();
    for (unsigned i = 0; i < INPUTS; i++)
        video_encoder_put(s, video_moving_picture(config.width, config.height, i, i * FRAME_US), i == 3, i);
    video_encoder_flush(s, 1);
    video_decoder_session *d = video_decode_log(&s->log);
    if (disturbed)
        await_signals(); /* the threads of the codecs are still there */
    add_log(h, &s->log);
    add_log(h, &d->log);
    video_decoder_close(d);
    video_encoder_close(s);
    ck_assert_ok(webc_drain_workers(-1));
}

START_TEST(signals_change_nothing)
{
    static history peace, now;
    video_case cases[VIDEO_MOST_CASES];
    ck_assert_int_lt(_i, (int)video_cases(cases));
    const video_case *c = &cases[_i];
    uint64_t rounds = repeats(10, 400);
    run_session(c, false, &peace);
    for (uint64_t round = 0; round < rounds; round++) {
        pthread_t sender = start_signals();
        run_session(c, true, &now);
        stop_signals(sender);
        check_same(&peace, &now, video_case_name(c));
    }
    ck_assert_msg(!strays, "%u signals of the host came to threads of the library", strays);
    printf("# %s: %llu rounds, %u of SIGALRM, %u of SIGUSR1, %u times to every thread\n", video_case_name(c),
           (unsigned long long)rounds, alarms, users, passes);
}
END_TEST

int main(void)
{
    video_case cases[VIDEO_MOST_CASES];
    Suite *suite = suite_create("signals");
    TCase *tcase = leak_checked_case("signals", 300);
    tcase_add_loop_test(tcase, signals_change_nothing, 0, (int)video_cases(cases));
    av_log_set_level(AV_LOG_FATAL);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
