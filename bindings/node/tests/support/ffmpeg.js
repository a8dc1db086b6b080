// SPDX-License-Identifier: MIT
'use strict';

// Clips made with the ffmpeg command, and what ffprobe says of files.

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** Why tests that need the commands are skipped; false where both are there. */
function missingFfmpeg() {
    for (const command of ['ffmpeg', 'ffprobe']) {
        if (spawnSync(command, ['-version'], { stdio: 'ignore' }).status !== 0) return `no ${command} command here`;
    }
    return false;
}

const folders = [];

function removeFolders() {
    for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
}

/** A folder that is gone when the process ends. */
function temporaryFolder() {
    if (folders.length === 0) process.on('exit', removeFolders);
    folders.push(fs.mkdtempSync(path.join(os.tmpdir(), 'webc-test-')));
    return folders[folders.length - 1];
}

function ffmpeg(...args) {
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A moving picture in a file whose name tells the container. */
function makeClip(file, { size = '320x240', rate = 25, seconds = 2, codec = 'libx264', more = [] } = {}) {
    const source = `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`;
    ffmpeg('-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', '-c:v', codec, ...more, file);
}

function probe(file, entries, more = []) {
    const args = ['-v', 'error', '-select_streams', 'v:0', ...more, '-show_entries', entries, '-of', 'json', file];
    return JSON.parse(execFileSync('ffprobe', args, { maxBuffer: 1 << 28 }));
}

/** Packets of the video track in decoding order: time in microseconds, key or not, and where they are in the file. */
function probePackets(file) {
    const { packets } = probe(file, 'packet=pts_time,flags,pos,size');
    return packets.map((packet) => ({
        timestamp: Math.round(Number(packet.pts_time) * 1e6),
        key: packet.flags.startsWith('K'),
        position: Number(packet.pos),
        size: Number(packet.size),
    }));
}

/** The video track as programs see it: codec, size, decoded frames and their times in seconds. */
function probeTrack(file) {
    const { streams } = probe(file, 'stream=codec_name,width,height');
    const { format } = probe(file, 'format=duration');
    const { frames } = probe(file, 'frame=best_effort_timestamp_time,width,height');
    return {
        ...streams[0],
        duration: Number(format.duration),
        times: frames.map((frame) => Number(frame.best_effort_timestamp_time)),
        sizes: [...new Set(frames.map((frame) => `${frame.width}x${frame.height}`))],
    };
}

/** Are the pixels of the video track square, as far as the file says? */
function hasSquarePixels(file) {
    const [stream] = probe(file, 'stream=sample_aspect_ratio').streams;
    return [undefined, 'N/A', '0:1', '1:1'].includes(stream.sample_aspect_ratio);
}

module.exports = { missingFfmpeg, temporaryFolder, ffmpeg, makeClip, probePackets, probeTrack, hasSquarePixels };
