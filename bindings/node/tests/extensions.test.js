// SPDX-License-Identifier: MIT
'use strict';

// config.libwebcodecs: what the engine takes beyond WebCodecs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { scenario } = require('./support/scenario.js');
const video = require('./support/video.js');

const { VideoEncoder } = video.webcodecs;
const H264 = { ...video.CODECS.h264, width: 160, height: 120, bitrate: 200000 };
const FRAMES = 12;

function extended(libwebcodecs, more = {}) {
    return { ...H264, ...more, libwebcodecs };
}

async function isSupported(config) {
    return (await VideoEncoder.isConfigSupported(config)).supported;
}

const sizeOf = (session) => session.outputs.reduce((sum, chunk) => sum + chunk.byteLength, 0);
const keysOf = (session) => session.outputs.map((chunk, index) => (chunk.type === 'key' ? index : -1)).filter((i) => i >= 0);
const timesOf = (session) => session.outputs.map((chunk) => chunk.timestamp);

scenario(__filename, 'P-24 P-25 extensions are given back in an object of their own, without defaults and without what is unknown', {}, async () => {
    const all = { threadCount: 1, preset: 'superfast', keyInterval: 5, exactSize: 1, bFrames: 0 };
    const { config } = await VideoEncoder.isConfigSupported(extended({ ...all, later: 1 }));
    assert.deepEqual(config.libwebcodecs, { ...all, exactSize: true });
    assert.notEqual(config.libwebcodecs, all);
    assert.deepEqual((await VideoEncoder.isConfigSupported(extended({}))).config.libwebcodecs, {});
    assert.equal('libwebcodecs' in (await VideoEncoder.isConfigSupported(H264)).config, false);
});

scenario(__filename, 'P-17 extensions of a wrong type are a TypeError', {}, async () => {
    const wrong = [1, 'fast', { bFrames: -1 }, { keyInterval: 2 ** 32 }, { threadCount: NaN }, { preset: Symbol('fast') }];
    for (const libwebcodecs of wrong) {
        const encoder = new VideoEncoder({ output() {}, error() {} });
        assert.throws(() => encoder.configure(extended(libwebcodecs)), TypeError);
        assert.equal(encoder.state, 'unconfigured');
        await assert.rejects(VideoEncoder.isConfigSupported(extended(libwebcodecs)), TypeError);
    }
});

scenario(__filename, 'P-24 what the encoder does not have is not supported', {}, async () => {
    assert.equal(await isSupported(extended({ preset: 'fastest' })), false);
    assert.equal(await isSupported(extended({ preset: 'superfast\0' })), false);
    assert.equal(await isSupported(extended({ preset: 'slow' }, { bitrateMode: 'quantizer' })), false);
    assert.equal(await isSupported(extended({ bFrames: 17 })), false);
    assert.equal(await isSupported(extended({ bFrames: 2 }, { latencyMode: 'realtime' })), false);
    assert.equal(await isSupported(extended({ bFrames: 2 }, { codec: 'vp8' })), false);
    for (const preset of ['ultrafast', 'placebo']) assert.equal(await isSupported(extended({ preset })), true);
    for (const [name, preset] of Object.entries({ hevc: 'medium', vp8: '16', vp9: '0', av1: '8' }))
        assert.equal(await isSupported({ ...H264, ...video.CODECS[name], libwebcodecs: { preset } }), true, name);
});

scenario(__filename, 'a preset reaches the encoder', {}, async () => {
    const sizes = new Set();
    for (const preset of ['ultrafast', 'superfast', 'slow'])
        sizes.add(sizeOf(await video.encodeClip(extended({ preset, threadCount: 1 }), FRAMES)));
    assert.equal(sizes.size, 3);
});

scenario(__filename, 'VE-08 with bFrames chunks come in decoding order and carry the times of their own frames', {}, async () => {
    for (const codec of [{ codec: 'avc1.64001f' }, video.CODECS.hevc]) {
        const config = extended({ bFrames: 3 }, codec);
        const session = await video.encodeClip(config, 2 * FRAMES);
        const times = timesOf(session);
        const shown = [...times].sort((a, b) => a - b);
        assert.deepEqual(shown, Array.from({ length: 2 * FRAMES }, (_, index) => index * 40000));
        assert.notDeepEqual(times, shown, `${codec.codec}: nothing was reordered`);
        for (const chunk of session.outputs) assert.equal(chunk.duration, 40000);
        const decoder = await video.decodeAll(session);
        assert.deepEqual(timesOf(decoder), shown);
        decoder.outputs.forEach((frame) => frame.close());
    }
});

scenario(__filename, 'EN-13 keyInterval is the most frames from a key frame to the next', {}, async () => {
    for (const name of ['h264', 'hevc', 'vp8', 'vp9', 'av1']) {
        const config = extended({ keyInterval: 5 }, { ...video.CODECS[name], latencyMode: 'realtime' });
        assert.deepEqual(keysOf(await video.encodeClip(config, FRAMES)), [0, 5, 10], name);
    }
});

scenario(__filename, 'with exactSize a frame of another size is a TypeError, and no other frame is lost', {}, async () => {
    const session = video.collect(VideoEncoder);
    session.codec.configure(extended({ exactSize: true }));
    const sizes = [
        [160, 120],
        [80, 60],
        [160, 120],
    ];
    sizes.forEach(([width, height], index) => {
        const frame = video.makeFrame(width, height, index);
        if (width === 160) session.codec.encode(frame);
        else assert.throws(() => session.codec.encode(frame), TypeError);
        frame.close();
    });
    await session.codec.flush();
    session.codec.close();
    assert.deepEqual(session.errors, []);
    assert.deepEqual(timesOf(session), [0, 80000]);
});

scenario(__filename, 'threadCount bounds the threads of the codec', {}, async () => {
    const threads = () => fs.readdirSync('/proc/self/task').length;
    const counts = [];
    for (const threadCount of [1, 8]) {
        const session = video.collect(VideoEncoder);
        session.codec.configure(extended({ threadCount }, { width: 640, height: 480, latencyMode: 'realtime' }));
        const frame = video.makeFrame(640, 480, 0);
        session.codec.encode(frame);
        frame.close();
        await video.until(() => session.outputs.length > 0, 'the first chunk');
        const open = threads();
        counts.push(open);
        session.codec.close();
        await video.until(() => threads() < open, 'the threads of a codec end');
    }
    assert.ok(counts[1] >= counts[0] + 7, `${counts}`);
});
