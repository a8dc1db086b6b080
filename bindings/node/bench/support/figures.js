// SPDX-License-Identifier: MIT
'use strict';

/* Medians and intervals. */

function percentile(values, share) {
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function median(values) {
    const sorted = Float64Array.from(values).sort();
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The figure of a row and how far its runs were apart. */
function interval(values) {
    return { median: median(values), low: Math.min(...values), high: Math.max(...values), runs: values.length };
}

/**
 * Is `ours` behind `theirs`, both lists of runs, by more than its own runs are apart? Where their median is better
 * than every one of ours: of two equal things with nine runs each that is so in three cases of two hundred, with five
 * in one of twelve.
 */
function isBehind(ours, theirs, better) {
    const other = median(theirs);
    return ours.every((mine) => (better === 'higher' ? mine < other : mine > other));
}

function format(value) {
    if (!Number.isFinite(value)) return '-';
    if (Math.abs(value) >= 100) return value.toFixed(0);
    return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}

function formatInterval(row) {
    return row ? `${format(row.median)} (${format(row.low)} to ${format(row.high)})` : '-';
}

module.exports = { percentile, median, interval, isBehind, format, formatInterval };
