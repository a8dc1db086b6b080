// SPDX-License-Identifier: MIT
'use strict';

// That the runner catches what goes wrong: it runs fixtures/, with the genuine testharness.js where that was fetched.

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { execFile } = require('child_process');
const { test, before, after } = require('node:test');
const { Expectations } = require('./expectations.js');
const { readMeta } = require('./inventory.js');
const { printTap } = require('./report.js');

const wpt = process.env.WPT_TESTS || path.join(__dirname, '../../../build/wpt');
const skip = fs.existsSync(path.join(wpt, 'resources/testharness.js')) ? false : `no tests in ${wpt}; wpt/fetch gets them`;

let folder;

before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wpt-'));
    for (const name of ['webcodecs', 'common'])
        fs.symlinkSync(path.join(__dirname, 'fixtures', name), path.join(folder, name));
    fs.symlinkSync(path.join(path.resolve(wpt), 'resources'), path.join(folder, 'resources'));
});

after(() => fs.rmSync(folder, { recursive: true }));

// Runs the runner on the fixtures: its exit status, its output, and the results as {id: {subtest: row}}.
function run(expectations, ...options) {
    const [input, output] = ['expectations.json', 'results.json'].map((name) => path.join(folder, name));
    fs.writeFileSync(input, JSON.stringify(expectations));
    const args = [path.join(__dirname, 'run.js'), '--tests', folder, '--own', '', '--expectations', input, '--json', output,
        '--package', path.join(__dirname, 'fixtures/package.js'), '--slow', '0.5', ...options];
    return new Promise((resolve) => execFile(process.execPath, args, (error, stdout, stderr) => {
        const rows = {};
        for (const result of JSON.parse(fs.readFileSync(output)).results)
            rows[result.id] = Object.fromEntries(result.rows.map((row) => [row.name, row]));
        resolve({ code: error ? error.code : 0, stdout, stderr, rows });
    }));
}

function statuses(rows) {
    return Object.fromEntries(Object.entries(rows).map(([name, { status }]) => [name, status]));
}

const page = { reasons: { page: 'a page' }, files: { 'page.html': 'page' } };

test('a file that passes runs in each variant, with its scripts', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'passes');
    assert.strictEqual(code, 0);
    assert.deepStrictEqual(Object.keys(rows), ['passes.any.js?one', 'passes.any.js?two']);
    assert.deepStrictEqual([...new Set(Object.values(statuses(rows['passes.any.js?two'])))], ['PASS']);
});

test('a failure and a failed precondition are reported and fail the run', { skip }, async () => {
    const { code, rows, stdout } = await run({}, '--filter', 'fails');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(rows['fails.any.js']),
        { holds: 'PASS', 'does not hold': 'FAIL', precondition: 'PRECONDITION_FAILED' });
    assert.match(stdout, /does not hold\n\s+FAIL\n\s+assert_equals: expected 2 but got 1/);
    assert.match(stdout, /NOT as expected/);
});

test('known failures do not fail the run', { skip }, async () => {
    const known = { reasons: { why: 'because' }, subtests: { 'fails.any.js': {
        'does not hold': { status: 'FAIL', reason: 'why' },
        'pre*': { status: 'PRECONDITION_FAILED', reason: 'why' },
    } } };
    const { code, rows } = await run(known, '--filter', 'fails');
    assert.strictEqual(code, 0);
    assert.strictEqual(rows['fails.any.js']['does not hold'].verdict, 'expected');
    assert.strictEqual(rows['fails.any.js'].precondition.verdict, 'precondition');
});

test('an expected failure that passes, and one that is not there, fail the run', { skip }, async () => {
    const known = { reasons: { why: 'because' }, subtests: { 'passes.any.js*': {
        'fetch reads files': { status: 'FAIL', reason: 'why' },
        'no such test': { status: 'FAIL', reason: 'why' },
    } } };
    const { code, stdout } = await run(known, '--filter', 'passes');
    assert.strictEqual(code, 1);
    assert.match(stdout, /fetch reads files\n\s+PASS, a known failure that is none any more/);
    assert.match(stdout, /no such test is listed and no such subtest was seen/);
});

test('a test that does not end is timed out, and at once when nothing is left to wait for', { skip }, async () => {
    const { rows } = await run({}, '--filter', 'times-out');
    assert.deepStrictEqual(statuses(rows['times-out.any.js']), { before: 'PASS',
        'never done, and the process lives on': 'TIMEOUT', 'has no turn': 'NOTRUN', '(harness)': 'TIMEOUT' });
    const { code, rows: never } = await run({}, '--filter', 'never-settles');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(never['never-settles.any.js']),
        { 'never done, and nothing is left to wait for': 'TIMEOUT', '(harness)': 'TIMEOUT' });
});

test('a process that blocks is killed, and what it had told is kept', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'hangs');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(rows['hangs.any.js']),
        { before: 'PASS', 'blocks the process': 'TIMEOUT', '(harness)': 'TIMEOUT' });
});

test('a crash and a silent exit are errors', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'crashes.any');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(rows['crashes.any.js']), { before: 'PASS', aborts: 'ERROR', '(harness)': 'ERROR' });
    assert.match(rows['crashes.any.js']['(harness)'].message, /SIGABRT before the tests were complete/);
    const { rows: silent } = await run({}, '--filter', 'exits');
    assert.deepStrictEqual(statuses(silent['exits.any.js']),
        { before: 'PASS', 'leaves with success': 'ERROR', '(harness)': 'ERROR' });
});

