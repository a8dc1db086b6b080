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
 * What @napi-rs/webcodecs 1.3.1 makes of these configs, where its streams show it (libx264 writes its options down,
 * HEVC has the order of its pictures): with it this package's encoders are told the same. Others pass it over.
 */
const SAME_SETTINGS = {
    h264: { realtime: { preset: 'superfast', keyInterval: 10 }, quality: { preset: 'superfast' } },
    hevc: { realtime: { preset: 'ultrafast' }, quality: { preset: 'ultrafast', bFrames: 3 } },
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

module.exports = { WIDTH, HEIGHT, FRAMERATE, BITRATE, FRAME_US, CODECS, SAME_SETTINGS, encoderConfig };
