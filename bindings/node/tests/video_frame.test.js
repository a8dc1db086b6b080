// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { VideoFrame } = require('../index.js');
const { readPixels } = require('../lib/video_frame.js');
const { detached } = require('./support/pictures.js');

const I420 = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const init = { format: 'I420', codedWidth: 4, codedHeight: 2, timestamp: 1234 };
const rgba = { format: 'RGBA', codedWidth: 2, codedHeight: 2, timestamp: 0 };
const make = (members = {}, data = I420) => new VideoFrame(data, { ...init, ...members });
const rectOf = ({ x, y, width, height }) => [x, y, width, height];
const named = (name) => (error) => error instanceof DOMException && error.name === name;

test('VF-01 a buffer needs a format, coded sizes that are not 0, and a timestamp', () => {
    for (const member of Object.keys(init)) assert.throws(() => make({ [member]: undefined }), TypeError, member);
    assert.throws(() => make({ codedWidth: 0 }), TypeError);
    assert.throws(() => make({ codedHeight: 0 }), TypeError);
    for (const format of ['ABCD', 'i420', '', null]) assert.throws(() => make({ format }), TypeError, `${format}`);
    assert.throws(() => make({ timestamp: 2 ** 53 }), TypeError, 'a timestamp is [EnforceRange]');
    assert.throws(() => new VideoFrame(I420), TypeError, 'no init');
    for (const image of [{}, 1, null, 'x', undefined, [1]]) {
        assert.throws(() => new VideoFrame(image, init), TypeError, `${image}`);
        assert.throws(() => new VideoFrame(image), TypeError, `${image}`);
    }
});

test('VF-02 a visible rectangle is finite, not negative, not empty and within the coded size', () => {
    const frame = make();
    const good = { x: 0, y: 0, width: 4, height: 2 };
    const bad = [
        { x: -1 },
        { y: -2 },
        { width: -4 },
        { x: Infinity },
        { y: NaN },
        { width: Infinity },
        { height: 0 },
        { width: 0 },
        { width: 4.5 },
        { x: 2 },
        { y: 2, height: 2 },
        { width: 0.5, height: 0.5 },
    ];
    for (const member of bad) {
        const visibleRect = { ...good, ...member };
        assert.throws(() => make({ visibleRect }), TypeError, JSON.stringify(visibleRect));
        assert.throws(() => new VideoFrame(frame, { visibleRect }), TypeError, JSON.stringify(visibleRect));
    }
    assert.throws(() => make({ visibleRect: {} }), TypeError, 'members are 0 by default');
    assert.throws(() => make({ visibleRect: null }), TypeError, 'null is a rectangle of zeros');
});

test('VF-03 the place of a visible rectangle is on the chroma grid, its size need not be', () => {
    for (const place of [{ x: 1 }, { y: 1 }]) {
        const visibleRect = { x: 0, y: 0, width: 1, height: 1, ...place };
        assert.throws(() => make({ visibleRect }), TypeError, JSON.stringify(visibleRect));
        assert.throws(() => new VideoFrame(make(), { visibleRect }), TypeError, JSON.stringify(visibleRect));
    }
    const odd = make({ visibleRect: { x: 0, y: 0, width: 1, height: 1 } });
    assert.deepStrictEqual(rectOf(odd.visibleRect), [0, 0, 1, 1]);
});

test('VF-04 display sizes come in pairs and are not 0', () => {
    const bad = [
        { displayWidth: 4 },
        { displayHeight: 2 },
        { displayWidth: 0, displayHeight: 2 },
        { displayWidth: 4, displayHeight: 0 },
    ];
    for (const size of [...bad, { displayWidth: 0, displayHeight: 0 }, { displayWidth: 2 ** 32, displayHeight: 1 }]) {
        assert.throws(() => make(size), TypeError, JSON.stringify(size));
        assert.throws(() => new VideoFrame(make(), size), TypeError, JSON.stringify(size));
    }
    const wide = make({ displayWidth: 8, displayHeight: 2 });
    assert.deepStrictEqual([wide.displayWidth, wide.displayHeight], [8, 2]);
});

