// SPDX-License-Identifier: MIT
'use strict';

/* Is the event loop alive? A timer of 5 ms, and the largest time between two of its turns. */
const { performance } = require('node:perf_hooks');

const PERIOD_MS = 5;

function startTicker() {
    let last = performance.now();
    let largest = 0;
    let ticks = 0;
    const look = () => {
        const now = performance.now();
        if (now - last > largest) largest = now - last;
        last = now;
    };
    const timer = setInterval(() => {
        ticks++;
        look();
    }, PERIOD_MS);
    return {
        /** The largest gap since the start or the last call of lap(), in milliseconds. */
        lap() {
            look();
            const result = { gap: largest, ticks };
            largest = 0;
            ticks = 0;
            return result;
        },
        stop() {
            clearInterval(timer);
        },
    };
}

module.exports = { startTicker, PERIOD_MS };
