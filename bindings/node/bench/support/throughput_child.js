// SPDX-License-Identifier: MIT
'use strict';

/*
 * Frames a second, the median of some sessions after others that are not counted: V8 compiles meanwhile, and the heap
 * grows to its size. And the share of the time in which the event loop was busy: more than that JavaScript cannot cost.
 */
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { QUEUE, makeFrame, loadChunks } = require('./codec_work.js');
const { median } = require('./figures.js');

const WARM_SESSIONS = 4;
const COUNTED_SESSIONS = 3;

/** A session as webc bench has it: inputs are queued whenever there is room, and a flush behind the last. */
async function session(Codec, sizeName, config, count, queueInput) {
    const start = performance.now();
    const idle = performance.eventLoopUtilization();
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
    const busy = performance.eventLoopUtilization(idle).utilization;
    return { fps: (count * 1000) / (performance.now() - start), busy };
}

async function measure(...work) {
    const runs = [];
    for (let index = 0; index < WARM_SESSIONS + COUNTED_SESSIONS; index++) runs.push(await session(...work));
    const counted = runs.slice(WARM_SESSIONS);
    return { fps: median(counted.map((run) => run.fps)), busy: median(counted.map((run) => run.busy)) };
}

function encode(api, task) {
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const frames = Array.from({ length: task.frames }, (_, index) => makeFrame(api, pictureAt(pictures, index), index));
    const config = encoderConfig(task.codec, task.mode);
    const queueInput = (encoder, index) => encoder.encode(frames[index], { keyFrame: index === 0 });
    return measure(api.VideoEncoder, 'encodeQueueSize', config, frames.length, queueInput);
}

function decode(api, task) {
    const { config, chunks } = loadChunks(task.file);
    const queueInput = (decoder, index) => decoder.decode(new api.EncodedVideoChunk(chunks[index]));
    return measure(api.VideoDecoder, 'decodeQueueSize', config, chunks.length, queueInput);
}

async function main() {
    const task = JSON.parse(process.argv[2]);
    const figures = await (task.what === 'encode' ? encode : decode)(require(task.subject), task);
    process.stdout.write(`\n${JSON.stringify(figures)}\n`);
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
