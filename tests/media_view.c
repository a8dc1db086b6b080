/* SPDX-License-Identifier: MIT */
/* Frames made of frames: views, crops, orientation and display size (checklist 4.4). Links media and shared. */
#include <math.h>
#include <string.h>

#include "media/frame.h"
#include "media/pixel_format.h"
#include "shared/error.h"
#include "shared/ledger.h"
#include "support_check.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static uint8_t memory[1 << 14];

static webc_frame *make_source(uint32_t format, const webc_frame_params *like)
{
    webc_frame_params params = *like;
    params.format = format;
    webc_frame *frame;
    ck_assert_msg(webc_frame_create(&frame, &params, memory, sizeof memory) == WEBC_OK, "%s",
                  webc__error_text());
    return frame;
}

static webc_frame_params default_params(uint32_t width, uint32_t height)
{
    webc_frame_params params;
    webc_frame_params_init(&params, sizeof params);
    params.coded_width = width;
    params.coded_height = height;
    return params;
}

static webc_frame_view_params no_change(void)
{
    webc_frame_view_params change;
    webc_frame_view_params_init(&change, sizeof change);
    return change;
}

static webc_frame_info info_of(const webc_frame *frame)
{
    webc_frame_info info;
    webc_frame_info_init(&info, sizeof info);
    ck_assert_int_eq(webc_frame_get_info(frame, &info), WEBC_OK);
    return info;
}

static webc_frame_info view_info(const webc_frame *source, const webc_frame_view_params *change)
{
    webc_frame *view;
    ck_assert_msg(webc_frame_create_view(&view, source, change) == WEBC_OK, "%s", webc__error_text());
    webc_frame_info info = info_of(view);
    webc_frame_unref(&view);
    return info;
}

/* A picture of 3x2 pixels turned by a rotation and then mirrored; sizes swap with the rotation. */
typedef struct grid {
    int width, height;
    char at[12]; /* no bytes behind: grids are compared whole */
} grid;

static grid turn(grid from)
{
    grid to = {.width = from.height, .height = from.width};
    for (int y = 0; y < to.height; y++)
        for (int x = 0; x < to.width; x++)
            to.at[y * to.width + x] = from.at[(from.height - 1 - x) * from.width + y];
    return to;
}

static grid orient(grid picture, int32_t rotation, uint32_t flip)
{
    for (int32_t left = rotation; left; left -= 90)
        picture = turn(picture);
    grid out = picture;
    for (int y = 0; flip && y < picture.height; y++)
        for (int x = 0; x < picture.width; x++)
            out.at[y * picture.width + x] = picture.at[y * picture.width + picture.width - 1 - x];
    return out;
}

/* VF-14, VF-15: all 64 combinations give the picture that orienting an oriented picture gives, pixel by pixel,
 * and its size is the display size: that of the resulting rotation. */
START_TEST(orienting_twice_is_the_combined_orientation)
{
    const grid picture = {3, 2, "abcdef"};
    for (int32_t base = 0; base < 360; base += 90)
        for (uint32_t base_flip = 0; base_flip < 2; base_flip++)
            for (int32_t added = 0; added < 360; added += 90)
                for (uint32_t flip = 0; flip < 2; flip++) {
                    webc_frame_params params = default_params(3, 2);
                    params.rotation = base;
                    params.flip = base_flip;
                    webc_frame *source = make_source(WEBC_PIXEL_FORMAT_RGBA, &params);
                    webc_frame_view_params change = no_change();
                    change.rotation = added - 720 + 44;
                    change.flip = flip;
                    webc_frame_info info = view_info(source, &change);
                    grid twice = orient(orient(picture, base, base_flip), added, flip);
                    grid once = orient(picture, info.rotation, info.flip);
                    ck_assert_mem_eq(&once, &twice, sizeof once);
                    ck_assert_uint_eq(info.display_width, (uint32_t)twice.width);
                    ck_assert_uint_eq(info.display_height, (uint32_t)twice.height);
                    webc_frame_unref(&source);
                }
}
END_TEST

