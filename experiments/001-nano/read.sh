#!/usr/bin/env bash
# From the encoder of run.sh to a network that reads: pages whose texts keep their lines, from large type to small.
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
    --page.width 128 --page.height 128 --page.margin 2,8 --page.line_height 1.1,1.4 --font.px "$2" \
    --font.family "DejaVu Sans,DejaVu Serif,DejaVu Sans Mono,Liberation Sans,Liberation Serif,Noto Sans,Noto Serif" \
    --set "pages=$3" --seed "$4" "${@:5}"
}
render validation 20,36 96 9 "$run/texts/validation.txt"
render large 20,36 16000 1 "$run/texts/train-1.txt"
render letters-large 20,36 8000 2 --text.generate random
render medium 13,20 40000 3 "$run/texts/train-2.txt"
render letters-medium 13,20 12000 4 --text.generate random
[[ -e $out/tokenizer.json ]] || "$dsocr" data tokenizer train "$out/medium.h5" --vocab 1024 --out "$out/tokenizer.json"
[[ -e $out/start ]] || "$dsocr" model init --preset nano --pass-through --tokenizer "$out/tokenizer.json" --dtype float32 \
  --encoder "$run/encoder/checkpoints/step-00004000" --out "$out/start"

sources() {  # NAME=WEIGHT...
  local list=""
  for pair in "$@"; do list+=",{\"file\":\"$out/${pair%=*}.h5\",\"weight\":${pair#*=}}"; done
  echo "data.sources=[${list:1}]"
}
from=$out/start
stage() {  # NAME, steps, what else
  if [[ -e $out/$1 && ! -e $out/$1/report.json ]]; then
    $launch "$dsocr" train --resume "$out/$1"
  elif [[ ! -e $out/$1 ]]; then
    $launch "$dsocr" train experiments/001-nano/reader.json --model "$from" --out "$out/$1" --steps "$2" \
      --set validation.store="$out/validation.h5" "${@:3}"
  fi
  from=$(ls -d "$out/$1"/checkpoints/step-* | tail -n 1)
}
frozen=(--set 'freeze=["model.sam_model.*","model.vision_model.*","model.projector.*","model.image_newline","model.view_seperator"]'
  --set loss.patches=0 --set loss.tokens=0 --set loss.codes=0 --set schedule.warmup=50)
stage large 2154 --set loss.spelling=0 --set "$(sources large=0.5 letters-large=0.25 medium=0.25)"
stage decoder 1840 --set loss.spelling=0 "${frozen[@]}" \
  --set "$(sources large=0.3 letters-large=0.15 medium=0.45 letters-medium=0.1)"
stage spelling 4000 "${frozen[@]}" --set "$(sources large=0.3 letters-large=0.15 medium=0.45 letters-medium=0.1)"
echo "Model: $from"
