// SPDX-License-Identifier: Apache-2.0
// std_again: ends what std_on_model.hpp began. No include guard: it may follow each use.
#undef std
