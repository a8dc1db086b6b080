/* SPDX-License-Identifier: MIT */
/*
 * demo_picture [FRAMES]: a moving picture as Y4M on standard output, for tools/demo. A gradient that drifts,
 * two bouncing discs and a turning bar; the frame number stands in the first row of blocks, one bit per block.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 640, HEIGHT = 360, RATE = 30, BLOCK = 20, BITS = 16 };

typedef struct picture {
    uint8_t y[WIDTH * HEIGHT];
    uint8_t u[WIDTH * HEIGHT / 4];
    uint8_t v[WIDTH * HEIGHT / 4];
} picture;

typedef struct colour {
    uint8_t y, u, v;
} colour;

static void put(picture *out, int x, int y, colour paint)
{
    if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT)
        return;
    int chroma = y / 2 * (WIDTH / 2) + x / 2;
    out->y[y * WIDTH + x] = paint.y;
    out->u[chroma] = paint.u;
    out->v[chroma] = paint.v;
}

static void draw_gradient(picture *out, int frame)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double wave = sin((x + 3 * frame) * 0.012) + cos((y - 2 * frame) * 0.017);
            colour paint = {(uint8_t)(126 + 40 * wave), (uint8_t)(128 + 50 * sin((x - frame) * 0.008)),
                            (uint8_t)(128 + 50 * cos((y + frame) * 0.011))};
            put(out, x, y, paint);
        }
    }
}

/** Where a point is after `way` steps between 0 and `room`, turning round at both ends. */
static int bounce(int way, int room)
{
    way %= 2 * room;
    return way < room ? way : 2 * room - way;
}

static void draw_disc(picture *out, int left, int top, int radius, colour paint)
{
    for (int y = -radius; y <= radius; y++)
        for (int x = -radius; x <= radius; x++)
            if (x * x + y * y <= radius * radius)
                put(out, left + radius + x, top + radius + y, paint);
}

static void draw_bar(picture *out, int frame)
{
    double along_x = cos(frame * 0.05);
    double along_y = sin(frame * 0.05);
    for (int y = -120; y <= 120; y++)
        for (int x = -120; x <= 120; x++)
            if (fabs(x * along_x + y * along_y) <= 115 && fabs(y * along_x - x * along_y) <= 5)
                put(out, WIDTH / 2 + x, HEIGHT / 2 + y, (colour){235, 128, 128});
}

static void draw_number(picture *out, int frame)
{
    for (int bit = 0; bit < BITS; bit++) {
        colour paint = {frame >> (BITS - 1 - bit) & 1 ? 235 : 16, 128, 128};
        for (int y = 0; y < BLOCK; y++)
            for (int x = 0; x < BLOCK; x++)
                put(out, bit * BLOCK + x, y, paint);
    }
}

int main(int argc, char **argv)
{
    static picture out;
    int frames = argc > 1 ? atoi(argv[1]) : 90;
    if (frames < 1 || frames >= 1 << BITS) {
        fprintf(stderr, "usage: demo_picture [FRAMES], 1 to %d\n", (1 << BITS) - 1);
        return 2;
    }
    printf("YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420mpeg2\n", WIDTH, HEIGHT, RATE);
    for (int frame = 0; frame < frames; frame++) {
        draw_gradient(&out, frame);
        draw_disc(&out, bounce(5 * frame, WIDTH - 100), bounce(3 * frame, HEIGHT - 100), 50,
                  (colour){80, 90, 220});
        draw_disc(&out, bounce(4 * frame + 300, WIDTH - 60), bounce(6 * frame, HEIGHT - 60), 30,
                  (colour){150, 60, 90});
        draw_bar(&out, frame);
        draw_number(&out, frame);
        printf("FRAME\n");
        fwrite(&out, sizeof out, 1, stdout);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("demo_picture");
        return 1;
    }
    return 0;
}
