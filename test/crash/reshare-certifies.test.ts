import { changeCases, everyGroup } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-certifies', 'a node that ends with the certificate in its hands', reshare, [
  ...changeCases({ steps: ['certificate kept'], groups: everyGroup }),
]);
