#!/usr/bin/env bash
# From the encoder of run.sh to a network that reads: pages whose texts keep their lines, from large type to small. In turn
# the decoder learns what the encoder sees, the encoder to see more, and both together.
# Usage: read.sh RUN, the folder of run.sh; hours on 2 cores. Called again, it goes on.
set -euo pipefail
cd "$(dirname "$0")/../.."
run=${1:?usage: read.sh RUN}
out=$run/reader
dsocr=${DSOCR:-build/dsocr}
launch=${LAUNCH:-"$(cmake/deps/install.sh --where)/venv/bin/torchrun --nproc-per-node 2 --no-python"}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive
mkdir -p "$out"
render() {  # NAME, sizes of type, pages, seed, source
  [[ -e $out/$1.h5 ]] || "$dsocr" data render --out "$out/$1.h5" --glyphs true --line_breaks true --mode p128 \
    --page.width 128 --page.height 128 --page.margin 2,8 --page.line_height "${line_height:-1.1,1.4}" --font.px "$2" \
    --font.family "DejaVu Sans,DejaVu Serif,DejaVu Sans Mono,Liberation Sans,Liberation Serif,Noto Sans,Noto Serif" \
    --set "pages=$3" --seed "$4" "${@:5}"
}
render validation 20,36 96 9 "$run/texts/validation.txt"
render large 20,36 16000 1 "$run/texts/train-1.txt"
render letters-large 20,36 8000 2 --text.generate random
render medium 13,20 40000 3 "$run/texts/train-2.txt"
render letters-medium 13,20 12000 4 --text.generate random
render small 9,13 16000 5 "$run/texts/train-3.txt"
render letters-small 9,13 6000 6 --text.generate random
line_height=1.0,1.4 render part-medium 13,20 9000 7 "$run/texts/train-4.txt" --page.fill 0.1,0.9
line_height=1.0,1.4 render part-small 9,13 9000 8 "$run/texts/train-2.txt" --page.fill 0.1,0.9
[[ -e $out/tokenizer.json ]] || "$dsocr" data tokenizer train "$out/medium.h5" --vocab 1024 --out "$out/tokenizer.json"
[[ -e $out/start ]] || "$dsocr" model init --preset nano --pass-through --tokenizer "$out/tokenizer.json" --dtype float32 \
  --encoder "$run/encoder/checkpoints/step-00004000" --out "$out/start"

sources() {  # NAME=WEIGHT...
  local list=""
  for pair in "$@"; do list+=",{\"file\":\"$out/${pair%=*}.h5\",\"weight\":${pair#*=}}"; done
  echo "data.sources=[${list:1}]"
}
from=$out/start
stage() {  # NAME, config, steps, what else
  if [[ -e $out/$1 && ! -e $out/$1/report.json ]]; then
    $launch "$dsocr" train --resume "$out/$1"
  elif [[ ! -e $out/$1 ]]; then
    $launch "$dsocr" train "experiments/001-nano/$2" --model "$from" --out "$out/$1" --steps "$3" "${@:4}"
  fi
  from=$(ls -d "$out/$1"/checkpoints/step-* | tail -n 1)
}
looking=(--set validation.store="$out/validation.h5")
frozen=(--set 'freeze=["model.sam_model.*","model.vision_model.*","model.projector.*","model.image_newline","model.view_seperator"]'
  --set loss.patches=0 --set loss.tokens=0 --set loss.codes=0 --set schedule.warmup=50)
sight=(--set data.batch_size=8 --set schedule.warmup=50 --set schedule.end=0.05)
stage large reader.json 2154 "${looking[@]}" --set loss.spelling=0 --set "$(sources large=0.5 letters-large=0.25 medium=0.25)"
stage decoder reader.json 1840 "${looking[@]}" --set loss.spelling=0 "${frozen[@]}" \
  --set "$(sources large=0.3 letters-large=0.15 medium=0.45 letters-medium=0.1)"
stage spelling reader.json 3494 "${looking[@]}" "${frozen[@]}" \
  --set "$(sources large=0.3 letters-large=0.15 medium=0.45 letters-medium=0.1)"
stage sight config.json 2400 "${sight[@]}" \
  --set "$(sources large=0.25 letters-large=0.15 medium=0.4 letters-medium=0.2)"
stage small-sight config.json 6000 "${sight[@]}" --set loss.tokens=1 --set loss.codes=1 \
  --set "$(sources large=0.2 letters-large=0.1 medium=0.35 letters-medium=0.1 small=0.2 letters-small=0.05)"
long=("${looking[@]}" --set validation.every=500 --set schedule.warmup=50 --set schedule.kind=cosine
  --set data.batch_size=32 --set data.max_tokens=900 --set "data.buckets=[28,36,44,54,64,76,90,110,130]")
stage together reader.json 1880 "${long[@]}" --set schedule.length=5200 --set schedule.end=0.04 \
  --set "$(sources large=0.22 letters-large=0.08 medium=0.37 letters-medium=0.07 small=0.22 letters-small=0.04)"
stage part reader.json 2600 "${long[@]}" --set schedule.end=0.03 \
  --set "$(sources large=0.2 letters-large=0.06 medium=0.32 letters-medium=0.06 small=0.12 letters-small=0.02 \
    part-medium=0.12 part-small=0.1)"
echo "Model: $from"
