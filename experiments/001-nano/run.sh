#!/usr/bin/env bash
# Prose from Debian packages, rendered with the place of every glyph, and an encoder that learns to see it.
# Usage: run.sh [OUT] [STEPS]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/nano/$(date -u +%Y%m%dT%H%M%SZ)-$$}
steps=${2:-4000}
dsocr=${DSOCR:-build/dsocr}
experiments/001-nano/texts.py "$out/texts"
"$dsocr" data tokenizer train "$out/texts/train.txt" --vocab 2048 --out "$out/tokenizer.json"
"$dsocr" model init --preset nano --pass-through --tokenizer "$out/tokenizer.json" --dtype float32 --out "$out/start"
render() {  # NAME, sizes of type, pages
  "$dsocr" data render "$out/texts/train.txt" --out "$out/$1.h5" --glyphs true --tokenizer "$out/tokenizer.json" \
    --mode p128 --page.width 128 --page.height 128 --page.margin 2,8 --page.line_height 1.1,1.4 --font.px "$2" \
    --font.family "DejaVu Sans,DejaVu Serif,DejaVu Sans Mono,Liberation Sans,Liberation Serif,Noto Sans,Noto Serif" \
    --set "pages=$3" --seed 1
}
render large 20,40 10000
render small 11,20 20000
"$dsocr" train experiments/001-nano/config.json --model "$out/start" --out "$out/encoder" \
  --steps "$steps" --set schedule.length=4000 \
  --set "data.sources=[{\"file\":\"$out/large.h5\",\"weight\":0.2},{\"file\":\"$out/small.h5\",\"weight\":0.8}]"
