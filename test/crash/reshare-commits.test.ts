import { changeCases, everyGroup } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-commits', 'a node that ends while it acknowledges and commits', reshare, [
  ...changeCases({ steps: ['ack logged', 'commit lock'], groups: everyGroup }),
]);
