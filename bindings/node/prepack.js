// SPDX-License-Identifier: MIT
'use strict';

/*
 * Run by npm around packing: copies what is needed of the engine into engine/, so that the package builds wherever
 * it is installed, and takes it away again with --clean.
 */
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const ENGINE = path.join(__dirname, 'engine');
const COPIES = [
    'include',
    'src',
    'meson.build',
    'meson_options.txt',
    'LICENSE',
    'bindings/node/meson.build',
    'bindings/node/src',
];

function clean() {
    fs.rmSync(ENGINE, { recursive: true, force: true });
    fs.rmSync(path.join(__dirname, 'LICENSE'), { force: true });
}

function copy() {
    clean();
    for (const name of COPIES) {
        fs.cpSync(path.join(ROOT, name), path.join(ENGINE, name), { recursive: true });
    }
    // npm looks for the licence here.
    fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(__dirname, 'LICENSE'));
}

// A package that was unpacked and is packed again has its copy already, and nothing to copy it from.
if (fs.existsSync(path.join(ROOT, 'bindings', 'node', 'prepack.js'))) {
    if (process.argv.includes('--clean')) clean();
    else copy();
}
