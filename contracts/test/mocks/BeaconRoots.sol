// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// The contract of EIP-4788 as published there.
bytes constant BEACON_ROOTS_CODE = hex"3373fffffffffffffffffffffffffffffffffffffffe14604d57"
    hex"602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f"
    hex"5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";
