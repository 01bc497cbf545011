# utcp_debian_packages(): `cmake --build BUILD --target package` makes utcp_…deb (the program) and libutcp-dev_…deb.

# What a find_dependency() of utcp-config.cmake needs, in Debian's names. Stands here once; an unknown one is an error, so
# that libutcp-dev cannot be without it.
function(utcp_debian_name requirement out)
  string(REGEX MATCH "^[^ ]+" package "${requirement}")
  set(debian_Boost "libboost1.81-dev | libboost-dev (>= 1.81)")
  set(debian_nlohmann_json "nlohmann-json3-dev (>= 3.11)")
  set(debian_simdjson "libsimdjson-dev (>= 3.0)")
  set(debian_yaml-cpp libyaml-cpp-dev)
  set(debian_CURL "libcurl4-openssl-dev (>= 7.86) | libcurl-dev")
  set(debian_OpenSSL "libssl-dev (>= 3.0)")
  set(debian_Threads libc6-dev)
  set(debian_ZLIB zlib1g-dev)
  set(debian_Protobuf "libprotobuf-dev (>= 3.21)")
  set(debian_gRPC "libgrpc++-dev (>= 1.51), protobuf-compiler-grpc (>= 1.51)")  # whose program gRPC's configuration looks for
  if(NOT DEFINED debian_${package})
    message(FATAL_ERROR "cmake/utcp_debian.cmake has no Debian package for find_dependency(${requirement}); add it there.")
  endif()
  set(${out} "${debian_${package}}" PARENT_SCOPE)
endfunction()

function(utcp_debian_packages)
  get_property(requirements GLOBAL PROPERTY UTCP_REQUIREMENTS)
  list(REMOVE_DUPLICATES requirements)
  set(needed "")
  foreach(requirement IN LISTS requirements)
    if(requirement)
      utcp_debian_name("${requirement}" name)
      list(APPEND needed "${name}")
    endif()
  endforeach()
  # Linked by name, so no find_dependency() tells of them.
  if(UTCP_WITH_STEMMER)
    list(APPEND needed libstemmer-dev)
  endif()
  if(UTCP_WITH_YAML AND UTCP_WITH_LIBYAML)
    list(APPEND needed libyaml-dev)
  endif()
  if(UTCP_WITH_UTF8PROC)
    list(APPEND needed libutf8proc-dev)
  endif()
  if(BUILD_SHARED_LIBS)
    list(APPEND needed "utcp (= ${PROJECT_VERSION})")
  endif()
  list(JOIN needed ", " needed)

  set(CPACK_GENERATOR DEB)
  set(CPACK_PACKAGE_NAME utcp)
  set(CPACK_PACKAGE_VENDOR "utcp contributors")
  set(CPACK_PACKAGE_CONTACT "${UTCP_PACKAGE_MAINTAINER}")
  set(CPACK_DEBIAN_PACKAGE_HOMEPAGE https://www.utcp.io)
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
  set(CPACK_STRIP_FILES ON)
  set(CPACK_DEB_COMPONENT_INSTALL ON)
  set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
  set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
  set(CPACK_COMPONENTS_ALL runtime net development)
  set(CPACK_COMPONENT_RUNTIME_GROUP program)
  set(CPACK_COMPONENT_NET_GROUP program)  # the supervisor, which the program starts
  set(CPACK_COMPONENT_DEVELOPMENT_GROUP development)

  set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME utcp)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS ca-certificates)
  set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "bash-completion, bubblewrap")
  set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "find and call tools over their own protocols
utcp reads manuals of the Universal Tool Calling Protocol, of either dialect,
finds the tools that fit a sentence, and calls them over the protocol each of
them has: without a server in between.")

  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libutcp-dev)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${needed}")
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
  # An application finds the supervisor of command-line tools in the program's package.
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "utcp (= ${PROJECT_VERSION})")
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "cmake, pkg-config")
  set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "universal tool-calling client for C++, development files
A C++20 library that finds tools and calls them over their own protocols, by
the Universal Tool Calling Protocol. This package has the headers, the
libraries to link with, and the files for CMake and pkg-config.")

  set(CPACK_UTCP_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
  set(CPACK_UTCP_CHANGES ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
  set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/utcp_debian_stage.cmake)
  include(CPack)
endfunction()
