// SPDX-License-Identifier: MIT
// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
// META: script=/webcodecs/utils.js
'use strict';

// idlharness.https.any.js stops at its first ImageDecoder, before it looks at a single object. This does the rest of it,
// for the interfaces that there are.

const init = { output() {}, error() {} };
const chunkInit = { type: 'key', timestamp: 1234, duration: 5678, data: new Uint8Array([9, 10, 11, 12]) };

idl_test(['webcodecs'], ['dom', 'html', 'webidl'], (idlArray) => {
    for (const name of Object.keys(idlArray.members)) {
        if (/^(Audio|EncodedAudio|Image)/.test(name) && !(name in self))
            delete idlArray.members[name];
    }
    idlArray.add_objects({
        VideoDecoder: ['new VideoDecoder(init)'],
        VideoEncoder: ['new VideoEncoder(init)'],
        EncodedVideoChunk: ['new EncodedVideoChunk(chunkInit)'],
        VideoFrame: ['new VideoFrame(makeImageBitmap(32, 16), {timestamp: 100, duration: 33})'],
        VideoColorSpace: [
            'new VideoColorSpace()',
            'new VideoColorSpace({primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: true})',
        ],
    });
});
