# cmake -D binary_dir=... -D work_dir=... ... -P run.cmake: see CMakeLists.txt beside this file.
file(REMOVE_RECURSE ${work_dir})
set(flags "-O0")
if(sanitize)
  string(APPEND flags " -fsanitize=address,undefined")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --install ${binary_dir} --prefix ${work_dir}/prefix
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/outside_project -B ${work_dir}/build
                  -G ${generator} -D CMAKE_CXX_COMPILER=${compiler} "-D CMAKE_CXX_FLAGS=${flags}"
                  -D CMAKE_PREFIX_PATH=${work_dir}/prefix -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${work_dir}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${work_dir}/build/outside_project OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
set(expected "state 0: 21\nspectral radius: 1.80\n")
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "the outside project printed\n${printed}instead of\n${expected}")
endif()
execute_process(COMMAND ${work_dir}/prefix/bin/stoic --version OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
if(NOT printed MATCHES "${version}")
  message(FATAL_ERROR "the installed stoic --version printed ${printed}instead of ${version}")
endif()
