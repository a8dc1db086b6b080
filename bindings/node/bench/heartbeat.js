// SPDX-License-Identifier: MIT
'use strict';

/*
 * Does the event loop keep its beat while codecs work? A ticker of 5 ms in a process whose codecs encode, decode and
 * flush 720p in quality mode, and the same ticker in a process beside which ffmpeg does the same work with as many
 * threads: what the machine does to a ticker is in both, and the difference is what this package adds. See --help.
 */
const path = require('node:path');
const { parseOptions, printTable, writeJson, runChild, temporaryFolder, cpuCount } = require('./support/report.js');
const { interval, formatInterval, format } = require('./support/figures.js');
const { makePictures } = require('./support/picture.js');
const { WIDTH, HEIGHT, BITRATE, CODECS, encoderConfig } = require('./support/settings.js');
const { saveChunks } = require('./support/codec_work.js');
const { writeY4m, writeRaw } = require('./support/files.js');

const USAGE = `usage: node bench/heartbeat.js [options]

  --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all)
  --frames N       frames that are encoded and decoded (default: 60)
  --rounds N       runs of each (default: 5)
  --json FILE      where the figures go (default: build/bench-heartbeat.json)
  --check          exit 1 where this package adds more than 20 ms`;

const LIMIT_MS = 20;
/** As the engine does it, at most. */
const MOST_THREADS = 8;

/** What the engine asks of the encoders in quality mode, in ffmpeg's words. */
const ENCODER_OPTIONS = {
    h264: ['-preset', 'medium', '-profile:v', 'high', '-sc_threshold', '0', '-bf', '0'],
    hevc: ['-preset', 'fast', '-bf', '0', '-x265-params', 'log-level=error:scenecut=0:frame-threads=1:bframes=0'],
    vp8: ['-deadline', 'good', '-cpu-used', '3', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
    vp9: ['-deadline', 'realtime', '-cpu-used', '5', '-row-mt', '1', '-tile-columns', '2', '-lag-in-frames', '0'],
    av1: ['-usage', 'realtime', '-cpu-used', '6', '-row-mt', '1', '-lag-in-frames', '0'],
};
const DECODERS = { av1: ['-c:v', 'libdav1d'] };

function encodeArgs(name, y4m, threads) {
    const { encoder } = CODECS[name];
    const options = ['-c:v', encoder, '-b:v', BITRATE, '-g', '250', ...ENCODER_OPTIONS[name], '-threads', threads];
    return ['-nostdin', '-v', 'error', '-i', y4m, ...options, '-f', 'null', '-'].map(String);
}

function decodeArgs(name, file, threads) {
    const input = [...(DECODERS[name] || []), '-threads', threads, '-i', file];
    return ['-nostdin', '-v', 'error', ...input, '-f', 'null', '-'].map(String);
}

async function alternate(rounds, ours, beside) {
    const gaps = { work: [], flush: [], beside: [] };
    for (let round = 0; round < rounds; round++) {
        for (const which of round % 2 ? [beside, ours] : [ours, beside]) {
            const result = await runChild('heartbeat_child.js', which);
            if (which === beside) gaps.beside.push(result.work);
            else for (const phase of ['work', 'flush']) gaps[phase].push(result[phase]);
        }
    }
    return gaps;
}

/** A row of a phase: encode and decode are compared with ffmpeg's whole run, and so is the flush at their end. */
function makeRow(what, ours, beside) {
    const row = { what, ours: interval(ours), beside: interval(beside) };
    row.difference = row.ours.median - row.beside.median;
    row.kept = row.difference <= LIMIT_MS;
    return row;
}

async function benchCodec(options, name, files) {
    const threads = Math.min(MOST_THREADS, cpuCount());
    const { subject, rounds, frames } = options;
    const rows = [];
    const encode = await alternate(
        rounds,
        { what: 'encode', subject, codec: name, frames },
        { what: 'beside', args: encodeArgs(name, files.y4m, threads) },
    );
    rows.push(makeRow(`${name}, encode`, encode.work, encode.beside));
    rows.push(makeRow(`${name}, flush of the encoder`, encode.flush, encode.beside));
    const decode = await alternate(
        rounds,
        { what: 'decode', subject, file: files.chunks },
        { what: 'beside', args: decodeArgs(name, files.raw, threads) },
    );
    rows.push(makeRow(`${name}, decode`, decode.work, decode.beside));
    rows.push(makeRow(`${name}, flush of the decoder`, decode.flush, decode.beside));
    return rows;
}

async function makeFiles(options, name, folder, pictures) {
    const files = { y4m: path.join(folder, 'pictures.y4m'), chunks: path.join(folder, `${name}.chunks`) };
    files.raw = path.join(folder, `${name}.${CODECS[name].raw}`);
    const annexb = { avc: { format: 'annexb' }, hevc: { format: 'annexb' } };
    const config = encoderConfig(name, 'realtime', annexb);
    const api = require(options.subject);
    writeRaw(files.raw, name, await saveChunks(api, config, pictures, 3 * options.frames, files.chunks));
    return files;
}

async function main() {
    const defaults = {
        codecs: Object.keys(CODECS),
        frames: 60,
        rounds: 5,
        subject: path.join(__dirname, '..'),
        json: '',
        check: false,
        help: false,
    };
    const options = parseOptions(defaults, USAGE);
    if (options.help) return console.log(USAGE);
    const folder = temporaryFolder();
    const pictures = makePictures(WIDTH, HEIGHT, 8);
    writeY4m(path.join(folder, 'pictures.y4m'), pictures, options.frames);
    const rows = [];
    for (const name of options.codecs) {
        rows.push(...(await benchCodec(options, name, await makeFiles(options, name, folder, pictures))));
    }
    console.log(`Largest gap of a 5 ms ticker in ms: median of ${options.rounds} runs (lowest to highest).\n`);
    printTable(
        ['720p', 'with the codec in the process', 'beside ffmpeg', 'difference', ''],
        rows.map((row) => [
            row.what,
            formatInterval(row.ours),
            formatInterval(row.beside),
            format(row.difference),
            row.kept ? '' : `**over ${LIMIT_MS}**`,
        ]),
    );
    writeJson('heartbeat', options.json, { frames: options.frames, limit: LIMIT_MS, rows });
    process.exitCode = options.check && rows.some((row) => !row.kept) ? 1 : 0;
    return undefined;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
