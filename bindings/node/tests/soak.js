// SPDX-License-Identifier: MIT
'use strict';

// A soak: encode and decode for a minute, with new codecs all the time, and see that memory is flat in the second half.
// By hand: node tests/soak.js [SECONDS]

const { spawnSync } = require('node:child_process');
const held = require('./support/process.js');
const video = require('./support/video.js');

const { VideoEncoder, VideoDecoder } = video.webcodecs;
const SECONDS = Number(process.argv[2] || 60);
const FRAMES = 25;
/** MiB a minute: libx265 leaks 9 KiB each time it is opened, and pages come and go. */
const LARGEST_SLOPE = 4;

const pictures = Array.from({ length: 8 }, (_, index) => video.makePicture(320, 240, index));

/** Encode a clip and decode it; frames are closed, left to the garbage collector, or still waiting at close(). */
async function session(config, round) {
    const encoder = video.collect(VideoEncoder);
    encoder.codec.configure(config);
    for (let index = 0; index < FRAMES; index++) {
        const frame = video.makeFrame(320, 240, index, { picture: pictures[index % pictures.length] });
        encoder.codec.encode(frame, { keyFrame: index % 10 === 0 });
        if (round % 2) frame.close();
    }
    if (round % 5 === 4) return encoder.codec.close();
    await encoder.codec.flush();
    let frames = 0;
    const decoder = new VideoDecoder({
        output(frame) {
            frames++;
            if (round % 3) frame.close();
        },
        error(error) {
            throw error;
        },
    });
    decoder.configure(video.decoderConfigOf(encoder));
    for (const chunk of encoder.outputs) decoder.decode(chunk);
    await decoder.flush();
    if (frames !== FRAMES) throw new Error(`${config.codec}: ${frames} of ${FRAMES} frames`);
    if (round % 4) decoder.close();
    return encoder.codec.close();
}

/** Least squares through [seconds, MiB]: MiB a minute. */
function slopeOf(samples) {
    const mean = (index) => samples.reduce((sum, sample) => sum + sample[index], 0) / samples.length;
    const [x, y] = [mean(0), mean(1)];
    let above = 0;
    let below = 0;
    for (const sample of samples) {
        above += (sample[0] - x) * (sample[1] - y);
        below += (sample[0] - x) ** 2;
    }
    return (60 * above) / below;
}

async function main() {
    const configs = Object.values(video.CODECS).map((codec) => {
        return { ...codec, width: 320, height: 240, latencyMode: 'realtime' };
    });
    const samples = [];
    const start = performance.now();
    for (let round = 0; performance.now() - start < SECONDS * 1000; round++) {
        for (const config of configs) await session(config, round);
        await held.collectGarbage();
        samples.push([(performance.now() - start) / 1000, process.memoryUsage.rss() / 2 ** 20]);
    }
    const half = samples.filter(([seconds]) => seconds > SECONDS / 2);
    const slope = slopeOf(half);
    await held.settle(() => held.native.stats().codecs, 0, 'codecs', { collect: true });
    await held.settle(() => held.native.stats().frames, 0, 'frames', { collect: true });
    const first = samples[0][1].toFixed(1);
    const last = samples[samples.length - 1][1].toFixed(1);
    const text = `${samples.length} rounds of ${configs.length} codecs, ${first} MiB at first, ${last} at last`;
    console.log(`${text}, ${slope.toFixed(2)} MiB a minute in the second half (at most ${LARGEST_SLOPE})`);
    process.exitCode = slope <= LARGEST_SLOPE ? 0 : 1;
}

// With a heap for each thread, as glibc has them, memory is flat only after minutes: threads come and go here.
if (process.env.MALLOC_ARENA_MAX && globalThis.gc) {
    main();
} else {
    const env = { MALLOC_ARENA_MAX: '2', ...process.env };
    const args = ['--expose-gc', __filename, ...process.argv.slice(2)];
    process.exitCode = spawnSync(process.execPath, args, { env, stdio: 'inherit' }).status ?? 1;
}
