#!/bin/bash
# SPDX-License-Identifier: MIT
# compile_alone.sh HEADER STANDARD COMPILER...: does a file that includes only HEADER, twice, compile?
set -euo pipefail
header=$1
standard=$2
shift 2
language=c
[[ $standard != c++* ]] || language=c++
# The typedef keeps the file from being empty, which -pedantic refuses.
printf '#include <%s>\n#include <%s>\ntypedef int not_empty;\n' "$header" "$header" |
    "$@" "-std=$standard" -x "$language" -c -o /dev/null -
