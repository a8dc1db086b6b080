// SPDX-License-Identifier: MIT
'use strict';

/*
 * Frames a second of one session after others that are not counted, as webc bench has it: until V8 has compiled what runs
 * often, and that takes some hundred calls.
 */
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { encodeAll, decodeAll, makeFrame, loadChunks } = require('./codec_work.js');

const WARM_SESSIONS = 2;

async function measure(session, count) {
    for (let index = 0; index < WARM_SESSIONS; index++) await session();
    return (count * 1000) / (await session()).ms;
}

async function encode(api, task) {
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const frames = Array.from({ length: task.frames }, (_, index) => makeFrame(api, pictureAt(pictures, index), index));
    const config = encoderConfig(task.codec, task.mode);
    return measure(() => encodeAll(api, config, pictures, frames.length, { frames }), frames.length);
}

async function decode(api, task) {
    const stream = loadChunks(task.file);
    return measure(() => decodeAll(api, stream), stream.chunks.length);
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
