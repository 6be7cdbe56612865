// Generated from @openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol by scripts/contracts.ts; do not edit.

/** ABI of ProxyAdmin, the contract through which the owner of a proxy changes its code. */
export const proxyAdminAbi = [
  {
    inputs: [{ internalType: 'address', name: 'initialOwner', type: 'address' }],
    stateMutability: 'nonpayable',
    type: 'constructor',
  },
  {
    inputs: [{ internalType: 'address', name: 'owner', type: 'address' }],
    name: 'OwnableInvalidOwner',
    type: 'error',
  },
  {
    inputs: [{ internalType: 'address', name: 'account', type: 'address' }],
    name: 'OwnableUnauthorizedAccount',
    type: 'error',
  },
  {
    anonymous: false,
    inputs: [
      { indexed: true, internalType: 'address', name: 'previousOwner', type: 'address' },
      { indexed: true, internalType: 'address', name: 'newOwner', type: 'address' },
    ],
    name: 'OwnershipTransferred',
    type: 'event',
  },
  {
    inputs: [],
    name: 'UPGRADE_INTERFACE_VERSION',
    outputs: [{ internalType: 'string', name: '', type: 'string' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'owner',
    outputs: [{ internalType: 'address', name: '', type: 'address' }],
    stateMutability: 'view',
    type: 'function',
  },
  { inputs: [], name: 'renounceOwnership', outputs: [], stateMutability: 'nonpayable', type: 'function' },
  {
    inputs: [{ internalType: 'address', name: 'newOwner', type: 'address' }],
    name: 'transferOwnership',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { internalType: 'contract ITransparentUpgradeableProxy', name: 'proxy', type: 'address' },
      { internalType: 'address', name: 'implementation', type: 'address' },
      { internalType: 'bytes', name: 'data', type: 'bytes' },
    ],
    name: 'upgradeAndCall',
    outputs: [],
    stateMutability: 'payable',
    type: 'function',
  },
] as const;

/** Creation code of ProxyAdmin; the constructor's arguments follow it. Hex. */
export const proxyAdminBytecode: `0x${string}` = `0x${[
  '6080604052348015600e575f5ffd5b506040516104b03803806104b0833981016040819052602b9160b4565b80600160',
  '0160a01b038116605857604051631e4fbdf760e01b81525f600482015260240160405180910390fd5b605f816065565b',
  '505060df565b5f80546001600160a01b038381166001600160a01b0319831681178455604051919092169283917f8be0',
  '079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09190a35050565b5f6020828403121560c357',
  '5f5ffd5b81516001600160a01b038116811460d8575f5ffd5b9392505050565b6103c4806100ec5f395ff3fe60806040',
  '5260043610610049575f3560e01c8063715018a61461004d5780638da5cb5b146100635780639623609d1461008e5780',
  '63ad3cb1cc146100a1578063f2fde38b146100de575b5f5ffd5b348015610058575f5ffd5b506100616100fd565b005b',
  '34801561006e575f5ffd5b505f546040516001600160a01b0390911681526020015b60405180910390f35b6100616100',
  '9c366004610260565b610110565b3480156100ac575f5ffd5b506100d160405180604001604052806005815260200164',
  '0352e302e360dc1b81525081565b6040516100859190610365565b3480156100e9575f5ffd5b506100616100f8366004',
  '61037e565b61017b565b6101056101bd565b61010e5f6101e9565b565b6101186101bd565b60405163278f794360e11b',
  '81526001600160a01b03841690634f1ef2869034906101489086908690600401610399565b5f60405180830381858880',
  '3b15801561015f575f5ffd5b505af1158015610171573d5f5f3e3d5ffd5b5050505050505050565b6101836101bd565b',
  '6001600160a01b0381166101b157604051631e4fbdf760e01b81525f60048201526024015b60405180910390fd5b6101',
  'ba816101e9565b50565b5f546001600160a01b0316331461010e5760405163118cdaa760e01b81523360048201526024',
  '016101a8565b5f80546001600160a01b038381166001600160a01b0319831681178455604051919092169283917f8be0',
  '079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09190a35050565b6001600160a01b03811681',
  '146101ba575f5ffd5b634e487b7160e01b5f52604160045260245ffd5b5f5f5f60608486031215610272575f5ffd5b83',
  '3561027d81610238565b9250602084013561028d81610238565b9150604084013567ffffffffffffffff8111156102a8',
  '575f5ffd5b8401601f810186136102b8575f5ffd5b803567ffffffffffffffff8111156102d2576102d261024c565b60',
  '4051601f8201601f19908116603f0116810167ffffffffffffffff811182821017156103015761030161024c565b6040',
  '52818152828201602001881015610318575f5ffd5b816020840160208301375f60208383010152809350505050925092',
  '5092565b5f81518084528060208401602086015e5f602082860101526020601f19601f83011685010191505092915050',
  '565b602081525f6103776020830184610337565b9392505050565b5f6020828403121561038e575f5ffd5b8135610377',
  '81610238565b6001600160a01b03831681526040602082018190525f906103bc90830184610337565b94935050505056',
].join('')}`;

/** Which bytes of the creation code are the code on chain; places and lengths of immutables in that. */
export const proxyAdminRuntime: {
  readonly from: number;
  readonly to: number;
  readonly immutables: readonly (readonly [number, number])[];
} = { from: 236, to: 1200, immutables: [] };
