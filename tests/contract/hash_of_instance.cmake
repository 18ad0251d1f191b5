# cmake -D instance=FILE.json -D version=N -P hash_of_instance.cmake: the hash that the generator gives to an instance.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/../../hw-configs/generate.cmake)
file(READ "${instance}" json)
numbers_of_instance(numbers "${json}")
hash_of_instance(hash "${numbers}" ${version})
execute_process(COMMAND ${CMAKE_COMMAND} -E echo ${hash}) # message() writes to standard error
