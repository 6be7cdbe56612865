import { changeCases, everyGroup } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-prepares', 'a node that ends while new shares are stored', reshare, [
  ...changeCases({ steps: ['pending stored', 'standing kept'], groups: everyGroup }),
]);
