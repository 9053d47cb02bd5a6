# make demo   build, read pages with the small model, draw accuracy by compression, say where the report is
# make test   build and run every test
# make build  the release binary build/dsocr
# make lint   formatting and static checks
# make deps   install what the others need (they call it)
# make deps-documents  LibreOffice and LaTeX, for `dsocr data pack --format office` and latex, and their tests
# make deps-label  more languages of Tesseract, for `dsocr data label` and its tests
# make deps-cdm  TeX and Ghostscript, for the formula score of `dsocr eval omnidocbench`
.PHONY: demo test build lint deps deps-cdm deps-documents deps-label
PRESET ?= release
BUILD_DIR = $(if $(filter release,$(PRESET)),build,build-$(PRESET))
export CCACHE_SLOPPINESS = pch_defines,time_macros
export CCACHE_BASEDIR ?= $(abspath ..)
export CCACHE_NOHASHDIR = 1

deps:
	@cmake/deps/install.sh

deps-cdm:
	@cmake/deps/install.sh --cdm

deps-documents:
	@cmake/deps/install.sh --documents

deps-label:
	@cmake/deps/install.sh --label

# TARGET is what to build: everything, or the program alone.
TARGET = all
demo: TARGET = dsocr
build: deps
	@cmake --preset $(PRESET) -D DSOCR_DEPS=$$(cmake/deps/install.sh --where) $(if $(DSOCR_TORCH),-D DSOCR_TORCH=$(DSOCR_TORCH)) >/dev/null
	@cmake --build --preset $(PRESET) --target $(TARGET)

test: build
	@ctest --preset $(PRESET)

demo: build
	@DSOCR=$(BUILD_DIR)/dsocr experiments/001-nano/demo.sh

# clang-format over all sources, clang-tidy over all but the tests, which would double its time; clang cannot read GCC's
# precompiled header, so that it goes by commands without one.
SOURCES = $(shell git ls-files '*.h' '*.cpp')
TIDY_DIR = $(BUILD_DIR)-tidy
lint: build
	@clang-format --dry-run --Werror $(SOURCES)
	@cmake --preset $(PRESET) -B $(TIDY_DIR) -D DSOCR_PCH=OFF -D DSOCR_DEPS=$$(cmake/deps/install.sh --where) >/dev/null
	@run-clang-tidy -quiet -p $(TIDY_DIR) -j $(shell nproc) '^$(CURDIR)/(configs|data|eval|experiments|model|reports|train)/' >$(TIDY_DIR)/clang-tidy.log 2>&1 || \
	  { grep -E 'error:|warning:' $(TIDY_DIR)/clang-tidy.log | sort -u; exit 1; }
	@echo "lint: clang-format and clang-tidy found nothing"
