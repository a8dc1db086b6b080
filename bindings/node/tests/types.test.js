// SPDX-License-Identifier: MIT
'use strict';

// The type declarations, seen from programs with and without the types of browsers and of Node: tests/types/*.ts.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');

const PACKAGE = path.join(__dirname, '..');
const CASES = [
    { file: 'bare.ts', lib: 'es2022', types: '' },
    { file: 'bare_polyfill.ts', lib: 'es2022', types: '' },
    { file: 'bare_polyfill.ts', lib: 'es2022', types: 'node' },
    { file: 'node.ts', lib: 'es2022', types: 'node' },
    { file: 'dom.ts', lib: 'es2022,dom', types: '' },
    { file: 'dom.ts', lib: 'es2022,dom', types: 'dom-webcodecs' },
    { file: 'dom.ts', lib: 'es2022,dom', types: 'node,dom-webcodecs' },
];

/** The path of an installed package; null where it is not installed. */
function installed(name) {
    try {
        return path.dirname(require.resolve(`${name}/package.json`));
    } catch {
        return null;
    }
}

function compile({ file, lib, types }) {
    const args = [path.join(installed('typescript'), 'bin', 'tsc'), '--noEmit', '--strict', '--target', 'es2022'];
    args.push('--module', 'nodenext', '--lib', lib, '--types', types, path.join('tests', 'types', file));
    return new Promise((resolve) => {
        execFile(process.execPath, args, { cwd: PACKAGE }, (error, stdout, stderr) => {
            resolve({ failed: error !== null, text: stdout + stderr });
        });
    });
}

for (const one of CASES) {
    test(`tests/types/${one.file} compiles with lib ${one.lib} and types [${one.types}]`, async (t) => {
        const needed = ['typescript', ...one.types.split(',').map((name) => name && `@types/${name}`)].filter(Boolean);
        const missing = needed.find((name) => !installed(name));
        if (missing) return t.skip(`${missing} is not installed`);
        const { failed, text } = await compile(one);
        return assert.ok(!failed, text);
    });
}
