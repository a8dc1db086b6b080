/* SPDX-License-Identifier: MIT */
/* IDLE events: queued when all that was accepted is worked off, and taken back by the next message. */
#include <assert.h>

#include "codec_core.h"

void webc__codec_queue_idle_locked(webc__codec *codec, webc__notice *notice)
{
    if (!codec->params.report_idle)
        return;
    assert(!codec->idle_node.queued);
    codec->before_idle = codec->last;
    webc__codec_append_locked(codec, &codec->idle_node, notice);
}

/* Out of both lists. An ERROR may stand behind it: that of a host which reclaims an idle codec. */
static void withdraw_locked(webc__codec *codec)
{
    webc__node *node = &codec->idle_node;
    webc__node *before = codec->before_idle;
    if (before)
        before->codec_next = node->codec_next;
    else
        codec->first = node->codec_next;
    if (codec->last == node)
        codec->last = before;
    codec->before_idle = NULL;
    webc__events_unlink_locked(codec->events, node);
}

void webc__codec_accepted_locked(webc__codec *codec)
{
    if (!codec->params.report_idle)
        return;
    codec->accepted++;
    if (codec->idle_node.queued)
        withdraw_locked(codec);
}

void webc__codec_finished_locked(webc__codec *codec, uint32_t epoch, webc__notice *notice)
{
    if (webc__codec_epoch(codec) == epoch && ++codec->finished == codec->accepted)
        webc__codec_queue_idle_locked(codec, notice);
}

void webc__codec_forget_idle_locked(webc__codec *codec)
{
    codec->accepted = codec->finished = 0;
    codec->before_idle = NULL;
}
