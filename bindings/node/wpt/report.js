// SPDX-License-Identifier: MIT
'use strict';

// Judged results as a table with a list of what is wrong, and as TAP.

const COUNTED = ['pass', 'expected', 'unexpected', 'precondition'];

function countVerdicts(rows) {
    const counts = { pass: 0, expected: 0, unexpected: 0, precondition: 0 };
    for (const { verdict } of rows)
        counts[verdict === 'unexpected-pass' ? 'unexpected' : verdict]++;
    return counts;
}

function indent(text) {
    return text.trimEnd().split('\n').map((line) => `      ${line}`).join('\n');
}

function describeRow(row) {
    const what = row.verdict === 'unexpected-pass' ? 'PASS, a known failure that is none any more' : row.status;
    return `  ${row.id}: ${row.name}\n    ${what}${row.message ? `\n${indent(row.message)}` : ''}`;
}

function section(title, lines) {
    return lines.length ? [`\n${title}`, ...lines] : [];
}

function table(summary) {
    const width = Math.max(...summary.results.map(({ id }) => id.length), 10);
    const line = (name, values) => name.padEnd(width) + values.map((value) => String(value || '.').padStart(15)).join('');
    const lines = [line('', ['pass', 'known failure', 'unexpected', 'precondition', 'seconds'])];
    for (const { id, rows, seconds } of summary.results) {
        const counts = countVerdicts(rows);
        lines.push(line(id, [...COUNTED.map((name) => counts[name]), seconds.toFixed(1)]));
    }
    const total = countVerdicts(summary.results.flatMap(({ rows }) => rows));
    lines.push(line('total', COUNTED.map((name) => total[name])));
    return lines;
}

// Names under the reason that they share; --tap and --json have them one by one.
function byReason(items) {
    const groups = new Map();
    for (const { reason, file, name } of items) {
        if (!groups.has(reason))
            groups.set(reason, new Map());
        const files = groups.get(reason);
        files.set(file, [...(files.get(file) || []), ...(name ? [name] : [])]);
    }
    return [...groups].flatMap(([reason, files]) => [`  ${reason}`, ...[...files].flatMap(([file, names]) => (
        names.length > 4 ? [`    ${file}: ${names.length} subtests`]
            : names.length ? names.map((name) => `    ${file}: ${name}`) : [`    ${file}`]))]);
}

// For people.
function print(summary, write) {
    const rows = summary.results.flatMap((result) => result.rows);
    const reasoned = (verdict) => byReason(rows.filter((row) => row.verdict === verdict)
        .map((row) => ({ reason: `${row.status}: ${row.reason || row.message}`, file: row.id, name: row.name })));
    write([
        ...table(summary),
        ...section(`not run: ${summary.notRun.length} files`, byReason(summary.notRun)),
        ...section('known failures', reasoned('expected')),
        ...section('failed preconditions, not counted as passed', reasoned('precondition')),
        ...section('unexpected', rows.filter((row) => row.verdict.startsWith('unexpected')).map(describeRow)),
        ...section('wrong expectations', summary.wrong.map((text) => `  ${text}`)),
        `\n${summary.origin}`,
        summary.ok ? 'every result is as expected' : 'NOT as expected',
    ].join('\n') + '\n');
}

function escape(text) {
    return text.replace(/[\r\n]+/g, ' ').replace(/[\\#]/g, '\\$&');
}

function tapLine(number, row) {
    const name = escape(`${row.id}: ${row.name}`);
    const reason = escape(row.reason || row.message || '');
    switch (row.verdict) {
        case 'pass': return `ok ${number} - ${name}`;
        case 'expected': return `not ok ${number} - ${name} # TODO ${reason}`;
        case 'precondition': return `ok ${number} - ${name} # SKIP PRECONDITION_FAILED ${reason}`;
        // A reader of TAP reports this as a success that was not expected.
        case 'unexpected-pass': return `ok ${number} - ${name} # TODO ${reason}`;
        default: return `not ok ${number} - ${name}\n${`${row.status} ${row.message}`.trimEnd().replace(/^/gm, '# ')}`;
    }
}

function printTap(summary, write) {
    const lines = ['TAP version 13', `# ${escape(summary.origin)}`];
    let number = 0;
    for (const row of summary.results.flatMap((result) => result.rows))
        lines.push(tapLine(++number, row));
    for (const { file, reason } of summary.notRun)
        lines.push(`ok ${++number} - ${escape(file)} # SKIP ${escape(reason)}`);
    for (const text of summary.wrong)
        lines.push(`not ok ${++number} - ${escape(text)}`);
    write([...lines, `1..${number}`].join('\n') + '\n');
}

module.exports = { print, printTap, countVerdicts };
