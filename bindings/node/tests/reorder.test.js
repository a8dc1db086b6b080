// SPDX-License-Identifier: MIT
'use strict';

// Streams whose pictures are coded in another order than they are shown in.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { scenario } = require('./support/scenario.js');
const { missingFfmpeg, temporaryFolder, makeClip, probePackets } = require('./support/ffmpeg.js');
const video = require('./support/video.js');

const { VideoDecoder, EncodedVideoChunk } = video.webcodecs;

const STREAMS = {
    h264: { codec: 'avc1.64001f', box: 'avcC', encoder: 'libx264', more: ['-bf', '3', '-b_strategy', '0', '-g', '25'] },
    hevc: {
        codec: 'hvc1.1.6.L93.B0',
        box: 'hvcC',
        encoder: 'libx265',
        more: ['-x265-params', 'bframes=3:b-adapt=0:keyint=25:log-level=error'],
    },
};

/** The contents of a box of an MP4 file, found by its name. */
function readBox(file, name) {
    const at = file.indexOf(name);
    return file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4));
}

async function decodeReordered({ codec, box, encoder, more }) {
    const name = path.join(temporaryFolder(), 'clip.mp4');
    makeClip(name, { codec: encoder, more });
    const file = fs.readFileSync(name);
    const packets = probePackets(name);
    const coded = packets.map((packet) => packet.timestamp);
    const shown = [...coded].sort((a, b) => a - b);
    assert.notDeepEqual(coded, shown, 'the clip reorders nothing');

    const decoder = video.collect(VideoDecoder);
    decoder.codec.configure({ codec, description: readBox(file, box) });
    for (const { timestamp, key, position, size } of packets) {
        const data = file.subarray(position, position + size);
        // A duration of its own for each, so that one that went to another picture is seen.
        const init = { type: key ? 'key' : 'delta', timestamp, duration: timestamp + 7, data };
        decoder.codec.decode(new EncodedVideoChunk(init));
    }
    await decoder.codec.flush();
    assert.deepEqual(decoder.errors, []);
    const times = decoder.outputs.map((frame) => frame.timestamp);
    assert.deepEqual(times, shown);
    for (const frame of decoder.outputs) assert.equal(frame.duration, frame.timestamp + 7);
}

for (const [name, stream] of Object.entries(STREAMS)) {
    const options = { skip: missingFfmpeg() };
    scenario(__filename, `times and durations survive the reordering of ${name}`, options, () =>
        decodeReordered(stream),
    );
}
