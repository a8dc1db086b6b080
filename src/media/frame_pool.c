/* SPDX-License-Identifier: MIT */
#include "media/frame_pool.h"

#include <libavutil/mem.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/thread.h"

#if defined(__SANITIZE_ADDRESS__)
#define POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS 1
#endif
#endif
#ifdef POISONS
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(data, size) ((void)(data), (void)(size))
#define __asan_unpoison_memory_region(data, size) ((void)(data), (void)(size))
#endif

/* A caller that makes pictures has a few on their way to an encoder: more than this many never wait. */
#define MOST_BUFFERS 8u
/* Five pictures of 3840x2160 I420; what a process that codes them holds otherwise is several times as much. */
#define MOST_BYTES ((size_t)64 << 20)
/* Below it the heap has memory at hand that was touched before. */
#define LEAST_BYTES ((size_t)64 << 10)

typedef struct kept {
    uint8_t *data;
    size_t size;
} kept;

static struct {
    pthread_mutex_t lock; /* nothing is allocated or freed under it; no lock is taken under it */
    /* guarded by lock */
    kept items[MOST_BUFFERS]; /* oldest first */
    unsigned count;
    size_t bytes;
    /* atomic: codecs that are open; falls without the lock, and then webc__frame_pool_trim() follows */
    _Atomic uint32_t users;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&pool.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&pool.lock);
}

/* The codecs of the parent will not be closed here. What is kept stays, until one of the child's own is. */
static void after_fork_in_child(void)
{
    atomic_store(&pool.users, 0);
    pthread_mutex_unlock(&pool.lock);
}

static void init_pool(void)
{
    webc__thread_at_fork(before_fork, after_fork, after_fork_in_child);
}

/* Nothing is kept before the first codec is open: no lock is needed to find that out. */
static bool is_used(void)
{
    return atomic_load(&pool.users) > 0;
}

static kept remove_locked(unsigned index)
{
    kept item = pool.items[index];
    pool.count--;
    pool.bytes -= item.size;
    memmove(&pool.items[index], &pool.items[index + 1], (pool.count - index) * sizeof item);
    return item;
}

static void free_all(const kept *items, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        __asan_unpoison_memory_region(items[i].data, items[i].size);
        av_free(items[i].data);
    }
}

/* The buffer that was freed last, as caches may still hold it; NULL when none has the size. */
static uint8_t *take(size_t size)
{
    uint8_t *data = NULL;
    if (!is_used())
        return NULL;
    pthread_mutex_lock(&pool.lock);
    for (unsigned i = pool.count; i-- && !data;)
        if (pool.items[i].size == size)
            data = remove_locked(i).data;
    pthread_mutex_unlock(&pool.lock);
    if (data)
        __asan_unpoison_memory_region(data, size);
    return data;
}

/* The last reference on a buffer ends; `opaque` is its size. */
static void keep_or_free(void *opaque, uint8_t *data)
{
    const kept item = {data, (size_t)(uintptr_t)opaque};
    kept out[MOST_BUFFERS + 1];
    unsigned outs = 0;
    if (item.size > MOST_BYTES || !is_used()) {
        av_free(data);
        return;
    }
    /* Nobody may read or write it from now on. */
    __asan_poison_memory_region(data, item.size);
    pthread_mutex_lock(&pool.lock);
    if (is_used()) {
        while (pool.count == MOST_BUFFERS || pool.bytes > MOST_BYTES - item.size)
            out[outs++] = remove_locked(0);
        pool.items[pool.count++] = item;
        pool.bytes += item.size;
    } else {
        out[outs++] = item;
    }
    pthread_mutex_unlock(&pool.lock);
    free_all(out, outs);
}

/*
 * Memory whose pages come in one step where the system can do that: all of them will be written next, and a
 * fault for each takes longer. Where it fails they come one by one.
 */
static uint8_t *allocate(size_t size)
{
    uint8_t *data = av_malloc(size);
#ifdef MADV_POPULATE_WRITE
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (size_t)(-(uintptr_t)data & (page - 1)); /* bytes up to the first whole page */
    if (data && size > before)
        (void)madvise(data + before, (size - before) & ~(page - 1), MADV_POPULATE_WRITE);
#endif
    return data;
}

AVBufferRef *webc__frame_pool_get(size_t size)
{
    if (size < LEAST_BYTES)
        return av_buffer_alloc(size);
    uint8_t *data = take(size);
    if (!data)
        data = allocate(size);
    if (!data)
        return NULL;
    AVBufferRef *buffer = av_buffer_create(data, size, keep_or_free, (void *)(uintptr_t)size, 0);
    if (!buffer)
        av_free(data);
    return buffer;
}

void webc__frame_pool_enter(void)
{
    pthread_once(&pool_once, init_pool);
    atomic_fetch_add(&pool.users, 1);
}

void webc__frame_pool_leave(void)
{
    atomic_fetch_sub(&pool.users, 1);
}

void webc__frame_pool_trim(void)
{
    kept out[MOST_BUFFERS];
    unsigned outs = 0;
    if (is_used())
        return;
    pthread_mutex_lock(&pool.lock);
    while (pool.count && !is_used())
        out[outs++] = remove_locked(pool.count - 1);
    pthread_mutex_unlock(&pool.lock);
    free_all(out, outs);
}

void webc__frame_pool_figures(uint64_t *buffers, uint64_t *bytes)
{
    pthread_once(&pool_once, init_pool);
    pthread_mutex_lock(&pool.lock);
    if (buffers)
        *buffers = pool.count;
    if (bytes)
        *bytes = pool.bytes;
    pthread_mutex_unlock(&pool.lock);
}
