/* SPDX-License-Identifier: MIT */
/* webc compare: two videos frame by frame in presentation order, as peak signal-to-noise ratio. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "webc_json.h"
#include "webc_reader.h"

typedef struct comparison {
    uint64_t frames;     /* in both */
    uint64_t extra[2];   /* only in one */
    double error_sum[2]; /* mean squared error, luma and all planes, in units of the peak */
    double worst;        /* PSNR of the worst frame, all planes */
} comparison;

static double to_psnr(double error)
{
    return error > 0 ? -10 * log10(error) : INFINITY;
}

/** Squared differences of a plane, with samples of one or two bytes. */
static double sum_plane(const webc_plane *a, const webc_plane *b, bool wide)
{
    double sum = 0;
    uint32_t samples = wide ? a->row_bytes / 2 : a->row_bytes;
    for (uint32_t y = 0; y < a->rows; y++) {
        const uint8_t *p = a->data + (size_t)y * a->stride;
        const uint8_t *q = b->data + (size_t)y * b->stride;
        uint64_t row = 0;
        for (uint32_t x = 0; x < samples; x++) {
            int64_t difference = wide ? (int64_t)(p[2 * x] | p[2 * x + 1] << 8) - (q[2 * x] | q[2 * x + 1] << 8)
                                      : (int64_t)p[x] - q[x];
            row += (uint64_t)(difference * difference);
        }
        sum += (double)row;
    }
    return sum;
}

