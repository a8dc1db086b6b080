// SPDX-License-Identifier: MIT
'use strict';

/* How long single calls take, in microseconds, while the codec behind them is as busy as it can be. */
const { performance } = require('node:perf_hooks');
const { median, percentile } = require('./figures.js');
const { makeCodec, makeFrame, turn } = require('./codec_work.js');
const { pictureAt } = require('./picture.js');

function timed(times, call) {
    const before = performance.now();
    const result = call();
    times.push((performance.now() - before) * 1000);
    return result;
}

function summary(times) {
    return { median: median(times), p99: percentile(times, 0.99), max: Math.max(...times), calls: times.length };
}

function emptyTimes() {
    return { configure: [], call: [], size: [], close: [] };
}

/**
 * `rounds` sessions of `count` calls; each begins with a configure() and ends in the middle of the work. One more comes
 * first and is not counted: in it V8 compiles what runs often.
 */
async function timeSessions(Codec, config, rounds, count, call, sizeName) {
    let times = emptyTimes();
    let queued = 0;
    for (let round = 0; round <= rounds; round++) {
        if (round === 1) times = emptyTimes();
        const state = makeCodec(Codec, (output) => output.close?.());
        const { codec } = state;
        timed(times.configure, () => codec.configure(config));
        for (let index = 0; index < count; index++) {
            timed(times.call, () => call(codec, index));
            const size = timed(times.size, () => codec[sizeName]);
            // Nothing was told of between these calls, so a true size counts them all.
            if (index === 3 && round === 0) queued = size;
            if (index % 4 === 3) await turn();
        }
        timed(times.close, () => codec.close());
    }
    return {
        configure: summary(times.configure),
        call: summary(times.call),
        size: summary(times.size),
        close: summary(times.close),
        queued,
    };
}

function timeEncode(api, config, pictures, rounds = 4, count = 100) {
    const frames = pictures.map((picture, index) => makeFrame(api, picture, index));
    const call = (encoder, index) => encoder.encode(pictureAt(frames, index), { keyFrame: false });
    return timeSessions(api.VideoEncoder, config, rounds, count, call, 'encodeQueueSize').finally(() => {
        for (const frame of frames) frame.close();
    });
}

function timeDecode(api, stream, rounds = 4, count = 100) {
    const chunks = stream.chunks.slice(0, count).map((chunk) => new api.EncodedVideoChunk(chunk));
    const call = (decoder, index) => decoder.decode(chunks[index]);
    return timeSessions(
        api.VideoDecoder,
        stream.config,
        rounds,
        Math.min(count, chunks.length),
        call,
        'decodeQueueSize',
    );
}

/**
 * new VideoFrame() from a buffer of 720p: the first ones of a process without a codec, and those of a process that has
 * one open and has closed frames before. `copy` is what copying the same bytes into one buffer takes.
 */
function timeFrames(api, pictures, count = 300) {
    const cold = [];
    const warm = [];
    const copy = [];
    const open = [];
    const target = new Uint8Array(pictures[0].byteLength);
    for (let index = 0; index < 8; index++)
        open.push(timed(cold, () => makeFrame(api, pictureAt(pictures, index), index)));
    const encoder = new api.VideoEncoder({ output() {}, error() {} });
    for (const frame of open) frame.close();
    for (let index = 0; index < count; index++)
        timed(warm, () => makeFrame(api, pictureAt(pictures, index), index)).close();
    for (let index = 0; index < count; index++) timed(copy, () => target.set(pictureAt(pictures, index)));
    encoder.close();
    return { cold: summary(cold), warm: summary(warm), copy: summary(copy) };
}

module.exports = { timeEncode, timeDecode, timeFrames, timed, summary };
