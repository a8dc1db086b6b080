// SPDX-License-Identifier: MIT
'use strict';

module.exports = require('./lib/index.js');
