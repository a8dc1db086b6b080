// SPDX-License-Identifier: MIT
'use strict';

// VideoDecoderConfig and VideoEncoderConfig. What is made has the members that are present and those with a default,
// and nothing else: it is both what the addon takes and what isConfigSupported() gives back.

const webidl = require('./webidl.js');
const { toColorSpace } = require('./color_space.js');

const { toDictionary, toDOMString, toDouble, toEnum, toUint32, toUint64, required, refuse } = webidl;

const hardwareAccelerations = new Set(['no-preference', 'prefer-hardware', 'prefer-software']);
const alphaOptions = new Set(['keep', 'discard']);
const bitrateModes = new Set(['constant', 'variable', 'quantizer']);
const latencyModes = new Set(['quality', 'realtime']);
const avcFormats = new Set(['annexb', 'avc']);
const hevcFormats = new Set(['annexb', 'hevc']);

const oneOf = (values) => (value, what) => toEnum(value, what, values);

function toDescription(value, what) {
    const source = webidl.toBufferSource(value, what);
    if (webidl.isDetached(source)) refuse(what, 'must not be detached');
    return webidl.copyOfBytes(source);
}

const REQUIRED = Symbol('required');

/** A dictionary converter; members are [name, conversion, default or REQUIRED], in the order of WebIDL: by name. */
function dictionary(members) {
    return (value, what) => {
        const init = toDictionary(value, what);
        const converted = {};
        for (const [name, convert, fallback] of members) {
            const member = init[name];
            if (member !== undefined) converted[name] = convert(member, `${what}.${name}`);
            else if (fallback === REQUIRED) required(member, `${what}.${name}`);
            else if (fallback !== undefined) converted[name] = fallback;
        }
        return converted;
    };
}

const readDecoderConfig = dictionary([
    ['codec', toDOMString, REQUIRED],
    ['codedHeight', toUint32],
    ['codedWidth', toUint32],
    ['colorSpace', toColorSpace],
    ['description', toDescription],
    ['displayAspectHeight', toUint32],
    ['displayAspectWidth', toUint32],
    ['flip', Boolean, false],
    ['hardwareAcceleration', oneOf(hardwareAccelerations), 'no-preference'],
    ['optimizeForLatency', Boolean],
    ['rotation', toDouble, 0],
]);

/** What the engine takes beyond WebCodecs, in a dictionary of its own, where no later standard will have a member. */
const readExtensions = dictionary([
    ['bFrames', toUint32],
    ['exactSize', Boolean],
    ['keyInterval', toUint32],
    ['preset', toDOMString],
    ['threadCount', toUint32],
]);

const readEncoderConfig = dictionary([
    ['alpha', oneOf(alphaOptions), 'discard'],
    ['av1', dictionary([['forceScreenContentTools', Boolean, false]])],
    ['avc', dictionary([['format', oneOf(avcFormats), 'avc']])],
    ['bitrate', toUint64],
    ['bitrateMode', oneOf(bitrateModes), 'variable'],
    ['codec', toDOMString, REQUIRED],
    ['contentHint', toDOMString],
    ['displayHeight', toUint32],
    ['displayWidth', toUint32],
    ['framerate', toDouble],
    ['hardwareAcceleration', oneOf(hardwareAccelerations), 'no-preference'],
    ['height', toUint32, REQUIRED],
    ['hevc', dictionary([['format', oneOf(hevcFormats), 'hevc']])],
    ['latencyMode', oneOf(latencyModes), 'quality'],
    ['libwebcodecs', readExtensions],
    ['scalabilityMode', toDOMString],
    ['width', toUint32, REQUIRED],
]);

/** What only presence shows, as an absent size or bitrate is 0 to the engine; the engine checks the rest. */
function refuseZero(config, names) {
    for (const name of names) if (config[name] === 0) refuse(`config.${name}`, 'must not be 0');
}

function toDecoderConfig(value) {
    const config = readDecoderConfig(value, 'config');
    refuseZero(config, ['codedHeight', 'codedWidth', 'displayAspectHeight', 'displayAspectWidth']);
    return config;
}

function toEncoderConfig(value) {
    const config = readEncoderConfig(value, 'config');
    refuseZero(config, ['bitrate', 'displayHeight', 'displayWidth', 'height', 'width']);
    return config;
}

/** A converted config as isConfigSupported() gives it: descriptions are ArrayBuffers, as in browsers. */
function echo(config) {
    return config.description === undefined ? config : { ...config, description: config.description.buffer };
}

/** The registration that a codec string is of, by the name of its encode options; undefined when it has none. */
function optionsFamily(codec) {
    if (/^avc[13]\./.test(codec)) return 'avc';
    if (/^h(ev|vc)1\./.test(codec)) return 'hevc';
    if (codec.startsWith('vp09.')) return 'vp9';
    return codec.startsWith('av01.') ? 'av1' : undefined;
}

/** VideoEncoderEncodeOptions of the registrations: quantizers are null where absent. */
const toQuantizer = (value) => (value === null ? null : webidl.toUint16Modulo(value));
const quantizerOf = dictionary([['quantizer', toQuantizer]]);
const readEncodeOptions = dictionary([
    ['av1', quantizerOf],
    ['avc', quantizerOf],
    ['hevc', quantizerOf],
    ['keyFrame', Boolean, false],
    ['vp9', quantizerOf],
]);

const DEFAULT_ENCODE_OPTIONS = Object.freeze({ keyFrame: false });

function toEncodeOptions(value) {
    return value === undefined ? DEFAULT_ENCODE_OPTIONS : readEncodeOptions(value, 'options');
}

module.exports = { toDecoderConfig, toEncoderConfig, toEncodeOptions, echo, optionsFamily };
