/* SPDX-License-Identifier: MIT */
/* Answers to "can this config be coded?": from tables at once, or from a trial on a worker. */
#ifndef WEBC_SUPPORT_INTERNAL_H
#define WEBC_SUPPORT_INTERNAL_H

#include "codec/message.h"
#include "events.h"

/** One per events object, made at the first query: a worker that tries configs one after another. */
typedef struct webc__support_worker webc__support_worker;

/** The pure answer for a full, valid config. */
void webc__support_of_decoder(const webc_video_decoder_config *config, webc_support *answer);
void webc__support_of_encoder(const webc_video_encoder_config *config, webc_support *answer);

/** Copy an answer into a caller's struct. */
webc_result webc__support_write(webc_support *support, const webc_support *answer);

/** Queue a trial of the config in `message`, which is taken; NULL means that memory ran out. */
webc_result webc__support_query(webc_events *events, webc__message *message, uint64_t tag);

/** Let the worker end; queries that have not begun are dropped. */
void webc__support_worker_close(webc__support_worker *worker);

#endif
