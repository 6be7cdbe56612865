import { changeCases } from './matrix.ts';
import { crashSuite } from './suite.ts';

const members = [1, 2, 3, 4];

crashSuite(
  'repair',
  'a node that ends while a lost share is made again',
  { from: 'founded', change: { kind: 'repair', lost: ['4'] }, parties: members, members, loses: 4 },
  changeCases({
    steps: ['deal logged', 'pending stored', 'certificate kept', 'manifest switched'],
    points: ['before-persist', 'mid-write', 'after-send'],
    groups: ['the coordinator', 'who stays', 'all'],
  }),
);
