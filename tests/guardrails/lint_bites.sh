#!/bin/bash
# SPDX-License-Identifier: MIT
# lint_bites.sh LINT: every rule of tools/lint finds its violation in a small tree, and a clean tree passes.
set -euo pipefail
lint=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
number=0
failed=0

plant() {
    mkdir -p "$(dirname "$tree/$1")"
    cat >"$tree/$1"
}

clean_tree() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{include/webcodecs,src,tools,tests,examples}
    plant include/webcodecs/a.h <<'END'
/* SPDX-License-Identifier: MIT */
/**
 * Do it.
 *
 * Threads: any.
 * Owns: nothing.
 * Errors: none.
 */
WEBC_API void webc_do_it(void);
WEBC_API void webc_do_it_too(void);
END
    printf '# SPDX-License-Identifier: MIT\nprograms = { %sa%s: {} }\n' "'" "'" >"$tree/tests/meson.build"
    printf '/* SPDX-License-Identifier: MIT */\n' | tee "$tree/src/api.c" >"$tree/tools/tool.c"
}

report() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        sed 's/^/# /' "$tree.log"
        echo "not ok $number - $2"
        failed=1
    fi
}

# bites NAME FILE TEXT: lint complains about FILE with TEXT.
bites() {
    local status=1
    if ! "$lint" --root "$tree" >"$tree.log" 2>&1 && grep -qF "$2:" "$tree.log" && grep -qF "$3" "$tree.log" &&
        [ "$(grep -c . "$tree.log")" = 2 ]; then
        status=0
    fi
    report $status "$1"
    clean_tree
}

# line NAME FILE TEXT LINE...: a file of those lines breaks a rule.
line() {
    local name=$1 file=$2 text=$3
    shift 3
    { printf '/* SPDX-License-Identifier: MIT */\n' && printf '%s\n' "$@"; } | plant "$file"
    bites "$name" "$file" "$text"
}

clean_tree
status=0
"$lint" --root "$tree" >"$tree.log" 2>&1 || status=1
report $status "a clean tree passes"

room='not for this room'
line "shared includes no other room" src/shared/a.c "$room" '#include "media/frame.h"'
line "shared includes no libav header" src/shared/a.h "$room" '#include <libavutil/frame.h>'
line "shared names no public type" src/shared/a.c "$room" 'static webc_frame *frame;'
line "spec includes no threads" src/spec/a.c "$room" '#include <pthread.h>'
line "spec takes no memory" src/spec/a.c "$room" 'void *p = malloc(3);'
line "spec includes of shared only error.h" src/spec/a.c "$room" '#include "shared/worker.h"'
line "media includes no libavcodec" src/media/a.c "$room" '#include <libavcodec/avcodec.h>'
line "media includes no bitstream" src/media/a.c "$room" '#include "bitstream/nal.h"'
line "bitstream includes no media" src/bitstream/a.c "$room" '#include "media/frame.h"'
line "codec includes no header of the API room" src/codec/a.c "$room" '#include "events.h"'
line "codec includes no libavformat" src/codec/a.c "$room" '#include <libavformat/avformat.h>'
line "the API room does not call libavcodec" src/a.c 'only codec calls this' 'int f = avcodec_open2(a, b, c);'
line "the API room does not call libswscale" src/a.c 'only codec calls this' 'sws_scale(a);'
line "tools include public headers only" tools/a.c 'public headers only' '#include "shared/error.h"'
line "a test that is not built is named" tests/b.c 'not in tests/meson.build' 'int a;'
line "tests do not sleep" tests/a.c 'never for time' "void f(void) { usl""eep(3); }"
line "an unfinished thing is named" src/a.c 'an issue, or do it' "/* T""ODO: more */"
line "paths of one machine are named" src/a.c 'a path of one machine' "/* see /w""ork/main */"
line "a function without documentation is named" include/webcodecs/b.h webc_b \
    'WEBC_API void webc_b(void);'
line "a documentation without Owns: is named" include/webcodecs/b.h webc_b \
    '/**' ' * Threads: any.' ' * Errors: none.' ' */' 'WEBC_API void webc_b(void);'
line "a blank line ends a documented group" include/webcodecs/b.h webc_b \
    '/**' ' * Threads: any.' ' * Owns: nothing.' ' * Errors: none.' ' */' 'WEBC_API void webc_a(void);' '' \
    'WEBC_API void webc_b(void);'
mapfile -t many < <(seq -f 'int a%g;' 600)
line "a long file is named" src/a.c 'more than 600 lines' "${many[@]}"
line "a long function is named" src/a.c 'function of 92 lines' 'int f(void)' '{' "${many[@]:0:90}" '}'
plant src/b.c <<<'int a;'
bites "a file without licence is named" src/b.c 'no SPDX'

plant library.c <<'END'
void webc_do_it(void);
void webc_do_it_too(void);
void extra(void);
void webc_do_it(void) {}
#ifdef ALL
void webc_do_it_too(void) {}
#else
void extra(void) {}
#endif
END
build_library() {
    ${CC:-cc} -shared -fPIC "$@" -o "$tree/library.so" "$tree/library.c"
}
exports() {
    "$lint" --root "$tree" --exports "$tree/library.so" >"$tree.log" 2>&1
}
status=1
build_library -DALL && exports && status=0
report $status "a library that exports what is declared passes"
status=1
build_library
if ! exports && grep -q 'webc_do_it_too: declared, not exported' "$tree.log" &&
    grep -q 'extra: exported, not declared' "$tree.log"; then
    status=0
fi
report $status "missing and unwanted exports are named"

rm -f "$tree.log"
echo "1..$number"
exit $failed
