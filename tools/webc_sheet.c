/* SPDX-License-Identifier: MIT */
/*
 * webc sheet: a contact sheet as PNG. The number of pictures is not known before the end, so every n-th one is
 * kept small, and n doubles whenever twice as many as needed are held.
 */
#include <string.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avio.h>
#include <libavutil/imgutils.h>

#include "webc_io.h"
#include "webc_progress.h"
#include "webc_reader.h"

#define TILE_WIDTH 320u
#define MAX_TILE_HEIGHT 640u
#define GAP 4u
#define MAX_TILES 400u

typedef struct sheet {
    uint32_t columns;
    uint32_t rows;
    uint32_t tile_width;
    uint32_t tile_height;
    webc_frame *tiles[2 * MAX_TILES];
    size_t count;
    uint64_t stride; /* every so many pictures one is kept */
    uint64_t seen;
} sheet;

static void choose_tile_size(sheet *self, const webc_frame_info *info)
{
    uint64_t width = info->display_width > 0 ? info->display_width : info->visible_rect.width;
    uint64_t height = info->display_height > 0 ? info->display_height : info->visible_rect.height;
    uint64_t tile = (TILE_WIDTH * height + width / 2) / width;
    self->tile_width = TILE_WIDTH;
    self->tile_height = tile < 1 ? 1 : tile > MAX_TILE_HEIGHT ? MAX_TILE_HEIGHT : (uint32_t)tile;
}

static int add_picture(sheet *self, const webc_frame *frame)
{
    webc_frame *tile = NULL;
    if (self->seen == 0) {
        webc_frame_info info;
        webc_frame_info_init(&info, sizeof info);
        if (webc_frame_get_info(frame, &info) != WEBC_OK)
            return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
        choose_tile_size(self, &info);
    }
    if (self->seen++ % self->stride != 0)
        return WEBC_EXIT_OK;
    if (webc_frame_convert(&tile, frame, WEBC_PIXEL_FORMAT_RGBA, self->tile_width, self->tile_height, NULL) !=
        WEBC_OK)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "%s", webc_error_message());
    self->tiles[self->count++] = tile;
    size_t wanted = (size_t)self->columns * self->rows;
    if (self->count == 2 * wanted) {
        for (size_t i = 0; i < self->count; i++) {
            if (i % 2 != 0)
                webc_frame_unref(&self->tiles[i]);
            else if (i > 0)
                self->tiles[i / 2] = self->tiles[i];
        }
        for (size_t i = wanted; i < self->count; i++)
            self->tiles[i] = NULL;
        self->count = wanted;
        self->stride *= 2;
    }
    return WEBC_EXIT_OK;
}

static int draw_tile(AVFrame *picture, const webc_frame *tile, size_t left, size_t top)
{
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    if (webc_frame_plane(tile, 0, &plane) != WEBC_OK)
        return webc__report_error(WEBC_EXIT_INTERNAL, "%s", webc_error_message());
    for (uint32_t y = 0; y < plane.rows; y++) {
        uint8_t *out = picture->data[0] + (size_t)picture->linesize[0] * (top + y) + 3 * left;
        const uint8_t *in = plane.data + (size_t)plane.stride * y;
        for (uint32_t x = 0; x < plane.row_bytes / 4; x++)
            memcpy(out + 3 * (size_t)x, in + 4 * (size_t)x, 3);
    }
    return WEBC_EXIT_OK;
}

static int draw(const sheet *self, AVFrame *picture)
{
    size_t wanted = (size_t)self->columns * self->rows;
    size_t shown = self->count < wanted ? self->count : wanted;
    uint32_t rows = (uint32_t)((shown + self->columns - 1) / self->columns);
    uint32_t columns = shown < self->columns ? (uint32_t)shown : self->columns;
    int code = WEBC_EXIT_OK;
    picture->format = AV_PIX_FMT_RGB24;
    picture->width = (int)(columns * (self->tile_width + GAP) + GAP);
    picture->height = (int)(rows * (self->tile_height + GAP) + GAP);
    if (av_frame_get_buffer(picture, 0) < 0)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    for (int y = 0; y < picture->height; y++)
        memset(picture->data[0] + (ptrdiff_t)picture->linesize[0] * y, 0x20, (size_t)picture->width * 3);
    for (size_t i = 0; i < shown && code == WEBC_EXIT_OK; i++) {
        size_t source = i * self->count / shown;
        code = draw_tile(picture, self->tiles[source], GAP + (i % columns) * (self->tile_width + GAP),
                         GAP + (i / columns) * (self->tile_height + GAP));
    }
    return code;
}