test('VF-05 a layout has an entry for each plane, wherever the planes lie', async () => {
    const layout = [
        { offset: 4, stride: 4 },
        { offset: 0, stride: 2 },
        { offset: 2, stride: 2 },
    ];
    const frame = make({ layout }, Uint8Array.of(9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8));
    assert.deepStrictEqual(readPixels(frame), I420);
    const bad = [
        [],
        layout.slice(1),
        [...layout, layout[0]],
        [...layout, ...layout],
        [{ offset: 0 }],
        [{ stride: 4 }],
        7,
        {},
    ];
    for (const value of bad) assert.throws(() => make({ layout: value }), TypeError, JSON.stringify(value));
    layout[0] = { offset: 4, stride: 3 };
    assert.throws(() => make({ layout }), TypeError, 'a stride too small');
});

test('VF-06 a buffer too small is a TypeError, whatever the size asked for', () => {
    assert.throws(() => make({}, I420.subarray(1)), TypeError);
    assert.throws(() => make({}, new Uint8Array(0)), TypeError);
    assert.throws(() => make({ codedWidth: 2 ** 32 - 1, codedHeight: 2 ** 32 - 1 }), TypeError);
});

test('VF-07 buffers that cannot be transferred leave all as they were', () => {
    const data = new Uint8Array(16);
    for (const transfer of [
        [data.buffer, data.buffer],
        [data.buffer, detached()],
    ])
        assert.throws(() => new VideoFrame(data, { ...rgba, transfer }), named('DataCloneError'));
    assert.throws(() => new VideoFrame(data, { ...rgba, transfer: [data] }), TypeError);
    assert.throws(() => new VideoFrame(data, { ...rgba, codedWidth: 3, transfer: [data.buffer] }), TypeError);
    assert.strictEqual(data.length, 16);
});

test('VF-07 transferred buffers are detached, unused ones too', () => {
    const data = new Uint8Array(new ArrayBuffer(20), 4).fill(7);
    const unused = new ArrayBuffer(3);
    const frame = new VideoFrame(data, { ...rgba, transfer: [data.buffer, unused] });
    assert.deepStrictEqual([data.length, unused.byteLength], [0, 0]);
    assert.deepStrictEqual(readPixels(frame), new Uint8Array(16).fill(7));
});

test('VF-08 a frame of the visible part of a buffer has the coded size of that part', () => {
    const data = new Uint8Array(8 * 4 + 2 * 4 * 2).map((_, i) => i);
    const frame = new VideoFrame(data, {
        ...init,
        codedWidth: 8,
        codedHeight: 4,
        visibleRect: { x: 2, y: 2, width: 4, height: 2 },
    });
    assert.deepStrictEqual(rectOf(frame.codedRect), [0, 0, 4, 2]);
    assert.deepStrictEqual(rectOf(frame.visibleRect), [0, 0, 4, 2]);
    assert.deepStrictEqual([...readPixels(frame)], [18, 19, 20, 21, 26, 27, 28, 29, 37, 38, 45, 46]);
});

test('VF-09 rotations are taken to the nearest multiple of 90, ties upwards', () => {
    const turns = { 0: 0, 44: 0, 45: 90, '-45': 0, '-46': 270, '-315': 90, 315: 0, 450: 90, 1e17: 280, 225: 270 };
    for (const [rotation, expected] of Object.entries(turns)) {
        const frame = make({ rotation: Number(rotation) });
        assert.strictEqual(frame.rotation, expected === 280 ? Math.round((1e17 % 360) / 90) * 90 : expected, rotation);
        const swapped = frame.rotation % 180 !== 0;
        assert.deepStrictEqual([frame.displayWidth, frame.displayHeight], swapped ? [2, 4] : [4, 2]);
    }
    for (const rotation of [NaN, Infinity]) assert.throws(() => make({ rotation }), TypeError);
});

