// SPDX-License-Identifier: MIT
'use strict';

/*
 * What an encoder was told to do: libx264 and libx265 write their options into the first picture of a stream, as text
 * in an SEI message.
 */

/** The options as a Map, of the bytes of a first chunk; null where there are none. Flags have no value. */
function readOptions(data) {
    const found = /x26[45] [ -~]* options: ([ -~]+)/.exec(Buffer.from(data).toString('latin1'));
    if (!found) return null;
    return new Map(found[1].split(' ').map((option) => option.split('=')));
}

/** The options of two streams that are not the same, by name: "a 1 / 2, b 3 / -"; "all the same" where none is. */
function differences(ours, theirs) {
    const names = new Set([...ours.keys(), ...theirs.keys()]);
    const other = [...names].filter((name) => ours.get(name) !== theirs.get(name));
    return (
        other.map((name) => `${name} ${ours.get(name) ?? '-'} / ${theirs.get(name) ?? '-'}`).join(', ') || 'all the same'
    );
}

module.exports = { readOptions, differences };
