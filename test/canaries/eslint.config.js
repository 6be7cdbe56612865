import { rules } from '../../eslint.config.js';

// The rules of the house, without the line that leaves this folder out.
export default rules;
