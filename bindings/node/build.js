// SPDX-License-Identifier: MIT
'use strict';

/*
 * Builds the addon with meson and ninja and leaves it at build/webcodecs.node.
 *
 *   node build.js                build, or bring an earlier build up to date
 *   node build.js --if-missing   return at once where an addon that loads is there already
 *
 * The engine's sources are those of the repository that this package is a folder of, or those that the package
 * brings along in engine/. Nothing is fetched: what is missing is named, and the packages that have it.
 */
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const BUILD = path.join(__dirname, 'build');
const ADDON = path.join(BUILD, 'webcodecs.node');
const MESON_FOLDER = path.join(BUILD, 'meson');
const OPTIONS = ['-Dnode=true', '-Dtests=false', '-Dtools=false', '-Dexamples=false', '--buildtype=release'];

/** What a build needs: a command that answers, or a library with the version that the engine asks for. */
const NEEDS = [
    { command: 'meson', args: ['--version'], atLeast: [1, 0], debian: 'meson', brew: 'meson' },
    { command: 'ninja', args: ['--version'], debian: 'ninja-build', brew: 'ninja' },
    {
        command: process.env.CC || 'cc',
        args: ['--version'],
        name: 'a C compiler',
        debian: 'gcc libc6-dev',
        brew: 'gcc',
    },
    { command: 'pkg-config', args: ['--version'], debian: 'pkg-config', brew: 'pkg-config' },
    { library: 'libavcodec', atLeast: '59.37', debian: 'libavcodec-dev', brew: 'ffmpeg' },
    { library: 'libavutil', atLeast: '57.28', debian: 'libavutil-dev', brew: 'ffmpeg' },
    { library: 'libswscale', atLeast: '6.7', debian: 'libswscale-dev', brew: 'ffmpeg' },
];

class BuildError extends Error {}

/** The engine's folder: its sources with the addon's at bindings/node. */
function findEngine() {
    for (const folder of [path.join(__dirname, '..', '..'), path.join(__dirname, 'engine')]) {
        const there = ['meson.build', 'bindings/node/meson.build'].every((file) =>
            fs.existsSync(path.join(folder, file)),
        );
        // Above a package in node_modules there may be another project that uses meson.
        if (there && fs.existsSync(path.join(folder, 'include', 'webcodecs', 'webcodecs.h')))
            return fs.realpathSync(folder);
    }
    throw new BuildError(
        `the engine's sources are missing: neither ${path.join('..', '..')} nor engine/ has them. ` +
            'A checkout of the whole repository and a packed package do.',
    );
}

function answer(command, args) {
    const words = command.split(/\s+/);
    const run = spawnSync(words[0], [...words.slice(1), ...args], { encoding: 'utf8' });
    return run.status === 0 ? run.stdout.trim() : null;
}

function olderThan(version, atLeast) {
    const parts = version.split('.').map(Number);
    for (const [index, wanted] of atLeast.entries()) {
        if ((parts[index] || 0) !== wanted) return (parts[index] || 0) < wanted;
    }
    return false;
}

/** What is wrong with one need, in words; null when it is met. */
function complaint(need, pkgConfig) {
    if (need.library) {
        // Without pkg-config nothing can be told of libraries.
        if (!pkgConfig || answer('pkg-config', [`--atleast-version=${need.atLeast}`, need.library]) !== null)
            return null;
        const found = answer('pkg-config', ['--modversion', need.library]);
        return `${need.library} ${need.atLeast} or newer${found ? ` (${found} is here)` : ''}`;
    }
    const found = answer(need.command, need.args);
    const name = need.name || need.command;
    if (found === null) return name;
    return need.atLeast && olderThan(found, need.atLeast)
        ? `${name} ${need.atLeast.join('.')} or newer (${found} is here)`
        : null;
}

