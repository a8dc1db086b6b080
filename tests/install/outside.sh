#!/bin/bash
# SPDX-License-Identifier: MIT
# outside.sh pkg_config|subproject SOURCES CC...: use the library as a stranger's project would, in a folder of
# its own. Prints TAP.
set -euo pipefail
kind=$1
sources=$2
shift 2
cc=("$@")
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
# What the surrounding run is built with does not concern a stranger.
unset CFLAGS LDFLAGS ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS MALLOC_PERTURB_ DESTDIR
number=0
failed=0

# try NAME COMMAND...: one line of TAP; what the command said only when it fails.
try() {
    local name=$1
    shift
    number=$((number + 1))
    if "$@" >"$here/log" 2>&1; then
        echo "ok $number - $name"
    else
        sed 's/^/# /' "$here/log"
        echo "not ok $number - $name"
        failed=1
    fi
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

finish() {
    echo "1..$number"
    exit "$failed"
}

# install_library FOLDER shared|static|both
install_library() {
    meson setup "$here/build-$2" "$sources" --prefix "$1" --libdir lib -Dtests=false -Dtools=false \
        -Dexamples=false -Ddefault_library="$2" -Dwerror=true &&
        meson install -C "$here/build-$2"
}

# build PROGRAM SOURCE PACKAGES... with the flags of pkg-config and nothing else.
build() {
    local program=$1 source=$2 flags
    shift 2
    flags=$(pkg-config --cflags --libs "$@") || return 1
    # shellcheck disable=SC2086
    "${cc[@]}" -std=gnu11 -Wall -Wextra -Werror "$source" -o "$program" $flags
}

# The archive beside a shared library is taken by its file name.
build_with_archive() {
    local program=$1 source=$2 flags
    flags=$(pkg-config --cflags --libs webcodecs libavcodec libavutil libswscale) || return 1
    # shellcheck disable=SC2086
    "${cc[@]}" -std=gnu11 -Wall -Wextra -Werror "$source" -o "$program" \
        ${flags/-lwebcodecs/-l:libwebcodecs.a} -lpthread -lm
}

needs_shared_library() {
    readelf -d "$1" | grep -q 'NEEDED.*libwebcodecs\.so\.'
}

needs_no_shared_library() {
    ! readelf -d "$1" | grep -q 'NEEDED.*libwebcodecs'
}

run() {
    LD_LIBRARY_PATH=$prefix/lib "$@"
}

run_prints_chunks() {
    [ "$(run "$1" | tail -n 1)" = "30 chunks" ]
}

# loop NAME PACKAGE: one of the event loops in examples/, when its library is there.
loop() {
    if ! pkg-config --exists "$2"; then
        skip "an encoder runs under $1" "no $2 here"
        return
    fi
    try "$1 program builds" build "$here/loop-$1" "$sources/examples/$1_loop.c" webcodecs "$2"
    try "an encoder runs under $1" run_prints_chunks "$here/loop-$1"
}

use_pkg_config() {
    local program=$sources/tests/install/program.c
    prefix=$here/both
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    try "shared and static library install" install_library "$prefix" both
    try "a program builds through pkg-config" build "$here/program-shared" "$program" webcodecs
    try "it is linked to the shared library" needs_shared_library "$here/program-shared"
    try "it encodes and decodes" run "$here/program-shared"
    try "a program builds with the archive" build_with_archive "$here/program-archive" "$program"
    try "it is not linked to the shared library" needs_no_shared_library "$here/program-archive"
    try "it encodes and decodes" "$here/program-archive"
    loop libuv libuv
    loop glib glib-2.0

    prefix=$here/static
    export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
    try "static library alone installs" install_library "$prefix" static
    try "a program builds through pkg-config" build "$here/program-static" "$program" webcodecs
    try "it encodes and decodes" "$here/program-static"
}

use_subproject() {
    mkdir -p "$here/project/subprojects"
    ln -s "$sources" "$here/project/subprojects/libwebcodecs"
    cp "$sources/tests/install/program.c" "$here/project/"
    cat >"$here/project/meson.build" <<'END'
project('stranger', 'c', default_options: ['c_std=gnu11', 'warning_level=2', 'werror=true'])
subproject('libwebcodecs')
program = executable('program', 'program.c', dependencies: dependency('webcodecs'))
test('program', program)
END
    try "a project with the tree as subproject is set up" meson setup "$here/project/build" "$here/project"
    try "it builds" meson compile -C "$here/project/build"
    try "its program encodes and decodes" meson test -C "$here/project/build" --suite stranger
}

case $kind in
pkg_config) use_pkg_config ;;
subproject) use_subproject ;;
esac
finish
