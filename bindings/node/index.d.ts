// SPDX-License-Identifier: MIT

/*
 * The types stand on their own: neither "dom" nor @types/node is needed. Where one of them is in scope its Event,
 * EventTarget and DOMException are the ones used here, and what comes out of this package fits the WebCodecs types of
 * "dom". Those know fewer pixel formats and colour names than the specification: attributes then have what they know.
 */

interface PlainEvent {
    readonly type: string;
    readonly target: any;
    readonly currentTarget: any;
    preventDefault(): void;
}
type HostEvent = typeof globalThis extends { Event: { prototype: infer T } } ? T : PlainEvent;

interface PlainEventTarget {
    addEventListener(
        type: string,
        listener: ((event: any) => any) | { handleEvent(event: any): any },
        options?: boolean | { once?: boolean; passive?: boolean; capture?: boolean; signal?: any },
    ): void;
    removeEventListener(
        type: string,
        listener: ((event: any) => any) | { handleEvent(event: any): any },
        options?: boolean | { capture?: boolean },
    ): void;
    dispatchEvent(event: any): boolean;
}
type HostEventTarget = typeof globalThis extends { EventTarget: { prototype: infer T } } ? T : PlainEventTarget;
type AddArguments = Parameters<HostEventTarget extends PlainEventTarget ? HostEventTarget['addEventListener'] : never>;
type RemoveArguments = Parameters<
    HostEventTarget extends PlainEventTarget ? HostEventTarget['removeEventListener'] : never
>;

interface PlainDOMException extends Error {
    readonly code: number;
}
type HostDOMException = typeof globalThis extends { DOMException: { prototype: infer T } } ? T : PlainDOMException;

/*
 * What "dom" declares; it alone has a global onmessage. Two questions, one in the other: asked at once they would be
 * asked of the polyfill's globals too, which are made of the answers.
 */
type DomFrame = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { VideoFrame: { prototype: infer T } }
        ? T
        : never
    : never;
type DomChunk = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { EncodedVideoChunk: { prototype: infer T } }
        ? T
        : never
    : never;
type Format = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { VideoFrame: { prototype: { readonly format: infer T } } }
        ? T
        : VideoPixelFormat | null
    : VideoPixelFormat | null;
type Primaries = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { VideoColorSpace: { prototype: { readonly primaries: infer T } } }
        ? T
        : VideoColorPrimaries | null
    : VideoColorPrimaries | null;
type Transfer = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { VideoColorSpace: { prototype: { readonly transfer: infer T } } }
        ? T
        : VideoTransferCharacteristics | null
    : VideoTransferCharacteristics | null;
type Matrix = typeof globalThis extends { onmessage: any }
    ? typeof globalThis extends { VideoColorSpace: { prototype: { readonly matrix: infer T } } }
        ? T
        : VideoMatrixCoefficients | null
    : VideoMatrixCoefficients | null;

export type AllowSharedBufferSource = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;
export type AlphaOption = 'discard' | 'keep';
export type AvcBitstreamFormat = 'annexb' | 'avc';
export type HevcBitstreamFormat = 'annexb' | 'hevc';
export type CodecState = 'closed' | 'configured' | 'unconfigured';
export type EncodedVideoChunkType = 'delta' | 'key';
export type HardwareAcceleration = 'no-preference' | 'prefer-hardware' | 'prefer-software';
export type LatencyMode = 'quality' | 'realtime';
export type PredefinedColorSpace = 'display-p3' | 'srgb';
export type VideoColorPrimaries = 'bt709' | 'bt470bg' | 'smpte170m' | 'bt2020' | 'smpte432';
export type VideoEncoderBitrateMode = 'constant' | 'quantizer' | 'variable';
export type VideoMatrixCoefficients = 'rgb' | 'bt709' | 'bt470bg' | 'smpte170m' | 'bt2020-ncl';
export type VideoTransferCharacteristics = 'bt709' | 'smpte170m' | 'iec61966-2-1' | 'linear' | 'pq' | 'hlg';
export type VideoPixelFormat =
    | 'I420'
    | 'I420P10'
    | 'I420P12'
    | 'I420A'
    | 'I420AP10'
    | 'I420AP12'
    | 'I422'
    | 'I422P10'
    | 'I422P12'
    | 'I422A'
    | 'I422AP10'
    | 'I422AP12'
    | 'I444'
    | 'I444P10'
    | 'I444P12'
    | 'I444A'
    | 'I444AP10'
    | 'I444AP12'
    | 'NV12'
    | 'RGBA'
    | 'RGBX'
    | 'BGRA'
    | 'BGRX';

