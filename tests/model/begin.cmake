# SPDX-License-Identifier: Apache-2.0
# Forgets what models have noticed in an earlier run.
file(REMOVE_RECURSE ${NOTICED})
file(MAKE_DIRECTORY ${NOTICED})
