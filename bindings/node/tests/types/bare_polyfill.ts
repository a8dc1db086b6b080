// SPDX-License-Identifier: MIT

/* The globals of the polyfill without "dom". */
import 'libwebcodecs/polyfill';
import * as webcodecs from 'libwebcodecs';

const frame: VideoFrame = new VideoFrame(new ArrayBuffer(16), {
    format: 'RGBA',
    codedWidth: 2,
    codedHeight: 2,
    timestamp: 0,
});
const same: webcodecs.VideoFrame = frame;
const encoder: VideoEncoder = new VideoEncoder({ output: (chunk) => void chunk.type, error() {} });
const decoder: VideoDecoder = new VideoDecoder({ output: (output: VideoFrame) => output.close(), error() {} });
const chunk: EncodedVideoChunk = new EncodedVideoChunk({ type: 'key', timestamp: 0, data: new Uint8Array(1) });
const space: VideoColorSpace = new VideoColorSpace({ primaries: 'smpte432' });
const rect: DOMRectReadOnly | null = frame.visibleRect;
encoder.encode(same);
decoder.decode(chunk);

export { space, rect };