export interface DOMRectInit {
    x?: number;
    y?: number;
    width?: number;
    height?: number;
}

export interface PlaneLayout {
    offset: number;
    stride: number;
}

export interface VideoColorSpaceInit {
    primaries?: VideoColorPrimaries | null | undefined;
    transfer?: VideoTransferCharacteristics | null | undefined;
    matrix?: VideoMatrixCoefficients | null | undefined;
    fullRange?: boolean | null | undefined;
}

/** The members of a VideoColorSpace, all of them. */
export interface VideoColorSpaceMembers {
    primaries: Primaries;
    transfer: Transfer;
    matrix: Matrix;
    fullRange: boolean | null;
}

export interface VideoDecoderConfig {
    codec: string;
    description?: AllowSharedBufferSource | undefined;
    codedWidth?: number | undefined;
    codedHeight?: number | undefined;
    displayAspectWidth?: number | undefined;
    displayAspectHeight?: number | undefined;
    colorSpace?: VideoColorSpaceInit | undefined;
    hardwareAcceleration?: HardwareAcceleration | undefined;
    optimizeForLatency?: boolean | undefined;
    rotation?: number | undefined;
    flip?: boolean | undefined;
}

/** What this implementation takes beyond WebCodecs; others pass it over. */
export interface VideoEncoderExtensions {
    /**
     * How hard the encoder works, by its own name or number: H.264 and HEVC "ultrafast" to "placebo", VP8 "3" to "16",
     * VP9 "0" to "8", AV1 "5" to "8" (of SVT-AV1 "8" to "12"). Not for bitrateMode "quantizer". Default: this package's choice for latencyMode.
     */
    preset?: string | undefined;
    /** H.264 and HEVC in latencyMode "quality": B-frames in a row at most; chunks then come in decoding order. Default 0. */
    bFrames?: number | undefined;
    /** Frames from a key frame to the next at most. Default 250. */
    keyInterval?: number | undefined;
    /** Threads of the codec. Default: by the CPUs. */
    threadCount?: number | undefined;
    /** Refuse frames of another visible size with a TypeError instead of scaling them. Default false. */
    exactSize?: boolean | undefined;
}

export interface VideoEncoderConfig {
    codec: string;
    width: number;
    height: number;
    displayWidth?: number | undefined;
    displayHeight?: number | undefined;
    bitrate?: number | undefined;
    framerate?: number | undefined;
    hardwareAcceleration?: HardwareAcceleration | undefined;
    alpha?: AlphaOption | undefined;
    /** L1T1; with VP8 and VP9 L1T2 and L1T3 too. */
    scalabilityMode?: string | undefined;
    bitrateMode?: VideoEncoderBitrateMode | undefined;
    latencyMode?: LatencyMode | undefined;
    contentHint?: string | undefined;
    avc?: { format?: AvcBitstreamFormat | undefined } | undefined;
    hevc?: { format?: HevcBitstreamFormat | undefined } | undefined;
    av1?: { forceScreenContentTools?: boolean | undefined } | undefined;
    libwebcodecs?: VideoEncoderExtensions | undefined;
}

