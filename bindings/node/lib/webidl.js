// SPDX-License-Identifier: MIT
'use strict';

// Conversions of JavaScript values to IDL types, https://webidl.spec.whatwg.org/#js-type-mapping. Each takes the value
// and what to call it in the message of the TypeError. Integers wider than 53 bits become the nearest double.

const { isAnyArrayBuffer, isSharedArrayBuffer, isArrayBuffer, isUint8Array, isDataView } = require('node:util').types;

const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const ofTypedArray = {
    buffer: getter(typedArrayPrototype, 'buffer'),
    byteOffset: getter(typedArrayPrototype, 'byteOffset'),
    byteLength: getter(typedArrayPrototype, 'byteLength'),
};
const ofDataView = {
    buffer: getter(DataView.prototype, 'buffer'),
    byteOffset: getter(DataView.prototype, 'byteOffset'),
    byteLength: getter(DataView.prototype, 'byteLength'),
};
const bufferLength = getter(ArrayBuffer.prototype, 'byteLength');
const sharedLength = getter(SharedArrayBuffer.prototype, 'byteLength');

const NOTHING = Object.freeze(Object.create(null));
const TWO_64 = 18446744073709551616;
const LARGEST_UINT64 = 18446744073709549568; // of the doubles below 2^64

function refuse(what, problem) {
    throw new TypeError(`${what} ${problem}`);
}

