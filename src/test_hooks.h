/* SPDX-License-Identifier: MIT */
/* What tests may use beside the public headers: codecs on a backend of their own. */
#ifndef WEBC_TEST_HOOKS_H
#define WEBC_TEST_HOOKS_H

#include "codec/backend.h"
#include "webcodecs/webcodecs.h"

/** As webc_video_decoder_create(), on another backend; `backend` is copied, what it points at is borrowed. */
webc_result webc__video_decoder_create_on(webc_video_decoder **out, webc_events *events,
                                          const webc_video_decoder_params *params,
                                          const webc__backend *backend);

/** As webc_video_encoder_create(), on another backend. */
webc_result webc__video_encoder_create_on(webc_video_encoder **out, webc_events *events,
                                          const webc_video_encoder_params *params,
                                          const webc__backend *backend);

#endif
