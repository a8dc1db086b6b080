// SPDX-License-Identifier: MIT
'use strict';

/*
 * This package beside another implementation of WebCodecs for Node: same pictures, same configs, same chunks, in
 * processes of their own that alternate, so that each row has the spread of its own runs. See --help.
 */
const path = require('node:path');
const { parseOptions, printTable, writeJson, runChild, temporaryFolder } = require('./support/report.js');
const { interval, isBehind, formatInterval, format } = require('./support/figures.js');
const { CODECS } = require('./support/settings.js');
const { differences } = require('./support/x264_options.js');

const USAGE = `usage: node bench/run.js [options]

    --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all that both can encode and decode)
    --modes LIST     latency modes: realtime,quality (default: both)
    --frames N       frames of a run (default: 60)
    --rounds N       runs of each implementation (default: 5)
    --calls N        calls that are timed, in each of four sessions (default: 100; decoding at most 2 N of --frames)
    --against NAME   the other implementation (default: @napi-rs/webcodecs)
    --json FILE      where the figures go (default: build/bench-run.json)
    --check          exit 1 where this package is behind by more than the runs are apart
    --ours PATH      measure something else than this package`;

/* name in the child's answer, words, which direction is good; null for what is only told */
const CODEC_ROWS = [
    ['fps', 'frames/s', 'higher'],
    ['first_ms', 'first output, ms', 'lower'],
    ['gap_ms', 'largest event-loop gap, ms', 'lower'],
    ['peak_mb', 'peak memory, MB', 'lower'],
    ['call_us', 'call, median, us', 'lower'],
    ['call_p99_us', 'call, p99, us', 'lower'],
    ['configure_ms', 'configure(), ms', 'lower'],
    ['size_us', 'queue size, us', 'lower'],
    ['queued', 'queue size after 4 calls in one turn', null],
    ['bytes', 'coded bytes', null],
    ['psnr_db', 'luma PSNR, dB', null],
];
const FRAME_ROWS = [
    ['cold_us', 'first ones of a process, us', 'lower'],
    ['warm_us', 'median, us', 'lower'],
    ['warm_p99_us', 'p99, us', 'lower'],
];

/** A task of each implementation in turn, `rounds` times; who begins changes from round to round. */
async function alternate(subjects, rounds, task) {
    const results = { ours: [], theirs: [] };
    const names = Object.keys(subjects);
    for (let round = 0; round < rounds; round++) {
        for (const name of round % 2 ? [...names].reverse() : names) {
            results[name].push(await runChild('child.js', { ...task, subject: subjects[name] }));
        }
    }
    return results;
}

function makeRows(what, results, definitions) {
    const rows = [];
    for (const [key, words, better] of definitions) {
        const runs = (name) => results[name].map((result) => result[key]).filter(Number.isFinite);
        if (runs('ours').length === 0 || runs('theirs').length === 0) continue;
        const ours = interval(runs('ours'));
        const theirs = interval(runs('theirs'));
        const behind = better !== null && isBehind(runs('ours'), runs('theirs'), better);
        rows.push({ what, key, words, better, ours, theirs, ratio: ours.median / theirs.median, behind });
    }
    return rows;
}

function printRows(rows) {
    printTable(
        ['what', 'ours', 'theirs', 'ours/theirs', ''],
        rows.map((row) => [
            `${row.what}: ${row.words}`,
            formatInterval(row.ours),
            formatInterval(row.theirs),
            format(row.ratio),
            row.behind ? '**behind**' : '',
        ]),
    );
}

async function supportedCodecs(options, subjects) {
    const names = [];
    for (const codec of options.codecs) {
        let all = codec in CODECS;
        for (const subject of Object.values(subjects)) {
            for (const mode of options.modes) {
                all = all && (await runChild('child.js', { what: 'supported', codec, mode, subject })).supported;
            }
        }
        if (all) names.push(codec);
        else console.error(`${codec}: left out, not both can encode and decode it`);
    }
    return names;
}

async function benchCodec(options, subjects, codec, folder) {
    const rows = [];
    const notes = []; // where the codecs themselves were told different things
    for (const mode of options.modes) {
        const task = { what: 'encode', codec, mode, frames: options.frames, calls: options.calls };
        task.judge = subjects.ours;
        const results = await alternate(subjects, options.rounds, task);
        rows.push(...makeRows(`encode ${codec}, ${mode}`, results, CODEC_ROWS));
        const [ours, theirs] = [results.ours, results.theirs].map(([run]) => new Map(run.x264));
        if (ours.size > 0 && theirs.size > 0) notes.push(`${mode}, libx264, ours / theirs: ${differences(ours, theirs)}`);
    }
    const file = path.join(folder, codec);
    await runChild('child.js', {
        what: 'save',
        codec,
        mode: options.modes[0],
        frames: 2 * options.frames,
        file,
        subject: subjects.ours,
    });
    const task = { what: 'decode', file, calls: options.calls };
    rows.push(...makeRows(`decode ${codec}`, await alternate(subjects, options.rounds, task), CODEC_ROWS));
    return { rows, notes };
}

async function main() {
    const options = parseOptions(
        {
            codecs: Object.keys(CODECS),
            modes: ['realtime', 'quality'],
            frames: 60,
            rounds: 5,
            calls: 100,
            against: '@napi-rs/webcodecs',
            ours: path.join(__dirname, '..'),
            json: '',
            check: false,
            help: false,
        },
        USAGE,
    );
    if (options.help) return console.log(USAGE);
    const subjects = { ours: require.resolve(options.ours), theirs: require.resolve(options.against) };
    const folder = temporaryFolder();
    console.log(`Median of ${options.rounds} runs, each in a process of its own, in turn (lowest to highest run).\n`);
    const frames = await alternate(subjects, options.rounds, { what: 'frames' });
    const rows = makeRows('new VideoFrame, 720p I420', frames, FRAME_ROWS);
    printRows(rows);
    const notes = [];
    for (const codec of await supportedCodecs(options, subjects)) {
        const more = await benchCodec(options, subjects, codec, folder);
        printRows(more.rows);
        more.notes.forEach((note) => console.log(`${note}\n`));
        rows.push(...more.rows);
        notes.push(...more.notes);
    }
    const { against, frames: count, rounds } = options;
    writeJson('run', options.json, { against, frames: count, rounds, rows, notes });
    const behind = rows.filter((row) => row.behind);
    console.log(behind.length > 0 ? `Behind in ${behind.length} of ${rows.length} rows.` : 'Behind in no row.');
    process.exitCode = options.check && behind.length > 0 ? 1 : 0;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
