import { changeCases, everyGroup } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-switches', 'a node that ends between its lock and the new epoch', reshare, [
  ...changeCases({ steps: ['lock made', 'manifest switched'], groups: everyGroup }),
]);
