#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's C blocks are parts of the examples, word for word, and the examples run: readme.sh SOURCE BUILD
# prints TAP. A block names its file in the HTML comment on the line above it.
set -u
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0 failed=0

report() { # outcome description
    count=$((count + 1))
    [ "$1" = 0 ] && echo "ok $count - $2" && return
    failed=1
    echo "not ok $count - $2"
}

awk -v out="$work/block" '
    /^<!-- examples\/.* -->$/ { file = $2 }
    /^```c$/ { n++; inside = 1; print file > (out n ".file"); next }
    /^```$/ { inside = 0 }
    inside { print > (out n ".c") }
' "$source/README.md"

for block in "$work"/block*.c; do
    file=$(cat "${block%.c}.file")
    # A block is a run of whole lines of its file.
    awk 'NR == FNR { want[NR] = $0; n = NR; next }
         { have[FNR] = $0; m = FNR }
         END {
             for (i = 0; i + n <= m; i++) {
                 for (j = 1; j <= n && have[i + j] == want[j]; j++) { }
                 if (j > n) exit 0
             }
             exit 1
         }' "$block" "$source/$file"
    report $? "the README shows lines of ${file:-a file it does not name}"
done

for name in encode decode; do
    lines=$(grep -cvE '^[[:space:]]*(/\*.*\*/)?$' "$source/examples/$name.c")
    [ "$lines" -lt 40 ]
    report $? "$name.c has $lines lines of C, fewer than 40"
done

"$build/examples/example-encode" "$work/out.h264" 2>"$work/encode.log"
report $? "encode runs"
if command -v ffprobe >/dev/null; then
    frames=$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$work/out.h264" | tr -d ,)
    [ "$frames" = 60 ]
    report $? "ffprobe counts ${frames:-no} frames in what it wrote, of 60"
else
    report 0 "ffprobe counts the frames in what it wrote # SKIP no ffprobe here"
fi
for codec in vp8 vp9 av1; do
    "$build/tools/webc" transcode -i "$work/out.h264" -o "$work/$codec.ivf" --codec $codec 2>"$work/$codec.log"
    frames=$("$build/examples/example-decode" "$work/$codec.ivf" 2>>"$work/$codec.log" | grep -c '^frame at ')
    [ "$frames" = 60 ]
    report $? "decode prints $frames pictures of $codec, of 60"
done
for loop in poll_loop libuv_loop glib_loop; do
    if [ ! -x "$build/examples/example-$loop" ]; then
        report 0 "$loop runs # SKIP not built here"
        continue
    fi
    "$build/examples/example-$loop" >"$work/$loop.log" 2>&1
    report $? "$loop runs: $(grep -v '^Svt' "$work/$loop.log" | tail -n 1)"
done
echo "1..$count"
exit $failed
