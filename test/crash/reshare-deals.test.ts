import { changeCases, everyGroup } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-deals', 'a node that ends while shares are dealt', reshare, [
  ...changeCases({ steps: ['deal logged', 'vote logged'], groups: everyGroup }),
]);
