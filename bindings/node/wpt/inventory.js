// SPDX-License-Identifier: MIT
'use strict';

// The test files of a folder, and the jobs that come of them: one for each variant of each file.

const fs = require('fs');
const path = require('path');

// What a runner of web-platform-tests could be asked to run; helpers in .js are not tests.
function findFiles(folder) {
    return fs.readdirSync(folder).filter((name) => /\.(any\.js|window\.js|worker\.js|html)$/.test(name)).sort();
}

function readMeta(text) {
    const meta = { script: [], variant: [], global: [], timeout: 'normal' };
    for (const line of text.split('\n')) {
        const found = /^\/\/\s*META:\s*(\w+)=(.*?)\s*$/.exec(line);
        if (!found && !line.startsWith('//'))
            break;
        const [, key, value] = found || [];
        if (key === 'global')
            meta.global = value.split(',').map((name) => name.trim());
        else if (key === 'timeout')
            meta.timeout = value;
        else if (key === 'script' || key === 'variant')
            meta[key].push(value);
    }
    return meta;
}

// A worker where the test allows one: it has no document, and neither has Node.
function scopeOf(meta) {
    const worker = meta.global.length === 0 || meta.global.some((name) => name === 'worker' || name === 'dedicatedworker');
    return worker ? 'dedicatedworker' : 'window';
}

// address is that of the folder on the tests' server; own tests keep it in their names.
function makeJobs(folder, address, name, limits) {
    const meta = readMeta(fs.readFileSync(path.join(folder, name), 'utf8'));
    const variants = meta.variant.length ? meta.variant : [''];
    return variants.map((variant) => ({
        id: (address === '/own' ? 'own/' : '') + name + variant,
        page: `${address}/${name}`,
        variant,
        scope: name.endsWith('.window.js') ? 'window' : scopeOf(meta),
        scripts: meta.script,
        isolated: name.includes('.crossOriginIsolated.'),
        limit: limits[meta.timeout] || limits.normal,
    }));
}

module.exports = { findFiles, readMeta, makeJobs };