function isObject(value) {
    return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function show(value) {
    return typeof value === 'string'
        ? JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}...` : value)
        : `${value}`;
}

function integerIn(value, what, lowest, highest) {
    const number = +value;
    if (!Number.isFinite(number)) refuse(what, `must be an integer, not ${number}`);
    const integer = Math.trunc(number) + 0;
    if (integer < lowest || integer > highest) refuse(what, `must be between ${lowest} and ${highest}, not ${number}`);
    return integer;
}

/** [EnforceRange] unsigned long */
function toUint32(value, what) {
    if (typeof value === 'number' && value >>> 0 === value) return value + 0;
    return integerIn(value, what, 0, 4294967295);
}

/** [EnforceRange] unsigned long long */
function toUint64(value, what) {
    if (typeof value === 'number' && value >>> 0 === value) return value + 0;
    return integerIn(value, what, 0, Number.MAX_SAFE_INTEGER);
}

/** [EnforceRange] long long */
function toInt64(value, what) {
    if (typeof value === 'number' && (value | 0) === value) return value + 0;
    return integerIn(value, what, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function modulo(value) {
    const number = +value;
    return Number.isFinite(number) ? Math.trunc(number) + 0 : 0;
}

/** unsigned long long, modulo 2^64; what rounds up to 2^64 is the largest double below */
function toUint64Modulo(value) {
    const integer = modulo(value);
    if (integer >= 0 && integer < TWO_64) return integer;
    return Math.min(Number(BigInt.asUintN(64, BigInt(integer))), LARGEST_UINT64);
}

/** long long, modulo 2^64 */
function toInt64Modulo(value) {
    const integer = modulo(value);
    return Number.isSafeInteger(integer) ? integer : Number(BigInt.asIntN(64, BigInt(integer)));
}

/** unsigned short, modulo 2^16 */
function toUint16Modulo(value) {
    return value & 0xffff;
}

/** double */
function toDouble(value, what) {
    const number = +value;
    if (!Number.isFinite(number)) refuse(what, `must be finite, not ${number}`);
    return number;
}

/** unrestricted double */
function toUnrestrictedDouble(value) {
    return +value;
}

function toDOMString(value) {
    return `${value}`;
}

function toBoolean(value) {
    return Boolean(value);
}

/** An enumeration; `values` has them as keys, in a Map or a Set. */
function toEnum(value, what, values) {
    const string = `${value}`;
    if (!values.has(string)) refuse(what, `must be one of ${[...values.keys()].join(', ')}, not ${show(string)}`);
    return string;
}

/** The object to read a dictionary's members from: undefined and null have none. */
function toDictionary(value, what) {
    if (value === undefined || value === null) return NOTHING;
    if (!isObject(value)) refuse(what, `must be an object, not ${typeof value}`);
    return value;
}

/** A required member of a dictionary. */
function required(value, what) {
    if (value === undefined) refuse(what, 'is required');
    return value;
}

function iteratorMethod(value, what) {
    const method = isObject(value) ? value[Symbol.iterator] : undefined;
    if (method === undefined || method === null) refuse(what, 'must be a sequence: an object with Symbol.iterator');
    if (typeof method !== 'function') refuse(what, 'has a Symbol.iterator that is not a function');
    return method;
}

/** sequence<T>, with `convert(element, what)` for its elements. */
function toSequence(value, what, convert) {
    const iterator = Reflect.apply(iteratorMethod(value, what), value, []);
    if (!isObject(iterator)) refuse(what, 'has an iterator that is not an object');
    const { next } = iterator;
    const sequence = [];
    for (;;) {
        const result = Reflect.apply(next, iterator, []);
        if (!isObject(result)) refuse(what, 'has an iterator whose next() does not give an object');
        if (result.done) return sequence;
        sequence.push(convert(result.value, `${what}[${sequence.length}]`));
    }
}

/** A callback function. */
function toCallback(value, what) {
    if (typeof value !== 'function') refuse(what, 'must be a function');
    return value;
}

function isBufferSource(value) {
    return ArrayBuffer.isView(value) || isAnyArrayBuffer(value);
}

function bufferOf(source) {
    if (!ArrayBuffer.isView(source)) return source;
    return Reflect.apply(isDataView(source) ? ofDataView.buffer : ofTypedArray.buffer, source, []);
}

/** Whether the bytes of a buffer source are gone. */
function isDetached(source) {
    const buffer = bufferOf(source);
    if (!isArrayBuffer(buffer) || Reflect.apply(bufferLength, buffer, []) !== 0) return false;
    if (typeof buffer.detached === 'boolean') return buffer.detached;
    try {
        new Uint8Array(buffer);
        return false;
    } catch {
        return true;
    }
}

/** AllowSharedBufferSource, without [AllowResizable]: the object itself. */
function toBufferSource(value, what) {
    if (!isBufferSource(value)) refuse(what, 'must be an ArrayBuffer, a SharedArrayBuffer or a view of one');
    const buffer = bufferOf(value);
    if (buffer.resizable || buffer.growable) refuse(what, 'must not have a buffer that can be resized');
    return value;
}

/** The bytes of a buffer source, not copied: none when it is detached. */
function bytesOf(source) {
    if (isUint8Array(source)) return source;
    if (isDetached(source)) return new Uint8Array(0);
    if (!ArrayBuffer.isView(source)) {
        const length = isSharedArrayBuffer(source) ? sharedLength : bufferLength;
        return new Uint8Array(source, 0, Reflect.apply(length, source, []));
    }
    const view = isDataView(source) ? ofDataView : ofTypedArray;
    return new Uint8Array(
        Reflect.apply(view.buffer, source, []),
        Reflect.apply(view.byteOffset, source, []),
        Reflect.apply(view.byteLength, source, []),
    );
}

/** A copy of the bytes of a buffer source, in a buffer of their own that nobody shares. */
function copyOfBytes(source) {
    const bytes = bytesOf(source);
    const copy = new Uint8Array(Reflect.apply(ofTypedArray.byteLength, bytes, []));
    copy.set(bytes);
    return copy;
}

function toArrayBuffer(value, what) {
    if (!isArrayBuffer(value)) refuse(what, 'must be an ArrayBuffer');
    if (value.resizable) refuse(what, 'must not be resizable');
    return value;
}

/** sequence<ArrayBuffer>, the type of `transfer` */
function toTransfer(value, what) {
    return toSequence(value, what, toArrayBuffer);
}

/** DOMRectInit */
function toRect(value, what) {
    const init = toDictionary(value, what);
    const height = init.height;
    const rect = { x: 0, y: 0, width: 0, height: height === undefined ? 0 : +height };
    const width = init.width;
    if (width !== undefined) rect.width = +width;
    const x = init.x;
    if (x !== undefined) rect.x = +x;
    const y = init.y;
    if (y !== undefined) rect.y = +y;
    return rect;
}

module.exports = {
    refuse,
    isObject,
    toUint32,
    toUint64,
    toInt64,
    toUint64Modulo,
    toInt64Modulo,
    toUint16Modulo,
    toDouble,
    toUnrestrictedDouble,
    toDOMString,
    toBoolean,
    toEnum,
    toDictionary,
    required,
    toSequence,
    toCallback,
    isBufferSource,
    isDetached,
    toBufferSource,
    bytesOf,
    copyOfBytes,
    toTransfer,
    toRect,
};
