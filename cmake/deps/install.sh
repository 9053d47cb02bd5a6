#!/usr/bin/env bash
# Installs what dsocr builds and runs with: Debian packages, and one Python environment, the models
# of OCR engines with what runs them, and data files in the user's cache folder, named by the hash of
# the lock file so that clones share it.
#   install.sh               installs what is missing; prints nothing when nothing is to do
#   install.sh --documents   only the Debian packages that `dsocr data pack` runs on documents
#   install.sh --cdm         only the Debian packages that typeset formulas for CDM
#   install.sh --label       only the Debian packages with more languages of Tesseract
#   install.sh --where       prints the folder, installs nothing
# DSOCR_DEPS names another folder, DSOCR_PYTHON another Python (3.11 or newer, with venv).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${DSOCR_PYTHON:-/usr/bin/python3}
lock_hash=$(sha256sum "$here/requirements.lock" | cut -c1-12)
deps=$(realpath -m "${DSOCR_DEPS:-${XDG_CACHE_HOME:-${HOME:?is not set; name a folder with DSOCR_DEPS}/.cache}/dsocr/$lock_hash}")
if [ "${1:-}" = --where ]; then
  echo "$deps"
  exit 0
fi

fail() {
  echo "make deps: $*" >&2
  exit 1
}

# --- Debian packages ------------------------------------------------------------------------------
list=$here/apt.txt
[ "${1:-}" = --documents ] && list=$here/apt-documents.txt
[ "${1:-}" = --cdm ] && list=$here/apt-cdm.txt
[ "${1:-}" = --label ] && list=$here/apt-label.txt
command -v dpkg-query >/dev/null ||
  fail "this is not Debian; install the equivalents of: $(grep -v '^#' "$list" | tr '\n' ' ')"
missing=()
while read -r package; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done < <(grep -v '^#' "$list")
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
    as_root=(sudo)
  else
    fail "missing Debian packages and neither root nor sudo: apt-get install ${missing[*]}"
  fi
  echo "Installing Debian packages: ${missing[*]}"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  { "${as_root[@]}" apt-get update -q &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "apt-get could not install: ${missing[*]}"; }
fi
[ "$list" = "$here/apt.txt" ] || exit 0

# --- Python environment and data --------------------------------------------------------------------
data_hash=$(cat "$here/make_data.py" "$here/requirements.lock" | sha256sum | cut -c1-12)
label_hash=$(sha256sum "$here/requirements-label.lock" | cut -c1-12)
ready() {
  [ -f "$deps/venv/.ready-$lock_hash" ] && [ -f "$deps/label/.ready-$label_hash" ] && [ -f "$deps/share/.ready-$data_hash" ]
}
ready && exit 0
# Nothing is ever deleted in a folder that this script did not make.
if [ -d "$deps" ] && [ -n "$(ls -A "$deps")" ] && [ ! -f "$deps/.made-by-dsocr" ]; then
  fail "$deps holds other files; name an empty or new folder with DSOCR_DEPS"
fi
mkdir -p "$deps" && touch "$deps/.made-by-dsocr" || fail "cannot write to $deps"
exec 9>"$deps/.lock"
flock 9
ready && exit 0 # another clone did it while we waited
if [ ! -f "$deps/venv/.ready-$lock_hash" ]; then
  echo "Installing the Python environment into $deps (about 5 GB, mostly libtorch)"
  rm -rf "$deps/venv"
  "$python" -m venv "$deps/venv" || fail "$python cannot make a virtual environment"
  "$deps/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r "$here/requirements.lock" || fail "pip could not install $here/requirements.lock"
  touch "$deps/venv/.ready-$lock_hash"
fi
if [ ! -f "$deps/label/.ready-$label_hash" ]; then
  rm -rf "$deps/label"
  "$deps/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    --target "$deps/label" -r "$here/requirements-label.lock" || fail "pip could not install $here/requirements-label.lock"
  touch "$deps/label/.ready-$label_hash"
fi
rm -rf "$deps/share"
"$deps/venv/bin/python" "$here/make_data.py" "$deps/share" || fail "make_data.py failed"
touch "$deps/share/.ready-$data_hash"
