// SPDX-License-Identifier: MIT
'use strict';

// The programs in README.md run as they stand there.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { runNode } = require('./support/scenario.js');
const { missingFfmpeg, makeClip, temporaryFolder, probeTrack } = require('./support/ffmpeg.js');

const PACKAGE = path.join(__dirname, '..');
/** Inside of the package, so that its name leads to it. */
const FOLDER = path.join(PACKAGE, 'build', 'readme');

/** The program under a comment `test: NAME`. */
function extract(name) {
    const readme = fs.readFileSync(path.join(PACKAGE, 'README.md'), 'utf8');
    const found = readme.match(new RegExp(`<!-- test: ${name}[^>]*-->\n\`\`\`js\n([^]*?)\`\`\``));
    assert.ok(found, `no program ${name}`);
    return found[1];
}

async function start(name, ...args) {
    fs.mkdirSync(FOLDER, { recursive: true });
    const file = path.join(FOLDER, name);
    fs.writeFileSync(file, extract(name));
    return runNode([file, ...args]);
}

async function run(name, ...args) {
    const result = await start(name, ...args);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout;
}

function missingPackage(name) {
    try {
        require.resolve(name);
        return false;
    } catch {
        return `${name} is not installed`;
    }
}

test('every program of the README is tested', () => {
    const readme = fs.readFileSync(path.join(PACKAGE, 'README.md'), 'utf8');
    const names = [...readme.matchAll(/<!-- test: ([a-z]+\.js)/g)].map((match) => match[1]);
    assert.deepEqual(names, ['encode.js', 'decode.js', 'pixels.js', 'convert.js']);
});

test('the encoder writes a stream that plays', { skip: missingFfmpeg() }, async () => {
    const file = path.join(temporaryFolder(), 'out.h264');
    await run('encode.js', file);
    const { codec_name: codec, sizes, times } = probeTrack(file);
    assert.deepEqual([codec, sizes, times.length], ['h264', ['320x240'], 60]);
});

for (const [codec, encoder] of [
    ['VP8', 'libvpx'],
    ['VP9', 'libvpx-vp9'],
]) {
    test(`the decoder reads ${codec} from IVF`, { skip: missingFfmpeg() }, async () => {
        const file = path.join(temporaryFolder(), 'in.ivf');
        makeClip(file, { codec: encoder, seconds: 1 });
        const lines = (await run('decode.js', file)).trim().split('\n');
        const wanted = Array.from({ length: 25 }, (_, index) => `I420 320x240 at ${index * 40000}`);
        assert.deepEqual(lines, wanted);
    });
}

test('the decoder says in a line what is wrong with a file, and shows what is good', { skip: missingFfmpeg() }, async () => {
    const file = path.join(temporaryFolder(), 'in.ivf');
    makeClip(file, { codec: 'libvpx', seconds: 1 });
    const bytes = fs.readFileSync(file);
    let at = 32;
    for (let i = 0; i < 10; i++) at += 12 + bytes.readUInt32LE(at);
    bytes.fill(0xff, at + 12, at + 22);
    fs.writeFileSync(file, bytes);
    const damaged = await start('decode.js', file);
    assert.deepEqual([damaged.code, damaged.stdout.trim().split('\n').length], [1, 10]);
    assert.match(damaged.stderr, /^decoding failed: the chunk at timestamp 400000 is damaged.*\n$/);
    fs.writeFileSync(file, 'no video');
    const text = await start('decode.js', file);
    assert.deepEqual([text.code, text.stdout], [1, '']);
    assert.equal(text.stderr, 'no IVF file of VP8, VP9 or AV1\n');
});

test('pixels are read as RGB', async () => {
    const [red, green, blue, alpha] = (await run('pixels.js')).trim().split(' ').map(Number);
    assert.ok(red > 250 && green < 5 && blue < 5 && alpha === 255, `${red} ${green} ${blue} ${alpha}`);
});

test('a library for browsers converts', { skip: missingPackage('mediabunny') || missingFfmpeg() }, async () => {
    const folder = temporaryFolder();
    makeClip(path.join(folder, 'in.mp4'), { seconds: 1 });
    await run('convert.js', path.join(folder, 'in.mp4'), path.join(folder, 'out.webm'));
    const { codec_name: codec, times } = probeTrack(path.join(folder, 'out.webm'));
    assert.deepEqual([codec, times.length], ['vp9', 25]);
});
