// SPDX-License-Identifier: MIT
'use strict';

// What VideoDecoder and VideoEncoder share. State and queue size are the engine's; kept here are the callbacks and the
// promises of flushes that have not ended.

const native = require('./native.js');
const webidl = require('./webidl.js');
const { makeError, callBack } = require('./errors.js');
const { EventHandler } = require('./event_handler.js');

const { dispatchEvent } = EventTarget.prototype;
const { Event } = globalThis;

const states = [null, 'unconfigured', 'configured', 'closed'];
const FRAME = 1;
const CHUNK = 2;
const FLUSHED = 3;
const DEQUEUE = 4;
const ERROR = 5;

/** VideoDecoderInit and VideoEncoderInit. */
function toCodecInit(value) {
    const init = webidl.toDictionary(value, 'init');
    const error = webidl.toCallback(webidl.required(init.error, 'error'), 'error');
    const output = webidl.toCallback(webidl.required(init.output, 'output'), 'output');
    return { error, output };
}

class Codec {
    #handle;
    #target;
    #callbacks;
    #toOutput;
    #flushes = new Map();
    #lastFlush = 0;
    #failure = null;
    #uses = 0;

    /**
     * @param target the VideoDecoder or VideoEncoder
     * @param init what it was constructed with
     * @param create native.createDecoder or native.createEncoder
     * @param toOutput makes the arguments of the output callback from those of an event
     */
    constructor(target, init, create, toOutput) {
        this.#target = target;
        this.#callbacks = toCodecInit(init);
        this.#toOutput = toOutput;
        this.ondequeue = new EventHandler(target, 'dequeue');
        this.#handle = create(this);
    }

    get handle() {
        return this.#handle;
    }

    /** To be called after a call that gave the engine work: up to then the object is in use, and not collected. */
    used() {
        this.#uses++;
    }

    get state() {
        return states[native.state(this.#handle)];
    }

    get queueSize() {
        return native.queueSize(this.#handle);
    }

    flush() {
        const id = this.#lastFlush + 1;
        native.flush(this.#handle, id);
        this.#lastFlush = id;
        const promise = new Promise((resolve, reject) => {
            this.#flushes.set(id, { resolve, reject });
        });
        // Nobody has to look at it: close() is no reason to end the process, and errors have a callback of their own.
        promise.catch(() => {});
        return promise;
    }

    reset() {
        native.reset(this.#handle);
        this.#abortFlushes('reset() was called');
    }

    close() {
        native.close(this.#handle);
        this.#abortFlushes('close() was called');
    }

    #abortFlushes(reason) {
        const flushes = [...this.#flushes.values()];
        this.#flushes.clear();
        for (const { reject } of flushes) reject(makeError('AbortError', `the flush was cut off: ${reason}`));
    }

    /** One event of the engine. */
    receive(type, a, b, c) {
        if (type === FRAME || type === CHUNK) callBack(this.#callbacks.output, ...this.#toOutput(a, b));
        else if (type === FLUSHED) this.#endFlush(a, b, c);
        else if (type === DEQUEUE) this.#dequeue();
        else if (type === ERROR) this.#fail(a, b, c);
    }

    #dequeue() {
        Reflect.apply(dispatchEvent, this.#target, [new Event('dequeue')]);
    }

    /** Closing resets, and resetting a codec whose queue is not empty schedules a dequeue event. */
    #fail(name, message, queueSize) {
        this.#failure = makeError(name, message);
        callBack(this.#callbacks.error, this.#failure);
        if (queueSize > 0) this.#dequeue();
    }

    /** Flushes that reset() or close() cut off are settled already, and unknown here. */
    #endFlush(id, errorName, message) {
        const flush = this.#flushes.get(id);
        if (!flush) return;
        this.#flushes.delete(id);
        if (errorName === undefined) flush.resolve();
        else flush.reject(this.#failure?.name === errorName ? this.#failure : makeError(errorName, message));
    }
}

module.exports = { Codec };
