#!/usr/bin/env bash
# Scores the texts that come with the project, and the Fox pages where they lie beside it.
# Usage: run.sh [OUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/demo/$(date -u +%Y%m%dT%H%M%SZ)-$$}
"${DSOCR:-build/dsocr}" eval pairs --data tests/golden/fox/pairs.json --out "$out/pairs"
"${DSOCR:-build/dsocr}" eval fox --config experiments/000-demo/config.json --data experiments/000-demo/data --out "$out/fox"
if [[ -e ../shared/data/fox ]]; then experiments/001-fox-table2/run.sh "$out/table2"; fi

echo "text pairs, every metric:                $out/pairs/report.md"
echo "demo pages, made-up predictions:         $out/fox/report.md"
if [[ -e $out/table2/report.md ]]; then
  echo "Fox, real outputs against Table 2:       $out/table2/report.md"
fi
