// SPDX-License-Identifier: MIT
import './polyfill.js';
