// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const vm = require('node:vm');
const webidl = require('../lib/webidl.js');
const webcodecs = require('../index.js');
const { detached } = require('./support/pictures.js');

test('[EnforceRange] integers are truncated and refused out of range', () => {
    assert.strictEqual(webidl.toUint32(4294967295.9, 'n'), 4294967295);
    assert.strictEqual(webidl.toUint32('0x10', 'n'), 16);
    assert.ok(Object.is(webidl.toUint32(-0.5, 'n'), 0), 'negative zero is zero');
    assert.ok(Object.is(webidl.toInt64(-0, 'n'), 0), 'negative zero is zero');
    assert.strictEqual(webidl.toUint64(2 ** 53 - 1, 'n'), 2 ** 53 - 1);
    assert.strictEqual(webidl.toInt64(-(2 ** 53) + 1, 'n'), -(2 ** 53) + 1);
    for (const value of [NaN, Infinity, -Infinity, -1, 2 ** 32, 'x', undefined, {}])
        assert.throws(() => webidl.toUint32(value, 'n'), TypeError, `${value}`);
    for (const value of [-1, 2 ** 53, NaN]) assert.throws(() => webidl.toUint64(value, 'n'), TypeError, `${value}`);
    for (const value of [2 ** 53, -(2 ** 53), Infinity])
        assert.throws(() => webidl.toInt64(value, 'n'), TypeError, `${value}`);
    assert.throws(() => webidl.toUint32(1n, 'n'), TypeError);
    assert.throws(() => webidl.toUint32(Symbol('n'), 'n'), TypeError);
});

test('an object is converted to a number once', () => {
    let calls = 0;
    const five = { valueOf: () => (calls++, 5) };
    for (const convert of [webidl.toUint32, webidl.toUint64, webidl.toInt64]) assert.strictEqual(convert(five, 'n'), 5);
    assert.strictEqual(calls, 3);
});

test('integers without [EnforceRange] wrap around', () => {
    assert.strictEqual(webidl.toInt64Modulo(2 ** 63), -(2 ** 63));
    assert.strictEqual(webidl.toInt64Modulo(NaN), 0);
    assert.strictEqual(webidl.toInt64Modulo(-1.5), -1);
    assert.strictEqual(webidl.toUint64Modulo(2 ** 64 + 4096), 4096);
    assert.ok(webidl.toUint64Modulo(-1) < 2 ** 64, 'fits 64 bits as a double');
    assert.strictEqual(webidl.toUint16Modulo(65537), 1);
    assert.strictEqual(webidl.toUint16Modulo(-1), 65535);
});

test('double is finite, unrestricted double need not be', () => {
    assert.throws(() => webidl.toDouble(NaN, 'n'), TypeError);
    assert.throws(() => webidl.toDouble(Infinity, 'n'), TypeError);
    assert.strictEqual(webidl.toUnrestrictedDouble(-Infinity), -Infinity);
});

test('enumerations are compared exactly, after conversion to a string', () => {
    const values = new Set(['key', 'delta']);
    assert.strictEqual(webidl.toEnum({ toString: () => 'key' }, 'type', values), 'key');
    for (const value of ['Key', ' key', '', undefined, null])
        assert.throws(() => webidl.toEnum(value, 'type', values), TypeError, `${value}`);
    assert.throws(() => webidl.toDOMString(Symbol('s')), TypeError);
});

test('sequences are whatever iterates, and only that', () => {
    const double = (value) => value * 2;
    assert.deepStrictEqual(webidl.toSequence(new Set([1, 2]), 's', double), [2, 4]);
    assert.deepStrictEqual(webidl.toSequence([1, , 2], 's', String), ['1', 'undefined', '2']);
    for (const value of [undefined, null, 1, 'ab', {}, { length: 1, 0: 1 }])
        assert.throws(() => webidl.toSequence(value, 's', double), TypeError, `${value}`);
    assert.throws(() => webidl.toSequence({ [Symbol.iterator]: 1 }, 's', double), TypeError);
    assert.throws(() => webidl.toSequence({ [Symbol.iterator]: () => 1 }, 's', double), TypeError);
    assert.throws(() => webidl.toSequence({ [Symbol.iterator]: () => ({ next: () => 1 }) }, 's', double), TypeError);
});

