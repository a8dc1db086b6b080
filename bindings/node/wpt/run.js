#!/usr/bin/env node
// SPDX-License-Identifier: MIT
'use strict';

// Runs the web-platform-tests of WebCodecs against this package; wpt/fetch gets them. Each variant of each file has a
// process of its own. The exit status is 0 only when every result is what expectations.json says, PASS where it says
// nothing.

const fs = require('fs');
const os = require('os');
const path = require('path');
const { findFiles, makeJobs } = require('./inventory.js');
const { Expectations } = require('./expectations.js');
const { runJobs } = require('./execute.js');
const { print, printTap } = require('./report.js');

const USAGE = `usage: node wpt/run.js [OPTION]...
  --tests FOLDER         with webcodecs/ and resources/ of web-platform-tests; default: build/wpt of the repository
  --own FOLDER           more tests of that form, "" for none; default: wpt/own
  --filter TEXT          only files and variants whose name has TEXT in it
  --jobs N               processes at a time; default: one for each processor
  --slow FACTOR          multiply the time limits of 10 s, or 60 s for long tests; default 6
  --expectations FILE    default: wpt/expectations.json
  --lenient              accept failed preconditions that are not listed: an FFmpeg without some of the codecs
  --json FILE            write all results to FILE
  --tap                  print TAP
  --package MODULE       the module that has the interfaces; default: this package
`;

function parse(argv) {
    const options = {
        tests: path.join(__dirname, '../../../build/wpt'),
        own: path.join(__dirname, 'own'),
        filter: '',
        jobs: String(os.cpus().length),
        slow: '6',
        expectations: path.join(__dirname, 'expectations.json'),
        lenient: false,
        json: null,
        tap: false,
        package: null,
    };
    for (let i = 0; i < argv.length; i++) {
        const name = argv[i].slice(2);
        if (!argv[i].startsWith('--') || !(name in options))
            return null;
        if (typeof options[name] === 'boolean')
            options[name] = true;
        else if (++i < argv.length)
            options[name] = argv[i];
        else
            return null;
    }
    options.jobs = Number(options.jobs);
    options.slow = Number(options.slow);
    return options.jobs >= 1 && options.slow > 0 ? options : null;
}

function originOf(tests) {
    const note = path.join(tests, 'SOURCE');
    return `tests of ${fs.existsSync(note) ? fs.readFileSync(note, 'utf8').trim() : tests}`;
}

// Which files run, which do not and why, and which nobody has accounted for.
function plan(expectations, options) {
    const ours = options.package === null;
    const common = {
        root: options.tests,
        own: options.own,
        package: ours ? path.join(__dirname, '../index.js') : require.resolve(path.resolve(options.package)),
        pixels: ours ? path.join(__dirname, '../lib/video_frame.js') : null,
    };
    const limits = { normal: 10 * options.slow, long: 60 * options.slow };
    const folder = path.join(options.tests, 'webcodecs');
    const files = findFiles(folder);
    const jobs = (options.own ? findFiles(options.own) : []).flatMap((file) => makeJobs(options.own, '/own', file, limits));
    const notRun = [];
    const wrong = [];
    for (const file of files) {
        const excuse = expectations.notRun(file);
        if (excuse)
            notRun.push({ file, ...excuse });
        else if (/\.(any|window)\.js$/.test(file))
            jobs.push(...makeJobs(folder, '/webcodecs', file, limits));
        else
            wrong.push(`${file} is neither run nor listed as not run`);
    }
    wrong.push(...expectations.stale(files, jobs.map((job) => job.id)).map((name) => `${name} is listed and is not there`));
    const selected = (name) => name.includes(options.filter);
    return {
        jobs: jobs.filter((job) => selected(job.id)).map((job) => ({ ...job, ...common })),
        notRun: notRun.filter(({ file }) => selected(file)),
        wrong: options.filter ? [] : wrong,
    };
}

function judge(results, expectations, lenient) {
    return results.map(({ id, subtests, seconds }) => ({
        id,
        seconds,
        rows: subtests.map((subtest) => ({ id, ...subtest, ...expectations.judge(id, subtest, lenient) })),
    }));
}

async function run(options, progress) {
    const expectations = Expectations.read(options.expectations);
    const { jobs, notRun, wrong } = plan(expectations, options);
    const results = judge(await runJobs(jobs, options.jobs, progress), expectations, options.lenient);
    for (const { file, subtest } of expectations.unused(jobs.map((job) => job.id)))
        wrong.push(`${file}: ${subtest} is listed and no such subtest was seen`);
    const bad = results.some(({ rows }) => rows.some(({ verdict }) => verdict.startsWith('unexpected')));
    return { origin: originOf(options.tests), results, notRun, wrong, ok: !bad && wrong.length === 0 && jobs.length > 0 };
}

async function main() {
    const options = parse(process.argv.slice(2));
    if (!options) {
        process.stderr.write(USAGE);
        process.exitCode = 2;
        return;
    }
    if (!fs.existsSync(path.join(options.tests, 'resources/testharness.js'))) {
        const why = `no web-platform-tests in ${options.tests}; bindings/node/wpt/fetch gets them`;
        if (options.tap)
            process.stdout.write(`1..0 # SKIP ${why}\n`);
        else
            process.stderr.write(`${why}\n`);
        process.exitCode = options.tap ? 0 : 2;
        return;
    }
    const progress = ({ id, seconds }) => options.tap || process.stderr.write(`${id} (${seconds.toFixed(1)} s)\n`);
    const summary = await run(options, progress);
    if (options.json)
        fs.writeFileSync(options.json, JSON.stringify(summary, null, 1) + '\n');
    (options.tap ? printTap : print)(summary, (text) => process.stdout.write(text));
    process.exitCode = summary.ok ? 0 : 1;
}

main();
