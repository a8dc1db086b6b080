// SPDX-License-Identifier: MIT
'use strict';

/* The pictures and chunks of a benchmark as files that other programs read. */
const fs = require('node:fs');
const { WIDTH, HEIGHT, FRAMERATE, FRAME_US, CODECS } = require('./settings.js');
const { pictureAt } = require('./picture.js');

/** Pictures in I420, one after the other, with the heads of YUV4MPEG. */
function writeY4m(file, pictures, count) {
    const out = fs.openSync(file, 'w');
    fs.writeSync(out, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMERATE}:1 Ip A1:1 C420jpeg\n`);
    for (let index = 0; index < count; index++) {
        fs.writeSync(out, 'FRAME\n');
        fs.writeSync(out, pictureAt(pictures, index));
    }
    fs.closeSync(out);
}

function ivfHead(fourcc, count) {
    const head = Buffer.alloc(32);
    head.write('DKIF', 0);
    head.writeUInt16LE(32, 6);
    head.write(fourcc, 8);
    head.writeUInt16LE(WIDTH, 12);
    head.writeUInt16LE(HEIGHT, 14);
    head.writeUInt32LE(FRAMERATE, 16);
    head.writeUInt32LE(1, 20);
    head.writeUInt32LE(count, 24);
    return head;
}

/** Chunks as they are (H.264 and HEVC with start codes), or in IVF. */
function writeRaw(file, name, stream) {
    const { raw, fourcc } = CODECS[name];
    const parts = raw === 'ivf' ? [ivfHead(fourcc, stream.chunks.length)] : [];
    for (const chunk of stream.chunks) {
        if (raw === 'ivf') {
            const head = Buffer.alloc(12);
            head.writeUInt32LE(chunk.data.length, 0);
            head.writeBigUInt64LE(BigInt(Math.round(chunk.timestamp / FRAME_US)), 4);
            parts.push(head);
        }
        parts.push(chunk.data);
    }
    fs.writeFileSync(file, Buffer.concat(parts));
}

module.exports = { writeY4m, writeRaw };