test('dictionaries are objects, undefined or null', () => {
    for (const value of [undefined, null]) assert.strictEqual(webidl.toDictionary(value, 'init').member, undefined);
    const call = () => {};
    assert.strictEqual(webidl.toDictionary(call, 'init'), call);
    for (const value of [1, 'a', true, Symbol('s'), 1n])
        assert.throws(() => webidl.toDictionary(value, 'init'), TypeError, typeof value);
});

test('buffer sources are buffers and views, shared or not, of any realm', () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    const shared = new SharedArrayBuffer(8);
    new Uint8Array(shared).set(bytes);
    const sources = [
        bytes,
        bytes.buffer,
        shared,
        new Uint8Array(shared),
        new DataView(bytes.buffer),
        new Float64Array(bytes.buffer),
        Buffer.from(bytes),
        vm.runInNewContext('new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer'),
    ];
    for (const source of sources) {
        assert.strictEqual(webidl.toBufferSource(source, 'data'), source);
        assert.deepStrictEqual([...webidl.bytesOf(source)], [...bytes]);
        assert.deepStrictEqual([...webidl.copyOfBytes(source)], [...bytes]);
    }
    assert.deepStrictEqual([...webidl.bytesOf(new DataView(bytes.buffer, 2, 3))], [3, 4, 5]);
    for (const value of [[1], 'abc', null, undefined, {}, 7])
        assert.throws(() => webidl.toBufferSource(value, 'data'), TypeError, `${value}`);
});

test('a copy of bytes is in a buffer of its own', () => {
    const source = new Uint8Array(16).subarray(4, 8);
    const copy = webidl.copyOfBytes(source);
    source.fill(9);
    assert.deepStrictEqual([...copy], [0, 0, 0, 0]);
    assert.strictEqual(copy.buffer.byteLength, 4);
});

test('a detached buffer is told from an empty one', () => {
    const buffer = new ArrayBuffer(8);
    const views = [new Uint8Array(buffer), new DataView(buffer)];
    structuredClone(buffer, { transfer: [buffer] });
    for (const source of [detached(), ...views]) {
        assert.strictEqual(webidl.isDetached(source), true);
        assert.strictEqual(webidl.bytesOf(source).length, 0);
    }
    for (const source of [new ArrayBuffer(0), new Uint8Array(0), new SharedArrayBuffer(0), new ArrayBuffer(1)])
        assert.strictEqual(webidl.isDetached(source), false);
});

test('buffers that can be resized are refused', { skip: !('resize' in ArrayBuffer.prototype) }, () => {
    const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
    const growable = new SharedArrayBuffer(8, { maxByteLength: 16 });
    for (const source of [resizable, new Uint8Array(resizable), growable, new Uint8Array(growable)])
        assert.throws(() => webidl.toBufferSource(source, 'data'), TypeError);
    assert.throws(() => webidl.toTransfer([resizable], 'transfer'), TypeError);
});

test('transfer lists have ArrayBuffers only', () => {
    for (const value of [[new Uint8Array(1)], [new SharedArrayBuffer(1)], [null], new ArrayBuffer(1)])
        assert.throws(() => webidl.toTransfer(value, 'transfer'), TypeError);
});

test('rectangles have zeros for members that are absent', () => {
    assert.deepStrictEqual(webidl.toRect(null, 'rect'), { x: 0, y: 0, width: 0, height: 0 });
    assert.deepStrictEqual(webidl.toRect({ y: '3', width: -Infinity }, 'rect'), {
        x: 0,
        y: 3,
        width: -Infinity,
        height: 0,
    });
});

/** The names of the members that `use` reads of a dictionary which has the required ones. */
function membersRead(required, use) {
    const read = [];
    use(new Proxy(required, { get: (target, name) => (read.push(name), target[name]) }));
    return read;
}

