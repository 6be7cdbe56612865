import { changeCases } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-begins', 'a node that ends while a reshare begins', reshare, [
  ...changeCases({ steps: ['consent', 'seed'], groups: ['the coordinator', 'who joins', 'all'] }),
]);
