// SPDX-License-Identifier: MIT
'use strict';

// The process lives as long as there is work that it would want the results of, and no longer.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { runNode } = require('./support/scenario.js');
const { CODECS } = require('./support/video.js');

const VIDEO = JSON.stringify(path.join(__dirname, 'support', 'video.js'));
const CONFIG = { ...CODECS.vp8, width: 320, height: 240 };

/**
 * Run a function in a process of its own, which must end by itself; what it gives to `atExit` is said at the end.
 * Nothing in it waits but what it says.
 */
async function runScript(body) {
    const script = `'use strict';
        const video = require(${VIDEO});
        const { VideoEncoder, VideoDecoder } = video.webcodecs;
        const CONFIG = ${JSON.stringify(CONFIG)};
        (${body})((text) => process.on('exit', () => console.log(text())));`;
    const result = await runNode(['-e', script]);
    assert.ok(!result.hung, 'the process did not end by itself');
    assert.equal(result.code, 0, result.stderr);
    return result.stdout.trim();
}

test('a process ends with codecs that were never configured', async () => {
    const said = await runScript((atExit) => {
        globalThis.kept = [video.collect(VideoEncoder), video.collect(VideoDecoder)];
        atExit(() => globalThis.kept.map(({ codec }) => codec.state).join());
    });
    assert.equal(said, 'unconfigured,unconfigured');
});

test('a process ends with codecs that are configured and have nothing to do', async () => {
    const said = await runScript((atExit) => {
        globalThis.kept = [video.collect(VideoEncoder), video.collect(VideoDecoder)];
        globalThis.kept[0].codec.configure(CONFIG);
        globalThis.kept[1].codec.configure({ codec: 'vp8' });
        atExit(() => globalThis.kept.map(({ codec }) => codec.state).join());
    });
    assert.equal(said, 'configured,configured');
});

test('a process ends with codecs that are open and have worked', async () => {
    const said = await runScript(async (atExit) => {
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure(CONFIG);
        encoder.codec.encode(video.makeFrame(320, 240, 0));
        await encoder.codec.flush();
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure(video.decoderConfigOf(encoder));
        decoder.codec.decode(encoder.outputs[0]);
        await decoder.codec.flush();
        globalThis.kept = [encoder, decoder];
        atExit(() => globalThis.kept.map(({ codec, outputs }) => codec.state + outputs.length).join());
    });
    assert.equal(said, 'configured1,configured1');
});

test('decode() without a flush delivers its outputs before the process ends', async () => {
    const said = await runScript(async (atExit) => {
        const clip = await video.encodeClip(CONFIG, 10);
        const decoder = video.collect(VideoDecoder);
        // Threads that work on whole frames hold one back each until a flush.
        decoder.codec.configure({ ...video.decoderConfigOf(clip), optimizeForLatency: true });
        for (const chunk of clip.outputs) decoder.codec.decode(chunk);
        atExit(() => `${decoder.outputs.length} frames, ${decoder.codec.decodeQueueSize} queued`);
    });
    assert.equal(said, '10 frames, 0 queued');
});

test('encode() without a flush delivers what the encoder gives out before the process ends', async () => {
    const said = await runScript((atExit) => {
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure({ ...CONFIG, latencyMode: 'realtime' });
        for (let index = 0; index < 10; index++) encoder.codec.encode(video.makeFrame(320, 240, index));
        atExit(() => `${encoder.outputs.length} chunks, ${encoder.codec.encodeQueueSize} queued`);
    });
    assert.equal(said, '10 chunks, 0 queued');
});

test('a pending flush keeps the process alive until it is settled', async () => {
    const said = await runScript((atExit) => {
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure({ ...video.CODECS.hevc, width: 640, height: 480, latencyMode: 'quality' });
        for (let index = 0; index < 8; index++) encoder.codec.encode(video.makeFrame(640, 480, index));
        let settled = 'pending';
        encoder.codec.flush().then(() => (settled = 'settled'));
        atExit(() => `${settled}, ${encoder.outputs.length} chunks`);
    });
    assert.equal(said, 'settled, 8 chunks');
});

test('the error of a config that is not supported is told before the process ends', async () => {
    const said = await runScript((atExit) => {
        const decoder = video.collect(VideoDecoder);
        decoder.codec.configure({ codec: 'av01.2.00M.12' });
        const encoder = video.collect(VideoEncoder);
        encoder.codec.configure({ codec: 'vp8', width: 60000, height: 60000 });
        atExit(() => encoder.errors.map((error) => error.name).join());
    });
    assert.equal(said, 'NotSupportedError');
});

// Encoders are opened by their threads, and libraries that they use take their own data down at the exit of a process:
// each delay is another moment of that.
for (const name of ['hevc', 'av1']) {
    test(`a process that exits in the middle of ${name} encoders does so at once`, { timeout: 300000 }, async () => {
        for (let delay = 0; delay < 60; delay += 3) {
            const result = await runNode([
                '-e',
                `const video = require(${VIDEO});
                const config = { ...video.CODECS.${name}, width: 640, height: 360, latencyMode: 'quality' };
                const frame = video.makeFrame(640, 360, 0);
                for (let round = 0; round < 4; round++) {
                    const { codec } = video.collect(video.webcodecs.VideoEncoder);
                    codec.configure(config);
                    for (let index = 0; index < 20; index++) codec.encode(frame);
                    codec.flush().catch(() => {});
                    if (round % 2) codec.close();
                }
                setTimeout(() => process.exit(7), ${delay});`,
            ]);
            const ended = [result.code, result.signal, result.hung];
            assert.deepEqual(ended, [7, null, false], `after ${delay} ms: ${result.stderr}`);
        }
    });
}
