# Run by CPack on the files of each package before they are packed: what Debian wants and an ordinary installation does not.

find_program(gzip gzip REQUIRED)
file(READ ${CPACK_UTCP_LICENSE} license)
string(REGEX MATCH "Copyright \\(c\\) ([^\n]+)" ignored "${license}")
set(holders "${CMAKE_MATCH_1}")
string(REGEX REPLACE "^MIT License\n+Copyright[^\n]*\n+" "" terms "${license}")
string(STRIP "${terms}" terms)
string(REGEX REPLACE "\n\n" "\n.\n" terms "${terms}")
string(REGEX REPLACE "\n" "\n " terms "${terms}")
file(TIMESTAMP ${CPACK_UTCP_CHANGES} date "%a, %d %b %Y %H:%M:%S +0000" UTC)

foreach(pair IN ITEMS "program=utcp" "development=libutcp-dev")
  string(REGEX MATCH "^([^=]+)=(.+)$" ignored ${pair})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${CMAKE_MATCH_1}/usr)
  set(name ${CMAKE_MATCH_2})
  if(NOT IS_DIRECTORY ${root})
    continue()
  endif()
  set(documents ${root}/share/doc/${name})
  file(WRITE ${documents}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: utcp
Source: https://www.utcp.io

Files: *
Copyright: ${holders}
License: Expat

License: Expat
 ${terms}
")
  file(WRITE ${documents}/changelog "utcp (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}. What changed stands in CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  configure_file(${CPACK_UTCP_CHANGES} ${documents}/CHANGELOG.md COPYONLY)
  file(GLOB texts ${documents}/changelog ${documents}/CHANGELOG.md ${root}/share/man/man*/*.1)
  foreach(text IN LISTS texts)
    execute_process(COMMAND ${gzip} -9 -n -f ${text} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
  if(EXISTS ${root}/libexec/utcp/utcp-supervisor)
    file(WRITE ${root}/share/lintian/overrides/${name}
      "# Started for each call, and nothing in the environment of a tool may redirect it.\n${name}: statically-linked-binary [usr/libexec/utcp/utcp-supervisor]\n")
  endif()
  # Where Debian's zsh looks.
  if(EXISTS ${root}/share/zsh/site-functions)
    file(RENAME ${root}/share/zsh/site-functions ${root}/share/zsh/vendor-completions)
  endif()
endforeach()
