// SPDX-License-Identifier: MIT
'use strict';

/*
 * This package beside another implementation of WebCodecs for Node: same pictures, same chunks, same settings of the
 * codecs where they are known, in processes of their own that alternate, so that each row has the spread of its own
 * runs. See --help.
 */
const path = require('node:path');
const { parseOptions, printTable, writeJson, runChild, temporaryFolder } = require('./support/report.js');
const { interval, isBehind, formatInterval, format } = require('./support/figures.js');
const { CODECS, OTHER, SAME_SETTINGS } = require('./support/settings.js');
const { differences } = require('./support/encoder_options.js');

const USAGE = `usage: node bench/run.js [options]

    --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all that both can encode and decode)
    --modes LIST     latency modes: realtime,quality (default: both)
    --settings WHICH same: this package's H.264 and HEVC encoders are told what ${OTHER} tells its own (default);
                     own: both have the same configs and make of them what they do for any program
    --frames N       frames of a run (default: 60)
    --rounds N       runs of each implementation (default: 9)
    --calls N        calls that are timed, in each of four sessions (default: 100; decoding at most 2 N of --frames)
    --against NAME   the other implementation (default: ${OTHER}); its settings are known for the default only
    --json FILE      where the figures go (default: build/bench-run.json)
    --check          exit 1 where this package is behind, or a codec of --codecs is left out
    --ours PATH      measure something else than this package

Behind is a row where the other's median is better than every run of this package.`;

/* name in the child's answer, words, which direction is good; null for what is only told */
const CALL_ROWS = [
    ['gap_ms', 'largest event-loop gap, ms', 'lower'],
    ['peak_mb', 'peak memory, MB', 'lower'],
    ['call_us', 'call, median, us', 'lower'],
    ['call_p99_us', 'call, p99, us', 'lower'],
    ['configure_ms', 'configure(), ms', 'lower'],
    ['size_us', 'queue size, us', 'lower'],
    ['queued', 'queue size after 4 calls in one turn', null],
];
const ENCODE_ROWS = [
    ['fps', 'frames/s', 'higher'],
    ['first_ms', 'first chunk, pictures at their frame rate, ms', 'lower'],
    ['full_first_ms', 'first chunk, 8 pictures queued as fast as that goes, ms', null],
    ...CALL_ROWS,
    ['bytes', 'coded bytes', null],
    ['psnr_db', 'luma PSNR, dB', null],
];
const DECODE_ROWS = [
    ['fps', 'frames/s', 'higher'],
    ['full_first_ms', 'first frame, 8 chunks queued as fast as that goes, ms', 'lower'],
    ...CALL_ROWS,
];
const FRAME_ROWS = [
    ['cold_us', 'first ones of a process, us', 'lower'],
    ['warm_us', 'median, us', 'lower'],
    ['warm_p99_us', 'p99, us', 'lower'],
];

/**
 * Tasks of each implementation in turn, `rounds` times, each in a process of its own; who begins changes from round to
 * round. A result has what all of them gave. `told` is what the config of this package's side has beside the common.
 */
async function alternate(subjects, rounds, tasks, told = {}) {
    const results = { ours: [], theirs: [] };
    const names = Object.keys(subjects);
    for (let round = 0; round < rounds; round++) {
        for (const name of round % 2 ? [...names].reverse() : names) {
            const result = {};
            for (const task of tasks) {
                const more = name === 'ours' ? told : {};
                Object.assign(result, await runChild('child.js', { ...task, more, subject: subjects[name] }));
            }
            results[name].push(result);
        }
    }
    return results;
}

/** What makes this package's settings the other's; null where they are to be each one's own, or are not known. */
function settingsOf(options, codec, mode) {
    const known = options.settings === 'same' && options.against === OTHER;
    return (known && SAME_SETTINGS[codec]?.[mode]) || null;
}

