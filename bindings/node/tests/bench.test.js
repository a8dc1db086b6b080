// SPDX-License-Identifier: MIT
'use strict';

// The benchmarks measure what they say: figures from every session, judgements that follow from the runs.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');
const { temporaryFolder } = require('./support/ffmpeg.js');
const { interval, isBehind } = require('../bench/support/figures.js');
const { readOptions, differences } = require('../bench/support/x264_options.js');
const video = require('./support/video.js');

const BENCH = path.join(__dirname, '..', 'bench');
const INDEX = path.join(__dirname, '..', 'index.js');

/** bench/run.js with this package on both sides; the JSON that it writes. */
async function runBench(...more) {
    const json = path.join(temporaryFolder(), 'run.json');
    const args = ['--codecs', 'h264', '--modes', 'quality', '--rounds', '1', '--frames', '4', '--calls', '4'];
    const all = [path.join(BENCH, 'run.js'), '--against', INDEX, '--json', json, ...args, ...more];
    await promisify(execFile)(process.execPath, all);
    return JSON.parse(fs.readFileSync(json, 'utf8'));
}

test('each side of the comparison has a figure in every row', async () => {
    const { rows, notes } = await runBench();
    const keys = (what) => rows.filter((row) => row.what.startsWith(what)).map((row) => row.key);
    const coded = ['fps', 'first_ms', 'first_of_many_ms', 'gap_ms', 'peak_mb', 'call_us', 'call_p99_us', 'configure_ms'];
    assert.deepEqual(keys('new VideoFrame'), ['cold_us', 'warm_us', 'warm_p99_us']);
    assert.deepEqual(keys('encode h264'), [...coded, 'size_us', 'queued', 'bytes', 'psnr_db']);
    assert.deepEqual(keys('decode h264'), [...coded, 'size_us', 'queued']);
    for (const row of rows) assert.ok(row.ours.median > 0 && row.theirs.median > 0, `${row.what}: ${row.words}`);
    for (const row of rows) assert.equal(row.behind && row.better === null, false, row.words);
    assert.deepEqual(notes, [
        'quality, ours was told: {"preset":"superfast"}',
        'quality, libx264, ours / theirs: all the same',
    ]);
});

test('with settings of their own nobody is told anything', async () => {
    const { settings, notes } = await runBench('--settings', 'own');
    assert.equal(settings, 'own');
    assert.deepEqual(notes, ['quality, libx264, ours / theirs: all the same']);
    await assert.rejects(runBench('--settings', 'ours'), /--settings must be same or own/);
});

test('behind is where nearly every run of the other was better', () => {
    assert.equal(isBehind([10, 11, 12], [13, 14, 15], 'higher'), true);
    assert.equal(isBehind([10, 11, 12], [13, 14, 15], 'lower'), false);
    assert.equal(isBehind([10, 11, 14], [13, 14, 15], 'higher'), false);
    assert.equal(isBehind([13, 14, 15], [10, 11, 12], 'lower'), true);
    assert.equal(isBehind([5, 5, 5], [5, 5, 5], 'higher'), false);
    assert.deepEqual(interval([3, 1, 2]), { median: 2, low: 1, high: 3, runs: 3 });
});

test("libx264's options are read from a stream, and those that differ are told", async () => {
    const size = { width: 160, height: 120 };
    const options = async (more) => {
        const session = await video.encodeClip({ ...video.CODECS.h264, ...size, ...more }, 2);
        return readOptions(video.bytesOf(session.outputs[0]));
    };
    const [own, slow] = [await options({}), await options({ libwebcodecs: { preset: 'slow' } })];
    assert.equal(own.get('subme'), '2');
    assert.match(differences(own, slow), /subme 2 \/ 8/);
    assert.equal(differences(own, own), 'all the same');
    assert.equal(differences(new Map([['a', '1']]), new Map([['b', '2']])), 'a 1 / -, b - / 2');
    assert.equal(readOptions(Uint8Array.of(0, 0, 1)), null);
});
