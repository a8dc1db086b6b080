// SPDX-License-Identifier: MIT
'use strict';

// The dictionaries that VideoFrame is made with, and handles of frames made from them. All conversions come before
// the first word is written: they may run code of the application, which may use `exchange` too.

const native = require('./native.js');
const webidl = require('./webidl.js');
const { toColorSpace, writeColorCodes } = require('./color_space.js');
const { frame: word, MAX_PLANES, formatNumbers } = require('./words.js');

const { exchange } = native;
const { refuse, required } = webidl;

const { structuredClone } = globalThis;
const alphaOptions = new Set(['keep', 'discard']);

/** VideoFrameMetadata: the members of the VideoFrame Metadata Registry, copied. */
function toMetadata(value) {
    const init = webidl.toDictionary(value, 'metadata');
    const metadata = {};
    const keep = (name, convert) => {
        const member = init[name];
        if (member !== undefined) metadata[name] = convert(member, `metadata.${name}`);
    };
    const copy = (member) => structuredClone(member);
    keep('backgroundBlur', copy);
    keep('backgroundSegmentationMask', copy);
    keep('captureTime', webidl.toDouble);
    keep('receiveTime', webidl.toDouble);
    keep('rtpTimestamp', (member) => member >>> 0);
    keep('segments', copy);
    return metadata;
}

function toPlaneLayout(value, what) {
    const init = webidl.toDictionary(value, what);
    const offset = webidl.toUint32(required(init.offset, `${what}.offset`), `${what}.offset`);
    const stride = webidl.toUint32(required(init.stride, `${what}.stride`), `${what}.stride`);
    return { offset, stride };
}

/** sequence<PlaneLayout> */
function toLayout(value) {
    return webidl.toSequence(value, 'layout', toPlaneLayout);
}

/** The number of a VideoPixelFormat. */
function toFormat(value, what) {
    return formatNumbers.get(value) ?? formatNumbers.get(webidl.toEnum(value, what, formatNumbers));
}

/** VideoFrameBufferInit, its members read in the order of WebIDL. Null means absent. */
function toBufferInit(value) {
    const init = webidl.toDictionary(value, 'init');
    const codedHeight = webidl.toUint32(required(init.codedHeight, 'codedHeight'), 'codedHeight');
    const codedWidth = webidl.toUint32(required(init.codedWidth, 'codedWidth'), 'codedWidth');
    const colorSpace = init.colorSpace;
    const converted = { codedHeight, codedWidth, colorSpace: null };
    if (colorSpace !== undefined) converted.colorSpace = toColorSpace(colorSpace, 'colorSpace');
    converted.displayHeight = presentOr(null, init.displayHeight, webidl.toUint32, 'displayHeight');
    converted.displayWidth = presentOr(null, init.displayWidth, webidl.toUint32, 'displayWidth');
    converted.duration = presentOr(null, init.duration, webidl.toUint64, 'duration');
    converted.flip = Boolean(init.flip);
    converted.format = toFormat(required(init.format, 'format'), 'format');
    converted.layout = presentOr(null, init.layout, toLayout);
    converted.metadata = presentOr(null, init.metadata, toMetadata);
    converted.rotation = presentOr(0, init.rotation, webidl.toDouble, 'rotation');
    converted.timestamp = webidl.toInt64(required(init.timestamp, 'timestamp'), 'timestamp');
    converted.transfer = presentOr(null, init.transfer, webidl.toTransfer, 'transfer');
    converted.visibleRect = presentOr(null, init.visibleRect, webidl.toRect, 'visibleRect');
    return converted;
}

/** VideoFrameInit. Its times are not [EnforceRange]. */
function toFrameInit(value) {
    const init = webidl.toDictionary(value, 'init');
    const alpha = init.alpha;
    return {
        alpha: alpha === undefined ? 'keep' : webidl.toEnum(alpha, 'alpha', alphaOptions),
        displayHeight: presentOr(null, init.displayHeight, webidl.toUint32, 'displayHeight'),
        displayWidth: presentOr(null, init.displayWidth, webidl.toUint32, 'displayWidth'),
        duration: presentOr(null, init.duration, webidl.toUint64Modulo),
        flip: Boolean(init.flip),
        metadata: presentOr(null, init.metadata, toMetadata),
        rotation: presentOr(0, init.rotation, webidl.toDouble, 'rotation'),
        timestamp: presentOr(null, init.timestamp, webidl.toInt64Modulo),
        visibleRect: presentOr(null, init.visibleRect, webidl.toRect, 'visibleRect'),
    };
}

function presentOr(absent, value, convert, what) {
    return value === undefined ? absent : convert(value, what);
}

/** Parse Rotation: the nearest multiple of 90, ties upwards, in 0 to 270. */
function parseRotation(rotation) {
    return (Math.round((rotation % 360) / 90) * 90 + 720) % 360;
}

