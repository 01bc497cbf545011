# What every target of the project is compiled with. Nothing here is global: utcp_compile_options(TARGET) applies it.

if(PROJECT_IS_TOP_LEVEL)
  if(UTCP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(UTCP_CCACHE_PROGRAM ccache)
    if(UTCP_CCACHE_PROGRAM)
      # A precompiled header needs these sloppiness flags; the base directory makes two checkouts share hits.
      set(CMAKE_CXX_COMPILER_LAUNCHER
          ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
          CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${UTCP_CCACHE_PROGRAM})
    endif()
  endif()
  find_program(UTCP_MOLD_PROGRAM mold)
endif()

function(utcp_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  set(shadow $<$<CXX_COMPILER_ID:GNU>:-Wshadow=local>)  # clang knows no such form
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic ${shadow} -Wold-style-cast -Wimplicit-fallthrough)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False positives of g++ 12: on Asio's coroutine frames, and on concatenated strings with -O3 (GCC bug 105329).
    target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete -Wno-stringop-overflow -Wno-restrict -Wno-array-bounds)
    if(UTCP_PCH)
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
    if(CMAKE_UNITY_BUILD)
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # each source is included by another there
    endif()
  endif()
  if(UTCP_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(UTCP_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${UTCP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${UTCP_SANITIZE})
    if(UTCP_SANITIZE MATCHES "thread")
      # Asio's reference counts end in a fence, which the sanitizer cannot follow: it takes each last release of an executor
      # for a race. Boost's own counts, which Asio has for old compilers, need none.
      target_compile_definitions(${target} PRIVATE BOOST_ASIO_DISABLE_STD_ATOMIC)
    endif()
  endif()
  target_link_options(${target} PRIVATE LINKER:-z,relro,-z,now)  # nothing writable is left that calls go through
  if(UTCP_MOLD_PROGRAM AND NOT CMAKE_EXE_LINKER_FLAGS MATCHES "fuse-ld")
    target_link_options(${target} PRIVATE -fuse-ld=mold)
  endif()
endfunction()
