// SPDX-License-Identifier: MIT
'use strict';

const native = require('./native.js');
const { frame: word, formatNames } = require('./words.js');

const { exchange } = native;

/** What the engine says of a frame; read once, since frames do not change. */
function readInfo(handle) {
    native.frameInfo(handle);
    return {
        format: formatNames[exchange[word.FORMAT]],
        codedWidth: exchange[word.CODED_WIDTH],
        codedHeight: exchange[word.CODED_HEIGHT],
        x: exchange[word.RECT_X],
        y: exchange[word.RECT_Y],
        width: exchange[word.RECT_WIDTH],
        height: exchange[word.RECT_HEIGHT],
        displayWidth: exchange[word.DISPLAY_WIDTH],
        displayHeight: exchange[word.DISPLAY_HEIGHT],
        timestamp: exchange[word.TIMESTAMP],
        duration: exchange[word.HAS_DURATION] === 0 ? null : exchange[word.DURATION],
        rotation: exchange[word.ROTATION],
        flip: exchange[word.FLIP] !== 0,
        primaries: exchange[word.PRIMARIES],
        transfer: exchange[word.TRANSFER],
        matrix: exchange[word.MATRIX],
        range: exchange[word.RANGE],
    };
}

/** What is left of it once the frame is closed: its times. */
function closedInfo({ timestamp, duration }) {
    return {
        format: null,
        codedWidth: 0,
        codedHeight: 0,
        x: 0,
        y: 0,
        width: 0,
        height: 0,
        displayWidth: 0,
        displayHeight: 0,
        timestamp,
        duration,
        rotation: 0,
        flip: false,
        primaries: 0,
        transfer: 0,
        matrix: 0,
        range: 0,
    };
}

module.exports = { readInfo, closedInfo };
