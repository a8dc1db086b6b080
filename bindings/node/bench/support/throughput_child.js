// SPDX-License-Identifier: MIT
'use strict';

/* Frames a second of one session after a first one that is not counted, as webc bench has it. */
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { encodeAll, decodeAll, makeFrame, loadChunks } = require('./codec_work.js');

async function encode(api, task) {
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const frames = Array.from({ length: task.frames }, (_, index) => makeFrame(api, pictureAt(pictures, index), index));
    const config = encoderConfig(task.codec, task.mode);
    const session = () => encodeAll(api, config, pictures, frames.length, { frames });
    await session();
    return (frames.length * 1000) / (await session()).ms;
}

async function decode(api, task) {
    const stream = loadChunks(task.file);
    await decodeAll(api, stream);
    return (stream.chunks.length * 1000) / (await decodeAll(api, stream)).ms;
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
