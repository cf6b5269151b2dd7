# How our own sources are compiled.
#
# No -march: the program runs on any CPU of its architecture. oneDNN chooses its kernels at run time, and our own few hot
# loops carry function multiversioning (target_clones) in their sources.
# No -ffast-math: NaN and infinity must be seen, and sums keep their order. -fno-math-errno and -fno-trapping-math lift only
# what stops sqrt and comparisons from being vectorised. Contraction to FMA stays at the compiler's default (with
# gcc's -std=c11: none) but for the kernels that are sums of products: one build on one kind of CPU always gives the same
# bits, which is what resuming needs; two kinds of CPU may differ in the last one.
set(gan_warnings -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wvla)
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  list(APPEND gan_warnings -Wno-format-truncation) # messages are cut at their buffer's end on purpose
endif()
if(GAN_WERROR)
  list(APPEND gan_warnings -Werror)
endif()

if(GAN_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(GAN_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "GAN_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang")
  endif()
  # Loops that count coverage cannot be vectorised: no warning where omp simd asks for it.
  add_compile_options(-fsanitize=fuzzer-no-link -Wno-pass-failed)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(NOT APPLE)
  add_link_options(-Wl,--as-needed)
endif()

# Warnings, floating point and the include paths of a target of ours.
function(gan_compile target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src
                                               ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${gan_warnings} -fno-math-errno -fno-trapping-math)
  target_compile_definitions(${target} PRIVATE GAN_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${target} PRIVATE gan_dependencies)
endfunction()

# The same for the library and the program, which also keep to src/base/banned.h.
function(gan_compile_own target)
  gan_compile(${target})
  target_compile_options(${target} PRIVATE -include ${PROJECT_SOURCE_DIR}/src/base/banned.h
                                           -Werror=deprecated-declarations -fno-semantic-interposition)
endfunction()

set_source_files_properties(${PROJECT_SOURCE_DIR}/src/base/mem.c PROPERTIES COMPILE_OPTIONS -Wno-deprecated-declarations)
foreach(kernel small_gradient small_sums thin_gather thin_spread winograd_tiles)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/core/dnn/${kernel}.c PROPERTIES COMPILE_OPTIONS -ffp-contract=fast)
endforeach()
