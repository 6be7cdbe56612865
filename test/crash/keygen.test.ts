import { keygenCases } from './matrix.ts';
import { crashSuite } from './suite.ts';

const members = [1, 2, 3, 4];

crashSuite(
  'keygen',
  'a node that ends while a key is made',
  { from: 'fresh', change: undefined, parties: members, members },
  [
    ...keygenCases({
      steps: ['seed', 'first round logged', 'pending stored', 'manifest switched', 'lock made'],
      points: ['mid-write', 'before-send'],
      groups: ['the coordinator', 'one less than sign', 'all'],
    }),
  ],
);
