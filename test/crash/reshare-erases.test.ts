import { changeCases } from './matrix.ts';
import { crashSuite, reshare } from './suite.ts';

crashSuite('reshare-erases', 'a node that ends while its old share is erased', reshare, [
  ...changeCases({ steps: ['old share erased'], groups: ['who stays', 'who leaves', 'all'] }),
  ...changeCases({ steps: ['erasure stated', 'complete'], groups: ['all'] }),
]);
