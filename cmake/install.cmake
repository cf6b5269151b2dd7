# What `cmake --install` lays down: the program, both libraries, the headers, how other builds find them, the manual, and
# the plain C runtime as sources.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gan)
install(TARGETS gan RUNTIME)
install(TARGETS gan_shared EXPORT gan-shared LIBRARY)
install(TARGETS gan_static gan_dependencies EXPORT gan-static ARCHIVE)
install(DIRECTORY include/gan TYPE INCLUDE FILES_MATCHING PATTERN *.h)

install(EXPORT gan-shared NAMESPACE gan:: DESTINATION ${package_dir})
install(EXPORT gan-static NAMESPACE gan:: DESTINATION ${package_dir})
configure_package_config_file(cmake/gan-config.cmake.in ${PROJECT_BINARY_DIR}/gan-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gan-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gan-config.cmake ${PROJECT_BINARY_DIR}/gan-config-version.cmake
        DESTINATION ${package_dir})

# A oneDNN in a place of its own has to be found there, and not another one where compilers look.
get_target_property(dnnl_library DNNL::dnnl LOCATION)
get_filename_component(dnnl_folder "${dnnl_library}" DIRECTORY)
set(dnnl_link -ldnnl)
if(NOT dnnl_folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
  set(dnnl_link "-L${dnnl_folder} -Wl,-rpath,${dnnl_folder} -ldnnl")
endif()
file(RELATIVE_PATH prefix_from_pkgconfig ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/gan.pc.in ${PROJECT_BINARY_DIR}/gan.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gan.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES man/gan.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/libgan.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(DIRECTORY runtime DESTINATION ${CMAKE_INSTALL_DATADIR}/gan)
