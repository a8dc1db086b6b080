// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const { EncodedVideoChunk, VideoDecoder, VideoEncoder } = require('../index.js');
const { grey, vp8Chunks, unexpected } = require('./support/pictures.js');

const decoderConfig = { codec: 'vp8' };
const encoderConfig = { codec: 'vp8', width: 64, height: 48 };
const codecs = [
    [VideoDecoder, decoderConfig],
    [VideoEncoder, encoderConfig],
];
const callbacks = (members) => ({ output: unexpected('output'), error: unexpected('error'), ...members });
const make = (Codec, members = {}) => new Codec(callbacks(members));
const named = (name) => (error) => error instanceof DOMException && error.name === name;
const queueSize = (codec) => codec.decodeQueueSize ?? codec.encodeQueueSize;

test('P-23 a codec needs both callbacks, and begins unconfigured with nothing queued', () => {
    const call = () => {};
    for (const [Codec] of codecs) {
        for (const init of [undefined, null, {}, { output: call }, { error: call }, { output: call, error: {} }, call])
            assert.throws(() => new Codec(init), TypeError);
        const codec = make(Codec);
        assert.deepStrictEqual([codec.state, queueSize(codec), codec.ondequeue], ['unconfigured', 0, null]);
        assert.ok(codec instanceof EventTarget);
    }
});

test('P-14 P-18 calls in states that do not allow them are InvalidStateErrors', async () => {
    const chunk = new EncodedVideoChunk({ type: 'key', timestamp: 0, data: new Uint8Array(1) });
    const frame = grey(64, 48);
    for (const [Codec, config] of codecs) {
        const codec = make(Codec);
        const code = () => (codec.decode ? codec.decode(chunk) : codec.encode(frame));
        codec.reset();
        assert.strictEqual(codec.state, 'unconfigured');
        assert.throws(code, named('InvalidStateError'));
        await assert.rejects(codec.flush(), named('InvalidStateError'));
        codec.close();
        for (const call of [code, () => codec.configure(config), () => codec.reset(), () => codec.close()])
            assert.throws(call, named('InvalidStateError'));
        await assert.rejects(codec.flush(), named('InvalidStateError'));
    }
});

test('VD-02 what is decoded is an EncodedVideoChunk, then the state counts, then the key chunk', async () => {
    const [key, delta] = await vp8Chunks(2);
    const decoder = make(VideoDecoder, { output: (frame) => frame.close() });
    for (const chunk of [undefined, null, {}, 1, new Uint8Array(1), grey(2, 2)])
        assert.throws(() => decoder.decode(chunk), TypeError);
    assert.throws(() => decoder.decode(delta), named('InvalidStateError'));
    decoder.configure(decoderConfig);
    assert.throws(() => decoder.decode(delta), named('DataError'));
    assert.strictEqual(decoder.decodeQueueSize, 0);
    decoder.decode(key);
    decoder.decode(delta);
    await decoder.flush();
    decoder.close();
});

test('VE-02 a closed frame is a TypeError, then the state counts, then the orientation', async () => {
    const outputs = [];
    const encoder = make(VideoEncoder, { output: (chunk, metadata) => outputs.push(metadata) });
    const closed = grey(64, 48);
    closed.close();
    for (const frame of [undefined, null, {}, new Uint8Array(1), closed])
        assert.throws(() => encoder.encode(frame), TypeError);
    assert.throws(() => encoder.encode(grey(64, 48), 1), TypeError, 'options that are not an object');
    assert.throws(() => encoder.encode(grey(64, 48)), named('InvalidStateError'));
    encoder.configure(encoderConfig);
    assert.throws(() => encoder.encode(closed), TypeError);
    const frame = grey(64, 48, { rotation: 90, flip: true });
    encoder.encode(frame, null);
    frame.close();
    assert.throws(() => encoder.encode(grey(64, 48)), named('DataError'));
    await encoder.flush();
    encoder.close();
    assert.deepStrictEqual([outputs[0].decoderConfig.rotation, outputs[0].decoderConfig.flip], [90, true]);
});

