// SPDX-License-Identifier: MIT
'use strict';

// One job in one process, and several of them side by side.

const path = require('path');
const readline = require('readline');
const { spawn } = require('child_process');

const CHILD = path.join(__dirname, 'child.js');
const GRACE_S = 5;

// The name under which what befell the whole file is reported, beside its subtests.
const HARNESS = '(harness)';

class Record {
    constructor(job) {
        this.job = job;
        this.subtests = [];
        this.open = new Set();
        this.harness = null;
    }

    read(line) {
        try {
            this.#add(JSON.parse(line));
        } catch (error) {
            // A process that was killed may leave a part of a line; how it ended is told by end().
            if (!(error instanceof SyntaxError))
                throw error;
        }
    }

    #add({ event, name, status, message }) {
        if (event === 'begin') {
            this.open.add(name);
        } else if (event === 'result') {
            this.open.delete(name);
            this.subtests.push({ name, status, message });
        } else {
            this.harness = { status, message };
        }
    }

    // The process is gone; what it has not told by now is lost.
    end(how, status, stderr) {
        const lost = this.harness === null;
        for (const name of this.open)
            this.subtests.push({ name, status, message: `not finished when ${how}` });
        if (lost)
            this.subtests.push({ name: HARNESS, status, message: `${how} before the tests were complete\n${stderr}` });
        else if (this.harness.status !== 'OK')
            this.subtests.push({ name: HARNESS, ...this.harness });
        else if (status)
            this.subtests.push({ name: HARNESS, status, message: `${how} after the tests were complete\n${stderr}` });
        else if (this.subtests.length === 0)
            this.subtests.push({ name: HARNESS, status: 'ERROR', message: 'no subtest was found' });
        return { id: this.job.id, subtests: this.subtests };
    }
}

function runJob(job) {
    return new Promise((resolve) => {
        const record = new Record(job);
        const started = process.hrtime.bigint();
        const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
        let killed = false;
        let stderr = '';
        const timer = setTimeout(() => {
            killed = true;
            child.kill('SIGKILL');
        }, (job.limit + GRACE_S) * 1000);
        child.stdout.resume();
        child.stderr.on('data', (data) => { stderr = (stderr + data).slice(-4000); });
        readline.createInterface({ input: child.stdio[3] }).on('line', (line) => record.read(line));
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            const how = killed ? 'the process was killed after its time limit' : `the process ended with ${signal || code}`;
            const status = killed ? 'TIMEOUT' : signal || code || record.harness === null ? 'ERROR' : null;
            const seconds = Number(process.hrtime.bigint() - started) / 1e9;
            resolve({ ...record.end(how, status, stderr), seconds });
        });
    });
}

// Results in the order of the jobs; told(result) is called as each comes in.
async function runJobs(jobs, count, told) {
    const results = new Array(jobs.length);
    let next = 0;
    const lane = async () => {
        while (next < jobs.length) {
            const mine = next++;
            results[mine] = await runJob(jobs[mine]);
            told(results[mine]);
        }
    };
    await Promise.all(Array.from({ length: count }, lane));
    return results;
}

module.exports = { runJob, runJobs, HARNESS };
