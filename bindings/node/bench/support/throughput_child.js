// SPDX-License-Identifier: MIT
'use strict';

/*
 * Sessions of one kind in a process of their own, one for each message of the parent, which gets the frames a second
 * and the share of the time in which the event loop was busy. The first ones are not counted: V8 compiles meanwhile,
 * and the heap grows to its size. Ends with its parent.
 */
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { QUEUE, makeFrame, loadChunks } = require('./codec_work.js');

const WARM_SESSIONS = 4;
const WARM_MS = 4000;

/** A session as webc bench has it: inputs are queued whenever there is room, and a flush behind the last. */
async function session(Codec, sizeName, config, count, queueInput) {
    const start = performance.now();
    const before = performance.eventLoopUtilization();
    let next = 0;
    let outputs = 0;
    await new Promise((resolve, reject) => {
        const output = (result) => {
            outputs++;
            result.close?.();
        };
        const codec = new Codec({ output, error: reject });
        const feed = () => {
            if (next === count) return;
            while (next < count && codec[sizeName] < QUEUE) queueInput(codec, next++);
            if (next === count) codec.flush().then(() => resolve(codec.close()), reject);
        };
        codec.ondequeue = feed;
        codec.configure(config);
        feed();
    });
    if (outputs !== count) throw new Error(`${config.codec}: ${outputs} outputs of ${count} inputs`);
    const busy = performance.eventLoopUtilization(before).utilization;
    return { fps: (count * 1000) / (performance.now() - start), busy };
}

function encode(api, task) {
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const frames = Array.from({ length: task.frames }, (_, index) => makeFrame(api, pictureAt(pictures, index), index));
    const config = encoderConfig(task.codec, task.mode);
    const queueInput = (encoder, index) => encoder.encode(frames[index], { keyFrame: index === 0 });
    return () => session(api.VideoEncoder, 'encodeQueueSize', config, frames.length, queueInput);
}

function decode(api, task) {
    const { config, chunks } = loadChunks(task.file);
    const queueInput = (decoder, index) => decoder.decode(new api.EncodedVideoChunk(chunks[index]));
    return () => session(api.VideoDecoder, 'decodeQueueSize', config, chunks.length, queueInput);
}

async function main() {
    const task = JSON.parse(process.argv[2]);
    const run = (task.what === 'encode' ? encode : decode)(require(task.subject), task);
    const start = performance.now();
    for (let count = 0; count < WARM_SESSIONS || performance.now() - start < WARM_MS; count++) await run();
    process.on('message', () => run().then((figures) => process.send(figures), fail));
    process.send('warm');
}

function fail(error) {
    console.error(error);
    process.exit(1);
}

main().catch(fail);
