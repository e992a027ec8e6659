# A header on disk that CMakeLists.txt does not name would not be installed.
file(GLOB_RECURSE on_disk RELATIVE ${SOURCE}/include ${SOURCE}/include/*.hpp)
foreach(header IN LISTS on_disk)
    if(NOT EXISTS ${PREFIX}/include/${header})
        message(SEND_ERROR "${header} is not installed: name it in CMakeLists.txt, FILE_SET HEADERS")
    endif()
endforeach()
