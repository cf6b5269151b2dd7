#!/bin/sh
# The manual holds what the program's --help prints: every command with every option of its own, and none that is not
# there; and every function of the inference API. mandoc, where there is one, finds nothing wrong with it.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
manual=$GAN_SOURCE_DIR/man/gan.1
common='--threads -v --verbose -h --help'

# options_of_help COMMAND: "-o --out --init ...", sorted, without those that all commands have
options_of_help()
{
    "$GAN" "$1" --help | sed -n 's/^  *\(-[a-z], \)\{0,1\}\(--[a-z0-9-]*\).*/\1\2/p' | tr -d ',' | tr ' ' '\n' |
        grep -vxF -e "$(echo "$common" | tr ' ' '\n')" | LC_ALL=C sort | tr '\n' ' '
}

# options_of_manual COMMAND: those of the lists in its subsection
options_of_manual()
{
    awk -v command="$1" '
        /^\.S[sh] / { inside = $2 == "gan" && $3 == command }
        inside && /^\.It / {
            for (i = 2; i <= NF; i++) if ($i == "Fl") print "-" $(i + 1)
        }' "$manual" | LC_ALL=C sort | tr '\n' ' '
}

commands=$("$GAN" --help | sed -n 's/^  gan \([a-z0-9]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 5 ] || fail "gan --help lists no commands"
in_manual=$(sed -n 's/^\.Ss gan \([a-z0-9]*\) .*/\1/p' "$manual")
[ "$commands" = "$in_manual" ] || fail "commands: the program has" $commands "and the manual" $in_manual
for command in $commands; do
    [ -n "$("$GAN" "$command" --help | head -1)" ] || fail "gan $command --help says nothing"
    here=$(options_of_help "$command") there=$(options_of_manual "$command")
    [ "$here" = "$there" ] || fail "options of gan $command: it has $here, and the manual $there"
done
[ -n "$(options_of_manual train)" ] || fail "no options are found in the manual"
for option in --threads --verbose --help; do
    grep -q "^\.It.* Fl ${option#-}" "$manual" || fail "$option of all commands is not in the manual"
done

functions=$(sed -n 's/.*\(gan_inference_[a-z]*\)(.*/\1/p' "$GAN_SOURCE_DIR/include/gan/inference.h" | LC_ALL=C sort -u)
[ "$(echo "$functions" | wc -l)" -ge 5 ] || fail "the header has no functions"
for name in $functions; do
    grep -q "^\.Fn $name " "$GAN_SOURCE_DIR/man/libgan.3" || fail "$name is not in libgan.3"
done

if command -v mandoc >/dev/null; then
    for page in "$manual" "$GAN_SOURCE_DIR/man/libgan.3"; do
        expect 0 '' mandoc -T lint -W warning "$page"
    done
fi
finish