static int measure(comparison *result, const webc_frame *a, const webc_frame *b)
{
    webc_frame_info info;
    double all = 0;
    double samples = 0;
    webc_frame_info_init(&info, sizeof info);
    if (webc_frame_get_info(a, &info) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    bool wide = info.bit_depth > 8;
    double peak = (double)((UINT64_C(1) << info.bit_depth) - 1);
    for (uint32_t i = 0; i < info.plane_count; i++) {
        webc_plane p;
        webc_plane q;
        webc_plane_init(&p, sizeof p);
        webc_plane_init(&q, sizeof q);
        if (webc_frame_plane(a, i, &p) != WEBC_OK || webc_frame_plane(b, i, &q) != WEBC_OK ||
            p.row_bytes != q.row_bytes || p.rows != q.rows)
            return webc__report_error(WEBC_EXIT_INTERNAL, "the pictures have different planes");
        double size = (double)p.rows * (p.row_bytes / (wide ? 2u : 1u));
        double sum = sum_plane(&p, &q, wide) / (peak * peak);
        if (i == 0)
            result->error_sum[0] += sum / size;
        all += sum;
        samples += size;
    }
    double error = samples > 0 ? all / samples : 0;
    result->error_sum[1] += error;
    double psnr = to_psnr(error);
    if (result->frames == 0 || psnr < result->worst)
        result->worst = psnr;
    result->frames++;
    return WEBC_EXIT_OK;
}

/** Compare in the format and size of the first video; formats without a name are compared as 4:4:4. */
static int compare_frames(comparison *result, webc_frame **a, webc_frame **b)
{
    webc_frame *frames[2] = {*a, *b};
    webc_frame *converted[2] = {NULL, NULL};
    webc_frame_info info;
    int code = WEBC_EXIT_OK;
    webc_frame_info_init(&info, sizeof info);
    if (webc_frame_get_info(frames[0], &info) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    uint32_t format = info.format ? info.format : WEBC_PIXEL_FORMAT_I444;
    uint32_t width = info.visible_rect.width;
    uint32_t height = info.visible_rect.height;
    for (int i = 0; i < 2 && code == WEBC_EXIT_OK; i++) {
        if (webc_frame_get_info(frames[i], &info) != WEBC_OK)
            code = WEBC_EXIT_INTERNAL;
        else if (info.format == format && info.visible_rect.width == width &&
                 info.visible_rect.height == height)
            continue;
        else if (webc_frame_convert(&converted[i], frames[i], format, width, height, NULL) == WEBC_OK)
            frames[i] = converted[i];
        else
            code = webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s", webc_error_message());
    }
    if (code == WEBC_EXIT_OK)
        code = measure(result, frames[0], frames[1]);
    webc_frame_unref(&converted[0]);
    webc_frame_unref(&converted[1]);
    return code;
}

static int compare_all(comparison *result, webc__reader *readers[2])
{
    int code = WEBC_EXIT_OK;
    while (code == WEBC_EXIT_OK) {
        webc__picture pictures[2] = {{.frame = NULL}, {.frame = NULL}};
        bool got[2];
        for (int i = 0; i < 2; i++)
            got[i] = webc__reader_next(readers[i], &pictures[i]) > 0;
        if (webc__signal_count() > 0)
            code = webc__signal_exit_code();
        else if (got[0] && got[1])
            code = compare_frames(result, &pictures[0].frame, &pictures[1].frame);
        else
            for (int i = 0; i < 2; i++)
                result->extra[i] += got[i];
        webc_frame_unref(&pictures[0].frame);
        webc_frame_unref(&pictures[1].frame);
        if (!got[0] && !got[1])
            break;
    }
    return code;
}

static void print_psnr(const char *name, double psnr)
{
    if (isfinite(psnr))
        printf("%s %.2f dB", name, psnr);
    else
        printf("%s identical", name);
}

static int print_result(const webc__options *options, const comparison *result)
{
    double count = result->frames > 0 ? (double)result->frames : 1;
    double luma = to_psnr(result->error_sum[0] / count);
    double all = to_psnr(result->error_sum[1] / count);
    if (!options->json_report) {
        printf("frames %" PRIu64 " and %" PRIu64, result->frames + result->extra[0],
               result->frames + result->extra[1]);
        if (result->frames > 0) {
            print_psnr(", PSNR average", all);
            print_psnr(", luma", luma);
            print_psnr(", worst frame", result->worst);
        }
        printf("\n");
        return WEBC_EXIT_OK;
    }
    webc__json json;
    webc__json_begin(&json);
    webc__json_open(&json, NULL, '{');
    webc__json_int(&json, "v", 1);
    webc__json_string(&json, "type", "compare");
    webc__json_int(&json, "frames_a", (int64_t)(result->frames + result->extra[0]));
    webc__json_int(&json, "frames_b", (int64_t)(result->frames + result->extra[1]));
    webc__json_bool(&json, "identical",
                    result->frames > 0 && result->extra[0] == result->extra[1] && !isfinite(all));
    webc__json_number(&json, "psnr_average", all);
    webc__json_number(&json, "psnr_luma", luma);
    webc__json_number(&json, "psnr_worst", result->worst);
    webc__json_close(&json, '}');
    return webc__json_print(&json);
}

static int judge(const webc__options *options, const comparison *result)
{
    if (result->extra[0] != result->extra[1])
        return webc__report_error(WEBC_EXIT_VERIFY, "the numbers of frames differ");
    double average = to_psnr(result->error_sum[1] / (result->frames > 0 ? (double)result->frames : 1));
    if (options->min_psnr > 0 && average < options->min_psnr)
        return webc__report_error(WEBC_EXIT_VERIFY, "PSNR %.2f dB is below %.2f dB", average,
                                  options->min_psnr);
    return WEBC_EXIT_OK;
}

int webc__compare_main(const webc__options *options)
{
    webc__reader *readers[2] = {NULL, NULL};
    comparison result = {.worst = 0};
    int code = WEBC_EXIT_OK;
    for (int i = 0; i < 2 && code == WEBC_EXIT_OK; i++) {
        webc__input_params params = {.every_packet = false};
        webc__input *input = NULL;
        code = webc__input_open(&input, options->args[i], &params);
        if (code == WEBC_EXIT_OK)
            code = webc__reader_open(&readers[i], input, NULL, options->threads, WEBC_CORRUPTION_STRICT);
    }
    if (code == WEBC_EXIT_OK)
        code = compare_all(&result, readers);
    for (int i = 0; i < 2 && code == WEBC_EXIT_OK; i++)
        code = webc__reader_finish(readers[i]);
    if (code == WEBC_EXIT_OK) {
        code = print_result(options, &result);
        if (code == WEBC_EXIT_OK)
            code = judge(options, &result);
    }
    webc__reader_close(&readers[0]);
    webc__reader_close(&readers[1]);
    return code;
}
