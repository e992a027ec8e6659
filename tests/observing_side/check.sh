#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh COMPILER INCLUDE FOLDER: builds a program of a unit that registers and one without exceptions and RTTI that
# observes, in both orders of linking, and runs it. Without optimization every inline function is there twice, and the
# linker takes the first.
set -eu
compiler=$1 include=$2 from=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$compiler" -std=c++20 -Wall -Wextra -Werror -I"$include" -c "$from/program.cpp" -o "$work/program.o"
"$compiler" -std=c++20 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -I"$include" \
    -c "$from/observe.cpp" -o "$work/observe.o"
"$compiler" -pthread "$work/program.o" "$work/observe.o" -o "$work/one"
"$compiler" -pthread "$work/observe.o" "$work/program.o" -o "$work/other"
"$work/one"
"$work/other"
echo "the page is as expected, $compiler"
