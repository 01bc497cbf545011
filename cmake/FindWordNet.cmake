# The files of WordNet, read when the project is built only: sets WordNet_FOUND and WordNet_DIRECTORY.
include(FindPackageHandleStandardArgs)
find_path(WordNet_DIRECTORY data.noun PATHS /usr/share/wordnet NO_DEFAULT_PATH)
mark_as_advanced(WordNet_DIRECTORY)
find_package_handle_standard_args(WordNet REQUIRED_VARS WordNet_DIRECTORY)
