// SPDX-License-Identifier: MIT
'use strict';

const { addEventListener, removeEventListener } = EventTarget.prototype;

/**
 * An event handler IDL attribute (`ondequeue`): a listener that keeps its place among the others while the handler is
 * replaced, and loses it when the handler is taken away. What is no object reads as null, and an object that cannot be
 * called is kept and does nothing.
 */
class EventHandler {
    #target;
    #type;
    #handler = null;
    #listener = (event) => this.#handle(event);

    constructor(target, type) {
        this.#target = target;
        this.#type = type;
    }

    get value() {
        return this.#handler;
    }

    set value(value) {
        const handler = (typeof value === 'object' && value !== null) || typeof value === 'function' ? value : null;
        const had = this.#handler !== null;
        this.#handler = handler;
        if (handler && !had) Reflect.apply(addEventListener, this.#target, [this.#type, this.#listener]);
        if (!handler && had) Reflect.apply(removeEventListener, this.#target, [this.#type, this.#listener]);
    }

    #handle(event) {
        if (typeof this.#handler !== 'function') return;
        if (Reflect.apply(this.#handler, this.#target, [event]) === false) event.preventDefault();
    }
}

module.exports = { EventHandler };