test('P-08 outputs and the last dequeue event come before the end of a flush', async () => {
    const order = [];
    const encoder = make(VideoEncoder, { output: (chunk) => order.push(chunk.timestamp) });
    encoder.ondequeue = () => order.push('dequeue');
    encoder.configure(encoderConfig);
    const frames = [0, 1, 2].map((timestamp) => grey(64, 48, { timestamp }));
    for (const frame of frames) encoder.encode(frame);
    assert.ok(encoder.encodeQueueSize > 0);
    assert.strictEqual(await encoder.flush(), undefined);
    assert.strictEqual(encoder.encodeQueueSize, 0);
    assert.deepStrictEqual(
        order.filter((item) => item !== 'dequeue'),
        [0, 1, 2],
    );
    assert.ok(order.includes('dequeue'));
    encoder.close();
});

test('P-09 P-11 P-14 reset and close end every flush with AbortError, in order and at once', async () => {
    for (const [Codec, config] of codecs)
        for (const call of ['reset', 'close']) {
            const codec = make(Codec);
            const order = [];
            codec.configure(config);
            const flushes = [codec.flush(), codec.flush()];
            const settled = flushes.map((flush, i) =>
                assert.rejects(flush, named('AbortError')).then(() => order.push(i)),
            );
            codec[call]();
            await Promise.all(settled);
            assert.deepStrictEqual(order, [0, 1]);
        }
});

test('P-13 a flush of a new configuration is not touched by events of the old one', async () => {
    const decoder = make(VideoDecoder);
    decoder.configure(decoderConfig);
    const old = decoder.flush();
    decoder.reset();
    decoder.configure(decoderConfig);
    await assert.rejects(old, named('AbortError'));
    assert.strictEqual(await decoder.flush(), undefined);
    decoder.close();
});

test('P-16 the error callback comes first, then flushes are rejected with the same error', async () => {
    for (const [Codec, config] of codecs) {
        const errors = [];
        const codec = make(Codec, { error: (error) => errors.push([error, codec.state]) });
        codec.configure({ ...config, codec: 'bogus' });
        const rejected = [codec.flush(), codec.flush()].map((flush) =>
            flush.then(unexpected('flush'), (error) => {
                assert.strictEqual(errors.length, 1);
                assert.strictEqual(error, errors[0][0]);
                assert.strictEqual(codec.state, 'closed');
            }),
        );
        await Promise.all(rejected);
        assert.ok(named('NotSupportedError')(errors[0][0]));
        assert.strictEqual(errors[0][1], 'closed');
    }
});

test('P-20 callbacks may reset and close their codec', async () => {
    const chunks = await vp8Chunks(3);
    for (const call of ['reset', 'close']) {
        let outputs = 0;
        const decoder = make(VideoDecoder, {
            output: (frame) => {
                outputs++;
                frame.close();
                decoder[call]();
            },
        });
        decoder.configure(decoderConfig);
        for (const chunk of chunks) decoder.decode(chunk);
        await assert.rejects(decoder.flush(), named('AbortError'));
        assert.strictEqual(outputs, 1);
    }
});

test('P-20 callbacks get what they are for, and no this', async () => {
    const seen = [];
    const encoder = new VideoEncoder({
        output(...values) {
            seen.push([this, values]);
        },
        error: unexpected('error'),
    });
    encoder.configure(encoderConfig);
    const frame = grey(64, 48);
    encoder.encode(frame);
    encoder.encode(frame);
    await encoder.flush();
    encoder.close();
    for (const [self, [chunk, metadata, ...more]] of seen) {
        assert.strictEqual(self, undefined);
        assert.ok(chunk instanceof EncodedVideoChunk);
        assert.strictEqual(Object.getPrototypeOf(metadata), Object.prototype);
        assert.strictEqual(more.length, 0);
    }
    assert.ok('decoderConfig' in seen[0][1][1] && !('decoderConfig' in seen[1][1][1]));
});

test('P-20 exceptions of callbacks and listeners reach the process, and delivery goes on', () => {
    const script = `
        const { VideoEncoder, VideoDecoder } = require(${JSON.stringify(path.join(__dirname, '../index.js'))});
        const { grey } = require(${JSON.stringify(path.join(__dirname, 'support/pictures.js'))});
        const log = [];
        process.on('uncaughtException', (error) => log.push(error.message));
        const fail = (what) => () => { throw new Error(what); };
        (async () => {
            const encoder = new VideoEncoder({ output: fail('output'), error: fail('error') });
            encoder.configure({ codec: 'vp8', width: 64, height: 48 });
            encoder.addEventListener('dequeue', fail('dequeue'), { once: true });
            for (const frame of [grey(64, 48), grey(64, 48)]) encoder.encode(frame);
            await encoder.flush();
            encoder.configure({ codec: 'bogus', width: 64, height: 48 });
            await encoder.flush().catch((error) => log.push(error.name));
            console.log(log.sort().join());
        })();`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    assert.strictEqual(stdout.trim(), 'NotSupportedError,dequeue,error,output,output', stderr);
    assert.strictEqual(status, 0);
});

