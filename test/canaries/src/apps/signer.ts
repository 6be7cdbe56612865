import './carrier.ts';
