// SPDX-License-Identifier: MIT
'use strict';

/* What is measured: one size, one rate, and a codec string of each family that fits them. */
const WIDTH = 1280;
const HEIGHT = 720;
const FRAMERATE = 30;
const BITRATE = 2000000;
const FRAME_US = 1000000 / FRAMERATE;

const CODECS = {
    h264: { codec: 'avc1.64001f', encoder: 'libx264', raw: 'h264' },
    hevc: { codec: 'hvc1.1.6.L93.B0', encoder: 'libx265', raw: 'hevc' },
    vp8: { codec: 'vp8', encoder: 'libvpx', raw: 'ivf', fourcc: 'VP80' },
    vp9: { codec: 'vp09.00.31.08', encoder: 'libvpx-vp9', raw: 'ivf', fourcc: 'VP90' },
    av1: { codec: 'av01.0.05M.08', encoder: 'libaom-av1', raw: 'ivf', fourcc: 'AV01' },
};

/*
 * What @napi-rs/webcodecs 1.3.1 tells libx264 and libx265 for the configs below, as these write it into its streams:
 * members of a config that make this package tell its own the same. Its H.264 looks at nothing ahead in either mode,
 * its HEVC five frames in both. What stays different: here libx265 has sample adaptive offset, no psy-rd and one candidate
 * for merging, groups of pictures are closed, and rate control has twice the buffer.
 */
const CBR = { bitrateMode: 'constant' };
const OTHER = '@napi-rs/webcodecs';
const SAME_SETTINGS = {
    h264: {
        realtime: { ...CBR, latencyMode: 'realtime', libwebcodecs: { preset: 'superfast', keyInterval: 10 } },
        quality: { ...CBR, latencyMode: 'realtime', libwebcodecs: { preset: 'superfast' } },
    },
    hevc: {
        realtime: { ...CBR, latencyMode: 'quality', libwebcodecs: { preset: 'ultrafast', keyInterval: 10 } },
        quality: { ...CBR, latencyMode: 'quality', libwebcodecs: { preset: 'ultrafast', bFrames: 3 } },
    },
};

/** The config of an encoder, the same for whoever is measured but for `more`. */
function encoderConfig(name, latencyMode, more) {
    return {
        codec: CODECS[name].codec,
        width: WIDTH,
        height: HEIGHT,
        bitrate: BITRATE,
        framerate: FRAMERATE,
        latencyMode,
        ...more,
    };
}

module.exports = { WIDTH, HEIGHT, FRAMERATE, BITRATE, FRAME_US, CODECS, OTHER, SAME_SETTINGS, encoderConfig };
