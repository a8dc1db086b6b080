// SPDX-License-Identifier: MIT
'use strict';

// Colours of the canvas of the tests: a VideoFrame's own samples to RGBA, and RGBA from one colour space to another.
// Tests compare what is drawn here with what copyTo() answers, so nothing of the engine's conversion may be used: these are
// the formulas of ITU-R BT.601, BT.709, BT.2020 and of CSS Color 4 in double precision.

const D65 = [0.3127, 0.3290];

const CHROMATICITIES = {
    bt709: [[0.640, 0.330], [0.300, 0.600], [0.150, 0.060]],
    bt470bg: [[0.640, 0.330], [0.290, 0.600], [0.150, 0.060]],
    smpte170m: [[0.630, 0.340], [0.310, 0.595], [0.155, 0.070]],
    bt2020: [[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]],
    smpte432: [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]],
};

// Weights of red and blue in luma.
const LUMA = {
    bt709: [0.2126, 0.0722],
    bt470bg: [0.299, 0.114],
    smpte170m: [0.299, 0.114],
    'bt2020-ncl': [0.2627, 0.0593],
};

const PREDEFINED = { srgb: 'bt709', 'display-p3': 'smpte432' };

// Browsers show all of these alike, as sRGB.
const SRGB_LIKE = new Set(['bt709', 'smpte170m', 'iec61966-2-1']);

