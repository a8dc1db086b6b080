// SPDX-License-Identifier: MIT
'use strict';

const native = require('./native.js');
const { Codec } = require('./codec.js');
const { promiseOf } = require('./errors.js');
const { defineInterface, needArguments } = require('./interfaces.js');
const { toDecoderConfig, echo } = require('./configs.js');
const { refuse } = require('./webidl.js');
const { handleOf } = require('./encoded_video_chunk.js');
const { wrapFrame } = require('./video_frame.js');

class VideoDecoder extends EventTarget {
    #codec;

    constructor(init) {
        super();
        needArguments(arguments.length, 1, 'new VideoDecoder()');
        this.#codec = new Codec(this, init, native.createDecoder, (frame) => [wrapFrame(frame)]);
    }

    static isConfigSupported(config) {
        return promiseOf(() => {
            needArguments(arguments.length, 1, 'VideoDecoder.isConfigSupported()');
            const converted = toDecoderConfig(config);
            const { supported } = native.decoderSupport(converted);
            return Promise.resolve({ supported, config: echo(converted) });
        });
    }

    get state() {
        return this.#codec.state;
    }

    get decodeQueueSize() {
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
        needArguments(arguments.length, 1, 'VideoDecoder.configure()');
        native.configureDecoder(codec.handle, toDecoderConfig(config));
        codec.used();
    }

    decode(chunk) {
        const codec = this.#codec;
        const chunkHandle = handleOf(chunk);
        if (chunkHandle === undefined) refuse('chunk', 'must be an EncodedVideoChunk');
        native.decode(codec.handle, chunkHandle);
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

defineInterface(VideoDecoder);

module.exports = { VideoDecoder };
