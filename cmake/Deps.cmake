# Where `make deps` put the Python environment, the vocabulary and the dictionaries.
if(NOT DSOCR_DEPS)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/deps/install.sh --where
    OUTPUT_VARIABLE dsocr_deps_found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(DSOCR_DEPS ${dsocr_deps_found} CACHE PATH "" FORCE)
endif()
if(NOT EXISTS ${DSOCR_DEPS}/share/deepseek-ocr/tokenizer.json)
  message(FATAL_ERROR "no dependencies in '${DSOCR_DEPS}': run `make deps` first, or name the folder with -DDSOCR_DEPS=DIR")
endif()
