// SPDX-License-Identifier: Apache-2.0
// config: what a build may choose, and what the state of the library asks of the linker.
#pragma once

/// State that every module of a process shares must be seen by all of them, also under -fvisibility=hidden.
#define IAFMETRICS_SHARED __attribute__((visibility("default")))

/// The model of the one thread_local pointer on the hot path. initial-exec reads it with one instruction also
/// inside a shared object (0.5 ns for an increment against 1.3 ns for the default model with -fPIC) and takes
/// 8 bytes of the room that the loader keeps for modules opened later. Define IAFMETRICS_DYNAMIC_TLS where
/// that room is short.
#if defined(IAFMETRICS_DYNAMIC_TLS)
#    define IAFMETRICS_TLS_MODEL
#else
#    define IAFMETRICS_TLS_MODEL __attribute__((tls_model("initial-exec")))
#endif

/// Declaring at run time, registering and scraping need exceptions and RTTI; observing needs neither. A unit that is
/// compiled without one of them sees the instruments, their families and the guards; it gets its handles from a unit
/// that registers.
#if defined(__cpp_exceptions)
#    define IAFMETRICS_EXCEPTIONS 1
#else
#    define IAFMETRICS_EXCEPTIONS 0
#endif
#if defined(__cpp_exceptions) && defined(__cpp_rtti)
#    define IAFMETRICS_REGISTERS 1
#else
#    define IAFMETRICS_REGISTERS 0
#endif
