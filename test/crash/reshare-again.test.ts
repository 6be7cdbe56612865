import { changeCases } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-again', 'a node that ends, and ends again in its recovery', reshare, [
  ...changeCases({
    steps: [
      ...['vote logged', 'pending stored', 'standing kept', 'commit lock'],
      ...['certificate kept', 'lock made', 'manifest switched'],
    ],
    points: ['mid-write', 'before-send'],
    groups: ['who stays', 'all'],
    mode: 'and again in its recovery',
    signs: true,
  }),
]);
