// SPDX-License-Identifier: MIT
'use strict';

// Tests in processes of their own. A test file calls scenario() for each; run by the test runner it starts itself again
// once per scenario, and the process that is started so runs that one alone. It must come to its end by itself: one
// that is kept alive by something, and one that ends before its work is done, fail.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');

const NAME = 'WEBC_TEST_SCENARIO';
const DONE = 'scenario done';

/** Run Node to its end; a process that takes longer than `limit` milliseconds hangs and is killed. */
function runNode(args, { env = {}, limit = 240000 } = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
        let stdout = '';
        let stderr = '';
        let hung = false;
        const timer = setTimeout(() => {
            hung = true;
            child.kill('SIGKILL');
        }, limit);
        child.stdout.on('data', (data) => (stdout += data));
        child.stderr.on('data', (data) => (stderr += data));
        child.on('error', reject);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            resolve({ code, signal, hung, stdout, stderr });
        });
    });
}

async function runScenario(file, name, { flags = [], limit }) {
    const result = await runNode([...flags, file], { env: { [NAME]: name }, limit });
    const said = `${result.stdout}${result.stderr}`.trim();
    assert.ok(!result.hung, `the process did not end by itself:\n${said}`);
    assert.equal(result.signal, null, `the process was ended by ${result.signal}:\n${said}`);
    assert.equal(result.code, 0, said);
    assert.ok(result.stdout.includes(DONE), `the process ended before its work was done:\n${said}`);
}

async function runHere(body) {
    try {
        await body();
        console.log(DONE);
    } catch (error) {
        console.error(error);
        process.exit(1);
    }
}

/**
 * @param file the test file: __filename
 * @param name a sentence that is true
 * @param options flags: those of Node; limit: milliseconds after which the process counts as hanging; skip: a reason
 */
function scenario(file, name, options, body) {
    if (process.env[NAME] === name) runHere(body);
    if (process.env[NAME] === undefined) {
        test(name, { skip: options.skip || false }, () => runScenario(file, name, options));
    }
}

module.exports = { scenario, runNode };
