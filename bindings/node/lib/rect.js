// SPDX-License-Identifier: MIT
'use strict';

const { toRect, toUnrestrictedDouble } = require('./webidl.js');
const { defineInterface } = require('./interfaces.js');

/** DOMRectReadOnly of Geometry Interfaces, for hosts without one; Node is such a host. */
class DOMRectReadOnly {
    #x;
    #y;
    #width;
    #height;

    constructor(x = 0, y = 0, width = 0, height = 0) {
        this.#x = toUnrestrictedDouble(x);
        this.#y = toUnrestrictedDouble(y);
        this.#width = toUnrestrictedDouble(width);
        this.#height = toUnrestrictedDouble(height);
    }

    static fromRect(other = {}) {
        const { x, y, width, height } = toRect(other, 'other');
        return new DOMRectReadOnly(x, y, width, height);
    }

    get x() {
        return this.#x;
    }

    get y() {
        return this.#y;
    }

    get width() {
        return this.#width;
    }

    get height() {
        return this.#height;
    }

    get top() {
        return Math.min(this.#y, this.#y + this.#height);
    }

    get right() {
        return Math.max(this.#x, this.#x + this.#width);
    }

    get bottom() {
        return Math.max(this.#y, this.#y + this.#height);
    }

    get left() {
        return Math.min(this.#x, this.#x + this.#width);
    }

    toJSON() {
        if (!(#x in this)) throw new TypeError('toJSON was called on an object that is not a DOMRectReadOnly');
        const { x, y, width, height, top, right, bottom, left } = this;
        return { x, y, width, height, top, right, bottom, left };
    }
}

defineInterface(DOMRectReadOnly);

module.exports = {
    DOMRectReadOnly: typeof globalThis.DOMRectReadOnly === 'function' ? globalThis.DOMRectReadOnly : DOMRectReadOnly,
};
