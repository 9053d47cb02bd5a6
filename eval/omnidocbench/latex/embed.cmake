# Writes a C++ file that holds a file's bytes as a std::string_view:
#   cmake -D INPUT=tables.json -D OUTPUT=tables.cpp -D SYMBOL=kTables -P embed.cmake
# The symbol lies in namespace dsocr::omnidocbench::latex. Its initialisation is constant, so it may
# be used before main.
foreach(name INPUT OUTPUT SYMBOL)
  if(NOT DEFINED ${name})
    message(FATAL_ERROR "embed.cmake needs -D ${name}=...")
  endif()
endforeach()
file(READ "${INPUT}" bytes HEX)
set(line_of_digits "................................")
string(REGEX REPLACE "(${line_of_digits})" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}"
     "#include <string_view>\n\n"
     "namespace dsocr::omnidocbench::latex {\n\n"
     "extern const std::string_view ${SYMBOL};\n\n"
     "static constexpr char kBytes[] = {\n${bytes}};\n\n"
     "const constinit std::string_view ${SYMBOL}(kBytes, sizeof(kBytes));\n\n"
     "}  // namespace dsocr::omnidocbench::latex\n")
