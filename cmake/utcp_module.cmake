# utcp_module(NAME n SOURCES … [LINK public…] [LINK_PRIVATE private…] [REQUIRES "find_dependency arguments"…])
# One library target: utcp_<n> with the alias utcp::<n>, its public headers under include/, installed and exported.
function(utcp_module)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;LINK;LINK_PRIVATE;REQUIRES" ${ARGN})
  set(target utcp_${arg_NAME})
  add_library(${target} ${arg_SOURCES})
  add_library(utcp::${arg_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_NAME} POSITION_INDEPENDENT_CODE ON VERSION ${PROJECT_VERSION} SOVERSION 0)
  utcp_compile_options(${target})
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_LINK_PRIVATE})
  if(UTCP_PCH)
    if(arg_NAME STREQUAL "core")
      target_precompile_headers(${target} PRIVATE
        <nlohmann/json.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/any_io_executor.hpp>
        <boost/asio/any_completion_handler.hpp> <boost/system/result.hpp> <functional> <map> <memory> <optional> <string> <variant> <vector>)
    else()
      target_precompile_headers(${target} REUSE_FROM utcp_core)
    endif()
  endif()
  install(TARGETS ${target} EXPORT utcp-targets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/include)
    install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endif()
  foreach(requirement IN LISTS arg_REQUIRES)
    set_property(GLOBAL APPEND PROPERTY UTCP_REQUIREMENTS "${requirement}")
  endforeach()
endfunction()

# Installs utcp-config.cmake, which finds what the built modules need.
function(utcp_install_package)
  include(CMakePackageConfigHelpers)
  get_property(requirements GLOBAL PROPERTY UTCP_REQUIREMENTS)
  list(REMOVE_DUPLICATES requirements)
  set(UTCP_FIND_DEPENDENCIES "")
  foreach(requirement IN LISTS requirements)
    string(APPEND UTCP_FIND_DEPENDENCIES "find_dependency(${requirement})\n")
  endforeach()
  set(directory ${CMAKE_INSTALL_LIBDIR}/cmake/utcp)
  configure_package_config_file(${CMAKE_CURRENT_SOURCE_DIR}/cmake/utcp-config.cmake.in ${PROJECT_BINARY_DIR}/utcp-config.cmake
    INSTALL_DESTINATION ${directory} NO_SET_AND_CHECK_MACRO)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/utcp-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/utcp-config.cmake ${PROJECT_BINARY_DIR}/utcp-config-version.cmake DESTINATION ${directory})
  install(EXPORT utcp-targets NAMESPACE utcp:: DESTINATION ${directory})
endfunction()
