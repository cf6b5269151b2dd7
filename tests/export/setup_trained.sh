# Trains every generator on drawn scenes for seconds and leaves $GAN_TRAINED/MODEL-VARIANT.safetensors: of those with norms
# one for each norm, of the U-Net one that upsamples too, of those with a classifier one for each of its views, with random
# weights of that classifier. What is newer than the program is left alone.
set -eu
folder=${GAN_TRAINED:?}
if [ -e "$folder/complete" ] && [ -z "$(find "${GAN:?}" -newer "$folder/complete")" ]; then exit 0; fi
rm -rf "$folder"
mkdir -p "$folder"
"$GAN" scenes "$folder/scenes" --count 200 --size 40 >/dev/null 2>&1
python3 "${GAN_SOURCE_DIR:?}/tests/support/squeezenet.py" "$folder/classifier"
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
features = $folder/classifier
[discriminator]
filters = 8
layers = 2
[optimizer]
lr = 1e-3
[train]
batch = 8
[checkpoint]
samples = 0
INI

# VARIANT:KEY=VALUE for each way to train a model
variants() {
    case $1 in
    unet) echo batch:norm=batch instance:norm=instance nearest:decoder=nearest ;;
    resnet) echo batch:norm=batch instance:norm=instance ;;
    full) echo scores:embedding=scores ;;
    fusion) echo map:embedding=map ;;
    *) echo plain:norm=batch ;;
    esac
}

# Until they paint: those with a classifier cost more a step.
steps_of() {
    case $1 in
    full | fusion) echo 60 ;;
    *) [ -z "${GAN_SANITIZE-}" ] && echo 200 || echo 100 ;;
    esac
}

for model in $("${GAN_BINARY_DIR:?}/tests/run_generator"); do
    for variant in $(variants "$model"); do
        "$GAN" train "$folder/small.ini" --set "generator.model=$model" --set "generator.${variant#*:}" \
            --steps "$(steps_of "$model")" --out "$folder/run" --quiet
        mv "$folder/run/best.safetensors" "$folder/$model-${variant%%:*}.safetensors"
        rm -r "$folder/run"
    done
done
touch "$folder/complete"
