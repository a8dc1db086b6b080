// SPDX-License-Identifier: MIT
'use strict';

// The benchmarks measure what they say: figures from every session, judgements that follow from the runs.

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { temporaryFolder } = require('./support/ffmpeg.js');
const { interval, isBehind } = require('../bench/support/figures.js');
const { OTHER, SAME_SETTINGS, encoderConfig } = require('../bench/support/settings.js');
const { readOptions, differences } = require('../bench/support/encoder_options.js');
const video = require('./support/video.js');

const RUN = path.join(__dirname, '..', 'bench', 'run.js');
const FAKE = path.join(__dirname, 'support', 'other_webcodecs.js');
const FRAMES = 4;

/** bench/run.js at its smallest: its exit status, what it printed, the JSON that it wrote, the configs the fake got. */
function runBench(more, env = {}) {
    const folder = temporaryFolder();
    const json = path.join(folder, 'run.json');
    const log = path.join(folder, 'configs');
    fs.writeFileSync(log, '');
    const sizes = ['--rounds', '1', '--frames', `${FRAMES}`, '--calls', '4', '--modes', 'quality'];
    return new Promise((resolve) => {
        const options = { env: { ...process.env, OTHER_LOG: log, ...env } };
        execFile(process.execPath, [RUN, '--json', json, ...sizes, ...more], options, (error, stdout, stderr) => {
            const configs = fs.readFileSync(log, 'utf8').split('\n').filter(Boolean);
            resolve({
                status: error ? error.code : 0,
                text: stdout + stderr,
                result: fs.existsSync(json) ? JSON.parse(fs.readFileSync(json, 'utf8')) : null,
                configs: configs.map((line) => JSON.parse(line)),
            });
        });
    });
}

test('each side has a figure in every row, and an unknown implementation the config as it is', async () => {
    const { status, text, result, configs } = await runBench(['--codecs', 'h264', '--against', FAKE]);
    assert.equal(status, 0, text);
    const keys = (what) => result.rows.filter((row) => row.what.startsWith(what)).map((row) => row.key);
    const calls = ['gap_ms', 'peak_mb', 'call_us', 'call_p99_us', 'configure_ms', 'size_us', 'queued'];
    assert.deepEqual(keys('new VideoFrame'), ['cold_us', 'warm_us', 'warm_p99_us']);
    assert.deepEqual(keys('encode h264'), ['fps', 'first_ms', 'full_first_ms', ...calls, 'bytes', 'psnr_db']);
    assert.deepEqual(keys('decode h264'), ['fps', 'full_first_ms', ...calls]);
    for (const { what, key, ours, theirs } of result.rows)
        assert.ok(ours.median > 0 && theirs.median > 0, `${what}: ${key}`);
    assert.deepEqual(result.notes, [
        'h264, quality: each has its own settings',
        'h264, quality: ours / theirs: all the same',
    ]);
    assert.ok(configs.length > 2);
    for (const config of configs) assert.deepEqual(config, encoderConfig('h264', 'quality'));
});

test('what is missing is an error, not a row less', async () => {
    const mute = await runBench(['--codecs', 'vp8', '--against', FAKE], { OTHER_MUTE: '1' });
    assert.equal(mute.status, 1);
    assert.match(mute.text, /0 chunks of 4 frames/);
    const left = await runBench(['--codecs', 'h265', '--against', FAKE, '--check']);
    assert.equal(left.status, 1);
    assert.match(left.text, /Left out: 1 of 1 codecs/);
    const wrong = await runBench(['--settings', 'ours']);
    assert.equal(wrong.status, 1);
    assert.match(wrong.text, /--settings must be same or own/);
});

test('behind is where the median of the other is better than every run', () => {
    assert.equal(isBehind([10, 11, 12], [11, 13, 14], 'higher'), true);
    assert.equal(isBehind([10, 11, 13], [11, 13, 14], 'higher'), false);
    assert.equal(isBehind([10, 11, 12], [13, 14, 15], 'lower'), false);
    assert.equal(isBehind([13, 14, 15], [10, 12, 16], 'lower'), true);
    assert.equal(isBehind([12, 14, 15], [10, 12, 16], 'lower'), false);
    assert.equal(isBehind([5, 5, 5], [5, 5, 5], 'higher'), false);
    assert.deepEqual(interval([3, 1, 2]), { median: 2, low: 1, high: 3, runs: 3 });
});

const optionsOf = (session) => readOptions(video.bytesOf(session.outputs[0]));

test('the options of libx264 are read from a stream, and those that differ are told', async () => {
    const config = { ...video.CODECS.h264, width: 160, height: 120, keyFrame: true };
    const options = async (keyInterval) => optionsOf(await video.encodeClip({ ...config, libwebcodecs: { keyInterval } }, 2));
    const [five, six] = [await options(5), await options(6)];
    assert.equal(five.get('keyint'), '5');
    assert.equal(differences(five, six), 'keyint 5 / 6');
    assert.equal(differences(five, five), 'all the same');
    assert.equal(differences(new Map([['a', '1']]), new Map([['b', '2']])), 'a 1 / -, b - / 2');
    assert.equal(readOptions(Uint8Array.of(0, 0, 1)), null);
});

/** What the other implementation tells an encoder: from the first key frame of a short stream. */
async function optionsOfOther(name, mode) {
    const other = require(OTHER);
    const chunks = [];
    const encoder = new other.VideoEncoder({ output: (chunk) => chunks.push(chunk), error() {} });
    encoder.configure(encoderConfig(name, mode, { [name === 'h264' ? 'avc' : 'hevc']: { format: 'annexb' } }));
    for (let index = 0; index < FRAMES; index++) {
        const options = { format: 'I420', codedWidth: 1280, codedHeight: 720, timestamp: index * 33333 };
        const frame = new other.VideoFrame(video.makePicture(1280, 720, index), options);
        encoder.encode(frame);
        frame.close();
    }
    await encoder.flush();
    return readOptions(video.bytesOf(chunks[0]));
}

test('what counts as the same settings is what the other tells its encoders', async (t) => {
    try {
        require.resolve(OTHER);
    } catch {
        return t.skip(`${OTHER} is not installed`);
    }
    const presets = {
        h264: { subme: '1', me: 'dia', rc_lookahead: '0' },
        hevc: { rd: '2', 'rc-lookahead': '5', 'frame-threads': '1' },
    };
    for (const [name, modes] of Object.entries(SAME_SETTINGS))
        for (const [mode, { latencyMode, bitrateMode, libwebcodecs }] of Object.entries(modes)) {
            const options = await optionsOfOther(name, mode);
            const what = `${name}, ${mode}`;
            for (const [option, value] of Object.entries(presets[name])) assert.equal(options.get(option), value, what);
            assert.equal(options.get('keyint'), `${libwebcodecs.keyInterval ?? 250}`, what);
            assert.equal(options.get('bframes'), `${libwebcodecs.bFrames ?? 0}`, what);
            assert.equal(options.get('rc'), bitrateMode === 'constant' ? 'cbr' : 'abr', what);
            assert.equal(latencyMode, name === 'h264' ? 'realtime' : 'quality', what);
        }
    return undefined;
});
