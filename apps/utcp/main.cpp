#include "command_line.hpp"

int main(int count, char** words) { return utcp::app::run(count, words); }
