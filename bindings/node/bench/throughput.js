// SPDX-License-Identifier: MIT
'use strict';

/*
 * What JavaScript costs: this package beside `webc bench`, which drives the same engine from C. Same pictures, size,
 * codec, settings and threads; both keep up to 8 inputs in the queue and count the time from opening the codec to
 * closing it. Beside the ratio stands the share of the time in which the event loop was busy, which varies less
 * with the machine. See --help.
 */
const { fork } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseOptions, printTable, writeJson } = require('./support/report.js');
const { runCommand, temporaryFolder, cpuCount } = require('./support/report.js');
const { interval, formatInterval, format } = require('./support/figures.js');
const { makePictures } = require('./support/picture.js');
const { WIDTH, HEIGHT, BITRATE, CODECS, encoderConfig } = require('./support/settings.js');
const { saveChunks } = require('./support/codec_work.js');
const { writeY4m, writeRaw } = require('./support/files.js');

const USAGE = `usage: node bench/throughput.js [options]

  --webc PATH      the webc command (default: the newest in the repository's build/*/tools)
  --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all)
  --modes LIST     latency modes of encoders: realtime,quality (default: realtime)
  --frames N       frames of a run (default: 100; five times as many are decoded)
  --rounds N       pairs of runs (default: 15)
  --json FILE      where the figures go (default: build/bench-throughput.json)
  --check RATIO    exit 1 where the median of ours/webc is below RATIO`;

/** As the engine chooses them, for H.264 because what is decoded here does not reorder. */
const THREADS = Math.min(8, cpuCount());

function findWebc() {
    const build = path.join(__dirname, '..', '..', '..', 'build');
    const names = fs.existsSync(build) ? fs.readdirSync(build) : [];
    const files = names.map((name) => path.join(build, name, 'tools', 'webc')).filter((file) => fs.existsSync(file));
    files.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
    if (files.length === 0) throw new Error('there is no webc command in build/*/tools; give --webc PATH');
    return files[0];
}

async function runWebc(webc, file, args) {
    const out = await runCommand(webc, ['bench', file, '--json', '--rounds', '1', ...args]);
    return JSON.parse(out).engine_fps.median;
}

/** The child's next message; an Error where it ends instead. */
function nextMessage(child) {
    return new Promise((resolve, reject) => {
        const ended = () => reject(new Error('the process that is measured ended'));
        if (child.exitCode !== null || child.signalCode !== null) ended();
        child.once('exit', ended);
        child.once('message', (message) => {
            child.off('exit', ended);
            resolve(message);
        });
    });
}

/**
 * Runs of webc bench, each with the mean of the sessions before and after it, as the speed of the machine varies. Both
 * are warm: the child by its first sessions, webc bench by a run of its own that it does not count.
 */
async function alternate(options, what, task, file, args) {
    const rows = { ours: [], webc: [], ratio: [], busy: [] };
    const child = fork(path.join(__dirname, 'support', 'throughput_child.js'), [JSON.stringify(task)]);
    child.on('error', () => {}); // of a message to a child that ended: nextMessage() tells
    const session = () => {
        const figures = nextMessage(child);
        child.send('run');
        return figures;
    };
    try {
        await nextMessage(child);
        for (let round = 0; round < options.rounds; round++) {
            const before = await session();
            const webc = await runWebc(options.webc, file, args);
            const after = await session();
            rows.ours.push(before.fps, after.fps);
            rows.webc.push(webc);
            rows.ratio.push((before.fps + after.fps) / 2 / webc);
            rows.busy.push(before.busy, after.busy);
        }
    } finally {
        child.kill();
    }
    return { what, ...Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, interval(values)])) };
}

async function benchEncode(options, name, mode, y4m) {
    const { codec } = CODECS[name];
    const args = ['--mode', 'encode', '--codec', codec, '--bitrate', BITRATE, '--frames', options.frames];
    args.push('--latency-mode', mode, '--threads', THREADS);
    const task = { what: 'encode', codec: name, mode, frames: options.frames, subject: options.subject };
    return alternate(options, `encode ${name}, ${mode}`, task, y4m, args.map(String));
}

async function benchDecode(options, name, folder, pictures) {
    const chunks = path.join(folder, `${name}.chunks`);
    const file = path.join(folder, `${name}.${CODECS[name].raw}`);
    const annexb = { avc: { format: 'annexb' }, hevc: { format: 'annexb' } };
    const config = encoderConfig(name, 'realtime', annexb);
    writeRaw(file, name, await saveChunks(require(options.subject), config, pictures, 5 * options.frames, chunks));
    const task = { what: 'decode', file: chunks, subject: options.subject };
    return alternate(options, `decode ${name}`, task, file, ['--threads', String(THREADS)]);
}

async function main() {
    const defaults = {
        webc: '',
        codecs: Object.keys(CODECS),
        modes: ['realtime'],
        frames: 100,
        rounds: 15,
        subject: path.join(__dirname, '..'),
        json: '',
        check: 0,
        help: false,
    };
    const options = parseOptions(defaults, USAGE);
    if (options.help) return console.log(USAGE);
    options.webc = options.webc || findWebc();
    const folder = temporaryFolder();
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const y4m = path.join(folder, 'pictures.y4m');
    writeY4m(y4m, pictures, options.frames);
    const rows = [];
    for (const name of options.codecs) {
        for (const mode of options.modes) rows.push(await benchEncode(options, name, mode, y4m));
        rows.push(await benchDecode(options, name, folder, pictures));
    }
    console.log(`Frames a second, 720p: median of ${options.rounds} pairs of runs (lowest to highest).\n`);
    printTable(
        ['720p', 'ours', 'webc bench', 'ours/webc', 'event loop busy'],
        rows.map((row) => [row.what, ...[row.ours, row.webc, row.ratio, row.busy].map(formatInterval)]),
    );
    writeJson('throughput', options.json, { frames: options.frames, rows });
    const least = Math.min(...rows.map((row) => row.ratio.median));
    console.log(`Lowest ratio: ${format(least)}.`);
    process.exitCode = least < options.check ? 1 : 0;
    return undefined;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
