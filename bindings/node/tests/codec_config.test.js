// SPDX-License-Identifier: MIT
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const { VideoDecoder, VideoEncoder } = require('../index.js');
const native = require('../lib/native.js');
const { grey, unexpected } = require('./support/pictures.js');

const decoderConfig = { codec: 'vp8' };
const encoderConfig = { codec: 'vp8', width: 64, height: 48 };
const make = (Codec, members) => new Codec({ output: unexpected('output'), error: unexpected('error'), ...members });

test('P-17 a config that is not valid is a TypeError first, in every state, and changes none', async () => {
    const invalid = [
        [VideoDecoder, [{}, { codec: '' }, { codec: ' ' }, { codedWidth: 1 }, { codedWidth: 0, codedHeight: 0 }]],
        [
            VideoDecoder,
            [{ displayAspectHeight: 3 }, { description: [] }, { colorSpace: { matrix: 'x' } }, { rotation: NaN }],
        ],
        [
            VideoDecoder,
            [{ hardwareAcceleration: 'none' }, { codedWidth: -1, codedHeight: 1 }, { displayAspectWidth: 2 ** 32 }],
        ],
        [VideoEncoder, [{}, { codec: '' }, { width: 0 }, { height: undefined }, { bitrate: 0 }, { bitrate: -1 }]],
        [
            VideoEncoder,
            [
                { displayWidth: 0 },
                { framerate: Infinity },
                { alpha: 'x' },
                { latencyMode: '' },
                { avc: { format: 'x' } },
            ],
        ],
    ];
    for (const [Codec, members] of invalid) {
        const valid = Codec === VideoDecoder ? decoderConfig : encoderConfig;
        const configs = members.map((member) => (Object.keys(member).length ? { ...valid, ...member } : member));
        for (const config of [...configs, undefined, 1]) {
            const codec = make(Codec);
            for (const state of ['unconfigured', 'configured', 'closed']) {
                if (state === 'configured') codec.configure(valid);
                if (state === 'closed') codec.close();
                assert.throws(() => codec.configure(config), TypeError, JSON.stringify(config));
                assert.strictEqual(codec.state, state);
            }
            await assert.rejects(Codec.isConfigSupported(config), TypeError);
        }
    }
});

test('P-17 a description that is detached is a TypeError', async () => {
    const description = new ArrayBuffer(8);
    structuredClone(description, { transfer: [description] });
    const config = { ...decoderConfig, description };
    assert.throws(() => make(VideoDecoder).configure(config), TypeError);
    await assert.rejects(VideoDecoder.isConfigSupported(config), TypeError);
});

test('P-24 P-25 isConfigSupported gives back what it knows, with defaults, in objects of its own', async () => {
    const description = Uint8Array.of(0, 1, 2, 3).subarray(1);
    const config = { codec: 'vp8', description, colorSpace: { primaries: 'bt709', x: 1 }, futureConfigFeature: 'foo' };
    const { supported, config: echo } = await VideoDecoder.isConfigSupported(config);
    assert.strictEqual(supported, true);
    assert.ok(echo.description instanceof ArrayBuffer);
    assert.deepStrictEqual([...new Uint8Array(echo.description)], [1, 2, 3]);
    delete echo.description;
    assert.deepStrictEqual(echo, {
        codec: 'vp8',
        colorSpace: { fullRange: null, matrix: null, primaries: 'bt709', transfer: null },
        flip: false,
        hardwareAcceleration: 'no-preference',
        rotation: 0,
    });
    assert.deepStrictEqual(await VideoDecoder.isConfigSupported({ codec: ' vp8' }), {
        supported: false,
        config: { codec: ' vp8', flip: false, hardwareAcceleration: 'no-preference', rotation: 0 },
    });
});

test('P-25 an encoder config is given back with nested members and their defaults', async () => {
    const config = {
        ...encoderConfig,
        avc: {},
        hevc: { format: 'annexb' },
        av1: {},
        contentHint: 'text',
        bitrate: 1.5e6,
        x: 1,
    };
    const { config: echo } = await VideoEncoder.isConfigSupported(config);
    assert.deepStrictEqual(echo, {
        alpha: 'discard',
        av1: { forceScreenContentTools: false },
        avc: { format: 'avc' },
        bitrate: 1500000,
        bitrateMode: 'variable',
        codec: 'vp8',
        contentHint: 'text',
        hardwareAcceleration: 'no-preference',
        height: 48,
        hevc: { format: 'annexb' },
        latencyMode: 'quality',
        width: 64,
    });
});

test('the description is copied by configure', async (t) => {
    const configs = [];
    t.mock.method(native, 'configureDecoder', (handle, config) => configs.push(config));
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(1);
    for (const description of [Uint8Array.of(1, 1), shared]) {
        make(VideoDecoder).configure({ ...decoderConfig, description });
        description.fill(0);
        assert.deepStrictEqual([...configs.at(-1).description], [1, 1]);
    }
});

test('the quantizer of the family of the configured codec is passed on', (t) => {
    const calls = [];
    t.mock.method(native, 'configureEncoder', () => {});
    t.mock.method(native, 'encode', (handle, frame, keyFrame, quantizer) => calls.push([keyFrame, quantizer]));
    const encoder = make(VideoEncoder);
    const frame = grey(64, 48);
    const options = { avc: { quantizer: 1 }, hevc: { quantizer: 2 }, vp9: { quantizer: 3 }, av1: { quantizer: 4 } };
    const families = {
        'avc1.42001e': 1,
        'avc3.42001e': 1,
        'hev1.1.6.L93.90': 2,
        'hvc1.1.6.L93.90': 2,
        'vp09.00.10.08': 3,
    };
    for (const [codec, quantizer] of Object.entries({ ...families, 'av01.0.04M.08': 4, vp8: -1 })) {
        encoder.configure({ ...encoderConfig, codec });
        encoder.encode(frame, { keyFrame: true, ...options });
        assert.deepStrictEqual(calls.pop(), [true, quantizer], codec);
        for (const none of [undefined, {}, { avc: { quantizer: null } }, { vp9: {} }, { av1: null }]) {
            encoder.encode(frame, none);
            assert.deepStrictEqual(calls.pop(), [false, -1], `${codec} ${JSON.stringify(none)}`);
        }
    }
    encoder.close();
});

test("EN-21 the metadata of a chunk is the application's, its description an ArrayBuffer", async (t) => {
    const codec = 'avc1.42001e';
    const { supported } = await VideoEncoder.isConfigSupported({ ...encoderConfig, codec });
    if (!supported) return t.skip('no H.264 encoder');
    const configs = [];
    const encoder = make(VideoEncoder, { output: (chunk, { decoderConfig }) => configs.push(decoderConfig) });
    encoder.configure({ ...encoderConfig, codec });
    const frame = grey(64, 48);
    encoder.encode(frame);
    await encoder.flush();
    encoder.close();
    assert.ok(configs[0].description instanceof ArrayBuffer);
    assert.strictEqual(new DataView(configs[0].description).getUint8(1), 0x42);
    configs[0].colorSpace = {};
    configs[0].hardwareAcceleration = 'prefer-software';
    const decoder = make(VideoDecoder);
    decoder.configure(configs[0]);
    decoder.close();
});
