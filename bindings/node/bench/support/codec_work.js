// SPDX-License-Identifier: MIT
'use strict';

/* Sessions of encoders and decoders, the same for every implementation: `api` has the classes of WebCodecs. */
const fs = require('node:fs');
const { performance } = require('node:perf_hooks');
const v8 = require('node:v8');
const { WIDTH, HEIGHT, FRAME_US } = require('./settings.js');
const { pictureAt } = require('./picture.js');

/** Inputs that may wait in a codec, as in webc bench. */
const QUEUE = 8;

/** Wait for room in the queue of a codec: by its event, with a timer for implementations that forget it. */
function nextTurn(codec) {
    return new Promise((resolve) => {
        const done = () => {
            clearTimeout(timer);
            codec.removeEventListener('dequeue', done);
            resolve();
        };
        const timer = setTimeout(done, 5);
        codec.addEventListener('dequeue', done);
    });
}

/** A turn of the event loop, as a program has between two inputs. */
function turn() {
    return new Promise((resolve) => {
        setImmediate(resolve);
    });
}

function makeFrame(api, picture, index) {
    return new api.VideoFrame(picture, {
        format: 'I420',
        codedWidth: WIDTH,
        codedHeight: HEIGHT,
        timestamp: Math.round(index * FRAME_US),
        duration: Math.round(FRAME_US),
    });
}

/** A codec that keeps what came out and when; its `failed` rejects with the first error. */
function makeCodec(Codec, onOutput) {
    const state = { outputs: 0, first: NaN, start: performance.now() };
    let reject;
    state.failed = new Promise((_, fail) => {
        reject = fail;
    });
    state.failed.catch(() => {});
    state.codec = new Codec({
        output: (output, metadata) => {
            if (state.outputs++ === 0) state.first = performance.now() - state.start;
            onOutput(output, metadata);
        },
        error: (error) => reject(error),
    });
    return state;
}

function putPicture(api, encoder, pictures, index) {
    const frame = makeFrame(api, pictureAt(pictures, index), index);
    encoder.encode(frame, { keyFrame: index === 0 });
    frame.close();
}

/** Wait until `time`, of performance.now(). */
async function until(time) {
    for (let left = time - performance.now(); left > 0; left = time - performance.now())
        await new Promise((resolve) => {
            setTimeout(resolve, Math.ceil(left));
        });
}

/**
 * Milliseconds from a new encoder to its first chunk where pictures come at their frame rate, as from a camera: every
 * implementation has the same pictures by then, and the same work beside it.
 */
async function timeFirstChunk(api, config, pictures, count) {
    const state = makeCodec(api.VideoEncoder, () => {});
    const encoder = state.codec;
    encoder.configure(config);
    const work = (async () => {
        for (let index = 0; index < count && state.outputs === 0; index++) {
            await until(state.start + (index * FRAME_US) / 1000);
            putPicture(api, encoder, pictures, index);
        }
        if (state.outputs === 0) await encoder.flush();
    })();
    await Promise.race([work, state.failed]);
    encoder.close();
    if (state.outputs === 0) throw new Error(`${config.codec}: no chunk of ${count} frames`);
    return state.first;
}

/** Encode `count` pictures. Times are milliseconds. */
async function encodeAll(api, config, pictures, count, onChunk = () => {}) {
    let bytes = 0;
    const state = makeCodec(api.VideoEncoder, (chunk, metadata) => {
        bytes += chunk.byteLength;
        onChunk(chunk, metadata);
    });
    const encoder = state.codec;
    encoder.configure(config);
    const work = (async () => {
        for (let index = 0; index < count; index++) {
            while (encoder.encodeQueueSize >= QUEUE) await nextTurn(encoder);
            putPicture(api, encoder, pictures, index);
            await turn();
        }
        await encoder.flush();
    })();
    await Promise.race([work, state.failed]);
    encoder.close();
    if (state.outputs !== count) throw new Error(`${config.codec}: ${state.outputs} chunks of ${count} frames`);
    return { ms: performance.now() - state.start, first: state.first, bytes };
}

/** Decode chunks that loadChunks() gave. */
async function decodeAll(api, stream, onFrame = () => {}) {
    const state = makeCodec(api.VideoDecoder, (frame) => {
        onFrame(frame);
        frame.close();
    });
    const decoder = state.codec;
    decoder.configure(stream.config);
    const work = (async () => {
        for (const chunk of stream.chunks) {
            while (decoder.decodeQueueSize >= QUEUE) await nextTurn(decoder);
            decoder.decode(new api.EncodedVideoChunk(chunk));
            await turn();
        }
        await decoder.flush();
    })();
    await Promise.race([work, state.failed]);
    decoder.close();
    if (state.outputs !== stream.chunks.length) {
        throw new Error(`${stream.config.codec}: ${state.outputs} frames of ${stream.chunks.length} chunks`);
    }
    return { ms: performance.now() - state.start, first: state.first };
}

/** A config and chunks as plain objects of what an encoder gave: [chunk, metadata] each. */
function toStream(codec, outputs) {
    const config = { codec };
    const chunks = outputs.map(([chunk, metadata]) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        const description = metadata?.decoderConfig?.description;
        if (description) {
            const view = ArrayBuffer.isView(description) ? description : new Uint8Array(description);
            config.description = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
        }
        return { type: chunk.type, timestamp: chunk.timestamp, duration: chunk.duration ?? undefined, data };
    });
    return { config, chunks };
}

/** Encode into a file that loadChunks() reads; gives what it holds as well. */
async function saveChunks(api, config, pictures, count, file) {
    const outputs = [];
    await encodeAll(api, config, pictures, count, (...output) => outputs.push(output));
    const stream = toStream(config.codec, outputs);
    fs.writeFileSync(file, v8.serialize(stream));
    return stream;
}

function loadChunks(file) {
    return v8.deserialize(fs.readFileSync(file));
}

module.exports = {
    QUEUE,
    nextTurn,
    turn,
    makeFrame,
    makeCodec,
    timeFirstChunk,
    encodeAll,
    decodeAll,
    toStream,
    saveChunks,
    loadChunks,
};
