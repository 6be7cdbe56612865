import '@noble/ciphers/chacha.js';
import '@noble/secp256k1';
import '@noble/curves/secp256k1.js';
import 'viem';
