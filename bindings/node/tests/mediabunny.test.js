// SPDX-License-Identifier: MIT
'use strict';

// A client that knows nothing of this package: mediabunny converts MP4 to WebM and back, with these classes as its
// globals. What it wrote is read by ffprobe.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {
    missingFfmpeg,
    temporaryFolder,
    ffmpeg,
    makeClip,
    probeTrack,
    hasSquarePixels,
} = require('./support/ffmpeg.js');

/** mediabunny, or why it is not there. */
function loadMediabunny() {
    try {
        require('../polyfill.js');
        return { mediabunny: require('mediabunny'), missing: missingFfmpeg() };
    } catch (error) {
        if (error.code !== 'MODULE_NOT_FOUND') throw error;
        return { missing: 'mediabunny is not installed' };
    }
}

const { mediabunny, missing } = loadMediabunny();

async function convert(from, to, format, video, more = {}) {
    const { Input, Output, Conversion, FilePathSource, FilePathTarget, ALL_FORMATS } = mediabunny;
    const input = new Input({ source: new FilePathSource(from), formats: ALL_FORMATS });
    const output = new Output({ format, target: new FilePathTarget(to) });
    const conversion = await Conversion.init({ input, output, video, audio: { discard: true }, ...more });
    assert.ok(conversion.isValid, JSON.stringify(conversion.discardedTracks.map((track) => track.reason)));
    await conversion.execute();
    input.dispose();
}

/** A file has the frames of `original`, in their order, at their times. */
function assertSame(file, original, codec, size) {
    const track = probeTrack(file);
    assert.equal(track.codec_name, codec);
    assert.deepEqual(track.sizes, [size]);
    assert.equal(track.times.length, original.times.length, 'frames');
    // Times are counted from the first frame; WebM has milliseconds.
    for (const [index, time] of track.times.entries()) {
        const wanted = original.times[index] - original.times[0];
        assert.ok(Math.abs(time - track.times[0] - wanted) < 0.0015, `frame ${index} at ${time}, not at ${wanted}`);
        assert.ok(index === 0 || time > track.times[index - 1], `frame ${index} is not behind the one before`);
    }
    const spacing = original.duration / original.times.length;
    assert.ok(Math.abs(track.duration - original.duration) < 1.5 * spacing, `duration ${track.duration}`);
}

async function thereAndBack(clip, webmCodec) {
    const { WebMOutputFormat, Mp4OutputFormat } = mediabunny;
    const folder = temporaryFolder();
    const original = probeTrack(clip);
    const webm = path.join(folder, 'there.webm');
    const mp4 = path.join(folder, 'back.mp4');
    const [size] = original.sizes;
    await convert(clip, webm, new WebMOutputFormat(), { codec: webmCodec, bitrate: 1e6, forceTranscode: true });
    assertSame(webm, original, webmCodec, size);
    await convert(webm, mp4, new Mp4OutputFormat(), { codec: 'avc', bitrate: 1e6, forceTranscode: true });
    // The last block of a WebM file has no duration, and mediabunny leaves frames without one out of a conversion.
    const times = original.times.slice(0, -1);
    assertSame(mp4, { times, duration: (original.duration * times.length) / original.times.length }, 'h264', size);
    // The whole file decodes without a complaint.
    ffmpeg('-xerror', '-i', mp4, '-f', 'null', '-');
}

test('MP4 with H.264 to WebM with VP9 and back', { skip: missing }, async () => {
    const clip = path.join(temporaryFolder(), 'clip.mp4');
    makeClip(clip, { more: ['-bf', '2'] });
    await thereAndBack(clip, 'vp9');
});

test('MP4 with HEVC to WebM with VP8 and back', { skip: missing }, async () => {
    const clip = path.join(temporaryFolder(), 'clip.mp4');
    makeClip(clip, { codec: 'libx265', seconds: 1, more: ['-tag:v', 'hvc1', '-x265-params', 'log-level=error'] });
    await thereAndBack(clip, 'vp8');
});

test('a part of an MP4 to WebM', { skip: missing }, async () => {
    const folder = temporaryFolder();
    const clip = path.join(folder, 'clip.mp4');
    const webm = path.join(folder, 'part.webm');
    makeClip(clip, { more: ['-bf', '2'] });
    const trim = { start: 0.4, end: 1.2 };
    await convert(clip, webm, new mediabunny.WebMOutputFormat(), { codec: 'vp9', bitrate: 1e6 }, { trim });
    const { times } = probeTrack(webm);
    assert.deepEqual(
        times,
        Array.from({ length: 20 }, (_, index) => index / 25),
    );
});

/**
 * The smallest clips in MP4 of a folder of clips that has a manifest; without those that are turned or whose pixels are
 * not square, for which mediabunny needs a canvas.
 */
function findClips(folder) {
    const { files } = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    const plain = (file) => /\.mp4$/.test(file.path) && !/rotat/.test(file.path) && file.check === 'bitexact';
    const usable = files.filter((file) => file.kind === 'video' && plain(file) && file.ref.frames >= 8);
    const ordered = usable
        .sort((a, b) => a.bytes - b.bytes)
        .filter(({ path: name }) => hasSquarePixels(path.join(folder, name)));
    return ['h264', 'hevc', 'vp9', 'av1'].flatMap((codec) =>
        ordered.filter((file) => file.codec === codec).slice(0, 2),
    );
}

test('clips of WEBC_TEST_MEDIA to WebM and back', { skip: missing }, async (t) => {
    const folder = process.env.WEBC_TEST_MEDIA;
    if (!folder) return t.skip('WEBC_TEST_MEDIA is not set');
    const clips = findClips(folder);
    if (clips.length === 0) return t.skip('no MP4 file there');
    for (const clip of clips) await t.test(clip.path, () => thereAndBack(path.join(folder, clip.path), 'vp9'));
    return undefined;
});
