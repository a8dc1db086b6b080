// SPDX-License-Identifier: MIT
'use strict';

// As much of OffscreenCanvas, its 2d context, ImageBitmap and ImageData as the tests of WebCodecs use. What is not here is
// missing, so a test that needs it fails; nothing is quietly left out but the shapes of letters.

const { toRgba, convertSpace, colorSpaceOf, PREDEFINED } = require('./color.js');

const IMAGE = Symbol.for('libwebcodecs.image');
const raster = Symbol('raster');

// Gives a frame's samples of the visible rectangle, in its own format; set by whoever knows the package under test.
const frames = { readPixels: null };

// 3 x 5 squares; timestamps are all that tests write.
const DIGITS = ['75557', '22222', '71747', '71717', '55711', '74717', '74757', '71111', '75757', '75717'];

const NAMED = { black: '#000', white: '#fff', red: '#f00', lime: '#0f0', blue: '#00f', yellow: '#ff0' };

function domError(message, name) {
    return new DOMException(message, name);
}

// Canvases hold sRGB or Display P3 with straight alpha.
class Raster {
    constructor(width, height, space = 'srgb', data = new Uint8ClampedArray(width * height * 4)) {
        this.width = width;
        this.height = height;
        this.space = space;
        this.data = data;
        this.words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
    }

    copy() {
        return new Raster(this.width, this.height, this.space, this.data.slice());
    }

    in(space) {
        return new Raster(this.width, this.height, space, convertSpace(this.data, this.space, space));
    }
}

function parseColor(text) {
    const css = NAMED[text] || text;
    const hex = /^#([0-9a-f]{3,8})$/i.exec(css);
    if (hex) {
        const digits = hex[1].length < 6 ? hex[1].replace(/./g, '$&$&') : hex[1];
        return [0, 2, 4, 6].map((at) => parseInt(digits.slice(at, at + 2) || 'ff', 16));
    }
    const numbers = /^rgba?\(([\d., ]+)\)$/.exec(css);
    if (!numbers)
        throw new Error(`the canvas of the tests does not know the colour ${text}`);
    const [r, g, b, a = 1] = numbers[1].split(',').map(Number);
    return [r, g, b, Math.round(Math.min(1, a) * 255)];
}

function blendPixel(data, at, r, g, b, alpha) {
    const below = data[at + 3] / 255 * (1 - alpha);
    const sum = alpha + below;
    if (sum === 0)
        return;
    data[at] = (r * alpha + data[at] * below) / sum;
    data[at + 1] = (g * alpha + data[at + 1] * below) / sum;
    data[at + 2] = (b * alpha + data[at + 2] * below) / sum;
    data[at + 3] = sum * 255;
}

// How much of the pixels first..last an interval covers.
function covered(from, to, size) {
    const first = Math.max(0, Math.floor(from));
    const last = Math.min(size, Math.ceil(to));
    const parts = [];
    for (let i = first; i < last; i++)
        parts.push(Math.min(i + 1, to) - Math.max(i, from));
    return { first, parts };
}

function fill(target, color, x, y, width, height) {
    const columns = covered(x, x + width, target.width);
    const rows = covered(y, y + height, target.height);
    const [r, g, b, a] = color;
    const word = (r | g << 8 | b << 16 | a << 24) >>> 0;
    const whole = columns.parts.every((part) => part === 1);
    rows.parts.forEach((down, j) => {
        const start = (rows.first + j) * target.width + columns.first;
        if (whole && down === 1 && a === 255)
            return target.words.fill(word, start, start + columns.parts.length);
        return columns.parts.forEach((across, i) => {
            blendPixel(target.data, (start + i) * 4, r, g, b, a / 255 * across * down);
        });
    });
}

// Turned clockwise, then mirrored.
function orient(source, rotation, flip) {
    if (rotation === 0 && !flip)
        return source;
    const swap = rotation % 180 !== 0;
    const { width, height } = source;
    const out = new Raster(swap ? height : width, swap ? width : height, source.space);
    for (let y = 0, i = 0; y < out.height; y++) {
        for (let column = 0; column < out.width; column++, i++) {
            const x = flip ? out.width - 1 - column : column;
            const from = {
                0: () => y * width + x,
                90: () => (height - 1 - x) * width + y,
                180: () => (height - 1 - y) * width + (width - 1 - x),
                270: () => x * width + (width - 1 - y),
            }[rotation]();
            out.words[i] = source.words[from];
        }
    }
    return out;
}

