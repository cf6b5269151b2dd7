#!/bin/sh
# The checks of scripts/ and src/base/banned.h find what they are for, and nothing in a clean tree.
set -u
root=${GAN_SOURCE_DIR:?}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

fail()
{
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# plant FILE LINE...
plant()
{
    mkdir -p "$tree/$(dirname "$1")"
    file=$1
    shift
    printf '%s\n' "$@" >"$tree/$file"
}

# expect STATUS TEXT COMMAND...: the status, and TEXT somewhere in the output
expect()
{
    status=$1 text=$2
    shift 2
    output=$("$@" 2>&1)
    [ $? -eq "$status" ] || fail "'$*' should exit with $status; it says: $output"
    case $output in
    *"$text"*) ;;
    *) fail "'$*' should say '$text'; it says: $output" ;;
    esac
}

clean_tree()
{
    rm -rf "$tree"
    mkdir -p "$tree/losses" "$tree/models" "$tree/src"
    plant include/gan/mem.h '#include <stddef.h>'
    plant include/gan/graph.h '#include "gan/mem.h"'
    plant include/gan/colour.h ''
    plant src/base/mem.c '#include "gan/mem.h"'
    plant src/image/png.c '#include <png.h>' '#include "gan/colour.h"' '#include "codec.h"' '#include "image/codec.h"'
    plant src/image/codec.h '#include "gan/mem.h"'
    plant src/core/graph.c '#include "gan/graph.h"'
    plant src/core/dnn/back.h '#include <oneapi/dnnl/dnnl.h>'
    plant src/core/dnn/conv.c '#include "core/dnn/back.h"' '#include "core/dnn/ops.h"'
    plant src/core/dnn/ops.h ''
    plant src/cli/graph.c '#include "gan/graph.h"' '#include <jansson.h>'
    plant src/layers/conv.c '#include "core/dnn/ops.h"' '#include "gan/graph.h"'
    plant models/unet.c '#include "models/list.h"'
    plant models/list.h ''
}

# violation TEXT FILE LINE...: planted alone in a clean tree, it is found and named
violation()
{
    text=$1
    shift
    clean_tree
    plant "$@"
    expect 1 "$text" sh "$root/scripts/check_layers.sh" "$tree"
}

check_layers()
{
    clean_tree
    expect 0 '' sh "$root/scripts/check_layers.sh" "$tree"
    violation 'src/base/mem.c:2: base may not include "image/codec.h"' src/base/mem.c '' '#include "image/codec.h"'
    violation 'image may not include "gan/graph.h"' src/image/lab.c '#include "gan/graph.h"'
    violation 'layers may not include "models/list.h"' src/layers/relu.c '#  include  "models/list.h"'
    violation 'core may not include "gan/colour.h"' include/gan/graph.h '#include "gan/colour.h"'
    violation '<dnnl.h> is only for src/core/dnn' losses/l1.c '#include <dnnl.h>'
    violation '<png.h> is only for src/image' src/cli/main.c '#include <png.h>'
    violation 'src/layers/relu.c: sees oneDNN' src/layers/relu.c '#include "core/dnn/back.h"'
    violation 'src/sound/wave.c: belongs to no module' src/sound/wave.c ''
    violation 'include/gan/wave.h: belongs to no module' include/gan/wave.h ''
    violation 'no "gan/none.h" here' src/base/none.c '#include "gan/none.h"'
}

# A word is put together here, or this file would be a find itself.
check_words()
{
    clean_tree
    git -C "$tree" init -q
    git -C "$tree" add .
    expect 0 '' sh "$root/scripts/check_words.sh" "$tree"
    for word in "/wor""k/x" "/roo""t/x" "TO""DO" "FIX""ME" "https://pyp""i.org/simple" "http://deb.debia""n.org"; do
        plant docs/note.md 'fine' "see $word"
        expect 0 '' sh "$root/scripts/check_words.sh" "$tree"
        git -C "$tree" add .
        expect 1 "docs/note.md:2:see $word" sh "$root/scripts/check_words.sh" "$tree"
        git -C "$tree" rm -qf docs/note.md
    done
}

compile()
{
    "${CC:-cc}" -std=c11 -fsyntax-only -include "$root/src/base/banned.h" -Werror=deprecated-declarations "$@"
}

check_banned()
{
    plant clean.c '#define _GNU_SOURCE' '#include <stdio.h>' '#include <stdlib.h>' '#include <string.h>' \
        'void *f(char *to, const char *from);' 'void *f(char *to, const char *from) { return mempcpy(to, from, 1); }'
    expect 0 '' compile "$tree/clean.c"
    for call in 'strcpy(a, b)' 'strcat(a, b)' 'sprintf(a, b)' 'atoi(b)' 'strtok(a, b)' 'rand()' 'malloc(1)' 'free(a)' \
        'printf(b)' 'exit(1)'; do
        plant banned.c '#include <stdio.h>' '#include <stdlib.h>' '#include <string.h>' \
            'void f(char *a, const char *b);' "void f(char *a, const char *b) { (void)a, (void)b; (void)$call; }"
        expect 1 'banned: ' compile "$tree/banned.c"
    done
    expect 0 '' compile -DGAN_COMMAND_LINE "$tree/banned.c"
}

command -v git >/dev/null || { echo "there is no git here" && exit 77; }
check_layers
check_words
check_banned
[ $failures -eq 0 ] && echo "all checks find what they are for"
