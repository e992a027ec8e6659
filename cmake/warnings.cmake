# iafmetrics_warnings: what our own code compiles under. Linked PRIVATE, never exported.
add_library(iafmetrics_warnings INTERFACE)
target_compile_options(iafmetrics_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-align
    -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wundef -Wextra-semi -Wformat=2
    -Wimplicit-fallthrough -Wdouble-promotion
    $<$<CXX_COMPILER_ID:GNU>:-Wcast-qual -Wduplicated-cond -Wlogical-op -Wsuggest-override>  # clang sees casts in OpenSSL's macros
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wunreachable-code>
    $<$<BOOL:${IAFMETRICS_WERROR}>:-Werror>)
