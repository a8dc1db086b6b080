// SPDX-License-Identifier: MIT
'use strict';

/*
 * A ticker of 5 ms and work beside it: that of this package's codecs in this process, or that of ffmpeg in another. The
 * task is JSON in the first argument, the largest gaps of each phase are JSON on the last line.
 */
const { spawn } = require('node:child_process');
const { makePictures, pictureAt } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const { QUEUE, nextTurn, makeCodec, makeFrame, loadChunks } = require('./codec_work.js');
const { startTicker } = require('./ticker.js');

async function encodeOurs(api, task, ticker) {
    const pictures = makePictures(WIDTH, HEIGHT, 8);
    const frames = Array.from({ length: task.frames }, (_, index) => makeFrame(api, pictureAt(pictures, index), index));
    const { codec, failed } = makeCodec(api.VideoEncoder, () => {});
    ticker.lap();
    codec.configure(encoderConfig(task.codec, 'quality'));
    for (const frame of frames) {
        while (codec.encodeQueueSize >= QUEUE) await Promise.race([nextTurn(codec), failed]);
        codec.encode(frame);
    }
    const work = ticker.lap();
    await Promise.race([codec.flush(), failed]);
    const flush = ticker.lap();
    codec.close();
    return { work: work.gap, flush: flush.gap };
}

async function decodeOurs(api, task, ticker) {
    const stream = loadChunks(task.file);
    const { codec, failed } = makeCodec(api.VideoDecoder, (frame) => frame.close());
    ticker.lap();
    codec.configure(stream.config);
    for (const chunk of stream.chunks) {
        while (codec.decodeQueueSize >= QUEUE) await Promise.race([nextTurn(codec), failed]);
        codec.decode(new api.EncodedVideoChunk(chunk));
    }
    const work = ticker.lap();
    await Promise.race([codec.flush(), failed]);
    const flush = ticker.lap();
    codec.close();
    return { work: work.gap, flush: flush.gap };
}

function besideFfmpeg(task, ticker) {
    return new Promise((resolve, reject) => {
        const child = spawn('ffmpeg', task.args, { stdio: ['ignore', 'ignore', 'inherit'] });
        // Starting a process is work of this one, and no codec's.
        child.on('spawn', () => ticker.lap());
        child.on('error', reject);
        child.on('close', (code) => {
            const { gap } = ticker.lap();
            if (code === 0) resolve({ work: gap });
            else reject(new Error(`ffmpeg ended with ${code}`));
        });
    });
}

async function main() {
    const task = JSON.parse(process.argv[2]);
    const ticker = startTicker();
    let gaps;
    if (task.what === 'beside') gaps = await besideFfmpeg(task, ticker);
    else gaps = await (task.what === 'encode' ? encodeOurs : decodeOurs)(require(task.subject), task, ticker);
    ticker.stop();
    process.stdout.write(`\n${JSON.stringify(gaps)}\n`);
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