test('P-10 ondequeue is an event handler that keeps its place among the listeners', () => {
    const decoder = make(VideoDecoder);
    const order = [];
    const fire = () => {
        order.length = 0;
        decoder.dispatchEvent(new Event('dequeue'));
        return order.join();
    };
    decoder.ondequeue = () => order.push('first');
    decoder.addEventListener('dequeue', () => order.push('listener'));
    assert.strictEqual(fire(), 'first,listener');
    const second = function (event) {
        order.push('second');
        assert.strictEqual(this, decoder);
        assert.strictEqual(event.type, 'dequeue');
    };
    decoder.ondequeue = second;
    assert.strictEqual(decoder.ondequeue, second);
    assert.strictEqual(fire(), 'second,listener');
    for (const value of [null, undefined, 1, 'x']) {
        decoder.ondequeue = value;
        assert.strictEqual(decoder.ondequeue, null);
        assert.strictEqual(fire(), 'listener');
    }
    const nothing = {}; // an object is kept, and one that cannot be called does nothing
    decoder.ondequeue = nothing;
    assert.strictEqual(decoder.ondequeue, nothing);
    assert.strictEqual(fire(), 'listener');
    decoder.ondequeue = null;
    decoder.ondequeue = second;
    assert.strictEqual(fire(), 'listener,second');
});

test('P-10 dequeue events reach handlers and listeners, with sizes that fall to 0', async () => {
    const encoder = make(VideoEncoder, { output() {} });
    const sizes = [];
    let listened = 0;
    encoder.ondequeue = () => sizes.push(encoder.encodeQueueSize);
    encoder.addEventListener('dequeue', (event) => (listened += Number(event.target === encoder)));
    encoder.configure(encoderConfig);
    const frame = grey(64, 48);
    for (let i = 0; i < 20; i++) encoder.encode(frame);
    await encoder.flush();
    encoder.close();
    assert.strictEqual(listened, sizes.length);
    assert.deepStrictEqual(
        sizes,
        [...new Set(sizes)].sort((a, b) => b - a),
        'each smaller than the one before',
    );
    assert.strictEqual(sizes.at(-1), 0);
});

test('P-15 a codec that fails with a queue that is not empty fires dequeue, so that who waits for room goes on', async () => {
    let tell;
    const failed = new Promise((resolve) => {
        tell = resolve;
    });
    const decoder = make(VideoDecoder, { output: (frame) => frame.close(), error: tell });
    decoder.configure(decoderConfig);
    const [key] = await vp8Chunks(1);
    decoder.decode(key);
    const bad = new EncodedVideoChunk({ type: 'delta', timestamp: 1, data: new Uint8Array(2) });
    for (let i = 0; i < 200; i++) decoder.decode(bad);
    const room = (resolve) => decoder.addEventListener('dequeue', resolve, { once: true });
    while (decoder.decodeQueueSize > 0) await new Promise(room);
    // Nothing waits any more where the worker was quicker than these calls; then the error is still to come.
    assert.strictEqual((await failed).name, 'EncodingError');
    assert.strictEqual(decoder.state, 'closed');
});

test('events go on while the program has put fakes in the places of timers', async (context) => {
    if (!context.mock.timers) return context.skip('this Node has no fake timers');
    const apis = ['setImmediate'];
    context.mock.timers.enable(process.versions.node.startsWith('18.') ? apis : { apis });
    let outputs = 0;
    const frame = grey(64, 48);
    const encoder = make(VideoEncoder, {
        output() {
            // Longer than events are delivered for in one turn of the loop, together.
            for (let i = 0; i < 200; i++) frame.clone().close();
            outputs++;
        },
    });
    encoder.configure(encoderConfig);
    for (let i = 0; i < 200; i++) encoder.encode(frame);
    await encoder.flush();
    assert.strictEqual(outputs, 200);
    encoder.close();
});
