// SPDX-License-Identifier: MIT
'use strict';

/* A moving picture made here, so that a benchmark needs no files: texture that slides, a block that runs, noise. */

function fillLuma(plane, width, height, index, random) {
    for (let y = 0; y < height; y++) {
        const shifted = y + 2 * index;
        for (let x = 0; x < width; x++) {
            const slide = x + 3 * index;
            // Smooth waves and soft edges, as pictures have; pure noise or flat colour would tell nothing of codecs.
            plane[y * width + x] =
                96 + ((slide >> 2) & 31) + ((shifted >> 3) & 31) + (((slide * shifted) >> 12) & 15) + random();
        }
    }
}

function drawBlock(plane, width, height, index) {
    const size = height >> 2;
    const left = (index * 13) % (width - size);
    const top = (index * 7) % (height - size);
    for (let y = top; y < top + size; y++)
        plane.fill(200 - ((y - top) >> 1), y * width + left, y * width + left + size);
}

/** Four bits of noise that are the same in each run. */
function makeRandom() {
    let state = 0x2545f491;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state & 7;
    };
}

/** `count` pictures in I420, one after the other in time. */
function makePictures(width, height, count) {
    const random = makeRandom();
    const pictures = [];
    for (let index = 0; index < count; index++) {
        const picture = new Uint8Array((width * height * 3) / 2);
        const luma = picture.subarray(0, width * height);
        fillLuma(luma, width, height, index, random);
        drawBlock(luma, width, height, index);
        for (let i = width * height; i < picture.length; i++) picture[i] = 112 + (((i + index) >> 4) & 15);
        pictures.push(picture);
    }
    return pictures;
}

/** There and back through the pictures, so that the motion never jumps. */
function pictureAt(pictures, index) {
    const period = 2 * pictures.length - 2;
    const at = index % period;
    return pictures[at < pictures.length ? at : period - at];
}

module.exports = { makePictures, pictureAt };
