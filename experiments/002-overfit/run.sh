#!/usr/bin/env bash
# Renders 64 pages of the GNU General Public License and trains the nano network until it reads them.
# Usage: run.sh [OUT] [TEXT]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/overfit/$(date -u +%Y%m%dT%H%M%SZ)-$$}
text=${2:-/usr/share/common-licenses/GPL-3}
dsocr=${DSOCR:-build/dsocr}
mkdir -p "$out"
"$dsocr" data tokenizer train "$text" --vocab 2048 --out "$out/tokenizer.json"
"$dsocr" model init --preset nano --tokenizer "$out/tokenizer.json" --dtype float32 --out "$out/start"
"$dsocr" data render "$text" --out "$out/pages.h5" --tokens 60 --tokenizer "$out/tokenizer.json" --mode p256 \
  --page.width 256 --page.height 256 --page.margin 8 --font.px 13 --set pages=64
"$dsocr" train experiments/002-overfit/config.json --model "$out/start" --store "$out/pages.h5" \
  --set "validation.store=$out/pages.h5" --out "$out/run"
