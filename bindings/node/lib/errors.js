// SPDX-License-Identifier: MIT
'use strict';

// Those of the start: a program may put fakes in their places.
const { DOMException } = globalThis;
const { nextTick } = process;

/** The object to throw for a WebIDL error name: a JavaScript error where there is one of that name, else a DOMException. */
function makeError(name, message) {
    if (name === 'TypeError') return new TypeError(message);
    if (name === 'RangeError') return new RangeError(message);
    return new DOMException(message, name);
}

/**
 * Hand an exception of a callback to the process, as `reportError` does in browsers: 'uncaughtException', or the
 * 'error' event of a worker. The caller goes on.
 */
function reportException(exception) {
    nextTick(() => {
        throw exception;
    });
}

/** Call back with `undefined` as this; what it throws is reported. */
function callBack(callback, ...values) {
    try {
        Reflect.apply(callback, undefined, values);
    } catch (exception) {
        reportException(exception);
    }
}

/** The promise of an operation that has `steps`: what they throw rejects it, as WebIDL wants. */
function promiseOf(steps) {
    try {
        return steps();
    } catch (exception) {
        return Promise.reject(exception);
    }
}

module.exports = { makeError, reportException, callBack, promiseOf };
