// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { VideoColorSpace, VideoFrame, DOMRectReadOnly } = require('../index.js');

const sets = {
    primaries: ['bt709', 'bt470bg', 'smpte170m', 'bt2020', 'smpte432'],
    transfer: ['bt709', 'smpte170m', 'iec61966-2-1', 'linear', 'pq', 'hlg'],
    matrix: ['rgb', 'bt709', 'bt470bg', 'smpte170m', 'bt2020-ncl'],
    fullRange: [true, false],
};
const none = { primaries: null, transfer: null, matrix: null, fullRange: null };

test('CS-01 the members are null by default, and each can be set alone', () => {
    assert.deepStrictEqual(new VideoColorSpace().toJSON(), none);
    assert.deepStrictEqual(new VideoColorSpace(null).toJSON(), none);
    for (const [member, values] of Object.entries(sets)) {
        for (const value of values) {
            const colorSpace = new VideoColorSpace({ [member]: value });
            assert.strictEqual(colorSpace[member], value);
            assert.deepStrictEqual(colorSpace.toJSON(), { ...none, [member]: value });
        }
        assert.deepStrictEqual(new VideoColorSpace({ [member]: null }).toJSON(), none);
    }
});

test('CS-01 names that WebCodecs has not are a TypeError, and a range is a boolean', () => {
    for (const member of ['primaries', 'transfer', 'matrix'])
        for (const value of ['bt601', '', 'BT709', 1])
            assert.throws(() => new VideoColorSpace({ [member]: value }), TypeError, `${member}: ${value}`);
    assert.strictEqual(new VideoColorSpace({ fullRange: 0 }).fullRange, false);
    assert.strictEqual(new VideoColorSpace({ fullRange: 'no' }).fullRange, true);
});

test('CS-01 a VideoColorSpace and its JSON are inits', () => {
    const init = { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl', fullRange: false };
    const colorSpace = new VideoColorSpace(init);
    assert.deepStrictEqual(new VideoColorSpace(colorSpace).toJSON(), init);
    assert.deepStrictEqual(new VideoColorSpace(JSON.parse(JSON.stringify(colorSpace))).toJSON(), init);
});

test('CS-01 frames keep every name, through the engine and back', () => {
    for (const [member, values] of Object.entries(sets))
        for (const value of values) {
            const init = {
                format: 'RGBX',
                codedWidth: 1,
                codedHeight: 1,
                timestamp: 0,
                colorSpace: { [member]: value },
            };
            const frame = new VideoFrame(new Uint8Array(4), init);
            assert.deepStrictEqual(frame.colorSpace.toJSON(), { ...none, [member]: value });
            frame.close();
        }
});

test('CS-03 frames without a colour space have that of their format', () => {
    const size = { codedWidth: 1, codedHeight: 1, timestamp: 0 };
    const rgb = new VideoFrame(new Uint8Array(4), { ...size, format: 'BGRA' });
    const srgb = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };
    assert.deepStrictEqual(rgb.colorSpace.toJSON(), srgb);
    const yuv = new VideoFrame(new Uint8Array(3), { ...size, format: 'I420' });
    const rec709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
    assert.deepStrictEqual(yuv.colorSpace.toJSON(), rec709);
    assert.strictEqual(yuv.colorSpace, yuv.colorSpace, 'the same object each time');
});

test('DOMRectReadOnly has edges in order whatever the sign of its size', () => {
    const rect = new DOMRectReadOnly(10, 20, -4, 6);
    const edges = { x: 10, y: 20, width: -4, height: 6, top: 20, right: 10, bottom: 26, left: 6 };
    assert.deepStrictEqual(rect.toJSON(), edges);
    assert.deepStrictEqual(DOMRectReadOnly.fromRect({ x: 1 }).toJSON(), new DOMRectReadOnly(1).toJSON());
    assert.throws(() => DOMRectReadOnly.prototype.toJSON.call({}), TypeError);
});
