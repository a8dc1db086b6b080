/* SPDX-License-Identifier: MIT */
/* The webc command: picks the subcommand, reads its options, runs it and turns the outcome into an exit code.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "webc.h"
#include "webc_progress.h"

static const webc__command commands[] = {
    {WEBC_COMMAND_DECODE, "decode", "Decode the first video track",
     "[-o OUT | --framemd5 OUT | --md5 OUT] FILE", 1, 1, webc__decode_main},
    {WEBC_COMMAND_ENCODE, "encode", "Encode Y4M or raw video", "-i IN -o OUT --codec CODEC [options]", 0, 0,
     webc__encode_main},
    {WEBC_COMMAND_TRANSCODE, "transcode", "Encode the first video track anew and copy the other tracks",
     "-i IN -o OUT --codec CODEC [options]", 0, 0, webc__transcode_main},
    {WEBC_COMMAND_INFO, "info", "Show what can be coded here, or what a file holds", "[FILE]", 0, 1,
     webc__info_main},
    {WEBC_COMMAND_BENCH, "bench", "Compare the engine with a plain libavcodec loop", "FILE | --ticker", 0, 1,
     webc__bench_main},
    {WEBC_COMMAND_SHEET, "sheet", "Write a contact sheet of a video as PNG", "-o OUT.png FILE", 1, 1,
     webc__sheet_main},
    {WEBC_COMMAND_COMPARE, "compare", "Compare two videos frame by frame (PSNR)", "[--min-psnr DB] A B", 2, 2,
     webc__compare_main},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(void)
{
    printf("usage: webc COMMAND [options]\n\ncommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-11s%s\n", commands[i].name, commands[i].summary);
    printf("\nwebc COMMAND --help shows the options of a command; webc --version the versions in use.\n\n"
           "exit codes: 0 done, 1 internal error, 2 wrong usage, 3 input cannot be read, 4 not supported,\n"
           "5 codec error, 6 output cannot be written, 7 verification failed, 130 and 143 stopped by a signal\n"
           "(what was written is complete), 141 standard output was closed.\n");
}

static void print_version(void)
{
    printf("webc %s (API %u)\n%s\nFFmpeg licence: %s\n", webc_version(), (unsigned)webc_api_version(),
           webc_ffmpeg_version(), webc_ffmpeg_license());
}

/** Descriptors 0 to 2 must be open, or a file opened later would become standard output. */
static void open_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

static int run_command(const webc__command *command, int argc, char **argv)
{
    webc__options options;
    memset(&options, 0, sizeof options);
    int code = webc__options_parse(&options, command, argc, argv);
    if (code != WEBC_EXIT_OK)
        return code;
    if (options.help) {
        webc__options_help(command);
        return WEBC_EXIT_OK;
    }
    /* SVT-AV1 talks to stderr on its own. */
    if (!options.verbose)
        setenv("SVT_LOG", "1", 0);
    av_log_set_level(options.verbose ? AV_LOG_INFO : AV_LOG_FATAL);
    code = webc__progress_open(&options);
    if (code != WEBC_EXIT_OK)
        return code;
    code = command->run(&options);
    /* Workers of destroyed codecs end on their own; leaving under them would pull FFmpeg away. */
    webc_drain_workers(webc__signal_count() > 1 ? 200000 : 10000000);
    return webc__progress_close(code);
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    webc__signal_install();
    int code = WEBC_EXIT_USAGE;
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        return webc__report_error(WEBC_EXIT_USAGE, "no command given; see webc --help");
    } else if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        code = WEBC_EXIT_OK;
    } else if (strcmp(name, "--version") == 0) {
        print_version();
        code = WEBC_EXIT_OK;
    } else {
        const webc__command *command = NULL;
        for (size_t i = 0; i < COMMANDS; i++) {
            if (strcmp(name, commands[i].name) == 0)
                command = &commands[i];
        }
        if (!command)
            return webc__report_error(WEBC_EXIT_USAGE, "'%s' is not a command; see webc --help", name);
        code = run_command(command, argc - 1, argv + 1);
    }
    if (fflush(stdout) != 0 && code == WEBC_EXIT_OK)
        code = WEBC_EXIT_OUTPUT;
    return code;
}
