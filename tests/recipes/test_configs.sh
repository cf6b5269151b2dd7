#!/bin/sh
# Every configuration that is shipped: its head says what it is and how it is used, all its keys are known, and its
# networks have plans; narrow ones, whose memory is small.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
command -v python3 >/dev/null || { echo "skipped: without python3 there are no weights for full and fusion" && exit 77; }
python3 "$GAN_SOURCE_DIR/tests/support/squeezenet.py" squeeze.safetensors || fail "no weights"

for config in "$GAN_SOURCE_DIR"/configs/*.ini; do
    case $config in */rules.ini) continue ;; esac # colours of a method, no training
    head -n 1 "$config" | grep -q '^# ..........' || fail "$config: what is it?"
    sed -n 2,4p "$config" | grep -q "^#     gan .*" || fail "$config: how is it used?"
    expect 0 'operations' "$GAN" plan "$config" --set generator.filters=8 --set discriminator.filters=8 \
        --set generator.features=squeeze.safetensors --set data.train= --set train.batch=1
done

finish
