# OpenVINO as the imported target dsocr::openvino, from the Python package that `make deps` puts into
# ${DSOCR_DEPS}/label: it has headers and shared objects, and finds its plugins beside them. The
# package's own CMake files ask for its build of TBB by a path that pip does not make.
set(dsocr_openvino_root ${DSOCR_DEPS}/label/openvino)
file(GLOB dsocr_openvino_library ${dsocr_openvino_root}/libs/libopenvino.so.*)
if(NOT dsocr_openvino_library)
  message(FATAL_ERROR "no libs/libopenvino.so.* under '${dsocr_openvino_root}': run `make deps`")
endif()

file(STRINGS ${dsocr_openvino_root}/include/openvino/core/version.hpp dsocr_openvino_lines REGEX "define OPENVINO_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+).*" "\\1.\\2.\\3" DSOCR_OPENVINO_VERSION "${dsocr_openvino_lines}")

add_library(dsocr_openvino SHARED IMPORTED)
add_library(dsocr::openvino ALIAS dsocr_openvino)
set_target_properties(dsocr_openvino PROPERTIES
  IMPORTED_LOCATION ${dsocr_openvino_library}
  INTERFACE_INCLUDE_DIRECTORIES ${dsocr_openvino_root}/include)
# It comes with a TBB that is newer than Debian's and takes its place at run time, being found first.
target_link_options(dsocr_openvino INTERFACE LINKER:--allow-shlib-undefined)
message(STATUS "OpenVINO ${DSOCR_OPENVINO_VERSION} from ${dsocr_openvino_root}")
