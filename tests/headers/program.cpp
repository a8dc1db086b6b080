/* SPDX-License-Identifier: MIT */
/* The public headers from C++, the one with FFmpeg's own in it among them. */
#include <webcodecs/libav.h>
#include <webcodecs/webcodecs.h>

#include <cstdio>
#include <cstring>

int main()
{
    webc_events *events = nullptr;
    if (webc_events_create(&events, nullptr) != WEBC_OK)
        return 1;
    webc_events_destroy(&events);

    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.format = WEBC_PIXEL_FORMAT_I420;
    params.coded_width = 2;
    params.coded_height = 2;
    const unsigned char pixels[6] = {16, 16, 16, 16, 128, 128};
    webc_frame *frame = nullptr;
    if (webc_frame_create(&frame, &params, pixels, sizeof pixels) != WEBC_OK)
        return 2;
    AVFrame *picture = av_frame_alloc();
    if (!picture || webc_frame_to_avframe(frame, picture) != WEBC_OK)
        return 3;
    bool same = picture->width == 2 && picture->data[0][0] == 16;
    av_frame_free(&picture);
    webc_frame_unref(&frame);
    if (!same || std::strcmp(webc_result_name(WEBC_ERROR_TYPE), "TypeError") != 0)
        return 4;
    return webc_drain_workers(-1) == WEBC_OK ? 0 : 5;
}
