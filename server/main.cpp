#include "server/app/commands.hpp"

int main(int argc, char** argv) { return vigie::app::run(argc, argv); }
