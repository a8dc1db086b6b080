// SPDX-License-Identifier: MIT
'use strict';

/*
 * This package beside another implementation of WebCodecs for Node: same pictures, same configs, same chunks and, where
 * that can be told, the same settings of the encoders, in processes of their own that alternate, so that each row has the spread of its own runs. See --help.
 */
const path = require('node:path');
const { parseOptions, printTable, writeJson, runChild, temporaryFolder } = require('./support/report.js');
const { interval, isBehind, formatInterval, format } = require('./support/figures.js');
const { CODECS, SAME_SETTINGS } = require('./support/settings.js');
const { differences } = require('./support/x264_options.js');

const USAGE = `usage: node bench/run.js [options]

    --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all that both can encode and decode)
    --modes LIST     latency modes: realtime,quality (default: both)
    --settings WHICH same: this package's encoders are told what the other's streams show (default); own: each does with
                     the same configs what it does for any program
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
    ['first_ms', 'first output, inputs one by one, ms', 'lower'],
    ['first_of_many_ms', 'first output while more inputs are made, ms', null],
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

/**
 * Tasks of each implementation in turn, `rounds` times, each in a process of its own; who begins changes from round to
 * round. A result has what all of them gave.
 */
async function alternate(subjects, rounds, ...tasks) {
    const results = { ours: [], theirs: [] };
    const names = Object.keys(subjects);
    for (let round = 0; round < rounds; round++) {
        for (const name of round % 2 ? [...names].reverse() : names) {
            const result = {};
            for (const task of tasks)
                Object.assign(result, await runChild('child.js', { ...task, subject: subjects[name] }));
            results[name].push(result);
        }
    }
    return results;
}

/** Extensions that make the settings the same; none where they are to be each one's own, or are not known. */
function moreOf(options, codec, mode) {
    const settings = options.settings === 'same' ? SAME_SETTINGS[codec]?.[mode] : undefined;
    return settings ? { libwebcodecs: settings } : {};
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
                const task = { what: 'supported', codec, mode, more: moreOf(options, codec, mode), subject };
                all = all && (await runChild('child.js', task)).supported;
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
        const more = moreOf(options, codec, mode);
        const task = { what: 'encode', codec, mode, more, frames: options.frames, calls: options.calls };
        task.judge = subjects.ours;
        const results = await alternate(subjects, options.rounds, task, { ...task, what: 'first_encode' });
        rows.push(...makeRows(`encode ${codec}, ${mode}`, results, CODEC_ROWS));
        const [ours, theirs] = [results.ours, results.theirs].map(([run]) => new Map(run.x264));
        if (more.libwebcodecs) notes.push(`${mode}, ours was told: ${JSON.stringify(more.libwebcodecs)}`);
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
    const results = await alternate(subjects, options.rounds, task, { ...task, what: 'first_decode' });
    rows.push(...makeRows(`decode ${codec}`, results, CODEC_ROWS));
    return { rows, notes };
}

async function main() {
    const options = parseOptions(
        {
            codecs: Object.keys(CODECS),
            modes: ['realtime', 'quality'],
            settings: 'same',
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
    if (!['same', 'own'].includes(options.settings)) throw new Error('--settings must be same or own; see --help');
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
    const { against, settings, frames: count, rounds } = options;
    writeJson('run', options.json, { against, settings, frames: count, rounds, rows, notes });
    const behind = rows.filter((row) => row.behind);
    console.log(behind.length > 0 ? `Behind in ${behind.length} of ${rows.length} rows.` : 'Behind in no row.');
    process.exitCode = options.check && behind.length > 0 ? 1 : 0;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
