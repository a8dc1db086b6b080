// SPDX-License-Identifier: MIT

/* With @types/node, without "dom": codecs are Node's EventTargets, errors its DOMExceptions, Buffers are buffers. */
import { once } from 'node:events';
import { VideoDecoder, VideoEncoder, VideoFrame } from 'libwebcodecs';

const encoder = new VideoEncoder({
    output: () => {},
    error(error: DOMException) {
        void error.code;
    },
});
const target: EventTarget = encoder;
encoder.addEventListener('dequeue', (event: Event) => void event.timeStamp, { once: true });
encoder.ondequeue = (event: Event) => void event.type;

async function waitForRoom(): Promise<void> {
    if (encoder.encodeQueueSize > 8) await once(encoder, 'dequeue');
}

const frame = new VideoFrame(Buffer.alloc(6), { format: 'I420', codedWidth: 2, codedHeight: 2, timestamp: 0 });
const copied: Promise<unknown> = frame.copyTo(Buffer.alloc(frame.allocationSize()));
const decoder = new VideoDecoder({ output: (output) => output.close(), error: console.error });

export { target, waitForRoom, copied, decoder };
