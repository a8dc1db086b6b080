/* SPDX-License-Identifier: MIT */
/* Runs a target over the files that are named: what libFuzzer's own main does, for compilers without it. */
#include "fuzz_input.h"

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    static uint8_t buffer[1 << 20];
    if (!file) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    fuzz_input in = {buffer, size};
    uint8_t *data = take_block(&in, size); /* of exactly its size */
    printf("%s: %zu bytes\n", path, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    return 0;
}