function frameImage(frame, space) {
    if (frame.codedWidth === 0)
        throw domError('The VideoFrame is closed', 'InvalidStateError');
    const { width, height } = frame.visibleRect;
    const data = toRgba(frames.readPixels(frame), frame.format, width, height, frame.colorSpace, space);
    const pixels = orient(new Raster(width, height, space, data), frame.rotation || 0, frame.flip || false);
    return { pixels, width: frame.displayWidth, height: frame.displayHeight };
}

// What drawImage() and createImageBitmap() take: pixels, and the size that they stand for.
function imageOf(source, space) {
    if (globalThis.VideoFrame && source instanceof globalThis.VideoFrame)
        return frameImage(source, space);
    if (!(source instanceof OffscreenCanvas) && !(source instanceof ImageBitmap))
        throw new TypeError('The source is not an image that the canvas of the tests knows');
    if (!source[raster] || source.width === 0 || source.height === 0)
        throw domError('The image is closed or empty', 'InvalidStateError');
    return { pixels: source[raster].in(space), width: source.width, height: source.height };
}

// Bilinear, and exact where source and target pixels meet.
function sample(pixels, x, y, channel) {
    const clampX = Math.min(pixels.width - 1, Math.max(0, x));
    const clampY = Math.min(pixels.height - 1, Math.max(0, y));
    const left = Math.floor(clampX);
    const top = Math.floor(clampY);
    const right = Math.min(left + 1, pixels.width - 1);
    const bottom = Math.min(top + 1, pixels.height - 1);
    const at = (column, row) => pixels.data[(row * pixels.width + column) * 4 + channel];
    const across = clampX - left;
    const upper = at(left, top) * (1 - across) + at(right, top) * across;
    const lower = at(left, bottom) * (1 - across) + at(right, bottom) * across;
    return upper + (lower - upper) * (clampY - top);
}

function paint(target, pixels, from, to) {
    const [sx, sy, sw, sh] = from;
    const [dx, dy, dw, dh] = to;
    const lastX = Math.min(target.width, Math.ceil(dx + dw - 0.5));
    const lastY = Math.min(target.height, Math.ceil(dy + dh - 0.5));
    for (let y = Math.max(0, Math.ceil(dy - 0.5)); y < lastY; y++) {
        const v = sy + (y + 0.5 - dy) * sh / dh - 0.5;
        for (let x = Math.max(0, Math.ceil(dx - 0.5)); x < lastX; x++) {
            const u = sx + (x + 0.5 - dx) * sw / dw - 0.5;
            const at = (y * target.width + x) * 4;
            const inside = u >= 0 && v >= 0 && u < pixels.width && v < pixels.height;
            const from = inside && Number.isInteger(u) && Number.isInteger(v) ? v * pixels.width + u : -1;
            if (from >= 0 && pixels.data[from * 4 + 3] === 255) {
                target.words[at / 4] = pixels.words[from];
                continue;
            }
            const [r, g, b, a] = [0, 1, 2, 3].map((channel) => sample(pixels, u, v, channel));
            blendPixel(target.data, at, r, g, b, a / 255);
        }
    }
}

// Part of a raster; transparent black where there is none.
function cut(source, x, y, width, height) {
    const out = new Raster(width, height, source.space);
    const left = Math.max(0, x);
    const right = Math.min(source.width, x + width);
    for (let row = Math.max(0, y); row < Math.min(source.height, y + height) && left < right; row++) {
        const part = source.words.subarray(row * source.width + left, row * source.width + right);
        out.words.set(part, (row - y) * width + left - x);
    }
    return out;
}

class ImageData {
    constructor(first, second, ...rest) {
        const given = first instanceof Uint8ClampedArray;
        const [width, height, settings] = given ? [second, rest[0], rest[1]] : [first, second, rest[0]];
        if (given && first.length !== width * height * 4)
            throw domError('The data does not have that size', 'IndexSizeError');
        const space = settings?.colorSpace ?? 'srgb';
        this[raster] = new Raster(width, height, space, given ? first : undefined);
    }

    get width() { return this[raster].width; }
    get height() { return this[raster].height; }
    get data() { return this[raster].data; }
    get colorSpace() { return this[raster].space; }
}

// What VideoFrame's constructor takes from an image of the host.
function describe(image) {
    if (!image[raster] || image.width === 0 || image.height === 0)
        throw domError('The image is closed or empty', 'InvalidStateError');
    const { width, height, data, space } = image[raster];
    return { data, format: 'RGBA', codedWidth: width, codedHeight: height, colorSpace: colorSpaceOf(space) };
}

