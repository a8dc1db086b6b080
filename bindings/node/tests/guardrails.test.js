// SPDX-License-Identifier: MIT
'use strict';

// What programs may rely on, whatever the codec: each in a process of its own.

const assert = require('node:assert/strict');
const { scenario } = require('./support/scenario.js');
const { isKeyByBits } = require('./support/key_bits.js');
const video = require('./support/video.js');

const { webcodecs, CODECS } = video;
const { VideoEncoder, VideoDecoder, EncodedVideoChunk } = webcodecs;

const PERIOD_MS = 5;
const LARGEST_GAP_MS = 50;

/** A timer in this process; call what it gives for the largest gap in milliseconds. */
function startTicker() {
    let last = performance.now();
    let largest = 0;
    const look = () => {
        largest = Math.max(largest, performance.now() - last);
        last = performance.now();
    };
    const timer = setInterval(look, PERIOD_MS);
    return () => {
        look();
        clearInterval(timer);
        return largest;
    };
}

/** Flush an encoder that has a backlog of 720p in quality mode; the largest gap meanwhile, and how long it took. */
async function flushBacklog(frames) {
    const { codec, outputs, errors } = video.collect(VideoEncoder);
    codec.configure({ ...CODECS.hevc, width: 1280, height: 720, latencyMode: 'quality' });
    for (const frame of frames) codec.encode(frame);
    const start = performance.now();
    const stop = startTicker();
    await codec.flush();
    const gap = stop();
    codec.close();
    assert.deepEqual(errors, []);
    assert.equal(outputs.length, frames.length);
    return { gap, took: performance.now() - start };
}

// A flush that stalls the event loop stalls it each time; a machine that has no CPU for a process does not. So the best
// of some tries counts, and each must have had something to wait for.
scenario(__filename, 'a long flush in quality mode leaves the event loop alone', {}, async () => {
    const frames = Array.from({ length: 12 }, (_, index) => video.makeFrame(1280, 720, index));
    const gaps = [];
    while (gaps.length < 5 && !(Math.min(...gaps) <= LARGEST_GAP_MS)) {
        const { gap, took } = await flushBacklog(frames);
        assert.ok(took > 4 * LARGEST_GAP_MS, `nothing to wait for: the flush took ${took} ms`);
        gaps.push(gap);
    }
    assert.ok(Math.min(...gaps) <= LARGEST_GAP_MS, `largest gaps in ms: ${gaps}`);
});

for (const [name, codec] of Object.entries(CODECS)) {
    scenario(__filename, `${name} has key frames exactly where they are asked for`, {}, async () => {
        const asked = new Set([0, 7, 8, 20]);
        const config = { ...codec, width: 320, height: 240, latencyMode: 'realtime' };
        const { outputs } = await video.encodeClip(config, 24, (index) => ({
            keyFrame: index > 0 && asked.has(index),
        }));
        for (const [index, chunk] of outputs.entries()) {
            assert.equal(chunk.timestamp, index * 40000);
            assert.equal(chunk.type, asked.has(index) ? 'key' : 'delta', `chunk ${index} by its type`);
            assert.equal(isKeyByBits(name, video.bytesOf(chunk)), asked.has(index), `chunk ${index} by its bits`);
        }
    });
}

/** Luma of a decoded frame in its left and right half, as means. */
async function halves(frame) {
    const { width, height } = frame.visibleRect;
    const bytes = new Uint8Array(frame.allocationSize());
    const [{ offset, stride }] = await frame.copyTo(bytes);
    const sums = [0, 0];
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) sums[Number(x >= width / 2)] += bytes[offset + y * stride + x];
    }
    return sums.map((sum) => sum / (width * height * 0.5));
}

/** A picture that is dark on the left and bright on the right. */
function splitPicture(width, height) {
    const picture = new Uint8Array(width * height * 1.5).fill(128);
    for (let y = 0; y < height; y++) {
        picture.fill(40, y * width, y * width + width / 2);
        picture.fill(200, y * width + width / 2, (y + 1) * width);
    }
    return picture;
}

