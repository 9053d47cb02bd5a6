# libtorch as the imported target dsocr::torch. libtorch's own CMake package asks for nvcc when it
# is a CUDA build; the shared objects and headers are all that linking needs.
if(NOT DSOCR_TORCH)
  file(GLOB dsocr_torch_root ${DSOCR_DEPS}/venv/lib/python3*/site-packages/torch)
elseif(IS_DIRECTORY ${DSOCR_TORCH})
  set(dsocr_torch_root ${DSOCR_TORCH})
else()
  execute_process(COMMAND ${DSOCR_TORCH} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE dsocr_torch_root OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE dsocr_torch_failed)
  if(dsocr_torch_failed)
    message(FATAL_ERROR "DSOCR_TORCH='${DSOCR_TORCH}' is neither a libtorch folder nor a Python that has torch")
  endif()
endif()
if(NOT EXISTS "${dsocr_torch_root}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "no lib/libtorch_cpu.so under '${dsocr_torch_root}': run `make deps`, or set DSOCR_TORCH")
endif()

file(STRINGS ${dsocr_torch_root}/include/torch/headeronly/version.h dsocr_torch_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
if(NOT dsocr_torch_lines)
  file(STRINGS ${dsocr_torch_root}/include/torch/csrc/api/include/torch/version.h dsocr_torch_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
endif()
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" DSOCR_TORCH_VERSION "${dsocr_torch_lines}")
if(DSOCR_TORCH_VERSION VERSION_LESS 2.7)
  message(FATAL_ERROR "torch ${DSOCR_TORCH_VERSION} in '${dsocr_torch_root}' is too old: 2.7 is the first with the C++11 ABI everywhere")
endif()

add_library(dsocr_torch INTERFACE)
add_library(dsocr::torch ALIAS dsocr_torch)
foreach(part c10 torch_cpu torch)
  add_library(dsocr_lib${part} SHARED IMPORTED)
  set_target_properties(dsocr_lib${part} PROPERTIES
    IMPORTED_LOCATION ${dsocr_torch_root}/lib/lib${part}.so
    INTERFACE_INCLUDE_DIRECTORIES
      "${dsocr_torch_root}/include;${dsocr_torch_root}/include/torch/csrc/api/include")
  target_link_libraries(dsocr_torch INTERFACE dsocr_lib${part})
endforeach()
# The wheel's CUDA libraries lie in sibling packages and are found by the wheel's own RPATHs.
target_link_options(dsocr_torch INTERFACE LINKER:--allow-shlib-undefined)

# dsocr::c10d: libtorch's processes that work together. Its headers ask for those of Gloo, whose code
# is inside libtorch_cpu.so; they are read by the sources that say USE_C10D_GLOO alone.
find_path(DSOCR_GLOO_INCLUDE gloo/context.h REQUIRED)
add_library(dsocr_c10d INTERFACE)
add_library(dsocr::c10d ALIAS dsocr_c10d)
target_include_directories(dsocr_c10d SYSTEM INTERFACE ${DSOCR_GLOO_INCLUDE})
target_link_libraries(dsocr_c10d INTERFACE dsocr_torch)
message(STATUS "libtorch ${DSOCR_TORCH_VERSION} from ${dsocr_torch_root}")