test('VF-09 attributes have the defaults of a buffer', () => {
    const frame = make();
    assert.strictEqual(frame.format, 'I420');
    assert.deepStrictEqual(rectOf(frame.codedRect), [0, 0, 4, 2]);
    assert.deepStrictEqual(rectOf(frame.visibleRect), [0, 0, 4, 2]);
    assert.deepStrictEqual([frame.codedWidth, frame.codedHeight], [4, 2]);
    assert.deepStrictEqual([frame.rotation, frame.flip], [0, false]);
    assert.deepStrictEqual([frame.timestamp, frame.duration], [1234, null]);
    assert.strictEqual(make({ duration: 0 }).duration, 0);
    assert.deepStrictEqual(frame.metadata(), {});
});

test('VF-10 the data is copied, from views and shared memory too', () => {
    const shared = new SharedArrayBuffer(12);
    new Uint8Array(shared).set(I420);
    const sources = [
        I420.slice(),
        I420.slice().buffer,
        shared,
        new Uint8Array(shared),
        new DataView(I420.slice().buffer),
    ];
    for (const data of sources) {
        const frame = make({}, data);
        new Uint8Array(data.buffer ?? data).fill(0);
        new Uint8Array(shared).set(I420);
        assert.deepStrictEqual(readPixels(frame), I420);
    }
});

test('VF-11 a frame of a frame needs nothing, and a closed one is an InvalidStateError', () => {
    const base = make({ duration: 5, timestamp: -7 });
    const view = new VideoFrame(base);
    base.close();
    assert.deepStrictEqual([view.timestamp, view.duration, view.format], [-7, 5, 'I420']);
    assert.throws(() => new VideoFrame(base), named('InvalidStateError'));
    assert.throws(() => new VideoFrame(base, { alpha: 'none' }), TypeError, 'conversion comes first');
});

test('VF-12 alpha can be discarded', () => {
    for (const [format, opaque, size] of [
        ['I420A', 'I420', 20],
        ['RGBA', 'RGBX', 32],
        ['BGRA', 'BGRX', 32],
    ]) {
        const frame = make({ format }, new Uint8Array(size));
        assert.strictEqual(new VideoFrame(frame, { alpha: 'keep' }).format, format);
        assert.strictEqual(new VideoFrame(frame, { alpha: 'discard' }).format, opaque);
    }
});

test('VF-13 VF-15 a crop keeps the coded size and the scale', () => {
    const base = make({ displayWidth: 8, displayHeight: 4 });
    const crop = new VideoFrame(base, { visibleRect: { x: 2, y: 0, width: 2, height: 2 } });
    assert.deepStrictEqual(rectOf(crop.codedRect), [0, 0, 4, 2]);
    assert.deepStrictEqual(rectOf(crop.visibleRect), [2, 0, 2, 2]);
    assert.deepStrictEqual([crop.displayWidth, crop.displayHeight], [4, 4]);
    assert.deepStrictEqual([...readPixels(crop)], [3, 4, 7, 8, 10, 12]);
});

test('VF-14 orientations are combined', () => {
    for (const base of [0, 90, 180, 270])
        for (const flipped of [false, true]) {
            const frame = make({ rotation: base, flip: flipped });
            const view = new VideoFrame(frame, { rotation: 90, flip: true });
            assert.strictEqual(view.rotation, (base + (flipped ? 270 : 90)) % 360);
            assert.strictEqual(view.flip, !flipped);
        }
});

test('VF-16 times and metadata are those of the init, else of the source', () => {
    const base = make({ duration: 5, metadata: { rtpTimestamp: 9, captureTime: 1.5, unknown: 1 } });
    const metadata = { rtpTimestamp: 9, captureTime: 1.5 };
    assert.deepStrictEqual(base.metadata(), metadata, 'of members that the registry has');
    assert.deepStrictEqual(base.clone().metadata(), metadata);
    assert.deepStrictEqual(new VideoFrame(base, { timestamp: 1 }).metadata(), metadata);
    const view = new VideoFrame(base, { timestamp: 2 ** 63, duration: -1, metadata: {} });
    assert.strictEqual(view.timestamp, -(2 ** 63), 'modulo 2^64, without [EnforceRange]');
    assert.ok(view.duration > 2 ** 63 && view.duration < 2 ** 64);
    assert.deepStrictEqual(view.metadata(), {});
});