scenario(__filename, 'frames of another size than the configured one are scaled to it', {}, async () => {
    const sizes = [
        [320, 240],
        [640, 480],
        [160, 120],
        [320, 180],
    ];
    const encoder = video.collect(VideoEncoder);
    encoder.codec.configure({ ...CODECS.vp8, width: 320, height: 240 });
    for (const [index, [width, height]] of sizes.entries()) {
        const frame = video.makeFrame(width, height, index, { picture: splitPicture(width, height) });
        encoder.codec.encode(frame);
        frame.close();
    }
    await encoder.codec.flush();
    const decoder = await video.decodeAll(encoder);
    assert.equal(decoder.outputs.length, sizes.length);
    for (const frame of decoder.outputs) {
        assert.deepEqual([frame.visibleRect.width, frame.visibleRect.height], [320, 240]);
        const [left, right] = await halves(frame);
        assert.ok(Math.abs(left - 40) < 8 && Math.abs(right - 200) < 8, `means ${left} and ${right}`);
        frame.close();
    }
});

/** Queue `count` inputs in one turn and follow the size until it is 0; `queue(index)` queues one. */
async function followQueue(codec, sizeName, count, queue) {
    const seen = [];
    let handled = 0;
    codec.addEventListener('dequeue', (event) => {
        assert.equal(event.target, codec);
        seen.push(codec[sizeName]);
    });
    codec.ondequeue = () => handled++;
    assert.equal(codec[sizeName], 0);
    for (let index = 0; index < count; index++) {
        queue(index);
        assert.equal(codec[sizeName], index + 1, 'the size counts what this turn queued');
    }
    const flushed = codec.flush();
    assert.equal(codec[sizeName], count, 'a flush is no input');
    await flushed;
    assert.ok(seen.length >= 1 && seen.length <= count, `${seen.length} dequeue events`);
    assert.equal(handled, seen.length);
    let last = count;
    for (const size of seen) {
        assert.ok(size < last, `sizes at dequeue events: ${seen}`);
        last = size;
    }
    assert.equal(codec[sizeName], 0);
}

scenario(__filename, 'queue sizes are true, and a dequeue event tells of each that is smaller', {}, async () => {
    const encoder = video.collect(VideoEncoder);
    encoder.codec.configure({ ...CODECS.vp8, width: 320, height: 240 });
    const frames = Array.from({ length: 16 }, (_, index) => video.makeFrame(320, 240, index));
    await followQueue(encoder.codec, 'encodeQueueSize', 16, (index) => encoder.codec.encode(frames[index]));
    const decoder = video.collect(VideoDecoder);
    decoder.codec.configure(video.decoderConfigOf(encoder));
    await followQueue(decoder.codec, 'decodeQueueSize', 16, (index) => decoder.codec.decode(encoder.outputs[index]));
    assert.equal(decoder.outputs.length, 16);
    for (const frame of [...frames, ...decoder.outputs]) frame.close();
});

async function assertAborted(promises) {
    for (const result of await Promise.allSettled(promises)) {
        assert.equal(result.status, 'rejected');
        assert.ok(result.reason instanceof DOMException);
        assert.equal(result.reason.name, 'AbortError');
    }
}

for (const end of ['reset', 'close']) {
    scenario(__filename, `${end}() settles every flush with an AbortError`, {}, async () => {
        const clip = await video.encodeClip({ ...CODECS.h264, width: 320, height: 240 }, 10);
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure(video.decoderConfigOf(clip));
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure({ ...CODECS.hevc, width: 640, height: 480 });
        const flushes = [];
        for (let round = 0; round < 5; round++) {
            for (const chunk of clip.outputs) decoder.codec.decode(chunk);
            const frame = video.makeFrame(640, 480, round);
            encoder.codec.encode(frame);
            frame.close();
            flushes.push(decoder.codec.flush(), encoder.codec.flush());
        }
        decoder.codec[end]();
        encoder.codec[end]();
        assert.equal(decoder.codec.decodeQueueSize + encoder.codec.encodeQueueSize, 0);
        await assertAborted(flushes);
        const state = end === 'close' ? 'closed' : 'unconfigured';
        assert.deepEqual([decoder.codec.state, encoder.codec.state], [state, state]);
        for (let i = 0; i < 20; i++) await video.turn();
        assert.equal(decoder.outputs.length + encoder.outputs.length, 0, 'nothing comes after it');
        assert.deepEqual([...decoder.errors, ...encoder.errors], []);
        await assert.rejects(decoder.codec.flush(), { name: 'InvalidStateError' });
        if (end === 'close') return;
        // What was reset works on.
        decoder.codec.configure(video.decoderConfigOf(clip));
        for (const chunk of clip.outputs) decoder.codec.decode(chunk);
        await decoder.codec.flush();
        assert.equal(decoder.outputs.length, 10);
    });
}