class ImageBitmap {
    constructor() {
        throw new TypeError('Illegal constructor');
    }

    get width() { return this[raster] ? this[raster].width : 0; }
    get height() { return this[raster] ? this[raster].height : 0; }
    close() { this[raster] = null; }
    [IMAGE]() { return describe(this); }
}

function bitmapOf(pixels) {
    const bitmap = Object.create(ImageBitmap.prototype);
    bitmap[raster] = pixels;
    return bitmap;
}

async function createImageBitmap(source, ...rest) {
    if (rest.some((argument) => argument !== undefined))
        throw new Error('the canvas of the tests makes bitmaps without options only');
    const { pixels, width, height } = imageOf(source, source instanceof ImageBitmap ? source[raster]?.space : 'srgb');
    if (pixels.width === width && pixels.height === height)
        return bitmapOf(pixels.copy());
    const scaled = new Raster(width, height, pixels.space);
    paint(scaled, pixels, [0, 0, pixels.width, pixels.height], [0, 0, width, height]);
    return bitmapOf(scaled);
}

class OffscreenCanvasRenderingContext2D {
    #fill = [0, 0, 0, 255];
    #style = '#000000';

    constructor(canvas) {
        this.canvas = canvas;
        this.font = '10px sans-serif';
    }

    get fillStyle() { return this.#style; }
    set fillStyle(style) {
        const color = parseColor(style);
        this.#style = style;
        this.#fill = [...convertSpace(Uint8ClampedArray.from(color), 'srgb', this.canvas[raster].space)];
    }

    fillRect(x, y, width, height) {
        fill(this.canvas[raster], this.#fill, x, y, width, height);
    }

    fillText(text, x, y) {
        const size = parseFloat(this.font) / 7;
        [...String(text)].forEach((letter, i) => {
            const rows = DIGITS[letter] || '77777';
            for (let bit = 0; bit < 15; bit++) {
                const column = bit % 3;
                const row = (bit - column) / 3;
                if (rows[row] >> 2 - column & 1)
                    this.fillRect(x + (i * 4 + column) * size, y + (row - 5) * size, size, size);
            }
        });
    }

    drawImage(source, ...box) {
        const target = this.canvas[raster];
        const { pixels, width, height } = imageOf(source, target.space);
        const whole = [0, 0, width, height];
        const from = box.length === 8 ? box.slice(0, 4) : whole;
        const to = box.length === 8 ? box.slice(4) : box.length === 4 ? box : [box[0], box[1], width, height];
        const scaleX = pixels.width / width;
        const scaleY = pixels.height / height;
        paint(target, pixels, [from[0] * scaleX, from[1] * scaleY, from[2] * scaleX, from[3] * scaleY], to);
    }

    createImageData(width, height, settings) {
        return new ImageData(width, height, { colorSpace: this.canvas[raster].space, ...settings });
    }

    getImageData(x, y, width, height, settings) {
        const space = settings?.colorSpace ?? this.canvas[raster].space;
        const part = cut(this.canvas[raster], ...[x, y, width, height].map(Math.trunc)).in(space);
        return new ImageData(part.data, part.width, part.height, { colorSpace: space });
    }
}

class OffscreenCanvas {
    #context = null;

    constructor(width, height) {
        this[raster] = new Raster(width, height);
    }

    get width() { return this[raster].width; }
    get height() { return this[raster].height; }

    getContext(type, options) {
        if (type !== '2d')
            return null;
        const space = options?.colorSpace ?? 'srgb';
        if (!PREDEFINED[space])
            throw new TypeError(`${space} is not a PredefinedColorSpace`);
        if (options?.alpha === false)
            throw new Error('the canvas of the tests has an alpha channel always');
        if (!this.#context) {
            this[raster] = new Raster(this.width, this.height, space);
            this.#context = new OffscreenCanvasRenderingContext2D(this);
        }
        return this.#context;
    }

    transferToImageBitmap() {
        if (!this.#context)
            throw domError('The canvas has no context', 'InvalidStateError');
        const pixels = this[raster];
        this[raster] = new Raster(pixels.width, pixels.height, pixels.space);
        return bitmapOf(pixels);
    }

    [IMAGE]() { return describe(this); }
}

module.exports = { frames, OffscreenCanvas, OffscreenCanvasRenderingContext2D, ImageBitmap, ImageData, createImageBitmap };