export interface VideoDecoderSupport {
    supported: boolean;
    /** The members that are known, with defaults written out. */
    config: VideoDecoderConfig & { description?: ArrayBuffer; colorSpace?: VideoColorSpaceMembers };
}

export interface VideoEncoderSupport {
    supported: boolean;
    /** The members that are known, with defaults written out. */
    config: VideoEncoderConfig;
}

/** A quantizer for this frame, in bitrateMode "quantizer" only: H.264 0 to 51, VP9 0 to 255. */
export interface VideoEncoderQuantizerOptions {
    quantizer?: number | null | undefined;
}

export interface VideoEncoderEncodeOptions {
    keyFrame?: boolean | undefined;
    avc?: VideoEncoderQuantizerOptions | undefined;
    hevc?: VideoEncoderQuantizerOptions | undefined;
    vp9?: VideoEncoderQuantizerOptions | undefined;
    av1?: VideoEncoderQuantizerOptions | undefined;
}

export interface VideoDecoderInit {
    output: (frame: VideoFrame) => void;
    error: (error: HostDOMException) => void;
}

export interface VideoEncoderInit {
    output: (chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata) => void;
    error: (error: HostDOMException) => void;
}

/** The config that decodes what an encoder makes. */
export interface EncodedVideoDecoderConfig extends VideoDecoderConfig {
    description?: ArrayBuffer;
    codedWidth: number;
    codedHeight: number;
    colorSpace: VideoColorSpaceMembers;
}

export interface EncodedVideoChunkMetadata {
    /** With the first chunk, and where it has changed. */
    decoderConfig?: EncodedVideoDecoderConfig;
    /** With more than one temporal layer. */
    svc?: { temporalLayerId: number };
    /** With alpha "keep": the alpha of the frame, coded as a stream of its own. */
    alphaSideData?: ArrayBuffer | ArrayBufferView;
}

export interface EncodedVideoChunkInit {
    type: EncodedVideoChunkType;
    timestamp: number;
    duration?: number | undefined;
    data: AllowSharedBufferSource;
    transfer?: ArrayBuffer[] | undefined;
}

export interface VideoFrameMetadata {
    captureTime?: number;
    receiveTime?: number;
    rtpTimestamp?: number;
    [name: string]: unknown;
}

export interface VideoFrameInit {
    duration?: number | undefined;
    timestamp?: number | undefined;
    alpha?: AlphaOption | undefined;
    visibleRect?: DOMRectInit | undefined;
    rotation?: number | undefined;
    flip?: boolean | undefined;
    displayWidth?: number | undefined;
    displayHeight?: number | undefined;
    metadata?: VideoFrameMetadata | undefined;
}

export interface VideoFrameBufferInit {
    format: VideoPixelFormat;
    codedWidth: number;
    codedHeight: number;
    timestamp: number;
    duration?: number | undefined;
    layout?: PlaneLayout[] | undefined;
    visibleRect?: DOMRectInit | undefined;
    rotation?: number | undefined;
    flip?: boolean | undefined;
    displayWidth?: number | undefined;
    displayHeight?: number | undefined;
    colorSpace?: VideoColorSpaceInit | undefined;
    transfer?: ArrayBuffer[] | undefined;
    metadata?: VideoFrameMetadata | undefined;
}

export interface VideoFrameCopyToOptions {
    rect?: DOMRectInit | undefined;
    layout?: PlaneLayout[] | undefined;
    /** Conversion to RGBA, RGBX, BGRA or BGRX. */
    format?: VideoPixelFormat | undefined;
    colorSpace?: PredefinedColorSpace | undefined;
}

export declare class DOMRectReadOnly {
    constructor(x?: number, y?: number, width?: number, height?: number);
    static fromRect(other?: DOMRectInit): DOMRectReadOnly;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
    readonly left: number;
    toJSON(): any;
}

export declare class VideoColorSpace {
    constructor(init?: VideoColorSpaceInit);
    readonly primaries: Primaries;
    readonly transfer: Transfer;
    readonly matrix: Matrix;
    readonly fullRange: boolean | null;
    toJSON(): VideoColorSpaceMembers;
}

