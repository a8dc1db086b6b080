// SPDX-License-Identifier: MIT
import webcodecs from './index.js';

export const { VideoDecoder, VideoEncoder, VideoFrame, EncodedVideoChunk, VideoColorSpace, DOMRectReadOnly } =
    webcodecs;
export default webcodecs;