/* VF-09: every angle of three turns either way goes to the nearest quarter, a tie upwards. */
START_TEST(angles_go_to_the_nearest_quarter)
{
    for (int32_t angle = -1080; angle <= 1080; angle++) {
        webc_frame_params params = default_params(4, 2);
        params.rotation = angle;
        webc_frame *frame = make_source(WEBC_PIXEL_FORMAT_NV12, &params);
        int32_t nearest = (int32_t)floor(angle / 90.0 + 0.5) * 90;
        ck_assert_int_eq(info_of(frame).rotation, ((nearest % 360) + 360) % 360);
        webc_frame_unref(&frame);
    }
}
END_TEST

/* VF-15: display size of a crop, by the source's scale in x and y, to the nearest, at least 1; both set sizes
 * win. */
START_TEST(a_crop_keeps_the_scale_of_its_source)
{
    static const struct {
        uint32_t display[2]; /* of the source */
        int32_t rotation, added;
        webc_rect crop;
        uint32_t expected[2];
    } cases[] = {
        {{0, 0}, 0, 0, {0, 0, 10, 4}, {10, 4}},
        {{80, 20}, 0, 0, {0, 0, 10, 4}, {20, 4}},
        {{80, 20}, 0, 90, {0, 0, 10, 4}, {4, 20}},
        {{20, 80}, 90, 0, {0, 0, 10, 4}, {4, 20}},
        {{20, 80}, 90, 90, {0, 0, 10, 4}, {20, 4}},
        {{20, 80}, 270, 0, {0, 0, 10, 4}, {4, 20}},
        {{0, 0}, 90, 0, {0, 0, 0, 0}, {20, 40}},
        {{41, 20}, 0, 0, {0, 0, 20, 4}, {21, 4}},
        {{39, 20}, 0, 0, {0, 0, 20, 4}, {20, 4}},
        {{1, 1}, 0, 0, {0, 0, 2, 2}, {1, 1}},
        {{4294967295u, 4294967295u}, 0, 0, {0, 0, 40, 20}, {4294967295u, 4294967295u}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        webc_frame_params params = default_params(40, 20);
        params.display_width = cases[i].display[0];
        params.display_height = cases[i].display[1];
        params.rotation = cases[i].rotation;
        webc_frame *source = make_source(WEBC_PIXEL_FORMAT_I420, &params);
        webc_frame_view_params change = no_change();
        change.visible_rect = cases[i].crop;
        change.rotation = cases[i].added;
        webc_frame_info info = view_info(source, &change);
        ck_assert_msg(info.display_width == cases[i].expected[0] && info.display_height == cases[i].expected[1],
                      "case %zu: %ux%u", i, info.display_width, info.display_height);
        change.display_width = 7;
        change.display_height = 9;
        info = view_info(source, &change);
        ck_assert_uint_eq(info.display_width, 7);
        ck_assert_uint_eq(info.display_height, 9);
        webc_frame_unref(&source);
    }
}
END_TEST

/* VF-13: coded size and colour space are inherited; the rectangle may grow back to the coded size, must lie on
 * the grid of the format and inside, and a refusal names it. */
START_TEST(a_new_rectangle_is_checked_against_the_coded_size)
{
    webc_frame_params params = default_params(40, 20);
    params.visible_rect = (webc_rect){4, 2, 10, 10};
    params.has_color_space = 1;
    params.color_space = (webc_color_space){9, 16, 0, 1};
    static const struct {
        uint32_t format;
        webc_rect rect;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        {WEBC_PIXEL_FORMAT_I420, {0, 0, 40, 20}, NULL},
        {WEBC_PIXEL_FORMAT_I420, {38, 18, 1, 1}, NULL},
        {WEBC_PIXEL_FORMAT_I420, {0, 0, 41, 20}, "visible_rect"},
        {WEBC_PIXEL_FORMAT_I420, {0, 2, 40, 19}, "visible_rect"},
        {WEBC_PIXEL_FORMAT_I420, {0, 0, 0, 20}, "visible_rect is empty"},
        {WEBC_PIXEL_FORMAT_I420, {3, 0, 2, 2}, "visible_rect.x"},
        {WEBC_PIXEL_FORMAT_NV12, {2, 3, 2, 2}, "visible_rect.y"},
        {WEBC_PIXEL_FORMAT_I422A, {2, 3, 2, 2}, NULL},
        {WEBC_PIXEL_FORMAT_I422A, {3, 2, 2, 2}, "visible_rect.x"},
        {WEBC_PIXEL_FORMAT_I444A, {3, 3, 2, 2}, NULL},
        {WEBC_PIXEL_FORMAT_BGRA, {39, 19, 1, 1}, NULL},
        {WEBC_PIXEL_FORMAT_BGRA, {4294967295u, 0, 1, 1}, "visible_rect"},
        {WEBC_PIXEL_FORMAT_BGRA, {0, 1, 1, 4294967295u}, "visible_rect"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (uint32_t discard = 0; discard < 2; discard++) {
            webc_frame *source = make_source(cases[i].format, &params);
            webc_frame_view_params change = no_change();
            change.visible_rect = cases[i].rect;
            change.discard_alpha = discard;
            webc_frame *view;
            webc_result result = webc_frame_create_view(&view, source, &change);
            ck_assert_msg(result == (cases[i].refusal ? WEBC_ERROR_TYPE : WEBC_OK), "case %zu: %s", i,
                          webc__error_text());
            if (result) {
                ck_assert_ptr_null(view);
                ck_assert_msg(strstr(webc__error_text(), cases[i].refusal) != NULL, "case %zu: %s", i,
                              webc__error_text());
            } else {
                webc_frame_info info = info_of(view);
                ck_assert_uint_eq(info.coded_width, 40);
                ck_assert_uint_eq(info.coded_height, 20);
                ck_assert_mem_eq(&info.visible_rect, &cases[i].rect, sizeof info.visible_rect);
                ck_assert_mem_eq(&info.color_space, &params.color_space, sizeof info.color_space);
                webc_frame_unref(&view);
            }
            webc_frame_unref(&source);
        }
    webc_frame *source = make_source(WEBC_PIXEL_FORMAT_I420, &params), *view;
    for (int side = 0; side < 2; side++) {
        webc_frame_view_params change = no_change();
        *(side ? &change.display_width : &change.display_height) = 4;
        ck_assert_int_eq(webc_frame_create_view(&view, source, &change), WEBC_ERROR_TYPE);
        ck_assert_ptr_nonnull(strstr(webc__error_text(), side ? "display_height" : "display_width"));
    }
    webc_frame_unref(&source);
}
END_TEST

/* VF-12, 4.1: without alpha every format is its opaque equivalent on the same bytes, others are themselves. */
START_TEST(alpha_is_discarded_on_the_same_pixels)
{
    static const char *const opaque[][2] = {{"I420A", "I420"},       {"I420AP10", "I420P10"}, {"I422A", "I422"},
                                            {"I422AP10", "I422P10"}, {"I422AP12", "I422P12"}, {"I444A", "I444"},
                                            {"I444AP10", "I444P10"}, {"I444AP12", "I444P12"}, {"RGBA", "RGBX"},
                                            {"BGRA", "BGRX"}};
    const webc_frame_params params = default_params(8, 6);
    unsigned found = 0;
    for (uint32_t format = 1; format <= WEBC_PIXEL_FORMAT_BGRX; format++) {
        if (format == WEBC_PIXEL_FORMAT_I420AP12)
            continue;
        const char *expected = webc_pixel_format_name(format);
        for (size_t i = 0; i < COUNT(opaque); i++)
            if (!strcmp(opaque[i][0], expected)) {
                expected = opaque[i][1];
                found++;
                break;
            }
        webc_frame *source = make_source(format, &params);
        webc_frame_view_params change = no_change();
        change.discard_alpha = 1;
        webc_frame *view;
        ck_assert_int_eq(webc_frame_create_view(&view, source, &change), WEBC_OK);
        ck_assert_str_eq(webc_pixel_format_name(view->info.format), expected);
        ck_assert_uint_eq(view->info.plane_count, webc__pixel_format_get(view->info.format)->planes);
        for (uint32_t p = 0; p < view->info.plane_count; p++)
            ck_assert_ptr_eq(view->av->data[p], source->av->data[p]);
        webc_plane plane;
        webc_plane_init(&plane, sizeof plane);
        ck_assert_int_eq(webc_frame_plane(view, view->info.plane_count, &plane), WEBC_ERROR_RANGE);
        change.discard_alpha = 0;
        ck_assert_uint_eq(view_info(source, &change).format, format);
        webc_frame_unref(&view);
        webc_frame_unref(&source);
    }
    ck_assert_uint_eq(found, COUNT(opaque));
}
END_TEST

/* VF-11, VF-16: times are the source's unless given, each on its own; any values. */
START_TEST(times_are_inherited_unless_given)
{
    webc_frame_params params = default_params(4, 4);
    params.timestamp = INT64_MIN;
    for (uint32_t with_duration = 0; with_duration < 2; with_duration++) {
        params.has_duration = with_duration;
        params.duration = UINT64_MAX;
        webc_frame *source = make_source(WEBC_PIXEL_FORMAT_I420, &params);
        webc_frame_info info = view_info(source, NULL);
        ck_assert_int_eq(info.timestamp, INT64_MIN);
        ck_assert_uint_eq(info.has_duration, with_duration);
        ck_assert_uint_eq(info.duration, with_duration ? UINT64_MAX : 0);
        webc_frame_view_params change = no_change();
        change.timestamp = 5; /* not said to be set */
        change.duration = 6;
        info = view_info(source, &change);
        ck_assert_int_eq(info.timestamp, INT64_MIN);
        ck_assert_uint_eq(info.has_duration, with_duration);
        change.has_timestamp = 1;
        change.timestamp = INT64_MAX;
        info = view_info(source, &change);
        ck_assert_int_eq(info.timestamp, INT64_MAX);
        ck_assert_uint_eq(info.has_duration, with_duration);
        change = no_change();
        change.has_duration = 1;
        info = view_info(source, &change);
        ck_assert_int_eq(info.timestamp, INT64_MIN);
        ck_assert_uint_eq(info.has_duration, 1);
        ck_assert_uint_eq(info.duration, 0);
        webc_frame_unref(&source);
    }
    webc_frame *view;
    ck_assert_int_eq(webc_frame_create_view(&view, NULL, NULL), WEBC_ERROR_TYPE);
}
END_TEST

/* 4.2: a clone is the same frame in every attribute, and the pixels live as long as any of them. */
START_TEST(clones_share_everything_and_outlive_their_source)
{
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)(i * 37);
    webc_frame_params params = default_params(8, 6);
    params.visible_rect = (webc_rect){2, 2, 5, 3};
    params.rotation = 270;
    params.flip = 1;
    params.timestamp = -1;
    webc_frame *source = make_source(WEBC_PIXEL_FORMAT_I422P10, &params);
    const webc_frame_info before = info_of(source);
    webc_frame *clone = webc_frame_ref(source);
    webc_frame *view, *second;
    ck_assert_int_eq(webc_frame_create_view(&view, source, NULL), WEBC_OK);
    ck_assert_int_eq(webc_frame_create_view(&second, view, NULL), WEBC_OK);
    webc_frame_unref(&source);
    webc_frame_unref(&clone);
    webc_frame_unref(&view);
    const webc_frame_info after = info_of(second);
    ck_assert_mem_eq(&after, &before, sizeof after);
    webc_plane plane;
    webc_plane_init(&plane, sizeof plane);
    ck_assert_int_eq(webc_frame_plane(second, 0, &plane), WEBC_OK);
    for (uint32_t y = 0; y < 3; y++)
        ck_assert_mem_eq(plane.data + (size_t)y * plane.stride, memory + (y + 2) * 16 + 4, 10);
    webc_frame_unref(&second);
    ck_assert_uint_eq(WEBC__LEDGER_GET(frames), 0);
}
END_TEST

CHECK_MAIN("media_view", 60, orienting_twice_is_the_combined_orientation, angles_go_to_the_nearest_quarter,
           a_crop_keeps_the_scale_of_its_source, a_new_rectangle_is_checked_against_the_coded_size,
           alpha_is_discarded_on_the_same_pixels, times_are_inherited_unless_given,
           clones_share_everything_and_outlive_their_source)
