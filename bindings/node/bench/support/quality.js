// SPDX-License-Identifier: MIT
'use strict';

/* How near decoded pictures are to what was encoded: encoders that differ in it are not compared by speed alone. */
const { WIDTH, HEIGHT, FRAME_US } = require('./settings.js');
const { decodeAll } = require('./codec_work.js');
const { pictureAt } = require('./picture.js');

/** Every fifth picture is enough. */
const STEP = 5;

function squaredError(a, aStride, b) {
    let sum = 0;
    for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) sum += (a[y * aStride + x] - b[y * WIDTH + x]) ** 2;
    }
    return sum;
}

/** PSNR of luma in dB of a stream that `api` decodes against the pictures that it was made of. */
async function measurePsnr(api, stream, pictures) {
    const copies = [];
    await decodeAll(api, stream, (frame) => {
        const index = Math.round(frame.timestamp / FRAME_US);
        if (index % STEP) return;
        const bytes = new Uint8Array(frame.allocationSize());
        const layout = frame.copyTo(bytes);
        copies.push(layout.then(([plane]) => [index, bytes.subarray(plane.offset), plane.stride]));
    });
    let sum = 0;
    const decoded = await Promise.all(copies);
    for (const [index, bytes, stride] of decoded) sum += squaredError(bytes, stride, pictureAt(pictures, index));
    return 10 * Math.log10((255 * 255 * WIDTH * HEIGHT * decoded.length) / sum);
}

module.exports = { measurePsnr };
