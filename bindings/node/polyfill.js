// SPDX-License-Identifier: MIT
'use strict';

// Puts on globalThis those interfaces of WebCodecs that are not there, as a browser would.

for (const [name, value] of Object.entries(require('./index.js'))) {
    if (!(name in globalThis))
        Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
