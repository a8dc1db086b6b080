// SPDX-License-Identifier: MIT
'use strict';

const { toBoolean, toDictionary, toEnum } = require('./webidl.js');
const { defineInterface } = require('./interfaces.js');

// Names and the codes of ITU-T H.273 that the addon takes; the RGB matrix, 0 there, is 256.
const primariesCodes = new Map([
    ['bt709', 1],
    ['bt470bg', 5],
    ['smpte170m', 6],
    ['bt2020', 9],
    ['smpte432', 12],
]);
const transferCodes = new Map([
    ['bt709', 1],
    ['smpte170m', 6],
    ['iec61966-2-1', 13],
    ['linear', 8],
    ['pq', 16],
    ['hlg', 18],
]);
const matrixCodes = new Map([
    ['rgb', 256],
    ['bt709', 1],
    ['bt470bg', 5],
    ['smpte170m', 6],
    ['bt2020-ncl', 9],
]);
const LIMITED = 1;
const FULL = 2;

const namesOf = (codes) => new Map([...codes].map(([name, code]) => [code, name]));
const primariesNames = namesOf(primariesCodes);
const transferNames = namesOf(transferCodes);
const matrixNames = namesOf(matrixCodes);

const nameOf = (names, code) => names.get(code) ?? null;
const codeOf = (codes, name) => (name === null ? 0 : codes.get(name));

function nullableEnum(value, what, values) {
    return value === undefined || value === null ? null : toEnum(value, what, values);
}

/** VideoColorSpaceInit: all four members, null where they are not given. */
function toColorSpace(value, what) {
    const init = toDictionary(value, what);
    const fullRange = init.fullRange;
    return {
        fullRange: fullRange === undefined || fullRange === null ? null : toBoolean(fullRange),
        matrix: nullableEnum(init.matrix, `${what}.matrix`, matrixCodes),
        primaries: nullableEnum(init.primaries, `${what}.primaries`, primariesCodes),
        transfer: nullableEnum(init.transfer, `${what}.transfer`, transferCodes),
    };
}

class VideoColorSpace {
    #primaries;
    #transfer;
    #matrix;
    #fullRange;

    constructor(init = {}) {
        const colorSpace = toColorSpace(init, 'init');
        this.#primaries = colorSpace.primaries;
        this.#transfer = colorSpace.transfer;
        this.#matrix = colorSpace.matrix;
        this.#fullRange = colorSpace.fullRange;
    }

    get primaries() {
        return this.#primaries;
    }

    get transfer() {
        return this.#transfer;
    }

    get matrix() {
        return this.#matrix;
    }

    get fullRange() {
        return this.#fullRange;
    }

    toJSON() {
        return {
            primaries: this.#primaries,
            transfer: this.#transfer,
            matrix: this.#matrix,
            fullRange: this.#fullRange,
        };
    }
}

defineInterface(VideoColorSpace);

/** A VideoColorSpace of four codes; codes without a name read as null. */
function colorSpaceOfCodes(primaries, transfer, matrix, range) {
    return new VideoColorSpace({
        primaries: nameOf(primariesNames, primaries),
        transfer: nameOf(transferNames, transfer),
        matrix: nameOf(matrixNames, matrix),
        fullRange: range === 0 ? null : range === FULL,
    });
}

/** Write a converted VideoColorSpaceInit as four codes into `words` from `at` on. */
function writeColorCodes(words, at, colorSpace) {
    const { primaries, transfer, matrix, fullRange } = colorSpace;
    words[at] = codeOf(primariesCodes, primaries);
    words[at + 1] = codeOf(transferCodes, transfer);
    words[at + 2] = codeOf(matrixCodes, matrix);
    words[at + 3] = fullRange === null ? 0 : fullRange ? FULL : LIMITED;
}

module.exports = { VideoColorSpace, toColorSpace, colorSpaceOfCodes, writeColorCodes };
