#!/usr/bin/env bash
# Scores 15 runs of the released model on the Fox pages. Usage: run.sh [OUT] [FOX_FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-runs/fox-table2/$(date -u +%Y%m%dT%H%M%SZ)-$$}
data=${2:-../shared/data/fox}
"${DSOCR:-build/dsocr}" eval fox --config experiments/001-fox-table2/config.json --data "$data" --out "$out"
