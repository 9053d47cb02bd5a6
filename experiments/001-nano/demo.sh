#!/usr/bin/env bash
# Draws how well the small model reads against how much text stands above a vision token, then reads one page.
# Usage: demo.sh [OUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/demo/$(date -u +%Y%m%dT%H%M%SZ)-$$}
dsocr=${DSOCR:-build/dsocr}
model=experiments/001-nano/model
"$dsocr" sweep experiments/001-nano/demo.json --model "$model" --out "$out/sweep"
page=$(find "$out/sweep/pages" -name '*-r6-f16-1.png' | sort | head -n 1)
echo
echo "One of these pages, $page, as the model reads it:"
echo
"$dsocr" read "$page" --model "$model" --mode p128 --prompt free --out "$out/read" >/dev/null
cat "$out"/read/*/page.md
echo
echo "Accuracy by compression, best and worst pages: $out/sweep/report.html"
