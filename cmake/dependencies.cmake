# Finds everything the library links with and bundles it as the interface target gan_dependencies.
# What is missing is gathered and named together, with the packages that bring it.
set(missing "")
set(missing_debian "")

macro(gan_missing what package)
  list(APPEND missing "${what}")
  list(APPEND missing_debian "${package}")
endmacro()

find_package(dnnl CONFIG QUIET)
if(NOT dnnl_FOUND)
  gan_missing("oneDNN 2.6 or newer" "libdnnl-dev ocl-icd-opencl-dev")
elseif(dnnl_VERSION VERSION_LESS 2.6)
  gan_missing("oneDNN 2.6 or newer (found ${dnnl_VERSION})" libdnnl-dev)
endif()

foreach(entry "PNG libpng-dev" "JPEG libjpeg-dev" "ZLIB zlib1g-dev" "Threads libc6-dev" "OpenMP gcc" "PkgConfig pkg-config")
  separate_arguments(entry)
  list(GET entry 0 name)
  list(GET entry 1 package)
  if(name STREQUAL OpenMP)
    find_package(OpenMP QUIET COMPONENTS C)
    if(CMAKE_C_COMPILER_ID MATCHES Clang)
      set(package libomp-dev)
    endif()
  else()
    find_package(${name} QUIET)
  endif()
  if(NOT ${name}_FOUND)
    gan_missing(${name} ${package})
  endif()
endforeach()

if(PkgConfig_FOUND)
  pkg_check_modules(INIH QUIET IMPORTED_TARGET inih)
  pkg_check_modules(JANSSON QUIET IMPORTED_TARGET jansson)
  pkg_check_modules(CRITERION QUIET IMPORTED_TARGET criterion)
  if(NOT INIH_FOUND)
    gan_missing(inih libinih-dev)
  endif()
  if(NOT JANSSON_FOUND)
    gan_missing(jansson libjansson-dev)
  endif()
endif()

if(missing)
  list(JOIN missing ", " missing)
  list(JOIN missing_debian " " missing_debian)
  message(FATAL_ERROR "Missing: ${missing}\nDebian and Ubuntu: apt-get install ${missing_debian}\n"
                      "Other systems: scripts/packages.sh build prints their packages")
endif()

# oneDNN's own threads: with any runtime but OpenMP, `threads` of a configuration does not reach it.
message(STATUS "oneDNN ${dnnl_VERSION}, CPU runtime ${DNNL_CPU_RUNTIME}")
if(DNNL_CPU_RUNTIME STREQUAL NONE)
  message(FATAL_ERROR "This oneDNN is built without its CPU engine (DNNL_CPU_RUNTIME=NONE)")
elseif(DNNL_CPU_RUNTIME AND NOT DNNL_CPU_RUNTIME STREQUAL OMP)
  message(WARNING "This oneDNN is built for ${DNNL_CPU_RUNTIME}, not OpenMP: it will ignore the number of threads asked for")
endif()

add_library(gan_dependencies INTERFACE)
target_link_libraries(gan_dependencies INTERFACE DNNL::dnnl PNG::PNG JPEG::JPEG ZLIB::ZLIB OpenMP::OpenMP_C
                                                 Threads::Threads PkgConfig::INIH PkgConfig::JANSSON m)
