// Generated from contracts/src/l1/verifiers/StubValidity.sol by scripts/contracts.ts; do not edit.

/** ABI of StubValidity, the verifier of tests. */
export const stubValidityAbi = [
  { inputs: [], stateMutability: 'nonpayable', type: 'constructor' },
  { inputs: [], name: 'TestOnly', type: 'error' },
  {
    inputs: [
      { internalType: 'bytes32', name: 'preRoot', type: 'bytes32' },
      { internalType: 'uint64', name: 'blockNumber', type: 'uint64' },
      { internalType: 'bytes32', name: 'postRoot', type: 'bytes32' },
      { internalType: 'bytes', name: 'evidence', type: 'bytes' },
    ],
    name: 'verifyStep',
    outputs: [{ internalType: 'enum IOutputVerifier.Verdict', name: '', type: 'uint8' }],
    stateMutability: 'pure',
    type: 'function',
  },
] as const;

/** Creation code of StubValidity; the constructor's arguments follow it. Hex. */
export const stubValidityBytecode: `0x${string}` = `0x${[
  '6080604052348015600e575f5ffd5b5046600103602f5760405163c92a5d9b60e01b815260040160405180910390fd5b',
  '6101e58061003c5f395ff3fe608060405234801561000f575f5ffd5b5060043610610029575f3560e01c806340bf2db5',
  '1461002d575b5f5ffd5b61004061003b3660046100f4565b610056565b60405161004d9190610190565b604051809103',
  '90f35b5f6080821461006657505f6100eb565b5f808080610076868801886101b6565b93509350935093507f0eb2d537',
  '37d6e5c17dfcc2710d439c431868853d0fa2386e45becef95f03a345841415806100ad5750898314155b806100c25750',
  '8867ffffffffffffffff168214155b156100d3575f9450505050506100eb565b8781146100e15760026100e4565b6001',
  '5b9450505050505b95945050505050565b5f5f5f5f5f60808688031215610108575f5ffd5b85359450602086013567ff',
  'ffffffffffffff81168114610126575f5ffd5b935060408601359250606086013567ffffffffffffffff811115610148',
  '575f5ffd5b8601601f81018813610158575f5ffd5b803567ffffffffffffffff81111561016e575f5ffd5b8860208284',
  '0101111561017f575f5ffd5b959894975092955050506020019190565b60208101600383106101b057634e487b7160e0',
  '1b5f52602160045260245ffd5b91905290565b5f5f5f5f608085870312156101c9575f5ffd5b50508235946020840135',
  '9450604084013593606001359250905056',
].join('')}`;

/** Which bytes of the creation code are the code on chain; places and lengths of immutables in that. */
export const stubValidityRuntime: {
  readonly from: number;
  readonly to: number;
  readonly immutables: readonly (readonly [number, number])[];
} = { from: 60, to: 545, immutables: [] };
