// SPDX-License-Identifier: MIT
'use strict';

const native = require('./native.js');
const { Codec } = require('./codec.js');
const { promiseOf } = require('./errors.js');
const { defineInterface, needArguments } = require('./interfaces.js');
const { toEncoderConfig, toEncodeOptions, echo, optionsFamily } = require('./configs.js');
const { refuse } = require('./webidl.js');
const { wrapChunk } = require('./encoded_video_chunk.js');
const { handleOf } = require('./video_frame.js');

const NO_QUANTIZER = -1;

/** EncodedVideoChunkMetadata, with buffers as browsers have them. */
function toMetadata(metadata) {
    const { decoderConfig } = metadata;
    if (decoderConfig?.description !== undefined) decoderConfig.description = bufferOf(decoderConfig.description);
    return metadata;
}

function bufferOf(bytes) {
    return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

class VideoEncoder extends EventTarget {
    #codec;
    #family; // of the config, by the name of its encode options

    constructor(init) {
        super();
        needArguments(arguments.length, 1, 'new VideoEncoder()');
        this.#codec = new Codec(this, init, native.createEncoder, (chunk, metadata) => [
            wrapChunk(chunk),
            toMetadata(metadata),
        ]);
    }

    static isConfigSupported(config) {
        return promiseOf(() => {
            needArguments(arguments.length, 1, 'VideoEncoder.isConfigSupported()');
            const converted = toEncoderConfig(config);
            const { supported } = native.encoderSupport(converted);
            return Promise.resolve({ supported, config: echo(converted) });
        });
    }

    get state() {
        return this.#codec.state;
    }

    get encodeQueueSize() {
        return this.#codec.queueSize;
    }

    get ondequeue() {
        return this.#codec.ondequeue.value;
    }

    set ondequeue(handler) {
        this.#codec.ondequeue.value = handler;
    }

    configure(config) {
        const codec = this.#codec;
        needArguments(arguments.length, 1, 'VideoEncoder.configure()');
        const converted = toEncoderConfig(config);
        native.configureEncoder(codec.handle, converted);
        codec.used();
        this.#family = optionsFamily(converted.codec);
    }

    encode(frame, options = undefined) {
        const codec = this.#codec;
        if (handleOf(frame) === undefined) refuse('frame', 'must be a VideoFrame');
        const converted = toEncodeOptions(options);
        const frameHandle = handleOf(frame);
        if (frameHandle === null) refuse('frame', 'is closed');
        const quantizer = converted[this.#family]?.quantizer ?? NO_QUANTIZER;
        native.encode(codec.handle, frameHandle, converted.keyFrame, quantizer);
        codec.used();
    }

    flush() {
        return promiseOf(() => this.#codec.flush());
    }

    reset() {
        this.#codec.reset();
    }

    close() {
        this.#codec.close();
    }
}

defineInterface(VideoEncoder);

module.exports = { VideoEncoder };
