// SPDX-License-Identifier: MIT
'use strict';

// Runs one test file, in one variant, in this process, and writes what happens to file descriptor 3, a JSON object a line:
//   {event: 'begin', name}   {event: 'result', name, status, message}   {event: 'complete', status, message}
// Started by run.js with a job of inventory.js, as JSON, as its only argument.

const fs = require('fs');
const vm = require('vm');
const { resolveFile, installGlobals, installScope, define } = require('./host.js');

const SUBTEST_STATUS = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED'];
const HARNESS_STATUS = ['OK', 'ERROR', 'TIMEOUT', 'PRECONDITION_FAILED'];

const job = JSON.parse(process.argv[2]);

// A write that blocks: nothing is lost when the process dies in the next line.
function report(record) {
    fs.writeSync(3, JSON.stringify(record) + '\n');
}

function installPackage() {
    const api = require(job.package);
    const names = ['VideoDecoder', 'VideoEncoder', 'VideoFrame', 'EncodedVideoChunk', 'VideoColorSpace', 'DOMRectReadOnly'];
    for (const name of names) {
        if (api[name])
            define(name, api[name]);
    }
}

function listen() {
    const begun = new Set();
    const told = new Set();
    const tell = (test, status) => {
        told.add(test);
        report({ event: 'result', name: test.name, status, message: test.message || '' });
    };
    globalThis.add_test_state_callback((test) => {
        if (begun.has(test) || test.phase !== test.phases.STARTED)
            return;
        begun.add(test);
        report({ event: 'begin', name: test.name });
    });
    globalThis.add_result_callback((test) => tell(test, SUBTEST_STATUS[test.status]));
    globalThis.add_completion_callback((tests, status) => {
        // Without a word of the harness when the time of all is up.
        for (const test of tests.filter((one) => !told.has(one)))
            tell(test, begun.has(test) ? 'TIMEOUT' : SUBTEST_STATUS[test.status]);
        report({ event: 'complete', status: HARNESS_STATUS[status.status], message: status.message || '' });
        setImmediate(() => process.exit(0));
    });
}

function runScript(file, reportError) {
    try {
        vm.runInThisContext(fs.readFileSync(file, 'utf8'), { filename: file });
    } catch (error) {
        reportError(error);
    }
}

// A page of a browser lives on; a process whose event loop is empty never gets further, so its time is up at once.
function limitTime() {
    setTimeout(() => globalThis.timeout(), job.limit * 1000).unref();
    process.on('beforeExit', () => globalThis.timeout());
}

function main() {
    installPackage();
    const { readPixels } = job.pixels ? require(job.pixels) : {};
    const reportError = installGlobals(job, readPixels);
    const load = (address) => runScript(resolveFile(job, address), reportError);
    // All in one go, without a turn of the event loop: the harness counts the files as loaded after the first.
    load('/resources/testharness.js');
    installScope(job.scope);
    listen();
    limitTime();
    for (const script of job.scripts)
        load(script);
    load(job.page);
}

main();
