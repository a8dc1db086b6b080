// SPDX-License-Identifier: MIT
'use strict';

/*
 * One implementation, one piece of work, one process: so that neither the memory nor the heap of another is measured.
 * The task is JSON in the first argument, the figures are JSON on the last line.
 */
const fs = require('node:fs');
const { makePictures } = require('./picture.js');
const { WIDTH, HEIGHT, encoderConfig } = require('./settings.js');
const {
    timeFirstChunk,
    encodeAll,
    decodeAll,
    toStream,
    saveChunks,
    loadChunks,
} = require('./codec_work.js');
const { measurePsnr } = require('./quality.js');
const { timeEncode, timeDecode, timeFrames } = require('./calls.js');
const { startTicker } = require('./ticker.js');
const { readOptions } = require('./encoder_options.js');

const PICTURES = 16;
const SESSIONS = 4;

/** The most memory that this process had, in MB. */
function peakMemory() {
    try {
        return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
    } catch {
        return process.resourceUsage().maxRSS / 1024;
    }
}

function callFigures(calls) {
    return {
        configure_ms: calls.configure.median / 1000,
        call_us: calls.call.median,
        call_p99_us: calls.call.p99,
        size_us: calls.size.median,
        queued: calls.queued,
    };
}

async function work(run, count) {
    const ticker = startTicker();
    const done = await run();
    const { gap } = ticker.lap();
    ticker.stop();
    return {
        fps: (count * 1000) / done.ms,
        full_first_ms: done.first,
        gap_ms: gap,
        peak_mb: peakMemory(),
        bytes: done.bytes,
    };
}

const TASKS = {
    async first_chunk(api, task) {
        const pictures = makePictures(WIDTH, HEIGHT, PICTURES);
        const config = encoderConfig(task.codec, task.mode, task.more);
        return { first_ms: await timeFirstChunk(api, config, pictures, task.frames) };
    },
    async encode(api, task) {
        const pictures = makePictures(WIDTH, HEIGHT, PICTURES);
        const config = encoderConfig(task.codec, task.mode, task.more);
        const outputs = [];
        const onChunk = (...output) => outputs.push(output);
        const figures = await work(() => encodeAll(api, config, pictures, task.frames, onChunk), task.frames);
        const calls = callFigures(await timeEncode(api, config, pictures, SESSIONS, task.calls));
        const stream = toStream(config.codec, outputs);
        const told = [...(readOptions(stream.chunks[0].data) ?? [])];
        const psnr_db = await measurePsnr(require(task.judge), stream, pictures);
        return { ...figures, ...calls, told, psnr_db };
    },
    async decode(api, task) {
        const stream = loadChunks(task.file);
        const figures = await work(() => decodeAll(api, stream), stream.chunks.length);
        return { ...figures, ...callFigures(await timeDecode(api, stream, SESSIONS, task.calls)) };
    },
    async frames(api) {
        const { cold, warm } = timeFrames(api, makePictures(WIDTH, HEIGHT, PICTURES));
        return { cold_us: cold.median, warm_us: warm.median, warm_p99_us: warm.p99 };
    },
    async save(api, task) {
        const pictures = makePictures(WIDTH, HEIGHT, PICTURES);
        const config = encoderConfig(task.codec, task.mode);
        const stream = await saveChunks(api, config, pictures, task.frames, task.file);
        return { chunks: stream.chunks.length };
    },
    async supported(api, task) {
        const config = encoderConfig(task.codec, task.mode, task.more);
        const encoder = await api.VideoEncoder.isConfigSupported(config);
        const decoder = await api.VideoDecoder.isConfigSupported({ codec: config.codec });
        return { supported: encoder.supported && decoder.supported };
    },
};

async function main() {
    const task = JSON.parse(process.argv[2]);
    const figures = await TASKS[task.what](require(task.subject), task);
    process.stdout.write(`\n${JSON.stringify(figures)}\n`);
    // What an implementation keeps alive is not measured here; what was closed in the middle of its work may end.
    setTimeout(() => process.exit(0), 500);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
