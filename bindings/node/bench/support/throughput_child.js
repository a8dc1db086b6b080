// SPDX-License-Identifier: MIT
'use strict';

/* Frames a second of one session after four that are not counted: V8 compiles meanwhile, and the heap grows to its size. */
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { QUEUE, makeFrame, loadChunks } = require('./codec_work.js');

const WARM_SESSIONS = 4;

/** A session as webc bench has it: inputs are queued whenever there is room, and a flush behind the last. Milliseconds. */
async function session(Codec, sizeName, config, count, queueInput) {
    const start = performance.now();
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
    return performance.now() - start;
}

async function measure(...work) {
    for (let index = 0; index < WARM_SESSIONS; index++) await session(...work);
    return (work[3] * 1000) / (await session(...work));
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
    const fps = await (task.what === 'encode' ? encode : decode)(require(task.subject), task);
    process.stdout.write(`\n${JSON.stringify({ fps })}\n`);
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
