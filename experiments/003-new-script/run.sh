#!/usr/bin/env bash
# From texts in a script that the small network has never seen to a network that reads it, on 2 cores: more tokens, rows for
# them, rendered pages, glyphs first, then reading. Called again, it goes on.
# Usage: run.sh he|ru [OUT]
set -euo pipefail
cd "$(dirname "$0")/../.."
language=${1:?usage: run.sh he|ru [OUT]}
out=${2:-runs/script/$language}
here=experiments/003-new-script
base=experiments/001-nano/model
dsocr=${DSOCR:-build/dsocr}
launch=${LAUNCH:-"$(cmake/deps/install.sh --where)/venv/bin/torchrun --nproc-per-node 2 --no-python"}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=passive
case $language in
  he) fonts="DejaVu Sans,Noto Sans Hebrew,Noto Serif Hebrew" new="־אבגדהוזחטיךכלםמןנסעףפץצקרשת׳״—‘’‚“”„…" ;;
  ru) fonts="DejaVu Sans,DejaVu Serif,Liberation Sans,Liberation Serif,Noto Sans,Noto Serif"
    new="«»–—“”„…№ЁёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя" ;;
  *) echo "no texts for '$language': he, ru" >&2; exit 2 ;;
esac
latin="DejaVu Sans,DejaVu Serif,DejaVu Sans Mono,Liberation Sans,Liberation Serif,Noto Sans,Noto Serif"
text=$out/texts/$language

[[ -e $text ]] || "$here/texts.py" "$out/texts" "$language"
[[ -e $out/texts/en ]] || experiments/001-nano/texts.py "$out/texts/en"
[[ -e $out/fertility ]] || "$dsocr" data tokenizer fertility "$base/tokenizer.json" "$text/test.txt" \
  --reference "$out/texts/en/validation.txt" --out "$out/fertility"
[[ -e $out/tokenizer.json ]] || "$dsocr" data tokenizer extend "$base/tokenizer.json" "$text/train.txt" --size 128 \
  --keep "$out/texts/en/train.txt" --out "$out/tokenizer.json"
[[ -e $out/start ]] || "$dsocr" model grow "$base" --tokenizer "$out/tokenizer.json" --out "$out/start"

render() {  # NAME, text, sizes of type, pages, seed, fonts, more
  [[ -e $out/$1.h5 ]] || "$dsocr" data render "$2" --out "$out/$1.h5" --glyphs true --line_breaks true --mode p128 \
    --page.width 128 --page.height 128 --page.margin 2,8 --page.line_height 1.1,1.4 --font.px "$3" --set "pages=$4" --seed "$5" \
    --font.family "$6" "${@:7}"
}
render test "$here/test-$language.txt" 28,36 200 3 "$fonts" --language "$language"
render validation "$text/validation.txt" 28,36 96 4 "$fonts"
render large "$text/train-1.txt" 26,38 30000 1 "$fonts"
render small "$text/train-3.txt" 16,26 12000 5 "$fonts"
render letters "$text/train-2.txt" 20,36 8000 2 "$fonts" --text.distortion shuffle --text.share 1
render en-test experiments/001-nano/test.txt 20,36 200 6 "$latin" --language en
render en-large "$out/texts/en/train-1.txt" 20,40 16000 7 "$latin"
render en-medium "$out/texts/en/train-2.txt" 13,20 8000 8 "$latin"
[[ -e $out/en-letters.h5 ]] || "$dsocr" data render --text.generate random --out "$out/en-letters.h5" --glyphs true \
  --line_breaks true --mode p128 --page.width 128 --page.height 128 --page.margin 2,8 --font.px 20,36 --font.family "$latin" \
  --set pages=6000 --seed 9

sources() {  # NAME=WEIGHT...
  local list=""
  for pair in "$@"; do list+=",{\"file\":\"$out/${pair%=*}.h5\",\"weight\":${pair#*=}}"; done
  echo "data.sources=[${list:1}]"
}
ascii='!\"#$%&'"'"'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~'
from=$out/start
stage() {  # NAME, config, more
  if [[ -e $out/$1 && ! -e $out/$1/report.json ]]; then
    $launch "$dsocr" train --resume "$out/$1"
  elif [[ ! -e $out/$1 ]]; then
    $launch "$dsocr" train "$here/$2" --model "$from" --out "$out/$1" --set "loss.characters=\"$ascii$new\"" "${@:3}"
  fi
  from=$(ls -d "$out/$1"/checkpoints/step-* | tail -n 1)
}
stage sight sight.json --set "$(sources large=0.35 small=0.15 letters=0.15 en-large=0.15 en-letters=0.05 en-medium=0.15)"
stage reader reader.json --set validation.store="$out/validation.h5" \
  --set "$(sources large=0.42 small=0.08 letters=0.15 en-large=0.25 en-letters=0.05 en-medium=0.05)"

score() {  # NAME, store, model
  [[ -e $out/$1 ]] || "$dsocr" eval language_cer --data "$2" --engine model --model "$3" --mode p128 --out "$out/$1"
}
score en-before "$out/en-test.h5" "$base"
score en-after "$out/en-test.h5" "$from"
score after "$out/test.h5" "$from"
echo "Model: $from"
