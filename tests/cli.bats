#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The webc command as its users meet it: exit codes, pipes, formats, signals, bad input. WEBC names the program;
# ffmpeg makes the input.

bats_require_minimum_version 1.5.0

setup_file() {
    export LC_ALL=C
    WEBC=${WEBC:-webc}
    if [[ $WEBC == */* ]]; then WEBC=$(realpath "$WEBC"); fi
    export WEBC
    export CLIPS=$BATS_FILE_TMPDIR
    cd "$CLIPS"
    ffmpeg -v error -f lavfi -i testsrc2=s=160x120:r=30000/1001:d=1 -f lavfi -i sine=d=1 \
        -c:v libx264 -g 10 -bf 2 -c:a aac -metadata title=Clip clip.mp4
    ffmpeg -v error -i clip.mp4 -an -c copy video.mp4
    ffmpeg -v error -i clip.mp4 -an -c copy -bsf:v h264_mp4toannexb clip.264
    ffmpeg -v error -f lavfi -i testsrc2=s=160x120:r=25:d=1 -pix_fmt yuv420p clip.y4m
    ffmpeg -v error -i clip.y4m -f rawvideo clip.yuv
    ffmpeg -v error -f lavfi -i testsrc=s=175x143:r=25:d=0.4 -pix_fmt yuv420p odd.y4m
    ffmpeg -v error -f lavfi -i sine=d=0.5 -c:a aac audio.mp4
    ffmpeg -v error -f lavfi -i testsrc2=s=64x48:r=5:d=1 moving.gif
    ffmpeg -v error -f lavfi -i testsrc2=s=640x360:r=25:d=120 -c:v libx264 -preset ultrafast long.mp4
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# Frames of the first video track as ffprobe counts them.
count_frames() {
    ffprobe -v error -select_streams v:0 -count_frames -show_entries stream=nb_read_frames -of csv=p=0 "$1" | head -n 1
}

times() {
    ffprobe -v error -select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 "$1" |
        grep -o '^-\?[0-9][0-9.]*'
}

# One field of every packet of the audio track.
audio() {
    ffprobe -v error -select_streams a:0 -show_data_hash md5 -show_entries packet=$2 -of default=nw=1 "$1" |
        sed -n "s/^$2=//p"
}

@test "help and version succeed and print to standard output" {
    for arguments in --help --version "decode --help" "encode -h" "transcode --help" "info --help" "bench --help" \
        "sheet --help" "compare --help"; do
        run --separate-stderr $WEBC $arguments
        [ "$status" -eq 0 ]
        [ -n "$output" ]
        [ -z "$stderr" ]
    done
}

@test "wrong usage exits 2 with a message" {
    for arguments in "" "nonsense" "decode" "decode a b" "decode $CLIPS/clip.mp4" "decode --nonsense x" \
        "decode -o" "decode -o x.txt $CLIPS/clip.mp4" "decode --md5 - --framemd5 - $CLIPS/clip.mp4" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4" "transcode -o x.mp4 --codec h264" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264 --bitrate fast" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264 --width 0" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264 --width 99999999999999999999" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264 --framerate 0" \
        "transcode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264 --latency-mode soon" \
        "transcode -i $CLIPS/clip.mp4 -o x.unknown --codec h264" \
        "transcode -i $CLIPS/clip.mp4 -o - --codec h264" \
        "transcode -i $CLIPS/clip.mp4 -o $CLIPS/clip.mp4 --codec h264" \
        "encode -i $CLIPS/clip.yuv --size 0x120 -o x.mp4 --codec h264" \
        "encode -i $CLIPS/clip.yuv --size 160x120 --pixel-format nonsense -o x.mp4 --codec h264" \
        "encode -i $CLIPS/clip.mp4 -o x.mp4 --codec h264" \
        "decode --json fd:99 --md5 x $CLIPS/clip.mp4" "compare $CLIPS/clip.mp4"; do
        run --separate-stderr $WEBC $arguments
        echo "webc $arguments: $status $stderr"
        [ "$status" -eq 2 ]
        [ -n "$stderr" ]
        [ -z "$output" ]
    done
    [ ! -e x.mp4 ]
}

@test "input that cannot be read exits 3" {
    : >empty.mp4
    seq 1 2000 >text.mp4
    cp text.mp4 text.txt
    head -c 100 "$CLIPS/clip.mp4" >head.mp4
    for file in missing.mp4 empty.mp4 text.mp4 text.txt head.mp4 . "$CLIPS/audio.mp4"; do
        for command in "decode --md5 -" "transcode -o x.mp4 --codec h264 -i" info "sheet -o x.png"; do
            [ "$command $file" = "info $CLIPS/audio.mp4" ] && continue
            run --separate-stderr $WEBC $command "$file"
            echo "webc $command $file: $status $stderr"
            [ "$status" -eq 3 ]
            [[ $stderr == webc:\ error:* ]]
        done
    done
    [ ! -e x.mp4 ]
}

@test "a scalability mode is used where the encoder has layers, and named where not" {
    run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o layers.webm --codec vp8 --no-audio \
        --scalability-mode L1T3 --content-hint text
    [ "$status" -eq 0 ]
    run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o x.mp4 --codec h264 --no-audio \
        --scalability-mode L1T3
    [ "$status" -eq 4 ]
    [[ $stderr == *scalability_mode* ]]
    [ ! -e x.mp4 ]
}

@test "a preset reaches the encoder, and one that it does not have is named" {
    for preset in ultrafast slow; do
        run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o $preset.mp4 --codec h264 --no-audio --preset $preset
        [ "$status" -eq 0 ]
    done
    run cmp ultrafast.mp4 slow.mp4
    [ "$status" -eq 1 ]
    run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o x.mp4 --codec h264 --no-audio --preset quick
    [ "$status" -eq 4 ]
    [[ $stderr == *preset*ultrafast* ]]
}

@test "layers of odd pictures print nothing" {
    for codec in vp8 vp9; do
        run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o odd-$codec.webm --codec $codec --no-audio \
            --scalability-mode L1T3 --width 161 --height 121
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
}

@test "codecs that are not supported exit 4 and are named" {
    run --separate-stderr $WEBC decode --md5 - "$CLIPS/moving.gif"
    [ "$status" -eq 4 ]
    [[ $stderr == *gif* ]]
    run --separate-stderr $WEBC decode --md5 - "$CLIPS/clip.y4m"
    [ "$status" -eq 4 ]
    [[ $stderr == *rawvideo* ]]
    for codec in nonsense avc1 avc1.zzzzzz vp09.99.99.99 hvc1 theora; do
        run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o x.mp4 --codec $codec --no-audio
        echo "$codec: $status $stderr"
        [ "$status" -eq 4 ]
        [[ $stderr == *$codec* ]]
        [ ! -e x.mp4 ]
    done
}

@test "a truncated file keeps what can be decoded and does not exit 0" {
    ffmpeg -v error -i "$CLIPS/video.mp4" -c copy -movflags faststart fast.mp4
    size=$(stat -c %s fast.mp4)
    head -c $((size * 2 / 3)) fast.mp4 >cut.mp4
    run --separate-stderr $WEBC decode --framemd5 out.md5 cut.mp4
    [ "$status" -eq 5 ]
    [ -n "$stderr" ]
    [ "$(grep -vc '^#' out.md5)" -gt 5 ]
    run --separate-stderr $WEBC transcode -i cut.mp4 -o out.mp4 --codec h264
    [ "$status" -eq 5 ]
    [ "$(count_frames out.mp4)" -gt 5 ]
}

@test "Matroska that is cut keeps what can be decoded, says so and exits 5" {
    ffmpeg -v error -i "$CLIPS/clip.mp4" -c copy whole.mkv
    # As a file and through a pipe, which cannot be sought in; a Void may stand before the segment.
    segment=$(LC_ALL=C grep -abo $'\x18\x53\x80\x67' whole.mkv | head -n 1 | cut -d: -f1)
    { head -c $segment whole.mkv && printf '\xec\x82ab' && tail -c +$((segment + 1)) whole.mkv; } >void.mkv
    for whole in whole.mkv void.mkv; do
        size=$(stat -c %s $whole)
        head -c $((size * 2 / 3)) $whole >cut.mkv
        for input in cut.mkv -; do
            run --separate-stderr $WEBC decode --framemd5 out.md5 $input < <(cat cut.mkv)
            [ "$status" -eq 5 ]
            [[ $stderr == *"by its header $((size - size * 2 / 3)) of its $size bytes are missing"* ]]
            [ "$(grep -vc '^#' out.md5)" -gt 5 ]
            run --separate-stderr $WEBC decode --framemd5 out.md5 ${input/cut.mkv/$whole} < <(cat $whole)
            [ "$status" -eq 0 ]
            [ -z "$stderr" ]
        done
    done
    # Written to a pipe it has no size, and nothing can be told.
    ffmpeg -v error -i "$CLIPS/clip.mp4" -c copy -f matroska - | cat >live.mkv
    run --separate-stderr $WEBC decode --framemd5 out.md5 live.mkv
    [ "$status" -eq 0 ]
}

@test "damaged bits end with 0, 3 or 5, never in a crash" {
    size=$(stat -c %s "$CLIPS/clip.264")
    for seed in 1 2 3 4 5 6 7 8; do
        cp "$CLIPS/clip.264" flipped.264
        for i in 1 2 3 4 5; do
            printf '\xa5' | dd of=flipped.264 bs=1 seek=$((seed * 7919 * i % size)) conv=notrunc status=none
        done
        run timeout 20 $WEBC decode --md5 - flipped.264
        echo "$seed: $status $output"
        [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || [ "$status" -eq 5 ]
    done
}

@test "damage stops decoding, or is kept or left out and told" {
    # Half of the second key frame is gone. Noise in its place would be a valid picture in some clips.
    read -r at size < <(ffprobe -v error -show_entries packet=pos,size,flags -of csv=p=0 "$CLIPS/clip.264" |
        awk -F, '$3 ~ /K/ && ++keys == 2 { print $2, $1 }')
    { head -c $((at + size / 2)) "$CLIPS/clip.264" && tail -c +$((at + size + 1)) "$CLIPS/clip.264"; } >torn.264
    run --separate-stderr $WEBC decode --framemd5 strict.md5 torn.264
    [ "$status" -eq 5 ]
    # T3: each time. With frame threads it would be missed in some of a hundred runs.
    local times=100
    [ -z "$SANITIZED" ] || times=10
    for ((i = 0; i < times; i++)); do
        run $WEBC decode --md5 - torn.264
        [ "$status" -eq 5 ]
    done
    for policy in flag skip; do
        run --separate-stderr $WEBC decode --corruption $policy --framemd5 $policy.md5 torn.264
        echo "$policy: $status $stderr"
        [ "$status" -eq 0 ]
        [[ $stderr == *notice*passed\ over* || $stderr == *notice*damaged* ]]
        [ "$(grep -vc '^#' $policy.md5)" -gt "$(grep -vc '^#' strict.md5)" ]
    done
    run --separate-stderr $WEBC decode --corruption maybe --md5 - torn.264
    [ "$status" -eq 2 ]
}

@test "packets before the first key frame are left out with a notice" {
    ffmpeg -v error -i "$CLIPS/clip.264" -c copy -bsf:v 'noise=drop=eq(n\,0)' headless.264 2>/dev/null ||
        skip "this ffmpeg cannot drop packets by an expression"
    run --separate-stderr $WEBC decode --framemd5 - headless.264
    [ "$status" -eq 0 ]
    [[ $stderr == *notice*key\ frame* ]]
}

@test "framemd5 equals ffmpeg's, header and times included" {
    ffmpeg -v error -ignore_editlist 1 -flags +unaligned -i "$CLIPS/clip.mp4" -map 0:v:0 -fps_mode passthrough \
        -enc_time_base -1 -fflags +bitexact -f framemd5 expected.md5
    $WEBC decode --framemd5 - "$CLIPS/clip.mp4" >got.md5
    diff expected.md5 got.md5
    $WEBC decode --framemd5 - "$CLIPS/clip.264" >got.md5
    diff <(grep -v '^#' expected.md5 | cut -d, -f5-) <(grep -v '^#' got.md5 | cut -d, -f5-)
}

@test "md5, raw and y4m hold the same pictures" {
    ffmpeg -v error -i "$CLIPS/video.mp4" -f rawvideo expected.yuv
    $WEBC decode -o got.yuv --md5 got.md5 "$CLIPS/video.mp4"
    cmp expected.yuv got.yuv
    [ "$(cat got.md5)" = "$(md5sum <expected.yuv | cut -d' ' -f1)" ]
    $WEBC decode -o - "$CLIPS/video.mp4" >got.y4m
    ffmpeg -v error -i got.y4m -f rawvideo y4m.yuv
    cmp expected.yuv y4m.yuv
    $WEBC decode -o - --format raw "$CLIPS/video.mp4" | cmp expected.yuv -
}

@test "decode reads standard input" {
    run $WEBC decode --md5 - - <"$CLIPS/clip.264"
    [ "$status" -eq 0 ]
    [ "$output" = "$($WEBC decode --md5 - "$CLIPS/clip.264")" ]
}

@test "transcode keeps frames, times, audio and metadata" {
    for to in "h264 out.mp4" "hevc out.mov" "vp9 out.mkv" "av1 out.mp4" "vp8 out.mkv"; do
        set -- $to
        $WEBC transcode -i "$CLIPS/clip.mp4" -o $2 --codec $1
        [ "$(count_frames $2)" -eq "$(count_frames "$CLIPS/clip.mp4")" ]
        paste <(times "$CLIPS/clip.mp4") <(times $2) |
            awk -v half="$([ $2 = out.mkv ] && echo 0.000501 || echo 0.000002)" \
                '{ d = $1 - $2; if (d > half || -d > half) { print; bad = 1 } } END { exit bad }'
        [ "$(ffprobe -v error -select_streams a -show_entries stream=codec_name -of csv=p=0 $2)" = aac ]
        [ "$(ffprobe -v error -show_entries format_tags=title -of csv=p=0 $2)" = Clip ]
        diff <(audio "$CLIPS/clip.mp4" data_hash) <(audio $2 data_hash)
        # Matroska counts in milliseconds; mp4 and mov keep the very sample.
        paste <(audio "$CLIPS/clip.mp4" pts_time) <(audio $2 pts_time) |
            awk -v half="$([ $2 = out.mkv ] && echo 0.000501 || echo 0.000002)" \
                '{ d = $1 - $2; if (NF != 2 || d > half || -d > half) { print; bad = 1 } } END { exit bad || !NR }'
    done
}

@test "audio that begins late begins at the same sample in mp4 and mov" {
    ffmpeg -v error -i "$CLIPS/clip.mp4" -itsoffset 0.1234 -i "$CLIPS/clip.mp4" -map 0:v -map 1:a -c copy \
        -movie_timescale 441000 late.mp4
    for file in out.mp4 out.mov; do
        $WEBC transcode -i late.mp4 -o $file --codec h264
        diff <(audio late.mp4 pts) <(audio $file pts)
    done
}

@test "every elementary stream format can be written and decoded" {
    for to in "h264 out.264" "hevc out.265" "av1 out.obu" "av1 out.ivf" "vp8 out.ivf" "vp9 out.ivf"; do
        set -- $to
        $WEBC transcode -i "$CLIPS/video.mp4" -o $2 --codec $1
        [ "$(count_frames $2)" -eq "$(count_frames "$CLIPS/video.mp4")" ]
    done
}

@test "a track that the container cannot hold exits 4, says what helps and leaves the old file alone" {
    echo precious >out.webm
    run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o out.webm --codec vp9
    [ "$status" -eq 4 ]
    [[ $stderr == *.mkv*--no-audio* ]]
    [ "$(cat out.webm)" = precious ]
    run --separate-stderr $WEBC transcode -i "$CLIPS/clip.mp4" -o new.webm --codec h264
    [ "$status" -eq 4 ]
    [ ! -e new.webm ]
    $WEBC transcode -i "$CLIPS/clip.mp4" -o out.webm --codec vp9 --no-audio
    [ "$(count_frames out.webm)" -eq "$(count_frames "$CLIPS/clip.mp4")" ]
}

@test "the rotation of the video is kept" {
    ffmpeg -v error -display_rotation 90 -i "$CLIPS/video.mp4" -c copy turned.mp4 2>/dev/null ||
        ffmpeg -v error -i "$CLIPS/video.mp4" -c copy -metadata:s:v rotate=270 turned.mp4
    matrix() { ffprobe -v error -show_entries stream_side_data=rotation -of csv=p=0 "$1" | grep -o -- '-\?[0-9]\+'; }
    [ -n "$(matrix turned.mp4)" ]
    $WEBC transcode -i turned.mp4 -o out.mp4 --codec h264
    [ "$(matrix out.mp4)" = "$(matrix turned.mp4)" ]
}

@test "odd sizes become even for H.264 with a notice, and stay for VP9" {
    run --separate-stderr $WEBC encode -i "$CLIPS/odd.y4m" -o odd.mp4 --codec h264
    [ "$status" -eq 0 ]
    [[ $stderr == *notice*175x143*174x142* ]]
    [ "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 odd.mp4)" = 174,142 ]
    run --separate-stderr $WEBC encode -i "$CLIPS/odd.y4m" -o odd.webm --codec vp9
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 odd.webm)" = 175,143 ]
}

@test "encode takes y4m and raw, from files and pipes" {
    $WEBC encode -i "$CLIPS/clip.y4m" -o a.mp4 --codec h264
    $WEBC encode -i - -o - --container mkv --codec vp9 <"$CLIPS/clip.y4m" >b.mkv
    $WEBC encode -i - --size 160x120 --framerate 25 --pixel-format I420 -o c.ivf --codec av1 <"$CLIPS/clip.yuv"
    $WEBC encode -i "$CLIPS/clip.yuv" --size 160x120 --framerate 25 -o - --container mp4 --codec h264 >d.mp4
    for file in a.mp4 b.mkv c.ivf d.mp4; do
        [ "$(count_frames $file)" -eq 25 ]
        $WEBC compare --min-psnr 25 "$CLIPS/clip.y4m" $file
    done
}

@test "raw input that ends inside a picture keeps the whole ones and exits 5" {
    head -c $((160 * 120 * 3 / 2 * 5 + 100)) "$CLIPS/clip.yuv" >cut.yuv
    run --separate-stderr $WEBC encode -i cut.yuv --size 160x120 -o out.mp4 --codec h264
    [ "$status" -eq 5 ]
    [ "$(count_frames out.mp4)" -eq 5 ]
}

# EN-03, VE-12: a second reader and a second decoder agree on profile, level, depth, size and number.
@test "ffprobe reads what the codec string asked for" {
    while read -r codec name profile level format decoder; do
        rm -f out.mkv
        $WEBC encode -i "$CLIPS/clip.y4m" -o out.mkv --codec "$codec" --bitrate 500k
        local got
        got=$(ffprobe -v error -count_frames -show_entries \
            stream=codec_name,profile,width,height,pix_fmt,level,nb_read_frames -of csv=p=0 out.mkv)
        echo "$codec: $got"
        [[ $got == "$name,${profile//_/ },160,120,$format,"*,25 ]]
        [ "$(ffmpeg -v error -xerror -c:v "$decoder" -i out.mkv -f framemd5 - </dev/null | grep -vc '^#')" -eq 25 ]
        local read=${got%,25}
        [ "$level" = any ] || [ "${read##*,}" -le "$level" ]
    done <<EOF
avc1.42e01e h264 Constrained_Baseline 30 yuv420p h264
avc1.4d401e h264 Main 30 yuv420p h264
avc1.64001e h264 High 30 yuv420p h264
hvc1.1.6.L93.B0 hevc Main 93 yuv420p hevc
hvc1.2.4.L93.B0 hevc Main_10 93 yuv420p10le hevc
vp8 vp8 0 any yuv420p libvpx
vp09.00.20.08 vp9 Profile_0 any yuv420p libvpx-vp9
vp09.02.20.10 vp9 Profile_2 any yuv420p10le libvpx-vp9
av01.0.04M.08 av1 Main 4 yuv420p libdav1d
av01.0.04M.10 av1 Main 4 yuv420p10le libdav1d
EOF
}

@test "the size can be changed and the other side follows" {
    $WEBC transcode -i "$CLIPS/video.mp4" -o out.mp4 --codec h264 --width 80
    [ "$(ffprobe -v error -show_entries stream=width,height -of csv=p=0 out.mp4)" = 80,60 ]
}

@test "output that cannot be written exits 6" {
    run --separate-stderr $WEBC decode --md5 missing/folder/x "$CLIPS/clip.mp4"
    [ "$status" -eq 6 ]
    run --separate-stderr $WEBC transcode -i "$CLIPS/video.mp4" -o missing/x.mp4 --codec h264
    [ "$status" -eq 6 ]
    [ -e /dev/full ] || return 0
    for arguments in "decode -o /dev/full --format raw $CLIPS/clip.mp4" "decode --framemd5 /dev/full $CLIPS/clip.mp4" \
        "transcode -i $CLIPS/video.mp4 -o /dev/full --container mkv --codec h264"; do
        run --separate-stderr $WEBC $arguments
        [ "$status" -eq 6 ]
        [[ $stderr == *"No space"* ]]
    done
}

@test "a closed pipe ends quietly with 141" {
    run --separate-stderr bash -c "$WEBC decode -o - '$CLIPS/long.mp4' | head -c 1000 >/dev/null; exit \${PIPESTATUS[0]}"
    [ "$status" -eq 141 ]
    [ -z "$stderr" ]
}

@test "json is one valid object per line, from start to end" {
    $WEBC transcode -i "$CLIPS/video.mp4" -o out.mp4 --codec h264 --json progress.json
    [ "$(jq -r .type progress.json | head -n 1)" = start ]
    [ "$(jq -r .type progress.json | tail -n 1)" = end ]
    [ "$(jq -r 'select(.type == "end").exit' progress.json)" = 0 ]
    [ "$(jq -r 'select(.type == "end").frames' progress.json)" -eq "$(count_frames out.mp4)" ]
    [ "$(jq -c 'select(.v != 1)' progress.json | wc -l)" -eq 0 ]
    name=$'quo"te\\back\nline\x01\xff.mp4'
    cp "$CLIPS/video.mp4" "$name"
    $WEBC decode --md5 /dev/null --json fd:3 "$name" 3>strange.json
    [ "$(jq -r 'select(.type == "start").input' strange.json | head -c 9)" = 'quo"te\ba' ]
    run $WEBC decode --md5 x --json failed.json missing.mp4
    [ "$(jq -r 'select(.type == "end").exit' failed.json)" = 3 ]
    [ "$(jq -r 'select(.type == "error").message' failed.json | wc -l)" -eq 1 ]
    $WEBC info --json | jq -e '.implementations | length > 5'
    $WEBC info --json "$CLIPS/clip.mp4" | jq -e '.tracks[0].codec_string | startswith("avc1.")'
}

@test "nothing but what was asked for reaches standard output" {
    run --separate-stderr $WEBC transcode -i "$CLIPS/video.mp4" -o out.mp4 --codec h264
    [ -z "$output" ]
    [ -z "$stderr" ]
}

# Start a transcode, wait until it has got somewhere, send a signal and check what is left.
interrupt() { # signal status codec file
    mkfifo json
    $WEBC transcode -i "$CLIPS/long.mp4" -o $4 --codec $3 --json json 2>messages &
    local process=$!
    exec 4<json
    while read -r line <&4; do
        [[ $line == *'"type":"progress"'* && $line != *'"frames":0,'* ]] && break
    done
    kill -$1 $process
    cat <&4 >/dev/null
    exec 4<&-
    local code=0
    wait $process || code=$?
    cat messages
    [ "$code" -eq "$2" ]
    local frames
    frames=$(count_frames $4)
    [ "$frames" -gt 0 ]
    [ "$frames" -lt 3000 ]
}

@test "SIGINT leaves a playable file and exits 130" {
    interrupt INT 130 vp9 out.webm
}

@test "SIGTERM leaves a playable file and exits 143" {
    interrupt TERM 143 hevc out.mp4
}

@test "a signal ends a command that waits for its input, with its output complete" {
    ffmpeg -v error -t 10 -i "$CLIPS/long.mp4" -c copy whole.mkv
    head -c $(($(stat -c %s whole.mkv) * 3 / 4)) whole.mkv >part.mkv
    mkfifo input json
    $WEBC decode --md5 out.md5 --json json - <input 2>messages &
    process=$!
    exec 4>input 5<json
    cat part.mkv >&4
    while read -r line <&5; do
        [[ $line == *'"type":"progress"'* ]] && break
    done
    kill -TERM $process
    cat <&5 >rest.json
    code=0
    wait $process || code=$?
    exec 4>&- 5<&-
    cat messages
    [ "$code" -eq 143 ]
    frames=$(jq 'select(.type == "end").frames' rest.json)
    [ "$frames" -gt 0 ]
    [ "$(cat out.md5)" = "$(ffmpeg -v error -i whole.mkv -frames:v $frames -f rawvideo - | md5sum | cut -d' ' -f1)" ]
}

@test "compare tells equal, different and too different" {
    run $WEBC compare --json "$CLIPS/clip.mp4" "$CLIPS/video.mp4"
    [ "$status" -eq 0 ]
    [ "$(jq .identical <<<"$output")" = true ]
    $WEBC transcode -i "$CLIPS/video.mp4" -o poor.mp4 --codec h264 --bitrate 20k
    run --separate-stderr $WEBC compare --min-psnr 60 "$CLIPS/video.mp4" poor.mp4
    [ "$status" -eq 7 ]
    run --separate-stderr $WEBC compare "$CLIPS/video.mp4" "$CLIPS/long.mp4"
    [ "$status" -eq 7 ]
}

@test "sheet writes a PNG" {
    $WEBC sheet -o sheet.png --columns 3 --rows 2 "$CLIPS/clip.mp4"
    [ "$(ffprobe -v error -show_entries stream=codec_name,width -of csv=p=0 sheet.png)" = png,976 ]
}

@test "info lists implementations and tracks" {
    run $WEBC info
    [ "$status" -eq 0 ]
    [[ $output == *H.264*decode* ]]
    run $WEBC info "$CLIPS/clip.mp4"
    [ "$status" -eq 0 ]
    [[ $output == *"10 to 10 packets apart"* ]]
    [[ $output == *aac* ]]
}

@test "standard output is added to, never cut or sought in" {
    echo KEEP >log
    $WEBC decode --md5 - "$CLIPS/clip.mp4" >>log
    [ "$(head -n 1 log)" = KEEP ]
    [ "$(wc -l <log)" -eq 2 ]
    ($WEBC decode --md5 - "$CLIPS/clip.mp4" && $WEBC decode --md5 - "$CLIPS/video.mp4") >two.txt
    [ "$(wc -l <two.txt)" -eq 2 ]
    (echo KEEP && $WEBC transcode -i "$CLIPS/video.mp4" -o - --container mp4 --codec h264) >behind
    [ "$(head -n 1 behind)" = KEEP ]
    tail -c +6 behind >out.mp4
    [ "$(count_frames out.mp4)" -eq "$(count_frames "$CLIPS/video.mp4")" ]
}

@test "what is read is never written to, and no two outputs are one file" {
    cp "$CLIPS/video.mp4" in.mp4
    ln in.mp4 link.mp4
    ffmpeg -v error -i in.mp4 -c copy in.mkv
    cp in.mkv kept.mkv
    : >there
    mkdir folder
    for arguments in "decode --json in.mp4 --md5 /dev/null in.mp4" "decode --json link.mp4 --md5 /dev/null in.mp4" \
        "decode --json in.mp4 --md5 - - <in.mp4" "decode --json - --md5 /dev/null in.mp4 1<>in.mp4" \
        "decode --json fd:3 --md5 /dev/null in.mp4 3<>in.mp4" "decode --md5 - in.mp4 >>in.mp4" \
        "transcode -i in.mp4 -o x.mp4 --codec h264 --json in.mp4" \
        "transcode -i - -o in.mkv --codec vp8 <in.mkv" "transcode -i in.mkv -o - --container mkv --codec vp8 >>in.mkv" \
        "transcode -i in.mp4 -o x.mp4 --codec h264 --json x.mp4" "decode --json there --md5 there in.mp4" \
        "decode --json fd:1 --md5 - in.mp4" "decode --framemd5 x --md5 x in.mp4" \
        "decode -o x.y4m --md5 folder/../x.y4m in.mp4" "decode --framemd5 there --md5 ./there in.mp4" \
        "decode --framemd5 there --md5 - in.mp4 >>there" "sheet -o in.mp4 - <in.mp4"; do
        run --separate-stderr bash -c "$WEBC $arguments"
        echo "webc $arguments: $status $stderr"
        [ "$status" -eq 2 ]
        [ -n "$stderr" ]
        [ -z "$output" ]
    done
    cmp in.mp4 "$CLIPS/video.mp4"
    cmp in.mkv kept.mkv
    [ ! -s there ]
    [ ! -e x ] && [ ! -e x.mp4 ] && [ ! -e x.y4m ]
    $WEBC decode --framemd5 /dev/null --md5 /dev/null --json /dev/null in.mp4
}

@test "the chroma of a codec string reaches the headers of mp4" {
    ffmpeg -v error -i "$CLIPS/clip.y4m" -frames:v 3 -pix_fmt yuv444p full.y4m
    # vpcC after its version: profile, level, then depth, chroma (3 is 4:4:4) and range in one byte.
    for row in "vp09.01.10.08.03 0186" "vp09.01.10.08 0186" "vp09.00.10.08.01 0082"; do
        set -- $row
        run --separate-stderr $WEBC encode -i full.y4m -o out.mp4 --codec $1
        echo "$1: $status $stderr"
        [ "$status" -eq 0 ]
        box=$(od -An -v -tx1 out.mp4 | tr -d ' \n' | grep -o '76706343........[0-9a-f]\{6\}')
        [ "${box:16:2}${box:20:1}$(printf %x $((0x${box:21:1} & 14)))" = $2 ]
    done
}

@test "Y4M that ends inside a picture keeps the whole ones and exits 5" {
    size=$(stat -c %s "$CLIPS/clip.y4m")
    head -c $((size - 100)) "$CLIPS/clip.y4m" >cut.y4m
    run --separate-stderr $WEBC encode -i cut.y4m -o out.mp4 --codec h264
    [ "$status" -eq 5 ]
    [[ $stderr == *"ends inside a picture"* ]]
    [ "$(count_frames out.mp4)" -eq 24 ]
    run --separate-stderr $WEBC encode -i - -o out.mp4 --codec h264 < <(cat cut.y4m)
    [ "$status" -eq 5 ]
    run --separate-stderr $WEBC compare "$CLIPS/clip.y4m" "$CLIPS/clip.y4m"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
}

@test "JSON that cannot be written exits 6" {
    [ -e /dev/full ] || skip "this system has no /dev/full"
    for arguments in "info --json" "info --json $CLIPS/clip.mp4" "compare --json $CLIPS/clip.mp4 $CLIPS/video.mp4" \
        "bench --json --rounds 1 --frames 5 $CLIPS/video.mp4"; do
        run --separate-stderr bash -c "$WEBC $arguments >/dev/full"
        echo "webc $arguments: $status $stderr"
        [ "$status" -eq 6 ]
        [[ $stderr == *"No space"* ]]
    done
    run --separate-stderr $WEBC transcode -i "$CLIPS/video.mp4" -o out.mp4 --codec h264 --json /dev/full
    [ "$status" -eq 6 ]
    [[ $stderr == *--json*"No space"* ]]
    [ "$(count_frames out.mp4)" -eq "$(count_frames "$CLIPS/video.mp4")" ]
    run --separate-stderr bash -c "$WEBC transcode -i $CLIPS/video.mp4 -o out.mp4 --codec h264 --json - | true; exit \${PIPESTATUS[0]}"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
}

@test "a video and its beginning are not identical" {
    head -c $(($(head -n 1 "$CLIPS/clip.y4m" | wc -c) + 5 * (160 * 120 * 3 / 2 + 6))) "$CLIPS/clip.y4m" >five.y4m
    for pair in "$CLIPS/clip.y4m five.y4m" "five.y4m $CLIPS/clip.y4m"; do
        run --separate-stderr $WEBC compare --json $pair
        [ "$status" -eq 7 ]
        [ "$(jq .identical <<<"$output")" = false ]
    done
}

@test "there is no MD5 of nothing" {
    ffmpeg -v error -i "$CLIPS/video.mp4" -c copy -bsf:v 'noise=drop=key' none.mkv 2>/dev/null ||
        skip "this ffmpeg cannot drop packets by an expression"
    run --separate-stderr $WEBC decode --md5 - none.mkv
    [ "$status" -eq 3 ] || [ "$status" -eq 5 ]
    [ -n "$stderr" ]
    [ -z "$output" ]
}
