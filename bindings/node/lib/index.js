// SPDX-License-Identifier: MIT
'use strict';

const { VideoDecoder } = require('./video_decoder.js');
const { VideoEncoder } = require('./video_encoder.js');
const { VideoFrame } = require('./video_frame.js');
const { EncodedVideoChunk } = require('./encoded_video_chunk.js');
const { VideoColorSpace } = require('./color_space.js');
const { DOMRectReadOnly } = require('./rect.js');

module.exports = { VideoDecoder, VideoEncoder, VideoFrame, EncodedVideoChunk, VideoColorSpace, DOMRectReadOnly };