static int encode_png(const AVFrame *picture, AVPacket *packet)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return webc__report_error(WEBC_EXIT_UNSUPPORTED, "this FFmpeg has no PNG encoder");
    context->width = picture->width;
    context->height = picture->height;
    context->pix_fmt = AV_PIX_FMT_RGB24;
    context->time_base = (AVRational){1, 1};
    context->thread_count = 1;
    int error = avcodec_open2(context, codec, NULL);
    if (error >= 0)
        error = avcodec_send_frame(context, picture);
    if (error >= 0)
        error = avcodec_receive_packet(context, packet);
    if (error == AVERROR(EAGAIN) && (error = avcodec_send_frame(context, NULL)) >= 0)
        error = avcodec_receive_packet(context, packet);
    avcodec_free_context(&context);
    return error >= 0
               ? WEBC_EXIT_OK
               : webc__report_error(WEBC_EXIT_INTERNAL, "PNG encoding failed: %s", webc__report_averror(error));
}

static int write_sheet(const sheet *self, const char *path)
{
    AVFrame *picture = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    AVIOContext *io = NULL;
    int code =
        picture && packet ? draw(self, picture) : webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    if (code == WEBC_EXIT_OK)
        code = encode_png(picture, packet);
    if (code == WEBC_EXIT_OK) {
        int error = webc__io_open_output(&io, path);
        if (error >= 0) {
            avio_write(io, packet->data, packet->size);
            error = webc__io_close(&io);
        }
        if (error < 0)
            code = webc__io_write_failure(path, error);
    }
    av_packet_free(&packet);
    av_frame_free(&picture);
    return code;
}

int webc__sheet_main(const webc__options *options)
{
    webc__input_params params = {.every_packet = false};
    webc__input *input = NULL;
    webc__reader *reader = NULL;
    webc__picture picture;
    if (!options->output)
        return webc__report_error(WEBC_EXIT_USAGE, "-o is missing; see webc sheet --help");
    if (webc__io_same_file(options->args[0], STDIN_FILENO, options->output, STDOUT_FILENO))
        return webc__report_error(WEBC_EXIT_USAGE, "'%s' is the input and the output", options->output);
    sheet *self = av_mallocz(sizeof *self);
    if (!self)
        return webc__report_error(WEBC_EXIT_INTERNAL, "out of memory");
    self->columns = options->columns > 0 ? options->columns : 4;
    self->rows = options->rows > 0 ? options->rows : 3;
    self->stride = 1;
    int code = webc__input_open(&input, options->args[0], &params);
    if (code == WEBC_EXIT_OK)
        code = webc__reader_open(&reader, input, NULL, 0, WEBC_CORRUPTION_STRICT);
    int finished = WEBC_EXIT_OK;
    while (code == WEBC_EXIT_OK && webc__reader_next(reader, &picture) > 0) {
        code = add_picture(self, picture.frame);
        webc_frame_unref(&picture.frame);
    }
    if (code == WEBC_EXIT_OK) {
        finished = webc__reader_finish(reader);
        code = webc__signal_count() > 0 ? webc__signal_exit_code() : WEBC_EXIT_OK;
    }
    if (code == WEBC_EXIT_OK && self->count > 0)
        code = write_sheet(self, options->output);
    for (size_t i = 0; i < self->count; i++)
        webc_frame_unref(&self->tiles[i]);
    webc__reader_close(&reader);
    av_free(self);
    return code != WEBC_EXIT_OK ? code : finished;
}