/** What WebCodecs asks of a DOMRectInit before it has whole numbers; the engine checks the rest. */
function checkRect(rect, what, codedWidth, codedHeight) {
    const { x, y, width, height } = rect;
    if (!(x >= 0 && y >= 0 && width >= 0 && height >= 0 && Number.isFinite(x + y + width + height)))
        refuse(what, 'must have members that are finite and not negative');
    if (x + width > codedWidth || y + height > codedHeight)
        refuse(what, `must lie within the coded size, ${codedWidth}x${codedHeight}`);
    if (Math.trunc(width) === 0 || Math.trunc(height) === 0) refuse(what, 'must not be empty');
}

function checkDisplaySize({ displayWidth, displayHeight }) {
    if ((displayWidth === null) !== (displayHeight === null))
        refuse('displayWidth and displayHeight', 'must be given together');
    if (displayWidth === 0 || displayHeight === 0) refuse('displayWidth and displayHeight', 'must not be 0');
}

function writeRect(rect) {
    exchange[word.RECT_X] = rect === null ? 0 : Math.trunc(rect.x);
    exchange[word.RECT_Y] = rect === null ? 0 : Math.trunc(rect.y);
    exchange[word.RECT_WIDTH] = rect === null ? 0 : Math.trunc(rect.width);
    exchange[word.RECT_HEIGHT] = rect === null ? 0 : Math.trunc(rect.height);
}

function writeLayout(layout) {
    exchange[word.LAYOUT_COUNT] = layout === null ? 0 : layout.length;
    if (layout === null) return;
    for (let i = 0; i < layout.length; i++) {
        exchange[word.LAYOUT + 2 * i] = layout[i].offset;
        exchange[word.LAYOUT + 2 * i + 1] = layout[i].stride;
    }
}

/** A layout that `exchange` can carry; the engine compares the number of planes with the format's. */
function checkLayout(layout) {
    if (layout !== null && (layout.length === 0 || layout.length > MAX_PLANES))
        refuse('layout', `must have an entry for each plane, not ${layout.length}`);
}

/** What buffers and views have in common. */
function writeCommon(init) {
    writeRect(init.visibleRect);
    exchange[word.DISPLAY_WIDTH] = init.displayWidth === null ? 0 : init.displayWidth;
    exchange[word.DISPLAY_HEIGHT] = init.displayHeight === null ? 0 : init.displayHeight;
    exchange[word.TIMESTAMP] = init.timestamp === null ? 0 : init.timestamp;
    exchange[word.HAS_DURATION] = init.duration === null ? 0 : 1;
    exchange[word.DURATION] = init.duration === null ? 0 : init.duration;
    exchange[word.ROTATION] = init.rotation === 0 ? 0 : parseRotation(init.rotation);
    exchange[word.FLIP] = init.flip ? 1 : 0;
}

function writeBufferInit(init) {
    writeCommon(init);
    exchange[word.FORMAT] = init.format;
    exchange[word.CODED_WIDTH] = init.codedWidth;
    exchange[word.CODED_HEIGHT] = init.codedHeight;
    exchange[word.HAS_COLOR_SPACE] = init.colorSpace === null ? 0 : 1;
    if (init.colorSpace !== null) writeColorCodes(exchange, word.PRIMARIES, init.colorSpace);
    writeLayout(init.layout);
}

/** A frame of a converted VideoFrameBufferInit. */
function createFromBuffer(bytes, init) {
    const { visibleRect, codedWidth, codedHeight } = init;
    if (visibleRect !== null) checkRect(visibleRect, 'visibleRect', codedWidth, codedHeight);
    checkDisplaySize(init);
    checkLayout(init.layout);
    writeBufferInit(init);
    return native.createFrame(bytes);
}

/** A frame of a converted VideoFrameInit that shows the pixels of `source`; `info` has the coded size of that. */
function createView(source, info, init) {
    if (init.visibleRect !== null) checkRect(init.visibleRect, 'visibleRect', info.codedWidth, info.codedHeight);
    checkDisplaySize(init);
    writeCommon(init);
    exchange[word.HAS_TIMESTAMP] = init.timestamp === null ? 0 : 1;
    exchange[word.DISCARD_ALPHA] = init.alpha === 'discard' ? 1 : 0;
    return native.createFrameView(source);
}

/** A frame of what an image of the host says it is: `data`, `format`, `codedWidth`, `codedHeight`, `colorSpace`. */
function createFromImage(image, init) {
    if (init.timestamp === null) refuse('timestamp', 'is required for an image that is not a VideoFrame');
    const picture = webidl.toDictionary(image, 'the image');
    const data = webidl.toBufferSource(picture.data, 'data of the image');
    const { format, codedWidth, codedHeight, colorSpace } = picture;
    const base = toBufferInit({ format, codedWidth, codedHeight, colorSpace, timestamp: init.timestamp });
    const handle = createFromBuffer(webidl.bytesOf(data), base);
    try {
        return createView(handle, base, init);
    } finally {
        native.closeFrame(handle);
    }
}

module.exports = {
    toBufferInit,
    toFrameInit,
    toFormat,
    toLayout,
    createFromBuffer,
    createView,
    createFromImage,
    checkRect,
    checkLayout,
    writeRect,
    writeLayout,
};
