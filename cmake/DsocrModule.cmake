# Flags for our own code and the functions that declare a library and its tests.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

add_library(dsocr_flags INTERFACE)
target_compile_options(dsocr_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion
  # GCC 12 warns of overlapping copies inside std::string's operator+ (its bug 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # Same digits from every compiler and machine: never fuse a*b+c on our own.
  -ffp-contract=off
  $<$<BOOL:${DSOCR_WERROR}>:-Werror>)
if(DSOCR_SANITIZE STREQUAL thread)
  # Asio's fences are more than ThreadSanitizer can see, and GCC says so.
  target_compile_options(dsocr_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
if(DSOCR_SANITIZE)
  target_compile_options(dsocr_flags INTERFACE -fsanitize=${DSOCR_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(dsocr_flags INTERFACE -fsanitize=${DSOCR_SANITIZE})
endif()

# dsocr_module(NAME SOURCES a.cpp ... [PUBLIC libs ...] [PRIVATE libs ...])
# Static library dsocr_NAME with alias dsocr::NAME; includes are written from the repository root.
function(dsocr_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(dsocr_${name} STATIC ${ARG_SOURCES})
  add_library(dsocr::${name} ALIAS dsocr_${name})
  target_include_directories(dsocr_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(dsocr_${name} PUBLIC ${ARG_PUBLIC} PRIVATE dsocr_flags ${ARG_PRIVATE})
endfunction()

# dsocr_tests(NAME SOURCES a_test.cpp ... LIBS libs ... [LABEL fast|golden|slow] [PREFIX text])
# One GoogleTest binary for a library; every test case becomes a CTest test with the label.
function(dsocr_tests name)
  cmake_parse_arguments(ARG "" "LABEL;PREFIX" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL fast)
  endif()
  add_executable(${name}_tests ${ARG_SOURCES})
  target_link_libraries(${name}_tests PRIVATE dsocr_flags dsocr_test_support ${ARG_LIBS} GTest::gtest GTest::gtest_main)
  gtest_discover_tests(${name}_tests DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${ARG_PREFIX}"
    # Tests run side by side: threads that wait must not take the cores from those that work.
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300 ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()
