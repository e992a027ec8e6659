include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Headers and descriptions only, nothing per-architecture: share/, as the Debian and vcpkg rules ask.
set(IAFMETRICS_INSTALL_CMAKEDIR "${CMAKE_INSTALL_DATADIR}/cmake/iafmetrics" CACHE PATH
    "Where iafmetricsConfig.cmake goes")

# One export per part, so that a part whose dependency is absent at the user's costs the others nothing.
foreach(part IN ITEMS iafmetrics iafmetrics_beast iafmetrics_gzip iafmetrics_push_tls iafmetrics_basic_auth iafmetrics_web_config iafmetrics_prometheus_cpp)
    if(TARGET ${part})
        install(TARGETS ${part} EXPORT ${part}Targets FILE_SET HEADERS)
        install(EXPORT ${part}Targets NAMESPACE iafmetrics:: DESTINATION "${IAFMETRICS_INSTALL_CMAKEDIR}")
    endif()
endforeach()

configure_package_config_file(cmake/iafmetricsConfig.cmake.in iafmetricsConfig.cmake
    INSTALL_DESTINATION "${IAFMETRICS_INSTALL_CMAKEDIR}")
write_basic_package_version_file(iafmetricsConfigVersion.cmake
    COMPATIBILITY SameMinorVersion  # 0.x: every minor may break; SameMajorVersion from 1.0 on
    ARCH_INDEPENDENT)
install(FILES
    "${PROJECT_BINARY_DIR}/iafmetricsConfig.cmake"
    "${PROJECT_BINARY_DIR}/iafmetricsConfigVersion.cmake"
    DESTINATION "${IAFMETRICS_INSTALL_CMAKEDIR}")

configure_file(cmake/iafmetrics.pc.in iafmetrics.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/iafmetrics.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
