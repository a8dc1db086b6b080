// SPDX-License-Identifier: MIT
'use strict';

/*
 * How long single calls of this package take while its codecs are busy, against the limits that it sets itself. The
 * limits are of medians and of the 99th of 100 calls; a busy machine makes single calls long, as the maxima show. See
 * --help.
 */
const path = require('node:path');
const { parseOptions, printTable, writeJson, temporaryFolder } = require('./support/report.js');
const { format } = require('./support/figures.js');
const { makePictures } = require('./support/picture.js');
const { WIDTH, HEIGHT, CODECS, encoderConfig } = require('./support/settings.js');
const { saveChunks } = require('./support/codec_work.js');
const { timeEncode, timeDecode, timeFrames } = require('./support/calls.js');

const USAGE = `usage: node bench/calls.js [options]

  --codecs LIST    of h264,hevc,vp8,vp9,av1 (default: all)
  --sessions N     codecs of each kind that are measured, 100 calls each (default: 5)
  --ours PATH      measure something else than this package
  --json FILE      where the figures go (default: build/bench-calls.json)
  --check          exit 1 where a limit is not kept`;

const LIMITS = { callUs: 10, callP99Us: 100, configureUs: 300, frameUs: 150 };

function row(what, { median, p99, max, calls }, limit, limitP99) {
    const kept = !(median > limit) && !(p99 > limitP99);
    return { what, median, p99, max, calls, limit, limitP99, kept };
}

function rowsOf(name, what, times, call) {
    return [
        row(`${what} ${name}: ${call}()`, times.call, LIMITS.callUs, LIMITS.callP99Us),
        row(`${what} ${name}: configure()`, times.configure, LIMITS.configureUs),
        row(`${what} ${name}: queue size`, times.size),
        row(`${what} ${name}: close()`, times.close),
    ];
}

async function measureCodec(api, name, pictures, sessions, folder) {
    const config = encoderConfig(name, 'realtime');
    const stream = await saveChunks(api, config, pictures, 100, path.join(folder, name));
    return [
        ...rowsOf(name, 'encode', await timeEncode(api, config, pictures, sessions), 'encode'),
        ...rowsOf(name, 'decode', await timeDecode(api, stream, sessions), 'decode'),
    ];
}

function print(rows) {
    const limit = (value) => (value === undefined ? '' : `${value}`);
    const heads = ['us', 'median', 'p99', 'longest', 'calls', 'limit, median', 'limit, p99', ''];
    printTable(
        heads,
        rows.map((one) => [
            one.what,
            format(one.median),
            format(one.p99),
            format(one.max),
            one.calls,
            limit(one.limit),
            limit(one.limitP99),
            one.kept ? '' : '**over**',
        ]),
    );
}

async function main() {
    const defaults = {
        codecs: Object.keys(CODECS),
        sessions: 5,
        ours: path.join(__dirname, '..'),
        json: '',
        check: false,
        help: false,
    };
    const options = parseOptions(defaults, USAGE);
    if (options.help) return console.log(USAGE);
    const api = require(require.resolve(options.ours));
    const pictures = makePictures(WIDTH, HEIGHT, 16);
    const folder = temporaryFolder();
    const { cold, warm, copy } = timeFrames(api, pictures);
    const rows = [
        row('new VideoFrame, 720p I420, the first ones', cold),
        row('new VideoFrame, 720p I420, after others were closed', warm, LIMITS.frameUs),
        row('copying the same bytes, in the same run', copy),
    ];
    for (const name of options.codecs) {
        rows.push(...(await measureCodec(api, name, pictures, options.sessions, folder)));
    }
    print(rows);
    writeJson('calls', options.json, { rows });
    const over = rows.filter((one) => !one.kept);
    console.log(
        over.length > 0 ? `Over the limit: ${over.map((one) => one.what).join('; ')}.` : 'All limits are kept.',
    );
    process.exitCode = options.check && over.length > 0 ? 1 : 0;
    return undefined;
}

main().catch((error) => {
    console.error(error.message);
    process.exit(1);
});
