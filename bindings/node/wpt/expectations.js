// SPDX-License-Identifier: MIT
'use strict';

// What is known beforehand about results, and the verdict on them. The file:
//
//   reasons   name: text
//   files     file: reason, for files that are not run
//   subtests  file?variant: { subtest: { status, reason, beforeNode } }, for those that are not expected to pass; those
//             with a beforeNode only by an older Node than that
//
// A file and a subtest may end in *, which then must match something; all that it matches must have that status. A status
// PRECONDITION_FAILED may turn out as PASS: another FFmpeg can do more. Anything else that is listed and does not come true
// is an error, and so is what fails and is not listed.

const fs = require('fs');

const STATUSES = ['FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED', 'ERROR'];

function matches(pattern, text) {
    return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

function isOlder(version, than) {
    const [major, minor] = version.split('.').map(Number);
    const [thanMajor, thanMinor] = than.split('.').map(Number);
    return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

class Expectations {
    constructor({ reasons = {}, files = {}, subtests = {} }, node = process.versions.node) {
        this.files = files;
        this.reasons = reasons;
        this.entries = [];
        for (const [file, entries] of Object.entries(subtests)) {
            for (const [subtest, { status, reason, beforeNode }] of Object.entries(entries)) {
                if (!STATUSES.includes(status))
                    throw new Error(`expectation of ${file}: ${subtest}: ${status} is no status`);
                if (beforeNode && !isOlder(node, beforeNode))
                    continue;
                this.entries.push({ file, subtest, status, reason: this.#reason(reason), used: false });
            }
        }
        for (const reason of Object.values(files))
            this.#reason(reason);
    }

    static read(file) {
        return new Expectations(JSON.parse(fs.readFileSync(file, 'utf8')));
    }

    #reason(name) {
        if (!this.reasons[name])
            throw new Error(`no text for the reason "${name}"`);
        return this.reasons[name];
    }

    // Why a file is not run; undefined when it is.
    notRun(file) {
        const name = this.files[file];
        return name && { class: name, reason: this.reasons[name] };
    }

    find(id, subtest) {
        const entry = this.entries.find((one) => matches(one.file, id) && matches(one.subtest, subtest));
        if (entry)
            entry.used = true;
        return entry;
    }

    // Entries of the given jobs that nothing matched.
    unused(ids) {
        return this.entries.filter((entry) => !entry.used && ids.some((id) => matches(entry.file, id)));
    }

    // Entries of files and variants that do not exist.
    stale(files, ids) {
        const lost = this.entries.filter((entry) => !ids.some((id) => matches(entry.file, id))).map((entry) => entry.file);
        return [...new Set([...lost, ...Object.keys(this.files).filter((file) => !files.includes(file))])];
    }

    // pass, expected (a known failure), precondition (a known one, or any when lenient), unexpected or unexpected-pass
    judge(id, { name, status }, lenient) {
        const entry = this.find(id, name);
        if (!entry) {
            const excused = status === 'PRECONDITION_FAILED' && lenient;
            return { verdict: status === 'PASS' ? 'pass' : excused ? 'precondition' : 'unexpected' };
        }
        const { reason } = entry;
        if (status === 'PASS')
            return entry.status === 'PRECONDITION_FAILED' ? { verdict: 'pass' } : { verdict: 'unexpected-pass', reason };
        if (status === 'PRECONDITION_FAILED' && (lenient || entry.status === status))
            return { verdict: 'precondition', reason };
        return { verdict: status === entry.status ? 'expected' : 'unexpected', reason };
    }
}

module.exports = { Expectations, matches };
