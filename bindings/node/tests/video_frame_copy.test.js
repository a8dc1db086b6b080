// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { VideoFrame } = require('../index.js');
const { readPixels } = require('../lib/video_frame.js');
const { grey, detached } = require('./support/pictures.js');

const I420 = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const init = { format: 'I420', codedWidth: 4, codedHeight: 2, timestamp: 1234 };
const make = (members = {}, data = I420) => new VideoFrame(data, { ...init, ...members });
const named = (name) => (error) => error instanceof DOMException && error.name === name;

test('CT-01 allocationSize throws and copyTo rejects', async () => {
    const frame = make();
    const bad = [
        { format: 'x' },
        { colorSpace: 'x' },
        { rect: 1 },
        { layout: [] },
        { layout: [{ offset: 0, stride: 4 }] },
        7,
    ];
    for (const options of bad) {
        assert.throws(() => frame.allocationSize(options), TypeError, JSON.stringify(options));
        await assert.rejects(frame.copyTo(new Uint8Array(12), options), TypeError);
    }
    await assert.rejects(frame.copyTo(), TypeError);
    await assert.rejects(frame.copyTo([]), TypeError);
    await assert.rejects(frame.copyTo(detached()), TypeError);
    frame.close();
    assert.throws(() => frame.allocationSize(), named('InvalidStateError'));
    await assert.rejects(frame.copyTo(new Uint8Array(12)), named('InvalidStateError'));
    await assert.rejects(frame.copyTo(new Uint8Array(12), { format: 'x' }), TypeError, 'conversion comes first');
});

test('CT-02 a rectangle to copy is held against the coded size', async () => {
    const frame = make();
    for (const rect of [
        { width: 4, height: 0 },
        { width: 4, height: 4 },
        { x: -1, width: 1, height: 1 },
        { x: 1, width: 2, height: 2 },
    ])
        assert.throws(() => frame.allocationSize({ rect }), TypeError, JSON.stringify(rect));
    const destination = new Uint8Array(6);
    await frame.copyTo(destination, { rect: { x: 2, width: 2, height: 2 } });
    assert.deepStrictEqual([...destination], [3, 4, 7, 8, 10, 12]);
});

test('CT-03 formats other than RGB are not supported, be it the own one', async () => {
    const frame = make();
    for (const format of ['I420', 'NV12', 'I444']) {
        assert.throws(() => frame.allocationSize({ format }), named('NotSupportedError'));
        await assert.rejects(frame.copyTo(new Uint8Array(64), { format }), named('NotSupportedError'));
    }
});

test('CT-05 CT-06 what lies between rows is left alone, and the layout asked for comes back', async () => {
    const layout = [
        { offset: 9, stride: 5 },
        { offset: 1, stride: 3 },
        { offset: 5, stride: 3 },
    ];
    const destination = new Uint8Array(20).fill(99);
    const frame = make();
    assert.strictEqual(frame.allocationSize({ layout }), 19);
    assert.deepStrictEqual(await frame.copyTo(destination, { layout }), layout);
    assert.deepStrictEqual([...destination], [99, 9, 10, 99, 99, 11, 12, 99, 99, 1, 2, 3, 4, 99, 5, 6, 7, 8, 99, 99]);
    await assert.rejects(frame.copyTo(new Uint8Array(11)), TypeError, 'a destination too small');
});

test('CT-07 conversion to RGB, where a buffer that goes away is a TypeError', async () => {
    const frame = grey(2, 2);
    const destination = new Uint8Array(16);
    assert.deepStrictEqual(await frame.copyTo(destination, { format: 'RGBX' }), [{ offset: 0, stride: 8 }]);
    assert.deepStrictEqual(destination, readPixels(frame, { format: 'RGBX' }));
    assert.strictEqual(destination[0], destination[2]);
    assert.strictEqual(destination[3], 255);
    const copy = frame.copyTo(destination, { format: 'RGBA', colorSpace: 'display-p3' });
    structuredClone(destination.buffer, { transfer: [destination.buffer] });
    await assert.rejects(copy, TypeError);
});

test('CT-11 a frame may be closed once copyTo was called', async () => {
    for (const format of [undefined, 'RGBA']) {
        const frame = make();
        const expected = readPixels(frame, { format });
        const destination = new Uint8Array(expected.length);
        const copy = frame.copyTo(destination, { format });
        frame.close();
        await copy;
        assert.deepStrictEqual(destination, expected);
    }
});

test('options whose getters use other frames do not disturb the call', async () => {
    const frame = make();
    const meddle = () => void make({ timestamp: 99 }, I420.slice()).allocationSize({ rect: { width: 2, height: 2 } });
    const options = {
        get rect() {
            meddle();
            return { width: 4, height: 2 };
        },
        get layout() {
            meddle();
        },
    };
    assert.strictEqual(frame.allocationSize(options), 12);
    const meddled = new VideoFrame(I420, {
        ...init,
        get visibleRect() {
            meddle();
        },
    });
    assert.deepStrictEqual([meddled.timestamp, meddled.codedWidth], [1234, 4]);
    const closing = {
        get rect() {
            frame.close();
            return { width: 4, height: 2 };
        },
    };
    assert.throws(() => frame.allocationSize(closing), named('InvalidStateError'));
});

test('CT-11 copies that convert are made one after the other, and the pool is left to the program', async () => {
    const { readFile } = require('node:fs/promises');
    const frame = grey(1920, 1080);
    const order = [];
    const copies = [];
    for (let i = 0; i < 20; i++) {
        const to = new Uint8Array(frame.allocationSize({ format: 'RGBA' }));
        copies.push(frame.copyTo(to, { format: 'RGBA' }).then(() => order.push(to[4 * 1920 * 1080 - 1])));
    }
    const read = readFile(__filename).then(() => order.push('read'));
    await Promise.all([read, ...copies]);
    assert.ok(order.indexOf('read') < 10, `the file was read after ${order.indexOf('read')} of 20 copies`);
    assert.strictEqual(order.filter((value) => value === 255).length, 20);
    frame.close();
});
