// SPDX-License-Identifier: Apache-2.0
// The non-template bodies of Asio, Beast, JSON and URL, compiled once for every shim and program.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/json/src.hpp>
#include <boost/url/src.hpp>
