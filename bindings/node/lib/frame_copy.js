// SPDX-License-Identifier: MIT
'use strict';

// VideoFrameCopyToOptions, and copies made with it.

const native = require('./native.js');
const webidl = require('./webidl.js');
const { makeError } = require('./errors.js');
const { checkLayout, checkRect, toFormat, toLayout, writeLayout, writeRect } = require('./frame_init.js');
const { frame: word } = require('./words.js');

const { exchange } = native;

const predefinedColorSpaces = new Map([
    ['srgb', 0],
    ['display-p3', 1],
]);

const OWN = Object.freeze({ colorSpace: 0, format: 0, layout: null, rect: null });

/** VideoFrameCopyToOptions; format 0 is the frame's own. */
function toCopyOptions(value) {
    if (value === undefined || value === null) return OWN;
    const init = webidl.toDictionary(value, 'options');
    const options = { ...OWN };
    const colorSpace = init.colorSpace;
    if (colorSpace !== undefined)
        options.colorSpace = predefinedColorSpaces.get(webidl.toEnum(colorSpace, 'colorSpace', predefinedColorSpaces));
    const format = init.format;
    if (format !== undefined) options.format = toFormat(format, 'format');
    const layout = init.layout;
    if (layout !== undefined) options.layout = toLayout(layout);
    const rect = init.rect;
    if (rect !== undefined) options.rect = webidl.toRect(rect, 'rect');
    return options;
}

function writeCopyOptions(options, info) {
    if (info.format === null)
        throw makeError('NotSupportedError', 'the pixels of a frame whose format is null cannot be copied');
    if (options.rect !== null) checkRect(options.rect, 'rect', info.codedWidth, info.codedHeight);
    checkLayout(options.layout);
    exchange[word.FORMAT] = options.format;
    exchange[word.PRIMARIES] = options.colorSpace;
    writeRect(options.rect);
    writeLayout(options.layout);
}

function layoutsOf(numbers, at, count) {
    const layouts = [];
    for (let i = 0; i < count; i++) layouts.push({ offset: numbers[at + 2 * i], stride: numbers[at + 2 * i + 1] });
    return layouts;
}

function allocationSize(handle, info, options) {
    writeCopyOptions(options, info);
    return native.frameAllocationSize(handle);
}

/** Copy now; the layout of each plane. */
function copyNow(handle, info, options, bytes) {
    writeCopyOptions(options, info);
    native.frameCopyTo(handle, bytes);
    return layoutsOf(exchange, word.LAYOUT, exchange[word.LAYOUT_COUNT]);
}

/** Copy, and convert on a thread of the pool when RGB is asked for. */
async function copy(handle, info, options, bytes) {
    if (options.format === 0) return copyNow(handle, info, options, bytes);
    writeCopyOptions(options, info);
    const numbers = await native.frameCopyToAsync(handle, bytes);
    return layoutsOf(numbers, 0, numbers.length / 2);
}

module.exports = { toCopyOptions, allocationSize, copyNow, copy };