/** The folder of Node's C headers; null where there is none. */
function findHeaders() {
    const folders = [path.resolve(fs.realpathSync(process.execPath), '..', '..', 'include', 'node')];
    try {
        folders.push(require('node-api-headers').include_dir);
    } catch {
        // An optional helper; most systems have the headers beside node.
    }
    return folders.find((folder) => fs.existsSync(path.join(folder, 'node_api.h'))) || null;
}

function checkNeeds() {
    const pkgConfig = answer('pkg-config', ['--version']) !== null;
    const missing = [];
    for (const need of NEEDS) {
        const words = complaint(need, pkgConfig);
        if (words) missing.push({ ...need, words });
    }
    if (!findHeaders()) {
        missing.push({ words: 'node_api.h, a header of Node', debian: 'libnode-dev', brew: 'node' });
    }
    if (missing.length === 0) return;
    const unique = (key) => [...new Set(missing.map((need) => need[key]))].join(' ');
    throw new BuildError(
        `the addon cannot be built, missing: ${missing.map((need) => need.words).join(', ')}\n` +
            `  Debian, Ubuntu:  apt-get install ${unique('debian')}\n` +
            `  Homebrew:        brew install ${unique('brew')}\n` +
            "  Then:            npm rebuild libwebcodecs, or npm run build in the package's folder",
    );
}

/** Does it load? In a process of its own, so that one that crashes is told from one that works. */
function loads(file) {
    if (!fs.existsSync(file)) return false;
    const run = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], { stdio: 'ignore' });
    return run.status === 0;
}

function run(command, args, env) {
    const result = spawnSync(command, args, { stdio: 'inherit', env });
    return result.status === 0;
}

function configure(engine, env) {
    const options = [...OPTIONS, `-Dnode_include=${findHeaders()}`];
    const known = fs.existsSync(path.join(MESON_FOLDER, 'build.ninja'));
    if (known && run('meson', ['setup', '--reconfigure', ...options, MESON_FOLDER, engine], env)) return;
    // Made by another version of meson, or of sources elsewhere.
    fs.rmSync(MESON_FOLDER, { recursive: true, force: true });
    if (!run('meson', ['setup', ...options, MESON_FOLDER, engine], env))
        throw new BuildError('meson setup failed, see above');
}

/** A process may run the old one: it keeps its file, the new one gets a new inode. */
function putInPlace(built) {
    const temporary = `${ADDON}.${process.pid}`;
    fs.copyFileSync(built, temporary);
    fs.chmodSync(temporary, 0o755);
    fs.renameSync(temporary, ADDON);
}

function build() {
    const engine = findEngine();
    checkNeeds();
    fs.mkdirSync(BUILD, { recursive: true });
    // meson looks for node: it must find the one that runs this.
    const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` };
    configure(engine, env);
    const target = path.join('bindings', 'node', 'webcodecs.node');
    if (!run('ninja', ['-C', MESON_FOLDER, target], env)) throw new BuildError('ninja failed, see above');
    putInPlace(path.join(MESON_FOLDER, target));
    // In a checkout the next build goes on from there; an installed package is built once.
    if (engine === path.join(fs.realpathSync(__dirname), 'engine')) fs.rmSync(MESON_FOLDER, { recursive: true });
    try {
        execFileSync(process.execPath, ['-e', 'require(process.argv[1])', ADDON], {
            stdio: ['ignore', 'inherit', 'pipe'],
        });
    } catch (error) {
        throw new BuildError(
            `what was built does not load: ${String(error.stderr)
                .split('\n')
                .find((line) => /Error/.test(line))}`,
        );
    }
}

function main(args) {
    if (args.some((arg) => arg !== '--if-missing')) {
        console.error('usage: node build.js [--if-missing]');
        return 2;
    }
    const chosen = process.env.WEBC_NODE_BINDING || ADDON;
    if (args.includes('--if-missing') && loads(chosen)) return 0;
    try {
        build();
    } catch (error) {
        if (!(error instanceof BuildError)) throw error;
        console.error(`libwebcodecs: ${error.message}`);
        return 1;
    }
    return 0;
}

process.exitCode = main(process.argv.slice(2));
