// SPDX-License-Identifier: MIT
'use strict';

// The addon, set up once for this environment (the main thread or a worker). The codec objects given to
// createDecoder and createEncoder as owners have a method `receive`, which gets their events.

const fs = require('node:fs');
const path = require('node:path');
const { makeError, reportException } = require('./errors.js');

const WORDS = 64;
// Those of the start: a program may put fakes in their places, and events must go on.
const { setImmediate } = globalThis;

function addonPath() {
    return process.env.WEBC_NODE_BINDING
        ? path.resolve(process.env.WEBC_NODE_BINDING)
        : path.join(__dirname, '..', 'build', 'webcodecs.node');
}

function load(file) {
    const help = process.env.WEBC_NODE_BINDING
        ? 'WEBC_NODE_BINDING names that file.'
        : `Run "npm run build" in ${path.dirname(__dirname)}, or set WEBC_NODE_BINDING to the addon's path.`;
    if (!fs.existsSync(file)) throw new Error(`libwebcodecs: there is no addon at ${file}. ${help}`);
    try {
        return require(file);
    } catch (cause) {
        throw new Error(
            `libwebcodecs: the addon ${file} cannot be loaded into Node ${process.version} ` +
                `(${process.platform}-${process.arch}): ${cause.message}. ${help}`,
            { cause },
        );
    }
}

function dispatch(owner, type, a, b, c) {
    try {
        owner.receive(type, a, b, c);
    } catch (exception) {
        reportException(exception);
    }
}

function setUp(native) {
    const exchange = new Float64Array(WORDS);
    const later = () => {
        setImmediate(() => native.resume());
    };
    native.init({ exchange, dispatch, makeError, later });
    native.exchange = exchange;
    return native;
}

const native = load(addonPath());

module.exports = native.exchange ? native : setUp(native);
