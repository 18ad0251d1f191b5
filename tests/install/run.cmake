# cmake -D binary_dir=... -D work_dir=... ... -P run.cmake: see CMakeLists.txt beside this file.
file(REMOVE_RECURSE ${work_dir})
set(link_flags "")
set(variants -O1 -march=native -march=native,-DEIGEN_MAX_ALIGN_BYTES=16 -DEIGEN_MAX_ALIGN_BYTES=128)
if(sanitize)
  # The libraries ask for it when they are linked; what uses them is compiled without.
  set(link_flags "-fsanitize=address,undefined")
  set(variants -O1 -march=native)
endif()
# The folder has a space in its name and is moved after the installation.
execute_process(COMMAND ${CMAKE_COMMAND} --install ${binary_dir} --prefix "${work_dir}/first place"
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
set(prefix "${work_dir}/second place")
file(RENAME "${work_dir}/first place" ${prefix})

# configure(PROJECT RESULT ERRORS options...)
function(configure project result errors)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/${project} -B "${work_dir}/build ${project}"
                    -G ${generator} -D CMAKE_CXX_COMPILER=${compiler} -D CMAKE_BUILD_TYPE=Release
                    "-D CMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG" "-D CMAKE_EXE_LINKER_FLAGS=${link_flags}"
                    "-D CMAKE_PREFIX_PATH=${prefix}" -D CMAKE_FIND_USE_PACKAGE_REGISTRY=OFF ${ARGN}
                  OUTPUT_QUIET ERROR_VARIABLE printed RESULT_VARIABLE code)
  set(${result} ${code} PARENT_SCOPE)
  set(${errors} "${printed}" PARENT_SCOPE)
endfunction()

function(build project)
  execute_process(COMMAND ${CMAKE_COMMAND} --build "${work_dir}/build ${project}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(run project program expected)
  execute_process(COMMAND "${work_dir}/build ${project}/${program}" OUTPUT_VARIABLE printed RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR NOT printed STREQUAL expected)
    message(FATAL_ERROR "${project}: ${program} ended with ${code} and printed\n${printed}instead of\n${expected}")
  endif()
endfunction()

# golden alone, where neither Eigen nor libzip is found
configure(golden_project code errors -D COMPONENTS=golden -D CMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON
          -D CMAKE_DISABLE_FIND_PACKAGE_libzip=ON)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "find_package(stoic COMPONENTS golden): ${errors}")
endif()
build(golden_project)
run(golden_project golden_project "state 0: 21\n")
configure(golden_project code errors -D COMPONENTS=silver)
if(code EQUAL 0 OR NOT errors MATCHES "no component \"silver\"")
  message(FATAL_ERROR "find_package(stoic COMPONENTS silver) ended with ${code}: ${errors}")
endif()

# the host library beside another library that uses Eigen
list(JOIN variants "/" joined)
configure(outside_project code errors -D VARIANTS=${joined})
if(NOT code EQUAL 0)
  message(FATAL_ERROR "find_package(stoic): ${errors}")
endif()
build(outside_project)
list(LENGTH variants count)
math(EXPR last "${count} - 1")
foreach(number RANGE ${last})
  run(outside_project outside_${number} "product: right\nnetwork: the same, runs\n")
endforeach()
file(GLOB_RECURSE headers "${prefix}/include/*.h*")
foreach(header IN LISTS headers)
  file(STRINGS ${header} lines REGEX "include <Eigen")
  if(lines)
    message(FATAL_ERROR "${header} includes Eigen")
  endif()
endforeach()
file(STRINGS "${prefix}/lib/cmake/stoic/stoicHostTargets.cmake" lines REGEX "march|-W|fsanitize=|Eigen|${binary_dir}")
if(lines)
  message(FATAL_ERROR "the package hands on what only our own sources are compiled with: ${lines}")
endif()

execute_process(COMMAND "${prefix}/bin/stoic" --version OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
if(NOT printed MATCHES "${version}")
  message(FATAL_ERROR "the installed stoic --version printed ${printed}instead of ${version}")
endif()
