# What `cmake --install` lays down: the program, both libraries, the headers, and how other builds find them.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gan)
install(TARGETS gan gan_static RUNTIME ARCHIVE)
install(TARGETS gan_shared EXPORT gan LIBRARY)
install(DIRECTORY include/gan TYPE INCLUDE FILES_MATCHING PATTERN *.h)

# The CMake package holds the shared library, whose dependencies its users need not find. To link the static one:
# pkg-config --static.
install(EXPORT gan NAMESPACE gan:: FILE gan-config.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gan-config-version.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH prefix_from_pkgconfig ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/gan.pc.in ${PROJECT_BINARY_DIR}/gan.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gan-config-version.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_BINARY_DIR}/gan.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
