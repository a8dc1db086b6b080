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
 * Is `ours` behind `theirs`, both lists of runs? Where nearly every run of theirs was better than every run of ours:
 * of two equal things with five runs each that is so in less than one case of a hundred. One run that the machine
 * disturbed changes nothing.
 */
function isBehind(ours, theirs, better) {
    let good = 0;
    for (const mine of ours) {
        for (const other of theirs) good += better === 'higher' ? mine >= other : mine <= other;
    }
    return good <= 0.05 * ours.length * theirs.length;
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
