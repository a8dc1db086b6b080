// SPDX-License-Identifier: MIT
'use strict';

// What the tests expect of a dedicated worker (or of a window, where a test asks for one) and Node does not have.

const fs = require('fs');
const path = require('path');
const canvas = require('./canvas.js');

const ORIGIN = 'https://web-platform.test';

function define(name, value) {
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}

// The server of the tests has a few files under other names.
const ALIASES = { '/resources/WebIDLParser.js': '/resources/webidl2/lib/webidl2.js' };

// The file that an address of the tests' server stands for; base is the path of the document. Own tests lie elsewhere.
function resolveFile({ root, own, page }, address) {
    const { origin, pathname } = new URL(address, ORIGIN + page);
    if (origin !== ORIGIN)
        throw new TypeError(`${address} is on another server, and there is none`);
    const file = decodeURIComponent(ALIASES[pathname] || pathname);
    return file.startsWith('/own/') ? path.join(own, file.slice('/own/'.length)) : path.join(root, file);
}

function installFetch(job) {
    define('fetch', async (address) => {
        const file = resolveFile(job, String(address));
        if (!fs.existsSync(file))
            return new Response('not found', { status: 404 });
        return new Response(fs.readFileSync(file));
    });
}

// Errors that nobody caught reach the harness as they would in a browser.
function installErrorEvents() {
    const target = new EventTarget();
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'])
        define(name, target[name].bind(target));
    const report = (type, members) => target.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), members));
    const place = { filename: '', lineno: 0, colno: 0 };
    const reportError = (error) => report('error', { error, message: `Uncaught ${error}`, ...place });
    process.on('uncaughtException', reportError);
    process.on('unhandledRejection', (reason, promise) => report('unhandledrejection', { reason, promise }));
    return reportError;
}

// Newer than the oldest Node; what the tests do with it is to detach a buffer.
function installNewBuiltins() {
    if (ArrayBuffer.prototype.transferToFixedLength)
        return;
    Object.defineProperty(ArrayBuffer.prototype, 'transferToFixedLength', {
        value() { return structuredClone(this, { transfer: [this] }); },
        writable: true,
        configurable: true,
    });
}

function installCanvas(readPixels) {
    const { frames, ...interfaces } = canvas;
    frames.readPixels = readPixels;
    for (const [name, value] of Object.entries(interfaces))
        define(name, value);
}

function installGlobals(job, readPixels) {
    const { page, variant, scope, isolated } = job;
    define('self', globalThis);
    define('location', new URL(ORIGIN + page + variant));
    define('isSecureContext', true);
    define('crossOriginIsolated', isolated);
    define('GLOBAL', {
        isWindow: () => scope === 'window',
        isWorker: () => scope !== 'window',
        isShadowRealm: () => false,
    });
    if (scope === 'window') {
        define('window', globalThis);
        // What a page does to its state, which is not kept.
        define('history', { pushState: (state) => { structuredClone(state); } });
    }
    installNewBuiltins();
    installFetch(job);
    installCanvas(readPixels);
    return installErrorEvents();
}

// The kind of global, by which idlharness.js knows what is to be exposed. Defined after testharness.js has been run, which
// would otherwise wait for a document or for messages.
function installScope(scope) {
    class Scope {
        static [Symbol.hasInstance](object) { return object === globalThis; }
    }
    define(scope === 'window' ? 'Window' : 'DedicatedWorkerGlobalScope', Scope);
}

module.exports = { define, resolveFile, installGlobals, installScope };
