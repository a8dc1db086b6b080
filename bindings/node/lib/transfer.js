// SPDX-License-Identifier: MIT
'use strict';

const { makeError } = require('./errors.js');
const { isDetached } = require('./webidl.js');

const { structuredClone } = globalThis;

/** Refuse a `transfer` list that names a buffer twice or one that is detached; nothing is detached then. */
function checkTransfer(buffers) {
    if (new Set(buffers).size !== buffers.length)
        throw makeError('DataCloneError', 'transfer names the same ArrayBuffer more than once');
    if (buffers.some(isDetached)) throw makeError('DataCloneError', 'transfer names an ArrayBuffer that is detached');
}

/** Detach them. DataCloneError for what cannot be detached, Node's pool of small Buffers for example. */
function detach(buffers) {
    if (buffers.length > 0) structuredClone(null, { transfer: buffers });
    if (!buffers.every(isDetached))
        // older versions of Node pass over them, and have detached the others
        throw makeError('DataCloneError', 'transfer names an ArrayBuffer that cannot be detached');
}

module.exports = { checkTransfer, detach };
