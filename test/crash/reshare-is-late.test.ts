import { changeCases } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-is-late', 'a node that comes back behind the deadline of a round', reshare, [
  ...changeCases({
    steps: ['deal logged', 'vote logged', 'pending stored', 'ack logged', 'commit lock', 'lock made'],
    points: ['before-persist', 'before-send'],
    groups: ['the coordinator', 'who stays', 'one less than sign'],
    mode: 'after the deadline',
  }),
]);
