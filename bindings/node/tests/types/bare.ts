// SPDX-License-Identifier: MIT

/* Without "dom" and without @types/node: the types stand on their own. */
import {
    VideoDecoder,
    VideoEncoder,
    VideoFrame,
    EncodedVideoChunk,
    VideoColorSpace,
    type VideoDecoderConfig,
    type VideoEncoderConfig,
    type VideoPixelFormat,
} from 'libwebcodecs';

const config: VideoEncoderConfig = {
    codec: 'avc1.64001f',
    width: 1280,
    height: 720,
    bitrateMode: 'quantizer',
    avc: { format: 'annexb' },
};
const frame = new VideoFrame(new Uint8Array(16), {
    format: 'I420P10',
    codedWidth: 2,
    codedHeight: 2,
    timestamp: 0,
    colorSpace: { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl' },
});
const view: VideoFrame = new VideoFrame(frame, { timestamp: 5, rotation: 90, flip: true });
const format: VideoPixelFormat | null = view.format;
const highDepth: boolean = format === 'I420P10';
const primaries: string | null = new VideoColorSpace().primaries;
let decoderConfig: VideoDecoderConfig | undefined;

const encoder = new VideoEncoder({
    output(chunk, metadata) {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        decoderConfig = metadata.decoderConfig;
        const layer: number | undefined = metadata.svc?.temporalLayerId;
        void layer;
    },
    error: (error) => void (error.name === 'EncodingError' && error.message),
});
encoder.configure(config);
encoder.encode(frame, { keyFrame: true, avc: { quantizer: 20 } });
encoder.ondequeue = (event) => void event.type;
encoder.addEventListener('dequeue', function (event) {
    void [this.encodeQueueSize, event.type];
});
encoder.ondequeue = null;

const decoder = new VideoDecoder({ output: (output) => output.close(), error() {} });
decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: new SharedArrayBuffer(8) }));
const done: Promise<void> = decoder.flush();

async function query(): Promise<boolean> {
    const { supported, config: echo } = await VideoEncoder.isConfigSupported(config);
    return supported && echo.codec === config.codec;
}

// @ts-expect-error a config without sizes
encoder.configure({ codec: 'vp8' });
// @ts-expect-error no such format
new VideoFrame(new Uint8Array(4), { format: 'YUYV', codedWidth: 1, codedHeight: 1, timestamp: 0 });
// @ts-expect-error a string is no source
new VideoFrame('picture', { timestamp: 0 });
// @ts-expect-error read only
frame.timestamp = 1;

export { highDepth, primaries, decoderConfig, done, query };