test('a crash after the last test is an error', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'crashes-late');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(rows['crashes-late.any.js']), { 'all is well': 'PASS', '(harness)': 'ERROR' });
    assert.match(rows['crashes-late.any.js']['(harness)'].message, /SIGABRT after the tests were complete/);
});

test('an error that nobody catches is an error of the file', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'throws');
    assert.strictEqual(code, 1);
    assert.strictEqual(rows['throws.any.js']['(harness)'].status, 'ERROR');
    assert.match(rows['throws.any.js']['(harness)'].message, /nobody catches this/);
});

test('a file without tests is an error', { skip }, async () => {
    const { code, rows } = await run({}, '--filter', 'empty');
    assert.strictEqual(code, 1);
    assert.deepStrictEqual(statuses(rows['empty.any.js']), { '(harness)': 'TIMEOUT' });
});

test('every file is accounted for, and so is every expectation', { skip }, async () => {
    const ours = fs.readdirSync(path.join(__dirname, 'fixtures/webcodecs')).filter((name) => name.endsWith('.any.js'));
    const none = { reasons: page.reasons, files: Object.fromEntries(ours.slice(1).map((name) => [name, 'page'])) };
    const { code, stdout } = await run({ ...none, files: { ...none.files, 'gone.any.js': 'page' } });
    assert.strictEqual(code, 1);
    assert.match(stdout, /page\.html is neither run nor listed as not run/);
    assert.match(stdout, /gone\.any\.js is listed and is not there/);
});

test('TAP tells all kinds of results apart', { skip }, async () => {
    const known = { ...page, reasons: { ...page.reasons, why: 'issue #1' }, subtests: { 'fails.any.js': {
        'does not hold': { status: 'FAIL', reason: 'why' },
        precondition: { status: 'PRECONDITION_FAILED', reason: 'why' },
    } } };
    const { code, stdout } = await run(known, '--filter', 'fails', '--tap');
    assert.strictEqual(code, 0);
    const lines = stdout.trimEnd().split('\n').filter((line) => !line.startsWith('#')).sort();
    assert.deepStrictEqual(lines.map((line) => line.replace(/\d+ -/, 'N -')), [
        '1..3',
        'TAP version 13',
        'not ok N - fails.any.js: does not hold # TODO issue \\#1',
        'ok N - fails.any.js: holds',
        'ok N - fails.any.js: precondition # SKIP PRECONDITION_FAILED issue \\#1',
    ]);
});

test('TAP shows what is unexpected and what is not run', () => {
    let text = '';
    printTap({ origin: 'here', ok: false, wrong: ['x is listed'], notRun: [{ file: 'a.html', reason: 'a page' }], results: [
        { id: 'b', rows: [
            { id: 'b', name: 'one', status: 'FAIL', message: 'two\nlines', verdict: 'unexpected' },
            { id: 'b', name: 'two', status: 'PASS', reason: 'why', verdict: 'unexpected-pass' },
        ] },
    ] }, (written) => { text += written; });
    assert.deepStrictEqual(text.split('\n').slice(2), ['not ok 1 - b: one', '# FAIL two', '# lines',
        'ok 2 - b: two # TODO why', 'ok 3 - a.html # SKIP a page', 'not ok 4 - x is listed', '1..4', '']);
});

test('an expectation needs a reason that exists and a status that is one', () => {
    const entry = (status, reason) => ({ reasons: { why: 'because' }, subtests: { a: { b: { status, reason } } } });
    assert.ok(new Expectations(entry('FAIL', 'why')));
    assert.throws(() => new Expectations(entry('FAIL', 'other')), /no text for the reason "other"/);
    assert.throws(() => new Expectations(entry('PASS', 'why')), /PASS is no status/);
    assert.throws(() => new Expectations({ files: { a: 'other' } }), /no text for the reason/);
});

test('a failure of older versions of Node is one of theirs only', () => {
    const entry = { status: 'FAIL', reason: 'why', beforeNode: '22.10' };
    const file = { reasons: { why: 'because' }, subtests: { a: { b: entry } } };
    const verdict = (node, status) => new Expectations(file, node).judge('a', { name: 'b', status }, false).verdict;
    assert.deepStrictEqual(['18.20.8', '22.9.0', '22.10.0', '24.1.0'].map((node) => verdict(node, 'FAIL')),
        ['expected', 'expected', 'unexpected', 'unexpected']);
    assert.strictEqual(verdict('24.1.0', 'PASS'), 'pass');
});

test('a failed precondition is excused by name or by request only, and may turn out well', () => {
    const expectations = new Expectations({ reasons: { why: 'because' }, subtests: { a: { b: {
        status: 'PRECONDITION_FAILED', reason: 'why',
    } } } });
    const verdict = (name, status, lenient) => expectations.judge('a', { name, status }, lenient).verdict;
    assert.strictEqual(verdict('b', 'PRECONDITION_FAILED', false), 'precondition');
    assert.strictEqual(verdict('b', 'PASS', false), 'pass');
    assert.strictEqual(verdict('b', 'FAIL', true), 'unexpected');
    assert.strictEqual(verdict('c', 'PRECONDITION_FAILED', false), 'unexpected');
    assert.strictEqual(verdict('c', 'PRECONDITION_FAILED', true), 'precondition');
});

test('META lines are read up to the first line that is no comment', () => {
    const meta = readMeta(
        '// META: timeout=long\n// META: script=/a.js\n// a word\n// META: variant=?x\n\n// META: variant=?y\n');
    assert.deepStrictEqual(meta, { script: ['/a.js'], variant: ['?x'], global: [], timeout: 'long' });
});