function makeRows(what, results, definitions) {
    return definitions.map(([key, words, better]) => {
        const runs = (name) => results[name].map((result) => result[key]);
        for (const value of [...runs('ours'), ...runs('theirs')])
            if (!Number.isFinite(value)) throw new Error(`${what}: a run has no figure for "${words}"`);
        const ours = interval(runs('ours'));
        const theirs = interval(runs('theirs'));
        const behind = better !== null && isBehind(runs('ours'), runs('theirs'), better);
        return { what, key, words, better, ours, theirs, ratio: ours.median / theirs.median, behind };
    });
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
        for (const mode of all ? options.modes : []) {
            const settings = settingsOf(options, codec, mode) ?? {};
            const results = await alternate(subjects, 1, [{ what: 'supported', codec, mode }], settings);
            all = all && results.ours[0].supported && results.theirs[0].supported;
        }
        if (all) names.push(codec);
        else console.error(`${codec}: left out, not both can encode and decode it`);
    }
    return names;
}

/** What the rows of an encoder are to be read with. */
function notesOf(codec, mode, settings, results) {
    const [ours, theirs] = [results.ours, results.theirs].map(([run]) => new Map(run.told));
    const told = settings ? `ours was told ${JSON.stringify(settings)}` : 'each has its own settings';
    const notes = [`${codec}, ${mode}: ${told}`];
    const both = ours.size > 0 && theirs.size > 0;
    if (both) notes.push(`${codec}, ${mode}: ours / theirs: ${differences(ours, theirs)}`);
    return notes;
}

async function benchCodec(options, subjects, codec, folder) {
    const rows = [];
    const notes = [];
    for (const mode of options.modes) {
        const settings = settingsOf(options, codec, mode);
        const task = { codec, mode, frames: options.frames, calls: options.calls, judge: subjects.ours };
        const tasks = [
            { ...task, what: 'encode' },
            { ...task, what: 'first_chunk' },
        ];
        const results = await alternate(subjects, options.rounds, tasks, settings ?? {});
        rows.push(...makeRows(`encode ${codec}, ${mode}`, results, ENCODE_ROWS));
        notes.push(...notesOf(codec, mode, settings, results));
    }
    const file = path.join(folder, codec);
    const frames = 2 * options.frames;
    await runChild('child.js', { what: 'save', codec, mode: options.modes[0], frames, file, subject: subjects.ours });
    const results = await alternate(subjects, options.rounds, [{ what: 'decode', file, calls: options.calls }]);
    rows.push(...makeRows(`decode ${codec}`, results, DECODE_ROWS));
    return { rows, notes };
}

async function main() {
    const options = parseOptions(
        {
            codecs: Object.keys(CODECS),
            modes: ['realtime', 'quality'],
            settings: 'same',
            frames: 60,
            rounds: 9,
            calls: 100,
            against: OTHER,
            ours: path.join(__dirname, '..'),
            json: '',
            check: false,
            help: false,
        },
        USAGE,
    );
    if (options.help) return console.log(USAGE);
    if (!(options.rounds > 0)) throw new Error('--rounds must be 1 or more');
    if (!['same', 'own'].includes(options.settings)) throw new Error('--settings must be same or own; see --help');
    const subjects = { ours: require.resolve(options.ours), theirs: require.resolve(options.against) };
    const folder = temporaryFolder();
    console.log(`Median of ${options.rounds} runs, each in a process of its own, in turn (lowest to highest run).\n`);
    const frames = await alternate(subjects, options.rounds, [{ what: 'frames' }]);
    const rows = makeRows('new VideoFrame, 720p I420', frames, FRAME_ROWS);
    printRows(rows);
    const notes = [];
    const codecs = await supportedCodecs(options, subjects);
    for (const codec of codecs) {
        const measured = await benchCodec(options, subjects, codec, folder);
        measured.notes.forEach((note) => console.log(note));
        console.log();
        printRows(measured.rows);
        rows.push(...measured.rows);
        notes.push(...measured.notes);
    }
    const { against, settings, frames: count, rounds } = options;
    writeJson('run', options.json, { against, settings, frames: count, rounds, rows, notes });
    const behind = rows.filter((row) => row.behind);
    const left = options.codecs.length - codecs.length;
    console.log(behind.length > 0 ? `Behind in ${behind.length} of ${rows.length} rows.` : 'Behind in no row.');
    if (left > 0) console.log(`Left out: ${left} of ${options.codecs.length} codecs.`);
    process.exitCode = options.check && (behind.length > 0 || left > 0) ? 1 : 0;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
