# Trains every generator, with batch and with instance norm, on drawn scenes for seconds, and leaves
# $GAN_TRAINED/MODEL-NORM.safetensors. What is newer than the program is left alone.
set -eu
folder=${GAN_TRAINED:?}
if [ -e "$folder/complete" ] && [ -z "$(find "${GAN:?}" -newer "$folder/complete")" ]; then exit 0; fi
steps=200
[ -z "${GAN_SANITIZE-}" ] || steps=60
rm -rf "$folder"
mkdir -p "$folder"
"$GAN" scenes "$folder/scenes" --count 200 --size 40 >/dev/null 2>&1
cat >"$folder/small.ini" <<INI
[run]
threads = 1
[data]
train = $folder/scenes
size = 32
[generator]
filters = 8
levels = 5
blocks = 3
[discriminator]
filters = 8
layers = 2
[optimizer]
lr = 1e-3
[train]
batch = 8
steps = $steps
[checkpoint]
samples = 0
INI
classifier=$folder/classifier/squeezenet.safetensors # random weights; without python3 none
mkdir "$folder/classifier"
python3 "${GAN_SOURCE_DIR:?}/tests/support/squeezenet.py" "$classifier" || true
for model in $("${GAN_BINARY_DIR:?}/tests/run_generator"); do
    some=$steps
    case $model in full | fusion)
        [ -e "$classifier" ] || continue
        some=20
        ;;
    esac
    for norm in batch instance; do
        "$GAN" train "$folder/small.ini" --set "generator.model=$model" --set "generator.norm=$norm" \
            --set "generator.features=$classifier" \
            --set "train.steps=$some" --out "$folder/run" --quiet
        mv "$folder/run/best.safetensors" "$folder/$model-$norm.safetensors"
        rm -r "$folder/run"
    done
done
touch "$folder/complete"
