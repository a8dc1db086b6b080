// SPDX-License-Identifier: MIT

/*
 * With "dom" in scope, and once more with @types/dom-webcodecs: what is written for browsers takes the classes of this
 * package, and this package takes what is typed for browsers.
 */
import * as webcodecs from 'libwebcodecs';
import 'libwebcodecs/polyfill';

declare const ours: {
    decoder: webcodecs.VideoDecoder;
    encoder: webcodecs.VideoEncoder;
    frame: webcodecs.VideoFrame;
    chunk: webcodecs.EncodedVideoChunk;
    space: webcodecs.VideoColorSpace;
    rect: webcodecs.DOMRectReadOnly;
    metadata: webcodecs.EncodedVideoChunkMetadata;
    decoderSupport: webcodecs.VideoDecoderSupport;
    encoderSupport: webcodecs.VideoEncoderSupport;
};
const decoder: VideoDecoder = ours.decoder;
const encoder: VideoEncoder = ours.encoder;
const frame: VideoFrame = ours.frame;
const chunk: EncodedVideoChunk = ours.chunk;
const space: VideoColorSpace = ours.space;
const rect: DOMRectReadOnly = ours.rect;
const metadata: EncodedVideoChunkMetadata = ours.metadata;
const target: EventTarget = ours.encoder;

/* The interface objects: a program that takes the classes as parameters. */
const classes: {
    VideoDecoder: typeof VideoDecoder;
    VideoEncoder: typeof VideoEncoder;
    VideoFrame: typeof VideoFrame;
    EncodedVideoChunk: typeof EncodedVideoChunk;
    VideoColorSpace: typeof VideoColorSpace;
} = webcodecs;

/* The dictionaries and callbacks that are typed for browsers. */
declare const theirs: {
    decoderInit: VideoDecoderInit;
    encoderInit: VideoEncoderInit;
    decoderConfig: VideoDecoderConfig;
    encoderConfig: VideoEncoderConfig;
    bufferInit: VideoFrameBufferInit;
    frameInit: VideoFrameInit;
    chunkInit: EncodedVideoChunkInit;
    copyOptions: VideoFrameCopyToOptions;
    encodeOptions: VideoEncoderEncodeOptions;
    spaceInit: VideoColorSpaceInit;
};
const ourDecoder = new webcodecs.VideoDecoder(theirs.decoderInit);
const ourEncoder = new webcodecs.VideoEncoder(theirs.encoderInit);
ourDecoder.configure(theirs.decoderConfig);
ourEncoder.configure(theirs.encoderConfig);
const made = new webcodecs.VideoFrame(new Uint8Array(6), theirs.bufferInit);
const view = new webcodecs.VideoFrame(frame, theirs.frameInit);
ourEncoder.encode(frame, theirs.encodeOptions);
ourDecoder.decode(chunk);
new webcodecs.EncodedVideoChunk(theirs.chunkInit);
new webcodecs.VideoColorSpace(theirs.spaceInit);
const copied: Promise<PlaneLayout[]> = made.copyTo(new Uint8Array(6), theirs.copyOptions);

/* Out of one and into the other. */
new webcodecs.VideoEncoder({
    output(output: EncodedVideoChunk, told?: EncodedVideoChunkMetadata) {
        if (told?.decoderConfig) decoder.configure(told.decoderConfig);
        decoder.decode(output);
    },
    error: (error: DOMException) => void error.name,
});
ourEncoder.ondequeue = function (event: Event) {
    void [this, event];
};

async function query(): Promise<boolean | undefined> {
    const support: VideoEncoderSupport = await webcodecs.VideoEncoder.isConfigSupported(theirs.encoderConfig);
    const more: VideoDecoderSupport = ours.decoderSupport;
    return support.supported && more.supported;
}

// @ts-expect-error the types above are no any
const wrong: 'unknown' = ours.frame.format;
// @ts-expect-error
const alsoWrong: 'unknown' = ours.space.primaries;

export { wrong, alsoWrong, encoder, space, rect, metadata, target, classes, view, copied, query };
