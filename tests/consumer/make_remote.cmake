# cmake -DGIT=… -DSOURCE=… -DREMOTE=… -P make_remote.cmake: a repository with one commit, tagged v0, of what a
# guest of the library gets.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${REMOTE})
file(MAKE_DIRECTORY ${REMOTE})
foreach(part IN ITEMS CMakeLists.txt LICENSE cmake include)
    file(COPY ${SOURCE}/${part} DESTINATION ${REMOTE})
endforeach()
set(author -c user.name=test -c user.email=test@example.org -c commit.gpgsign=false -c tag.gpgsign=false)
foreach(command IN ITEMS "init --quiet" "add --all" "commit --quiet --message=all" "tag v0")
    separate_arguments(command)
    execute_process(COMMAND ${GIT} ${author} ${command} WORKING_DIRECTORY ${REMOTE} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
