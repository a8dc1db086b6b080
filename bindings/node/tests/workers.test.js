// SPDX-License-Identifier: MIT
'use strict';

// Codecs in worker_threads: each has an environment of its own, and may be ended at any moment.

const assert = require('node:assert/strict');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { scenario } = require('./support/scenario.js');
const held = require('./support/process.js');
const video = require('./support/video.js');

const { VideoEncoder, VideoDecoder } = video.webcodecs;
const CONFIG = { ...video.CODECS.vp8, width: 320, height: 240, latencyMode: 'realtime' };

/** In a worker: encode and decode for ever, or `workerData.clips` times. */
async function work() {
    for (let clip = 0; clip !== workerData.clips; clip++) {
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure(CONFIG);
        for (let index = 0; index < 6; index++) encoder.codec.encode(video.makeFrame(320, 240, index));
        if (clip === 0) parentPort.postMessage('working');
        await encoder.codec.flush();
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure(video.decoderConfigOf(encoder));
        for (const chunk of encoder.outputs) decoder.codec.decode(chunk);
        await decoder.codec.flush();
        assert.equal(decoder.outputs.length, 6);
        // Every other codec and frame is left to the end of the environment.
        if (clip % 2) for (const closing of [...decoder.outputs, encoder.codec, decoder.codec]) closing.close();
    }
    parentPort.postMessage('done');
}

function startWorker(clips) {
    const worker = new Worker(__filename, { workerData: { clips } });
    worker.on('error', (error) => {
        throw error;
    });
    // From the start: Node may tell the last messages and the end in one go, before anything that awaits a message.
    worker.messages = [];
    worker.on('message', (message) => worker.messages.push(message));
    worker.ended = new Promise((resolve) => {
        worker.once('exit', resolve);
    });
    worker.began = new Promise((resolve) => {
        worker.once('message', resolve);
        worker.once('exit', resolve);
    });
    return worker;
}

/** A moment in the life of a worker: in the middle of its start, or some turns of this loop after it began to work. */
async function randomMoment(worker, random) {
    const kind = random() % 4;
    if (kind > 0) await worker.began;
    for (let turns = kind > 1 ? random() % 4000 : 0; turns > 0; turns--) await video.turn();
}

function makeRandom(seed) {
    let state = seed;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 8;
    };
}

async function churn(count, seed) {
    const random = makeRandom(seed);
    for (let index = 0; index < count; index += 2) {
        const pair = [startWorker(-1), startWorker(-1)];
        for (const worker of pair) {
            await randomMoment(worker, random);
            await worker.terminate();
        }
    }
}

if (isMainThread) {
    const options = { skip: held.missingProc, flags: ['--expose-gc'], limit: 400000 };

    scenario(__filename, 'a worker codes, and ends by itself', options, async () => {
        const worker = startWorker(2);
        assert.equal(await worker.ended, 0);
        assert.deepEqual(worker.messages, ['working', 'done']);
    });

    scenario(__filename, 'the main thread and workers code at the same time', options, async () => {
        const workers = [startWorker(3), startWorker(3)];
        for (let clip = 0; clip < 3; clip++) await video.encodeClip(CONFIG, 10);
        assert.deepEqual(await Promise.all(workers.map((worker) => worker.ended)), [0, 0]);
    });

    scenario(__filename, '50 workers that are ended at random moments leave nothing behind', options, async () => {
        const seed = Date.now() >>> 0;
        console.log(`seed ${seed}`);
        // The first ones also start what stays: threads of libuv, and descriptors of Node.
        await churn(4, 1);
        const threads = await held.settle(held.countThreads, Infinity, 'threads', { collect: true });
        await held.settle(() => held.native.stats().codecs, 0, 'codecs');
        const descriptors = held.countDescriptors();
        const before = held.native.stats();
        await churn(50, seed);
        await held.settle(() => held.native.stats().codecs, 0, 'codecs');
        await held.settle(held.countThreads, threads, 'threads', { collect: true });
        await held.settle(held.countDescriptors, descriptors, 'descriptors');
        for (const name of ['frames', 'chunks', 'events', 'messages', 'contexts']) {
            await held.settle(() => held.native.stats()[name], before[name], name);
        }
    });
} else {
    work();
}
