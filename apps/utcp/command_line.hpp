#pragma once

namespace utcp::app {

/// The whole program: reads the words, runs the command, gives the exit code.
int run(int count, char** words);

}  // namespace utcp::app
