// SPDX-License-Identifier: MIT
'use strict';

// What codecs, frames and chunks hold comes back: at close(), and by the garbage collector where nobody closed them.

const assert = require('node:assert/strict');
const { scenario } = require('./support/scenario.js');
const held = require('./support/process.js');
const video = require('./support/video.js');

const { VideoEncoder, VideoDecoder, VideoFrame, EncodedVideoChunk } = video.webcodecs;
const CONFIG = { ...video.CODECS.vp8, width: 320, height: 240 };

const GC = { flags: ['--expose-gc'], skip: held.missingProc };

scenario(__filename, 'frames that are dropped without close() are released by the garbage collector', GC, async () => {
    const before = held.native.stats();
    // In a function of its own: a variable of one that goes on may be seen as long as that runs.
    const drop = () => {
        for (let index = 0; index < 60; index++) {
            const frame = video.makeFrame(320, 240, index);
            void [frame.clone(), new VideoFrame(frame, { timestamp: 1 })];
        }
    };
    drop();
    assert.ok(held.native.stats().frameBytes > before.frameBytes);
    await held.settle(() => held.native.stats().frames, before.frames, 'frames', { collect: true });
    assert.equal(held.native.stats().frameBytes, before.frameBytes);
});

scenario(__filename, 'chunks that are dropped are released by the garbage collector', GC, async () => {
    const before = held.native.stats();
    const drop = () => {
        for (let index = 0; index < 500; index++) {
            void new EncodedVideoChunk({ type: 'key', timestamp: index, data: new Uint8Array(4096) });
        }
    };
    drop();
    assert.ok(held.native.stats().chunkBytes > before.chunkBytes);
    await held.settle(() => held.native.stats().chunks, before.chunks, 'chunks', { collect: true });
    assert.equal(held.native.stats().chunkBytes, before.chunkBytes);
});

scenario(__filename, 'outputs that nobody closes are released by the garbage collector', GC, async () => {
    const clip = await video.encodeClip(CONFIG, 30);
    const decoder = new VideoDecoder({ output() {}, error: assert.fail });
    decoder.configure(video.decoderConfigOf(clip));
    for (const chunk of clip.outputs) decoder.decode(chunk);
    await decoder.flush();
    decoder.close();
    await held.settle(() => held.native.stats().frames, 0, 'frames', { collect: true });
});

scenario(__filename, 'close() gives the memory of a frame back at once', {}, () => {
    const before = held.native.stats().frameBytes;
    const frames = Array.from({ length: 50 }, (_, index) => video.makeFrame(320, 240, index));
    const size = 320 * 240 * 1.5;
    assert.ok(held.native.stats().frameBytes >= before + 50 * size);
    for (const [index, frame] of frames.entries()) {
        frame.close();
        assert.ok(held.native.stats().frameBytes - before >= (49 - index) * size);
    }
    assert.equal(held.native.stats().frameBytes, before);
});

scenario(__filename, '200 codecs that are dropped without close() leave no thread behind', GC, async () => {
    const use = async (count) => {
        const work = [];
        for (let index = 0; index < count; index++) {
            const { codec } = video.collect(index % 2 ? VideoEncoder : VideoDecoder);
            codec.configure(index % 2 ? CONFIG : { codec: 'vp8' });
            if (index % 2) codec.encode(video.makeFrame(320, 240, index));
            if (index % 4 === 1) work.push(codec.flush());
        }
        await Promise.all(work);
    };
    await use(4);
    const threads = await held.settle(held.countThreads, Infinity, 'threads', { collect: true });
    const descriptors = held.countDescriptors();
    await use(200);
    await held.settle(() => held.native.stats().codecs, 0, 'codecs', { collect: true });
    await held.settle(held.countThreads, threads, 'threads', { collect: true });
    await held.settle(held.countDescriptors, descriptors, 'descriptors');
});

scenario(__filename, 'a codec that is dropped in the middle of its work still delivers it', GC, async () => {
    let chunks = 0;
    let queue = (count) => {
        const encoder = new VideoEncoder({ output: () => chunks++, error: assert.fail });
        encoder.configure({ ...CONFIG, latencyMode: 'realtime' });
        for (let index = 0; index < count; index++) encoder.encode(video.makeFrame(320, 240, index));
    };
    queue(20);
    queue = null;
    await held.collectGarbage();
    await video.until(() => chunks === 20, 'the chunks of an encoder that nobody holds');
});

scenario(__filename, '10,000 frames in one turn show in the queue size, and all are encoded', {}, async () => {
    const encoder = new VideoEncoder({ output: () => chunks++, error: assert.fail });
    let chunks = 0;
    encoder.configure({ codec: 'vp8', width: 64, height: 64, latencyMode: 'realtime' });
    const frame = video.makeFrame(64, 64, 0);
    for (let index = 0; index < 10000; index++) encoder.encode(frame);
    assert.equal(encoder.encodeQueueSize, 10000);
    await encoder.flush();
    assert.equal(chunks, 10000);
    assert.equal(encoder.encodeQueueSize, 0);
});

scenario(__filename, 'a caller that heeds the queue size holds a bounded number of frames', {}, async () => {
    const most = 16;
    const encoder = new VideoEncoder({ output: () => chunks++, error: assert.fail });
    let chunks = 0;
    let highest = 0;
    encoder.configure({ codec: 'vp8', width: 320, height: 240, latencyMode: 'realtime' });
    const picture = video.makePicture(320, 240, 0);
    for (let index = 0; index < 1000; index++) {
        while (encoder.encodeQueueSize >= most) await video.once(encoder, 'dequeue');
        const frame = video.makeFrame(320, 240, index, { picture });
        encoder.encode(frame);
        frame.close();
        highest = Math.max(highest, held.native.stats().frames);
    }
    await encoder.flush();
    assert.equal(chunks, 1000);
    // One more is with the encoder, and one in the hands of the worker.
    assert.ok(highest <= most + 2, `${highest} frames were held`);
});
