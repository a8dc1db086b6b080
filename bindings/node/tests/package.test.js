// SPDX-License-Identifier: MIT
'use strict';

// What npm packs is installed somewhere else, without a network, and works there.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawnSync, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { temporaryFolder } = require('./support/ffmpeg.js');

const PACKAGE = path.join(__dirname, '..');
const manifest = require('../package.json');

/** Why a package cannot be built here; false where it can. */
function missingTools() {
    if (!fs.existsSync(path.join(PACKAGE, 'prepack.js'))) return 'not in a checkout';
    if (process.env.LD_PRELOAD) return 'npm is not run under a sanitizer';
    for (const tool of ['npm', 'meson', 'ninja', 'cc', 'pkg-config']) {
        if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0) return `no ${tool} here`;
    }
    return false;
}

/** As a user has it: without what npm, the test runner and this repository set for their children. */
function plainEnvironment(more) {
    const plain = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|WEBC_)/i.test(name));
    return { ...Object.fromEntries(plain), ...more };
}

function runIn(folder, command, args, more = {}) {
    const result = spawnSync(command, args, { cwd: folder, env: plainEnvironment(more), encoding: 'utf8' });
    assert.equal(result.status, 0, `${command} ${args.join(' ')}\n${result.stdout}${result.stderr}`);
    return result.stdout;
}

const USE = `
    const encoder = new VideoEncoder({ output: (chunk) => console.log(chunk.type), error: console.error });
    encoder.configure({ codec: 'vp8', width: 64, height: 64 });
    const init = { format: 'RGBA', codedWidth: 64, codedHeight: 64, timestamp: 0 };
    encoder.encode(new VideoFrame(new Uint8Array(64 * 64 * 4), init));
    encoder.flush().then(() => encoder.close());`;

test('the packed package builds and works elsewhere', { skip: missingTools() }, () => {
    const folder = temporaryFolder();
    runIn(PACKAGE, 'npm', ['pack', '--pack-destination', folder]);
    assert.ok(!fs.existsSync(path.join(PACKAGE, 'engine')), 'packing leaves nothing behind');
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "user", "private": true }');
    const tarball = `./${manifest.name}-${manifest.version}.tgz`;
    // Newer versions of npm may ask before they run scripts: the script is run by name.
    runIn(folder, 'npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball]);
    const installed = path.join(folder, 'node_modules', manifest.name);
    runIn(installed, process.execPath, ['build.js', '--if-missing']);
    assert.deepEqual(fs.readdirSync(path.join(installed, 'build')), ['webcodecs.node']);

    const required = `const { VideoEncoder, VideoFrame } = require('${manifest.name}'); ${USE}`;
    assert.equal(runIn(folder, process.execPath, ['-e', required]), 'key\n');
    const globals = `require('${manifest.name}/polyfill'); ${USE}`;
    assert.equal(runIn(folder, process.execPath, ['-e', globals]), 'key\n');
    const imported = `import { VideoEncoder, VideoFrame } from '${manifest.name}'; ${USE}`;
    assert.equal(runIn(folder, process.execPath, ['--input-type=module', '-e', imported]), 'key\n');
});

test('build.js names the packages of what is missing', { skip: missingTools() }, () => {
    const env = plainEnvironment({ PATH: temporaryFolder(), CC: '' });
    const result = spawnSync(process.execPath, ['build.js'], { cwd: PACKAGE, env, encoding: 'utf8' });
    assert.equal(result.status, 1);
    for (const name of ['meson', 'ninja-build', 'gcc', 'pkg-config']) {
        assert.match(result.stderr, new RegExp(`apt-get install .*\\b${name}\\b`));
    }
});

test('the lock file and the manifest agree, and name no registry', () => {
    const lock = fs.readFileSync(path.join(PACKAGE, 'package-lock.json'), 'utf8');
    assert.doesNotMatch(lock, /"resolved"/);
    const { packages, version } = JSON.parse(lock);
    assert.equal(version, manifest.version);
    assert.deepEqual(packages[''].devDependencies, manifest.devDependencies);
    for (const wanted of Object.values(manifest.devDependencies)) assert.match(wanted, /^\d+\.\d+\.\d+$/);
});

test('the version is the one of the engine', { skip: missingTools() }, () => {
    const file = path.join(PACKAGE, '..', '..', 'meson.build');
    assert.match(fs.readFileSync(file, 'utf8'), new RegExp(`version: '${manifest.version}'`));
    const version = execFileSync(process.execPath, ['-p', 'require("./lib/native.js").version'], { cwd: PACKAGE });
    assert.equal(String(version).trim(), manifest.version);
});
