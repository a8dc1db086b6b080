#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Files that are made to do harm: what the webc command opens for them, and what they cost. WEBC names the program,
# BOMBS the program that writes header bombs; ffmpeg makes the rest.

bats_require_minimum_version 1.5.0

setup_file() {
    export LC_ALL=C
    WEBC=${WEBC:-webc}
    if [[ $WEBC == */* ]]; then WEBC=$(realpath "$WEBC"); fi
    COST=$(realpath "$BATS_TEST_DIRNAME/cost.py")
    export WEBC COST
    export CLIPS=$BATS_FILE_TMPDIR
    cd "$CLIPS"
    ffmpeg -v error -f lavfi -i testsrc2=s=160x120:r=25:d=1 -c:v libx264 -g 10 -bf 2 clip.mp4
    ffmpeg -v error -i clip.mp4 -c copy clip.ts
    ffmpeg -v error -f lavfi -i testsrc2=s=64x48:r=25:d=0.4 -c:v libvpx -b:v 100k clip.ivf
    mkdir bombs
    "$BOMBS" --write bombs
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

# H65: a list of other files is no video, and the files in it are not opened.
@test "files that name other files are not read" {
    cp "$CLIPS/clip.ts" "$CLIPS/clip.mp4" .
    printf 'ffconcat version 1.0\nfile clip.mp4\n' >list.ffconcat
    printf '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n' >list.m3u8
    printf 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\n' >list.sdp
    printf '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>\n' >list.mpd
    cp list.m3u8 list.mp4
    for file in list.ffconcat list.m3u8 list.sdp list.mpd list.mp4; do
        run --separate-stderr $WEBC decode --md5 - "$file"
        echo "$file: $status $output $stderr"
        [ "$status" -eq 3 ]
        [ -z "$output" ]
        [[ $stderr == *"is not a video file"* ]]
        run --separate-stderr $WEBC decode --md5 - - <"$file"
        [ "$status" -eq 3 ]
    done
}

# H65: neither to decode nor to find out about the track.
@test "decoders that are not the engine's are not opened" {
    while read -r encoder name file options; do
        # shellcheck disable=SC2086
        ffmpeg -v error -f lavfi -i testsrc2=s=64x48:r=5:d=1 -c:v "$encoder" $options -strict -2 "$file" </dev/null
        for command in "decode --md5 -" "transcode -o x.mkv --codec h264 -i" "sheet -o x.png"; do
            run --separate-stderr $WEBC $command "$file"
            echo "$command $file: $status $stderr"
            [ "$status" -eq 4 ]
            [[ $stderr == *$name* ]]
            [[ $stderr != *"[$name @"* ]]
        done
        run --separate-stderr $WEBC decode --verbose --md5 - "$file"
        [ "$status" -eq 4 ]
        if [[ $stderr == *"[$name @"* ]]; then [[ $stderr == *"not on whitelist"* ]]; fi
    done <<END
mpeg2video mpeg2video mpeg2.mkv
mpeg2video mpeg2video mpeg2.m2v
mpeg4 mpeg4 mpeg4.avi
magicyuv magicyuv magic.avi -pix_fmt yuv420p
prores prores prores.mov -pix_fmt yuv422p10le
ffv1 ffv1 ffv1.mkv
mjpeg mjpeg mjpeg.avi -pix_fmt yuvj420p
gif gif moving.gif
apng apng moving.apng
utvideo utvideo ut.avi -pix_fmt yuv420p
END
    [ ! -e x.mkv ]
    run --separate-stderr $WEBC decode --verbose --md5 - magic.avi
    [[ $stderr == *"magicyuv"*"not on whitelist"* ]]
}

# H47, M14: at the default limits a file of headers costs at most a second of CPU and 192 MiB. A sanitizer multiplies
# the first and adds to the second, so there only the CPU has a bound, and a wide one.
check_cost() { # file expected-exit-codes
    local seconds=1
    [ -z "$SANITIZED" ] || seconds=10
    run --separate-stderr "$COST" "$seconds" $WEBC "${@:3}" "$1"
    # shellcheck disable=SC2154
    read -r code cpu memory <<<"$output"
    echo "# $(basename "$1"): exit $code, $cpu ms of CPU, $memory MiB" >&3
    echo "$stderr"
    [[ " $2 " == *" $code "* ]]
    [ "$code" -eq 0 ] || [[ $stderr == webc:* ]]
    [ -n "$SANITIZED" ] || [ "$memory" -le 192 ]
}

@test "header bombs are refused at next to no cost" {
    for file in "$CLIPS"/bombs/*; do
        check_cost "$file" "3 5" decode --md5 /dev/null
    done
}

@test "header bombs in containers are refused at next to no cost" {
    for size in 8192x4640 16000x16000; do
        for codec in 264 265; do
            for container in ts mkv mp4 flv avi mpg; do
                ffmpeg -v quiet -f ${codec/26/h26} -i "$CLIPS/bombs/$size.$codec" -c copy -y bomb.$container </dev/null ||
                    continue
                [ -s bomb.$container ] || continue
                check_cost bomb.$container "3 5" decode --md5 /dev/null
            done
        done
    done
}

# libavformat goes on looking as long as it knows nothing of the audio, of which there is nothing.
@test "a track that comes up late is not looked into" {
    ffmpeg -v error -i "$CLIPS/clip.mp4" -f lavfi -i sine=d=1 -c:v copy -c:a mp2 -bsf:a noise=drop=1 early.ts </dev/null ||
        skip "this ffmpeg cannot drop packets by an expression"
    ffmpeg -v quiet -f h264 -i "$CLIPS/bombs/16000x16000.264" -c copy -mpegts_start_pid 0x200 \
        -f mpegts late.ts </dev/null || skip "this ffmpeg does not copy it"
    cat early.ts late.ts >both.ts
    check_cost both.ts "0 3 5" decode --framemd5 /dev/null
}

@test "containers and raw files with sizes beyond all measure are refused" {
    for size in "W100000 H100000" "W16384 H16384" "W2147483647 H2147483647" "W65535 H65535" "W1000000 H10"; do
        printf 'YUV4MPEG2 %s F25:1 Ip A1:1 C420mpeg2\nFRAME\nsome bytes' "$size" >big.y4m
        check_cost big.y4m "3 4 5" encode -o x.mp4 --codec h264 -i
        check_cost big.y4m "3 4 5" encode -o x.webm --codec vp9 -i
    done
    [ ! -s x.mp4 ]
    # The size of the first frame of an ivf file, and of its picture.
    for bytes in '\xff\xff\xff\xff' '\xff\xff\xff\x7f' '\x00\x00\x00\x40'; do
        cp "$CLIPS/clip.ivf" frame.ivf
        printf "$bytes" | dd of=frame.ivf bs=1 seek=32 conv=notrunc status=none
        check_cost frame.ivf "3 5" decode --md5 /dev/null
    done
    # The number of samples, chunks and times of an mp4 file.
    for table in stsz stco stts ctts stsc stss; do
        cp "$CLIPS/clip.mp4" table.mp4
        at=$(grep -abo $table table.mp4 | head -n 1 | cut -d: -f1)
        skip=$([ $table = stsz ] && echo 12 || echo 8)
        for bytes in '\xff\xff\xff\xff' '\x7f\xff\xff\xff' '\x0f\xff\xff\xff'; do
            printf "$bytes" | dd of=table.mp4 bs=1 seek=$((at + skip)) conv=notrunc status=none
            check_cost table.mp4 "0 3 5" decode --framemd5 /dev/null
        done
    done
}

@test "pictures whose times fall are written at the last time, with a warning" {
    cp "$CLIPS/clip.ivf" falling.ivf
    printf '\x64' | dd of=falling.ivf bs=1 seek=36 conv=notrunc status=none
    run --separate-stderr $WEBC decode --framemd5 - falling.ivf
    echo "$status $stderr"
    [ "$status" -eq 0 ]
    [[ $stderr == *"do not rise"* ]]
    [ "$(grep -vc '^#' <<<"$output")" -eq 10 ]
    [ "$(grep -v '^#' <<<"$output" | cut -d, -f3 | sort -nc && echo sorted)" = sorted ]
}