export declare class EncodedVideoChunk {
    constructor(init: EncodedVideoChunkInit);
    readonly type: EncodedVideoChunkType;
    readonly timestamp: number;
    readonly duration: number | null;
    readonly byteLength: number;
    copyTo(destination: AllowSharedBufferSource): void;
}

export declare class VideoFrame {
    constructor(data: AllowSharedBufferSource, init: VideoFrameBufferInit);
    /**
     * Of another VideoFrame, or of an image whose method [Symbol.for('libwebcodecs.image')] gives
     * `{ data, format, codedWidth, codedHeight, colorSpace? }`.
     */
    constructor(image: VideoFrame | object, init?: VideoFrameInit);
    readonly format: Format;
    readonly codedWidth: number;
    readonly codedHeight: number;
    readonly codedRect: DOMRectReadOnly | null;
    readonly visibleRect: DOMRectReadOnly | null;
    readonly rotation: number;
    readonly flip: boolean;
    readonly displayWidth: number;
    readonly displayHeight: number;
    readonly duration: number | null;
    readonly timestamp: number;
    readonly colorSpace: VideoColorSpace;
    metadata(): VideoFrameMetadata;
    allocationSize(options?: VideoFrameCopyToOptions): number;
    copyTo(destination: AllowSharedBufferSource, options?: VideoFrameCopyToOptions): Promise<PlaneLayout[]>;
    clone(): VideoFrame;
    /** The pixels are released now, whatever the garbage collector does. */
    close(): void;
}

export interface VideoDecoder extends HostEventTarget {}
export declare class VideoDecoder {
    constructor(init: VideoDecoderInit);
    static isConfigSupported(config: VideoDecoderConfig): Promise<VideoDecoderSupport>;
    readonly state: CodecState;
    /** Chunks that wait for the decoder. */
    readonly decodeQueueSize: number;
    ondequeue: ((event: HostEvent) => any) | null;
    configure(config: VideoDecoderConfig): void;
    decode(chunk: EncodedVideoChunk | DomChunk): void;
    flush(): Promise<void>;
    reset(): void;
    close(): void;
    addEventListener(
        type: 'dequeue',
        listener: (this: VideoDecoder, event: HostEvent) => any,
        options?: AddArguments[2],
    ): void;
    addEventListener(type: string, listener: AddArguments[1], options?: AddArguments[2]): void;
    removeEventListener(
        type: 'dequeue',
        listener: (this: VideoDecoder, event: HostEvent) => any,
        options?: RemoveArguments[2],
    ): void;
    removeEventListener(type: string, listener: RemoveArguments[1], options?: RemoveArguments[2]): void;
}

export interface VideoEncoder extends HostEventTarget {}
export declare class VideoEncoder {
    constructor(init: VideoEncoderInit);
    static isConfigSupported(config: VideoEncoderConfig): Promise<VideoEncoderSupport>;
    readonly state: CodecState;
    /** Frames that wait for the encoder. */
    readonly encodeQueueSize: number;
    ondequeue: ((event: HostEvent) => any) | null;
    configure(config: VideoEncoderConfig): void;
    encode(frame: VideoFrame | DomFrame, options?: VideoEncoderEncodeOptions): void;
    flush(): Promise<void>;
    reset(): void;
    close(): void;
    addEventListener(
        type: 'dequeue',
        listener: (this: VideoEncoder, event: HostEvent) => any,
        options?: AddArguments[2],
    ): void;
    addEventListener(type: string, listener: AddArguments[1], options?: AddArguments[2]): void;
    removeEventListener(
        type: 'dequeue',
        listener: (this: VideoEncoder, event: HostEvent) => any,
        options?: RemoveArguments[2],
    ): void;
    removeEventListener(type: string, listener: RemoveArguments[1], options?: RemoveArguments[2]): void;
}
