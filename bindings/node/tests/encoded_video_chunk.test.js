// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { EncodedVideoChunk } = require('../index.js');

const bytes = Uint8Array.of(10, 11, 12, 13);
const init = { type: 'key', timestamp: 10, data: bytes };
const make = (members = {}) => new EncodedVideoChunk({ ...init, ...members });
const dataClone = (error) => error instanceof DOMException && error.name === 'DataCloneError';

function read(chunk) {
    const destination = new Uint8Array(chunk.byteLength);
    chunk.copyTo(destination);
    return destination;
}

test('EC-01 type, timestamp and data are required, and a duration that is absent is null', () => {
    const chunk = make({ type: 'delta', timestamp: -42 });
    assert.deepStrictEqual([chunk.type, chunk.timestamp, chunk.duration, chunk.byteLength], ['delta', -42, null, 4]);
    assert.strictEqual(make({ duration: 0 }).duration, 0);
    assert.strictEqual(make({ duration: 2 ** 53 - 1 }).duration, 2 ** 53 - 1);
    assert.strictEqual(make({ timestamp: -(2 ** 53) + 1 }).timestamp, -(2 ** 53) + 1);
    for (const member of Object.keys(init)) assert.throws(() => make({ [member]: undefined }), TypeError, member);
    const bad = [
        { type: 'Key' },
        { timestamp: NaN },
        { timestamp: 2 ** 53 },
        { duration: -1 },
        { data: [1] },
        { data: null },
    ];
    for (const members of bad) assert.throws(() => make(members), TypeError, JSON.stringify(members));
    for (const value of [undefined, null, 1]) assert.throws(() => new EncodedVideoChunk(value), TypeError, `${value}`);
    assert.throws(() => new EncodedVideoChunk(), TypeError);
});

test('EC-02 the data is copied, from views and shared memory too', () => {
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).set(bytes);
    const buffer = bytes.slice().buffer;
    for (const data of [bytes.slice(), buffer, new DataView(buffer.slice()), shared, new Uint16Array(shared)]) {
        const chunk = make({ data });
        new Uint8Array(data.buffer ?? data).fill(0);
        assert.deepStrictEqual(read(chunk), bytes);
        new Uint8Array(shared).set(bytes);
    }
});

test('EC-02 transferred buffers are detached, unused ones too', () => {
    const data = bytes.slice();
    const unused = new ArrayBuffer(3);
    const chunk = make({ data, transfer: [data.buffer, unused] });
    assert.deepStrictEqual([data.length, unused.byteLength], [0, 0]);
    assert.deepStrictEqual(read(chunk), bytes);
});

test('EC-02 buffers that cannot be transferred leave all as they were', () => {
    const data = bytes.slice();
    const gone = new ArrayBuffer(1);
    structuredClone(gone, { transfer: [gone] });
    assert.throws(() => make({ data, transfer: [data.buffer, data.buffer] }), dataClone);
    assert.throws(() => make({ data, transfer: [data.buffer, gone] }), dataClone);
    assert.throws(() => make({ data, transfer: [data] }), TypeError);
    assert.deepStrictEqual(data, bytes);
    const pooled = Buffer.from('of the pool that Node keeps');
    assert.throws(() => make({ data: pooled, transfer: [pooled.buffer] }), dataClone);
});

test('EC-03 a chunk may be empty', () => {
    const chunk = make({ data: new Uint8Array() });
    assert.strictEqual(chunk.byteLength, 0);
    chunk.copyTo(new Uint8Array());
});

test('EC-04 a destination that is smaller or detached is a TypeError, a larger one is filled in part', () => {
    const chunk = make();
    const large = new Uint8Array(6).fill(99);
    chunk.copyTo(large);
    assert.deepStrictEqual([...large], [10, 11, 12, 13, 99, 99]);
    const shared = new SharedArrayBuffer(4);
    chunk.copyTo(shared);
    assert.deepStrictEqual(new Uint8Array(shared), bytes);
    chunk.copyTo(new DataView(large.buffer, 2));
    assert.deepStrictEqual([...large], [10, 11, 10, 11, 12, 13]);
    structuredClone(large.buffer, { transfer: [large.buffer] });
    for (const destination of [new Uint8Array(3), large, large.buffer, [], undefined])
        assert.throws(() => chunk.copyTo(destination), TypeError);
    assert.throws(
        () => make({ data: new Uint8Array() }).copyTo(large),
        TypeError,
        'detached, though nothing is copied',
    );
    assert.throws(() => chunk.copyTo(), TypeError);
});

test('EC-05 a chunk cannot be posted silently', { skip: !require('node:worker_threads').markAsUncloneable }, () => {
    assert.throws(() => structuredClone(make()), dataClone);
});