function inverse(m) {
    const [[a, b, c], [d, e, f], [g, h, i]] = m;
    const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    return [
        [(e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det],
        [(f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det],
        [(d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det],
    ];
}

function times(m, v) {
    return m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
}

function product(m, n) {
    const columns = [0, 1, 2].map((c) => times(m, n.map((row) => row[c])));
    return [0, 1, 2].map((r) => columns.map((column) => column[r]));
}

function xyz([x, y]) {
    return [x / y, 1, (1 - x - y) / y];
}

function toXyz(primaries) {
    const columns = CHROMATICITIES[primaries].map(xyz);
    const matrix = [0, 1, 2].map((r) => columns.map((column) => column[r]));
    const scale = times(inverse(matrix), xyz(D65));
    return matrix.map((row) => row.map((value, c) => value * scale[c]));
}

function decodeSrgb(signal) {
    return signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;
}

function encodeSrgb(light) {
    return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

function unit(value) {
    return Math.min(1, Math.max(0, value));
}

// A function from RGB signals of 0..1 in one colour space to those in another; null when they are the same.
function signalMap(primaries, transfer, targetSpace) {
    const target = PREDEFINED[targetSpace];
    if (!SRGB_LIKE.has(transfer) && transfer !== 'linear')
        throw new Error(`the canvas of the tests does not know the transfer ${transfer}`);
    if (primaries === target && SRGB_LIKE.has(transfer))
        return null;
    const decode = transfer === 'linear' ? (light) => light : decodeSrgb;
    const matrix = product(inverse(toXyz(target)), toXyz(primaries));
    return (rgb) => times(matrix, rgb.map(decode)).map((light) => encodeSrgb(unit(light)));
}

function pack(rgb) {
    const [r, g, b] = rgb.map((signal) => Math.round(unit(signal) * 255));
    return r | g << 8 | b << 16;
}

// Pictures of the tests have few colours, so each is worked out once.
function remember(convert) {
    const known = new Map();
    return (a, b, c) => {
        const key = (a * 65536 + b) * 65536 + c;
        let packed = known.get(key);
        if (packed === undefined) {
            packed = convert(a, b, c);
            if (known.size > 65536)
                known.clear();
            known.set(key, packed);
        }
        return packed;
    };
}

function yuvConverter(color, depth, targetSpace) {
    const [kr, kb] = LUMA[color.matrix || 'bt709'] || [];
    if (kr === undefined)
        throw new Error(`the canvas of the tests does not know the matrix ${color.matrix}`);
    const step = 2 ** (depth - 8);
    const peak = 2 ** depth - 1;
    const full = color.fullRange === true;
    const black = full ? 0 : 16 * step;
    const lumaSpan = full ? peak : 219 * step;
    const chromaSpan = full ? peak : 224 * step;
    const map = signalMap(color.primaries || 'bt709', color.transfer || 'bt709', targetSpace);
    return remember((y, u, v) => {
        const luma = (y - black) / lumaSpan;
        const red = luma + 2 * (1 - kr) * (v - 128 * step) / chromaSpan;
        const blue = luma + 2 * (1 - kb) * (u - 128 * step) / chromaSpan;
        const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
        const rgb = [red, green, blue].map(unit);
        return pack(map ? map(rgb) : rgb);
    });
}

function rgbConverter(color, targetSpace) {
    const map = signalMap(color.primaries || 'bt709', color.transfer || 'iec61966-2-1', targetSpace);
    const limited = color.fullRange === false;
    return remember((r, g, b) => {
        const rgb = [r, g, b].map((value) => unit(limited ? (value - 16) / 219 : value / 255));
        return pack(map ? map(rgb) : rgb);
    });
}

function convertRgb(source, format, color, targetSpace) {
    const convert = rgbConverter(color, targetSpace);
    const [r, b] = format.startsWith('BGR') ? [2, 0] : [0, 2];
    const opaque = format.endsWith('X');
    const out = new Uint32Array(source.length / 4);
    for (let i = 0, at = 0; i < out.length; i++, at += 4)
        out[i] = convert(source[at + r], source[at + 1], source[at + b]) | (opaque ? 255 : source[at + 3]) << 24;
    return new Uint8ClampedArray(out.buffer);
}

function yuvPlanes(source, format, width, height) {
    const [, layout, alpha, bits] = /^(I420|I422|I444|NV12)(A?)(?:P(10|12))?$/.exec(format);
    const depth = Number(bits || 8);
    const samples = depth === 8 ? source : new Uint16Array(source.slice().buffer);
    const shiftX = layout === 'I444' ? 0 : 1;
    const shiftY = layout === 'I420' || layout === 'NV12' ? 1 : 0;
    const chromaWidth = Math.ceil(width / (1 << shiftX));
    const chromaSize = chromaWidth * Math.ceil(height / (1 << shiftY));
    const luma = width * height;
    const interleaved = layout === 'NV12';
    return {
        samples, depth, shiftX, shiftY, chromaWidth,
        chromaStep: interleaved ? 2 : 1,
        u: luma,
        v: luma + (interleaved ? 1 : chromaSize),
        a: alpha ? luma + 2 * chromaSize : -1,
    };
}

function convertYuv(source, format, width, height, color, targetSpace) {
    const planes = yuvPlanes(source, format, width, height);
    const convert = yuvConverter(color, planes.depth, targetSpace);
    const out = new Uint32Array(width * height);
    const peak = 2 ** planes.depth - 1;
    for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i++) {
            const c = ((y >> planes.shiftY) * planes.chromaWidth + (x >> planes.shiftX)) * planes.chromaStep;
            const alpha = planes.a < 0 ? 255 : Math.round(planes.samples[planes.a + i] * 255 / peak);
            out[i] = convert(planes.samples[i], planes.samples[planes.u + c], planes.samples[planes.v + c]) | alpha << 24;
        }
    }
    return new Uint8ClampedArray(out.buffer);
}

// RGBA of samples that lie plane after plane without padding, as copyTo() leaves them.
function toRgba(source, format, width, height, color, targetSpace) {
    if (/^(RGB|BGR)[AX]$/.test(format))
        return convertRgb(source, format, color, targetSpace);
    return convertYuv(source, format, width, height, color, targetSpace);
}

function colorSpaceOf(space) {
    return { primaries: PREDEFINED[space], transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };
}

// RGBA from one of a canvas's colour spaces to the other.
function convertSpace(data, from, to) {
    return from === to ? data : convertRgb(data, 'RGBA', colorSpaceOf(from), to);
}

module.exports = { toRgba, convertSpace, colorSpaceOf, PREDEFINED };
