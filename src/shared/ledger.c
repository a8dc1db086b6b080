/* SPDX-License-Identifier: MIT */
#include "shared/ledger.h"

webc__ledger webc__ledger_live;
