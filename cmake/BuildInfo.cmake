# configs/build_info.cpp is generated at build time, so that the commit is that of the built code.
set(DSOCR_BUILD_INFO ${PROJECT_BINARY_DIR}/generated/build_info.cpp)
add_custom_target(dsocr_build_info BYPRODUCTS ${DSOCR_BUILD_INFO}
  COMMAND ${CMAKE_COMMAND} -D SOURCE_DIR=${PROJECT_SOURCE_DIR} -D OUTPUT=${DSOCR_BUILD_INFO}
    -D VERSION=${PROJECT_VERSION} -D DEPS=${DSOCR_DEPS} -D TORCH=${DSOCR_TORCH_VERSION}
    -D BUILD_TYPE=${CMAKE_BUILD_TYPE} -D COMPILER=${CMAKE_CXX_COMPILER_ID}\ ${CMAKE_CXX_COMPILER_VERSION}
    -P ${PROJECT_SOURCE_DIR}/cmake/write_build_info.cmake
  COMMENT "Recording the commit" VERBATIM)
