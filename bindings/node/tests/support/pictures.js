// SPDX-License-Identifier: MIT
'use strict';

// Small pictures, the coded video of them, and buffers that are gone.

const { VideoEncoder, VideoFrame } = require('../../index.js');

const unexpected = (what) => (value) => {
    throw new Error(`unexpected ${what}: ${value}`);
};

/** A grey I420 frame. */
function grey(codedWidth, codedHeight, init = {}) {
    const chroma = Math.ceil(codedWidth / 2) * Math.ceil(codedHeight / 2);
    const data = new Uint8Array(codedWidth * codedHeight + 2 * chroma).fill(128);
    return new VideoFrame(data, { format: 'I420', codedWidth, codedHeight, timestamp: 0, ...init });
}

/** VP8 chunks of `count` grey frames, the first of them a key chunk. */
async function vp8Chunks(count, codedWidth = 64, codedHeight = 48) {
    const chunks = [];
    const encoder = new VideoEncoder({ output: (chunk) => chunks.push(chunk), error: unexpected('error') });
    encoder.configure({ codec: 'vp8', width: codedWidth, height: codedHeight });
    for (let i = 0; i < count; i++) {
        const frame = grey(codedWidth, codedHeight, { timestamp: i * 1000 });
        encoder.encode(frame, { keyFrame: i === 0 });
        frame.close();
    }
    await encoder.flush();
    encoder.close();
    return chunks;
}

/** An ArrayBuffer that is detached. */
function detached() {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    return buffer;
}

module.exports = { grey, vp8Chunks, unexpected, detached };
