# cmake -D instance=FILE.json -P check_instance.cmake: says in one line on standard error what is wrong with an
# instance, and fails; or says nothing. ./dev asks before it builds anything for it.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/generate.cmake)
problem_of_instance(problem "${instance}" ${CMAKE_CURRENT_LIST_DIR}/interface.json)
if(problem)
  message("${instance}: ${problem}") # a line of its own; CMake's error below it has a frame
  message(FATAL_ERROR "the instance is refused")
endif()
