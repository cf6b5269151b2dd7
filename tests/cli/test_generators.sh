#!/bin/sh
# Every generator of pictures by regression and as part of a GAN: a run that is resumed has the bits of one that was not,
# its model colours, and what is exported runs as its proof says. Weights of a classifier are random ones.
. "${GAN_SOURCE_DIR:?}/tests/cli/common.sh"
make_model
if command -v python3 >/dev/null; then
    python3 "$GAN_SOURCE_DIR/tests/support/squeezenet.py" squeeze.safetensors || fail "no weights"
else
    echo "without python3 there are no weights for full and fusion"
fi

picture=$(find drawn -name "*.png" | sort | head -n 1)
try()
{
    name=$1
    shift
    cut_run "$name" 2 --set generator.filters=8 "$@"
    mv squeeze.safetensors away 2>/dev/null # a checkpoint has all it needs
    use_model "$name" "$picture"
    # shellcheck disable=SC2086
    prove_export "$name" $export
    mv away squeeze.safetensors 2>/dev/null
}

# Exported in any way, weights colour as the checkpoint does, and come back as a checkpoint.
return_of()
{
    name=$1
    for file in "$name.safetensors" "$name-rgb.onnx --io rgb" "$name-size.onnx --size 36x40"; do
        # shellcheck disable=SC2086
        expect 0 '' "$GAN" export "$name/best.safetensors" -o $file
        file=${file%% *}
        expect 0 '' "$GAN" colorize "$file" "$picture" -o direct.png
        same "$name.png" direct.png
        expect 0 '' "$GAN" import "$file" -o back
        expect 0 '' "$GAN" colorize back "$picture" -o again.png
        same "$name.png" again.png
    done
}

export=""
try alpha --set generator.model=alpha --set train.recipe=regression
try beta --set generator.model=beta
try nearest --set generator.decoder=nearest
return_of alpha
return_of beta
return_of nearest
expect 0 '' "$GAN" train model.ini --out tuned --quiet --steps 1 --set generator.filters=8 --set generator.model=alpha \
    --init alpha/latest.safetensors
expect 1 "it holds a alpha, not a unet" "$GAN" train model.ini --out wrong --quiet --init alpha/latest.safetensors
try zhang --set generator.model=zhang --set train.recipe=regression
if [ -s squeeze.safetensors ]; then
    with="--set generator.features=squeeze.safetensors"
    # shellcheck disable=SC2086
    {
        export="--io rgb --size 36x40"
        try full --set generator.model=full $with --set train.recipe=regression
        try map --set generator.model=full $with --set generator.embedding=map
        try fusion --set generator.model=fusion $with --set train.recipe=regression --set train.ema=0.9
    }
    # The classifier is as it was read, in the file once, and nothing of Adam's is kept for it
    "$GAN" info full/latest.safetensors >kept
    [ "$(grep -c squeeze_conv1.conv.weights kept)" -eq 1 ] || fail "the classifier's weights are not there once"
    ! grep -q '/see_' kept || fail "constants are kept"
fi

if [ -s squeeze.safetensors ]; then
    expect 0 '^feature_distance  ' "$GAN" eval alpha/best.safetensors --data drawn --features squeeze.safetensors
    expect 0 '' "$GAN" eval alpha/best.safetensors --data drawn --features squeeze.safetensors --json
    json out feature_distance gray_feature_distance
    expect 1 "has no tensor 'conv1.weight'" "$GAN" eval alpha/best.safetensors --data drawn --features model.safetensors
fi
expect 0 '"feature_distance": null' "$GAN" eval alpha/best.safetensors --data drawn --json

expect 1 'generator.features names' "$GAN" train model.ini --out none --quiet --set generator.model=full
expect 1 'absent.safetensors' "$GAN" train model.ini --out none --quiet --set generator.model=full \
    --set generator.features=absent.safetensors
expect 1 "has no tensor 'conv1.weight'" "$GAN" train model.ini --out none --quiet --set generator.model=full \
    --set generator.features=model.safetensors

finish
