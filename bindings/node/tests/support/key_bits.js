// SPDX-License-Identifier: MIT
'use strict';

// Is a chunk a key frame by its bits? Read here from the specifications of the codecs, not from what an encoder says.

/** The first bytes of NAL units behind start codes. */
function* nalUnits(bytes) {
    for (let i = 0; i + 3 < bytes.length; i++) {
        if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) yield bytes[i + 3];
    }
}

function hasIdr(bytes) {
    for (const head of nalUnits(bytes)) if ((head & 31) === 5) return true;
    return false;
}

/** Pictures that begin a coded video sequence: BLA, IDR and CRA, types 16 to 21. */
function hasRandomAccess(bytes) {
    for (const head of nalUnits(bytes)) {
        const type = (head >> 1) & 63;
        if (type >= 16 && type <= 21) return true;
    }
    return false;
}

function isVp9Key(bytes) {
    const reservedBit = (bytes[0] & 0x30) === 0x30 ? 1 : 0; // profile 3 has one more bit
    const showsExisting = (bytes[0] >> (3 - reservedBit)) & 1;
    const isInter = (bytes[0] >> (2 - reservedBit)) & 1;
    return showsExisting === 0 && isInter === 0;
}

/** leb128() of AV1: the value, and where it ends. */
function readLeb128(bytes, at) {
    let value = 0;
    for (let i = 0; i < 8; i++) {
        value += (bytes[at] & 127) * 2 ** (7 * i);
        if (!(bytes[at++] & 128)) break;
    }
    return { value, at };
}

function isAv1Key(bytes) {
    for (let at = 0; at < bytes.length;) {
        const head = bytes[at++];
        const type = (head >> 3) & 15;
        if (head & 4) at++; // extension
        const size = head & 2 ? readLeb128(bytes, at) : { value: bytes.length - at, at };
        // OBU_FRAME_HEADER and OBU_FRAME begin with show_existing_frame and frame_type.
        if (type === 3 || type === 6) return bytes[size.at] >> 7 === 0 && ((bytes[size.at] >> 5) & 3) === 0;
        at = size.at + size.value;
    }
    return false;
}

const READERS = {
    h264: hasIdr,
    hevc: hasRandomAccess,
    vp8: (bytes) => (bytes[0] & 1) === 0,
    vp9: isVp9Key,
    av1: isAv1Key,
};

/** `name`: h264 or hevc (both with start codes), vp8, vp9 or av1. */
function isKeyByBits(name, bytes) {
    return READERS[name](bytes);
}

module.exports = { isKeyByBits };
