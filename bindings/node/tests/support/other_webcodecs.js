// SPDX-License-Identifier: MIT
'use strict';

// Another implementation of WebCodecs for the benchmarks: this package, but it writes down the configs that its encoders
// get (OTHER_LOG), and gives no chunk where OTHER_MUTE is set.

const fs = require('node:fs');
const webcodecs = require('../../index.js');

class VideoEncoder extends webcodecs.VideoEncoder {
    constructor(init) {
        super(process.env.OTHER_MUTE ? { ...init, output() {} } : init);
    }

    configure(config) {
        fs.appendFileSync(process.env.OTHER_LOG, `${JSON.stringify(config)}\n`);
        super.configure(config);
    }
}

module.exports = { ...webcodecs, VideoEncoder };
