#!/usr/bin/env bash
# Prose from Debian packages, rendered with the place of every glyph, and an encoder that learns to see it.
# Usage: run.sh [OUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/nano/$(date -u +%Y%m%dT%H%M%SZ)-$$}
dsocr=${DSOCR:-build/dsocr}
experiments/001-nano/texts.py "$out/texts"
"$dsocr" data tokenizer train "$out/texts/train.txt" --vocab 2048 --out "$out/tokenizer.json"
"$dsocr" model init --preset nano --tokenizer "$out/tokenizer.json" --dtype float32 --out "$out/start"
"$dsocr" data render "$out/texts/train.txt" --out "$out/pages.h5" --glyphs true --tokenizer "$out/tokenizer.json" \
  --mode p256 --page.width 256 --page.height 256 --page.margin 4,12 --page.line_height 1.1,1.5 --font.px 13,24 \
  --font.family "DejaVu Sans,DejaVu Serif,DejaVu Sans Mono,Noto Sans,Noto Serif" --seed 1
"$dsocr" train experiments/001-nano/config.json --model "$out/start" --store "$out/pages.h5" --out "$out/encoder"
