# Writes OUTPUT from configs/build_info.cpp.in; leaves the file alone when nothing has changed.
find_package(Git QUIET)
set(COMMIT "")
set(DIRTY true)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE_DIR} rev-parse HEAD
    OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE_DIR} status --porcelain
      OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(changes STREQUAL "")
      set(DIRTY false)
    endif()
  else()
    set(COMMIT "")
  endif()
endif()
configure_file(${SOURCE_DIR}/configs/build_info.cpp.in ${OUTPUT} @ONLY)
