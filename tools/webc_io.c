/* SPDX-License-Identifier: MIT */
/*
 * Byte streams for libavformat on plain descriptors. A pipe may make the command wait for long, so reads and
 * writes wait in webc__signal_poll() first: a stop request ends them at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>

#include "webc_io.h"

#define BUFFER_SIZE 65536

typedef struct descriptor {
    int fd;
    bool regular;
    bool input;
    bool opened;   /* by this process; standard output may be shared and hold what others wrote */
    bool fresh;    /* this process made the file */
    bool touched;  /* something was written */
    uint32_t seen; /* stop requests when it was opened */
} descriptor;

/** After a stop, output may take this long to be accepted: the trailer has to be written. */
#define STOPPED_WAIT_MS 1000

/** Wait for the descriptor; AVERROR_EXIT when a stop came first. */
static int wait_ready(const descriptor *file, short events)
{
    if (file->regular)
        return 0;
    struct pollfd wait = {.fd = file->fd, .events = events};
    for (;;) {
        uint32_t count = webc__signal_count();
        bool stopped = count != file->seen;
        if (stopped && (file->input || count > file->seen + 1))
            return AVERROR_EXIT;
        int ready = webc__signal_poll(&wait, 1, stopped ? STOPPED_WAIT_MS : -1, count);
        if (ready > 0)
            return 0;
        if (ready == 0)
            return AVERROR_EXIT;
        if (errno != EINTR)
            return AVERROR(errno);
    }
}

static int read_some(void *opaque, uint8_t *data, int size)
{
    const descriptor *file = opaque;
    for (;;) {
        int error = wait_ready(file, POLLIN);
        if (error < 0)
            return error;
        ssize_t got = read(file->fd, data, (size_t)size);
        if (got > 0)
            return (int)got;
        if (got == 0)
            return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int write_all(void *opaque, const uint8_t *data, int size)
#else
static int write_all(void *opaque, uint8_t *data, int size)
#endif
{
    descriptor *file = opaque;
    int left = size;
    /* What was there is cut away only now, so that a command that fails early leaves it as it is. */
    if (!file->touched && file->opened && file->regular && ftruncate(file->fd, 0) < 0)
        return AVERROR(errno);
    file->touched = true;
    while (left > 0) {
        int error = wait_ready(file, POLLOUT);
        if (error < 0)
            return error;
        ssize_t put = write(file->fd, data + (size - left), (size_t)left);
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
        if (put > 0)
            left -= (int)put;
    }
    return size;
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
    const descriptor *file = opaque;
    if (whence == AVSEEK_SIZE) {
        struct stat info;
        return fstat(file->fd, &info) < 0 ? AVERROR(errno) : (int64_t)info.st_size;
    }
    off_t at = lseek(file->fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(errno) : (int64_t)at;
}

static int open_io(AVIOContext **out, int fd, bool writes)
{
    struct stat info;
    descriptor *file = av_mallocz(sizeof *file);
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    *out = NULL;
    if (!file || !buffer || fstat(fd, &info) < 0)
        goto fail;
    file->fd = fd;
    file->regular = S_ISREG(info.st_mode);
    file->input = !writes;
    file->opened = fd > STDERR_FILENO;
    file->seen = webc__signal_count();
    *out = avio_alloc_context(buffer, BUFFER_SIZE, writes, file, writes ? NULL : read_some,
                              writes ? write_all : NULL,
                              file->regular && (file->input || file->opened) ? seek_to : NULL);
    if (*out)
        return 0;
fail:
    av_free(buffer);
    av_free(file);
    if (fd > STDERR_FILENO)
        close(fd);
    return AVERROR(ENOMEM);
}

bool webc__io_is_pipe(const char *path)
{
    return strcmp(path, "-") == 0;
}

int webc__io_open_input(AVIOContext **out, const char *path)
{
    *out = NULL;
    int fd = webc__io_is_pipe(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return AVERROR(errno);
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        if (fd > STDERR_FILENO)
            close(fd);
        return AVERROR(EISDIR);
    }
    return open_io(out, fd, false);
}

int webc__io_open_output(AVIOContext **out, const char *path)
{
    *out = NULL;
    bool fresh = false;
    int fd = STDOUT_FILENO;
    if (!webc__io_is_pipe(path)) {
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        fresh = fd >= 0;
        if (fd < 0 && errno == EEXIST)
            fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EACCES)
            fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return AVERROR(errno);
    int error = open_io(out, fd, true);
    if (error >= 0)
        ((descriptor *)(*out)->opaque)->fresh = fresh;
    return error;
}

bool webc__io_is_unused(const AVIOContext *io)
{
    const descriptor *file = io->opaque;
    return file->fresh && !file->touched;
}

int webc__io_close(AVIOContext **io)
{
    if (!*io)
        return 0;
    descriptor *file = (*io)->opaque;
    int error = 0;
    if ((*io)->write_flag) {
        avio_flush(*io);
        error = (*io)->error;
    }
    if (file->fd > STDERR_FILENO && close(file->fd) < 0 && !file->input && error >= 0)
        error = AVERROR(errno);
    av_freep(&(*io)->buffer);
    avio_context_free(io);
    av_free(file);
    return error;
}

int webc__io_write_failure(const char *path, int error)
{
    if (error == AVERROR(EPIPE))
        return WEBC_EXIT_PIPE;
    if (error == AVERROR_EXIT && webc__signal_count() > 0)
        return webc__signal_exit_code();
    return webc__report_error(WEBC_EXIT_OUTPUT, "cannot write '%s': %s", path, webc__report_averror(error));
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int stat_file(const char *path, int fd, struct stat *info)
{
    return webc__io_is_pipe(path) ? fstat(fd, info) : stat(path, info);
}

/** Status of the folder a path lies in. */
static int stat_folder(const char *path, struct stat *info)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return stat(".", info);
    char *folder = av_strndup(path, (size_t)(slash - path) + 1);
    int result = folder ? stat(folder, info) : -1;
    av_free(folder);
    return result;
}

static const char *find_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool webc__io_same_file(const char *a, int a_fd, const char *b, int b_fd)
{
    struct stat first;
    struct stat second;
    bool pipes[2] = {webc__io_is_pipe(a), webc__io_is_pipe(b)};
    if (pipes[0] && pipes[1] && a_fd == b_fd)
        return true;
    int missing[2] = {stat_file(a, a_fd, &first) < 0, stat_file(b, b_fd, &second) < 0};
    if (!missing[0] && !missing[1])
        return S_ISREG(first.st_mode) && is_same(&first, &second);
    /* Two names of a file that is still to be made. */
    return missing[0] && missing[1] && !pipes[0] && !pipes[1] && strcmp(find_name(a), find_name(b)) == 0 &&
           stat_folder(a, &first) == 0 && stat_folder(b, &second) == 0 && is_same(&first, &second);
}
