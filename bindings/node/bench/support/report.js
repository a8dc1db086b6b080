// SPDX-License-Identifier: MIT
'use strict';

/* What the programs here share: options, Markdown tables, the JSON file, children that answer in JSON. */
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * Options of a command line: `--name value` for what has a default that is no boolean, `--name` for the others. The
 * type of the default is the type of the value; lists are divided by commas.
 */
function parseOptions(defaults, usage) {
    const options = { ...defaults };
    const args = process.argv.slice(2);
    while (args.length > 0) {
        const name = args.shift().replace(/^--/, '');
        if (!(name in defaults)) {
            console.error(usage);
            process.exit(name === 'help' ? 0 : 2);
        }
        const kind = defaults[name];
        if (typeof kind === 'boolean') options[name] = true;
        else if (typeof kind === 'number') options[name] = Number(args.shift());
        else if (Array.isArray(kind)) options[name] = args.shift().split(',');
        else options[name] = args.shift();
    }
    return options;
}

function printTable(heads, rows) {
    console.log(`| ${heads.join(' | ')} |`);
    console.log(`|${heads.map(() => '---').join('|')}|`);
    for (const row of rows) console.log(`| ${row.join(' | ')} |`);
    console.log();
}

function machine() {
    return {
        node: process.version,
        platform: process.platform,
        arch: process.arch,
        cpus: cpuCount(),
        load: os.loadavg()[0],
    };
}

function cpuCount() {
    return os.availableParallelism ? os.availableParallelism() : os.cpus().length;
}

/** Write what was measured where `file` says; by default into build/, which is nobody's source. */
function writeJson(name, file, result) {
    const target = file || path.join(__dirname, '..', '..', 'build', `bench-${name}.json`);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, `${JSON.stringify({ bench: name, machine: machine(), ...result }, null, 2)}\n`);
    console.error(`written: ${path.relative(process.cwd(), target)}`);
}

/* A command that takes longer hangs. */
const LONGEST_MS = 1800000;

/** Run a command to its end; its standard output, or an Error with what it said. */
function runCommand(command, args, options = {}) {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS, ...options });
        const out = [];
        const said = [];
        child.stdout.on('data', (data) => out.push(data));
        child.stderr.on('data', (data) => said.push(data));
        child.on('error', reject);
        child.on('close', (code, signal) => {
            if (code === 0) return resolve(Buffer.concat(out).toString());
            const text = Buffer.concat([...said, ...out])
                .toString()
                .trim()
                .split('\n')
                .slice(-8)
                .join('\n');
            return reject(
                new Error(
                    `${path.basename(command)} ${path.basename(args[0] || '')} ended with ${signal || code}: ${text}`,
                ),
            );
        });
    });
}

/** Run a program of this folder in a process of its own with `task`; it prints one line of JSON. */
async function runChild(program, task, flags = []) {
    const out = await runCommand(process.execPath, [...flags, path.join(__dirname, program), JSON.stringify(task)]);
    try {
        return JSON.parse(out.trim().split('\n').pop());
    } catch {
        throw new Error(`${program} ended before its work was done: ${JSON.stringify(task)}`);
    }
}

/** A folder that is gone when the process ends. */
function temporaryFolder() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'webc-bench-'));
    process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
    return folder;
}

module.exports = { parseOptions, printTable, writeJson, runCommand, runChild, temporaryFolder, cpuCount };
