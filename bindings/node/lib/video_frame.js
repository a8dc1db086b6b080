// SPDX-License-Identifier: MIT
'use strict';

const native = require('./native.js');
const webidl = require('./webidl.js');
const { makeError, promiseOf } = require('./errors.js');
const { defineInterface, needArguments, refuseCloning } = require('./interfaces.js');
const { colorSpaceOfCodes } = require('./color_space.js');
const { DOMRectReadOnly } = require('./rect.js');
const { checkTransfer, detach } = require('./transfer.js');
const { toBufferInit, toFrameInit, createFromBuffer, createFromImage, createView } = require('./frame_init.js');
const { readInfo, closedInfo } = require('./frame_info.js');
const { toCopyOptions, allocationSize, copyNow, copy } = require('./frame_copy.js');

/** The method that makes an object of the host a CanvasImageSource: it returns the picture's bytes and format. */
const IMAGE = Symbol.for('libwebcodecs.image');
const WRAP = Symbol('wrap');
const { structuredClone } = globalThis;

let handleOf;
let copySynchronously;

class VideoFrame {
    #handle = null; // null once closed
    #info = null;
    #colorSpace = null;
    #metadata = null;

    constructor(image, init = undefined) {
        refuseCloning(this);
        if (image === WRAP) {
            this.#handle = init;
            return;
        }
        needArguments(arguments.length, 1, 'new VideoFrame()');
        if (arguments.length > 1 && webidl.isBufferSource(image)) this.#takeBuffer(image, init);
        else if (webidl.isObject(image) && #handle in image) this.#takeFrame(image, init);
        else if (webidl.isObject(image) && typeof image[IMAGE] === 'function') this.#takeImage(image, init);
        else webidl.refuse('image', 'must be a VideoFrame, a canvas or image of the host, or a buffer with an init');
    }

    #takeBuffer(data, value) {
        webidl.toBufferSource(data, 'data');
        const init = toBufferInit(value);
        if (init.transfer !== null) checkTransfer(init.transfer);
        const handle = createFromBuffer(webidl.bytesOf(data), init);
        this.#handle = handle;
        if (init.transfer !== null) this.#detachOrClose(init.transfer);
        this.#metadata = init.metadata;
    }

    #detachOrClose(transfer) {
        try {
            detach(transfer);
        } catch (exception) {
            native.closeFrame(this.#handle); // nobody will see this object
            throw exception;
        }
    }

    #takeFrame(source, value) {
        const init = toFrameInit(value);
        const handle = source.#open();
        this.#handle = createView(handle, source.#read(), init);
        this.#metadata = init.metadata ?? source.#metadata;
    }

    #takeImage(source, value) {
        const init = toFrameInit(value);
        this.#handle = createFromImage(source[IMAGE](), init);
        this.#metadata = init.metadata;
    }

    /** The handle, or InvalidStateError when the frame is closed. */
    #open() {
        if (this.#handle === null) throw makeError('InvalidStateError', 'the VideoFrame is closed');
        return this.#handle;
    }

    #read() {
        return (this.#info ??= readInfo(this.#handle));
    }

    get format() {
        return this.#read().format;
    }

    get codedWidth() {
        return this.#read().codedWidth;
    }

    get codedHeight() {
        return this.#read().codedHeight;
    }

    get codedRect() {
        if (this.#handle === null) return null;
        const { codedWidth, codedHeight } = this.#read();
        return new DOMRectReadOnly(0, 0, codedWidth, codedHeight);
    }

    get visibleRect() {
        if (this.#handle === null) return null;
        const { x, y, width, height } = this.#read();
        return new DOMRectReadOnly(x, y, width, height);
    }

    get rotation() {
        return this.#read().rotation;
    }

    get flip() {
        return this.#read().flip;
    }

    get displayWidth() {
        return this.#read().displayWidth;
    }

    get displayHeight() {
        return this.#read().displayHeight;
    }

    get duration() {
        return this.#read().duration;
    }

    get timestamp() {
        return this.#read().timestamp;
    }

    get colorSpace() {
        const { primaries, transfer, matrix, range } = this.#read();
        return (this.#colorSpace ??= colorSpaceOfCodes(primaries, transfer, matrix, range));
    }

    metadata() {
        this.#open();
        return this.#metadata === null ? {} : structuredClone(this.#metadata);
    }

    allocationSize(options = {}) {
        const info = this.#handle === null ? null : this.#read();
        const converted = toCopyOptions(options);
        return allocationSize(this.#open(), info, converted);
    }

    copyTo(destination, options = {}) {
        return promiseOf(() => {
            const info = this.#handle === null ? null : this.#read();
            needArguments(arguments.length, 1, 'VideoFrame.copyTo()');
            webidl.toBufferSource(destination, 'destination');
            const converted = toCopyOptions(options);
            const handle = this.#open();
            if (webidl.isDetached(destination)) webidl.refuse('destination', 'must not be detached');
            return copy(handle, info, converted, webidl.bytesOf(destination));
        });
    }

    clone() {
        const clone = new VideoFrame(WRAP, native.cloneFrame(this.#open()));
        clone.#info = this.#info;
        clone.#metadata = this.#metadata;
        return clone;
    }

    close() {
        const handle = this.#handle;
        if (handle === null) return;
        this.#info = closedInfo(this.#read());
        this.#colorSpace = null;
        this.#metadata = null;
        this.#handle = null;
        native.closeFrame(handle);
    }

    static {
        handleOf = (value) => (webidl.isObject(value) && #handle in value ? value.#handle : undefined);
        copySynchronously = (frame, options) => {
            const handle = frame.#open();
            const bytes = new Uint8Array(allocationSize(handle, frame.#read(), options));
            copyNow(handle, frame.#read(), options, bytes);
            return bytes;
        };
    }
}

defineInterface(VideoFrame);

/** A VideoFrame around a handle of the addon. */
function wrapFrame(handle) {
    return new VideoFrame(WRAP, handle);
}

/** The pixels of a frame at once; `format`, `colorSpace` and `rect` as in VideoFrameCopyToOptions. */
function readPixels(frame, options) {
    return copySynchronously(frame, toCopyOptions(options));
}

// `handleOf` gives undefined for what is not a VideoFrame, and null for one that is closed.
module.exports = { VideoFrame, wrapFrame, handleOf, readPixels };
