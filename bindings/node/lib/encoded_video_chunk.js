// SPDX-License-Identifier: MIT
'use strict';

const native = require('./native.js');
const webidl = require('./webidl.js');
const { defineInterface, needArguments, refuseCloning } = require('./interfaces.js');
const { checkTransfer, detach } = require('./transfer.js');
const { chunk: word } = require('./words.js');

const { exchange } = native;
const { required } = webidl;

const WRAP = Symbol('wrap');
const KEY = 1;
const types = new Set(['key', 'delta']);

let handleOf;

/** EncodedVideoChunkInit, its members read in the order of WebIDL. */
function toChunkInit(value) {
    const init = webidl.toDictionary(value, 'init');
    const data = webidl.toBufferSource(required(init.data, 'data'), 'data');
    const duration = init.duration;
    const converted = { data, duration: NaN, timestamp: 0, transfer: null, type: 'delta' };
    if (duration !== undefined) converted.duration = webidl.toUint64(duration, 'duration');
    converted.timestamp = webidl.toInt64(required(init.timestamp, 'timestamp'), 'timestamp');
    const transfer = init.transfer;
    if (transfer !== undefined) converted.transfer = webidl.toTransfer(transfer, 'transfer');
    converted.type = webidl.toEnum(required(init.type, 'type'), 'type', types);
    return converted;
}

function readInfo(handle) {
    native.chunkInfo(handle);
    return {
        type: exchange[word.TYPE] === KEY ? 'key' : 'delta',
        timestamp: exchange[word.TIMESTAMP],
        duration: exchange[word.HAS_DURATION] === 0 ? null : exchange[word.DURATION],
        byteLength: exchange[word.BYTE_LENGTH],
    };
}

class EncodedVideoChunk {
    #handle;
    #info = null;

    constructor(init) {
        refuseCloning(this);
        if (init === WRAP) {
            this.#handle = arguments[1];
            return;
        }
        needArguments(arguments.length, 1, 'new EncodedVideoChunk()');
        const { type, timestamp, duration, data, transfer } = toChunkInit(init);
        if (transfer !== null) checkTransfer(transfer);
        this.#handle = native.createChunk(type === 'key', timestamp, duration, webidl.bytesOf(data));
        if (transfer !== null) detach(transfer);
    }

    #read() {
        return (this.#info ??= readInfo(this.#handle));
    }

    get type() {
        return this.#read().type;
    }

    get timestamp() {
        return this.#read().timestamp;
    }

    get duration() {
        return this.#read().duration;
    }

    get byteLength() {
        return this.#read().byteLength;
    }

    copyTo(destination) {
        const handle = this.#handle;
        needArguments(arguments.length, 1, 'EncodedVideoChunk.copyTo()');
        webidl.toBufferSource(destination, 'destination');
        if (webidl.isDetached(destination)) webidl.refuse('destination', 'must not be detached');
        native.chunkCopyTo(handle, webidl.bytesOf(destination));
    }

    static {
        handleOf = (value) => (webidl.isObject(value) && #handle in value ? value.#handle : undefined);
    }
}

defineInterface(EncodedVideoChunk);

/** An EncodedVideoChunk around a handle of the addon. */
function wrapChunk(handle) {
    return new EncodedVideoChunk(WRAP, handle);
}

// `handleOf` gives undefined for what is not an EncodedVideoChunk.
module.exports = { EncodedVideoChunk, wrapChunk, handleOf };
