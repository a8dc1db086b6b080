// SPDX-License-Identifier: MIT
'use strict';

// What the numbers of `native.exchange` mean: arguments and results of the addon's calls on frames and chunks.

/** Parameters of createFrame, createFrameView and of copies, and what frameInfo tells. */
const frame = {
    FORMAT: 0, // 0 is null
    CODED_WIDTH: 1,
    CODED_HEIGHT: 2,
    RECT_X: 3, // the rectangle is absent when its four numbers are 0
    RECT_Y: 4,
    RECT_WIDTH: 5,
    RECT_HEIGHT: 6,
    DISPLAY_WIDTH: 7, // the display size is absent when both numbers are 0
    DISPLAY_HEIGHT: 8,
    TIMESTAMP: 9,
    HAS_DURATION: 10,
    DURATION: 11,
    ROTATION: 12,
    FLIP: 13,
    HAS_COLOR_SPACE: 14,
    PRIMARIES: 15, // in copies: the predefined colour space
    TRANSFER: 16,
    MATRIX: 17,
    RANGE: 18,
    LAYOUT_COUNT: 19,
    LAYOUT: 20, // offset and stride of each plane
    HAS_TIMESTAMP: 28, // createFrameView only, as the next
    DISCARD_ALPHA: 29,
};

const chunk = { TYPE: 0, TIMESTAMP: 1, HAS_DURATION: 2, DURATION: 3, BYTE_LENGTH: 4 };

const MAX_PLANES = 4;

/** VideoPixelFormat, each at the index that is its number. */
const formatNames = [null];
for (const sampling of ['I420', 'I422', 'I444'])
    for (const alpha of ['', 'A']) for (const depth of ['', 'P10', 'P12']) formatNames.push(sampling + alpha + depth);
formatNames.push('NV12', 'RGBA', 'RGBX', 'BGRA', 'BGRX');

const formatNumbers = new Map(formatNames.map((name, number) => [name, number]));
formatNumbers.delete(null);

module.exports = { frame, chunk, MAX_PLANES, formatNames, formatNumbers };
