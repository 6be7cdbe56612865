import { changeCases } from './matrix.ts';
import { crashSuite } from './suite.ts';

const members = [1, 2, 3, 4];

crashSuite(
  'refresh',
  'a node that ends while the same committee takes new shares',
  { from: 'founded', change: { kind: 'refresh' }, parties: members, members },
  changeCases({
    steps: ['deal logged', 'pending stored', 'commit lock', 'certificate kept', 'manifest switched'],
    points: ['before-persist', 'mid-write', 'after-send'],
    groups: ['who stays', 'all'],
  }),
);
