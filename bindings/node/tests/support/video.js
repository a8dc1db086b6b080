// SPDX-License-Identifier: MIT
'use strict';

// Pictures, and sessions of codecs that keep what comes out.

const assert = require('node:assert/strict');
const webcodecs = require('../../index.js');

const CODECS = {
    h264: { codec: 'avc1.42001f', avc: { format: 'annexb' } },
    hevc: { codec: 'hvc1.1.6.L93.B0', hevc: { format: 'annexb' } },
    vp8: { codec: 'vp8' },
    vp9: { codec: 'vp09.00.31.08' },
    av1: { codec: 'av01.0.05M.08' },
};

/** I420 with texture that moves with `index`: encoders finish flat pictures without any work. */
function makePicture(width, height, index) {
    const picture = new Uint8Array(width * height * 1.5);
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) picture[y * width + x] = ((x + 3 * index) ^ (y + index)) + ((x * y) >> 9);
    }
    for (let i = width * height; i < picture.length; i++) picture[i] = 128 + ((i + index) % 31);
    return picture;
}

function makeFrame(width, height, index, init = {}) {
    const picture = init.picture ?? makePicture(width, height, index);
    return new webcodecs.VideoFrame(picture, {
        format: 'I420',
        codedWidth: width,
        codedHeight: height,
        timestamp: init.timestamp ?? index * 40000,
        duration: init.duration ?? 40000,
    });
}

/** A codec with lists of its outputs and errors; `end` rejects with the first error. */
function collect(Codec) {
    const session = { outputs: [], metadata: [], errors: [] };
    session.codec = new Codec({
        output(output, metadata) {
            session.outputs.push(output);
            session.metadata.push(metadata);
        },
        error: (error) => session.errors.push(error),
    });
    return session;
}

/** Encode `count` pictures; `each(index)` may give options. Gives the session after a flush, the encoder closed. */
async function encodeClip(config, count, each = () => undefined) {
    const session = collect(webcodecs.VideoEncoder);
    session.codec.configure(config);
    for (let index = 0; index < count; index++) {
        const frame = makeFrame(config.width, config.height, index);
        session.codec.encode(frame, each(index));
        frame.close();
    }
    await session.codec.flush();
    session.codec.close();
    assert.deepEqual(session.errors, []);
    assert.equal(session.outputs.length, count);
    return session;
}

/** The config for a decoder of what an encoder gave. */
function decoderConfigOf(session) {
    return session.metadata.find((metadata) => metadata?.decoderConfig).decoderConfig;
}

/** A decoder that has given all frames of what an encoder, or a clip, gave. */
async function decodeAll(session) {
    const decoder = collect(webcodecs.VideoDecoder);
    decoder.codec.configure(decoderConfigOf(session));
    for (const chunk of session.outputs) decoder.codec.decode(chunk);
    await decoder.codec.flush();
    return decoder;
}

function bytesOf(chunk) {
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    return bytes;
}

/** One turn of the event loop. */
function turn() {
    return new Promise((resolve) => {
        setImmediate(resolve);
    });
}

/** Turn the event loop until `condition()` is true: what waits for something that comes by itself. */
async function until(condition, what, limit = 60000) {
    const start = performance.now();
    while (!condition()) {
        assert.ok(performance.now() - start < limit, `waited in vain: ${what}`);
        await turn();
    }
}

function once(target, type) {
    return new Promise((resolve) => {
        target.addEventListener(type, resolve, { once: true });
    });
}

module.exports = {
    webcodecs,
    CODECS,
    makePicture,
    makeFrame,
    collect,
    encodeClip,
    decoderConfigOf,
    decodeAll,
    bytesOf,
    turn,
    until,
    once,
};