test('VF-16 metadata is a copy, inwards and outwards', () => {
    const metadata = { segments: [{ type: 'human-face', id: 1 }] };
    const frame = make({ metadata });
    metadata.segments[0].id = 2;
    frame.metadata().segments[0].id = 3;
    assert.deepStrictEqual(frame.metadata(), { segments: [{ type: 'human-face', id: 1 }] });
});

test('a closed frame has its times left, and closing twice is fine', () => {
    for (const looked of [false, true]) {
        const frame = make({ duration: 7, rotation: 90, flip: true });
        if (looked) assert.strictEqual(frame.colorSpace.primaries, 'bt709');
        frame.close();
        frame.close();
        const { format, codedWidth, codedHeight, codedRect, visibleRect, displayWidth, displayHeight } = frame;
        assert.deepStrictEqual([format, codedRect, visibleRect], [null, null, null]);
        assert.deepStrictEqual([codedWidth, codedHeight, displayWidth, displayHeight], [0, 0, 0, 0]);
        assert.deepStrictEqual([frame.rotation, frame.flip, frame.timestamp, frame.duration], [0, false, 1234, 7]);
        assert.deepStrictEqual(Object.values(frame.colorSpace.toJSON()), [null, null, null, null]);
        for (const call of ['metadata', 'clone', 'allocationSize'])
            assert.throws(() => frame[call](), named('InvalidStateError'), call);
    }
});

test('a clone lives on its own', () => {
    const frame = make();
    const clone = frame.clone();
    frame.close();
    assert.deepStrictEqual(readPixels(clone), I420);
});

test('an image of the host is what its method says', () => {
    const image = (members) => ({
        [Symbol.for('libwebcodecs.image')]: () => ({
            data: new Uint8Array(16).fill(3),
            ...rgba,
            timestamp: undefined,
            ...members,
        }),
    });
    const frame = new VideoFrame(image(), {
        timestamp: 10,
        visibleRect: { x: 1, y: 0, width: 1, height: 2 },
        rotation: 90,
    });
    assert.deepStrictEqual([frame.format, frame.timestamp, frame.duration], ['RGBA', 10, null]);
    assert.deepStrictEqual([frame.codedWidth, frame.codedHeight], [2, 2], 'the coded size stays, as for a frame');
    assert.deepStrictEqual(rectOf(frame.visibleRect), [1, 0, 1, 2]);
    assert.deepStrictEqual([frame.displayWidth, frame.displayHeight], [2, 1]);
    assert.strictEqual(new VideoFrame(image(), { timestamp: 0, alpha: 'discard' }).format, 'RGBX');
    const p3 = new VideoFrame(image({ colorSpace: { primaries: 'smpte432' } }), { timestamp: 0 });
    assert.strictEqual(p3.colorSpace.primaries, 'smpte432');
    assert.throws(() => new VideoFrame(image()), TypeError, 'a timestamp is required');
    assert.throws(() => new VideoFrame(image({ data: [] }), { timestamp: 0 }), TypeError);
    const closed = {
        [Symbol.for('libwebcodecs.image')]: () => {
            throw new DOMException('', 'InvalidStateError');
        },
    };
    assert.throws(() => new VideoFrame(closed, { timestamp: 0 }), named('InvalidStateError'));
});

test('classes of applications can extend VideoFrame', () => {
    class Picture extends VideoFrame {}
    const picture = new Picture(I420, init);
    assert.ok(picture instanceof VideoFrame);
    assert.strictEqual(picture.codedWidth, 4);
    assert.strictEqual(picture.clone().constructor, VideoFrame);
});