test('members of dictionaries are read in the order of their names, each once', async () => {
    const { EncodedVideoChunk, VideoColorSpace, VideoDecoder, VideoEncoder, VideoFrame } = webcodecs;
    const picture = { codedHeight: 1, codedWidth: 1, format: 'RGBA', timestamp: 0 };
    const frame = new VideoFrame(new Uint8Array(4), picture);
    const encoder = new VideoEncoder({ output() {}, error() {} });
    const size = { codec: 'vp8', height: 16, width: 16 };
    encoder.configure(size);
    const uses = [
        [4, {}, (init) => new VideoColorSpace(init)],
        [5, { data: new Uint8Array(1), timestamp: 0, type: 'key' }, (init) => new EncodedVideoChunk(init)],
        [14, picture, (init) => new VideoFrame(new Uint8Array(4), init).close()],
        [9, {}, (init) => new VideoFrame(frame, init).close()],
        [4, {}, (options) => frame.allocationSize(options)],
        [5, {}, (options) => encoder.encode(frame, options)],
        [2, { error() {}, output() {} }, (init) => new VideoDecoder(init).close()],
        [11, { codec: 'vp8' }, (config) => VideoDecoder.isConfigSupported(config)],
        [17, size, (config) => VideoEncoder.isConfigSupported(config)],
        [5, {}, (libwebcodecs) => VideoEncoder.isConfigSupported({ ...size, libwebcodecs })],
    ];
    for (const [count, required, use] of uses) {
        const read = membersRead(required, use);
        assert.deepStrictEqual(read, [...read].sort(), use.toString());
        assert.strictEqual(read.length, count, use.toString());
    }
    encoder.close();
    frame.close();
});

test('interfaces have the shape that WebIDL gives them', () => {
    const lengths = {
        VideoDecoder: { new: 1, configure: 1, decode: 1, flush: 0, reset: 0, close: 0, isConfigSupported: 1 },
        VideoEncoder: { new: 1, configure: 1, encode: 1, flush: 0, reset: 0, close: 0, isConfigSupported: 1 },
        VideoFrame: { new: 1, metadata: 0, allocationSize: 0, copyTo: 1, clone: 0, close: 0 },
        EncodedVideoChunk: { new: 1, copyTo: 1 },
        VideoColorSpace: { new: 0, toJSON: 0 },
    };
    for (const [name, operations] of Object.entries(lengths)) {
        const Interface = webcodecs[name];
        assert.strictEqual(Interface.name, name);
        assert.strictEqual(Interface.length, operations.new, name);
        assert.throws(() => Interface(), TypeError, 'called without new');
        assert.strictEqual(Interface.prototype[Symbol.toStringTag], name);
        for (const [member, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(Interface.prototype))) {
            assert.strictEqual(descriptor.enumerable, member !== 'constructor', `${name}.${member}`);
            if (descriptor.get) assert.throws(() => descriptor.get.call({}), TypeError, `${name}.${member}`);
        }
        for (const [operation, length] of Object.entries(operations).slice(1)) {
            const method = Interface.prototype[operation] ?? Interface[operation];
            assert.strictEqual(method.length, length, `${name}.${operation}`);
        }
    }
});

test('operations that give promises never throw', async () => {
    const { VideoDecoder, VideoEncoder, VideoFrame } = webcodecs;
    for (const Codec of [VideoDecoder, VideoEncoder]) {
        await assert.rejects(Codec.prototype.flush.call({}), TypeError);
        await assert.rejects(Codec.isConfigSupported(), TypeError);
        await assert.rejects(Codec.isConfigSupported(7), TypeError);
    }
    await assert.rejects(VideoFrame.prototype.copyTo.call({}, new Uint8Array(1)), TypeError);
});

test('what is printed has the attributes', () => {
    const { inspect } = require('node:util');
    assert.match(inspect(new webcodecs.VideoColorSpace({ matrix: 'rgb' })), /^VideoColorSpace \{[^]*matrix: 'rgb'/);
    assert.strictEqual(
        inspect({ a: { b: new webcodecs.VideoColorSpace() } }, { depth: 1 }),
        '{ a: { b: [VideoColorSpace] } }',
    );
});

test('the polyfill installs what is missing, and that only', () => {
    const mine = class VideoFrame {};
    globalThis.VideoFrame = mine;
    require('../polyfill.js');
    assert.strictEqual(globalThis.VideoFrame, mine);
    for (const name of ['VideoDecoder', 'VideoEncoder', 'EncodedVideoChunk', 'VideoColorSpace', 'DOMRectReadOnly'])
        assert.deepStrictEqual(Object.getOwnPropertyDescriptor(globalThis, name), {
            value: webcodecs[name],
            writable: true,
            enumerable: false,
            configurable: true,
        });
});
