// SPDX-License-Identifier: MIT

/* The globals that importing this package's polyfill makes. Where "dom" is in scope, its declarations stay. */
import * as webcodecs from './index.js';

type InDom<Yes, No> = typeof globalThis extends { onmessage: any } ? Yes : No;

type PlainFrame = InDom<{}, webcodecs.VideoFrame>;
type PlainChunk = InDom<{}, webcodecs.EncodedVideoChunk>;
type PlainColorSpace = InDom<{}, webcodecs.VideoColorSpace>;
type PlainDecoder = InDom<{}, webcodecs.VideoDecoder>;
type PlainEncoder = InDom<{}, webcodecs.VideoEncoder>;
type PlainRect = InDom<{}, webcodecs.DOMRectReadOnly>;

declare global {
    interface VideoFrame extends PlainFrame {}
    interface EncodedVideoChunk extends PlainChunk {}
    interface VideoColorSpace extends PlainColorSpace {}
    interface VideoDecoder extends PlainDecoder {}
    interface VideoEncoder extends PlainEncoder {}
    interface DOMRectReadOnly extends PlainRect {}

    var VideoFrame: typeof globalThis extends { onmessage: any; VideoFrame: infer T } ? T : typeof webcodecs.VideoFrame;
    var EncodedVideoChunk: typeof globalThis extends { onmessage: any; EncodedVideoChunk: infer T }
        ? T
        : typeof webcodecs.EncodedVideoChunk;
    var VideoColorSpace: typeof globalThis extends { onmessage: any; VideoColorSpace: infer T }
        ? T
        : typeof webcodecs.VideoColorSpace;
    var VideoDecoder: typeof globalThis extends { onmessage: any; VideoDecoder: infer T }
        ? T
        : typeof webcodecs.VideoDecoder;
    var VideoEncoder: typeof globalThis extends { onmessage: any; VideoEncoder: infer T }
        ? T
        : typeof webcodecs.VideoEncoder;
    var DOMRectReadOnly: typeof globalThis extends { onmessage: any; DOMRectReadOnly: infer T }
        ? T
        : typeof webcodecs.DOMRectReadOnly;
}
