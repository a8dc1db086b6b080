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

/** The config of an encoder, the same for whoever is measured. */
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

module.exports = { WIDTH, HEIGHT, FRAMERATE, BITRATE, FRAME_US, CODECS, encoderConfig };
