// SPDX-License-Identifier: MIT
'use strict';

// A soak: encode and decode for a minute, with new codecs all the time, and see that memory is flat.
// By hand: node tests/soak.js [SECONDS]

const { spawnSync } = require('node:child_process');
const held = require('./support/process.js');
const video = require('./support/video.js');

const { VideoEncoder, VideoDecoder } = video.webcodecs;
const SECONDS = Number(process.argv[2] || 60);
const FRAMES = 25;
/** What the last third may need above the third before it, at 4 MiB a minute: libx265 leaks 1 KiB at each opening. */
const LARGEST_GROWTH = (4 * (SECONDS / 3)) / 60;

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

/** The most of a part of the samples, [seconds, MiB] each: single ones go up and down by what was closed before them. */
function mostOf(samples, from, to) {
    return Math.max(...samples.filter(([seconds]) => seconds >= from && seconds < to).map(([, size]) => size));
}

/** Until what was dropped is freed as well. */
async function settle() {
    for (const what of ['codecs', 'threads', 'frames'])
        await held.settle(() => held.native.stats()[what], 0, what, { collect: true });
}

async function main() {
    const configs = Object.values(video.CODECS).map((codec) => {
        return { ...codec, width: 320, height: 240, latencyMode: 'realtime' };
    });
    const samples = [];
    const start = performance.now();
    for (let round = 0; performance.now() - start < SECONDS * 1000; round++) {
        for (const config of configs) await session(config, round);
        await settle();
        samples.push([(performance.now() - start) / 1000, process.memoryUsage.rss() / 2 ** 20]);
    }
    const before = mostOf(samples, SECONDS / 3, (2 * SECONDS) / 3);
    const after = mostOf(samples, (2 * SECONDS) / 3, Infinity);
    const first = samples[0][1].toFixed(1);
    const text = `${samples.length} rounds of ${configs.length} codecs, ${first} MiB at first`;
    const thirds = `at most ${before.toFixed(1)} MiB in the second third, ${after.toFixed(1)} MiB in the last`;
    console.log(`${text}, ${thirds} (${LARGEST_GROWTH.toFixed(2)} more would be a leak)`);
    process.exitCode = after - before < LARGEST_GROWTH ? 0 : 1;
}

/*
 * Leaks are looked for, and what is kept for later hides them for minutes: so there is one heap of glibc's for all
 * threads, which come and go here, large blocks are the system's own, and V8's young generation has one size.
 */
const ENV = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '16384', MALLOC_TRIM_THRESHOLD_: '65536' };

if (process.env.MALLOC_ARENA_MAX && globalThis.gc) {
    main();
} else {
    const args = ['--expose-gc', '--min-semi-space-size=2', '--max-semi-space-size=2', __filename, ...process.argv.slice(2)];
    const child = spawnSync(process.execPath, args, { env: { ...ENV, ...process.env }, stdio: 'inherit' });
    process.exitCode = child.status ?? 1;
}
