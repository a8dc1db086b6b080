// SPDX-License-Identifier: MIT
'use strict';

// What this process holds, and waiting until it holds no more than before.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const native = require('../../lib/native.js');

/** Threads and descriptors are counted where /proc has them. */
const missingProc = fs.existsSync('/proc/self/task') ? false : 'no /proc here';

function countThreads() {
    return fs.readdirSync('/proc/self/task').length;
}

function countDescriptors() {
    return fs.readdirSync('/proc/self/fd').length;
}

function turn() {
    return new Promise((resolve) => {
        setImmediate(resolve);
    });
}

/** Collect garbage and turn the loop, as finalizers run in turns of their own. Needs --expose-gc. */
async function collectGarbage() {
    for (let i = 0; i < 3; i++) {
        globalThis.gc();
        await turn();
    }
}

/**
 * Wait until what `count()` gives is `most` or less: threads end and finalizers run in the background, in their own
 * time. A leak never gets there, and fails at the limit.
 */
async function settle(count, most, what, { collect = false, limit = 60000 } = {}) {
    const start = performance.now();
    for (;;) {
        if (collect) await collectGarbage();
        else await turn();
        const value = count();
        if (value <= most) return value;
        assert.ok(performance.now() - start < limit, `${what}: ${value} are left, ${most} were there before`);
    }
}

module.exports = { native, missingProc, countThreads, countDescriptors, turn, collectGarbage, settle };
