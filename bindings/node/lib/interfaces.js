// SPDX-License-Identifier: MIT
'use strict';

// What a JavaScript class lacks of an interface object of WebIDL. Classes give the rest: they refuse to be called
// without new, and a private member that is not there is a TypeError.

const { markAsUncloneable } = require('node:worker_threads');

const inspect = Symbol.for('nodejs.util.inspect.custom');

function enumerate(object, skip) {
    for (const name of Object.getOwnPropertyNames(object)) {
        if (!skip.includes(name)) Object.defineProperty(object, name, { enumerable: true });
    }
}

function attributesOf(prototype) {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    return descriptors.filter(([, descriptor]) => descriptor.get).map(([name]) => name);
}

/** What console.log shows: the attributes, where the object itself would seem to be empty. */
function inspector(name, attributes) {
    return function (depth, options, print) {
        if (depth < 0) return `[${name}]`;
        const values = {};
        try {
            for (const attribute of attributes) values[attribute] = this[attribute];
        } catch {
            return `[${name}]`; // a proxy of one, or an object that only inherits
        }
        return `${name} ${print(values, options)}`;
    };
}

/** Make the members of a class enumerable and give it its toStringTag. */
function defineInterface(interfaceObject) {
    const { prototype, name } = interfaceObject;
    enumerate(prototype, ['constructor']);
    enumerate(interfaceObject, ['length', 'name', 'prototype']);
    Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
    Object.defineProperty(prototype, inspect, {
        value: inspector(name, attributesOf(prototype)),
        configurable: true,
        writable: true,
    });
}

/** Refuse a call with less arguments than an operation requires. */
function needArguments(given, needed, operation) {
    if (given >= needed) return;
    throw new TypeError(`${operation} needs ${needed} argument${needed === 1 ? '' : 's'}, but ${given} given`);
}

/**
 * Make posting the object a DataCloneError. Node has no way to clone objects of packages: without this the other side
 * gets an object without anything in it, as it does before Node 22.
 */
const refuseCloning = markAsUncloneable ?? (() => {});

module.exports = { defineInterface, needArguments, refuseCloning };
