# cmake --install BUILD --component telemetry --prefix PLACE: headers, library, and what
# find_package(vigie-telemetry) reads there. The place may be moved afterwards.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(vigie_package ${CMAKE_INSTALL_LIBDIR}/cmake/vigie-telemetry)
set(vigie_headers ${CMAKE_INSTALL_INCLUDEDIR}/vigie)

set_target_properties(vigie_telemetry PROPERTIES EXPORT_NAME telemetry)
target_include_directories(vigie_telemetry INTERFACE $<INSTALL_INTERFACE:${vigie_headers}>)
install(TARGETS vigie_telemetry EXPORT vigie-telemetry
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT telemetry)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DESTINATION ${vigie_headers} COMPONENT telemetry
  FILES_MATCHING PATTERN "*.hpp")
install(EXPORT vigie-telemetry NAMESPACE vigie:: FILE vigie-telemetry-targets.cmake
  DESTINATION ${vigie_package} COMPONENT telemetry)

configure_package_config_file(vigie-telemetry-config.cmake.in vigie-telemetry-config.cmake
  INSTALL_DESTINATION ${vigie_package})
# Before 1.0 a minor version may change anything.
write_basic_package_version_file(vigie-telemetry-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/vigie-telemetry-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/vigie-telemetry-config-version.cmake
  DESTINATION ${vigie_package} COMPONENT telemetry)
