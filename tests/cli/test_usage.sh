#!/bin/sh
# What every command has: usage, help, exit codes, messages, and results that must reach their reader.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"

commands="train eval colorize info plan bench scenes"

expect 2 '^usage: gan COMMAND' "$GAN"
[ ! -s out ] || fail "usage after a mistake belongs on stderr"
for way in help --help -h; do
    expect 0 '' "$GAN" "$way"
    [ ! -s err ] || fail "gan $way: help belongs on stdout"
    for command in $commands; do in_out "^  gan $command "; done
done
expect 0 '^gan [0-9][0-9.]* (oneDNN [23][0-9.]*)$' "$GAN" --version

expect 2 "'trian' is no command, did you mean 'train'?" "$GAN" trian
expect 2 "'xyzzy' is no command; 'gan help' lists them" "$GAN" xyzzy
expect 2 "is no command" "$GAN" ""
expect 2 "is no command" "$GAN" help nothing
expect 2 "is no command" "$GAN" "$(printf '\033[2J')"
not_in_err "$(printf '\033')"

for command in $commands; do
    expect 0 '' "$GAN" "$command" --help
    in_out "^usage: gan $command"
    in_out '--verbose'
    cp out by-flag
    expect 0 '' "$GAN" help "$command"
    same out by-flag
    expect 2 "gan: $command: unknown option '--hepl', did you mean '--help'?" "$GAN" "$command" --hepl
    [ ! -s out ] || fail "$command: complaints belong on stderr"
    expect 2 "unknown option '-@'" "$GAN" "$command" -@
done
for command in train eval colorize plan bench scenes; do
    expect 2 "threads: '0' is not a whole number of 1 to 1024" "$GAN" "$command" --threads 0
    expect 2 "threads needs a value N" "$GAN" "$command" --threads
done

# Results that are not written are a failure.
if [ -c /dev/full ]; then
    "$GAN" help >/dev/full 2>err
    [ $? -eq 1 ] || fail "stdout on a full disk: exit code is not 1"
    grep -q 'cannot write to standard output: No space left' err || fail "stdout on a full disk: no message"
fi
"$GAN" help >&- 2>err
[ $? -eq 1 ] || fail "closed stdout: exit code is not 1"
{ sleep 1; "$GAN" help 2>err; echo $? >status; } | true
[ "$(cat status)" -eq 1 ] || fail "closed pipe: exit code is not 1"

# With stderr closed a file that is opened must not get its number, and the message with it.
"$GAN" info nothing.safetensors >out 2>&-
[ $? -eq 1 ] || fail "closed stderr: exit code is not 1"
[ ! -s out ] || fail "closed stderr: something on stdout"

# The environment that the program gives itself does not stop it from starting.
env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT "$GAN" --version >out 2>err || fail "does not start anew"
env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT GAN_STARTED=1 "$GAN" --version >out 2>err || fail "does not go on as it is"

finish