scenario(__filename, 'flushes that are pending settle in their order, each behind its outputs', {}, async () => {
    const { codec, outputs } = video.collect(VideoEncoder);
    codec.configure({ ...CODECS.vp9, width: 320, height: 240 });
    const settled = [];
    const flushes = [];
    for (let index = 0; index < 4; index++) {
        const frame = video.makeFrame(320, 240, index);
        codec.encode(frame);
        frame.close();
        flushes.push(codec.flush().then(() => settled.push([index, outputs.length])));
    }
    await Promise.all(flushes);
    assert.deepEqual(settled, [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
    ]);
});

for (const name of ['vp8', 'vp9', 'h264']) {
    scenario(__filename, `${name} changes its size in the middle of a stream`, {}, async () => {
        const small = await video.encodeClip({ ...CODECS[name], width: 320, height: 240 }, 4);
        const large = await video.encodeClip({ ...CODECS[name], width: 640, height: 480 }, 4);
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure({ codec: CODECS[name].codec });
        for (const chunk of [...small.outputs, ...large.outputs]) decoder.codec.decode(chunk);
        await decoder.codec.flush();
        assert.deepEqual(decoder.errors, []);
        const sizes = decoder.outputs.map((frame) => `${frame.visibleRect.width}x${frame.visibleRect.height}`);
        assert.deepEqual(sizes, [...Array(4).fill('320x240'), ...Array(4).fill('640x480')]);
    });
}

scenario(__filename, 'an encoder that is configured anew goes on with the new size and tells of it', {}, async () => {
    const { codec, outputs, metadata } = video.collect(VideoEncoder);
    for (const [width, height] of [
        [320, 240],
        [640, 480],
    ]) {
        codec.configure({ ...CODECS.vp9, width, height });
        for (let index = 0; index < 3; index++) codec.encode(video.makeFrame(320, 240, index));
    }
    await codec.flush();
    assert.deepEqual(
        outputs.map((chunk) => chunk.type),
        ['key', 'delta', 'delta', 'key', 'delta', 'delta'],
    );
    const widths = metadata.map((told) => told?.decoderConfig?.codedWidth);
    assert.deepEqual(widths, [320, undefined, undefined, 640, undefined, undefined]);
});

scenario(__filename, 'times come back as they were given, odd ones too', {}, async () => {
    const times = [-5, 0, 1, 1, 7, -1000000, 2 ** 53 - 1, 33, -(2 ** 53) + 1, 34];
    const durations = [0, 1, 5, 2 ** 40, 33333, 0, 7, 8, 9, 10];
    const encoder = video.collect(VideoEncoder);
    encoder.codec.configure({ ...CODECS.vp8, width: 320, height: 240 });
    for (const [index, timestamp] of times.entries()) {
        const frame = video.makeFrame(320, 240, index, { timestamp, duration: durations[index] });
        encoder.codec.encode(frame);
        frame.close();
    }
    await encoder.codec.flush();
    const decoder = await video.decodeAll(encoder);
    for (const list of [encoder.outputs, decoder.outputs]) {
        assert.deepEqual(
            list.map((output) => output.timestamp),
            times,
        );
        assert.deepEqual(
            list.map((output) => output.duration),
            durations,
        );
    }
});

scenario(
    __filename,
    'a chunk that cannot be decoded ends in one EncodingError, and flushes end with it',
    {},
    async () => {
        const clip = await video.encodeClip({ ...CODECS.h264, width: 320, height: 240 }, 4);
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure(video.decoderConfigOf(clip));
        decoder.codec.decode(clip.outputs[0]);
        const damaged = video.bytesOf(clip.outputs[1]).fill(0xff, 5);
        decoder.codec.decode(new EncodedVideoChunk({ type: 'delta', timestamp: 40000, data: damaged }));
        await assert.rejects(decoder.codec.flush(), { name: 'EncodingError' });
        assert.deepEqual(
            decoder.errors.map((error) => error.name),
            ['EncodingError'],
        );
        assert.equal(decoder.codec.state, 'closed');
    },
);
