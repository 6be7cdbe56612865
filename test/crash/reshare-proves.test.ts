import { changeCases } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-proves', 'a node that ends while the new shares sign for the first time', reshare, [
  ...changeCases({ steps: ['countersigned', 'proof kept'], groups: ['who stays', 'all'] }),
]);
