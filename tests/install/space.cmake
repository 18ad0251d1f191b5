# cmake -D source_dir=... -D work_dir=... ... -P space.cmake: the sources in a folder with a space in its name are
# configured, golden is built there and installed alone, and an outside project finds it.
set(place "${work_dir}/a folder")
file(REMOVE_RECURSE ${place})
foreach(part CMakeLists.txt hw-configs sim host rtl firmware models package)
  file(COPY ${source_dir}/${part} DESTINATION "${place}/stoic")
endforeach()
function(run)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR errors MATCHES "%Warning")
    message(FATAL_ERROR "${ARGN} ended with ${code}: ${printed} ${errors}")
  endif()
  set(printed ${printed} PARENT_SCOPE)
endfunction()
set(common -G ${generator} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-O0
    -D "CMAKE_CXX_COMPILER_LAUNCHER=${launcher}")
run(${CMAKE_COMMAND} -S "${place}/stoic" -B "${place}/stoic/build" ${common}
    -D STOIC_TRACES=OFF -D STOIC_RTL_INSTANCES= -D STOIC_TESTS=OFF -D STOIC_BENCHMARKS=OFF)
run(${CMAKE_COMMAND} --build "${place}/stoic/build" --target stoic_golden)
run(${CMAKE_COMMAND} --install "${place}/stoic/build" --component stoic_golden --prefix "${place}/prefix")
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/golden_project -B "${place}/outside" ${common} -D COMPONENTS=golden
    "-D CMAKE_PREFIX_PATH=${place}/prefix" -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run(${CMAKE_COMMAND} --build "${place}/outside")
run("${place}/outside/golden_project")
if(NOT printed STREQUAL "state 0: 21\n")
  message(FATAL_ERROR "golden_project printed ${printed}")
endif()
